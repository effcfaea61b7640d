"""Kafka as the actors reach it: lists of records, and the few calls that the services make."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import IllegalStateError  # type: ignore[import-untyped]

from services.platform.events import Header
from tests.simulation.scheduler import step

PARTITIONS: Final = 2
"""Of every topic."""


class Stored(NamedTuple):
    """A record as aiokafka would give it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    timestamp: int = 0


@dataclass
class Kafka:
    """The topics: a list of records for each partition, and nothing else."""

    logs: defaultdict[TopicPartition, list[Stored]] = field(default_factory=lambda: defaultdict(list))

    def append(self, topic: str, number: int, key: bytes | None, value: bytes | None, headers: Sequence[Header]) -> int:
        log = self.logs[TopicPartition(topic, number)]
        log.append(Stored(topic, number, len(log), key, value, tuple(headers)))
        return len(log) - 1

    @property
    def size(self) -> int:
        return sum(map(len, self.logs.values()))

    def of(self, topic: str) -> list[tuple[TopicPartition, list[Stored]]]:
        return [(place, self.logs[place]) for place in sorted(self.logs) if place.topic == topic]

    def records(self, topic: str) -> list[Stored]:
        """Those of one partition after those of another."""
        return [record for _, log in self.of(topic) for record in log]


class Producer:
    """What the relay makes itself; takes and ignores the options of aiokafka's."""

    def __init__(self, kafka: Kafka, **_: Any) -> None:
        self._kafka = kafka

    async def start(self) -> None:
        await step("connect producer")

    async def stop(self) -> None:
        return

    async def send(self, topic: str, *, key: bytes, value: bytes, headers: list[Header]) -> asyncio.Future[None]:
        """Acknowledged at once; a fault afterwards is an acknowledgement that got lost."""
        await step("before send")
        self._kafka.append(topic, sum(key) % PARTITIONS, key, value, headers)
        await step("after send")
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged


@dataclass
class Consumer:
    """One member of a group: what it believes to have, and where it reads on."""

    kafka: Kafka
    places: dict[TopicPartition, int] = field(default_factory=dict)
    paused: set[TopicPartition] = field(default_factory=set)

    def assign(self, places: Iterable[TopicPartition]) -> None:
        self.places, self.paused = dict.fromkeys(places, 0), set()

    def pause(self, *places: TopicPartition) -> None:
        self.paused |= set(places)

    def resume(self, *places: TopicPartition) -> None:
        self.paused -= set(places)

    def seek(self, place: TopicPartition, offset: int) -> None:
        if place not in self.places:
            raise IllegalStateError(f"{place} is not assigned")
        self.places[place] = offset

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await step("ask for beginnings")
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await step("ask for ends")
        return {place: len(self.kafka.logs[place]) for place in places}

    async def commit(self, _: Mapping[TopicPartition, int]) -> None:
        return

    @property
    def has_more(self) -> bool:
        return any(at < len(self.kafka.logs[place]) for place, at in self.places.items() if place not in self.paused)

    def poll(self, most: int, back: int = 0) -> list[Stored]:
        """At most so many records of all partitions together; with `back` some of them again."""
        found: list[Stored] = []
        for place in sorted(self.places.keys() - self.paused):
            log = self.kafka.logs[place]
            if self.places[place] < len(log):
                start = max(0, self.places[place] - back)
                part = log[start : start + most - len(found)]
                self.places[place] = start + len(part)
                found += part
        return found
