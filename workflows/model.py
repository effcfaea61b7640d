"""A case as its log makes it. `evolve` is the only way it changes; the stored row is a cache of the result."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from contracts import cases as facts
from contracts.base import Contract, Moment, changed, trusted
from contracts.codes import central_role

T = TypeVar("T")
Changes = dict[str, Any]


class Clock(Contract):
    """A deadline that has not ended. A breached clock climbs its ladder until the duty is done."""

    deadline: facts.Deadline
    status: Literal["running", "paused", "breached"] = "running"
    rung: int = 0
    reminded: int = Field(default=0, description="Reminders given so far.")
    paused_at: Moment | None = None
    pauses: tuple[tuple[Moment, Moment], ...] = ()

    @property
    def next_alarm(self) -> datetime | None:
        """When something must happen: reminders, the end, each rung; None while paused and above the top."""
        if self.status == "paused":
            return None
        if self.status == "running":
            return self.next_reminder or self.deadline.breach_at
        if self.rung >= len(self.deadline.ladder):
            return None
        return self.deadline.breach_at + timedelta(hours=self.deadline.ladder[self.rung].after_hours)

    @property
    def next_reminder(self) -> datetime | None:
        """A period shorter than the days before its end has no such reminder."""
        if self.reminded >= len(self.deadline.remind_days):
            return None
        return self.deadline.due_at - timedelta(days=self.deadline.remind_days[self.reminded])


class Case(Contract):
    """The state of one case at one version of its log."""

    case_id: UUID
    workflow: str
    definition_version: int
    version: int = 0
    region: str
    subjects: tuple[facts.Subject, ...]
    parent_case_id: UUID | None = None
    relation: str | None = None
    opened_at: Moment
    state: str = ""
    origin: str = Field(default="", description="The state before this one; an interlude returns to it.")
    entered_at: Moment
    accountable: str = ""
    public_state: Literal["received", "in_progress", "closed"] = "received"
    final: bool = False
    quiet: bool = False
    urgent: bool = False
    outcome: str | None = None
    serial: int = Field(default=0, description="Task and deadline ids handed out so far.")
    fields: dict[str, facts.Scalar] = Field(default_factory=dict)
    moments: dict[str, Moment] = Field(default_factory=dict)
    counters: dict[str, int] = Field(default_factory=dict)
    placements: dict[str, str] = Field(default_factory=dict)
    reports: dict[str, facts.Report] = Field(default_factory=dict)
    proposed: dict[str, facts.Report] = Field(default_factory=dict)
    leads: dict[str, facts.LeadProposed] = Field(default_factory=dict)
    tasks: dict[str, facts.Task] = Field(default_factory=dict)
    claims: dict[str, str] = Field(default_factory=dict)
    clocks: dict[str, Clock] = Field(default_factory=dict)

    @cached_property
    def minor(self) -> bool:
        """Whether the law for minors governs: the person harmed or in need is under 18."""
        named = {subject.role: subject.minor for subject in self.subjects}
        return named.get(central_role(named) or "", False)

    @property
    def child_role(self) -> str | None:
        """The part of the minor the case is about, as the person harmed or in need, or as a child who was there."""
        minors = {subject.role for subject in self.subjects if subject.minor}
        central = central_role([subject.role for subject in self.subjects])
        return next((role for role in (central, "child") if role in minors), None)

    @property
    def seat(self) -> str:
        """Whose agencies serve the case: the place it was moved to or of the station that has it, else its region."""
        placed = self.placements.get("seat") or self.placements.get("police-station", "")
        return placed.partition("@")[2] or self.region

    def clock_of(self, rule: str, task_id: str | None = None) -> Clock | None:
        """The open clock of a rule; of a task's clock when `task_id` is given."""
        return next(
            (c for c in self.clocks.values() if c.deadline.rule == rule and c.deadline.task_id == task_id), None
        )


def evolve(case: Case | None, fact: facts.Fact) -> Case:
    """Fold one fact. Raises ValueError when the log has a gap or a case begins without `opened`."""
    version = case.version if case else 0
    if fact.version != version + 1:
        raise ValueError(f"{fact.case_id}: version {fact.version} does not follow {version}")
    after = changed(case) if case else None
    for effect in fact.effects:
        after = apply(after, effect, fact.case_id, fact.decided_at)
    if after is None:
        raise ValueError(f"{fact.case_id}: a case must begin with `opened`")
    return seal(after, fact)


