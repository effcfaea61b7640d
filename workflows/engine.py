"""`decide`: what one trigger does to one case. Pure; the only other entrance to a case is `model.evolve`.

An intake event opens a case or is proposed to one. An action, a proof or an alarm moves it along the table.
Whatever a trigger changes is one fact. A refusal says why and what could be done instead.
"""

from dataclasses import replace
from datetime import datetime

from contracts import cases as facts
from contracts.base import unit_kind
from workflows.definition import ActionSpec, ChildSpec, OpenSpec
from workflows.draft import Draft
from workflows.fields import as_moment, find_problems
from workflows.guards import GUARDS
from workflows.loader import Workflow
from workflows.model import Case
from workflows.triggers import Acted, Begun, Expired, FieldProblem, Proved, Rejection, Reported, Trigger

CHILD = "case"
"""The event name under which a definition says how another case may open it."""


def decide(workflow: Workflow, case: Case | None, trigger: Trigger, now: datetime) -> facts.Fact | Rejection | None:
    """What `trigger` does at domain time `now`: a fact, a refusal, or nothing (an alarm that no longer matters)."""
    if isinstance(trigger, Reported):
        return _open(workflow, trigger, now) if case is None else _propose(workflow, case, trigger, now)
    if isinstance(trigger, Begun):
        return _begin(workflow, trigger, now)
    if case is None:
        return Rejection("no_such_case", "没有这个案件", "no such case")
    if isinstance(trigger, Acted):
        return _act(workflow, case, trigger, now)
    if isinstance(trigger, Proved):
        return _prove(workflow, case, trigger, now)
    return _expire(workflow, case, trigger, now)


def allowed_actions(workflow: Workflow, case: Case, unit: str) -> tuple[str, ...]:
    """The actions `unit` may take in this state, by name; whether its guards hold depends on the fields."""
    draft = Draft(workflow, case.case_id, case, "", "", case.entered_at, case.entered_at)
    rows = (row for (state, _), found in workflow.definition.table.items() if state == case.state for row in found)
    names = {row.name for row in rows if row.timer is None and _may(draft, row, unit)}
    if any(task.unit == unit and task.kind == "new_report" for task in case.tasks.values()):
        names.add("review_report")
    if any(task.unit == unit and task.kind != "new_report" and not task.template for task in case.tasks.values()):
        names.add("complete_task")
    return tuple(sorted(names))


# -- opening ----------------------------------------------------------------------------------------------------


def _open(workflow: Workflow, trigger: Reported, now: datetime) -> facts.Fact | Rejection:
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
    return draft.fact()


def _apply_report(draft: Draft, spec: OpenSpec, report: facts.Report) -> None:
    """What a report brings into the case that it opens: its fields, times and units, its state and clocks."""
    draft.record(report.fields | dict(spec.fields))
    times = {name: moment for name, value in report.fields.items() if (moment := as_moment(value))}
    times |= {name: times[source] for name, source in spec.marks.items() if source in times}
    for name, moment in ({"reported_at": report.submitted_at} | times).items():
        draft.emit(facts.Marked(moment=name, at=moment))
    for kind, source in spec.places.items():
        if unit := report.fields.get(source):
            draft.emit(facts.Placed(kind=kind, unit=str(unit)))
    draft.emit(facts.ReportAttached(report=report))
    draft.enter(spec.state)
    draft.start(spec.starts)
    draft.open_tasks(spec.tasks)


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


def _propose(workflow: Workflow, case: Case, trigger: Reported, now: datetime) -> facts.Fact:
    """Nothing joins silently: the report keeps its own record, and a person says whether it is the same incident."""
    report = trigger.report
    draft = Draft(
        workflow, case.case_id, case, trigger.cause, "proposed", now, report.submitted_at, unit=report.reporter_unit
    )
    draft.propose(report)
    draft.reach(workflow.definition.join.milestones, report)
    if trigger.immediate_danger:
        draft.raise_danger()
    return draft.fact()


def _begin(workflow: Workflow, trigger: Begun, now: datetime) -> facts.Fact:
    """A case that another one opened: about a report of its own, or about what that other case found."""
    child, definition = trigger.child, workflow.definition
    draft = Draft(workflow, child.case_id, None, trigger.cause, "begun", now, trigger.occurred_at, unit=trigger.unit)
    _emit_opened(draft, trigger.region, trigger.subjects, trigger)
    draft.record(child.carries)
    if trigger.report and (spec := definition.find_opening(trigger.report.event_type, trigger.report.fields)):
        counted = {milestone.name for milestone in definition.join.milestones}
        _apply_report(draft, spec, trigger.report)
        draft.reach([m for m in spec.milestones if m.name not in counted], trigger.report)
        return draft.fact()
    for kind, unit in trigger.placements.items():
        draft.emit(facts.Placed(kind=kind, unit=unit))
    draft.emit(facts.Marked(moment="reported_at", at=child.since or trigger.occurred_at))
    draft.enter(child.state)
    for spec in definition.opens:
        if spec.event == CHILD and spec.state == child.state:
            draft.start(spec.starts)
    return draft.fact()


