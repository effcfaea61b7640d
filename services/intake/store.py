"""Intake's tables."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.model import News
from services.platform.database import Connection, Row, queries

q = queries("services.intake")


class NewReport(NamedTuple):
    """A report to be acknowledged. `received_at` is domain time; `fields` hold no identity."""

    report_id: UUID
    receipt: str
    unit: str
    request_hash: bytes
    body_mac: bytes
    received_at: datetime
    fields: dict[str, Any]
    traceparent: str | None
    sealed: bytes


async def store_report(conn: Connection, report: NewReport) -> bool:
    """False when the request, or by rare chance the receipt, is there already."""
    return await conn.fetchval(q.store_report, *report) is not None


async def find_request(conn: Connection, request_hash: bytes) -> Row | None:
    return await conn.fetchrow(q.find_request, request_hash)


async def find_receipt(conn: Connection, receipt: str) -> Row | None:
    return await conn.fetchrow(q.find_receipt, receipt)


async def list_duty(conn: Connection, region_prefix: str, limit: int) -> list[Row]:
    return await conn.fetch(q.list_duty, region_prefix, limit)


async def list_sealed(conn: Connection, limit: int) -> list[Row]:
    return await conn.fetch(q.list_sealed, limit)


async def move_to_unseen(conn: Connection, tokens: Mapping[UUID, Mapping[str, str]], patience: timedelta) -> set[UUID]:
    """The answer is which were still here: nobody else has published them."""
    rows = await conn.fetch(q.move_to_unseen, list(tokens), list(tokens.values()), patience)
    return {row["report_id"] for row in rows}


async def postpone_sealed(conn: Connection, reasons: Mapping[UUID, str]) -> None:
    await conn.execute(q.postpone_sealed, list(reasons), list(reasons.values()))


async def take_unseen(conn: Connection, limit: int, patience: timedelta) -> list[Row]:
    return await conn.fetch(q.take_unseen, limit, patience)


async def settle_epoch(conn: Connection, newest: int) -> int:
    """The epoch of the case log, `newest` if that is newer; it stays until the end of the transaction."""
    epoch: int = await conn.fetchval(q.get_epoch)
    if newest > epoch:
        await conn.execute(q.raise_epoch, newest)
    return max(epoch, newest)


async def find_recall(conn: Connection, patience: timedelta) -> Row | None:
    """The epoch in which reports are to be looked for, and how far that has come."""
    return await conn.fetchrow(q.find_recall, patience)


async def list_unknown(conn: Connection, recall: Row, limit: int) -> list[UUID]:
    """Reports that no fact of the epoch knows; they were acknowledged, and nobody follows them."""
    rows = await conn.fetch(q.list_unknown, recall["epoch"], recall["recalled_to"], limit)
    return [row["report_id"] for row in rows]


async def follow_again(conn: Connection, epoch: int, tokens: Mapping[UUID, Mapping[str, str]]) -> None:
    await conn.execute(q.follow_again, epoch, list(tokens), list(tokens.values()))


async def move_recall(conn: Connection, epoch: int, to: UUID | None) -> None:
    """None: all have been looked through."""
    await conn.execute(q.move_recall, epoch, to)


async def store_news(conn: Connection, epoch: int, news: News) -> None:
    """What facts of one epoch say; it is the epoch of the log now."""
    links, states = news.links.values(), news.states.values()
    await conn.execute(q.delete_unseen, list(news.seen))
    await conn.execute(
        q.store_links,
        epoch,
        list(news.links),
        [link.case_id for link in links],
        [link.confirmed for link in links],
        [link.linked_at for link in links],
    )
    await conn.execute(q.store_seen, epoch, list(news.seen))
    await conn.execute(
        q.store_case_states,
        list(news.states),
        [state.epoch for state in states],
        [state.version for state in states],
        [state.public_state for state in states],
    )


async def get_backlog(conn: Connection) -> dict[str, int]:
    row = await conn.fetchrow(q.get_backlog)
    assert row is not None
    return dict(row)
