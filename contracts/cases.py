"""What casework says on `case.events`: one fact for every decision, and inside it everything that the decision changed.

A fact is whole: before it and after it exactly one unit is accountable, so a reader never sees a half-made step.
Nothing here identifies a person.
"""

import re
from collections.abc import Collection
from datetime import date
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Annotated, Any, Literal, cast, get_args
from uuid import UUID

from msgspec import Meta, Struct, defstruct, field
from pydantic import Field

from contracts.base import Code, Contract, Moment, Part, Reference, Region, UnitId

FACT_TYPE = "liandong.case.advanced.v1"

Scalar = str | int | bool | None | list[str]
"""What a recorded field may hold: codes, references, unit ids, ISO times, counts, ticks."""


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Subject(Part, frozen=True):
    """A person's part in a case, without the person. Age and band are those at the time of the event."""

    role: Code
    pseudonym: Code
    sex: Literal["female", "male", "unknown"]
    minor: bool
    age_years: int | None = None
    under_14: bool | None = None


class Report(Part, frozen=True):
    """One report in a case. It keeps its own reporter and its own feedback."""

    report_id: UUID
    event_type: str
    reporter_category: Code
    under_duty: bool
    submitted_at: Moment
    reporter_unit: UnitId | None = None
    wants_feedback: bool = True
    learned_at: Moment | None = None
    fields: Annotated[dict[str, Scalar], Meta(description="The identity-free rest of the event.")] = field(
        default_factory=dict
    )


Status = Literal["open", "offered", "accepted"]


class Task(Part, frozen=True):
    """Work that a unit owes beside the state's owner: feedback, a notice, a statement."""

    task_id: Code
    kind: Code
    title: str
    unit: UnitId
    opened_at: Moment
    report_id: UUID | None = None
    addressee: UnitId | None = None
    addressee_role: Annotated[Code | None, Meta(description="Set when a person of the case is told, by role.")] = None
    template: Annotated[Code | None, Meta(description="Set for a notice, which ends only by proof.")] = None
    about_deadline: Annotated[Code | None, Meta(description="Set for 督办 and reminders: the deadline meant.")] = None
    about_kind: Annotated[Code | None, Meta(description="Set when a task came back: the kind to offer again.")] = None
    about_case: Annotated[UUID | None, Meta(description="Set for a new lead: the case that it comes from.")] = None
    status: Annotated[
        Status, Meta(description="Offered: the unit has yet to answer. Accepted: it has, and its work clock runs.")
    ] = "open"
    rerouted: Annotated[bool, Meta(description="Nobody answered, and it went to another unit once.")] = False


class Rung(Part, frozen=True):
    """A step of the ladder a missed deadline climbs: who is told, how long after the due moment."""

    after_hours: int
    unit: UnitId


class Deadline(Part, frozen=True):
    """A running clock with its law. `due_at` is the first moment that is too late."""

    deadline_id: Code
    rule: Code
    title: str
    article: str
    law_class: Literal["STAT", "NORM", "LOCAL", "PLAT"]
    jurisdiction: str
    value: Annotated[
        int, Meta(description="For `immediate` the platform's alarm in minutes: the law says 立即 and no number.")
    ]
    time_unit: Literal["immediate", "clock_hours", "calendar_days", "working_days", "months", "years"]
    unit: UnitId
    started_at: Moment
    due_at: Moment
    breach_at: Moment
    task_id: Code | None = None
    latest_due_at: Annotated[Moment | None, Meta(description="Set while the holiday notice of a year is not out.")] = (
        None
    )
    ladder: tuple[Rung, ...] = ()
    term: Annotated[bool, Meta(description="A period that ends (an order, a stay), not a duty to be late with.")] = (
        False
    )
    until: Annotated[date | None, Meta(description="The last day that was set, where the law gives the longest.")] = (
        None
    )
    remind_days: Annotated[tuple[int, ...], Meta(description="How many days before the end its unit is reminded.")] = ()


class Change(Part, frozen=True, tag_field="effect", tag=_snake_case):
    """One effect of a decision; `effect` says of which kind."""

    @property
    def effect(self) -> str:
        return str(self.__struct_config__.tag)


class Opened(Change, frozen=True):
    workflow: Code
    definition_version: int
    region: Region
    subjects: tuple[Subject, ...]
    parent_case_id: UUID | None = None
    relation: Code | None = None