# -- acting -----------------------------------------------------------------------------------------------------


def _act(workflow: Workflow, case: Case, trigger: Acted, now: datetime) -> facts.Fact | Rejection:
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
        return _refuse(draft, "stale_version", zh, en)
    if trigger.occurred_at > now:
        late = FieldProblem("occurred_at", "应不晚于现在的时间", "must not be in the future")
        return _refuse(draft, "bad_fields", "办理时间有误", "the time is wrong", late)
    return _GENERIC.get(trigger.action, _take)(draft, trigger) or draft.fact()


def _refuse(draft: Draft, code: str, zh: str, en: str, *problems: FieldProblem) -> Rejection:
    return Rejection(code, zh, en, allowed_actions(draft.workflow, draft.at, draft.unit or ""), problems)


def _take(draft: Draft, trigger: Acted) -> Rejection | None:
    """Carry out the first row of the table whose guards hold."""
    case, definition = draft.at, draft.workflow.definition
    rows = [row for row in definition.table.get((case.state, trigger.action), []) if row.timer is None]
    if not rows:
        title = definition.states[case.state].title
        code = "case_closed" if case.final else "not_allowed_here"
        zh = f"案件处于“{title}”，不能办理“{trigger.action}”"
        return _refuse(draft, code, zh, f"{trigger.action} is not possible in {case.state}")
    mine = [row for row in rows if _may(draft, row, trigger.unit)]
    if not mine:
        zh, en = "此项不由本单位办理", f"{trigger.action} is not for {unit_kind(trigger.unit)} to do here"
        return _refuse(draft, "wrong_unit", zh, en)
    if problems := find_problems(mine[0].fields, trigger.fields, draft.now):
        return _refuse(draft, "bad_fields", "字段有误", "fields are wrong", *problems)
    row = next((row for row in mine if all(draft.holds(guard) for guard in row.guards)), None)
    if row is None:
        failed = [GUARDS[g] for row in mine for g in row.guards if not draft.holds(g)]
        zh, en = "；".join(dict.fromkeys(g.zh for g in failed)), "; ".join(dict.fromkeys(g.en for g in failed))
        return _refuse(draft, "guard", zh, en)
    if refusal := _refuse_to_drop(draft, row):
        return refusal
    draft.occurred_at = (as_moment(trigger.fields.get(row.at)) if row.at else None) or draft.occurred_at
    _carry_out(draft, row, trigger)
    return None


def _may(draft: Draft, row: ActionSpec, unit: str) -> bool:
    return any(key == "any" or draft.unit_of(key) == unit for key in row.by)


def _refuse_to_drop(draft: Draft, row: ActionSpec) -> Rejection | None:
    """A case does not close over work that is still owed."""
    if row.to is None or row.to == "origin" or not draft.workflow.definition.states[row.to].final:
        return None
    specs = draft.workflow.definition.tasks
    closing = frozenset(row.closes)
    owed = [
        task.title
        for task in draft.at.tasks.values()
        if task.about_deadline is None
        and task.kind not in closing
        and (task.kind not in specs or not specs[task.kind].survives_closing)
    ]
    if not owed:
        return None
    zh, en = f"尚有未办结事项：{'、'.join(owed)}", f"{len(owed)} tasks are still open"
    return _refuse(draft, "open_tasks", zh, en)


def _carry_out(draft: Draft, row: ActionSpec, trigger: Acted | None) -> None:
    """Everything one row of the table says, in this order: remember, settle clocks and tasks, move, begin anew."""
    _remember(draft, row)
    draft.meet_rules(row.meets)
    draft.cancel_rules(row.cancels)
    for rule in row.pauses:
        draft.pause(rule)
    for rule in row.resumes:
        draft.resume(rule)
    draft.close_kinds(row.closes)
    if row.to:
        target = draft.at.origin if row.to == "origin" else row.to
        draft.enter(target, row.outcome)
    draft.start(row.starts)
    draft.open_tasks(row.tasks)
    for child in row.children:
        if trigger and draft.holds(child.when):
            _open_child(draft, child, trigger)
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


def _open_child(draft: Draft, child: ChildSpec, trigger: Acted) -> None:
    carried = {name: draft.at.fields[name] for name in child.carries if name in draft.at.fields}
    draft.emit(
        facts.ChildOpened(
            case_id=trigger.child_id,
            workflow=child.workflow,
            state=child.state,
            relation=child.relation,
            since=draft.at.moments.get(child.since) if child.since else None,
            roles=child.roles,
            carries=carried | dict(child.sets),
        )
    )


# -- actions every workflow has ---------------------------------------------------------------------------------


