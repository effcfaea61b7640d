"""Reads topics in batches. The handler's effect and the position are one transaction, so redelivery has no effect.

FastStream polls; nothing may escape into it, because it would log the error and go on with the next batch.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from aiokafka import (  # type: ignore[import-untyped]
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    TopicPartition,
)
from aiokafka.errors import IllegalStateError, KafkaError  # type: ignore[import-untyped]
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from contracts.topics import Topic
from services.platform.database import Database
from services.platform.events import Record
from services.platform.failpoints import reach
from services.platform.fence import (
    FencedError,
    FenceError,
    OffsetGapError,
    Partition,
    StalledError,
    TopicShrankError,
    place_fence,
)
from services.platform.logs import describe, get_logger
from services.platform.reader import Handle, PartitionReader, apply_together
from services.platform.settings import Settings
from services.platform.worker import Worker, backoff

log = get_logger("consumer")

RawBatch = Sequence["ConsumerRecord[bytes | None, bytes | None]"]


PATIENT_BYTES: Final = 64 * 1024
"""So much, or its patience at an end, a reader in no hurry is given at once: fewer and larger transactions."""


METADATA_MS: Final = 20_000
"""A topic that was gone while partitions were given out is noticed so soon; the client's own habit is five minutes."""


class BatchConsumer:
    """One reader of some topics. `on_fatal` is called once, when only a person or a restart can help.

    `lag` is the number of records behind, by partition, as of the last second. While `must_pause` says so, asked once a
    second, nothing is taken in; the partitions stay ours.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        group: str,
        topics: Sequence[Topic],
        handle: Handle,
        *,
        on_fatal: Callable[[BaseException], None],
        hurry: bool = True,
        larger: int = 1,
        must_pause: Callable[[], bool] = lambda: False,
    ) -> None:
        self._hurry = hurry or not settings.patience_ms
        self._most = settings.batch_size * larger
        self.group = group
        self.lag: dict[Partition, int] = {}
        self._db = db
        self._settings = settings
        self._topics = {topic.name: topic for topic in topics}
        self._handle = handle
        self._on_fatal = on_fatal
        self._must_pause = must_pause
        self.paused = False
        self._dead = False
        self._stopping = asyncio.Event()
        self._broker: KafkaBroker | None = None
        self._find_consumer: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self.watcher = Worker(f"watch {group}", self._watch, seconds=1.0)
        self._readers: dict[Partition, PartitionReader] = {}
        self._unplaced: set[Partition] = set()
        self._placing = asyncio.Lock()
        self._assigned = False

    # Lifecycle

    def start(self) -> None:
        """Begin to read as soon as Kafka and PostgreSQL answer."""
        self.watcher.start()

    async def stop(self) -> None:
        """Finish the batch in hand, then leave."""
        self._stopping.set()
        await self.watcher.stop()
        await self._disconnect()

    @property
    def ready(self) -> bool:
        """Reading, with every assigned partition placed at its fence."""
        return self._assigned and not self._unplaced and not self._dead

    async def _watch(self) -> None:
        if self._dead:
            return
        if self._broker is None:
            await self._connect()
        self._settle_pause()
        await self._place_all()
        await self._commit_for_dashboards()
        await self._check_progress()

    async def _connect(self) -> None:
        self._broker = broker = self._new_broker()
        try:
            await broker.start()
        except BaseException:
            await self._disconnect()
            raise

    def _new_broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            self._settings.kafka_bootstrap.split(","),  # FastStream takes a string for one address
            logger=None,
            apply_types=False,
            consumer_only=True,
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_MS,
            graceful_timeout=10,
        )
        subscriber = broker.subscriber(
            *(self._settings.namespace + name for name in self._topics),
            batch=True,
            group_id=self._settings.namespace + self.group,
            group_instance_id=f"{self._settings.namespace}{self.group}-{self._settings.instance}",
            max_records=self._most,
            batch_timeout_ms=self._settings.poll_ms if self._hurry else self._settings.patience_ms,
            fetch_min_bytes=1 if self._hurry else PATIENT_BYTES,
            fetch_max_wait_ms=500 if self._hurry else self._settings.patience_ms,
            auto_offset_reset="earliest",
            rebalance_timeout_ms=30_000,
            ack_policy=AckPolicy.MANUAL,
            listener=_Listener(self),
            parser=_parse,
            decoder=_decode,
        )
        subscriber(self.on_batch)
        self._find_consumer = lambda: subscriber.consumer
        return broker

    async def _disconnect(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            await broker.stop()

    def _die(self, error: FenceError) -> None:
        if not self._dead:
            self._dead = True
            log.critical("reader stopped", group=self.group, reason=str(error), **describe(error))
            self._on_fatal(error)

    # Assignment: begin at the fences, whatever offset Kafka remembers

    async def on_assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Every partition we have is named, each time: aiokafka rebalances eagerly."""
        self.on_revoked()
        self._assigned = True
        self._unplaced = {self._named(partition) for partition in partitions}
        self._consumer.pause(*map(self._raw, self._unplaced))
        try:
            await self._place_all()
        except Exception as error:
            log.warning("not placed yet", group=self.group, **describe(error))
        log.info("assigned", group=self.group, partitions=len(self._readers), unplaced=len(self._unplaced))

    def on_revoked(self) -> None:
        self._assigned = False
        self._readers.clear()
        self._unplaced.clear()
        self.lag.clear()

    async def _place_all(self) -> None:
        """All before any is resumed: on the same connection every question waits for the fetch before it to end.

        A new assignment and the watcher may both come here; the second then finds nothing to do.
        """
        async with self._placing:
            if not self._unplaced:
                return
            raw = [self._raw(partition) for partition in sorted(self._unplaced)]
            fences = await self._read_fences(await self._consumer.beginning_offsets(raw))
            ends = await self._consumer.end_offsets(raw)  # after the fences: another reader may be moving them
            for partition, fence in fences.items():
                self._place(partition, fence, ends[self._raw(partition)])

    async def _read_fences(self, begins: dict[TopicPartition, int]) -> dict[Partition, int]:
        starts = sorted((self._named(raw), begin) for raw, begin in begins.items())
        async with self._db.transaction() as conn:
            return {partition: await place_fence(conn, self.group, partition, begin) for partition, begin in starts}

    def _place(self, partition: Partition, fence: int, end: int) -> None:
        if end < fence:
            self._die(_shrank(partition, end, fence))
        elif partition in self._unplaced:
            reader = self._readers[partition] = self._new_reader(partition, fence)
            self._seek(reader)
            if not self.paused:
                self._consumer.resume(self._raw(partition))
            self._unplaced.discard(partition)

    def _new_reader(self, partition: Partition, fence: int) -> PartitionReader:
        allow_gaps = self._topics[partition.topic].allow_gaps
        return PartitionReader(self._db, self.group, partition, self._handle, fence=fence, allow_gaps=allow_gaps)

    def _unplace(self, partition: Partition) -> None:
        """Forget where we thought we were; the next round of the watcher places it again."""
        if self._readers.pop(partition, None) is not None:
            self._consumer.pause(self._raw(partition))
            self._unplaced.add(partition)
            self.watcher.wake()

    def _seek(self, reader: PartitionReader) -> None:
        try:
            self._consumer.seek(self._raw(reader.partition), reader.fence)
        except IllegalStateError:
            return  # no longer ours; whoever has it begins at its fence

    def _settle_pause(self) -> None:
        if self._must_pause() != self.paused:
            self.paused = not self.paused
            for reader in self._readers.values():
                reader.moved_at = time.monotonic()
            log.warning("paused" if self.paused else "resumed", group=self.group)
            turn = self._consumer.pause if self.paused else self._consumer.resume
            turn(*map(self._raw, self._readers))

    # Batches

    async def on_batch(self, batch: RawBatch) -> None:
        """What FastStream calls. Raises nothing."""
        reach("before_decode")
        started = time.perf_counter()
        records: defaultdict[Partition, list[Record]] = defaultdict(list)
        for raw in batch:
            topic = raw.topic.removeprefix(self._settings.namespace)
            headers = tuple(raw.headers)
            records[Partition(topic, raw.partition)].append(
                Record(topic, raw.partition, raw.offset, raw.key, raw.value, headers, raw.timestamp)
            )
        found = [(self._readers.get(partition), part) for partition, part in sorted(records.items())]
        parts = [(reader, part) for reader, part in found if reader is not None]
        if not await self._read_together(parts):
            for reader, part in parts:
                await self._read(reader, part)
        log.info("batch", group=self.group, records=len(batch), ms=round((time.perf_counter() - started) * 1000, 1))

    async def _read_together(self, parts: Sequence[tuple[PartitionReader, Sequence[Record]]]) -> bool:
        """Most of the time all goes well, and then one transaction is cheaper than one for each partition."""
        return len(parts) > 1 and not self._dead and await apply_together(self._db, self._handle, parts)

    async def _read(self, reader: PartitionReader, records: Sequence[Record]) -> None:
        if self._dead or self._readers.get(reader.partition) is not reader:
            return
        try:
            if not await reader.apply(records):
                self._seek(reader)
        except FencedError as error:
            log.warning("fenced", topic=reader.partition.topic, partition=reader.partition.number, **describe(error))
            self._unplace(reader.partition)
        except OffsetGapError as error:
            self._die(error)
        except Exception as error:
            await self._try_again(reader, error)

    async def _try_again(self, reader: PartitionReader, error: Exception) -> None:
        self._seek(reader)
        delay = backoff(reader.failures)
        log.warning(
            "batch failed",
            group=self.group,
            topic=reader.partition.topic,
            partition=reader.partition.number,
            attempt=reader.failures,
            delay_seconds=round(delay, 2),
            **describe(error),
        )
        try:
            await asyncio.wait_for(self._stopping.wait(), delay)
        except TimeoutError:
            return

    # Watching

    async def _commit_for_dashboards(self) -> None:
        """Kafka's own offsets are only shown, never read back, so a failure matters to nobody."""
        offsets = {self._raw(partition): reader.fence for partition, reader in self._readers.items()}
        if not offsets:
            return
        try:
            reach("before_offset_commit")
            await asyncio.wait_for(self._consumer.commit(offsets), timeout=5)
        except (KafkaError, TimeoutError) as error:
            log.info("offsets not committed", group=self.group, **describe(error))

    async def _check_progress(self) -> None:
        """A reader that answers but does not move is dead. Exits only when it is known that there is work."""
        if not self._readers:
            return
        fences = {self._raw(partition): reader.fence for partition, reader in self._readers.items()}
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(fences))
        for raw, end in ends.items():
            reader = self._readers.get(self._named(raw))
            if reader is not None and end < fences[raw]:  # as it was before we asked: it may have moved since
                self._die(_shrank(reader.partition, end, fences[raw]))
            elif reader is not None:
                self._check(reader, end)

    def _check(self, reader: PartitionReader, end: int) -> None:
        is_news = not self.lag.get(reader.partition)  # work that we hear of only now has not waited for us
        self.lag[reader.partition] = end - reader.fence
        now = time.monotonic()
        if end <= reader.fence or self.paused or is_news or self.watcher.failures:
            reader.moved_at = now
        elif now - reader.moved_at > self._settings.stall_seconds:
            self._die(
                StalledError(f"{reader.partition.topic}/{reader.partition.number} stands at {reader.fence} of {end}")
            )

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer = self._find_consumer()
        if consumer is None:
            raise ConnectionError("not connected to Kafka")
        return consumer

    def _raw(self, partition: Partition) -> TopicPartition:
        return TopicPartition(self._settings.namespace + partition.topic, partition.number)

    def _named(self, raw: TopicPartition) -> Partition:
        return Partition(raw.topic.removeprefix(self._settings.namespace), raw.partition)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: BatchConsumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        self._consumer.on_revoked()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        await self._consumer.on_assigned(assigned)


def _shrank(partition: Partition, end: int, fence: int) -> TopicShrankError:
    return TopicShrankError(f"{partition.topic}/{partition.number} ends at {end}, the fence is at {fence}")


async def _parse(batch: tuple[Any, ...]) -> KafkaMessage:
    """FastStream's own parser decodes headers, and drops the whole batch for one that is not UTF-8."""
    return KafkaMessage(body=b"", raw_message=batch, consumer=None)  # type: ignore[arg-type]


async def _decode(message: KafkaMessage) -> Any:
    return message.raw_message