class StateEntered(Change, frozen=True):
    state: Code
    title: str
    accountable: UnitId
    public_state: Literal["received", "in_progress", "closed"]
    final: bool = False
    quiet: Annotated[bool, Meta(description="No queue entry.")] = False
    outcome: Code | None = None


class UrgentRaised(Change, frozen=True):
    """Someone may be in danger now. It stays on the case until the last response to it has ended."""


class UrgentEnded(Change, frozen=True):
    """Every response to the danger has ended."""


class Recorded(Change, frozen=True):
    fields: dict[str, Scalar]


class Marked(Change, frozen=True):
    moment: Code
    at: Moment


class Counted(Change, frozen=True):
    counter: Code
    value: int


class Placed(Change, frozen=True):
    """A unit kind of this case is from now on this unit (change of station, handover)."""

    kind: Code
    unit: Annotated[UnitId | None, Meta(description="None: nobody any more.")] = None


class ReportAttached(Change, frozen=True):
    report: Report


class ReportProposed(Change, frozen=True):
    report: Report
    task_id: Code


class TaskOpened(Change, frozen=True):
    task: Task


class TaskAccepted(Change, frozen=True):
    """The unit that was asked has taken the task on; the case itself stays with its accountable unit."""

    task_id: Code
    at: Moment


class TaskMoved(Change, frozen=True):
    """Nobody answered: the offer goes to another unit."""

    task_id: Code
    unit: UnitId


class TaskClosed(Change, frozen=True):
    """`outcome` of a referral: `done`, `rejected` before any work, `failed` after it, `unattended`, `cancelled`."""

    task_id: Code
    outcome: Code
    proof: Reference | None = None
    reason: Code | None = None


class ItemClaimed(Change, frozen=True):
    """`item` is a task id, or `state` for the step of the accountable unit."""

    item: Code
    worker: Reference


class ItemReleased(Change, frozen=True):
    item: Code


class DeadlineStarted(Change, frozen=True):
    deadline: Deadline
    pauses: Annotated[tuple[tuple[Moment, Moment], ...], Meta(description="Of the clock that this one replaces.")] = ()


class DeadlinePaused(Change, frozen=True):
    deadline_id: Code
    at: Moment
    reason: Code


class DeadlineResumed(Change, frozen=True):
    deadline_id: Code
    at: Moment
    due_at: Moment
    breach_at: Moment
    latest_due_at: Moment | None = None


class DeadlineReminded(Change, frozen=True):
    """The end is so many days away, and the unit has been told."""

    deadline_id: Code
    days: int


class DeadlineReprojected(Change, frozen=True):
    """The calendar has changed, and with it the end; `was_due_at` is the end as it stood."""

    deadline_id: Code
    was_due_at: Moment
    due_at: Moment
    breach_at: Moment
    reason: Code
    latest_due_at: Moment | None = None


class DeadlineMoved(Change, frozen=True):
    """Another unit owes the duty now; the clock goes on, and a breach climbs that unit's ladder."""

    deadline_id: Code
    unit: UnitId
    ladder: tuple[Rung, ...] = ()


class DeadlineMet(Change, frozen=True):
    deadline_id: Code
    at: Moment


class DeadlineBreached(Change, frozen=True):
    """The clock ran out; it stays open until the duty is done."""

    deadline_id: Code
    at: Moment


class DeadlineEscalated(Change, frozen=True):
    deadline_id: Code
    rung: int
    unit: UnitId


class DeadlineCancelled(Change, frozen=True):
    """The duty fell away; neither met nor missed."""

    deadline_id: Code
    reason: Code


class ChildOpened(Change, frozen=True):
    """Another case begins because of this one. `carries` says which of this case's recorded fields go with it.

    When an open case of that workflow is about the same people already, `joined` is set, `case_id` is that case, and
    it has a new lead to look at instead.
    """

    case_id: UUID
    workflow: Code
    state: Code
    relation: Code
    since: Annotated[Moment | None, Meta(description="When what the case is about became known.")] = None
    report_id: UUID | None = None
    roles: Annotated[dict[str, str], Meta(description="Parts that have another name in the new case.")] = field(
        default_factory=dict
    )
    carries: dict[str, Scalar] = field(default_factory=dict)
    reporter_category: Annotated[Code | None, Meta(description="Set when it opens as a report of the unit.")] = None
    urgent: Annotated[bool, Meta(description="Because someone may be in danger now.")] = False
    joined: bool = False


