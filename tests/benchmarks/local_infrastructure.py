"""How long the local servers take and how much memory, as a table: `python -m tests.benchmarks.local_infrastructure`.

Every figure is the median of three runs, each in a fresh data folder. Ready means that a metadata request or a query
was answered. Memory is what all processes of a server hold after the start, shared pages counted once (PSS). With an
empty cache the first start downloads, and starts before the first stop lack the class archive: run it twice for the
figures of daily life. `--download` measures a cold download of the jars instead.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from deploy.local.java import find_bundled_java, find_version, get_java
from deploy.local.kafka import Kafka
from deploy.local.kafka_jars import cached_folder, get_jars
from deploy.local.postgres import Postgres
from tests.folders import open_folder

RUNS = 3
COLUMNS = ("server", "first start, s", "restart after kill -9, s", "restart after stop, s", "memory, MB")


def main(download: bool = False) -> None:
    """Measure and print the table."""
    console = Console(width=120)
    if download:
        console.print(asyncio.run(measure_download()))
        return
    table = Table(*COLUMNS)
    for name, row in asyncio.run(measure_all()):
        table.add_row(name, *(f"{value:.2f}" for value in row[:3]), f"{row[3]:.0f}")
    console.print(table)


async def measure_all() -> list[tuple[str, list[float]]]:
    """One row per server: its name and the medians in the order of the columns."""
    rows = [("PostgreSQL 18", await medians(postgres))]
    for java in (get_java(), find_bundled_java()):
        os.environ["LIANDONG_JAVA"] = str(java)
        for nodes in (1, 3):
            name = f"Kafka, {nodes} node(s), Java {find_version(get_java())}"
            rows.append((name, await medians(partial(kafka, nodes=nodes))))
    return rows


def postgres(home: Path) -> Postgres:
    return Postgres(home / "postgres")


def kafka(home: Path, *, nodes: int) -> Kafka:
    return Kafka(home / "kafka", nodes=nodes)


async def medians(make: Callable[[Path], Postgres | Kafka]) -> list[float]:
    """The medians of all runs of one server."""
    runs = [await measure(make) for _ in range(RUNS)]
    return [statistics.median(values) for values in zip(*runs, strict=True)]


async def measure(make: Callable[[Path], Postgres | Kafka]) -> tuple[float, float, float, float]:
    """Seconds of a first start, of a restart after kill -9 and of one after a stop; then memory in MB."""
    with open_folder() as home:
        launcher = make(home)
        try:
            first = await seconds(launcher.start)
            memory = memory_mb(home)
            await kill(launcher)
            after_kill = await seconds(launcher.start)
            await launcher.stop()
            return first, after_kill, await seconds(launcher.start), memory
        finally:
            await launcher.stop()


async def kill(launcher: Postgres | Kafka) -> None:
    """End all its servers as a crash of the machine would."""
    servers = launcher.servers if isinstance(launcher, Kafka) else [launcher.server]
    await asyncio.gather(*(server.kill() for server in servers))


async def seconds(act: Callable[[], Awaitable[object]]) -> float:
    """How long it took."""
    begin = time.perf_counter()
    await act()
    return time.perf_counter() - begin


def memory_mb(home: Path) -> float:
    """Memory of the processes that run in the folder and of their children."""
    return sum(_pss_mb(process) for process in _processes_in(home))


def _processes_in(home: Path) -> Iterator[Path]:
    heads = {path.name for path in Path("/proc").glob("[0-9]*") if str(home) in _read(path / "cmdline")}
    for path in Path("/proc").glob("[0-9]*"):
        parent = _read(path / "stat").rpartition(")")[2].split()[1:2]
        if path.name in heads or heads.intersection(parent):
            yield path


def _pss_mb(process: Path) -> float:
    lines = (line.split() for line in _read(process / "smaps_rollup").splitlines())
    return sum(int(line[1]) / 1024 for line in lines if line[0] == "Pss:")


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


async def measure_download() -> str:
    """Seconds and size of a download into an empty cache, with an empty Maven repository."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIANDONG_CACHE"] = folder
        os.environ["MAVEN_OPTS"] = f"-Dmaven.repo.local={folder}/repository"
        taken = await seconds(get_jars)
        size = sum(jar.stat().st_size for jar in cached_folder().iterdir())
        return f"cold download: {taken:.1f} s, {size / 1e6:.1f} MB of jars"


if __name__ == "__main__":
    typer.run(main)
