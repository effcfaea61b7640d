"""The topics, read as they are: every partition from its beginning to what is its end now, without any group."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from contracts.topics import TOPICS, Topic
from services.platform.events import Record

PORTION: Final = 500

Place = tuple[str, int]
"""A topic without its namespace, and a partition."""

FETCH_MS: Final = 20
"""Every question waits for the fetch before it, and a fetch of a topic that has ended for as long as it may. Each
topic that the client does not know yet costs a question as well."""


class Log:
    """A connection to the broker."""

    def __init__(self, consumer: AIOKafkaConsumer, namespace: str) -> None:
        self._consumer = consumer
        self._namespace = namespace

    async def begins(self) -> dict[Place, int]:
        """The first offset that is still kept."""
        return self._named(await self._consumer.beginning_offsets(self._partitions(*TOPICS)))

    async def ends(self) -> dict[Place, int]:
        """The offset that the next record will get."""
        return self._named(await self._consumer.end_offsets(self._partitions(*TOPICS)))

    async def read(self, topic: Topic) -> AsyncIterator[Sequence[Record]]:
        """Records of one partition in order, a portion at a time; each record once."""
        partitions = self._partitions(topic)
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        ends = await self._consumer.end_offsets(partitions)
        while waiting := [one for one in partitions if await self._consumer.position(one) < ends[one]]:
            self._consumer.pause(*(set(partitions) - set(waiting)))
            found: dict[TopicPartition, Any] = await self._consumer.getmany(timeout_ms=1000, max_records=PORTION)
            for place, records in found.items():
                yield [_record(topic.name, one) for one in records if one.offset < ends[place]]

    def _partitions(self, *topics: Topic) -> list[TopicPartition]:
        return [TopicPartition(self._namespace + topic.name, n) for topic in topics for n in range(topic.partitions)]

    def _named(self, offsets: dict[TopicPartition, int]) -> dict[Place, int]:
        return {(one.topic.removeprefix(self._namespace), one.partition): at for one, at in offsets.items()}


def _record(topic: str, raw: Any) -> Record:
    return Record(topic, raw.partition, raw.offset, raw.key, raw.value, tuple(raw.headers), raw.timestamp)


@asynccontextmanager
async def open_log(bootstrap: str, namespace: str = "") -> AsyncIterator[Log]:
    """Raises `aiokafka.errors.KafkaError` when the broker does not answer."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_MS,
        retry_backoff_ms=FETCH_MS,
    )
    await consumer.start()
    try:
        yield Log(consumer, namespace)
    finally:
        await consumer.stop()
