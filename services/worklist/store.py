"""The tables of the queues."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import convert
from msgspec.structs import astuple
from pydantic import Field

from contracts.base import Code, Contract, Moment
from services.platform.case_log import FORGET_SECONDS
from services.platform.database import Connection, Row, queries
from services.worklist.model import Clock, Item, View

q = queries("services.worklist")

_COLUMNS: Final = Item.__struct_fields__


class Place(Contract):
    """Where an item stands in its queue. `rank` is 0 for danger and overdue, 3 for neither."""

    rank: int = Field(ge=0, le=3)
    due_at: Moment | None = None
    opened_at: Moment
    case_id: UUID
    item: Code

    @classmethod
    def of(cls, row: Row) -> "Place":
        return cls(**{name: row[name] for name in cls.model_fields})


async def list_views(conn: Connection, case_ids: Iterable[UUID]) -> dict[UUID, View]:
    views = [View.read(row["view"]) for row in await conn.fetch(q.list_views, list(case_ids))]
    return {view.case_id: view for view in views}


async def store_views(conn: Connection, views: Mapping[UUID, View]) -> None:
    await conn.execute(q.store_views, list(views), [view.to_json().decode() for view in views.values()])


async def store_changes(conn: Connection, gone: Sequence[tuple[UUID, str]], come: Sequence[Item]) -> None:
    """Take items away and put items in; a changed item is in both."""
    if gone:
        await conn.execute(q.delete_items, *map(list, zip(*gone, strict=True)))
    if come:
        await conn.copy_records_to_table("queue_item", columns=_COLUMNS, records=map(astuple, come))


async def store_held(conn: Connection, held: Mapping[UUID, UUID], resolved: Iterable[UUID]) -> None:
    """Mark cases by quarantined record, and take marks away."""
    await conn.execute(q.store_held, list(held), list(held.values()))
    await conn.execute(q.delete_held, list(resolved))


async def forget(conn: Connection) -> None:
    await conn.execute(q.forget_views, timeout=FORGET_SECONDS)
    await conn.execute(q.forget_items, timeout=FORGET_SECONDS)


async def list_items(conn: Connection, case_ids: Sequence[UUID]) -> list[Item]:
    """What is in all queues of these cases; for `verify`."""
    return [_item(row) for row in await conn.fetch(q.list_items, case_ids)]


async def list_queue(conn: Connection, unit: str, limit: int, after: Place | None) -> Sequence[Row]:
    if after is None:
        return await conn.fetch(q.list_queue, unit, limit)
    place = (after.rank, after.due_at, after.opened_at, after.case_id, after.item)
    return await conn.fetch(q.list_queue_after, unit, limit, *place)


async def list_next(conn: Connection, unit: str, limit: int) -> Sequence[Row]:
    return await conn.fetch(q.list_next, unit, limit)


async def summarise(conn: Connection, unit: str | None) -> Sequence[Row]:
    return await conn.fetch(q.summarise, unit)


def _item(row: Row) -> Item:
    return Item(**{**row, "deadlines": convert(row["deadlines"], tuple[Clock, ...])})
