"""What the demonstration's process and its client tell each other: one JSON object a line, on the client's pipes."""

from typing import Literal

from pydantic import Field

from contracts.base import Contract, Moment

Phase = Literal["report", "work", "prove"]


class Setup(Contract):
    """The first line: where everything is, and what to play. Nothing of the database."""

    urls: dict[str, str]
    bootstrap: str
    tokens: dict[str, str] = Field(repr=False)
    service_unit: str
    sent_file: str
    seed: int
    events: int


class Turn(Contract):
    """Domain time stands at `now`; do everything of this phase."""

    now: Moment
    phase: Phase


class Done(Contract):
    """The phase is over: so many requests were sent, and whether anything was changed by them."""

    phase: Phase
    requests: int
    changed: bool


class Tally(Contract):
    """The last line: what was sent, and how it was answered."""

    accepted: int
    repeated: int
    refused: dict[str, int]
    unexpected: list[str]
    actions: int
    commands: int
    proofs: int
    retried: int
