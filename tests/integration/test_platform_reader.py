"""Readers given records by hand: whoever was fenced has no effect, and partitions go on together or each alone."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from services.platform.database import Row
from services.platform.events import Record
from services.platform.fence import OUTCOMES, FencedError, Outcome, Partition, list_fences, place_fence
from services.platform.quarantine import list_quarantined
from services.platform.reader import TOGETHER, PartitionReader, apply_together
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


MIXED: list[Outcome] = ["applied", "rejected", "duplicate", "stale", "parked", "applied"]


async def test_every_record_is_counted_once_with_what_became_of_it(bench: Bench) -> None:
    bench.outcomes = lambda records: [MIXED[record.offset] for record in records]
    reader = await one_reader(bench)
    for given in (records(0, 1, 2), records(1, 2), records(3, 4, 5)):
        await reader.apply(given)
    [fence] = await counted(bench)
    assert fence["consumed"] == 6
    assert {name: fence[name] for name in OUTCOMES} == Counter(MIXED) | {"quarantined": 0}


async def test_records_of_partitions_that_went_together_are_counted_each_in_its_own(bench: Bench) -> None:
    bench.outcomes = lambda records: ["applied" if record.partition else "stale" for record in records]
    assert await apply_together(bench.db, bench.handle, await two_parts(bench))
    zero, one = await counted(bench)
    assert (zero["consumed"], zero["stale"], zero["applied"]) == (2, 2, 0)
    assert (one["consumed"], one["stale"], one["applied"]) == (1, 0, 1)


async def test_record_in_quarantine_is_counted_as_that(bench: Bench) -> None:
    def break_on_two(batch: Sequence[Record]) -> None:
        if any(record.offset == 2 for record in batch):
            raise KeyError

    bench.fault = break_on_two
    reader = await one_reader(bench)
    for _ in range(TOGETHER):
        with pytest.raises(KeyError):
            await reader.apply(records(*range(5)))
    assert await reader.apply(records(*range(5)))
    [fence] = await counted(bench)
    assert (fence["consumed"], fence["applied"], fence["quarantined"]) == (5, 4, 1)


async def test_handler_that_forgets_a_record_has_no_effect_at_all(bench: Bench) -> None:
    """The fault, planted: a record without an outcome is a record lost."""
    bench.outcomes = lambda records: ["applied"] * (len(records) - 1)
    reader = await one_reader(bench)
    with pytest.raises(ValueError, match="shorter"):
        await reader.apply(records(0, 1))
    assert (await bench.effects(), reader.fence, [fence["consumed"] for fence in await counted(bench)]) == ([], 0, [0])


async def test_poison_in_the_middle_of_a_batch_of_500_is_held_alone(bench: Bench) -> None:
    def break_on_250(batch: Sequence[Record]) -> None:
        if any(record.offset == 250 for record in batch):
            raise KeyError

    bench.fault = break_on_250
    reader = await one_reader(bench)
    for _ in range(TOGETHER):
        with pytest.raises(KeyError):
            await reader.apply(records(*range(500)))
    assert await reader.apply(records(*range(500)))
    assert await bench.effects() == [offset for offset in range(500) if offset != 250]
    async with bench.db.connection() as conn:
        assert [held.offset for held in await list_quarantined(conn)] == [250]


async def one_reader(bench: Bench) -> PartitionReader:
    await bench.place(ONE, 0)
    return PartitionReader(bench.db, "readers", Partition(ONE.name, 0), bench.handle, fence=0)


async def counted(bench: Bench) -> list[Row]:
    """The fences, whose counts always add up."""
    async with bench.db.connection() as conn:
        fences = await list_fences(conn)
    assert all(fence["consumed"] == sum(fence[name] for name in OUTCOMES) for fence in fences)
    return fences


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
