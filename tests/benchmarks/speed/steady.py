"""A steady rate for half an hour: whether anything grows that should not."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from contracts.topics import INTAKE_EVENTS
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.latency import send_at
from tests.benchmarks.speed.machine import memory_mb
from tests.benchmarks.speed.rig import SERVICES, Lane, Worker, until
from tests.benchmarks.speed.system import give, is_through

EVERY_SECONDS: Final = 10

WAITING: Final = "SELECT count(*) FROM outbox"

DEAD: Final = """SELECT coalesce(sum(n_dead_tup) / nullif(sum(n_live_tup), 0), 0)::float8 FROM pg_stat_user_tables
WHERE schemaname = ANY($1)"""


class Sample(NamedTuple):
    """Of the three services together: memory (PSS), events waiting in casework's outbox, dead rows to a living one."""

    memory_mb: float
    waiting: int
    dead: float


async def run_steady(lane: Lane, messages: Sequence[Message], rate: float, warm_up: int) -> dict[str, list[float]]:
    """The most of everything in the first, second and last third of the time."""
    samples: list[Sample] = []
    async with lane.services(*SERVICES) as workers:
        await give(lane, workers, messages[:warm_up])
        reports = await lane.end(INTAKE_EVENTS.name) + len(messages) - warm_up
        sending = asyncio.create_task(send_at(lane, messages[warm_up:], rate))
        while not sending.done():
            await asyncio.wait([sending], timeout=EVERY_SECONDS)
            samples.append(await _look(lane, workers))
        await sending
        await until(lambda: is_through(lane, reports), workers, seconds=30)
    thirds = [samples[len(samples) * part // 3 : len(samples) * (part + 1) // 3] for part in range(3)]
    return {
        name: [round(max(float(getattr(sample, name)) for sample in third), 3) for third in thirds]
        for name in Sample._fields
    }


async def _look(lane: Lane, workers: Sequence[Worker]) -> Sample:
    schemas = [lane.namespace + service for service in SERVICES]
    memory = sum(memory_mb(worker.process.pid) for worker in workers)
    waiting = await lane.fetchval("casework", WAITING)
    return Sample(memory, waiting, await lane.connection.fetchval(DEAD, schemas))
