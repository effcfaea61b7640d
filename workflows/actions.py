"""Actions that every workflow has: claim and release, danger, what becomes of tasks, reports and leads to look at, and
what was recorded wrongly."""

from collections.abc import Callable
from dataclasses import dataclass, field

from contracts import cases as facts
from contracts.codes import Reason
from workflows.definition import FieldSpec, TaskSpec
from workflows.draft import RETURNED, Draft
from workflows.fields import find_problems
from workflows.model import Case
from workflows.triggers import Acted, FieldProblem, Rejection

_REASONS = {"reason": FieldSpec(title="理由", type="code", codes={code.value: code.label_zh for code in Reason})}

_FINDING = {
    "finding": FieldSpec(
        title="核查结论", type="code", codes={"same_incident": "同一事件", "new_incident": "新事件，另立新案"}
    )
}

_FAILURE = {
    "ending": FieldSpec(title="结果", type="code", codes={"failed": "未能完成", "unattended": "当事人未到"})
} | _REASONS

_CORRECTION = {
    "version": FieldSpec(title="记录所在的案件版本", type="number"),
    "happened_at": FieldSpec(title="实际发生时间（不填即撤销）", type="time", required=False),
} | _REASONS

_OF_EVERY_CASE = ("case.opened", "case.closed", "report.submitted")
"""Steps that no definition tells and statistics counts all the same."""

_TO_REVIEW = frozenset({"new_report", "new_lead"})


@dataclass(frozen=True)
class Generic:
    """`take` writes into the draft, or says why not. `fields` are what it asks for beside those of the task."""

    title: str
    take: Callable[[Draft, Acted], Rejection | None]
    fields: dict[str, FieldSpec] = field(default_factory=dict)


def refuse(code: str, zh: str, en: str, *problems: FieldProblem) -> Rejection:
    return Rejection(code, zh, en, (), problems)


def allowed_generic(case: Case, unit: str) -> set[str]:
    """Which of these actions are possible for some item of the case; claim, release and correct go without saying."""
    names = {"raise_urgent_danger"}
    for task in case.tasks.values():
        if task.unit == unit:
            names |= _on_own(task)
        if case.accountable == unit and task.status != "open":
            names.add("cancel_task")
    return names


def _on_own(task: facts.Task) -> set[str]:
    if task.template:
        return set()
    if task.kind in _TO_REVIEW:
        return {"review_report"}
    if task.kind == RETURNED:
        return {"offer_again", "withdraw_offer"}
    answers = {"offered": {"accept_task", "reject_task"}, "accepted": {"complete_task", "fail_task"}}
    return answers.get(task.status, {"complete_task"})


# -- items ------------------------------------------------------------------------------------------------------


def _raise_danger(draft: Draft, trigger: Acted) -> Rejection | None:  # noqa: ARG001
    draft.raise_danger()
    return None


def _claim(draft: Draft, trigger: Acted) -> Rejection | None:
    item = trigger.task_id or "state"
    if refusal := _refuse_item(draft, trigger, item):
        return refusal
    if item in draft.at.claims:
        return refuse("already_claimed", "已有人签收", "already claimed")
    draft.emit(facts.ItemClaimed(item=item, worker=trigger.worker))
    return None


def _release(draft: Draft, trigger: Acted) -> Rejection | None:
    item = trigger.task_id or "state"
    if refusal := _refuse_item(draft, trigger, item):
        return refusal
    if item not in draft.at.claims:
        return refuse("not_claimed", "尚无人签收", "not claimed")
    draft.emit(facts.ItemReleased(item=item))
    return None


def _refuse_item(draft: Draft, trigger: Acted, item: str) -> Rejection | None:
    """An item is a task of this unit, or the step of the accountable unit of an open case."""
    if item == "state":
        owner = None if draft.at.final else draft.at.accountable
    else:
        owner = draft.at.tasks[item].unit if item in draft.at.tasks else None
    return None if owner == trigger.unit else refuse("wrong_unit", "此项不在本单位", "this item is not yours")


# -- tasks ------------------------------------------------------------------------------------------------------


