"""One seed: everything up, load and faults together, then no more faults, patience, and the checker."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.demo.scenario import Scenario, build
from deploy.supervisor import running_system
from deploy.units import SERVICES as SERVICES_UNIT
from deploy.verify import Evidence, Verdict, read_fences, read_sent, verify
from services.platform.failpoints import STATUS
from tests.chaos.faults import Faults
from tests.chaos.journal import Journal
from tests.chaos.load import Clock, Load
from tests.chaos.script import Fault, Lane, write_script
from tests.chaos.servers import Servers, environment, running_servers

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
    def summary(self) -> str:
        kills = self.faults["SIGKILL"] + self.statuses[STATUS] + self.faults["brokers killed"]
        kills += self.faults["postgres_crash"]
        absorbed = self.repeats + sum(n for (_, outcome), n in self.verdict.outcomes.items() if outcome == "duplicate")
        return (
            f"chaos: seed {self.seed}: {kills} kills, {self.statuses.total()} restarts, "
            f"{self.log_lines['fenced']} zombies fenced, {absorbed} duplicates absorbed, "
            f"{self.verdict.facts + self.verdict.consumed.count} events checked, {self.violations} violations"
        )


async def run(seed: int, seconds: float, home: Path, *, nodes: int, rate: float) -> Ended:
    """Raises `LocalError` when the servers do not start."""
    scenario = build(seed, int(seconds * rate) + 60)
    begin = scenario.sent[0].at
    async with running_servers(home, nodes) as servers:
        with _behind_proxies(servers):
            async with running_system(home / "system", simulated_at=begin, replicas=nodes) as system:
                faults = Faults(system, servers, Clock(servers.postgres.dsn, begin))
                with (home / SENT_FILE).open("w", encoding="utf-8") as file:
                    load = Load(
                        system.urls, system.tokens, SERVICES_UNIT, servers.kafka.bootstrap, scenario,
                        faults.clock, Journal(file), rate,
                    )  # fmt: skip
                    await _disturb(load, faults, write_script(seed, seconds), seconds)
                evidence = _collect(home, servers, scenario)
                verdict = await verify(servers.postgres.dsn, patience_seconds=PATIENCE_SECONDS, evidence=evidence)
    return Ended(
        seed, verdict, faults.counts, faults.statuses, load.journal.counts, _count_lines(home), load.repeats
    )


def _collect(home: Path, servers: Servers, scenario: Scenario) -> Evidence:
    lines = (home / SENT_FILE).read_text(encoding="utf-8").splitlines()
    return Evidence(
        bootstrap=servers.kafka.bootstrap,
        sent=read_sent(lines),
        fences=read_fences(lines),
        logs=sorted(home.rglob("logs/*.log")),
        canaries=find_canaries(scenario),
    )


def find_canaries(scenario: Scenario) -> set[str]:
    """What only the vault may know: every name, number, telephone and address that is sent."""
    people = [person for sent in scenario.sent for person in sent.body["persons"].values()]
    return {person[name] for person in people for name in ("name", "id_number", "phone", "address") if name in person}


@contextmanager
def _behind_proxies(servers: Servers) -> Iterator[None]:
    addresses = {
        "LIANDONG_POSTGRES_DSN": servers.proxied_dsn,
        "LIANDONG_KAFKA_BOOTSTRAP": servers.kafka.advertised,
    }
    with environment(**SETTINGS, **addresses):
        yield


async def _disturb(load: Load, faults: Faults, script: dict[Lane, list[Fault]], seconds: float) -> None:
    """Load and all lanes together; returns when all that was broken is whole and all that was asked has ended."""
    watchers = [asyncio.create_task(faults.watch(service)) for service in faults.system.services.values()]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(load.run(seconds))
            for lane in script.values():
                group.create_task(_play(lane, faults))
    finally:
        for watcher in watchers:
            watcher.cancel()


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