def fold(log: Iterable[facts.Fact]) -> Case:
    """The case that a whole log makes. Raises ValueError when the log is empty or broken."""
    case: Case | None = None
    for fact in log:
        case = evolve(case, fact)
    if case is None:
        raise ValueError("the log is empty")
    return case


def apply(case: Case | None, effect: facts.Effect, case_id: UUID, at: datetime) -> Case:
    """One effect, decided at `at`, on a case that nobody else holds: it is changed, not copied.

    Its dictionaries are shared with the case it was copied from; they are replaced, never changed.
    """
    if isinstance(effect, facts.Opened):
        stated = {name: value for name, value in effect if name != "effect"}
        return trusted(Case, case_id=case_id, opened_at=at, entered_at=at, **stated)
    if case is None:
        raise ValueError(f"{case_id}: a case must begin with `opened`, not with `{effect.effect}`")
    if fold_one := _FOLDS.get(type(effect)):
        vars(case).update(fold_one(effect, case))
    if isinstance(effect, facts.StateEntered):
        vars(case)["entered_at"] = at
    return case


def seal(case: Case, fact: facts.Fact) -> Case:
    """The case at the version of the fact whose effects it has all had."""
    vars(case)["version"] = fact.version
    return case


_FOLDS: dict[type, Callable[[Any, Case], Changes]] = {}
"""What each kind of effect changes; a kind that is not here changes nothing."""


def _folds(*kinds: type) -> Callable[[Callable[[Any, Case], Changes]], None]:
    def register(fold_one: Callable[[Any, Case], Changes]) -> None:
        _FOLDS.update(dict.fromkeys(kinds, fold_one))

    return register


@_folds(facts.StateEntered)
def _(effect: facts.StateEntered, case: Case) -> Changes:
    return {
        "state": effect.state,
        "accountable": effect.accountable,
        "public_state": effect.public_state,
        "final": effect.final,
        "quiet": effect.quiet,
        "origin": case.origin if effect.state == case.state else case.state,
        "outcome": effect.outcome,
        "claims": _without(case.claims, "state"),
    }


@_folds(facts.UrgentRaised)
def _(effect: facts.UrgentRaised, case: Case) -> Changes:  # noqa: ARG001
    return {"urgent": True}


@_folds(facts.UrgentEnded)
def _(effect: facts.UrgentEnded, case: Case) -> Changes:  # noqa: ARG001
    return {"urgent": False}


@_folds(facts.DefinitionChanged)
def _(effect: facts.DefinitionChanged, case: Case) -> Changes:  # noqa: ARG001
    return {"definition_version": effect.to_version, "state": effect.state, "origin": effect.origin or ""}


@_folds(facts.Recorded)
def _(effect: facts.Recorded, case: Case) -> Changes:
    return {"fields": case.fields | effect.fields}


@_folds(facts.Marked)
def _(effect: facts.Marked, case: Case) -> Changes:
    return {"moments": case.moments | {effect.moment: effect.at}}


@_folds(facts.Counted)
def _(effect: facts.Counted, case: Case) -> Changes:
    return {"counters": case.counters | {effect.counter: effect.value}}


@_folds(facts.Placed)
def _(effect: facts.Placed, case: Case) -> Changes:
    if effect.unit is None:
        return {"placements": _without(case.placements, effect.kind)}
    return {"placements": case.placements | {effect.kind: effect.unit}}


@_folds(facts.ReportAttached)
def _(effect: facts.ReportAttached, case: Case) -> Changes:
    key = str(effect.report.report_id)
    proposed = {task: report for task, report in case.proposed.items() if report.report_id != effect.report.report_id}
    return {"reports": case.reports | {key: effect.report}, "proposed": proposed}


@_folds(facts.ReportProposed)
def _(effect: facts.ReportProposed, case: Case) -> Changes:
    return {"proposed": case.proposed | {effect.task_id: effect.report}}


@_folds(facts.LeadProposed)
def _(effect: facts.LeadProposed, case: Case) -> Changes:
    return {"leads": case.leads | {effect.task_id: effect}}


@_folds(facts.TaskOpened)
def _(effect: facts.TaskOpened, case: Case) -> Changes:
    return {"tasks": case.tasks | {effect.task.task_id: effect.task}, "serial": case.serial + 1}


