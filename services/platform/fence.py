"""The fence: up to which offset a reader has taken effect. It moves in the transaction that has the effect.

FenceError
├── FencedError
├── OffsetGapError
├── TopicShrankError
└── StalledError
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, get_args

from services.platform.database import Connection, Row, queries
from services.platform.events import Record

q = queries("services.platform")


Outcome = Literal["applied", "duplicate", "stale", "rejected", "parked", "quarantined"]
"""What became of a record when it was read. A parked one is applied later, or goes into quarantine then."""

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

Outcomes = Sequence[Outcome] | None
"""One for each record, in order; None when all were applied."""


class Partition(NamedTuple):
    """A partition by the topic's name without the namespace."""

    topic: str
    number: int


class FenceError(Exception):
    pass


class FencedError(FenceError):
    """Somebody else moved the fence since we last saw it: what we hold is old."""


class OffsetGapError(FenceError):
    """Records are missing where none may be missing. A person must look."""


class TopicShrankError(FenceError):
    """The log ends before the fence: the topic was made anew, or lost its end. A person must look."""


class StalledError(FenceError):
    """There is work, and nothing has moved for too long."""


def take(records: Sequence[Record], fence: int, *, allow_gaps: bool) -> Sequence[Record]:
    """What may be applied now: from the fence on, and unless gaps are allowed only up to the first missing offset."""
    new = [record for record in records if record.offset >= fence]
    if allow_gaps:
        return new
    return [record for index, record in enumerate(new) if record.offset == fence + index]


async def place_fence(conn: Connection, reader: str, partition: Partition, start: int) -> int:
    """Where to read on; the first time that is `start`."""
    placed: int | None = await conn.fetchval(q.place_fence, reader, *partition, start)
    if placed is None:  # two placed it at the same moment, and we were second
        placed = await conn.fetchval(q.place_fence, reader, *partition, start)
    assert placed is not None
    return placed


async def move_fence(
    conn: Connection, reader: str, partition: Partition, *, seen: int, until: int, gaps: int = 0
) -> None:
    """Move from `seen` to `until`, and wait for whoever moves it now. Raises `FencedError`."""
    if await conn.fetchval(q.move_fence, reader, *partition, seen, until, gaps) is None:
        raise FencedError


async def count_outcomes(conn: Connection, reader: str, records: Sequence[Record], outcomes: Outcomes) -> None:
    """Count what was not applied; the fence was moved in the same transaction and has counted all as applied.

    Raises `ValueError` when a record has no outcome.
    """
    counts: defaultdict[Partition, Counter[Outcome]] = defaultdict(Counter)
    for record, outcome in zip(records, outcomes, strict=True) if outcomes is not None else ():
        if outcome != "applied":
            counts[Partition(record.topic, record.partition)][outcome] += 1
    rows = [(reader, *partition, *map(counts[partition].__getitem__, OUTCOMES[1:])) for partition in counts]
    if rows:
        await conn.executemany(q.store_outcomes, rows)


async def list_fences(conn: Connection) -> list[Row]:
    """Every position of a service. `consumed` records are as many as their outcomes together."""
    return await conn.fetch(q.list_fences)
