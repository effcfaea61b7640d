"""The tables of what statistics is told from outside."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from contracts import topics
from contracts.base import SHANGHAI, Contract
from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated, SignOff
from contracts.regions import code_start
from contracts.topics import Topic
from services.platform.database import Connection, queries
from services.platform.database import Row as Record
from services.statistics.feeds import denominators, external
from services.statistics.feeds.errors import Fault, FeedError
from services.statistics.feeds.external import Reported, Signature, check_sign_off, report, table_of
from services.statistics.feeds.model import Check, Row, Settled, newest, settle

q = queries("services.statistics.feeds")


class Feed(NamedTuple):
    """One kind of statement: its topic, its contract, what is checked beyond the contract, and its table."""

    topic: Topic
    model: type[Contract]
    check: Check[Any]
    lock: str
    list_at: str
    store: str


DENOMINATORS: Final = Feed(
    *(topics.DENOMINATORS, DenominatorStated, denominators.check),
    *(q.lock_denominators, q.list_denominators_at, q.store_denominator),
)
EXTERNAL: Final = Feed(
    *(topics.EXTERNAL, ExternalValueStated, external.check),
    *(q.lock_external_values, q.list_external_values_at, q.store_external_value),
)


async def take(conn: Connection, feed: Feed, rows: Sequence[Row], now: datetime) -> Settled:
    """Store what is new and right of these rows, and say what became of each. `now` is domain time."""
    await conn.execute(feed.lock)
    settled = settle(rows, await _list_at(conn, feed, rows), feed.check, now.date())
    if settled.new:
        await conn.executemany(feed.store, [(*_values(row.said), now) for row in settled.new])
    return settled


async def take_all(conn: Connection, feed: Feed, rows: Sequence[Row], now: datetime) -> Settled:
    """The same, all or nothing: raises `FeedError`, and the caller's transaction must not be committed."""
    settled = await take(conn, feed, rows, now)
    if settled.faults:
        raise FeedError(settled.faults)
    return settled


async def _list_at(conn: Connection, feed: Feed, rows: Iterable[Row]) -> list[Any]:
    places = sorted({row.said.place for row in rows})
    found = await conn.fetch(feed.list_at, *map(list, zip(*places, strict=True))) if places else []
    return [_read(feed.model, one) for one in found]


def _values(said: DenominatorStated | ExternalValueStated) -> tuple[Any, ...]:
    """In the order of the columns, which is that of the contract."""
    values = said.model_dump() | ({"band": said.band or ""} if isinstance(said, DenominatorStated) else {})
    return tuple(values[name] for name in type(said).model_fields)


def _read(model: type[Contract], row: Record) -> Any:
    values = dict(row)
    return model.model_construct(**values | ({"band": values["band"] or None} if "band" in values else {}))


# -- denominators -------------------------------------------------------------------------------------------------


async def list_denominator_revisions(
    conn: Connection, year: int | None = None, region: str = ""
) -> list[DenominatorStated]:
    """Everything that was ever stated; of a year, of a division and what is in it, where these are given."""
    return [_read(DenominatorStated, row) for row in await conn.fetch(q.list_denominators, year, code_start(region))]


async def list_denominators(conn: Connection, year: int | None = None, region: str = "") -> list[DenominatorStated]:
    """The same, of every place only the newest revision."""
    return newest(await list_denominator_revisions(conn, year, region))


async def list_filled_in(conn: Connection, year: int | None = None) -> dict[tuple[str, str, int, str], int]:
    """What is stated, and what follows for divisions all of whose parts are; by name, band, year and division.

    A zero was stated as such; nothing can be divided by it.
    """
    stated = {one.place: one.value for one in await list_denominators(conn, year)}
    filled = denominators.fill_in(stated)
    return {(name, band, year, region): value for (name, region, year, band), value in filled.items()}


async def list_contradictions(conn: Connection, year: int | None = None) -> list[denominators.Contradiction]:
    """Where a division is stated otherwise than its parts add up to."""
    stated = {one.place: one.value for one in await list_denominators(conn, year)}
    return list(denominators.find_contradictions(stated))


# -- external values ----------------------------------------------------------------------------------------------


async def list_external(conn: Connection, region: str, year: int) -> list[Reported]:
    """Every row of a city's tables with what was stated of it; empty for a city whose plans have no table."""
    rows = table_of(region)
    ids = [row.id for row in rows]
    stated = [_read(ExternalValueStated, one) for one in await conn.fetch(q.list_external_values, year, ids)]
    return report(rows, stated, await _list_sign_offs(conn, year, ids))


async def _list_sign_offs(conn: Connection, year: int, ids: list[str]) -> dict[tuple[str, int], Signature]:
    found = await conn.fetch(q.list_sign_offs, year, ids)
    return {
        (row["target"], row["revision"]): Signature(
            row["unit"], row["worker"], row["signed_at"].astimezone(SHANGHAI).date()
        )
        for row in found
    }


async def sign_off(
    conn: Connection, place: tuple[str, int], revision: int, by: SignOff, now: datetime
) -> Signature | None:
    """A second person finds the newest revision right. `now` is domain time. Raises `FeedError`.

    A revision is signed once: whoever comes later is told whose signature it has, and changes nothing.
    """
    target, year = place
    await conn.execute(q.lock_external_values)
    stated = [_read(ExternalValueStated, one) for one in await conn.fetch(q.list_external_values, year, [target])]
    found = next((one for one in stated if one.revision == revision), None)
    if found is None:
        there_is = f"最新为第 {stated[-1].revision} 次" if stated else "尚未报送"
        zh = f"{target} {year} 年没有第 {revision} 次修订，{there_is}。"
        en = f"{target} has no revision {revision} in {year}."
        raise FeedError([Fault(1, "revision", "not_stated", zh, en)])
    refusals = check_sign_off(found, stated[-1].revision, by, now.date())
    faults = [Fault(1, str(refusal.where[0]), refusal.code, refusal.zh, refusal.en) for refusal in refusals]
    if faults:
        raise FeedError(faults)
    if signed := (await _list_sign_offs(conn, year, [target])).get((target, revision)):
        return signed
    await conn.execute(q.store_sign_off, target, year, revision, by.unit, by.worker, now)
    return None
