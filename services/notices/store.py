"""The tables of notices and proofs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final
from uuid import UUID

from services.notices.model import Attempted, Closing, Key, Notice, Origin, Proof
from services.platform.case_log import FORGET_SECONDS
from services.platform.database import Connection, Row, queries

q = queries("services.notices")

_NOTICE: Final = tuple(field.name for field in fields(Notice))
_PROOF: Final = tuple(field.name for field in fields(Proof))
_CLOSING: Final = tuple(field.name for field in fields(Closing))

MOST_TRIES: Final = 8
"""Of the gateway, each after twice the time: with a minute to begin with, they go on for two hours."""


@dataclass(frozen=True, slots=True)
class Due:
    """A notice to hand to the gateway; for a person with the report that names them and their role in it, if known."""

    notice: Notice
    report_id: UUID | None
    role: str | None


async def store_notices(conn: Connection, opened: Sequence[Notice], closed: Sequence[Closing]) -> None:
    if opened:
        await conn.copy_records_to_table("notice", columns=_NOTICE, records=map(attrgetter(*_NOTICE), opened))
    if closed:
        await conn.execute(q.close_notices, *([getattr(one, name) for one in closed] for name in _CLOSING))


async def forget(conn: Connection) -> None:
    await conn.execute(q.forget_notices, timeout=FORGET_SECONDS)
    await conn.execute(q.forget_origins, timeout=FORGET_SECONDS)


async def store_origins(conn: Connection, origins: Iterable[Origin]) -> None:
    rows = [(one.case_id, one.report_id, one.parent_case_id, one.roles) for one in origins]
    if rows:
        await conn.executemany(q.store_origin, rows)


async def take_due(conn: Connection, addresses: Collection[str], retry_seconds: float, limit: int) -> list[Due]:
    """Notices to hand to the gateway now, each counted as tried; those to units only if they have an address."""
    taken = await conn.fetch(q.take_due, list(addresses), retry_seconds, MOST_TRIES, limit)
    if not taken:
        return []
    rows = await conn.fetch(q.list_due, [row["case_id"] for row in taken], [row["task_id"] for row in taken])
    return [Due(notice_of(row), row["named_in"], row["named_as"]) for row in rows]


async def store_failure(conn: Connection, notice: Notice, reason: str, *, final: bool) -> None:
    await conn.execute(q.store_failure, notice.case_id, notice.task_id, reason, final)


async def store_attempt(conn: Connection, notice: Key, how: Attempted, name_sealed: bytes | None) -> bool:
    """False when there is one of that time and channel already; the first stays."""
    stored = await conn.fetchval(q.store_attempt, *notice, how.channel, how.result, how.at, how.document, name_sealed)
    return stored is not None


async def get_result(conn: Connection, notice: Key, how: Attempted) -> str:
    """What was recorded first of the attempt at that time by that channel."""
    result: str = await conn.fetchval(q.get_attempt, *notice, how.channel, how.at)
    return result


async def list_owed(conn: Connection, unit: str, *, after: UUID | None, limit: int) -> Sequence[Row]:
    return await conn.fetch(q.list_owed, unit, MOST_TRIES, after, limit)


async def list_inbox(
    conn: Connection, addressee: str, *, everything: bool, after: UUID | None, limit: int
) -> Sequence[Row]:
    return await conn.fetch(q.list_inbox, addressee, everything, after, limit)


async def find_in_inbox(conn: Connection, notice_id: UUID, addressee: str) -> Row | None:
    return await conn.fetchrow(q.find_in_inbox, notice_id, addressee)


async def find_owed(conn: Connection, case_id: UUID, task_id: str, unit: str) -> Row | None:
    return await conn.fetchrow(q.find_owed, case_id, task_id, unit)


def notice_of(row: Row) -> Notice:
    return Notice(**{name: row[name] for name in _NOTICE})


async def store_proof(conn: Connection, proof: Proof) -> bool:
    """False when the notice is proved already; the first proof stays."""
    return await conn.fetchval(q.store_proof, *attrgetter(*_PROOF)(proof)) is not None


async def get_proof(conn: Connection, case_id: UUID, task_id: str) -> Proof:
    """Raises `LookupError`."""
    row = await conn.fetchrow(q.get_proof, case_id, task_id)
    if row is None:
        raise LookupError("not proved")
    return _proof(row)


async def list_unheard(conn: Connection, seconds: float) -> list[Proof]:
    """Proofs to send again: `seconds` of wall time after the first sending, then twice as long each time."""
    return [_proof(row) for row in await conn.fetch(q.list_unheard, seconds)]


def _proof(row: Row) -> Proof:
    return Proof(**{name: row[name] for name in _PROOF})
