"""(d) and (e): engines that others wrote, given the same reports on the same PostgreSQL with the same durability."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from contracts.topics import INTAKE_EVENTS
from deploy.local.java import get_java
from deploy.local.paths import cache
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.rig import Lane, Run, Worker, until

CAMUNDA: Final = Path(__file__).parents[1] / "camunda"
CAMUNDA_SHAPES: Final[Mapping[str, int]] = {"one thread": 1, "eight threads": 8}
"""Threads; the reports of a partition stay in order."""

DBOS_SHAPES: Final[Mapping[str, tuple[int, int]]] = {"one process": (1, 8), "two processes": (2, 4)}
"""Processes, and threads of each."""


async def run_dbos(lane: Lane, file: Path, shape: tuple[int, int], messages: Sequence[Message], warm_up: int) -> Run:
    processes, threads = shape
    command = [sys.executable, "-m", "tests.benchmarks.speed.dbos_worker", str(threads)]
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(
                lane.process(
                    f"dbos {number}",
                    command,
                    lane.environment("casework") | {"BENCH_RECORDING": str(file), "LIANDONG_INSTANCE": str(number)},
                )
            )
            for number in range(processes)
        ]
        return await give_and_race(lane, workers, messages, warm_up)


async def run_camunda(lane: Lane, threads: int, messages: Sequence[Message], warm_up: int) -> Run:
    schema, address = f"{lane.namespace}camunda", urlsplit(lane.rig.postgres.dsn)
    await lane.connection.execute(f'CREATE SCHEMA "{schema}"')
    environment = lane.environment("casework") | {
        "BENCH_JDBC": f"jdbc:postgresql://{address.hostname}:{address.port}{address.path}?currentSchema={schema}",
        "BENCH_USER": address.username or "",
        "BENCH_PASSWORD": address.password or "",
    }
    command = [str(get_java()), "-Xmx512m", "-cp", build_camunda(), "bench.Main", str(threads)]
    async with lane.process("camunda", command, environment) as worker:
        run = await give_and_race(lane, [worker], messages, warm_up)
    cases = len({message.key for message in messages})
    instances = await lane.connection.fetchval(
        f'SELECT count(*) FROM "{schema}".act_ru_execution WHERE parent_id_ IS NULL'  # noqa: S608
    )
    assert instances == cases, f"{instances} instances for {cases} cases"
    return run


def build_camunda() -> str:
    """The class path; built once for each version of its sources."""
    sources = sorted(path for path in CAMUNDA.rglob("*") if path.is_file())
    version = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = cache() / f"camunda-{version}"
    if not (folder / "classes").exists():
        draft = folder.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        goals = ["compile", "dependency:copy-dependencies"]
        command = ["mvn", "-q", "-B", "-f", str(CAMUNDA / "pom.xml"), f"-Dbuild.folder={draft}", *goals]
        subprocess.run(command, check=True, env=os.environ)
        draft.rename(folder)
    return f"{folder / 'classes'}:{folder / 'dependency'}/*"


async def give_and_race(lane: Lane, workers: Sequence[Worker], messages: Sequence[Message], warm_up: int) -> Run:
    """The offsets that the workers commit say how far they are."""

    async def is_through(reports: int) -> bool:
        return await lane.committed("casework", INTAKE_EVENTS.name) >= reports

    await lane.send(INTAKE_EVENTS.name, messages[:warm_up])
    await until(lambda: is_through(warm_up), workers)
    return await lane.race(workers, INTAKE_EVENTS.name, messages[warm_up:], lambda: is_through(len(messages)))
