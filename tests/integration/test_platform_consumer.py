"""The batch consumer on a real broker and a real database: every record has its effect once, or a person is told."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from contracts.topics import Topic
from deploy.local.kafka import Kafka
from services.platform.consumer import BatchConsumer
from services.platform.database import Connection
from services.platform.events import OutgoingEvent, Record, UndecodableRecord, decode
from services.platform.fence import OffsetGapError, Partition, StalledError, TopicShrankError
from services.platform.kafka import create_topics
from services.platform.outbox import Relay, publish
from services.platform.quarantine import get_quarantined, list_quarantined, quarantine
from services.platform.reader import PartitionReader
from services.platform.settings import Settings
from tests.integration.bench import HEADERS, ONE, OUTSIDE, TWO, Bench, bench, records
from tests.integration.platform_fixtures import (
    CreateTopics,
    OpenDatabase,
    Space,
    database,
    eventually,
    producing,
    settings,
    space,
    topics,
)

__all__ = ["bench", "database", "settings", "space", "topics"]


async def test_records_have_their_effect_in_order(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 5)
    consumer = bench.read(ONE)
    await bench.until(0, 1, 2, 3, 4)
    await eventually(lambda: consumer.ready and consumer.lag == {Partition(ONE.name, 0): 0})
    assert bench.fatal == []


async def test_a_cluster_is_reached_through_any_of_its_brokers(
    bench: Bench, topics: CreateTopics, kafka_bootstrap: str
) -> None:
    await topics(ONE)
    await bench.send(ONE, 2)
    bench.read(ONE, kafka_bootstrap=f"{kafka_bootstrap},{kafka_bootstrap}")
    await bench.until(0, 1)


async def test_a_batch_whose_transaction_fails_comes_again_whole_and_has_effect_once(
    bench: Bench, topics: CreateTopics
) -> None:
    await topics(ONE)
    await bench.send(ONE, 3)

    def fail_twice(_: Sequence[Record]) -> None:
        if len(bench.batches) <= 2:
            raise ConnectionResetError

    bench.fault = fail_twice
    bench.read(ONE)
    await bench.until(0, 1, 2)
    assert bench.batches == [[0, 1, 2]] * 3


async def test_a_batch_over_two_partitions_loses_neither_when_one_fails(bench: Bench, topics: CreateTopics) -> None:
    await topics(TWO)
    await bench.send(TWO, 6)

    def fail_first(records: Sequence[Record]) -> None:
        if len(bench.batches) == 1:
            raise OSError(records[0].topic)

    bench.fault = fail_first
    bench.read(TWO)
    await bench.until(0, 1, 2)
    await bench.until(0, 1, 2, partition=1)


async def test_nothing_is_lost_or_doubled_when_the_session_is_cut(
    bench: Bench, topics: CreateTopics, postgres_dsn: str
) -> None:
    await topics(ONE)
    await bench.send(ONE, 40)
    admin = await asyncpg.connect(postgres_dsn)

    async def cut(conn: Connection, batch: Sequence[Record]) -> None:
        await bench.apply(conn, batch)
        if len(bench.batches) <= 3:
            pid = await conn.fetchval("SELECT pg_backend_pid()")
            await admin.execute("SELECT pg_terminate_backend($1)", pid)

    bench.handle = cut
    bench.read(ONE, batch_size=10)
    await bench.until(*range(40))
    await admin.close()


async def test_a_bad_record_of_one_partition_is_held_and_those_of_the_other_pass(
    bench: Bench, topics: CreateTopics
) -> None:
    await topics(TWO)
    await bench.send(TWO, 6)

    def break_on_one(batch: Sequence[Record]) -> None:
        if any((record.partition, record.offset) == (1, 1) for record in batch):
            raise KeyError

    bench.fault = break_on_one
    bench.read(TWO)
    await bench.until(0, 1, 2)
    await bench.until(0, 2, partition=1)
    async with bench.db.connection() as conn:
        assert [(item.partition, item.offset) for item in await list_quarantined(conn)] == [(1, 1)]
    assert bench.fatal == []


class GrowingLog:
    """A partition in which somebody else writes and reads on, right after we were told its end."""

    def __init__(self, bench: Bench, end: int, until: int) -> None:
        self._bench, self._end, self._until = bench, end, until

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        await self._bench.place(ONE, self._until)
        return dict.fromkeys(partitions, self._end)

    def pause(self, *partitions: TopicPartition) -> None: ...

    def resume(self, *partitions: TopicPartition) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...


async def test_another_reader_that_goes_on_meanwhile_is_no_lost_end_of_the_log(bench: Bench) -> None:
    log = GrowingLog(bench, end=5, until=9)
    consumer = BatchConsumer(bench.db, bench.settings, "readers", [ONE], bench.apply, on_fatal=bench.fatal.append)
    consumer._find_consumer = lambda: log
    await consumer.on_assigned([TopicPartition(bench.settings.namespace + ONE.name, 0)])
    assert bench.fatal == []


class SilentLog:
    """Two partitions in which nothing is new, and what was asked about them."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        self.heard.append(("beginnings", len(partitions)))
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        self.heard.append(("ends", len(partitions)))
        return dict.fromkeys(partitions, 0)

    def pause(self, *partitions: TopicPartition) -> None: ...

    def resume(self, *partitions: TopicPartition) -> None:
        self.heard.append(("resume", len(partitions)))

    def seek(self, partition: TopicPartition, offset: int) -> None: ...


