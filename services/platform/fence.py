"""The fence: up to which offset a reader has taken effect. It moves in the transaction that has the effect.

FenceError
├── FencedError
├── OffsetGapError
├── TopicShrankError
└── StalledError
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.platform.database import Connection, queries
from services.platform.events import Record

q = queries("services.platform")


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
