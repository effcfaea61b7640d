"""One session: every contestant in turn, round by round, on the same two servers."""

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy.local import kafka_jars
from tests.benchmarks.speed import ledger
from tests.benchmarks.speed.ceilings import run_copy, run_raw
from tests.benchmarks.speed.events import Message, make_reports
from tests.benchmarks.speed.latency import run_latency
from tests.benchmarks.speed.loading import load_copies
from tests.benchmarks.speed.machine import describe_machine
from tests.benchmarks.speed.obvious import PARTITIONS, SHAPES, run_obvious
from tests.benchmarks.speed.peers import CAMUNDA_SHAPES, DBOS_SHAPES, run_camunda, run_dbos
from tests.benchmarks.speed.queues import fill_queue, measure_queue
from tests.benchmarks.speed.rebuild import make_log, run_rebuild
from tests.benchmarks.speed.recording import Recording, count_rows, record
from tests.benchmarks.speed.rig import Rig, Run
from tests.benchmarks.speed.steady import run_steady
from tests.benchmarks.speed.system import run_system

BYTES_OF_A_CASE: Final = 25_000
"""In all tables with their indexes and the log that the loading writes; more cases than fit are not loaded."""


@dataclass(frozen=True)
class Sizes:
    """`reports` is for the fast contestants; the slow ones get a share, so that each runs for some seconds."""

    reports: int
    repeats: int
    warm_up: int
    loaded_cases: int
    queue: int
    log: int
    latency_seconds: int
    steady_rate: int
    steady_minutes: int


