"""A case as its log makes it. `evolve` is the only way it changes; the stored row is a cache of the result."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from contracts import cases as facts
from contracts.base import Contract, Moment, changed, trusted
from contracts.codes import central_role


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
        for clock in self.clocks.values():
            if clock.deadline.rule == rule and clock.deadline.task_id == task_id:
                return clock
        return None


def evolve(case: Case | None, fact: facts.Fact) -> Case:
    """Fold one fact. Raises ValueError when the log has a gap or a case begins without `opened`."""
    version = case.version if case else 0
    if fact.version != version + 1:
        raise ValueError(f"{fact.case_id}: version {fact.version} does not follow {version}")
    after = unshared(case) if case else None
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


def unshared(case: Case) -> Case:
    """A copy to change: its dictionaries are its own, what they hold is shared."""
    copy = changed(case)
    values = vars(copy)
    for name in _DICTIONARIES:
        values[name] = values[name].copy()
    return copy


_DICTIONARIES = [name for name, field in Case.model_fields.items() if field.default_factory is dict]


def apply(case: Case | None, effect: facts.Effect, case_id: UUID, at: datetime) -> Case:
    """One effect, decided at `at`, on a case that nobody else holds: it is changed, not copied."""
    if isinstance(effect, facts.Opened):
        stated = {name: value for name, value in effect if name != "effect"}
        return unshared(trusted(Case, case_id=case_id, opened_at=at, entered_at=at, **stated))
    if case is None:
        raise ValueError(f"{case_id}: a case must begin with `opened`, not with `{effect.effect}`")
    if fold_one := _FOLDS.get(type(effect)):
        fold_one(effect, case)
    if isinstance(effect, facts.StateEntered):
        _set(case, entered_at=at)
    return case


def seal(case: Case, fact: facts.Fact) -> Case:
    """The case at the version of the fact whose effects it has all had."""
    _set(case, version=fact.version)
    return case


def _set(case: Case, **changes: Any) -> None:
    vars(case).update(changes)


_FOLDS: dict[type, Callable[[Any, Case], None]] = {}
"""What each kind of effect changes; a kind that is not here changes nothing."""


def _folds(*kinds: type) -> Callable[[Callable[[Any, Case], None]], None]:
    def register(fold_one: Callable[[Any, Case], None]) -> None:
        _FOLDS.update(dict.fromkeys(kinds, fold_one))

    return register


@_folds(facts.StateEntered)
def _(effect: facts.StateEntered, case: Case) -> None:
    case.claims.pop("state", None)
    _set(
        case,
        state=effect.state,
        accountable=effect.accountable,
        public_state=effect.public_state,
        final=effect.final,
        quiet=effect.quiet,
        origin=case.origin if effect.state == case.state else case.state,
        outcome=effect.outcome,
    )


@_folds(facts.UrgentRaised)
def _(effect: facts.UrgentRaised, case: Case) -> None:  # noqa: ARG001
    _set(case, urgent=True)


@_folds(facts.UrgentEnded)
def _(effect: facts.UrgentEnded, case: Case) -> None:  # noqa: ARG001
    _set(case, urgent=False)


@_folds(facts.DefinitionChanged)
def _(effect: facts.DefinitionChanged, case: Case) -> None:
    _set(case, definition_version=effect.to_version, state=effect.state, origin=effect.origin or "")


@_folds(facts.Recorded)
def _(effect: facts.Recorded, case: Case) -> None:
    case.fields.update(effect.fields)


@_folds(facts.Marked)
def _(effect: facts.Marked, case: Case) -> None:
    case.moments[effect.moment] = effect.at


@_folds(facts.Counted)
def _(effect: facts.Counted, case: Case) -> None:
    case.counters[effect.counter] = effect.value


@_folds(facts.Placed)
def _(effect: facts.Placed, case: Case) -> None:
    if effect.unit is None:
        case.placements.pop(effect.kind, None)
    else:
        case.placements[effect.kind] = effect.unit


@_folds(facts.ReportAttached)
def _(effect: facts.ReportAttached, case: Case) -> None:
    report_id = effect.report.report_id
    case.reports[str(report_id)] = effect.report
    for task_id in [task_id for task_id, report in case.proposed.items() if report.report_id == report_id]:
        del case.proposed[task_id]


@_folds(facts.ReportProposed)
def _(effect: facts.ReportProposed, case: Case) -> None:
    case.proposed[effect.task_id] = effect.report


@_folds(facts.LeadProposed)
def _(effect: facts.LeadProposed, case: Case) -> None:
    case.leads[effect.task_id] = effect


@_folds(facts.TaskOpened)
def _(effect: facts.TaskOpened, case: Case) -> None:
    case.tasks[effect.task.task_id] = effect.task
    _set(case, serial=case.serial + 1)


@_folds(facts.TaskAccepted)
def _(effect: facts.TaskAccepted, case: Case) -> None:
    case.tasks[effect.task_id] = changed(case.tasks[effect.task_id], status="accepted")


@_folds(facts.TaskMoved)
def _(effect: facts.TaskMoved, case: Case) -> None:
    task = case.tasks[effect.task_id]
    case.tasks[effect.task_id] = changed(task, unit=effect.unit, rerouted=task.status == "offered")
    case.claims.pop(effect.task_id, None)


@_folds(facts.TaskClosed)
def _(effect: facts.TaskClosed, case: Case) -> None:
    for items in (case.tasks, case.leads, case.proposed, case.claims):
        items.pop(effect.task_id, None)


@_folds(facts.ItemClaimed)
def _(effect: facts.ItemClaimed, case: Case) -> None:
    case.claims[effect.item] = effect.worker


@_folds(facts.ItemReleased)
def _(effect: facts.ItemReleased, case: Case) -> None:
    case.claims.pop(effect.item, None)


@_folds(facts.DeadlineStarted)
def _(effect: facts.DeadlineStarted, case: Case) -> None:
    case.clocks[effect.deadline.deadline_id] = trusted(Clock, deadline=effect.deadline, pauses=effect.pauses)
    _set(case, serial=case.serial + 1)


@_folds(facts.DeadlinePaused)
def _(effect: facts.DeadlinePaused, case: Case) -> None:
    _set_clock(case, effect.deadline_id, status="paused", paused_at=effect.at)


@_folds(facts.DeadlineResumed)
def _(effect: facts.DeadlineResumed, case: Case) -> None:
    clock = case.clocks[effect.deadline_id]
    pauses = (*clock.pauses, (clock.paused_at, effect.at))
    _set_clock(case, effect.deadline_id, status="running", paused_at=None, pauses=pauses)
    _set_deadline(case, effect.deadline_id, **_ends(effect))


@_folds(facts.DeadlineMoved)
def _(effect: facts.DeadlineMoved, case: Case) -> None:
    _set_deadline(case, effect.deadline_id, unit=effect.unit, ladder=effect.ladder)


@_folds(facts.DeadlineReminded)
def _(effect: facts.DeadlineReminded, case: Case) -> None:
    _set_clock(case, effect.deadline_id, reminded=case.clocks[effect.deadline_id].reminded + 1)


@_folds(facts.DeadlineReprojected)
def _(effect: facts.DeadlineReprojected, case: Case) -> None:
    _set_deadline(case, effect.deadline_id, **_ends(effect))


@_folds(facts.DeadlineBreached)
def _(effect: facts.DeadlineBreached, case: Case) -> None:
    _set_clock(case, effect.deadline_id, status="breached")


@_folds(facts.DeadlineEscalated)
def _(effect: facts.DeadlineEscalated, case: Case) -> None:
    _set_clock(case, effect.deadline_id, rung=effect.rung + 1)


@_folds(facts.DeadlineMet, facts.DeadlineCancelled)
def _(effect: facts.DeadlineMet | facts.DeadlineCancelled, case: Case) -> None:
    case.clocks.pop(effect.deadline_id, None)


def _set_clock(case: Case, deadline_id: str, **changes: Any) -> None:
    case.clocks[deadline_id] = changed(case.clocks[deadline_id], **changes)


def _set_deadline(case: Case, deadline_id: str, **changes: Any) -> None:
    _set_clock(case, deadline_id, deadline=changed(case.clocks[deadline_id].deadline, **changes))


def _ends(effect: facts.DeadlineResumed | facts.DeadlineReprojected) -> dict[str, Any]:
    return {"due_at": effect.due_at, "breach_at": effect.breach_at, "latest_due_at": effect.latest_due_at}
