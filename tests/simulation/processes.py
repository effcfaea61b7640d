"""The processes of a simulated city: the services' own code, with a loop around each part that has one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, cast

from aiokafka import TopicPartition  # type: ignore[import-untyped]

from contracts.topics import Topic
from services.casework.handlers import Casework
from services.casework.timers import sweep
from services.platform.consumer import BatchConsumer
from services.platform.database import Connection
from services.platform.outbox import Relay
from services.platform.reader import Handle
from services.platform.settings import Settings
from services.statistics.handlers import Statistics
from tests.simulation.kafka import PARTITIONS, Consumer, Kafka
from tests.simulation.postgres import Postgres, SteppedDatabase
from tests.simulation.scheduler import REST, Actor, Killed, Scheduler, current, step

SETTINGS: Final = Settings(postgres_dsn="", stall_seconds=10**6)  # nobody looks at the clock here
MOST_ALARMS: Final = 3


@dataclass
class CityClock:
    """Domain time; moved by hand."""

    moment: datetime

    async def now(self, conn: Connection) -> datetime:  # noqa: ARG002
        return self.moment


class World(Protocol):
    """What processes share."""

    scheduler: Scheduler
    postgres: Postgres
    kafka: Kafka
    clock: CityClock
    groups: dict[str, "Group"]


@dataclass
class Group:
    """Who has which partition. A member learns of it when it has a turn; until then it goes on as a zombie."""

    topics: tuple[Topic, ...]
    members: list["Process"] = field(default_factory=list)
    generation: int = 0

    @property
    def places(self) -> list[TopicPartition]:
        return [TopicPartition(topic.name, n) for topic in self.topics for n in range(PARTITIONS)]

    def part_of(self, member: "Process") -> list[TopicPartition]:
        """Turned with every generation, so that partitions move."""
        place = self.members.index(member) + self.generation
        return self.places[place % len(self.members) :: len(self.members)]

    def rebalance(self) -> None:
        self.generation += 1


class Process:
    """A copy of a service: one memory, which is gone when it is killed."""

    def __init__(self, world: World, name: str, service: str) -> None:
        self.name = name
        self.service = service
        self.dead = False
        self.fatal: list[BaseException] = []
        self.batches = 0
        self.db = SteppedDatabase(world.postgres, service)
        self.actors: list[Actor] = []
        self.world = world
        self.group = world.groups[service]
        self._generation = -1

    def read(self, handle: Handle, batch_size: int) -> None:
        """Read the group's topics."""
        self._consumer = Consumer(self.world.kafka)
        reader = BatchConsumer(self.db, SETTINGS, self.service, self.group.topics, handle, on_fatal=self.fatal.append)
        reader._broker = cast("Any", self)  # connected
        reader._find_consumer = lambda: self._consumer
        self.reader = reader
        self.batch_size = batch_size
        self.group.members.append(self)
        self.group.rebalance()
        self.repeat("watcher", self._watch, lambda: self._generation != self.group.generation or not reader.ready)
        self.repeat("reader", self._read, lambda: self._consumer.has_more)

    def relay(self) -> None:
        """Send the outbox."""
        relay = Relay(self.db, SETTINGS)
        woken = relay.worker._woken

        async def send() -> object:
            woken.clear()
            return await relay.send_some()

        self.repeat("relay", send, woken.is_set)

    def sweep(self, casework: Casework) -> None:
        """Ring the alarms."""

        clock, seen = self.world.clock, self.world.clock.moment

        async def ring() -> object:
            nonlocal seen
            seen = clock.moment
            return await sweep(self.db, casework, MOST_ALARMS)

        self.repeat("sweeper", ring, lambda: clock.moment > seen)

    def flush(self, statistics: Statistics) -> None:
        """Work into the figures what has come."""
        seen = 0

        async def flush() -> object:
            nonlocal seen
            seen = self.batches
            await statistics.reevaluate(self.db)  # which a process does when it starts
            return await statistics.flush(self.db)

        self.repeat("flusher", flush, lambda: self.batches > seen)

    def repeat(
        self, name: str, work: Callable[[], Awaitable[object]], has_work: Callable[[], bool] = lambda: False
    ) -> None:
        """Again and again, as a Worker does: at once when there is more to do or it failed, else when it has work."""

        async def live() -> None:
            actor = current.get()
            while True:
                actor.looks = False
                try:
                    more = await work()
                except Exception:
                    more = True
                actor.looks = actor.looks or bool(more)
                await step(REST)

        self.actors.append(self.world.scheduler.spawn(f"{self.name}.{name}", self, live, has_work))

    async def _watch(self) -> bool:
        """Kafka tells of a new assignment while a batch may be in hand, as aiokafka does."""
        if self._generation != self.group.generation:
            self._generation = self.group.generation
            places = self.group.part_of(self)
            self._consumer.assign(places)
            await self.reader.on_assigned(places)
        else:
            await self.reader._watch()
        return bool(self.reader._unplaced)

    async def _read(self) -> bool:
        back = self.world.scheduler.random.choice([0, 0, 0, 2])
        batch = self._consumer.poll(self.batch_size, back)
        if batch:
            await self.reader.on_batch(batch)
            self.batches += 1
        return bool(batch)

    async def kill(self) -> None:
        """SIGKILL: its sessions end, its tasks run no further."""
        self.dead = True
        self.group.members.remove(self)
        self.group.rebalance()
        await self.db.cut()
        for actor in self.actors:
            actor.stuck = False
            if actor.turn is not None:
                actor.turn.set_exception(Killed())
        await self.world.scheduler.settle()
