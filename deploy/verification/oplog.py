"""What clients wrote down: one JSON object a line."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Sent(BaseModel):
    """Something a client sent, and whether the answer was yes. A `message` was accepted for delivery: it must have an
    outcome, which may be a refusal. `outcome` is `info` where no answer came, so that nothing can be said."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["report", "action", "message"]
    accepted: bool
    outcome: Literal["ok", "fail", "info"] | None = None
    report_id: UUID | None = None
    case_id: UUID | None = None
    cause: str | None = None
    key: str | None = None

    @property
    def trigger(self) -> str:
        """The id of the trigger that must have had its effect: of a report its own id."""
        return self.cause or str(self.report_id)


class FenceSeen(BaseModel):
    """Where a reader stood when somebody looked; lines are in order of time."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["fence"]
    reader: str
    topic: str
    partition: int
    next_offset: int


def read_sent(lines: Iterable[str]) -> list[Sent]:
    """The requests among the lines. Raises `pydantic.ValidationError`."""
    return [Sent.model_validate_json(line) for line in lines if line.strip() and not _is_fence(line)]


def read_fences(lines: Iterable[str]) -> list[FenceSeen]:
    """The fences that were seen, in order."""
    return [FenceSeen.model_validate_json(line) for line in lines if _is_fence(line)]


def _is_fence(line: str) -> bool:
    return '"kind": "fence"' in line