def _claim(draft: Draft, trigger: Acted) -> Rejection | None:
    item = trigger.task_id or "state"
    if refusal := _refuse_item(draft, trigger, item):
        return refusal
    if item in draft.at.claims:
        return _refuse(draft, "already_claimed", "已有人签收", "already claimed")
    draft.emit(facts.ItemClaimed(item=item, worker=trigger.worker))
    return None


def _release(draft: Draft, trigger: Acted) -> Rejection | None:
    item = trigger.task_id or "state"
    if refusal := _refuse_item(draft, trigger, item):
        return refusal
    if item not in draft.at.claims:
        return _refuse(draft, "not_claimed", "尚无人签收", "not claimed")
    draft.emit(facts.ItemReleased(item=item))
    return None


def _refuse_item(draft: Draft, trigger: Acted, item: str) -> Rejection | None:
    """An item is a task of this unit, or the step of the accountable unit of an open case."""
    if item == "state":
        owner = None if draft.at.final else draft.at.accountable
    else:
        owner = draft.at.tasks[item].unit if item in draft.at.tasks else None
    if owner == trigger.unit:
        return None
    return _refuse(draft, "wrong_unit", "此项不在本单位", "this item is not yours")


def _complete_task(draft: Draft, trigger: Acted) -> Rejection | None:
    if refusal := _refuse_item(draft, trigger, trigger.task_id or ""):
        return refusal
    task = draft.at.tasks[trigger.task_id or ""]
    if task.template or task.kind == "new_report":
        zh, en = "告知须凭送达凭证办结；新报告须核查", "a notice ends by proof, a new report by review_report"
        return _refuse(draft, "needs_proof", zh, en)
    spec = draft.workflow.definition.tasks.get(task.kind)
    if problems := find_problems(spec.fields if spec else {}, trigger.fields, draft.now):
        return _refuse(draft, "bad_fields", "字段有误", "fields are wrong", *problems)
    draft.record(draft.fields)
    draft.close_task(task, "done")
    return None


def _review_report(draft: Draft, trigger: Acted) -> Rejection | None:
    """新报告待核: the accountable unit says whether a proposed report is this incident or a new one."""
    if refusal := _refuse_item(draft, trigger, trigger.task_id or ""):
        return refusal
    task = draft.at.tasks[trigger.task_id or ""]
    report = draft.at.proposed.get(task.task_id)
    finding = trigger.fields.get("finding")
    if report is None or finding not in ("same_incident", "new_incident"):
        wrong = FieldProblem(
            "finding", "应为 same_incident（同一事件）或 new_incident（新事件）", "must be one of both"
        )
        return _refuse(draft, "bad_fields", "字段有误", "fields are wrong", wrong)
    draft.close_task(task, str(finding))
    if finding == "same_incident":
        draft.emit(facts.ReportAttached(report=report))
        draft.open_tasks(draft.workflow.definition.join.tasks, [report])
        return None
    opening = draft.workflow.definition.find_opening(report.event_type, report.fields)
    assert opening is not None, "a report is proposed only to a workflow it could open"
    draft.emit(
        facts.ChildOpened(
            case_id=trigger.child_id,
            workflow=draft.workflow.definition.workflow,
            state=opening.state,
            relation="new_incident",
            report_id=report.report_id,
            carries={"prior_warning": True} if "served_at" in draft.at.moments else {},
        )
    )
    return None


_GENERIC = {
    "claim": _claim,
    "release": _release,
    "complete_task": _complete_task,
    "review_report": _review_report,
}


# -- proofs and alarms ------------------------------------------------------------------------------------------


def _prove(workflow: Workflow, case: Case, trigger: Proved, now: datetime) -> facts.Fact | Rejection | None:
    task = case.tasks.get(trigger.task_id)
    if task is None:
        return None
    if not task.template:
        return Rejection("not_a_notice", "该任务不是告知事项", "this task is not a notice")
    draft = Draft(workflow, case.case_id, case, trigger.cause, "proved", now, trigger.proved_at, unit=trigger.unit)
    draft.close_task(task, "proved", trigger.proof)
    return draft.fact()


def _expire(workflow: Workflow, case: Case, trigger: Expired, now: datetime) -> facts.Fact | None:
    """Silence: record the breach, climb the ladder, and take the step the table has for it, if any."""
    clock = case.clocks.get(trigger.deadline_id)
    if clock is None or clock.next_alarm is None or clock.next_alarm > now:
        return None
    draft = Draft(workflow, case.case_id, case, trigger.cause, "expired", now, now)
    first = clock.status == "running"
    draft.climb(clock)
    row = next((r for r in workflow.definition.actions if r.timer == clock.deadline.rule), None)
    if first and row and case.state in workflow.definition.sources(row):
        named = replace(draft, trigger=row.name)
        _carry_out(named, row, None)
        return named.fact()
    return draft.fact()
