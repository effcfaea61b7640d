"""Records that could not be understood: kept with their bytes, listed, repaired and sent again, or discarded.

QuarantineError
├── NotQuarantinedError
└── AlreadyResolvedError
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from contracts.quarantine import QUARANTINED_TYPE, RecordQuarantined
from contracts.topics import DEAD_LETTERS
from services.platform.database import Connection, queries
from services.platform.events import Header, OutgoingEvent, Record
from services.platform.failpoints import reach
from services.platform.ids import new_id
from services.platform.outbox import join_headers, publish, publish_raw, split_headers

q = queries("services.platform")

State = Literal["held", "retried", "discarded"]


class QuarantineError(Exception):
    pass


class NotQuarantinedError(QuarantineError):
    """No such id."""


class AlreadyResolvedError(QuarantineError):
    """It was retried or discarded before."""


@dataclass(frozen=True, slots=True)
class Held:
    """One line of the list. Times are zoned; `resolved_by` says who decided."""

    id: UUID
    topic: str
    partition: int
    offset: int
    reason: str
    quarantined_at: datetime
    state: State
    resolved_at: datetime | None = None
    resolved_by: str | None = None


async def quarantine(conn: Connection, record: Record, reason: str) -> UUID:
    """Keep a record in the caller's transaction and say so on `dead.letters`. `reason` quotes nothing of it."""
    held_id = new_id()
    service: str = await conn.fetchval(
        q.store_quarantined,
        held_id,
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        *split_headers(record.headers),
        datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
        reason[:500],
    )
    await publish(conn, [_dead_letter(held_id, record, reason, service)])
    reach("after_quarantine")
    return held_id


def _dead_letter(held_id: UUID, record: Record, reason: str, service: str) -> OutgoingEvent:
    value = record.value or b""
    letter = RecordQuarantined(
        quarantine_id=held_id,
        service=service,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        reason=reason[:500],
        size=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
    )
    key = f"{record.topic}/{record.partition}/{record.offset}"
    return OutgoingEvent(DEAD_LETTERS.name, key, f"{service}/{key}", QUARANTINED_TYPE, letter.to_json())


async def list_quarantined(conn: Connection, state: State = "held", limit: int = 100) -> Sequence[Held]:
    """Oldest first."""
    return [Held(**dict(row)) for row in await conn.fetch(q.list_quarantined, state, limit)]


async def get_quarantined(conn: Connection, held_id: UUID) -> Record:
    """The record as it came. Raises `NotQuarantinedError`."""
    row = await conn.fetchrow(q.find_quarantined, held_id)
    if row is None:
        raise NotQuarantinedError(str(held_id))
    timestamp_ms = round(row["recorded_at"].timestamp() * 1000)
    return Record(
        row["topic"], row["partition"], row["offset"], row["key"], row["value"], join_headers(row), timestamp_ms
    )


async def retry(
    conn: Connection,
    held_id: UUID,
    *,
    by: str,
    key: bytes | None = None,
    value: bytes | None = None,
    headers: tuple[Header, ...] | None = None,
) -> None:
    """Send the record to its topic again, with the same event id; what is given replaces what was wrong.

    Every reader of the topic sees it again and knows the id if it has handled it.
    Raises `NotQuarantinedError`, `AlreadyResolvedError`.
    """
    record = await get_quarantined(conn, held_id)
    await _resolve(conn, held_id, "retried", by)
    await publish_raw(
        conn,
        record.topic,
        record.key if key is None else key,
        record.value if value is None else value,
        record.headers if headers is None else headers,
    )


async def discard(conn: Connection, held_id: UUID, *, by: str) -> None:
    """Decide that the record is never applied; its bytes stay. Raises `NotQuarantinedError`, `AlreadyResolvedError`."""
    await get_quarantined(conn, held_id)
    await _resolve(conn, held_id, "discarded", by)


async def _resolve(conn: Connection, held_id: UUID, state: State, by: str) -> None:
    if await conn.fetchval(q.resolve_quarantined, held_id, state, by) is None:
        raise AlreadyResolvedError(str(held_id))
