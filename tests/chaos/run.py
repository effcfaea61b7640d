"""One seed: everything up, load and faults together, then no more faults, patience, and the checker."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import asyncpg
import httpx

from deploy.demo.scenario import Scenario, build
from deploy.supervisor import Service, running_system
from deploy.units import SERVICES as SERVICES_UNIT
from deploy.verify import Evidence, Verdict, read_fences, read_sent, verify
from services.platform.failpoints import STATUS
from tests.chaos.faults import Faults
from tests.chaos.journal import Journal
from tests.chaos.load import Clock, Load
from tests.chaos.script import Fault, write_script
from tests.chaos.servers import AWAY, Servers, environment, running_servers

SETTINGS: Final = {
    "LIANDONG_TIMER_SECONDS": "0.1",
    "LIANDONG_SWEEP_SECONDS": "0.5",
    "LIANDONG_STALL_SECONDS": "20",
    "LIANDONG_PUBLISH_AGAIN_SECONDS": "5",
    "LIANDONG_RESEND_SECONDS": "5",
}
"""What a city waits a minute for is waited for some seconds."""

PATIENCE_SECONDS: Final = 120

SENT_FILE: Final = "sent.jsonl"

FENCED: Final = ("intake", "casework", "worklist", "statistics", "notices")
"""Who reads topics."""


@dataclass
class Ended:
    """What a run came to."""

    seed: int
    verdict: Verdict
    faults: Counter[str]
    statuses: Counter[int | None]
    sent: Counter[tuple[str, str]]
    log_lines: Counter[str] = field(default_factory=Counter)
    repeats: int = 0

    @property
    def violations(self) -> int:
        return self.verdict.violations

    @property
    def kills(self) -> int:
        """Processes that were ended without a word: services, replicas of them, brokers, PostgreSQL."""
        done = self.faults
        return done["SIGKILL"] + self.statuses[STATUS] + done["brokers killed"] + done["postgres_crash"]

    @property
    def absorbed(self) -> int:
        """Records and requests that came again and had no second effect."""
        return self.repeats + sum(n for (_, outcome), n in self.verdict.outcomes.items() if outcome == "duplicate")

    @property
    def summary(self) -> str:
        return (
            f"chaos: seed {self.seed}: {self.kills} kills, {self.statuses.total()} restarts, "
            f"{self.log_lines['fenced']} zombies fenced, {self.absorbed} duplicates absorbed, "
            f"{self.verdict.facts + self.verdict.consumed.count} events checked, {self.violations} violations"
        )


@dataclass
class Chaos:
    """Everything up and ready, and the clients that have not begun yet."""

    home: Path
    servers: Servers
    faults: Faults
    load: Load

    async def check(self) -> Verdict:
        """What the checker says when nothing is broken any more. Metrics are looked through as logs are."""
        counted = self.home / "logs" / "metrics.log"
        counted.parent.mkdir(exist_ok=True)
        counted.write_text(
            "".join([await _get_metrics(service) for service in self.faults.system.services.values()]), encoding="utf-8"
        )
        lines = (self.home / SENT_FILE).read_text(encoding="utf-8").splitlines()
        evidence = Evidence(
            bootstrap=self.servers.kafka.bootstrap,
            sent=read_sent(lines),
            fences=read_fences(lines),
            logs=sorted(self.home.rglob("logs/*.log")),
            canaries=find_canaries(self.load.scenario),
        )
        return await verify(self.servers.postgres.dsn, evidence, patience_seconds=PATIENCE_SECONDS)


async def _get_metrics(service: Service) -> str:
    """As soon as it is back. Raises `ServerError`, with what it has said, when it stays away."""
    until = time.monotonic() + PATIENCE_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=15) as http:
        while True:
            try:
                return (await http.get(f"{service.url}/metrics")).raise_for_status().text
            except httpx.HTTPError as error:
                if time.monotonic() > until:
                    raise service.failure("没有恢复", f"did not come back ({error!r})") from error
            await asyncio.sleep(1)


@asynccontextmanager
async def chaos(seed: int, seconds: float, home: Path, *, nodes: int, rate: float) -> AsyncIterator[Chaos]:
    """Start it all. Raises `LocalError` when the servers do not start."""
    scenario = build(seed, int(seconds * rate) + 60)
    begin = scenario.sent[0].at
    async with running_servers(home, nodes) as servers:
        with _behind_proxies(servers), (home / SENT_FILE).open("w", encoding="utf-8", buffering=1) as file:
            async with running_system(home / "system", simulated_at=begin, replicas=nodes) as system:
                faults = Faults(system, servers, Clock(servers.postgres.dsn, begin))
                journal, bootstrap = Journal(file), servers.kafka.bootstrap
                load = Load(system.urls, system.tokens, SERVICES_UNIT, bootstrap, scenario, faults.clock, journal, rate)
                async with _watching(faults, journal):
                    yield Chaos(home, servers, faults, load)


@asynccontextmanager
async def _watching(faults: Faults, journal: Journal) -> AsyncIterator[None]:
    watching: list[Coroutine[Any, Any, None]] = [watch_fences(faults.servers.postgres.dsn, journal)]
    watching += [faults.watch(service) for service in faults.system.services.values()]
    tasks = [asyncio.create_task(one) for one in watching]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run(seed: int, seconds: float, home: Path, *, nodes: int, rate: float) -> Ended:
    """Load and all lanes of faults together; when all that was broken is whole again, patience and the checker."""
    async with chaos(seed, seconds, home, nodes=nodes, rate=rate) as running:
        async with asyncio.TaskGroup() as group:
            group.create_task(running.load.run(seconds))
            for lane in write_script(seed, seconds).values():
                group.create_task(_play(lane, running.faults))
        verdict = await running.check()
    load, faults = running.load, running.faults
    return Ended(seed, verdict, faults.counts, faults.statuses, load.journal.counts, _count_lines(home), load.repeats)


def find_canaries(scenario: Scenario) -> set[str]:
    """What only the vault may know: every name that is sent, and the mark that every address has and whoever was told.

    Identity numbers and telephones are found by their form.
    """
    people = [person for sent in scenario.sent for person in sent.body["persons"].values()]
    return {"（虚构）"} | {person["name"] for person in people if "name" in person}


@contextmanager
def _behind_proxies(servers: Servers) -> Iterator[None]:
    addresses = {
        "LIANDONG_POSTGRES_DSN": servers.proxied_dsn,
        "LIANDONG_KAFKA_BOOTSTRAP": servers.kafka.advertised,
    }
    with environment(**SETTINGS, **addresses), patch("deploy.supervisor.HEALTHY_SECONDS", 0):  # restart at once
        yield


async def watch_fences(dsn: str, journal: Journal) -> None:
    """Write down where every reader stands, once a second, whenever PostgreSQL answers."""
    query = " UNION ALL ".join(f"SELECT reader, topic, partition, next_offset FROM {name}.fence" for name in FENCED)  # noqa: S608 - ours
    while True:
        with suppress(*AWAY):
            connection = await asyncpg.connect(dsn, timeout=5, command_timeout=5)
            try:
                for row in await connection.fetch(query):
                    journal.note("fence", **row)
            finally:
                await connection.close(timeout=5)
        await asyncio.sleep(1)


async def _play(lane: list[Fault], faults: Faults) -> None:
    began = time.monotonic()
    for fault in lane:
        await asyncio.sleep(max(0.0, fault.at - (time.monotonic() - began)))
        await faults.run(fault)


def _count_lines(home: Path) -> Counter[str]:
    """Lines of the services' logs by what they tell."""
    counts: Counter[str] = Counter()
    for file in home.rglob("logs/*.log"):
        with file.open(encoding="utf-8", errors="replace") as lines:
            counts.update(_event(line) for line in lines)
    return counts


def _event(line: str) -> str:
    try:
        return str(json.loads(line)["event"])
    except (ValueError, KeyError, TypeError):
        return "not JSON"
