"""(c) The obvious way, at its best of three shapes."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

from contracts.topics import CASE_EVENTS, INTAKE_EVENTS
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.rig import SERVICES, Lane, Run, until


class Shape(NamedTuple):
    processes: int
    workers: int


SHAPES: Final[Mapping[str, Shape]] = {
    "one worker": Shape(1, 1),
    "eight workers that keep the order of a partition": Shape(1, 8),
    "two processes": Shape(2, 1),
}
PARTITIONS: Final = 8
"""So that eight workers have eight partitions."""


async def run_obvious(lane: Lane, shape: Shape, messages: Sequence[Message], warm_up: int, facts: int) -> Run:
    """`facts` is how many the messages lead to."""

    async def is_through(reports: int, all_facts: int) -> bool:
        if await lane.committed("casework", INTAKE_EVENTS.name) < reports:
            return False
        read = [await lane.committed(reader, CASE_EVENTS.name) for reader in ("worklist", "statistics")]
        return min(read) >= all_facts

    async def is_warm() -> bool:
        return await is_through(warm_up, await lane.end(CASE_EVENTS.name))

    module = "tests.benchmarks.speed.obvious_worker"
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(
                lane.process(
                    f"{service} {number}",
                    [sys.executable, "-m", module, service, str(shape.workers)],
                    lane.environment(service),
                )
            )
            for service in SERVICES
            for number in range(shape.processes)
        ]
        await lane.send(INTAKE_EVENTS.name, messages[:warm_up])
        await until(is_warm, workers)
        rest = messages[warm_up:]
        return await lane.race(workers, INTAKE_EVENTS.name, rest, lambda: is_through(len(messages), facts))
