"""What the units of the demonstration do next on a case. Pure, and the same whatever the order of the queues.

Chance depends on the seed, the case's own key (the idempotency key of its first report), the step and how often it was
taken; never on ids, queue order or how many records were handled together. Some units are late, some stay silent.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from contracts.base import UnitId, unit_kind
from contracts.cases import Task
from contracts.codes import unit_at
from deploy.demo.habits import HABITS, fill, fill_task, next_move, workflow_of
from deploy.demo.habits.desk import Desk, Done, Fields, Move
from deploy.demo.habits.dv_warning import assessment
from deploy.demo.stories import WEEK, Script, Step
from workflows.definition import TaskSpec
from workflows.engine import decide
from workflows.model import Case
from workflows.triggers import Acted, Rejection

NINE: Final = timedelta(hours=9)

SEEN: Final = 0.01
"""Hours until a unit sees what another case laid before it: not in the tick in which that case was worked on."""

IN_DANGER: Final = 0.012
"""The share of cases in which somebody is found to be in danger later on."""

Kind = Literal["action", "read", "tell"]
"""`read`: the addressee opens the notice in its inbox. `tell`: the unit that owes it tells by phone."""


@dataclass(frozen=True)
class Known:
    """What the demonstration knows of a case beside the case: its key, its script, and what its reports tell of."""

    seed: int
    key: str
    incident_of: Callable[[UUID], str]
    script: Script = field(default_factory=dict)
    first_day: datetime = WEEK

    def step(self, name: str) -> Step | None:
        """What the script says of a task, or of what is done beside the state."""
        told = self.script.get(name)
        return told if isinstance(told, Step) else None

    def dice(self, *step: object) -> random.Random:
        return random.Random("/".join(map(str, (self.seed, self.key, *step))))


@dataclass(frozen=True)
class Act:
    """One thing a unit will do, not before `at`."""

    at: datetime
    kind: Kind
    name: str
    unit: UnitId
    fields: Fields = field(default_factory=dict)
    task_id: str | None = None


def key_of_child(parent_key: str, case: Case) -> str:
    """The key of a case that another one opened without a report of its own; no longer for the child of a child."""
    way = f"{parent_key}/{case.relation}/{case.workflow}/{case.opened_at:%m%d%H}"
    return f"{parent_key.partition('/')[0]}/{case.workflow}/{hashlib.sha256(way.encode()).hexdigest()[:12]}"


def plan(case: Case, known: Known, done: Done, now: datetime) -> list[Act]:
    """One act for everything open that some unit means to do; earliest first, fields filled as of `now`."""
    acts = [act for act in (_state_act(case, known, done, now), *_extras(case, known, done, now)) if act]
    acts += [act for task in case.tasks.values() if (act := _task_act(case, known, task, now))]
    return sorted(acts, key=lambda act: (act.at, act.kind, act.task_id or "", act.name))


# -- the step of the accountable unit ----------------------------------------------------------------------------


def _state_act(case: Case, known: Known, done: Done, now: datetime) -> Act | None:
    if case.final:
        return None
    desk = Desk(case, done, known.dice(case.state, case.entered_at.isoformat()))
    move = _scripted(desk, known) or next_move(desk)
    if move is None or _must_wait(move, desk):
        return None
    at = case.entered_at + timedelta(hours=move.hours)
    writing = Desk(case, done, known.dice(case.state, case.entered_at.isoformat(), "fields", move.action))
    act = Act(at, "action", move.action, move.unit, _written(move, writing, known, now))
    return None if _is_owed_work(case, act, now) else act


def _scripted(desk: Desk, known: Known) -> Move | None:
    """The story's own step, unless it was taken; what it does not say is left to habit."""
    step = _next_step(known.script.get(desk.case.state), desk.done)
    if step is None or (step.unless and step.unless in desk.case.fields):
        return None
    if step.do == "wait":
        return Move("wait", 10**6, desk.case.accountable)
    action, verb = ("record_visit", step.do) if step.do.startswith("visit_") else (step.do, "")
    if action == "transfer_for_prosecution" and desk.case.minor and not desk.done.get("tell_before_transfer"):
        return Move("tell_before_transfer", _hours(step, known, desk.case.entered_at) - 48, desk.case.accountable)
    unit = step.by or _PARTS.get(action)
    hours = _hours(step, known, desk.case.entered_at)
    return desk.move(action, hours, by=unit, verb=verb, **step.set)


