"""Records that could not be understood: kept with their bytes, listed, repaired and sent again, or discarded.

QuarantineError
├── NotQuarantinedError
├── AlreadyResolvedError
└── EventIdError
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from contracts.quarantine import (
    QUARANTINED_TYPE,
    RESOLVED_TYPE,
    DiscardReason,
    RecordQuarantined,
    RecordResolved,
)
from contracts.topics import DEAD_LETTERS, get_topic
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


class EventIdError(QuarantineError):
    """A repair must keep the event's id."""


@dataclass(frozen=True, slots=True)
class Held:
    """One line of the list. Times are zoned; `resolved_by` says who decided, `resolution` why it was discarded."""

    id: UUID
    topic: str
    partition: int
    offset: int
    reason: str
    quarantined_at: datetime
    state: State
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    resolution: str | None = None
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """A record as somebody has edited it, when, and why. The time is zoned."""

    repaired_at: datetime
    repaired_by: str
    reason: str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]


Send = Callable[[Connection, Held, Record], Awaitable[None]]
"""Brings a record to its readers again, in the given transaction."""


async def quarantine(conn: Connection, record: Record, reason: str) -> UUID:
    """Keep a record in the caller's transaction and say so on `dead.letters`. `reason` quotes nothing of it."""
    held_id, case_id = new_id(), find_case(record)
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
        case_id,
    )
    await publish(conn, [_dead_letter(held_id, record, reason, service, case_id)])
    reach("after_quarantine")
    return held_id


def _dead_letter(held_id: UUID, record: Record, reason: str, service: str, case_id: UUID | None) -> OutgoingEvent:
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
        case_id=case_id,
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


async def list_repairs(conn: Connection, held_id: UUID) -> Sequence[Repair]:
    """The last one, which counts, first."""
    rows = await conn.fetch(q.list_repairs, held_id)
    return [
        Repair(row["repaired_at"], row["repaired_by"], row["reason"], row["key"], row["value"], join_headers(row))
        for row in rows
    ]


async def get_repaired(conn: Connection, held_id: UUID) -> Record:
    """The record as it was last repaired, or as it came. Raises `NotQuarantinedError`."""
    record = await get_quarantined(conn, held_id)
    for last in (await list_repairs(conn, held_id))[:1]:
        return record._replace(key=last.key, value=last.value, headers=last.headers)
    return record


async def repair(
    conn: Connection,
    held_id: UUID,
    *,
    by: str,
    reason: str,
    key: bytes | None = None,
    value: bytes | None = None,
    headers: Mapping[str, bytes] | None = None,
) -> Record:
    """Put an edited record beside the original: what is given replaces what was there. `reason` is for people.

    Raises `NotQuarantinedError`, `AlreadyResolvedError`, and `EventIdError`, because the id says what was handled.
    """
    await get_held(conn, held_id)
    original, before = await get_quarantined(conn, held_id), await get_repaired(conn, held_id)
    given = headers or {}
    after = before._replace(
        key=before.key if key is None else key,
        value=before.value if value is None else value,
        headers=(*(pair for pair in before.headers if pair[0] not in given), *given.items()),
    )
    if (event_id := _event_id(original)) and _event_id(after) != event_id:
        raise EventIdError(str(held_id))
    await conn.execute(q.store_repair, held_id, by, reason, after.key, after.value, *split_headers(after.headers))
    return after


async def send_again(conn: Connection, held: Held, record: Record) -> None:  # noqa: ARG001 - others put it elsewhere
    """To its topic. Every reader sees it again, and knows the id if it has handled it."""
    await publish_raw(conn, record.topic, record.key, record.value, record.headers)


async def retry(conn: Connection, held_id: UUID, *, by: str, send: Send = send_again) -> None:
    """Send the record again as it was repaired, with the same event id; the original stays.

    Raises `NotQuarantinedError`, `AlreadyResolvedError`.
    """
    held = await get_held(conn, held_id)
    await send(conn, held, await get_repaired(conn, held_id))
    await _resolve(conn, held, "retried", by)


async def discard(conn: Connection, held_id: UUID, *, by: str, reason: DiscardReason) -> None:
    """Decide that the record is never applied; its bytes stay. Raises `NotQuarantinedError`, `AlreadyResolvedError`."""
    await _resolve(conn, await get_held(conn, held_id), "discarded", by, reason)


async def get_held(conn: Connection, held_id: UUID) -> Held:
    """Locked until the end of the transaction. Raises `NotQuarantinedError`, `AlreadyResolvedError`."""
    row = await conn.fetchrow(q.lock_held, held_id)
    if row is None:
        await get_quarantined(conn, held_id)
        raise AlreadyResolvedError(str(held_id))
    return Held(**dict(row))


async def _resolve(
    conn: Connection, held: Held, state: Literal["retried", "discarded"], by: str, reason: DiscardReason | None = None
) -> None:
    service: str = await conn.fetchval(q.resolve_quarantined, held.id, state, by, reason)
    said = RecordResolved(quarantine_id=held.id, service=service, state=state, reason=reason, case_id=held.case_id)
    key = f"{held.topic}/{held.partition}/{held.offset}"
    event_id = f"{service}/{held.id}/{state}"
    await publish(conn, [OutgoingEvent(DEAD_LETTERS.name, key, event_id, RESOLVED_TYPE, said.to_json())])


def find_case(record: Record) -> UUID | None:
    """The case that a record's key names, on a topic that is keyed by cases."""
    if get_topic(record.topic).key != "case id":
        return None
    try:
        return UUID((record.key or b"").decode())
    except ValueError:
        return None


def _event_id(record: Record) -> str | None:
    """None when nobody can read it."""
    try:
        return (dict(record.headers).get("ce_id") or b"").decode() or None
    except UnicodeDecodeError:
        return None
