"""Readers given records by hand: whoever was fenced has no effect, and partitions go on together or each alone."""

import asyncio
from collections.abc import Sequence

import pytest

from services.platform.events import Record
from services.platform.fence import FencedError, Partition, place_fence
from services.platform.reader import PartitionReader, apply_together
from tests.integration.bench import ONE, Bench, bench, records
from tests.integration.platform_fixtures import database, settings, space

__all__ = ["bench", "database", "settings", "space"]


async def test_a_zombies_batch_is_fenced_and_has_no_effect(bench: Bench) -> None:
    partition = Partition(ONE.name, 0)
    await bench.place(ONE, 0)
    zombie, heir = (PartitionReader(bench.db, "readers", partition, bench.handle, fence=0) for _ in range(2))
    assert await heir.apply(records(0, 1, 2))
    with pytest.raises(FencedError):
        await zombie.apply(records(0, 1))
    assert await bench.effects() == [0, 1, 2]


async def test_two_readers_at_the_same_moment_have_one_effect(bench: Bench) -> None:
    partition = Partition(ONE.name, 0)
    await bench.place(ONE, 0)
    readers = [PartitionReader(bench.db, "readers", partition, bench.handle, fence=0) for _ in range(4)]
    results = await asyncio.gather(*(reader.apply(records(0, 1)) for reader in readers), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["FencedError"] * 3 + ["bool"]
    assert await bench.effects() == [0, 1]


async def test_without_the_fence_the_same_zombie_would_have_effect_twice(bench: Bench) -> None:
    """The fault, planted: it shows that the tests above can fail."""
    for _ in range(2):
        async with bench.db.transaction() as conn:
            await bench.handle(conn, records(0, 1))
    assert await bench.effects() == [0, 0, 1, 1]


async def test_records_of_several_partitions_have_their_effect_in_one_transaction(bench: Bench) -> None:
    parts = await two_parts(bench)
    assert await apply_together(bench.db, bench.handle, parts)
    assert bench.batches == [[0, 1, 0]]
    assert [reader.fence for reader, _ in parts] == [2, 1]
    assert (await bench.effects(0), await bench.effects(1)) == ([0, 1], [0])
    async with bench.db.connection() as conn:
        assert await conn.fetchval("SELECT count(DISTINCT xmin::text) FROM effect") == 1
        assert [row["next_offset"] for row in await conn.fetch("SELECT * FROM fence ORDER BY partition")] == [2, 1]


@pytest.mark.parametrize("what", ["fenced", "gap", "fault"])
async def test_together_nothing_happens_when_one_partition_cannot_go_on(bench: Bench, what: str) -> None:
    (zero, first), (one, second) = await two_parts(bench)
    if what == "fenced":
        await PartitionReader(bench.db, "readers", one.partition, bench.handle, fence=0).apply(records(0, partition=1))
    elif what == "gap":
        second = records(0, 2, partition=1)
    else:
        bench.fault = fail_always
    before = await bench.effects(1)
    assert not await apply_together(bench.db, bench.handle, [(zero, first), (one, second)])
    assert (await bench.effects(0), await bench.effects(1)) == ([], before)
    assert (zero.fence, one.fence, zero.failures) == (0, 0, 0)
    bench.fault = lambda _: None
    assert await zero.apply(first)


async def two_parts(bench: Bench) -> list[tuple[PartitionReader, list[Record]]]:
    """Readers at the beginning of two partitions, and what each has to read."""
    parts = []
    for given in (records(0, 1), records(0, partition=1)):
        partition = Partition(ONE.name, given[0].partition)
        async with bench.db.transaction() as conn:
            await place_fence(conn, "readers", partition, 0)
        parts.append((PartitionReader(bench.db, "readers", partition, bench.handle, fence=0), given))
    return parts


def fail_always(_: Sequence[Record]) -> None:
    raise KeyError
