"""How long from a report on `intake.events` to its visible row in a queue, at a steady rate."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]

from contracts.topics import INTAKE_EVENTS
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.rig import SERVICES, Lane, until
from tests.benchmarks.speed.system import give, is_through

VISIBLE: Final = """SELECT c.cause_id, extract(epoch FROM pg_xact_commit_timestamp(q.xmin))::float8 AS at
FROM cause AS c JOIN case_state AS s ON s.case_id = c.case_id AND s.version = 1
JOIN "{}worklist".queue_item AS q ON q.case_id = c.case_id AND q.item = 'state' WHERE c.cause_id = ANY($1)"""
"""When the row was committed, of the cases that have moved once: a second fact writes the row again."""


LINGER_MS: Final = 5
"""Intake's relay hands over many reports at once, too; the time until the acknowledgement is not counted."""


async def run_latency(lane: Lane, messages: Sequence[Message], rate: float, warm_up: int) -> tuple[float, float]:
    """p50 and p99 in milliseconds, from the broker's acknowledgement of a report to the commit of its queue row."""
    async with lane.services(*SERVICES) as workers:
        await give(lane, workers, messages[:warm_up])
        reports = await lane.end(INTAKE_EVENTS.name) + len(messages) - warm_up
        acknowledged = await send_at(lane, messages[warm_up:], rate)
        await until(lambda: is_through(lane, reports), workers)
    connection = await lane.look_at("casework")
    rows = await connection.fetch(VISIBLE.format(lane.namespace), list(acknowledged))
    waits = [1000 * (row["at"] - acknowledged[row["cause_id"]]) for row in rows]
    return round(statistics.median(waits), 1), round(statistics.quantiles(waits, n=100)[98], 1)


async def send_at(lane: Lane, messages: Sequence[Message], rate: float) -> dict[str, float]:
    """Evenly, whatever comes back; the answer is when each was acknowledged (seconds, wall clock)."""
    acknowledged: dict[str, float] = {}
    producer = AIOKafkaProducer(bootstrap_servers=lane.bootstrap, enable_idempotence=True, linger_ms=LINGER_MS)
    await producer.start()
    try:
        begin, sending = time.perf_counter(), []
        for number, message in enumerate(messages):
            await asyncio.sleep(max(0.0, begin + number / rate - time.perf_counter()))
            sent = await producer.send(
                lane.namespace + INTAKE_EVENTS.name, message.value, key=message.key, headers=message.headers
            )
            sent.add_done_callback(lambda _, key=message.id: acknowledged.update({key: time.time()}))
            sending.append(sent)
        await asyncio.gather(*sending)
    finally:
        await producer.stop()
    return acknowledged
