"""What the units of the demonstration do next on a case. Pure, and the same whatever the order of the queues.

Chance depends on the seed, the case's own key (the idempotency key of its first report), the step and how often it was
taken; never on ids, queue order or how many records were handled together. Some units are late, some stay silent.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from contracts.base import UnitId
from contracts.cases import Task
from contracts.codes import unit_at
from deploy.demo.habits import CLOSING, HABITS, Desk, Done, Fields, Move
from deploy.demo.stories import WEEK, Script, Step
from deploy.demo.writing import assessment, fill
from workflows.model import Case

NINE: Final = timedelta(hours=9)

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


def plan(case: Case, known: Known, done: Done, now: datetime) -> list[Act]:
    """One act for everything open that some unit means to do; earliest first, fields filled as of `now`."""
    acts = [act for act in (_state_act(case, known, done, now), *_extras(case, known, done)) if act]
    acts += [act for task in case.tasks.values() if (act := _task_act(case, known, task, now))]
    return sorted(acts, key=lambda act: (act.at, act.kind, act.task_id or "", act.name))


# -- the step of the accountable unit ----------------------------------------------------------------------------


def _state_act(case: Case, known: Known, done: Done, now: datetime) -> Act | None:
    if case.final:
        return None
    desk = Desk(case, done, known.dice(case.state, case.entered_at.isoformat()))
    move = _scripted(desk, known) or _habitual(desk)
    if move is None or _must_wait(move, desk):
        return None
    at = case.entered_at + timedelta(hours=move.hours)
    writing = Desk(case, done, known.dice(case.state, case.entered_at.isoformat(), "fields", move.action))
    return Act(at, "action", move.action, move.unit, _written(move, writing, known, now))


def _habitual(desk: Desk) -> Move | None:
    habit = HABITS.get((desk.case.workflow, desk.case.state))
    return habit(desk) if habit else None


def _scripted(desk: Desk, known: Known) -> Move | None:
    """The story's own step, unless it was taken; what it does not say is left to habit."""
    step = known.script.get(desk.case.state)
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


_PARTS: Final = {
    "accept_handover": "receiving-station",
    "return_handover": "receiving-station",
    "accept": "receiver",
    "return_referral": "receiver",
}


def _hours(step: Step, known: Known, since: datetime) -> float:
    if step.day is None:
        return step.after or 0
    return (known.first_day + timedelta(days=step.day - 1) + NINE - since) / timedelta(hours=1)


def _must_wait(move: Move, desk: Desk) -> bool:
    """A case does not close over work that is owed, nor goes to the prosecutor before its reporters know."""
    third = desk.case.counters.get("clean_visits", 0) >= 2 and move.verb == "visit_clean"
    if move.action in CLOSING or third:
        return desk.owes
    telling = any(task.kind == "feedback_before_transfer" for task in desk.case.tasks.values())
    return move.action == "transfer_for_prosecution" and telling


def _written(move: Move, desk: Desk, known: Known, now: datetime) -> Fields:
    """An assessment leads to the decision that the script has for the next state."""
    decided = known.script.get("assessed") if move.action == "assess" else None
    return assessment(decided.do) if decided else fill(move, desk, now)


# -- beside the step ----------------------------------------------------------------------------------------------


def _extras(case: Case, known: Known, done: Done) -> Iterator[Act]:
    """What may be done in any state, each at most once."""
    if case.final:
        return
    if _is_unanswered(case):
        yield from _once(Act(case.opened_at, "action", "raise_urgent_danger", case.accountable), done)
    yield from _protection(case, known, done)
    omission = known.script.get("omission")
    if omission and case.state == "prosecution":
        at = case.entered_at + timedelta(hours=_hours(omission, known, case.entered_at))
        fields = omission.set | {"known_at": case.opened_at.isoformat()}
        overseer = unit_at("procuratorate", case.region)
        yield from _once(Act(at, "action", "find_omission", overseer, fields), done)
    referral = known.script.get("protection_case")
    if referral and case.state == "admin_case":
        yield from _once(Act(case.entered_at, "action", referral.do, case.accountable), done)


