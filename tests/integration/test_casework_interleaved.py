"""Batches that meet: zombies and heirs, overlaps and copies, each on a connection of its own; one effect is left."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from contracts.intake import IntakeEvent
from contracts.topics import INTAKE_EVENTS
from services.casework.store import LostRaceError
from services.platform.database import Connection
from services.platform.events import OutgoingEvent, Record, encode_headers
from services.platform.fence import FencedError, Partition, place_fence
from services.platform.reader import Handle, PartitionReader
from tests.integration.casework_fixtures import MONDAY, Desk, desk, dv_call, until_it_waits
from tests.integration.platform_fixtures import database, space
from tests.simulation.bugs import unsorted_locks
from workflows.model import fold

__all__ = ["database", "desk", "space"]

REPORTS = tuple(dv_call(f"v{number % 3}") for number in range(5))


def records(events: Sequence[IntakeEvent], partition: int = 0) -> list[Record]:
    return [
        Record(INTAKE_EVENTS.name, partition, offset, b"k", event.to_json(), tuple(headers_of(event)), 0)
        for offset, event in enumerate(events)
    ]


def headers_of(event: IntakeEvent) -> list[tuple[str, bytes]]:
    outgoing = OutgoingEvent(INTAKE_EVENTS.name, "k", str(event.report_id), event.TYPE, b"")
    return encode_headers(outgoing, "intake", MONDAY)


async def reader(desk: Desk, handle: Handle | None = None, partition: int = 0) -> PartitionReader:
    """Placed at the fence, as a process is that was just given the partition."""
    place = Partition(INTAKE_EVENTS.name, partition)
    async with desk.db.transaction() as conn:
        fence = await place_fence(conn, "casework", place, 0)
    return PartitionReader(desk.db, "casework", place, handle or desk.casework.on_records, fence=fence)


class Paused:
    """A handler that has done everything, and then waits before its commit; or never commits."""

    def __init__(self, desk: Desk) -> None:
        self._handle = desk.casework.on_records
        self._inside, self._over = asyncio.Event(), asyncio.Event()
        self._dies = False

    async def __call__(self, conn: Connection, given: Sequence[Record]) -> None:
        await self._handle(conn, given)
        self._inside.set()
        await self._over.wait()
        if self._dies:
            raise ConnectionResetError

    async def reached(self) -> None:
        await self._inside.wait()

    def go_on(self, *, dies: bool = False) -> None:
        self._dies = dies
        self._over.set()


async def check_effects(desk: Desk) -> None:
    """Every report once, every case the fold of its log, and said as often as it has facts."""
    async with desk.db.connection() as conn:
        rows = await conn.fetch("SELECT cause, count(*) AS times FROM case_fact GROUP BY cause")
        cases = [row["case_id"] for row in await conn.fetch("SELECT case_id FROM case_state")]
    assert {row["cause"]: row["times"] for row in rows} == {str(event.report_id): 1 for event in REPORTS}
    assert len(cases) == 3
    for case_id in cases:
        assert fold(await desk.log(case_id)) == await desk.case(case_id)
    assert await desk.count("outbox") == len(REPORTS)


async def test_heir_whose_batch_overlaps_waits_for_the_zombie_is_fenced_and_goes_on_behind_it(desk: Desk) -> None:
    paused, batch = Paused(desk), records(REPORTS)
    zombie, heir = await reader(desk, paused), await reader(desk)
    first = asyncio.create_task(zombie.apply(batch[:3]))
    await paused.reached()
    second = asyncio.create_task(heir.apply(batch))
    await until_it_waits(desk, second)
    paused.go_on()
    assert await first
    with pytest.raises(FencedError):
        await second
    anew = await reader(desk)
    assert anew.fence == 3
    assert await anew.apply(batch)
    await check_effects(desk)


async def test_heir_takes_everything_when_the_zombie_dies_before_its_commit(desk: Desk) -> None:
    paused, batch = Paused(desk), records(REPORTS)
    zombie, heir = await reader(desk, paused), await reader(desk)
    first = asyncio.create_task(zombie.apply(batch[:3]))
    await paused.reached()
    second = asyncio.create_task(heir.apply(batch))
    await until_it_waits(desk, second)
    paused.go_on(dies=True)
    with pytest.raises(ConnectionResetError):
        await first
    assert await second
    await check_effects(desk)


async def test_zombie_that_wakes_after_its_heir_has_no_effect(desk: Desk) -> None:
    batch = records(REPORTS)
    zombie, heir = await reader(desk), await reader(desk)
    assert await heir.apply(batch)
    for part in (batch[:2], batch):
        with pytest.raises(FencedError):
            await zombie.apply(part)
    await check_effects(desk)


async def test_copies_of_the_same_reports_in_two_partitions_at_once_have_one_effect(desk: Desk) -> None:
    paused = Paused(desk)
    here, there = await reader(desk, paused), await reader(desk, partition=1)
    first = asyncio.create_task(here.apply(records(REPORTS)))
    await paused.reached()
    copies = records(tuple(reversed(REPORTS)), partition=1)
    second = asyncio.create_task(there.apply(copies))
    await until_it_waits(desk, second)
    paused.go_on()
    assert await first
    with pytest.raises(LostRaceError):
        await second
    assert await there.apply(copies)
    await check_effects(desk)


async def test_batch_delivered_again_in_pieces_that_overlap_has_one_effect(desk: Desk) -> None:
    batch, own = records(REPORTS), await reader(desk)
    for begin, end in ((0, 2), (1, 3), (0, 3), (2, 5), (4, 5), (0, 5)):
        assert await own.apply(batch[begin:end])
    await check_effects(desk)


@pytest.mark.parametrize("known", [True, False], ids=["open cases", "new cases"])
@pytest.mark.parametrize("planted", [False, True], ids=["sorted", "unsorted"])
async def test_batches_in_opposite_orders_never_wait_for_each_other(
    desk: Desk, known: bool, planted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third transaction holds the one in the middle, so that both have begun. Unsorted, they lock each other out."""
    if planted:
        unsorted_locks(monkeypatch)
    if known:
        await desk.run(*(desk.incoming(dv_call(name)) for name in ("v0", "v1", "v2")))
    async with desk.db.transaction() as conn:
        await desk.run(desk.incoming(dv_call("v1")), conn=conn)
        batches = [
            [desk.incoming(dv_call(name)) for name in order] for order in (("v0", "v1", "v2"), ("v2", "v1", "v0"))
        ]
        waiters = [asyncio.create_task(desk.run(*batch)) for batch in batches]
        await until_it_waits(desk, *waiters)
    ended = await asyncio.gather(*waiters, return_exceptions=True)
    victims = [error for error in ended if isinstance(error, asyncpg.DeadlockDetectedError)]
    assert len(victims) == planted
    assert await desk.count("case_fact") == 3 * known + 1 + 3 * (2 - planted)