async def test_all_partitions_are_placed_at_once_and_before_any_is_resumed(bench: Bench) -> None:
    log = SilentLog()
    consumer = BatchConsumer(bench.db, bench.settings, "readers", [TWO], bench.apply, on_fatal=bench.fatal.append)
    consumer._find_consumer = lambda: log
    assigned = [TopicPartition(bench.settings.namespace + TWO.name, number) for number in range(2)]
    await asyncio.gather(consumer.on_assigned(assigned), consumer._place_all())  # as the watcher would meanwhile
    assert log.heard == [("beginnings", 2), ("ends", 2), ("resume", 1), ("resume", 1)]
    assert consumer.ready


async def test_a_fenced_reader_goes_on_where_the_other_one_stopped(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 10)
    other = PartitionReader(bench.db, "readers", Partition(ONE.name, 0), bench.handle, fence=2)
    contending: list[asyncio.Task[bool]] = []

    def contend(batch: Sequence[Record]) -> None:
        if batch[0].offset == 0:  # our transaction holds the fence; the other one waits for it
            contending.append(asyncio.create_task(other.apply(records(2, 3))))

    bench.fault = contend
    bench.read(ONE, batch_size=2)
    await bench.until(*range(10))
    await asyncio.wait(contending)
    assert bench.fatal == []


@pytest.mark.parametrize("remembered", [1, 5])
async def test_reading_begins_at_the_fence_and_not_at_kafkas_offset(
    bench: Bench, topics: CreateTopics, remembered: int
) -> None:
    await topics(ONE)
    await bench.send(ONE, 5)
    await commit_to_kafka(bench, ONE, remembered)
    await bench.place(ONE, 3)
    bench.read(ONE)
    await bench.until(3, 4)


async def test_kafka_is_told_the_position_for_its_dashboards(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 5)
    bench.read(ONE)
    await bench.until(0, 1, 2, 3, 4)

    async def told() -> bool:
        return await committed_in_kafka(bench, ONE) == 5

    await eventually(told)


async def test_a_bad_record_reaches_the_handler_and_is_held_with_its_bytes_while_its_neighbours_pass(
    bench: Bench, topics: CreateTopics
) -> None:
    await topics(ONE)
    topic = bench.settings.namespace + ONE.name
    bad_header, bad_value = [*HEADERS, ("x", b"\xff\xfe"), ("null", None)], b"\x00\xff"
    async with producing(bench.settings.kafka_bootstrap) as producer:
        await producer.send(topic, key=b"k", value=b"{}", headers=HEADERS)
        await producer.send(topic, key=b"k", value=bad_value, headers=bad_header)
        await producer.send(topic, value=b"{}", headers=HEADERS)
        await producer.send(topic, key=b"k", headers=HEADERS)
        await producer.send(topic, key=b"k", value=b"{}", headers=[h for h in HEADERS if h[0] != "ce_type"])
        await producer.send(topic, key=b"\xff", value=b"{}", headers=HEADERS)
        await producer.send(topic, key=b"k", value=b"{}", headers=HEADERS)

    async def handle(conn: Connection, batch: Sequence[Record]) -> None:
        for record in batch:
            try:
                decode(record)
            except UndecodableRecord as error:
                await quarantine(conn, record, error.reason)
            else:
                await bench.apply(conn, [record])

    bench.handle = handle
    bench.read(ONE)
    await bench.until(0, 6)
    async with bench.db.connection() as conn:
        held = await list_quarantined(conn)
        assert [(item.offset, item.reason) for item in held] == [
            (1, "header-not-utf-8"),
            (2, "no-key"),
            (3, "no-value"),
            (4, "ce-type-missing-or-too-long"),
            (5, "key-not-utf-8"),
        ]
        kept = await get_quarantined(conn, held[0].id)
        assert (kept.value, kept.headers) == (bad_value, tuple(bad_header))
        assert await conn.fetchval("SELECT count(*) FROM outbox WHERE topic = 'dead.letters'") == 5


