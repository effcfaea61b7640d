"""The two servers, and for every run a lane of its own: fresh tables, fresh topics, the processes of a contestant."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from contracts.topics import TOPICS, Topic
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.process import free_port
from services.platform.database import RawConnection as Connection
from services.platform.kafka import create_topics
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.machine import memory_mb, processor_seconds
from tests.integration.casework_fixtures import TOKEN_KEY
from tests.integration.platform_fixtures import Space

POSTGRES_SETTINGS: Final = {"track_commit_timestamp": "on", "shared_buffers": "512MB", "max_wal_size": "8GB"}
"""For every contestant the same; fsync and synchronous_commit are on. Commit times tell when a row became visible."""

SERVICES: Final = ("casework", "worklist", "statistics")
READY_SECONDS: Final = 120
LOOK_SECONDS: Final = 0.05

Done = Callable[[], Awaitable[bool]]


@dataclass
class Worker:
    """A running process of a contestant. `seconds` is how long it took until it was ready."""

    name: str
    process: asyncio.subprocess.Process
    log: Path
    url: str = ""
    seconds: float = 0.0

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@dataclass(frozen=True)
class Run:
    """One measurement. `cpu` is processor seconds by process, `memory` MB by process at the end."""

    count: int
    seconds: float
    cpu: Mapping[str, float]
    memory: Mapping[str, float]

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_ms(self) -> dict[str, float]:
        """Processor milliseconds for each record, by process."""
        return {name: round(1000 * value / self.count, 3) for name, value in self.cpu.items()}


@dataclass
class Rig:
    """PostgreSQL and Kafka, ours for the whole session."""

    home: Path
    postgres: Postgres
    kafka: Kafka
    _numbers: "count[int]" = field(default_factory=count)

    @asynccontextmanager
    async def lane(self, *, partitions: int | None = None) -> AsyncIterator["Lane"]:
        """Tables and topics for one contestant; gone afterwards."""
        space = Space(f"r{next(self._numbers)}_", self.postgres.dsn)
        topics = [replace(topic, partitions=partitions or topic.partitions) for topic in TOPICS]
        dsns = await space.provision(*SERVICES)
        await create_topics(self.kafka.bootstrap, space.namespace, topics=topics)
        async with _watching(self) as watching:
            lane = Lane(self, space.namespace, dsns, topics, *watching)
            try:
                yield lane
            finally:
                await lane.clear()

    def processor(self) -> dict[str, float]:
        pids = {"PostgreSQL": self.postgres.server.pid, "Kafka": self.kafka.servers[0].pid}
        return {name: processor_seconds(pid) for name, pid in pids.items() if pid}


@asynccontextmanager
async def open_rig(home: Path) -> AsyncIterator[Rig]:
    async with Postgres(home / "postgres", settings=POSTGRES_SETTINGS) as postgres, Kafka(home / "kafka") as kafka:
        token_key, pseudonym_key = home / "token.key", home / "pseudonym.key"
        token_key.write_bytes(TOKEN_KEY)
        pseudonym_key.write_bytes(b"p" * 32)
        yield Rig(home, postgres, kafka)


Watching = tuple[Connection, AIOKafkaConsumer, AIOKafkaAdminClient]


@asynccontextmanager
async def _watching(rig: Rig) -> AsyncIterator[Watching]:
    """What the administrator looks through; kept open, because looking must not cost what is measured."""
    consumer = AIOKafkaConsumer(bootstrap_servers=rig.kafka.bootstrap, auto_offset_reset="earliest")
    admin = AIOKafkaAdminClient(bootstrap_servers=rig.kafka.bootstrap)
    connection = await asyncpg.connect(rig.postgres.dsn)
    await asyncio.gather(consumer.start(), admin.start())
    try:
        yield connection, consumer, admin
    finally:
        await asyncio.gather(consumer.stop(), admin.close(), connection.close())


@dataclass
class Lane:
    """One contestant's tables and topics. `connection` is the administrator's."""

    rig: Rig
    namespace: str
    dsns: Mapping[str, str]
    topics: Sequence[Topic]
    connection: Connection
    consumer: AIOKafkaConsumer
    admin: AIOKafkaAdminClient

    @property
    def bootstrap(self) -> str:
        return self.rig.kafka.bootstrap

    def environment(self, service: str) -> dict[str, str]:
        return {
            **os.environ,
            "LIANDONG_POSTGRES_DSN": self.dsns[service],
            "LIANDONG_KAFKA_BOOTSTRAP": self.bootstrap,
            "LIANDONG_NAMESPACE": self.namespace,
            "LIANDONG_PSEUDONYM_KEY_FILE": str(self.rig.home / "pseudonym.key"),
            "LIANDONG_TOKEN_KEY_FILE": str(self.rig.home / "token.key"),
            "BENCH_ADMIN_DSN": self.rig.postgres.dsn,
            "BENCH_HOME": str(self.rig.home),
        }

    @asynccontextmanager
    async def services(self, *names: str, **settings: str) -> AsyncIterator[list[Worker]]:
        """Our own services, as `liandong up` starts them."""
        async with AsyncExitStack() as stack:
            starts = [stack.enter_async_context(self._service(name, settings)) for name in names]
            yield list(await asyncio.gather(*starts))

    def _service(self, name: str, settings: Mapping[str, str]) -> "_Running":
        port = free_port()
        environment = self.environment(name) | {"LIANDONG_HTTP_PORT": str(port), **settings}
        return self.process(name, [sys.executable, "-m", f"services.{name}"], environment, f"http://127.0.0.1:{port}")

    def process(self, name: str, command: Sequence[str], environment: Mapping[str, str], url: str = "") -> "_Running":
        """A process that is ready when `url` says so, or without one when it has printed `ready`."""
        return _running(name, command, environment, self.rig.home / f"{self.namespace}{name}.log", url)

    async def race(self, workers: Sequence[Worker], topic: str, messages: Sequence[Message], done: Done) -> Run:
        """Give messages to workers that stand still, let them go, and take the time until all is done."""
        for worker in workers:
            worker.signal(signal.SIGSTOP)
        try:
            await self.send(topic, messages)
        finally:
            before = self._processor(workers)
            started = time.perf_counter()
            for worker in workers:
                worker.signal(signal.SIGCONT)
        await until(done, workers)
        seconds = time.perf_counter() - started
        cpu = {name: value - before[name] for name, value in self._processor(workers).items()}
        return Run(len(messages), seconds, cpu, {worker.name: memory_mb(worker.process.pid) for worker in workers})

    def _processor(self, workers: Sequence[Worker]) -> dict[str, float]:
        return {worker.name: processor_seconds(worker.process.pid) for worker in workers} | self.rig.processor()

    async def send(self, topic: str, messages: Sequence[Message]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await producer.start()
        try:
            name = self.namespace + topic
            sending = [await producer.send(name, m.value, key=m.key, headers=m.headers) for m in messages]
            await asyncio.gather(*sending)
        finally:
            await producer.stop()

    async def end(self, topic: str) -> int:
        """How many records a topic holds."""
        ends: dict[TopicPartition, int] = await self.consumer.end_offsets(self.partitions(topic))
        return sum(ends.values())

    async def committed(self, group: str, topic: str) -> int:
        """How many records a group says it has done; none while the broker cannot tell."""
        try:
            offsets = await self.admin.list_consumer_group_offsets(self.namespace + group)
        except KafkaError as error:
            if not error.retriable:
                raise
            return 0
        return sum(offset.offset for key, offset in offsets.items() if key.topic == self.namespace + topic)

    def partitions(self, topic: str) -> list[TopicPartition]:
        number = next(each.partitions for each in self.topics if each.name == topic)
        return [TopicPartition(self.namespace + topic, index) for index in range(number)]

    async def look_at(self, service: str) -> Connection:
        """The connection, on the tables of a service."""
        await self.connection.execute(f'SET search_path TO "{self.namespace}{service}", "{self.namespace}platform"')
        return self.connection

    async def fetchval(self, service: str, query: str) -> int:
        return int(await (await self.look_at(service)).fetchval(query) or 0)

    async def clear(self) -> None:
        for name in (*SERVICES, "platform", "dbos", "camunda"):
            await self.connection.execute(f'DROP SCHEMA IF EXISTS "{self.namespace}{name}" CASCADE')
        for name in SERVICES:
            role = f'"{self.namespace}{name}"'
            await self.connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
        await self.admin.delete_topics([self.namespace + topic.name for topic in self.topics])


_Running = AbstractAsyncContextManager[Worker]


@asynccontextmanager
async def _running(
    name: str, command: Sequence[str], environment: Mapping[str, str], log: Path, url: str
) -> AsyncIterator[Worker]:
    started = time.perf_counter()
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env=dict(environment), stdout=output, stderr=asyncio.subprocess.STDOUT
        )
    worker = Worker(name, process, log, url)
    try:
        await until(lambda: _is_ready(worker), [worker], seconds=READY_SECONDS)
        worker.seconds = time.perf_counter() - started
        yield worker
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _is_ready(worker: Worker) -> bool:
    if not worker.url:
        return b"ready\n" in worker.log.read_bytes()
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{worker.url}/health/ready")).is_success
    except httpx.HTTPError:
        return False


async def until(done: Done, workers: Sequence[Worker], *, seconds: float = 600) -> None:
    """Raises `RuntimeError` with the end of its log when a worker has ended, `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not await done():
            for worker in workers:
                if worker.process.returncode is not None:
                    raise RuntimeError(f"{worker.name} ended:\n{worker.log.read_text()[-3000:]}")
            await asyncio.sleep(LOOK_SECONDS)
