"""(d) and (e): engines that others wrote, given the same reports on the same PostgreSQL with the same durability."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from contracts.topics import INTAKE_EVENTS
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.rig import Lane, Run, Worker, until

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
                    lane.environment("casework")
                    | {"BENCH_RECORDING": str(file), "LIANDONG_INSTANCE": str(number)},
                )
            )
            for number in range(processes)
        ]
        return await give_and_race(lane, workers, messages, warm_up)


async def give_and_race(lane: Lane, workers: Sequence[Worker], messages: Sequence[Message], warm_up: int) -> Run:
    """The offsets that the workers commit say how far they are."""

    async def is_through(reports: int) -> bool:
        return await lane.committed("casework", INTAKE_EVENTS.name) >= reports

    await lane.send(INTAKE_EVENTS.name, messages[:warm_up])
    await until(lambda: is_through(warm_up), workers)
    return await lane.race(workers, INTAKE_EVENTS.name, messages[warm_up:], lambda: is_through(len(messages)))
