"""The tables of notices and proofs."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Final
from uuid import UUID

from services.notices.model import Closing, Notice, Proof
from services.platform.database import Connection, Row, queries

q = queries("services.notices")

_NOTICE: Final = tuple(field.name for field in fields(Notice))
_PROOF: Final = tuple(field.name for field in fields(Proof))
_CLOSING: Final = tuple(field.name for field in fields(Closing))


async def store_notices(conn: Connection, opened: Sequence[Notice], closed: Sequence[Closing]) -> None:
    if opened:
        await conn.copy_records_to_table("notice", columns=_NOTICE, records=map(attrgetter(*_NOTICE), opened))
    if closed:
        await conn.execute(q.close_notices, *([getattr(one, name) for one in closed] for name in _CLOSING))


async def forget(conn: Connection) -> None:
    await conn.execute(q.forget_notices)


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
