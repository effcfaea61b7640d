"""What has to be told to whom, and what proves that it was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints, model_validator

from contracts import cases as facts
from contracts.base import Contract, Moment, Reference
from contracts.codes import CallResult, Listed
from contracts.topics import NOTICE_EVENTS

_NAMESPACE: Final = UUID("6f5d3a4e-0f5b-5b0e-9a53-6c1f7d2b8e90")

PROVED_TYPE: Final = NOTICE_EVENTS.types[0]

KINDS: Final = (facts.Opened, facts.ReportAttached, facts.ChildOpened, facts.TaskOpened, facts.TaskClosed)
"""What is read of a fact."""

Key = tuple[UUID, str]
"""A notice by its case and task."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A task that ends only by proof. Without an addressee unit a person is told, by the unit that owes it; one with a
    role can be reached by the vault, out of the report that names them."""

    notice_id: UUID
    case_id: UUID
    task_id: str
    unit: str
    addressee: str | None
    template: str
    opened_at: datetime
    addressee_role: str | None = None
    report_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    case_id: UUID
    task_id: str
    closed_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What one fact says of where a case's persons are named: in its own report, or under `roles` (there → here) in
    the case that opened it."""

    case_id: UUID
    report_id: UUID | None = None
    parent_case_id: UUID | None = None
    roles: dict[str, str] | None = None


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class ToldByPhone(Contract):
    """Who was told, when; the name is kept sealed."""

    channel: Literal["phone"]
    name: Name = Field(repr=False)
    told_at: Moment


class ToldOnPaper(Contract):
    """Handed over or posted; the document is the signed copy or the postal receipt."""

    channel: Literal["paper"]
    document: Reference
    told_at: Moment


class Attempted(Contract):
    """A try to reach the addressee by hand. Who was reached is named, or the document says it."""

    channel: Literal["sms", "phone", "visit"]
    result: Listed[CallResult]
    at: Moment
    name: Name | None = Field(default=None, repr=False)
    document: Reference | None = None

    @model_validator(mode="after")
    def _reached_is_shown(self) -> Self:
        if self.result == CallResult.REACHED and self.name is None and self.document is None:
            raise ValueError("已告知本人的，请填写 name 或 document / For reached give name or document")
        return self


Told = Annotated[ToldByPhone | ToldOnPaper, Field(discriminator="channel")]


@dataclass(frozen=True, slots=True)
class Proof:
    """Nothing here names anybody: only the vault can open `name_sealed`."""

    case_id: UUID
    task_id: str
    channel: Literal["inbox", "phone", "paper", "gateway", "sms", "visit"]
    proof: str
    proved_at: datetime
    by_unit: str
    name_sealed: bytes | None = None

    @property
    def event_id(self) -> str:
        return f"{self.case_id}/{self.task_id}/proved"

    def event(self) -> facts.NoticeProved:
        return facts.NoticeProved(
            case_id=self.case_id,
            task_id=self.task_id,
            channel=self.channel,
            proof=self.proof,
            proved_at=self.proved_at,
            by_unit=self.by_unit,
        )

    def says(self, other: "Proof") -> bool:
        """Whether both tell the same; the number and the sealed name of a phone proof are new each time."""
        return (self.channel, self.proved_at, self.by_unit) == (
            other.channel,
            other.proved_at,
            other.by_unit,
        ) and (self.channel == "phone" or self.proof == other.proof)


def notice_id(case_id: UUID, task_id: str) -> UUID:
    """The same for the same task, so that reading the log anew changes no address."""
    return uuid5(_NAMESPACE, f"{case_id}/{task_id}")


def fold(log: Iterable[facts.Fact]) -> tuple[list[Notice], list[Closing]]:
    """The notices that facts open, and the tasks that they close; of one case in order."""
    opened: list[Notice] = []
    closed: list[Closing] = []
    for fact in log:
        for effect in fact.effects:
            if isinstance(effect, facts.TaskOpened) and effect.task.template:
                opened.append(_notice(fact.case_id, effect.task, effect.task.template))
            elif isinstance(effect, facts.TaskClosed):
                closed.append(Closing(fact.case_id, effect.task_id, fact.decided_at, effect.outcome))
    return opened, closed


def origins(log: Iterable[facts.Fact]) -> list[Origin]:
    """What facts say of where the persons of their cases, and of the cases they open, are named."""
    found: list[Origin] = []
    for fact in log:
        own = [effect.report.report_id for effect in fact.of(facts.ReportAttached)]
        parents = [opened.parent_case_id for opened in fact.of(facts.Opened)]
        found += [Origin(fact.case_id, own[0]) if own else Origin(fact.case_id, None, parent) for parent in parents]
        found += [Origin(child.case_id, roles=child.roles) for child in fact.of(facts.ChildOpened)]
    return found


def read_in_inbox(notice: Notice, now: datetime) -> Proof:
    assert notice.addressee is not None, "only a unit has an inbox"
    reference = f"inbox/{notice.notice_id}"
    return Proof(notice.case_id, notice.task_id, "inbox", reference, now, notice.addressee)


def told(notice: Notice, how: Told, number: UUID, name_sealed: bytes | None) -> Proof:
    """What the owing unit says of how it told; `number` names a phone call, which has no document."""
    if isinstance(how, ToldOnPaper):
        return Proof(notice.case_id, notice.task_id, "paper", how.document, how.told_at, notice.unit)
    return Proof(notice.case_id, notice.task_id, "phone", f"phone/{number}", how.told_at, notice.unit, name_sealed)


def reached(notice: Notice, how: Attempted, number: UUID, name_sealed: bytes | None) -> Proof | None:
    """The proof that an attempt is; None when it did not reach the addressee."""
    if how.result != CallResult.REACHED:
        return None
    reference = how.document or f"{how.channel}/{number}"
    return Proof(notice.case_id, notice.task_id, how.channel, reference, how.at, notice.unit, name_sealed)


def taken_over(notice: Notice, reference: str, now: datetime) -> Proof:
    """The gateway has the message, and this is its receipt."""
    return Proof(notice.case_id, notice.task_id, "gateway", reference, now, notice.unit)


def _notice(case_id: UUID, task: facts.Task, template: str) -> Notice:
    return Notice(
        notice_id(case_id, task.task_id),
        case_id,
        task.task_id,
        task.unit,
        task.addressee,
        template,
        task.opened_at,
        task.addressee_role,
        task.report_id,
    )
