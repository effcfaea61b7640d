"""A service's database with a table of effects, and readers on it. Import the fixtures you need into your module."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from contracts.topics import CASE_EVENTS, COMMANDS_POLICE, Topic
from services.platform.consumer import BatchConsumer
from services.platform.database import Connection, Database
from services.platform.events import Record
from services.platform.fence import Outcomes, Partition, place_fence
from services.platform.reader import Handle
from services.platform.settings import Settings
from tests.integration.platform_fixtures import OpenDatabase, eventually, producing

ONE = replace(CASE_EVENTS, partitions=1)
TWO = replace(CASE_EVENTS, partitions=2)
OUTSIDE = replace(COMMANDS_POLICE, partitions=1)
HEADERS = [("ce_specversion", b"1.0"), ("ce_id", b"e"), ("ce_type", b"t.v1"), ("ce_source", b"/x")]


@dataclass
class Bench:
    """A handler that leaves a row for each record, and may be told to fail."""

    db: Database
    settings: Settings
    batches: list[list[int]] = field(default_factory=list)
    fatal: list[BaseException] = field(default_factory=list)
    started: list[BatchConsumer] = field(default_factory=list)
    fault: Callable[[Sequence[Record]], None] = lambda _: None
    outcomes: Callable[[Sequence[Record]], Outcomes] = lambda _: None
    handle: Handle = field(init=False)

    def __post_init__(self) -> None:
        self.handle = self.apply

    def read(
        self, topic: Topic, *, instance: str = "0", must_pause: Callable[[], bool] = lambda: False, **changes: Any
    ) -> BatchConsumer:
        settings = self.settings.model_copy(update={"instance": instance, **changes})
        consumer = BatchConsumer(
            self.db, settings, "readers", [topic], self.handle, on_fatal=self.fatal.append, must_pause=must_pause
        )
        consumer.start()
        self.started.append(consumer)
        return consumer

    async def apply(self, conn: Connection, records: Sequence[Record]) -> Outcomes:
        self.batches.append([record.offset for record in records])
        await conn.executemany("INSERT INTO effect VALUES ($1, $2)", [(r.partition, r.offset) for r in records])
        self.fault(records)
        return self.outcomes(records)

    async def effects(self, partition: int = 0) -> list[int]:
        """Offsets that have an effect, with repetitions."""
        async with self.db.connection() as conn:
            rows = await conn.fetch("SELECT o FROM effect WHERE p = $1 ORDER BY o", partition)
        return [row["o"] for row in rows]

    async def until(self, *offsets: int, partition: int = 0) -> None:
        async def reached() -> bool:
            return await self.effects(partition) == list(offsets)

        try:
            await eventually(reached)
        except TimeoutError:
            there = await self.effects(partition)
            raise AssertionError(f"{there}, batches {self.batches}, fatal {self.fatal}") from None

    async def place(self, topic: Topic, offset: int) -> None:
        async with self.db.transaction() as conn:
            await place_fence(conn, "readers", Partition(topic.name, 0), offset)

    async def send(self, topic: Topic, count: int, **options: Any) -> None:
        async with producing(self.settings.kafka_bootstrap, **options) as producer:
            for number in range(count):
                await producer.send(
                    self.settings.namespace + topic.name,
                    key=b"k",
                    value=str(number).encode(),
                    headers=HEADERS,
                    partition=number % topic.partitions,
                )


@pytest.fixture
async def bench(database: OpenDatabase, settings: Settings) -> AsyncIterator[Bench]:
    bench = Bench(await database("alpha"), settings)
    async with bench.db.transaction() as conn:
        await conn.execute("CREATE TABLE effect (p int, o bigint)")
    yield bench
    for consumer in bench.started:
        await consumer.stop()


def records(*offsets: int, partition: int = 0) -> list[Record]:
    return [Record(ONE.name, partition, offset, b"k", b"{}", (), 0) for offset in offsets]
