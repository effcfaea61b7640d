"""Reading `case.events`: every case in order of its versions, each fact once, whatever comes twice, late or again.

A reader that builds something from the facts has the tables of `migrations/`; `provision` makes them.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import DecodeError

from contracts.cases import FACT_TYPE, Change, Fact, fact_with
from services.platform.database import Connection, queries
from services.platform.events import Record, UndecodableRecord, decode
from services.platform.fence import Outcome
from services.platform.quarantine import quarantine

q = queries("services.platform.case_log")

Forget = Callable[[Connection], Awaitable[None]]
"""Deletes everything that a reader has built."""


FORGET_SECONDS: Final = 600.0
"""How long deleting a table of millions may take; other statements end sooner."""


class Position(NamedTuple):
    """How far the log has been read: its epoch, and how many facts of all cases together."""

    epoch: int
    facts: int


class Arrived(NamedTuple):
    """A fact and the bytes it was read from."""

    epoch: int
    fact: Fact
    data: bytes

    @property
    def row(self) -> tuple[UUID, int, bytes]:
        """How it is parked: whole, whatever the service reads of it today."""
        return self.fact.case_id, self.fact.version, self.data


class CaseLog:
    """What one service has read of the case log. A new epoch of the log means: forget, and read it all again."""

    def __init__(self, forget: Forget, kinds: Collection[type[Change]]) -> None:
        """`kinds` are the effects that the service reads; others come without their content."""
        self._forget = forget
        self._fact = fact_with(kinds)

    async def take(self, conn: Connection, records: Sequence[Record]) -> tuple[list[Fact], list[Outcome]]:
        """The facts whose turn has come, by case and version, and what became of each record.

        What cannot be read is quarantined. Facts that lack their predecessor are parked and given out with it.
        """
        read = [await self._read(conn, record) for record in records]
        arrived = [found for found in read if found]
        if not arrived:
            return [], ["quarantined"] * len(records)
        epoch = await self._settle_epoch(conn, max(found.epoch for found in arrived))
        ready, waiting = await self._put_in_order(conn, [found for found in arrived if found.epoch == epoch])
        return ready, _judge(read, epoch, ready, waiting)

    async def _read(self, conn: Connection, record: Record) -> Arrived | None:
        """None when it went into quarantine."""
        try:
            event = decode(record)
            if event.type != FACT_TYPE:
                raise UndecodableRecord("unknown-type")
            fact = self._fact.read(event.data)
            if not event.id == fact.event_id == f"{event.key}/{fact.version}":
                raise UndecodableRecord("key-or-id-of-another-fact")
            return Arrived(event.epoch or 0, fact, event.data)
        except UndecodableRecord as error:
            await quarantine(conn, record, error.reason)
        except DecodeError:
            await quarantine(conn, record, "not-a-fact")
        return None

    async def _settle_epoch(self, conn: Connection, newest: int) -> int:
        epoch: int = await conn.fetchval(q.get_epoch)
        if newest <= epoch:
            return epoch
        await conn.execute(q.raise_epoch, newest)
        await conn.execute(q.forget_positions, timeout=FORGET_SECONDS)
        await conn.execute(q.forget_parked, timeout=FORGET_SECONDS)
        await self._forget(conn)
        return newest

    async def _put_in_order(self, conn: Connection, arrived: Sequence[Arrived]) -> tuple[list[Fact], list[Fact]]:
        ids = list({found.fact.case_id for found in arrived})
        read = {row["case_id"]: row["version"] for row in await conn.fetch(q.list_positions, ids)}
        parked = [self._fact.read(row["data"]) for row in await conn.fetch(q.list_parked, ids)]
        ready, waiting = arrange(read, [*parked, *(found.fact for found in arrived)])
        last = {fact.case_id: fact.version for fact in ready}
        if last:
            await conn.execute(q.store_positions, list(last), list(last.values()))
        if parked:
            await conn.execute(q.release_parked, ids)
        if waiting:
            late = {(fact.case_id, fact.version) for fact in waiting}
            await conn.executemany(q.store_parked, [row for found in arrived if (row := found.row)[:2] in late])
        return ready, waiting


async def is_read(conn: Connection, case_id: UUID, version: int) -> bool:
    found: bool = await conn.fetchval(q.is_read, case_id, version)
    return found


async def get_position(conn: Connection) -> Position:
    row = await conn.fetchrow(q.count_facts)
    assert row is not None
    return Position(row["epoch"], row["facts"])


def arrange(read: Mapping[UUID, int], facts: Iterable[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Which facts follow what has been read, in order, and which must wait; older ones are in neither."""
    cases: defaultdict[UUID, dict[int, Fact]] = defaultdict(dict)
    for fact in facts:
        cases[fact.case_id][fact.version] = fact
    ready, waiting = [], []
    for case_id, versions in cases.items():
        last = read.get(case_id, 0)
        while last + 1 in versions:
            last += 1
            ready.append(versions[last])
        waiting += [versions[version] for version in sorted(versions) if version > last]
    return ready, waiting


def _judge(read: Iterable[Arrived | None], epoch: int, ready: Iterable[Fact], waiting: Iterable[Fact]) -> list[Outcome]:
    """What became of each record: of a fact that came twice, the first is what it is and the second a duplicate."""
    fate: dict[tuple[UUID, int], Outcome] = {(fact.case_id, fact.version): "applied" for fact in ready}
    fate |= {(fact.case_id, fact.version): "parked" for fact in waiting}
    outcomes: list[Outcome] = []
    for found in read:
        if found is None:
            outcomes.append("quarantined")
        elif found.epoch != epoch:
            outcomes.append("stale")
        else:
            outcomes.append(fate.pop((found.fact.case_id, found.fact.version), "duplicate"))
    return outcomes
