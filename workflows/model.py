"""A case as its log makes it. `evolve` is the only way it changes; the stored row is a cache of the result."""

from collections.abc import Callable, Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import fields, replace

from contracts import cases as facts
from contracts.base import Moment, Part, Readable
from contracts.codes import central_role


class Clock(Part, frozen=True):
    """A deadline that has not ended. A breached clock climbs its ladder until the duty is done.

    `rung` is the next one of its ladder, `reminded` the number of reminders given so far.
    """

    deadline: facts.Deadline
    status: Literal["running", "paused", "breached"] = "running"
    rung: int = 0
    reminded: int = 0
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


class Case(Readable, Struct, kw_only=True):
    """The state of one case at one version of its log. Nobody changes it but `apply`, on a copy of its own.

    `minor`: the law for minors governs, the person harmed or in need is under 18. `origin` is the state before this
    one; an interlude returns to it. `serial` counts the task and deadline ids handed out so far. `decided_at` is the
    domain time of the last fact.
    """

    case_id: UUID
    workflow: str
    definition_version: int
    version: int = 0
    region: str
    subjects: tuple[facts.Subject, ...]
    minor: bool = False
    parent_case_id: UUID | None = None
    relation: str | None = None
    opened_at: Moment
    state: str = ""
    origin: str = ""
    entered_at: Moment
    decided_at: Moment
    accountable: str = ""
    public_state: Literal["received", "in_progress", "closed"] = "received"
    final: bool = False
    quiet: bool = False
    urgent: bool = False
    outcome: str | None = None
    serial: int = 0
    fields: dict[str, facts.Scalar] = field(default_factory=dict)
    moments: dict[str, Moment] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    placements: dict[str, str] = field(default_factory=dict)
    reports: dict[str, facts.Report] = field(default_factory=dict)
    proposed: dict[str, facts.Report] = field(default_factory=dict)
    leads: dict[str, facts.LeadProposed] = field(default_factory=dict)
    tasks: dict[str, facts.Task] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)

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
    own = copy(case)
    for name in _DICTIONARIES:
        setattr(own, name, getattr(own, name).copy())
    return own


_DICTIONARIES = [field.name for field in fields(Case) if field.default_factory is dict]


def apply(case: Case | None, effect: facts.Effect, case_id: UUID, at: datetime) -> Case:
    """One effect, decided at `at`, on a case that nobody else holds: it is changed, not copied."""
    if isinstance(effect, facts.Opened):
        return _opened(effect, case_id, at)
    if case is None:
        raise ValueError(f"{case_id}: a case must begin with `opened`, not with {type(effect).__name__}")
    if fold_one := _FOLDS.get(type(effect)):
        fold_one(effect, case)
    if isinstance(effect, facts.StateEntered):
        case.entered_at = at
    return case


def _opened(effect: facts.Opened, case_id: UUID, at: datetime) -> Case:
    minors = {subject.role: subject.minor for subject in effect.subjects}
    return Case(
        case_id=case_id,
        workflow=effect.workflow,
        definition_version=effect.definition_version,
        region=effect.region,
        subjects=effect.subjects,
        minor=minors.get(central_role(minors) or "", False),
        parent_case_id=effect.parent_case_id,
        relation=effect.relation,
        opened_at=at,
        entered_at=at,
        decided_at=at,
    )


def seal(case: Case, fact: facts.Fact) -> Case:
    """The case at the version of the fact whose effects it has all had."""
    case.version, case.decided_at = fact.version, fact.decided_at
    return case


_FOLDS: dict[type, Callable[[Any, Case], None]] = {}
"""What each kind of effect changes; a kind that is not here changes nothing."""


def _folds(*kinds: type) -> Callable[[Callable[[Any, Case], None]], None]:
    def register(fold_one: Callable[[Any, Case], None]) -> None:
        _FOLDS.update(dict.fromkeys(kinds, fold_one))

    return register


@_folds(facts.StateEntered)
def _(effect: facts.StateEntered, case: Case) -> None:
    case.claims.pop("state", None)
    if effect.state != case.state:
        case.origin = case.state
    case.state, case.accountable, case.public_state = effect.state, effect.accountable, effect.public_state
    case.final, case.quiet, case.outcome = effect.final, effect.quiet, effect.outcome


@_folds(facts.UrgentRaised)
def _(effect: facts.UrgentRaised, case: Case) -> None:  # noqa: ARG001
    case.urgent = True


@_folds(facts.UrgentEnded)
def _(effect: facts.UrgentEnded, case: Case) -> None:  # noqa: ARG001
    case.urgent = False


@_folds(facts.DefinitionChanged)
def _(effect: facts.DefinitionChanged, case: Case) -> None:
    case.definition_version, case.state, case.origin = effect.to_version, effect.state, effect.origin or ""


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
    case.serial += 1


@_folds(facts.TaskAccepted)
def _(effect: facts.TaskAccepted, case: Case) -> None:
    case.tasks[effect.task_id] = replace(case.tasks[effect.task_id], status="accepted")


@_folds(facts.TaskMoved)
def _(effect: facts.TaskMoved, case: Case) -> None:
    task = case.tasks[effect.task_id]
    case.tasks[effect.task_id] = replace(task, unit=effect.unit, rerouted=task.status == "offered")
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
    case.clocks[effect.deadline.deadline_id] = Clock(deadline=effect.deadline, pauses=effect.pauses)
    case.serial += 1


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
    case.clocks[deadline_id] = replace(case.clocks[deadline_id], **changes)


def _set_deadline(case: Case, deadline_id: str, **changes: Any) -> None:
    _set_clock(case, deadline_id, deadline=replace(case.clocks[deadline_id].deadline, **changes))


def _ends(effect: facts.DeadlineResumed | facts.DeadlineReprojected) -> dict[str, Any]:
    return {"due_at": effect.due_at, "breach_at": effect.breach_at, "latest_due_at": effect.latest_due_at}