@_folds(facts.TaskAccepted)
def _(effect: facts.TaskAccepted, case: Case) -> Changes:
    return _task(case, effect.task_id, status="accepted")


@_folds(facts.TaskMoved)
def _(effect: facts.TaskMoved, case: Case) -> Changes:
    return _task(case, effect.task_id, unit=effect.unit, rerouted=True) | {
        "claims": _without(case.claims, effect.task_id)
    }


@_folds(facts.TaskClosed)
def _(effect: facts.TaskClosed, case: Case) -> Changes:
    return {
        "leads": _without(case.leads, effect.task_id),
        "tasks": _without(case.tasks, effect.task_id),
        "proposed": _without(case.proposed, effect.task_id),
        "claims": _without(case.claims, effect.task_id),
    }


@_folds(facts.ItemClaimed)
def _(effect: facts.ItemClaimed, case: Case) -> Changes:
    return {"claims": case.claims | {effect.item: effect.worker}}


@_folds(facts.ItemReleased)
def _(effect: facts.ItemReleased, case: Case) -> Changes:
    return {"claims": _without(case.claims, effect.item)}


@_folds(facts.DeadlineStarted)
def _(effect: facts.DeadlineStarted, case: Case) -> Changes:
    clock = trusted(Clock, deadline=effect.deadline, pauses=effect.pauses)
    return {"clocks": case.clocks | {effect.deadline.deadline_id: clock}, "serial": case.serial + 1}


@_folds(facts.DeadlinePaused)
def _(effect: facts.DeadlinePaused, case: Case) -> Changes:
    return _clock(case, effect.deadline_id, status="paused", paused_at=effect.at)


@_folds(facts.DeadlineResumed)
def _(effect: facts.DeadlineResumed, case: Case) -> Changes:
    clock = case.clocks[effect.deadline_id]
    return _clock(
        case,
        effect.deadline_id,
        status="running",
        paused_at=None,
        pauses=(*clock.pauses, (clock.paused_at, effect.at)),
        deadline=changed(clock.deadline, **_ends(effect)),
    )


@_folds(facts.DeadlineMoved)
def _(effect: facts.DeadlineMoved, case: Case) -> Changes:
    deadline = changed(case.clocks[effect.deadline_id].deadline, unit=effect.unit, ladder=effect.ladder)
    return _clock(case, effect.deadline_id, deadline=deadline)


@_folds(facts.DeadlineReminded)
def _(effect: facts.DeadlineReminded, case: Case) -> Changes:
    return _clock(case, effect.deadline_id, reminded=case.clocks[effect.deadline_id].reminded + 1)


@_folds(facts.DeadlineReprojected)
def _(effect: facts.DeadlineReprojected, case: Case) -> Changes:
    deadline = changed(case.clocks[effect.deadline_id].deadline, **_ends(effect))
    return _clock(case, effect.deadline_id, deadline=deadline)


@_folds(facts.DeadlineBreached)
def _(effect: facts.DeadlineBreached, case: Case) -> Changes:
    return _clock(case, effect.deadline_id, status="breached")


@_folds(facts.DeadlineEscalated)
def _(effect: facts.DeadlineEscalated, case: Case) -> Changes:
    return _clock(case, effect.deadline_id, rung=effect.rung + 1)


@_folds(facts.DeadlineMet, facts.DeadlineCancelled)
def _(effect: facts.DeadlineMet | facts.DeadlineCancelled, case: Case) -> Changes:
    return {"clocks": _without(case.clocks, effect.deadline_id)}


def _clock(case: Case, deadline_id: str, **changes: Any) -> Changes:
    clock = changed(case.clocks[deadline_id], **changes)
    return {"clocks": case.clocks | {deadline_id: clock}}


def _ends(effect: facts.DeadlineResumed | facts.DeadlineReprojected) -> Changes:
    return {"due_at": effect.due_at, "breach_at": effect.breach_at, "latest_due_at": effect.latest_due_at}


def _task(case: Case, task_id: str, **changes: Any) -> Changes:
    return {"tasks": case.tasks | {task_id: changed(case.tasks[task_id], **changes)}}


def _without(items: dict[str, T], key: str) -> dict[str, T]:
    return {k: v for k, v in items.items() if k != key}