@dataclass
class Session:
    """Measures into `entry`. `recorded` is what this system made of the reports, and everyone else must make too."""

    rig: Rig
    sizes: Sizes
    entry: ledger.Entry
    console: Console
    messages: list[Message] = field(default_factory=list)
    recorded: Recording = field(default_factory=lambda: Recording({}, {}))
    _runs: defaultdict[str, list[Run]] = field(default_factory=lambda: defaultdict(list))

    async def begin(self) -> None:
        """Record: the first run of this system is not counted."""
        self.messages = make_reports(self.sizes.reports + self.sizes.warm_up, datetime.now(UTC))
        async with self.rig.lane() as lane:
            run, _ = await run_system(lane, self.messages, self.sizes.warm_up)
            self.recorded = await record(lane)
            assert self.recorded.count() == await count_rows(lane)
        self.console.print(f"recorded: {run.rate:.0f} reports/s, {len(self.recorded.facts)} reports with facts")
        self.recorded.store(self._file)

    @property
    def _file(self) -> Path:
        return self.rig.home / "recording"

    @property
    def _facts(self) -> int:
        return sum(map(len, self.recorded.facts.values()))

    def _keep(self, name: str, run: Run) -> None:
        self._runs[name].append(run)
        self.entry.rates.setdefault(name, []).append(round(run.rate, 1))
        self.entry.cpu_ms[name] = run.cpu_ms
        self.console.print(f"{name}: {run.rate:.0f} reports/s, processor ms {run.cpu_ms}")

    # The ceilings

    async def copy(self) -> None:
        async with self.rig.lane() as lane:
            self._keep("copy", await run_copy(lane, self.recorded, self.messages))
            assert await count_rows(lane) == self.recorded.count()

    async def raw(self) -> None:
        async with self.rig.lane() as lane:
            self._keep("raw", await run_raw(lane, self._file, self.messages, self.sizes.warm_up, self._facts))
            assert await count_rows(lane) == self.recorded.count()

    # This system

    async def system(self) -> None:
        async with self.rig.lane() as lane:
            run, starts = await run_system(lane, self.messages, self.sizes.warm_up)
            self._keep(ledger.SYSTEM, run)
            assert await count_rows(lane) == self.recorded.count()
        self.entry.start_seconds |= {name: round(seconds, 2) for name, seconds in starts.items()}
        self.entry.memory_mb |= {name: round(size) for name, size in run.memory.items()}

    async def loaded(self) -> None:
        """All rounds on one loaded lane."""
        cases = self.recorded.count()["casework.case_state"]
        room = shutil.disk_usage(self.rig.home).free // BYTES_OF_A_CASE
        copies = max(1, min(self.sizes.loaded_cases, room) // cases)
        self.entry.sizes["loaded_cases"] = copies * cases
        async with self.rig.lane() as lane:
            began = datetime.now(UTC)
            await load_copies(lane, self.recorded, copies)
            self.console.print(f"loaded {copies * cases} cases in {(datetime.now(UTC) - began).seconds} s")
            for number in range(self.sizes.repeats):
                first = (number + 1) * len(self.messages)
                messages = make_reports(len(self.messages), datetime.now(UTC), first=first)
                self._keep(ledger.LOADED, (await run_system(lane, messages, self.sizes.warm_up))[0])

    # The obvious way

    async def obvious(self) -> None:
        messages, warm_up = self._share(10)
        facts = sum(len(self.recorded.facts.get(message.id, ())) for message in messages)
        for name, shape in SHAPES.items():
            async with self.rig.lane(partitions=PARTITIONS) as lane:
                self._keep(f"obvious, {name}", await run_obvious(lane, shape, messages, warm_up, facts))
                rows = await count_rows(lane)
                assert (rows["casework.case_fact"], rows["worklist.case_position"]) == (facts, _cases(rows))

    # Engines that others wrote

    async def dbos(self) -> None:
        messages, warm_up = self._share(20)
        for name, shape in DBOS_SHAPES.items():
            async with self.rig.lane() as lane:
                self._keep(f"dbos, {name}", await run_dbos(lane, self._file, shape, messages, warm_up))

    async def camunda(self) -> None:
        messages, warm_up = self._share(5)
        for name, threads in CAMUNDA_SHAPES.items():
            async with self.rig.lane(partitions=PARTITIONS) as lane:
                self._keep(f"camunda, {name}", await run_camunda(lane, threads, messages, warm_up))

    def _share(self, part: int) -> tuple[list[Message], int]:
        """The first reports, fewer by so much, and how many of them warm up."""
        count, warm_up = max(50, self.sizes.reports // part), max(10, self.sizes.warm_up // part)
        return self.messages[: count + warm_up], warm_up

    # Besides

    async def latency(self) -> None:
        highest = self.entry.rate(ledger.SYSTEM)
        for name, rate in (("200 reports/s", 200.0), ("70 % of the highest rate", 0.7 * highest)):
            count = int(rate * self.sizes.latency_seconds)
            messages = make_reports(count + self.sizes.warm_up, datetime.now(UTC))
            async with self.rig.lane() as lane:
                self.entry.latency_ms[name] = await run_latency(lane, messages, rate, self.sizes.warm_up)
            self.console.print(f"{name}: p50, p99 {self.entry.latency_ms[name]} ms")

    async def steady(self) -> None:
        rate, minutes = self.sizes.steady_rate, self.sizes.steady_minutes
        messages = make_reports(rate * 60 * minutes + self.sizes.warm_up, datetime.now(UTC))
        async with self.rig.lane() as lane:
            self.entry.steady = await run_steady(lane, messages, rate, self.sizes.warm_up)
        self.entry.sizes |= {"steady_rate": rate, "steady_minutes": minutes}
        self.console.print(f"{minutes} minutes at {rate} reports/s, by thirds: {self.entry.steady}")

    async def queues(self) -> None:
        for count in (1000, self.sizes.queue):
            async with self.rig.lane() as lane:
                await fill_queue(lane, self.recorded, count)
                self.entry.queue_ms[f"{count:,}"] = await measure_queue(lane)
            self.console.print(f"queue of {count}: {self.entry.queue_ms[f'{count:,}']} ms")

    async def rebuild(self) -> None:
        log = make_log(self.recorded, self.sizes.log)
        for reader in ("worklist", "statistics"):
            async with self.rig.lane() as lane:
                run = await run_rebuild(lane, reader, log, min(len(log) // 10, 1000))
            self.entry.rebuild.setdefault(reader, []).append(round(run.rate, 1))
            self.entry.cpu_ms[f"rebuild {reader}"] = run.cpu_ms
            self.console.print(f"rebuild {reader}: {run.rate:.0f} facts/s, processor ms {run.cpu_ms}")


def _cases(rows: dict[str, int]) -> int:
    return rows["casework.case_state"]


async def describe(rig: Rig) -> dict[str, Any]:
    """The machine and the servers, asked of them."""
    async with rig.lane() as lane:
        settings = {name: await lane.connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")}
        postgres = await lane.connection.fetchval("SHOW server_version")
    libraries = {name: version(name) for name in ("faststream", "aiokafka", "asyncpg")}
    return {**describe_machine(), "postgres": postgres, "kafka": _kafka_version(), **settings, **libraries}


def _kafka_version() -> str:
    """Of the pinned jars."""
    pinned = Path(kafka_jars.__file__).with_name("kafka-jars.sha256").read_text()
    found = re.search(r"kafka-clients-([\d.]+)\.jar", pinned)
    return found[1] if found else "unknown"


def find_commit() -> str:
    """The commit measured, with a `+` when files differ from it."""
    git = ["git", "-C", str(Path(__file__).parent)]
    run: Callable[..., str] = lambda *words: subprocess.check_output([*git, *words], text=True).strip()  # noqa: E731
    return run("rev-parse", "--short", "HEAD") + ("+" if run("status", "--porcelain", "-uno") else "")