def _refuse_step(draft: Draft, trigger: Acted, action: str) -> Rejection | None:
    """Whether the action is one of those that this task of this unit allows now."""
    if refusal := _refuse_item(draft, trigger, trigger.task_id or ""):
        return refusal
    task = draft.at.tasks[trigger.task_id or ""]
    possible = _on_own(task)
    if action in possible:
        return None
    if task.template or task.kind in _TO_REVIEW:
        zh, en = (
            "告知须凭送达凭证办结；新报告、新线索须核查",
            "a notice ends by proof, what is proposed by review_report",
        )
        return refuse("needs_proof", zh, en)
    titles = "、".join(GENERIC[name].title for name in sorted(possible))
    return refuse("not_now", f"该任务现在可以：{titles}", f"this task allows now: {', '.join(sorted(possible))}")


def _refuse_fields(draft: Draft, trigger: Acted, specs: dict[str, FieldSpec]) -> Rejection | None:
    problems = find_problems(specs, trigger.fields, draft.now)
    return refuse("bad_fields", "字段有误", "fields are wrong", *problems) if problems else None


def _task_of(draft: Draft, trigger: Acted) -> tuple[facts.Task, TaskSpec]:
    task = draft.at.tasks[trigger.task_id or ""]
    return task, draft.workflow.definition.find_task(task.kind) or TaskSpec(title=task.title)


def _complete_task(draft: Draft, trigger: Acted) -> Rejection | None:
    if refusal := _refuse_step(draft, trigger, "complete_task"):
        return refusal
    task, spec = _task_of(draft, trigger)
    if refusal := _refuse_fields(draft, trigger, spec.fields):
        return refusal
    draft.record(draft.fields)
    draft.close_task(task, "done")
    return None


def _accept_task(draft: Draft, trigger: Acted) -> Rejection | None:
    refusal = _refuse_step(draft, trigger, "accept_task") or _refuse_fields(draft, trigger, {})
    if refusal is None:
        draft.accept(*_task_of(draft, trigger))
    return refusal


def _reject_task(draft: Draft, trigger: Acted) -> Rejection | None:
    if refusal := _refuse_step(draft, trigger, "reject_task"):
        return refusal
    _, spec = _task_of(draft, trigger)
    if spec.acceptance == "duty":
        return refuse("duty", "依法应当接收，不得退回", "the law obliges this unit to accept")
    if refusal := _refuse_fields(draft, trigger, _REASONS):
        return refusal
    _end_badly(draft, trigger, "rejected")
    return None


def _fail_task(draft: Draft, trigger: Acted) -> Rejection | None:
    refusal = _refuse_step(draft, trigger, "fail_task") or _refuse_fields(draft, trigger, _FAILURE)
    if refusal is None:
        _end_badly(draft, trigger, str(trigger.fields["ending"]))
    return refusal


def _end_badly(draft: Draft, trigger: Acted, outcome: str) -> None:
    task, _ = _task_of(draft, trigger)
    draft.close_task(task, outcome, reason=str(trigger.fields["reason"]))
    draft.give_back(task)


def _cancel_task(draft: Draft, trigger: Acted) -> Rejection | None:
    """The accountable unit calls a referral off."""
    task = draft.at.tasks.get(trigger.task_id or "")
    if task is None or task.status == "open" or draft.at.accountable != trigger.unit:
        return refuse("wrong_unit", "只有责任单位可以撤回转介事项", "only the accountable unit can cancel a referral")
    if refusal := _refuse_fields(draft, trigger, _REASONS):
        return refusal
    draft.close_task(task, "cancelled", reason=str(trigger.fields["reason"]))
    return None


def _offer_again(draft: Draft, trigger: Acted) -> Rejection | None:
    """What came back is offered to another unit, of the kinds of the unit that the task is for."""
    if refusal := _refuse_step(draft, trigger, "offer_again"):
        return refusal
    task, _ = _task_of(draft, trigger)
    if refusal := _refuse_fields(draft, trigger, GENERIC["offer_again"].fields):
        return refusal
    spec = draft.workflow.definition.find_task(task.about_kind or "")
    assert spec is not None, "a task that came back had a kind"
    draft.close_task(task, "offered_again")
    draft.open_task(task.about_kind or "", spec, str(trigger.fields["to_unit"]))
    return None


