"""Records that wait: for a case that is not here yet, or behind one of the same case that is in quarantine."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.casework.store import q
from services.platform.database import Connection, Row
from services.platform.events import Record
from services.platform.ids import new_id
from services.platform.outbox import join_headers, split_headers
from services.platform.quarantine import Held, send_again

Lane = tuple[str, UUID]
"""A topic and a case: what must keep its order. There is none between topics, so one system never blocks another."""


async def find_blocked(conn: Connection, lanes: Iterable[Lane]) -> set[Lane]:
    """Where no record can be applied now."""
    wanted = sorted(lanes)
    if not wanted:
        return set()
    topics, case_ids = [topic for topic, _ in wanted], [case_id for _, case_id in wanted]
    return {(row["topic"], row["case_id"]) for row in await conn.fetch(q.list_blocked, topics, case_ids)}


async def park(conn: Connection, case_id: UUID, record: Record, place: UUID | None = None) -> None:
    """Keep a record behind the others of its case, or at the `place` that its id had."""
    await conn.execute(
        q.store_parked,
        place or new_id(),
        case_id,
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        *split_headers(record.headers),
        datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
    )


async def send_in_front(conn: Connection, held: Held, record: Record) -> None:
    """A repaired record must not come after those that waited behind it, so it takes its old place among them."""
    if held.case_id is None:
        await send_again(conn, held, record)
    else:
        await park(conn, held.case_id, record, held.id)


async def take_released(conn: Connection) -> Record | None:
    """The record whose turn has come, taken out."""
    row = await conn.fetchrow(q.take_released)
    return _record(row) if row else None


async def take_hopeless(conn: Connection, patience: timedelta) -> list[Record]:
    """Records that have waited longer than `patience`, by the wall clock, for a case; they are taken out."""
    return [_record(row) for row in await conn.fetch(q.take_hopeless, patience)]


def _record(row: Row) -> Record:
    timestamp_ms = round(row["recorded_at"].timestamp() * 1000)
    place = row["topic"], row["partition"], row["offset"]
    return Record(*place, row["key"], row["value"], join_headers(row), timestamp_ms)