def _next_step(told: Step | tuple[Step, ...] | None, done: Done) -> Step | None:
    """Of several steps the first that was not taken yet; they may name one action more than once."""
    if not isinstance(told, tuple):
        return told
    so_far: Counter[str] = Counter()
    for step in told:
        so_far[step.do] += 1
        if done.get(step.do, 0) < so_far[step.do]:
            return step
    return None


_PARTS: Final = {
    "accept_handover": "receiving-station",
    "return_handover": "receiving-station",
    "accept": "receiver",
    "return_referral": "receiver",
    "sign": "handler",
}


def _hours(step: Step, known: Known, since: datetime) -> float:
    if step.day is None:
        return step.after or 0
    return (known.first_day + timedelta(days=step.day - 1) + NINE - since) / timedelta(hours=1)


def _must_wait(move: Move, desk: Desk) -> bool:
    """A case does not go to the prosecutor before its reporters know."""
    return move.action == "transfer_for_prosecution" and desk.awaits("feedback_before_transfer")


def _is_owed_work(case: Case, act: Act, now: datetime) -> bool:
    """Whether the case would close over work that is still owed; its unit waits until that is done."""
    workflow = workflow_of(case)
    rows, states = workflow.definition.table.get((case.state, act.name), ()), workflow.definition.states
    if not case.tasks or not any(row.to in states and states[row.to].final for row in rows if row.to):
        return False
    answer = decide(workflow, case, Acted("", act.name, act.unit, "w-1", now, fields=act.fields), now)
    return isinstance(answer, Rejection) and answer.code == "open_tasks"


def _written(move: Move, desk: Desk, known: Known, now: datetime) -> Fields:
    """An assessment leads to the decision that the script has for the next state."""
    decided = known.step("assessed") if move.action == "assess" else None
    return assessment(decided.do) if decided else fill(move, desk, now)


# -- beside the step ----------------------------------------------------------------------------------------------


def _extras(case: Case, known: Known, done: Done, now: datetime) -> Iterator[Act]:
    """What may be done in any state, each at most once."""
    if case.final:
        return
    yield from _danger(case, known, done)
    yield from _protection(case, known, done)
    omission = known.step("omission")
    if omission and case.state == "prosecution":
        at = case.entered_at + timedelta(hours=_hours(omission, known, case.entered_at))
        overseer = unit_at("procuratorate", case.region)
        desk = Desk(case, done, known.dice("find_omission"))
        fields = fill(Move("find_omission", 0, overseer, also=omission.set), desk, now)
        yield from _once(Act(at, "action", "find_omission", overseer, fields), done)
    referral = known.step("protection_case")
    if referral and case.state == "admin_case":
        yield from _once(Act(case.entered_at, "action", referral.do, case.accountable), done)


def _danger(case: Case, known: Known, done: Done) -> Iterator[Act]:
    """Now and then somebody finds that the person is in danger, whatever the case is about."""
    dice = known.dice("danger")
    if dice.random() < IN_DANGER and not case.quiet and not known.script:
        at = case.opened_at + timedelta(hours=dice.uniform(5, 700))
        yield from _once(Act(at, "action", "raise_urgent_danger", case.accountable), done)


def _protection(case: Case, known: Known, done: Done) -> Iterator[Act]:
    if case.workflow != "mandatory_report" or not case.minor:
        return
    step = known.step("protection")
    dice = known.dice("protection")
    if step and case.state == "prosecution":
        at = case.entered_at + timedelta(hours=_hours(step, known, case.entered_at))
        yield from _once(Act(at, "action", "request_protection", case.accountable), done)
    elif not step and case.state in {"criminal_case", "admin_case"} and dice.random() < 0.3:
        at = case.entered_at + timedelta(hours=dice.uniform(3, 60))
        yield from _once(Act(at, "action", "request_protection", case.accountable), done)


def _once(act: Act, done: Done) -> Iterator[Act]:
    if not done.get(act.name):
        yield act


# -- tasks --------------------------------------------------------------------------------------------------------


