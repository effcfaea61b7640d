"""(a) The two ceilings: a blind COPY of the same rows into the same tables, and the raw pipeline of three stages."""

import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from contracts.topics import CASE_EVENTS, INTAKE_EVENTS
from services.platform.database import set_codecs
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.recording import Recording, copy
from tests.benchmarks.speed.rig import SERVICES, Lane, Run, until

BATCH = 500


async def run_copy(lane: Lane, recorded: Recording, messages: Sequence[Message]) -> Run:
    """One connection, 500 reports to a transaction, all tables of the three services with all their indexes."""
    await set_codecs(lane.connection)
    before, started = lane.rig.processor(), time.perf_counter()
    cpu = time.process_time()
    for begin in range(0, len(messages), BATCH):
        ids = [message.id for message in messages[begin : begin + BATCH]]
        first_facts = [fact.id for key in ids for fact in recorded.facts.get(key, ()) if fact.id.endswith("/1")]
        async with lane.connection.transaction():
            for service in SERVICES:
                wanted = ids if service == "casework" else first_facts
                await copy(lane.connection, recorded.tables[service], wanted, lane.namespace + service)
    seconds = time.perf_counter() - started
    used = {name: value - before[name] for name, value in lane.rig.processor().items()}
    return Run(len(messages), seconds, used | {"client": time.process_time() - cpu}, {})


async def run_raw(lane: Lane, file: Path, messages: Sequence[Message], warm_up: int, facts: int) -> Run:
    async def is_through(reports: int, all_facts: int) -> bool:
        if await lane.committed("casework", INTAKE_EVENTS.name) < reports:
            return False
        read = [await lane.committed(reader, CASE_EVENTS.name) for reader in ("worklist", "statistics")]
        return min(read) >= all_facts

    async def is_warm() -> bool:
        return await is_through(warm_up, await lane.end(CASE_EVENTS.name))

    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(
                lane.process(
                    service,
                    [sys.executable, "-m", "tests.benchmarks.speed.raw", service],
                    lane.environment(service) | {"BENCH_RECORDING": str(file)},
                )
            )
            for service in SERVICES
        ]
        await lane.send(INTAKE_EVENTS.name, messages[:warm_up])
        await until(is_warm, workers)
        rest = messages[warm_up:]
        return await lane.race(workers, INTAKE_EVENTS.name, rest, lambda: is_through(len(messages), facts))
