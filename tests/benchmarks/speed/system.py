"""(b): this system with everything on, on a real broker."""

from collections.abc import Sequence

from contracts.topics import CASE_EVENTS, INTAKE_EVENTS
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.rig import SERVICES, Lane, Run, Worker, until

FENCES = "SELECT sum(next_offset) FROM fence WHERE topic = '{}'"


async def is_through(lane: Lane, reports: int) -> bool:
    """Whether so many reports have become facts, every fact has been sent, and both readers have taken them all in."""
    if await lane.fetchval("casework", FENCES.format(INTAKE_EVENTS.name)) < reports:
        return False
    if await lane.fetchval("casework", "SELECT count(*) FROM (SELECT FROM outbox LIMIT 1) AS one"):
        return False
    return await are_read(lane, "worklist", "statistics")


async def are_read(lane: Lane, *readers: str) -> bool:
    facts = await lane.end(CASE_EVENTS.name)
    read = [await lane.fetchval(reader, FENCES.format(CASE_EVENTS.name)) for reader in readers]
    return min(read) >= facts and not await _is_counting(lane, readers)


async def _is_counting(lane: Lane, readers: Sequence[str]) -> bool:
    """Statistics works out from what it has read which cases count."""
    return "statistics" in readers and await lane.fetchval("statistics", "SELECT count(*) FROM dirty") > 0


async def run_system(lane: Lane, messages: Sequence[Message], warm_up: int) -> tuple[Run, dict[str, float]]:
    """The run, and by service how long it took to start."""
    async with lane.services(*SERVICES) as workers:
        await give(lane, workers, messages[:warm_up])
        reports = await lane.end(INTAKE_EVENTS.name) + len(messages) - warm_up
        run = await lane.race(workers, INTAKE_EVENTS.name, messages[warm_up:], lambda: is_through(lane, reports))
        return run, {worker.name: worker.seconds for worker in workers}


async def give(lane: Lane, workers: Sequence[Worker], messages: Sequence[Message]) -> None:
    """Send reports and wait until they are through; nothing is measured."""
    await lane.send(INTAKE_EVENTS.name, messages)
    reports = await lane.end(INTAKE_EVENTS.name)
    await until(lambda: is_through(lane, reports), workers)