class LeadProposed(Change, frozen=True):
    """Another case found what may belong to this open one; the accountable unit looks at it (新线索待核)."""

    task_id: Code
    lead: ChildOpened
    report: Report | None = None


class DefinitionChanged(Change, frozen=True):
    """The case goes on under another version of its workflow."""

    from_version: int
    to_version: int
    state: Annotated[Code, Meta(description="What its state is called there.")]
    origin: Code | None = None


class RecordDiscarded(Change, frozen=True):
    """What came for this case could not be applied, and somebody decided that it never is."""

    quarantine_id: UUID
    topic: str
    reason: Code


class Milestone(Change, frozen=True):
    """A step that an indicator counts, under the name `indicators.md` gives it."""

    name: Code
    occurred_at: Moment
    dimensions: dict[str, Scalar] = field(default_factory=dict)


Effect = (
    Opened
    | StateEntered
    | UrgentRaised
    | UrgentEnded
    | Recorded
    | Marked
    | Counted
    | Placed
    | ReportAttached
    | ReportProposed
    | TaskOpened
    | TaskAccepted
    | TaskMoved
    | TaskClosed
    | ItemClaimed
    | ItemReleased
    | DeadlineStarted
    | DeadlinePaused
    | DeadlineResumed
    | DeadlineReminded
    | DeadlineReprojected
    | DeadlineMoved
    | DeadlineMet
    | DeadlineBreached
    | DeadlineEscalated
    | DeadlineCancelled
    | ChildOpened
    | LeadProposed
    | DefinitionChanged
    | RecordDiscarded
    | Milestone
)


class Fact(Part, frozen=True):
    """One decision and all that it changed. `(case_id, version)` is its identity; `cause` is the trigger's id."""

    case_id: UUID
    version: Annotated[int, Meta(ge=1)]
    cause: Annotated[str, Meta(max_length=200)]
    trigger: Code
    occurred_at: Annotated[Moment, Meta(description="When it happened, by the one who acted.")]
    decided_at: Annotated[Moment, Meta(description="Domain time of the decision.")]
    workflow: Code
    region: Region
    effects: tuple[Effect, ...]
    unit: UnitId | None = None
    worker: Reference | None = None

    @property
    def event_id(self) -> str:
        return f"{self.case_id}/{self.version}"

    def of(self, kind: type[Any]) -> list[Any]:
        """The effects of one kind, in order."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


def fact_with(kinds: Collection[type[Change]]) -> type[Fact]:
    """A fact as a reader sees it that needs effects of these kinds: of others only that they are there.

    It takes a third of the time to read. What it does not need is not checked; casework alone writes it.
    """
    effect = reduce(or_, [kind if kind in kinds else _emptied(kind) for kind in get_args(Effect)])
    effects = ("effects", GenericAlias(tuple, (effect, ...)))
    return cast("type[Fact]", defstruct("Fact", [effects], bases=(Fact,), frozen=True))


def _emptied(kind: type[Change]) -> type[Struct]:
    return defstruct(kind.__name__, [], bases=(Change,), frozen=True, tag=kind.__struct_config__.tag)


class ActionRequested(Contract):
    """An agency system asks for an action on a case (`case.commands.<system>`). The answer comes on `case.replies`."""

    case_id: UUID
    action: Code
    unit: UnitId
    worker: Reference
    occurred_at: Moment
    expected_version: int | None = None
    task_id: Code | None = None
    fields: dict[str, Scalar] = Field(default_factory=dict)


class ActionAnswered(Contract):
    """What became of an `ActionRequested`, named by the id of that event."""

    request_id: str
    case_id: UUID
    accepted: bool
    version: int | None = None
    problem: str | None = None
    allowed: tuple[Code, ...] = ()


class NoticeProved(Contract):
    """A notice reached its addressee, and this proves it (`notice.events`)."""

    case_id: UUID
    task_id: Code
    channel: Literal["inbox", "phone", "paper", "gateway", "sms", "visit"]
    proof: Reference
    proved_at: Moment
    by_unit: UnitId
