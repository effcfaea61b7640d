"""What has to be told to whom, and what proves that it was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from contracts import cases as facts
from contracts.base import Contract, Moment, Reference
from contracts.codes import NoticeTemplate
from contracts.topics import NOTICE_EVENTS

_NAMESPACE: Final = UUID("6f5d3a4e-0f5b-5b0e-9a53-6c1f7d2b8e90")

PROVED_TYPE: Final = NOTICE_EVENTS.types[0]

Key = tuple[UUID, str]
"""A notice by its case and task."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A task that ends only by proof. Without an addressee unit a person is told, by the unit that owes it."""

    notice_id: UUID
    case_id: UUID
    task_id: str
    unit: str
    addressee: str | None
    template: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    case_id: UUID
    task_id: str
    closed_at: datetime
    outcome: str


class ToldByPhone(Contract):
    """Who was told, when; the name stays in this service."""

    channel: Literal["phone"]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
    told_at: Moment


class ToldOnPaper(Contract):
    """Handed over or posted; the document is the signed copy or the postal receipt."""

    channel: Literal["paper"]
    document: Reference
    told_at: Moment


Told = Annotated[ToldByPhone | ToldOnPaper, Field(discriminator="channel")]


@dataclass(frozen=True, slots=True)
class Proof:
    """`told_name` never leaves this service."""

    case_id: UUID
    task_id: str
    channel: Literal["inbox", "phone", "paper", "gateway"]
    proof: str
    proved_at: datetime
    by_unit: str
    told_name: str | None = None

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
        """Whether both tell the same; the number of a phone proof is new each time."""
        return (self.channel, self.proved_at, self.by_unit, self.told_name) == (
            other.channel,
            other.proved_at,
            other.by_unit,
            other.told_name,
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


def read_in_inbox(notice: Notice, now: datetime) -> Proof:
    assert notice.addressee is not None, "only a unit has an inbox"
    reference = f"inbox/{notice.notice_id}"
    return Proof(notice.case_id, notice.task_id, "inbox", reference, now, notice.addressee)


def told(notice: Notice, how: Told, number: UUID) -> Proof:
    """What the owing unit says of how it told; `number` names a phone call, which has no document."""
    if isinstance(how, ToldOnPaper):
        return Proof(notice.case_id, notice.task_id, "paper", how.document, how.told_at, notice.unit)
    return Proof(notice.case_id, notice.task_id, "phone", f"phone/{number}", how.told_at, notice.unit, how.name)


def title(template: str) -> str:
    """What the addressee sees: neither the kind of case nor an address."""
    known = NoticeTemplate.known(template)
    return known.label_zh if known else template


def _notice(case_id: UUID, task: facts.Task, template: str) -> Notice:
    return Notice(
        notice_id(case_id, task.task_id), case_id, task.task_id, task.unit, task.addressee, template, task.opened_at
    )