async def test_faststreams_own_parser_would_drop_the_batch_and_the_fence_would_tell(
    bench: Bench, topics: CreateTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault, planted: one header that is not UTF-8, and nothing reaches the handler or passes it by."""
    monkeypatch.setattr("services.platform.consumer._parse", None)
    await topics(ONE)
    topic = bench.settings.namespace + ONE.name
    async with producing(bench.settings.kafka_bootstrap) as producer:
        await producer.send(topic, key=b"k", value=b"{}", headers=[("x", b"\xff")])
    bench.read(ONE, stall_seconds=1)
    await eventually(lambda: bench.fatal)
    assert isinstance(bench.fatal[0], StalledError)
    assert bench.batches == []


async def test_a_record_that_breaks_the_handler_is_held_and_the_others_pass(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 5)

    def break_on_two(batch: Sequence[Record]) -> None:
        if any(record.offset == 2 for record in batch):
            raise KeyError("a name that must not be stored")

    bench.fault = break_on_two
    bench.read(ONE)
    await bench.until(0, 1, 3, 4)
    async with bench.db.connection() as conn:
        assert [(item.offset, item.reason) for item in await list_quarantined(conn)] == [
            (2, "handler-failed: KeyError")
        ]


async def test_a_failing_server_is_no_reason_to_hold_a_record(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 2)

    def fail_often(_: Sequence[Record]) -> None:
        if len(bench.batches) <= 5:
            raise asyncpg.DeadlockDetectedError

    bench.fault = fail_often
    bench.read(ONE)
    await bench.until(0, 1)
    async with bench.db.connection() as conn:
        assert await list_quarantined(conn) == []


async def test_a_missing_offset_stops_the_reader(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await send_with_gap(bench, ONE)
    bench.read(ONE)
    await eventually(lambda: bench.fatal)
    assert isinstance(bench.fatal[0], OffsetGapError)
    assert await bench.effects() == [0, 1]


async def test_a_missing_offset_of_an_outside_system_is_counted(bench: Bench, topics: CreateTopics) -> None:
    await topics(OUTSIDE)
    await send_with_gap(bench, OUTSIDE)
    bench.read(OUTSIDE)
    await bench.until(0, 1, 3, 4)
    async with bench.db.connection() as conn:
        assert await conn.fetchval("SELECT gaps FROM fence") == 1
    assert bench.fatal == []


async def test_a_log_that_ends_before_the_fence_stops_the_reader(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 3)
    await bench.place(ONE, 9)
    bench.read(ONE)
    await eventually(lambda: bench.fatal)
    assert isinstance(bench.fatal[0], TopicShrankError)
    assert await bench.effects() == []


async def test_a_reader_that_does_not_move_though_there_is_work_is_dead(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 1)

    def fail(_: Sequence[Record]) -> None:
        raise OSError

    bench.fault = fail
    bench.read(ONE, stall_seconds=1)
    await eventually(lambda: bench.fatal)
    assert isinstance(bench.fatal[0], StalledError)


async def test_work_that_a_reader_hears_of_after_an_outage_has_not_waited_for_it(bench: Bench) -> None:
    consumer = bench.read(ONE, stall_seconds=1)
    reader = PartitionReader(bench.db, "alpha", Partition(ONE.name, 0), bench.apply, fence=0)

    def dies(*, after_failures: int) -> bool:
        reader.moved_at = -1000.0  # nobody answered for so long
        consumer.watcher.failures = after_failures
        consumer._check(reader, end=1)
        return bool(bench.fatal)

    assert not dies(after_failures=0)  # of this work it hears for the first time
    assert not dies(after_failures=3)  # that it knew of, and could not get at
    assert dies(after_failures=0)


async def test_partitions_move_to_a_second_instance_and_nothing_is_lost_or_doubled(
    bench: Bench, topics: CreateTopics
) -> None:
    await topics(TWO)
    await bench.send(TWO, 100)
    first = bench.read(TWO, batch_size=7)
    await eventually(lambda: bench.batches)
    second = bench.read(TWO, instance="1", batch_size=7)
    await eventually(lambda: first.ready and second.ready)
    await bench.send(TWO, 100)
    await bench.until(*range(100))
    await bench.until(*range(100), partition=1)
    await eventually(lambda: second.lag and not any(second.lag.values()) and not any(first.lag.values()))
    assert bench.fatal == []


async def test_stopping_finishes_the_batch_in_hand_and_a_successor_goes_on(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 3)
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow(conn: Connection, batch: Sequence[Record]) -> None:
        inside.set()
        await go_on.wait()
        await bench.apply(conn, batch)

    bench.handle = slow
    consumer = bench.read(ONE)
    await inside.wait()
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert await bench.effects() == [0, 1, 2]
    await bench.send(ONE, 1)
    bench.read(ONE)
    await bench.until(0, 1, 2, 3)


async def test_reading_and_sending_go_on_when_the_broker_was_killed(
    database: OpenDatabase, space: Space, home: Path
) -> None:
    kafka = Kafka(home / "kafka")
    await kafka.start()
    settings = Settings(postgres_dsn="", kafka_bootstrap=kafka.bootstrap, namespace=space.namespace)
    await create_topics(kafka.bootstrap, space.namespace, topics=[ONE])
    bench = Bench(await database("alpha"), settings)
    relay = Relay(bench.db, settings)
    async with bench.db.transaction() as conn:
        await conn.execute("CREATE TABLE effect (p int, o bigint)")
    try:
        relay.start()
        bench.read(ONE)
        await say(bench, "a")
        await bench.until(0)
        await kafka.kill()
        await say(bench, "b")
        await kafka.start()
        await say(bench, "c")
        await eventually(lambda: {offset for batch in bench.batches for offset in batch} >= {0, 1, 2})
        await bench.until(0, 1, 2)
        assert bench.fatal == []
    finally:
        await relay.stop()
        await bench.started[0].stop()
        await kafka.stop()


async def say(bench: Bench, name: str) -> None:
    async with bench.db.transaction() as conn:
        await publish(conn, [OutgoingEvent(ONE.name, "case", name, ONE.types[0], b"{}")])


async def send_with_gap(bench: Bench, topic: Topic) -> None:
    """Offset 2 is the marker of a transaction, which no reader is given."""
    name = bench.settings.namespace + topic.name
    async with producing(bench.settings.kafka_bootstrap, transactional_id=name) as producer, producer.transaction():
        for _ in range(2):
            await producer.send(name, key=b"k", value=b"{}", headers=HEADERS)
    raw, consumer = await kafka_group(bench, topic)

    async def marked() -> bool:
        return bool((await consumer.end_offsets([raw]))[raw] == 3)

    await eventually(marked)  # the broker writes the marker when it has time
    await consumer.stop()
    await bench.send(topic, 2)


async def commit_to_kafka(bench: Bench, topic: Topic, offset: int) -> None:
    raw, consumer = await kafka_group(bench, topic)
    await consumer.commit({raw: offset})
    await consumer.stop()


async def committed_in_kafka(bench: Bench, topic: Topic) -> int | None:
    raw, consumer = await kafka_group(bench, topic)
    offset: int | None = await consumer.committed(raw)
    await consumer.stop()
    return offset


async def kafka_group(bench: Bench, topic: Topic) -> tuple[TopicPartition, AIOKafkaConsumer]:
    namespace = bench.settings.namespace
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bench.settings.kafka_bootstrap, group_id=f"{namespace}readers", enable_auto_commit=False
    )
    await consumer.start()
    raw = TopicPartition(namespace + topic.name, 0)
    consumer.assign([raw])
    return raw, consumer