def _task_act(case: Case, known: Known, task: Task, now: datetime) -> Act | None:
    """What becomes of a task: notices are read or told, the rest is done by the unit that owes it."""
    about = (task.kind, task.opened_at.isoformat(), task.unit, task.addressee or "", _of(task, known), task.status)
    dice = known.dice("task", *about)
    if task.template:
        return _notice_act(known, task, dice)
    if task.kind in {"new_report", "new_lead"}:
        finding = "same_incident" if _same(case, known, task) else "new_incident"
        late = timedelta(hours=dice.uniform(1, 4) if dice.random() < 0.1 else SEEN if task.kind == "new_lead" else 0)
        return Act(task.opened_at + late, "action", "review_report", task.unit, {"finding": finding}, task.task_id)
    spec, step = workflow_of(case).definition.find_task(task.kind), known.step(task.kind)
    if step and step.by and step.by != unit_kind(task.unit):
        step = None
    action = _answer_to(task, spec, dice)
    if step and step.do in _ANSWERS[task.status]:
        action = step.do
    hours = _task_hours(case, task, step, dice)
    if action is None or hours is None:
        return None
    desk = Desk(case, {}, known.dice("fields", *about))
    fields = _task_fields(action, task, desk, now) | (step.set if step and step.do == action else {})
    return Act(task.opened_at + timedelta(hours=hours), "action", action, task.unit, fields, task.task_id)


_ANSWERS: Final = {
    "offered": {"accept_task", "reject_task"},
    "accepted": {"complete_task", "fail_task"},
    "open": {"complete_task"},
}


def _answer_to(task: Task, spec: TaskSpec | None, dice: random.Random) -> str | None:
    """A referral is mostly accepted, seldom rejected, sometimes met with silence; accepted work rarely fails."""
    share = dice.random()
    if task.status == "offered":
        obliged = task.rerouted or (spec is not None and spec.acceptance == "duty")
        return "accept_task" if share < 0.85 or obliged else "reject_task" if share < 0.94 else None
    if task.status == "accepted":
        return "complete_task" if share < 0.92 else "fail_task"
    if task.kind == "returned":
        return "offer_again" if share < 0.7 and task.about_kind else "withdraw_offer"
    return "complete_task"


def _of(task: Task, known: Known) -> str:
    return known.incident_of(task.report_id) if task.report_id else task.about_deadline or ""


def _notice_act(known: Known, task: Task, dice: random.Random) -> Act:
    """Receipts and most copies are given at once. Most addressees read; some are told by phone, a few too late."""
    hours, told, late = (
        dice.uniform(*((0, 12) if task.template == "copy" else (1, 22))),
        dice.random() < 0.25,
        dice.random() < 0.1,
    )
    step = known.step(task.kind)
    if step:
        hours = step.after or 0
    elif late:
        hours = dice.uniform(1, 3) if task.kind == "receipt" else dice.uniform(76, 150)
    elif task.kind == "receipt" or (task.template == "copy" and dice.random() < 0.8):
        hours = 0
    kind: Kind = "tell" if told or task.addressee is None else "read"
    unit = task.unit if kind == "tell" or task.addressee is None else task.addressee
    return Act(task.opened_at + timedelta(hours=hours), kind, kind, unit, {}, task.task_id)


def _same(case: Case, known: Known, task: Task) -> bool:
    if task.task_id in case.leads:
        return known.dice("lead", task.opened_at.isoformat()).random() < 0.8
    proposed = known.incident_of(case.proposed[task.task_id].report_id)
    return proposed in {known.incident_of(report.report_id) for report in case.reports.values()}


def _task_hours(case: Case, task: Task, step: Step | None, dice: random.Random) -> float | None:
    """None for a task that a step of the case ends, or that its unit leaves alone."""
    habits = HABITS[case.workflow]
    usual, late = dice.uniform(*habits.hours.get(task.kind, _TASK_HOURS.get(task.kind, (2, 40)))), dice.random() < 0.1
    if task.status == "offered":
        usual = dice.uniform(1, ANSWERED)
    if task.status == "accepted":
        usual += ANSWERED
    if task.kind in habits.left or (step and step.do == "wait"):
        return None
    if task.kind == "supervise":
        return dice.uniform(4, 30) if dice.random() < 0.3 else None
    if step and step.after is not None:
        return step.after
    return usual * 4 if late else usual


ANSWERED: Final = 30
"""Hours within which a unit that is offered a task says what it does with it."""

_TASK_HOURS: Final = {
    "urgent_response": (0.0, 0.0),
    "returned": (1.0, 20.0),
}


def _task_fields(action: str, task: Task, desk: Desk, now: datetime) -> Fields:
    if action == "complete_task":
        return fill_task(task.kind, desk, now)
    if action == "offer_again":
        spec = workflow_of(desk.case).definition.find_task(task.about_kind or "")
        return {"to_unit": desk.unit(spec.unit if spec else "civil-affairs")}
    plain: dict[str, Fields] = {
        "reject_task": {"reason": "incomplete"},
        "withdraw_offer": {"reason": "done"},
        "fail_task": {"ending": "unattended", "reason": "unreachable"},
    }
    return plain.get(action, {})
