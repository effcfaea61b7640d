"""What no good system sends and every real one gets: poison everywhere, a topic made anew, a clock that jumps."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]

from contracts.topics import Topic
from services.platform.events import Record
from services.platform.fence import Partition, TopicShrankError, list_fences
from services.platform.kafka import create_topics
from services.platform.quarantine import list_quarantined
from tests.integration.bench import ONE, TWO, Bench, bench
from tests.integration.casework_fixtures import MONDAY, Desk, desk, dv_call
from tests.integration.platform_fixtures import CreateTopics, database, eventually, settings, space, topics

__all__ = ["bench", "database", "desk", "settings", "space", "topics"]


async def test_poison_on_every_partition_at_once_is_held_and_everything_else_is_applied(
    bench: Bench, topics: CreateTopics
) -> None:
    def break_on_poison(batch: Sequence[Record]) -> None:
        if any(record.offset == 50 for record in batch):
            raise KeyError

    await topics(TWO)
    await bench.send(TWO, 200)
    bench.fault = break_on_poison
    bench.read(TWO)
    good = [offset for offset in range(100) if offset != 50]
    await bench.until(*good)
    await bench.until(*good, partition=1)
    async with bench.db.connection() as conn:
        assert sorted((held.partition, held.offset) for held in await list_quarantined(conn)) == [(0, 50), (1, 50)]
        for fence in await list_fences(conn):
            assert (fence["consumed"], fence["quarantined"], fence["applied"]) == (100, 1, 99)
    assert bench.fatal == []


@pytest.mark.parametrize("running", [True, False], ids=["while-it-is-read", "while-nobody-reads"])
async def test_topic_made_anew_with_fewer_records_than_the_fence_stops_the_reader(
    bench: Bench, topics: CreateTopics, monkeypatch: pytest.MonkeyPatch, *, running: bool
) -> None:
    monkeypatch.setattr("services.platform.consumer.METADATA_MS", 1000)  # which is how long it takes
    await topics(ONE)
    await bench.send(ONE, 9)
    consumer = bench.read(ONE)
    await bench.until(*range(9))
    if not running:
        await consumer.stop()
    await make_anew(bench, ONE)
    await bench.send(ONE, 3)
    if not running:
        bench.read(ONE)
    await eventually(lambda: bench.fatal)
    assert isinstance(bench.fatal[0], TopicShrankError)
    assert await bench.effects() == list(range(9))


async def test_log_that_loses_its_end_under_a_reader_stops_it(
    bench: Bench, topics: CreateTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    await topics(ONE)
    await bench.send(ONE, 5)
    bench.read(ONE)
    await bench.until(*range(5))
    ask = AIOKafkaConsumer.end_offsets

    async def cut_short(self: AIOKafkaConsumer, raws: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {raw: end - 1 for raw, end in (await ask(self, raws)).items()}

    monkeypatch.setattr(AIOKafkaConsumer, "end_offsets", cut_short)
    await eventually(lambda: bench.fatal)
    assert isinstance(bench.fatal[0], TopicShrankError)


async def test_records_read_while_kafka_was_asked_for_the_end_do_not_stop_the_reader(
    bench: Bench, topics: CreateTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    await topics(ONE)
    bench.read(ONE)
    ask, late = AIOKafkaConsumer.end_offsets, asyncio.Event()

    async def answer_late(self: AIOKafkaConsumer, raws: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = await ask(self, raws)
        if bench.started[0].ready and not late.is_set():
            await bench.send(ONE, 3)
            await bench.until(*range(3))
            late.set()
        return ends

    monkeypatch.setattr(AIOKafkaConsumer, "end_offsets", answer_late)
    await eventually(late.is_set)
    await eventually(lambda: bench.started[0].lag == {Partition(ONE.name, 0): 0})
    assert bench.fatal == []


async def make_anew(bench: Bench, topic: Topic) -> None:
    name = bench.settings.namespace + topic.name
    async with administering(bench) as admin:
        await admin.delete_topics([name])

        async def gone() -> bool:
            return name not in await admin.list_topics()

        await eventually(gone)
    await create_topics(bench.settings.kafka_bootstrap, bench.settings.namespace, topics=[topic])


@asynccontextmanager
async def administering(bench: Bench) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bench.settings.kafka_bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def test_time_of_a_case_stands_still_while_a_clock_that_jumped_back_catches_up(desk: Desk) -> None:
    case_id = await desk.report(dv_call())
    desk.now = MONDAY + timedelta(hours=2)
    await desk.act(case_id, "dispatch")
    desk.now = MONDAY - timedelta(days=1)
    await desk.act(case_id, "claim")
    desk.now = MONDAY + timedelta(hours=3)
    await desk.act(case_id, "release")
    hours = [(fact.decided_at - MONDAY) / timedelta(hours=1) for fact in await desk.log(case_id)]
    assert hours == [0, 2, 2, 3]
