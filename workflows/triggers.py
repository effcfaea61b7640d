"""What can move a case. Everything a decision needs is in the trigger, the case and the definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.cases import ChildOpened, Report, Scalar, Subject


@dataclass(frozen=True, slots=True)
class Reported:
    """An intake event. It opens a case, or is proposed to the open case that holds its join key.

    `case_id` is the id a new case would get.
    """

    cause: str
    case_id: UUID
    report: Report
    subjects: tuple[Subject, ...]
    region: str
    immediate_danger: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """Another case opens this one, or has a lead for an open one that is about the same people."""

    cause: str
    child: ChildOpened
    parent_case_id: UUID
    subjects: tuple[Subject, ...]
    region: str
    unit: str
    occurred_at: datetime
    report: Report | None = None
    placements: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acted:
    """A worker or an agency system acts."""

    cause: str
    action: str
    unit: str
    worker: str
    occurred_at: datetime
    expected_version: int | None = None
    task_id: str | None = None
    fields: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proved:
    """A notice task reached its addressee, with proof."""

    cause: str
    task_id: str
    unit: str
    proof: str
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """The alarm of a deadline may have come. Nothing happens when it has not."""

    cause: str
    deadline_id: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The case is to go on under another version of its workflow; `states` says what its states are called there."""

    cause: str
    version: int
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reprojected:
    """A calendar was imported or changed. Nothing happens when no open deadline of the case moves by it."""

    cause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """A record for this case could not be applied; `worker` decided that it never is."""

    cause: str
    quarantine_id: UUID
    topic: str
    reason: str
    worker: str


Trigger = Reported | Begun | Acted | Proved | Expired | Migrated | Reprojected | Discarded


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field and what would be right, in Chinese and English."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A trigger the table does not allow now, and what it does allow."""

    code: str
    zh: str
    en: str
    allowed: tuple[str, ...] = ()
    problems: tuple[FieldProblem, ...] = ()
