"""`decide`: what one trigger does to one case. Pure; the only other entrance to a case is `model.evolve`.

An intake event opens a case or is proposed to one. An action, a proof or an alarm moves it along the table.
Whatever a trigger changes is one fact. A refusal says why and what could be done instead.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from contracts import cases as facts
from contracts.base import unit_kind
from contracts.codes import ReporterCategory
from workflows.actions import GENERIC, allowed_generic, refuse
from workflows.conditions import describe_failure
from workflows.definition import CHILD, DANGER, ActionSpec, Definition, OpenSpec
from workflows.draft import Draft
from workflows.fields import as_moment, find_problems
from workflows.guards import GUARDS
from workflows.loader import Workflow
from workflows.model import Case
from workflows.triggers import (
    Acted,
    Begun,
    Discarded,
    Expired,
    FieldProblem,
    Migrated,
    Proved,
    Rejection,
    Reported,
    Reprojected,
    Trigger,
)


def decide(workflow: Workflow, case: Case | None, trigger: Trigger, now: datetime) -> facts.Fact | Rejection | None:
    """What `trigger` does at domain time `now`: a fact, a refusal, or nothing (an alarm that no longer matters).

    `workflow` is the version the case is on; to migrate it, the version it is to go to.
    """
    result = advance(workflow, case, trigger, now)
    return result[0] if isinstance(result, tuple) else result


def advance(
    workflow: Workflow, case: Case | None, trigger: Trigger, now: datetime
) -> tuple[facts.Fact, Case] | Rejection | None:
    """As `decide`, and with the fact the case as `evolve` makes it, so that nobody need fold it again.

    A clock that jumped back is not followed: the time of a case stands still until the clock has caught up.
    """
    if case is not None:
        now = max(now, case.decided_at)
    result = _decide(workflow, case, trigger, now)
    return result.finish() if isinstance(result, Draft) else result


def _decide(workflow: Workflow, case: Case | None, trigger: Trigger, now: datetime) -> Draft | Rejection | None:
    if isinstance(trigger, Reported):
        return _open(workflow, trigger, now) if case is None else _propose(workflow, case, trigger, now)
    if isinstance(trigger, Begun):
        return _begin(workflow, trigger, now) if case is None else _lead(workflow, case, trigger, now)
    if case is None:
        return Rejection("no_such_case", "没有这个案件", "no such case")
    return _MOVES[type(trigger)](workflow, case, trigger, now)


def allowed_actions(workflow: Workflow, case: Case, unit: str) -> tuple[str, ...]:
    """The actions `unit` may take in this state, by name; whether its conditions hold depends on the fields."""
    draft = Draft(workflow, case.case_id, case, "", "", case.entered_at, case.entered_at, unit=unit)
    rows = workflow.definition.rows_from(case.state)
    names = {row.name for row in rows if row.timer is None and _may(draft, row, unit)}
    return tuple(sorted(names | allowed_generic(case, unit)))


def may_act(workflow: Workflow, case: Case, unit: str) -> bool:
    """Whether the table names `unit` for some step of this state; what anybody may do does not count."""
    draft = Draft(workflow, case.case_id, case, "", "", case.entered_at, case.entered_at, unit=unit)
    rows = workflow.definition.rows_from(case.state)
    return any(row.timer is None and "any" not in row.by and _may(draft, row, unit) for row in rows)


# -- opening ----------------------------------------------------------------------------------------------------


def _open(workflow: Workflow, trigger: Reported, now: datetime) -> Draft | Rejection:
    report = trigger.report
    spec = workflow.definition.find_opening(report.event_type, report.fields)
    if spec is None:
        return Rejection("does_not_open", "该事件不能开启此类案件", "this event opens no case of this workflow")
    draft = Draft(
        workflow,
        trigger.case_id,
        None,
        trigger.cause,
        "reported",
        now,
        report.submitted_at,
        unit=report.reporter_unit,
    )
    _emit_opened(draft, trigger.region, trigger.subjects)
    _apply_report(draft, spec, report)
    draft.reach(spec.milestones, report)
    if trigger.immediate_danger:
        draft.raise_danger()
    return draft


def _apply_report(draft: Draft, spec: OpenSpec, report: facts.Report) -> None:
    """What a report brings into the case that it opens: its fields, times and units, its state and clocks."""
    draft.take_in(spec, report.fields, report.reporter_unit, reported_at=report.submitted_at)
    draft.emit(facts.ReportAttached(report=report))
    _settle_in(draft, spec)


def _settle_in(draft: Draft, spec: OpenSpec) -> None:
    draft.enter(spec.state)
    draft.start(spec.starts)
    draft.open_tasks(spec.tasks)
    draft.open_children(spec.children)


def _emit_opened(draft: Draft, region: str, subjects: tuple[facts.Subject, ...], begun: Begun | None = None) -> None:
    draft.emit(
        facts.Opened(
            workflow=draft.workflow.definition.workflow,
            definition_version=draft.workflow.definition.version,
            region=region,
            subjects=subjects,
            parent_case_id=begun.parent_case_id if begun else None,
            relation=begun.child.relation if begun else None,
        )
    )


def _propose(workflow: Workflow, case: Case, trigger: Reported, now: datetime) -> Draft:
    """Nothing joins silently: the report keeps its own record, and a person says whether it is the same incident."""
    report, definition = trigger.report, workflow.definition
    draft = Draft(
        workflow, case.case_id, case, trigger.cause, "proposed", now, report.submitted_at, unit=report.reporter_unit
    )
    spec = definition.find_opening(report.event_type, report.fields) if case.state in definition.join.renews else None
    if spec:
        return _renew(draft, spec, trigger)
    draft.propose(report)
    draft.reach(workflow.definition.join.milestones, report)
    if trigger.immediate_danger:
        draft.raise_danger()
    return draft


def _renew(draft: Draft, spec: OpenSpec, trigger: Reported) -> Draft:
    """The report that the case was waiting for: what the state asked of people ends, and it goes on as if opened."""
    draft.trigger = "renewed"
    draft.close_kinds(draft.workflow.definition.states[draft.at.state].tasks)
    _apply_report(draft, spec, trigger.report)
    draft.reach(spec.milestones, trigger.report)
    if trigger.immediate_danger:
        draft.raise_danger()
    return draft


def _begin(workflow: Workflow, trigger: Begun, now: datetime) -> Draft:
    """A case that another one opened: about a report, or about what that other case found."""
    child, definition = trigger.child, workflow.definition
    draft = Draft(workflow, child.case_id, None, trigger.cause, "begun", now, trigger.occurred_at, unit=trigger.unit)
    _emit_opened(draft, trigger.region, trigger.subjects, trigger)
    report = trigger.report
    if report and (spec := definition.find_opening(report.event_type, report.fields, child.state)):
        draft.record(child.carries)
        counted = {milestone.name for milestone in definition.join.milestones}
        _apply_report(draft, spec, report)
        draft.reach([m for m in spec.milestones if m.name not in counted], report)
        return draft
    for kind, unit in trigger.placements.items():
        draft.emit(facts.Placed(kind=kind, unit=unit))
    spec = _child_opening(definition, child)
    draft.take_in(spec, child.carries, trigger.unit, reported_at=child.since or trigger.occurred_at)
    report = _own_report(trigger)
    if report:
        draft.emit(facts.ReportAttached(report=report))
    _settle_in(draft, spec)
    draft.reach(spec.milestones, report)
    return draft


def _child_opening(definition: Definition, child: facts.ChildOpened) -> OpenSpec:
    event = DANGER if child.urgent else CHILD
    found = definition.find_opening(event, child.carries, child.state)
    return found or OpenSpec(event=event, state=child.state)


def _own_report(trigger: Begun) -> facts.Report | None:
    """The report that the unit of the other case makes by opening this one."""
    child = trigger.child
    if child.reporter_category is None:
        return None
    known = ReporterCategory.known(child.reporter_category)
    return facts.Report(
        report_id=child.case_id,
        event_type=CHILD,
        reporter_category=child.reporter_category,
        reporter_unit=trigger.unit,
        under_duty=known is not None and known.under_duty,
        learned_at=child.since,
        submitted_at=trigger.occurred_at,
        fields=child.carries,
    )


def _lead(workflow: Workflow, case: Case, trigger: Begun, now: datetime) -> Draft:
    """Another case would open one here that is about the same people: this one gets a lead to look at."""
    draft = Draft(workflow, case.case_id, case, trigger.cause, "new_lead", now, trigger.occurred_at, unit=trigger.unit)
    report = _own_report(trigger)
    draft.lead(trigger.child, trigger.parent_case_id, report)
    if report:
        draft.reach(workflow.definition.join.milestones, report)
    return draft


# -- acting -----------------------------------------------------------------------------------------------------


def _act(workflow: Workflow, case: Case, trigger: Acted, now: datetime) -> Draft | Rejection:
    draft = Draft(
        workflow,
        case.case_id,
        case,
        trigger.cause,
        trigger.action,
        now,
        trigger.occurred_at,
        unit=trigger.unit,
        worker=trigger.worker,
        fields=dict(trigger.fields),
    )
    if trigger.expected_version not in {None, case.version}:
        zh, en = (
            f"案件已更新到第 {case.version} 版，请刷新后再办",
            f"the case is at version {case.version}; read it again",
        )
        return _with_allowed(draft, refuse("stale_version", zh, en))
    if trigger.occurred_at > now:
        late = FieldProblem("occurred_at", "应不晚于现在的时间", "must not be in the future")
        return _with_allowed(draft, refuse("bad_fields", "办理时间有误", "the time is wrong", late))
    generic = GENERIC.get(trigger.action)
    refusal = generic.take(draft, trigger) if generic else _take(draft, trigger)
    if refusal is None and draft.problems:
        refusal = refuse("bad_fields", "字段有误", "fields are wrong", *draft.problems)
    return _with_allowed(draft, refusal) if refusal else draft


def _with_allowed(draft: Draft, refusal: Rejection) -> Rejection:
    assert draft.before is not None
    return replace(refusal, allowed=allowed_actions(draft.workflow, draft.before, draft.unit or ""))


def _take(draft: Draft, trigger: Acted) -> Rejection | None:
    """Carry out the first row of the table whose conditions hold."""
    case, definition = draft.at, draft.workflow.definition
    rows = [row for row in definition.table.get((case.state, trigger.action), ()) if row.timer is None]
    if not rows:
        title = definition.states[case.state].title
        code = "case_closed" if case.final else "not_allowed_here"
        zh = f"案件处于“{title}”，不能办理“{trigger.action}”"
        return refuse(code, zh, f"{trigger.action} is not possible in {case.state}")
    mine = [row for row in rows if _may(draft, row, trigger.unit)]
    if not mine:
        zh, en = "此项不由本单位办理", f"{trigger.action} is not for {unit_kind(trigger.unit)} to do here"
        return refuse("wrong_unit", zh, en)
    if problems := find_problems(mine[0].fields, trigger.fields, draft.now):
        return refuse("bad_fields", "字段有误", "fields are wrong", *problems)
    row = next((row for row in mine if _holds(draft, row)), None)
    if row is None:
        reasons = dict.fromkeys(reason for row in mine for reason in _failures(draft, row))
        return refuse("guard", "；".join(zh for zh, _ in reasons), "; ".join(en for _, en in reasons))
    if refusal := _refuse_to_drop(draft, row):
        return refusal
    draft.occurred_at = (as_moment(trigger.fields.get(row.at)) if row.at else None) or draft.occurred_at
    _carry_out(draft, row)
    return None


def _may(draft: Draft, row: ActionSpec, unit: str) -> bool:
    reporters = {report.reporter_unit for report in draft.at.reports.values()} if "reporter" in row.by else set()
    return unit in reporters or any(key == "any" or draft.unit_of(key) == unit for key in row.by)


def _holds(draft: Draft, row: ActionSpec) -> bool:
    case, known = draft.at, draft.known
    if row.failing_field(known) or row.failing_counter(case.counters):
        return False
    return all(GUARDS[guard].holds(case, known) for guard in row.guards)


def _failures(draft: Draft, row: ActionSpec) -> list[tuple[str, str]]:
    """Why a row cannot be taken, in Chinese and English."""
    case, known = draft.at, draft.known
    failed = [GUARDS[name] for name in row.guards if not GUARDS[name].holds(case, known)]
    data = describe_failure(draft.workflow.definition, row, known, case.counters)
    return [*data, *((guard.zh, guard.en) for guard in failed)]


def _refuse_to_drop(draft: Draft, row: ActionSpec) -> Rejection | None:
    """A case does not close over work that is still owed."""
    if row.to is None or row.to == "origin" or not draft.workflow.definition.states[row.to].final:
        return None
    find = draft.workflow.definition.find_task
    closing = frozenset((*row.closes, *row.calls_off))
    owed = [
        task.title
        for task in draft.at.tasks.values()
        if task.about_deadline is None
        and task.kind not in closing
        and not ((spec := find(task.kind)) and spec.survives_closing)
    ]
    if not owed:
        return None
    zh, en = f"尚有未办结事项：{'、'.join(owed)}", f"{len(owed)} tasks are still open"
    return refuse("open_tasks", zh, en)


def _carry_out(draft: Draft, row: ActionSpec) -> None:
    """Everything one row of the table says, in this order: remember, settle clocks and tasks, move, begin anew."""
    _remember(draft, row)
    draft.meet_rules(row.meets)
    draft.cancel_rules(row.cancels)
    for rule in row.pauses:
        draft.pause(rule)
    for rule in row.resumes:
        draft.resume(rule)
    draft.close_kinds(row.closes)
    draft.close_kinds(row.calls_off, "cancelled")
    if row.to:
        target = draft.at.origin if row.to == "origin" else row.to
        draft.enter(target, row.outcome)
    draft.start(row.starts)
    draft.open_tasks(row.tasks)
    draft.open_children(row.children)
    draft.reach(row.milestones)


def _remember(draft: Draft, row: ActionSpec) -> None:
    draft.record(draft.fields)
    if row.urgent:
        draft.raise_danger()
    for moment, source in row.marks.items():
        draft.mark(moment, source)
    for key, source in row.places.items():
        draft.place(key, source)
    for key in row.drops:
        draft.emit(facts.Placed(kind=key, unit=None))
    if row.resets:
        draft.emit(facts.Counted(counter=row.resets, value=0))
    if row.counts:
        draft.count(row.counts)


# -- proofs, alarms, versions -----------------------------------------------------------------------------------


def _prove(workflow: Workflow, case: Case, trigger: Proved, now: datetime) -> Draft | Rejection | None:
    task = case.tasks.get(trigger.task_id)
    if task is None:
        return None
    if not task.template:
        return Rejection("not_a_notice", "该任务不是告知事项", "this task is not a notice")
    draft = Draft(workflow, case.case_id, case, trigger.cause, "proved", now, trigger.proved_at, unit=trigger.unit)
    draft.close_task(task, "proved", proof=trigger.proof)
    return draft


def _expire(workflow: Workflow, case: Case, trigger: Expired, now: datetime) -> Draft | None:
    """Silence: remind, or record the breach and climb the ladder, and take the step the table has for it, if any."""
    clock = case.clocks.get(trigger.deadline_id)
    if clock is None or clock.next_alarm is None or clock.next_alarm > now:
        return None
    draft = Draft(workflow, case.case_id, case, trigger.cause, "expired", now, now)
    if not draft.ring(clock):
        return draft
    if task := case.tasks.get(clock.deadline.task_id or ""):
        draft.reroute(task)
        return draft
    rows = (row for row in workflow.definition.rows_from(case.state) if row.timer == clock.deadline.rule)
    if row := next((row for row in rows if _holds(draft, row)), None):
        draft.trigger = row.name
        _carry_out(draft, row)
    return draft


def _migrate(workflow: Workflow, case: Case, trigger: Migrated, now: datetime) -> Draft | Rejection | None:
    """The same case under another version: the state under its new name, and exactly the clocks that state has."""
    if case.definition_version == trigger.version or case.final:
        return None
    state = trigger.states.get(case.state, "")
    if state not in workflow.definition.states:
        zh = f"迁移表没有状态“{case.state}”"
        return Rejection("unmapped_state", zh, f"the migration does not map the state {case.state}")
    draft = Draft(workflow, case.case_id, case, trigger.cause, "migrated", now, now)
    draft.emit(
        facts.DefinitionChanged(
            from_version=case.definition_version,
            to_version=trigger.version,
            state=state,
            origin=trigger.states.get(case.origin),
        )
    )
    draft.migrate(state)
    return draft


def _reproject(workflow: Workflow, case: Case, trigger: Reprojected, now: datetime) -> Draft | None:
    draft = Draft(workflow, case.case_id, case, trigger.cause, "reprojected", now, now)
    draft.reproject(trigger.reason)
    return draft if draft.effects else None


def _discard(workflow: Workflow, case: Case, trigger: Discarded, now: datetime) -> Draft:
    draft = Draft(workflow, case.case_id, case, trigger.cause, "record_discarded", now, now, worker=trigger.worker)
    draft.emit(facts.RecordDiscarded(trigger.quarantine_id, trigger.topic, trigger.reason))
    return draft


_MOVES: dict[type[Trigger], Callable[[Workflow, Case, Any, datetime], Draft | Rejection | None]] = {
    Acted: _act,
    Proved: _prove,
    Expired: _expire,
    Migrated: _migrate,
    Reprojected: _reproject,
    Discarded: _discard,
}
