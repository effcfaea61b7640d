"""How each fault is done and undone. What is killed here is ours, by its process id."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from contracts.topics import COMMANDS_HEALTH, COMMANDS_POLICE, INTAKE_EVENTS
from deploy.local.process import free_port
from deploy.supervisor import Service, System
from tests.chaos.disk import empty, fill, may_mount
from tests.chaos.load import Clock, produce
from tests.chaos.proxy import Mode, Proxy
from tests.chaos.script import Fault
from tests.chaos.servers import AWAY, Servers

BATCH_SECONDS: Final = 30
"""How long a process that is to be stopped with a batch in hand waits for one."""

REPLAYED: Final = 30
"""Records of the past that are sent again."""

OWNERS: Final = {
    "after_quarantine": "casework", "after_timer_claim": "casework", "after_timer_fired": "casework",
    "after_decode": "casework", "after_intake_store": "intake", "before_hand_over": "intake",
    "after_hand_over": "intake",
}  # fmt: skip
"""Which service reaches a point; any of those that have it, where none is named."""

ANYBODY: Final = ("casework", "casework", "intake", "worklist", "notices")


@dataclass
class Faults:
    """`counts` of what was done; `statuses` with which processes ended, by service."""

    system: System
    servers: Servers
    clock: Clock
    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int | None] = field(default_factory=Counter)
    _replicas: int = 0

    async def run(self, fault: Fault) -> None:
        self.counts[fault.kind] += 1
        await getattr(self, fault.kind)(fault)

    async def watch(self, service: Service) -> None:
        """Count with what status a service ends, each time, until cancelled."""
        while True:
            await _becomes(lambda: service.running)
            self.statuses[await service.wait()] += 1

    # Processes

    async def kill(self, fault: Fault) -> None:
        self._signal(self.system.services[fault.target], signal.SIGKILL)

    async def terminate(self, fault: Fault) -> None:
        self._signal(self.system.services[fault.target], signal.SIGTERM)

    def _signal(self, service: Service, number: signal.Signals) -> None:
        if (pid := service.pid) is not None:
            self.counts[number.name] += 1
            os.kill(pid, number)

    async def failpoint(self, fault: Fault) -> None:
        """A service starts with a point armed, and ends there if it gets so far before it is started without."""
        name = OWNERS.get(fault.target) or ANYBODY[fault.number % len(ANYBODY)]
        await self.strike(name, f"{fault.target}:{fault.number % 3 + 1}", fault.seconds)

    async def strike(self, name: str, spec: str, seconds: float) -> int | None:
        """The answer is with what status a service that was armed ended within so many seconds."""
        service = await self._arm(name, spec)
        with suppress(TimeoutError):
            return await asyncio.wait_for(service.wait(), seconds)
        return None

    async def _arm(self, name: str, spec: str) -> Service:
        """Start a service anew with a point armed; when it ends it is started without."""
        service = self.system.services[name]
        await _becomes(lambda: service.pid is not None)  # who is just being started has its environment already
        plain, old = service.environment, service.pid
        service.environment = {**plain, "LIANDONG_FAILPOINT": spec}
        try:
            self._signal(service, signal.SIGKILL)
            await _becomes(lambda: service.pid not in {None, old})
        finally:
            service.environment = plain
        return service

    async def zombie(self, fault: Fault) -> None:
        """Stopped for longer than its session, with a batch in hand; it wakes when another has its partitions."""
        service = await self._arm(fault.target, f"before_decode:{1 + fault.number % 3}:stop")
        try:
            await asyncio.wait_for(_becomes(lambda: _is_stopped(service.pid)), BATCH_SECONDS)
        except TimeoutError:
            self._signal(service, signal.SIGKILL)  # no batch came; it must not stop when nobody looks any more
            return
        async with self._another(service, instance="1"):
            self.counts["zombies"] += 1
            await asyncio.sleep(fault.seconds)
            self._signal(service, signal.SIGCONT)
            await asyncio.sleep(3)

    async def twin(self, fault: Fault) -> None:
        """Two processes that both believe to be the one."""
        async with self._another(self.system.services[fault.target], instance="0"):
            await asyncio.sleep(fault.seconds)

    @asynccontextmanager
    async def _another(self, service: Service, instance: str) -> AsyncIterator[None]:
        self._replicas += 1
        folder = self.system.home / f"replica-{self._replicas}"
        for name in ("logs", "run"):
            (folder / name).mkdir(parents=True)
        own = {"LIANDONG_HTTP_PORT": str(free_port()), "LIANDONG_INSTANCE": instance}
        other = replace(service, folder=folder, environment={**service.environment, **own})
        await other.start()
        try:
            yield
        finally:
            await other.kill()
            self.counts["SIGKILL"] += 1

    # Servers

    async def postgres_crash(self, fault: Fault) -> None:
        if (pid := self.servers.postgres.server.pid) is not None:
            os.kill(pid, signal.SIGQUIT)  # "immediate": no checkpoint, recovery at the next start
            await self.servers.postgres.server.wait()
        await asyncio.sleep(fault.seconds)
        await self.servers.postgres.start()

    async def postgres_cut(self, fault: Fault) -> None:  # noqa: ARG002
        async with self._admin() as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )

    async def postgres_full(self, fault: Fault) -> None:
        """All connections are taken."""
        held: list[Any] = []
        with suppress(OSError, asyncpg.PostgresError):
            while True:
                held.append(await asyncpg.connect(self.servers.postgres.dsn, timeout=5))
        await asyncio.sleep(fault.seconds)
        for connection in held:
            await _close(connection)

    async def postgres_idle(self, fault: Fault) -> None:
        """Somebody locks cases and goes for lunch."""
        async with self._admin() as admin:
            await admin.execute("BEGIN")
            await admin.execute("SELECT FROM casework.case_state LIMIT 50 FOR UPDATE")
            await asyncio.sleep(fault.seconds)
            await admin.execute("ROLLBACK")

    async def disk_full(self, fault: Fault) -> None:
        """PostgreSQL can write nothing, and may end; what it has acknowledged is there when there is room again."""
        if not may_mount():
            self.counts["no disk to fill"] += 1
            return
        postgres = self.servers.postgres
        self.counts["bytes of filler"] += await asyncio.to_thread(fill, postgres.folder)
        await asyncio.sleep(fault.seconds)
        empty(postgres.folder)
        while not await postgres._answers():
            await postgres.start()
            await asyncio.sleep(0.2)

    async def postgres_link(self, fault: Fault) -> None:
        await self._bad_link([self.servers.postgres_proxy], fault)

    async def kafka_link(self, fault: Fault) -> None:
        proxies = list(self.servers.kafka.proxies.values())
        await self._bad_link(proxies[: 1 + fault.number % len(proxies)], fault)

    async def _bad_link(self, proxies: list[Proxy], fault: Fault) -> None:
        mode: Mode = fault.target  # type: ignore[assignment]
        for proxy in proxies:
            proxy.turn(mode)
        await asyncio.sleep(fault.seconds)
        for proxy in proxies:
            proxy.turn("pass")

    async def kafka_kill(self, fault: Fault) -> None:
        """One broker: with three, whatever it led is led by another."""
        await self._without_brokers([fault.number % self.servers.kafka.size], fault.seconds)

    async def kafka_outage(self, fault: Fault) -> None:
        await self._without_brokers(list(range(self.servers.kafka.size)), fault.seconds)

    async def _without_brokers(self, numbers: list[int], seconds: float) -> None:
        self.counts["brokers killed"] += len(numbers)
        await asyncio.gather(*(self.servers.kafka.kill(number) for number in numbers))
        await asyncio.sleep(seconds)
        await self.servers.kafka.start()

    async def clock_back(self, fault: Fault) -> None:
        self.clock.back = timedelta(hours=1 + fault.number % 30)
        await self.clock.set(self.clock.now)
        await asyncio.sleep(fault.seconds)
        self.clock.back = timedelta(0)
        await self.clock.set(self.clock.now)

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[Any]:
        """A connection that no proxy can cut. Whatever ends it early has done our work."""
        connection = await asyncpg.connect(self.servers.postgres.dsn, timeout=10, command_timeout=10)
        try:
            with suppress(*AWAY):
                yield connection
        finally:
            await _close(connection)

    # Input

    async def garbage(self, fault: Fault) -> None:
        rng = random.Random(fault.number)
        topic = rng.choice([INTAKE_EVENTS, COMMANDS_POLICE, COMMANDS_HEALTH]).name
        await self._produce([{"topic": topic, "key": b"k", "value": rng.randbytes(rng.choice([0, 1, 300, 900_000]))}])

    async def null_keys(self, fault: Fault) -> None:  # noqa: ARG002
        headers = [("ce_specversion", b"1.0"), ("ce_id", b"\xff\xfe"), ("ce_type", None)]
        await self._produce(
            [{"topic": INTAKE_EVENTS.name, "value": value, "headers": headers} for value in (b"", b"{}")]
        )

    async def replay(self, fault: Fault) -> None:
        """Yesterday's records are sent once more."""
        await self._produce(await self._read_some(fault.number))

    async def _read_some(self, number: int) -> list[dict[str, Any]]:
        place = TopicPartition(INTAKE_EVENTS.name, number % INTAKE_EVENTS.partitions)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers.kafka.bootstrap)
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(20):
                try:
                    await consumer.start()
                    consumer.assign([place])
                    consumer.seek(place, 0)
                    found = (await consumer.getmany(place, timeout_ms=2000, max_records=REPLAYED)).get(place, [])
                finally:
                    await consumer.stop()
            return [
                {"topic": one.topic, "key": one.key, "value": one.value, "headers": list(one.headers)} for one in found
            ]
        return []

    async def _produce(self, records: list[dict[str, Any]]) -> None:
        self.counts["records sent to spoil"] += len(records)
        await produce(self.servers.kafka.bootstrap, records)


def _is_stopped(pid: int | None) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False


async def _becomes(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - a process tells nobody that it was started
        await asyncio.sleep(0.02)


async def _close(connection: Any) -> None:
    with suppress(*AWAY):
        await connection.close(timeout=5)