def _withdraw_offer(draft: Draft, trigger: Acted) -> Rejection | None:
    refusal = _refuse_step(draft, trigger, "withdraw_offer") or _refuse_fields(draft, trigger, _REASONS)
    if refusal is None:
        task, _ = _task_of(draft, trigger)
        draft.close_task(task, "withdrawn", reason=str(trigger.fields["reason"]))
    return refusal


# -- what statistics counts ---------------------------------------------------------------------------------------


def _correct_step(draft: Draft, trigger: Acted) -> Rejection | None:
    """A step that was recorded by mistake, or at a wrong time, is counted no more, or then. The case stays as it is."""
    if draft.at.accountable != trigger.unit:
        return refuse("wrong_unit", "只有责任单位可以更正", "only the accountable unit can correct what is counted")
    names = dict.fromkeys([*(one.name for one in draft.workflow.definition.milestones), *_OF_EVERY_CASE])
    step = FieldSpec(title="环节", type="code", codes={name: name for name in names})
    if refusal := _refuse_fields(draft, trigger, {"step": step} | _CORRECTION):
        return refusal
    fields = dict(trigger.fields)
    version = fields["version"]
    assert isinstance(version, int)
    if not 1 <= version <= draft.at.version:
        zh, en = f"应为 1 至 {draft.at.version}", f"must be from 1 to {draft.at.version}"
        return refuse("bad_fields", "字段有误", "fields are wrong", FieldProblem("version", zh, en))
    said = {"version": version, "name": fields["step"], "reason": fields["reason"], "at": fields.get("happened_at")}
    draft.emit(facts.Milestone(name="milestone.withdrawn", occurred_at=draft.occurred_at, dimensions=said))
    return None


# -- reports and leads to look at -------------------------------------------------------------------------------


def _review_report(draft: Draft, trigger: Acted) -> Rejection | None:
    """新报告、新线索待核: the accountable unit says whether what is proposed is this incident or a new one."""
    refusal = _refuse_step(draft, trigger, "review_report") or _refuse_fields(draft, trigger, _FINDING)
    if refusal:
        return refusal
    task, _ = _task_of(draft, trigger)
    lead, report = draft.at.leads.get(task.task_id), draft.at.proposed.get(task.task_id)
    same = trigger.fields["finding"] == "same_incident"
    draft.close_task(task, str(trigger.fields["finding"]))
    if lead:
        _settle_lead(draft, lead, same=same)
    elif report:
        _settle_report(draft, report, same=same)
    return None


def _settle_report(draft: Draft, report: facts.Report, *, same: bool) -> None:
    definition = draft.workflow.definition
    if same:
        draft.attach(report)
        return
    opening = definition.find_opening(report.event_type, report.fields)
    assert opening is not None, "a report is proposed only to a workflow it could open"
    carries: dict[str, facts.Scalar] = {"prior_warning": True} if "served_at" in draft.at.moments else {}
    draft.open_incident(opening.state, report_id=report.report_id, carries=carries)


def _settle_lead(draft: Draft, proposed: facts.LeadProposed, *, same: bool) -> None:
    lead = proposed.lead
    if same:
        if proposed.report:
            draft.attach(proposed.report)
        return
    report_id = proposed.report.report_id if proposed.report else None
    draft.open_incident(lead.state, since=lead.since, carries=lead.carries, urgent=lead.urgent, report_id=report_id)


GENERIC: dict[str, Generic] = {
    "claim": Generic("签收", _claim),
    "release": Generic("退签", _release),
    "raise_urgent_danger": Generic("报告紧急危险", _raise_danger),
    "complete_task": Generic("办结任务", _complete_task),
    "accept_task": Generic("接收任务", _accept_task),
    "reject_task": Generic("退回任务", _reject_task, _REASONS),
    "fail_task": Generic("任务未果", _fail_task, _FAILURE),
    "cancel_task": Generic("撤回任务", _cancel_task, _REASONS),
    "offer_again": Generic("改派任务", _offer_again, {"to_unit": FieldSpec(title="接收单位", type="unit")}),
    "withdraw_offer": Generic("不再安排", _withdraw_offer, _REASONS),
    "review_report": Generic("核查新报告、新线索", _review_report, _FINDING),
    "correct_step": Generic("更正已记环节", _correct_step, _CORRECTION),
}
