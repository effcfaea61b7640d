"""When everything is quiet: nothing on its way, nothing due. Only then may domain time move."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from contracts.topics import TOPICS
from services.platform.clock import set_simulated
from services.platform.database import Connection, Database, queries

q = queries("deploy.demo")

POLL_SECONDS: Final = 0.015
PATIENCE_SECONDS: Final = 120


class NeverQuietError(RuntimeError):
    """Something has been on its way for two minutes."""


class Quiet:
    """Watches as the administrator. `readers` are the services that run and so must have read everything."""

    def __init__(self, conn: Connection, consumer: AIOKafkaConsumer, readers: Collection[str]) -> None:
        self._conn = conn
        self._consumer = consumer
        self._pairs = [(reader, topic) for topic in TOPICS for reader in topic.consumers if reader in readers]
        self._partitions = sorted(
            {(topic.name, number) for _, topic in self._pairs for number in range(topic.partitions)}
        )

    async def set_time(self, moment: datetime) -> None:
        await set_simulated(self._conn, moment)

    async def wait(self) -> None:
        """Raises `NeverQuietError`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (waiting_for := await self._find_unrest()) is not None:
            if time.monotonic() > deadline:
                raise NeverQuietError(waiting_for)
            await asyncio.sleep(POLL_SECONDS)

    async def _find_unrest(self) -> str | None:
        """What is on its way, or None. One snapshot of the database first, then the ends of the logs: whatever was
        sent before the snapshot is behind an end that is read after it."""
        row = await self._conn.fetchrow(q.count_pending)
        assert row is not None
        if row["pending"]:
            return f"{row['pending']} to be handed over, published or rung"
        fences = {
            (reader, topic, number): offset for reader, topic, number, offset in json.loads(row["fences"] or "[]")
        }
        ends = await self._consumer.end_offsets([TopicPartition(*one) for one in self._partitions])
        for reader, topic in self._pairs:
            for number in range(topic.partitions):
                end = ends[TopicPartition(topic.name, number)]
                if fences.get((reader, topic.name, number), 0) < end:
                    return f"{reader} has not read {topic.name}/{number} to its end"
        return None


@asynccontextmanager
async def watching(db: Database, bootstrap: str, readers: Collection[str]) -> AsyncIterator[Quiet]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        async with db.connection() as conn:
            yield Quiet(conn, consumer, readers)
    finally:
        await consumer.stop()
