"""What casework says on `case.events`: one fact for every decision, and inside it everything that the decision changed.

A fact is whole: before it and after it exactly one unit is accountable, so a reader never sees a half-made step.
Nothing here identifies a person.
"""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Code, Contract, Moment, Reference, Region, UnitId

FACT_TYPE = "liandong.case.advanced.v1"

Scalar = str | int | bool | None | list[str]
"""What a recorded field may hold: codes, references, unit ids, ISO times, counts, ticks."""


class Subject(Contract):
    """A person's part in a case, without the person. Age and band are those at the time of the event."""

    role: Code
    pseudonym: Code
    sex: Literal["female", "male", "unknown"]
    age_years: int | None = None
    under_14: bool | None = None
    minor: bool


class Report(Contract):
    """One report in a case. It keeps its own reporter and its own feedback."""

    report_id: UUID
    event_type: str
    reporter_category: Code
    reporter_unit: UnitId | None = None
    under_duty: bool
    wants_feedback: bool = True
    learned_at: Moment | None = None
    submitted_at: Moment
    fields: dict[str, Scalar] = Field(default_factory=dict, description="The identity-free rest of the event.")


Status = Literal["open", "offered", "accepted"]


class Task(Contract):
    """Work that a unit owes beside the state's owner: feedback, a notice, a statement."""

    task_id: Code
    kind: Code
    title: str
    unit: UnitId
    opened_at: Moment
    report_id: UUID | None = None
    addressee: UnitId | None = None
    addressee_role: Code | None = Field(default=None, description="Set when a person of the case is told, by role.")
    template: Code | None = Field(default=None, description="Set for a notice, which ends only by proof.")
    about_deadline: Code | None = Field(default=None, description="Set for 督办 and reminders: the deadline meant.")
    about_kind: Code | None = Field(default=None, description="Set when a task came back: the kind to offer again.")
    about_case: UUID | None = Field(default=None, description="Set for a new lead: the case that it comes from.")
    status: Status = Field(
        default="open", description="Offered: the unit has yet to answer. Accepted: it has, and its work clock runs."
    )
    rerouted: bool = Field(default=False, description="Nobody answered, and it went to another unit once.")


class Rung(Contract):
    """A step of the ladder a missed deadline climbs: who is told, how long after the due moment."""

    after_hours: int
    unit: UnitId


class Deadline(Contract):
    """A running clock with its law. `due_at` is the first moment that is too late."""

    deadline_id: Code
    rule: Code
    title: str
    article: str
    law_class: Literal["STAT", "NORM", "LOCAL", "PLAT"]
    jurisdiction: str
    value: int = Field(description="For `immediate` the platform's alarm in minutes: the law says 立即 and no number.")
    time_unit: Literal["immediate", "clock_hours", "calendar_days", "working_days", "months", "years"]
    unit: UnitId
    task_id: Code | None = None
    started_at: Moment
    due_at: Moment
    breach_at: Moment
    latest_due_at: Moment | None = Field(default=None, description="Set while the holiday notice of a year is not out.")
    ladder: tuple[Rung, ...] = ()
    term: bool = Field(default=False, description="A period that ends (an order, a stay), not a duty to be late with.")
    until: date | None = Field(default=None, description="The last day that was set, where the law gives the longest.")
    remind_days: tuple[int, ...] = Field(default=(), description="How many days before the end its unit is reminded.")


class Opened(Contract):
    effect: Literal["opened"] = "opened"
    workflow: Code
    definition_version: int
    region: Region
    subjects: tuple[Subject, ...]
    parent_case_id: UUID | None = None
    relation: Code | None = None


class StateEntered(Contract):
    effect: Literal["state_entered"] = "state_entered"
    state: Code
    title: str
    accountable: UnitId
    public_state: Literal["received", "in_progress", "closed"]
    final: bool = False
    quiet: bool = Field(default=False, description="No queue entry.")
    outcome: Code | None = None


class UrgentRaised(Contract):
    """Someone may be in danger now. It stays on the case until the last response to it has ended."""

    effect: Literal["urgent_raised"] = "urgent_raised"


class UrgentEnded(Contract):
    """Every response to the danger has ended."""

    effect: Literal["urgent_ended"] = "urgent_ended"


class Recorded(Contract):
    effect: Literal["recorded"] = "recorded"
    fields: dict[str, Scalar]


class Marked(Contract):
    effect: Literal["marked"] = "marked"
    moment: Code
    at: Moment


class Counted(Contract):
    effect: Literal["counted"] = "counted"
    counter: Code
    value: int


class Placed(Contract):
    """A unit kind of this case is from now on this unit (change of station, handover)."""

    effect: Literal["placed"] = "placed"
    kind: Code
    unit: UnitId | None = Field(default=None, description="None: nobody any more.")


class ReportAttached(Contract):
    effect: Literal["report_attached"] = "report_attached"
    report: Report


class ReportProposed(Contract):
    effect: Literal["report_proposed"] = "report_proposed"
    report: Report
    task_id: Code


class TaskOpened(Contract):
    effect: Literal["task_opened"] = "task_opened"
    task: Task


class TaskAccepted(Contract):
    """The unit that was asked has taken the task on; the case itself stays with its accountable unit."""

    effect: Literal["task_accepted"] = "task_accepted"
    task_id: Code
    at: Moment