def _is_unanswered(case: Case) -> bool:
    """Somebody is in danger, and nobody has been sent for."""
    sent_for = "measure" in case.fields or any(task.kind == "urgent_response" for task in case.tasks.values())
    return case.urgent and not sent_for and case.workflow != "dv_warning"


def _protection(case: Case, known: Known, done: Done) -> Iterator[Act]:
    if case.workflow != "mandatory_report" or not case.minor:
        return
    step = known.script.get("protection")
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
    dice = known.dice("task", task.kind, task.opened_at.isoformat(), task.unit, task.addressee or "", _of(task, known))
    if task.template:
        return _notice_act(known, task, dice)
    if task.kind == "new_report":
        finding = "same_incident" if _same(case, known, task) else "new_incident"
        late = timedelta(hours=dice.uniform(1, 4) if dice.random() < 0.1 else 0)
        return Act(task.opened_at + late, "action", "review_report", task.unit, {"finding": finding}, task.task_id)
    hours = _task_hours(task, known, dice)
    if hours is None:
        return None
    fields = _task_fields(task, dice, now)
    return Act(task.opened_at + timedelta(hours=hours), "action", "complete_task", task.unit, fields, task.task_id)


def _of(task: Task, known: Known) -> str:
    return known.incident_of(task.report_id) if task.report_id else task.about_deadline or ""


def _notice_act(known: Known, task: Task, dice: random.Random) -> Act:
    """Receipts and most copies are given at once. Most addressees read; some are told by phone, a few too late."""
    hours, told, late = (
        dice.uniform(*((0, 12) if task.template == "copy" else (1, 22))),
        dice.random() < 0.25,
        dice.random() < 0.1,
    )
    step = known.script.get(task.kind)
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
    proposed = known.incident_of(case.proposed[task.task_id].report_id)
    return proposed in {known.incident_of(report.report_id) for report in case.reports.values()}


def _task_hours(task: Task, known: Known, dice: random.Random) -> float | None:
    """None for a task that another act closes, or that its unit leaves alone."""
    usual, late = dice.uniform(*_TASK_HOURS.get(task.kind, (0, 0))), dice.random() < 0.12
    if task.kind in _CLOSED_BY_ACTS:
        return None
    if task.kind == "supervise":
        return dice.uniform(4, 30) if dice.random() < 0.3 else None
    if step := known.script.get(task.kind):
        return step.after
    return usual * 6 if late else usual


_CLOSED_BY_ACTS: Final = frozenset({"accept_handover", "accept_referral", "arrival", "check_up", "treat"})

_TASK_HOURS: Final = {
    "care": (20, 200),
    "check_income": (10, 100),
    "check_disease": (10, 100),
    "check_register": (5, 60),
    "file_to_authority": (3, 60),
    "explain_reasons": (40, 150),
    "protection_services": (20, 100),
    "urgent_response": (0, 0),
}


def _task_fields(task: Task, dice: random.Random, now: datetime) -> Fields:
    if task.kind == "file_to_authority":
        return {
            "filed_at": now.isoformat(),
            "authority": _AUTHORITIES.get(task.unit.partition("@")[0], "civil_affairs"),
        }
    if task.kind == "explain_reasons":
        return {"document": f"说明〔2026〕{dice.randint(1, 9999)}号"}
    if task.kind in _CHECKED:
        return dict(_CHECKED[task.kind])
    if task.kind == "protection_services":
        return {"services": ["psychological", "judicial_aid"]}
    return {"measure": dice.choice(["dispatched", "safe", "removed"])} if task.kind == "urgent_response" else {}


_CHECKED: Final[dict[str, Fields]] = {
    "check_income": {"income_confirmed": True},
    "check_disease": {"disease_finding": "breast_invasive"},
    "check_register": {"already_paid": False},
}
"""What the departments find when a woman applies for 两癌救助."""

_AUTHORITIES: Final = {
    "school": "education",
    "kindergarten": "education",
    "hospital": "health",
    "hotel": "public_security",
}