class TaskMoved(Contract):
    """Nobody answered: the offer goes to another unit."""

    effect: Literal["task_moved"] = "task_moved"
    task_id: Code
    unit: UnitId


class TaskClosed(Contract):
    """`outcome` of a referral: `done`, `rejected` before any work, `failed` after it, `unattended`, `cancelled`."""

    effect: Literal["task_closed"] = "task_closed"
    task_id: Code
    outcome: Code
    proof: Reference | None = None
    reason: Code | None = None


class ItemClaimed(Contract):
    """`item` is a task id, or `state` for the step of the accountable unit."""

    effect: Literal["item_claimed"] = "item_claimed"
    item: Code
    worker: Reference


class ItemReleased(Contract):
    effect: Literal["item_released"] = "item_released"
    item: Code


class DeadlineStarted(Contract):
    effect: Literal["deadline_started"] = "deadline_started"
    deadline: Deadline
    pauses: tuple[tuple[Moment, Moment], ...] = Field(default=(), description="Of the clock that this one replaces.")


class DeadlinePaused(Contract):
    effect: Literal["deadline_paused"] = "deadline_paused"
    deadline_id: Code
    at: Moment
    reason: Code


class DeadlineResumed(Contract):
    effect: Literal["deadline_resumed"] = "deadline_resumed"
    deadline_id: Code
    at: Moment
    due_at: Moment
    breach_at: Moment
    latest_due_at: Moment | None = None


class DeadlineReminded(Contract):
    """The end is so many days away, and the unit has been told."""

    effect: Literal["deadline_reminded"] = "deadline_reminded"
    deadline_id: Code
    days: int


class DeadlineReprojected(Contract):
    """The calendar has changed, and with it the end; `was_due_at` is the end as it stood."""

    effect: Literal["deadline_reprojected"] = "deadline_reprojected"
    deadline_id: Code
    was_due_at: Moment
    due_at: Moment
    breach_at: Moment
    latest_due_at: Moment | None = None
    reason: Code


class DeadlineMoved(Contract):
    """Another unit owes the duty now; the clock goes on, and a breach climbs that unit's ladder."""

    effect: Literal["deadline_moved"] = "deadline_moved"
    deadline_id: Code
    unit: UnitId
    ladder: tuple[Rung, ...] = ()


class DeadlineMet(Contract):
    effect: Literal["deadline_met"] = "deadline_met"
    deadline_id: Code
    at: Moment


class DeadlineBreached(Contract):
    """The clock ran out; it stays open until the duty is done."""

    effect: Literal["deadline_breached"] = "deadline_breached"
    deadline_id: Code
    at: Moment


class DeadlineEscalated(Contract):
    effect: Literal["deadline_escalated"] = "deadline_escalated"
    deadline_id: Code
    rung: int
    unit: UnitId


class DeadlineCancelled(Contract):
    """The duty fell away; neither met nor missed."""

    effect: Literal["deadline_cancelled"] = "deadline_cancelled"
    deadline_id: Code
    reason: Code


class ChildOpened(Contract):
    """Another case begins because of this one. `carries` says which of this case's recorded fields go with it.

    When an open case of that workflow is about the same people already, `joined` is set, `case_id` is that case, and
    it has a new lead to look at instead.
    """

    effect: Literal["child_opened"] = "child_opened"
    case_id: UUID
    workflow: Code
    state: Code
    relation: Code
    since: Moment | None = Field(default=None, description="When what the case is about became known.")
    report_id: UUID | None = None
    roles: dict[str, str] = Field(default_factory=dict, description="Parts that have another name in the new case.")
    carries: dict[str, Scalar] = Field(default_factory=dict)
    reporter_category: Code | None = Field(default=None, description="Set when it opens as a report of the unit.")
    urgent: bool = Field(default=False, description="Because someone may be in danger now.")
    joined: bool = False


class LeadProposed(Contract):
    """Another case found what may belong to this open one; the accountable unit looks at it (新线索待核)."""

    effect: Literal["lead_proposed"] = "lead_proposed"
    task_id: Code
    lead: ChildOpened
    report: Report | None = None


class DefinitionChanged(Contract):
    """The case goes on under another version of its workflow."""

    effect: Literal["definition_changed"] = "definition_changed"
    from_version: int
    to_version: int
    state: Code = Field(description="What its state is called there.")
    origin: Code | None = None


class Milestone(Contract):
    """A step that an indicator counts, under the name `indicators.md` gives it."""

    effect: Literal["milestone"] = "milestone"
    name: Code
    occurred_at: Moment
    dimensions: dict[str, Scalar] = Field(default_factory=dict)


Effect = Annotated[
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
    | Milestone,
    Field(discriminator="effect"),
]


class Fact(Contract):
    """One decision and all that it changed. `(case_id, version)` is its identity; `cause` is the trigger's id."""

    case_id: UUID
    version: int = Field(ge=1)
    cause: str = Field(max_length=200)
    trigger: Code
    unit: UnitId | None = None
    worker: Reference | None = None
    occurred_at: Moment = Field(description="When it happened, by the one who acted.")
    decided_at: Moment = Field(description="Domain time of the decision.")
    workflow: Code
    region: Region
    effects: tuple[Effect, ...]

    @property
    def event_id(self) -> str:
        return f"{self.case_id}/{self.version}"

    def of(self, kind: type[Any]) -> list[Any]:
        """The effects of one kind, in order."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


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
