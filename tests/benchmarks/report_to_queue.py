"""From "report accepted" to "visible in the police queue": `python -m tests.benchmarks.report_to_queue`.

The whole system runs, as `liandong up` starts it. Reports are sent at 50 a second, evenly, whether or not answers come
back; the clock starts when the answer 201 arrives and stops when the station's item is in the worklist. Memory is read
at the end, from each process.
"""

import asyncio
import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
from rich.console import Console, Group
from rich.table import Table

from contracts.codes import UnitKind
from deploy.supervisor import System, running_system
from deploy.units import body_at
from tests.folders import open_folder
from tests.integration.reporting_fixtures import report

RATE, SECONDS = 50, 20
LOOK_EVERY = 0.01

VISIBLE = """SELECT c.cause_id FROM casework.cause c
JOIN worklist.queue_item q ON q.case_id = c.case_id AND q.item = 'state' WHERE c.cause_id = ANY($1)"""


async def measure() -> Group:
    with open_folder() as home:
        async with running_system(home) as system:
            await _send_at_rate(system, seconds=3)
            answered, waits = await _send_at_rate(system, seconds=SECONDS)
            memory = _memory(system)
    table = Table("", "p50, ms", "p99, ms", "n", title=f"{RATE} reports/s")
    table.add_row("answer of intake", *_figures(answered))
    table.add_row("accepted to visible in the queue", *_figures(waits))
    return Group(table, memory)


async def _send_at_rate(system: System, seconds: int) -> tuple[list[float], list[float]]:
    """Seconds each answer took, and seconds from each answer to the queue."""
    accepted: dict[UUID, float] = {}
    hospital = system.tokens[body_at(UnitKind.HOSPITAL, "330382")]
    headers = {"authorization": f"Bearer {hospital}"}
    async with httpx.AsyncClient(base_url=system.urls["intake"], headers=headers, trust_env=False) as client:
        count = RATE * seconds
        looking = asyncio.create_task(_look(system.admin_dsn, accepted, count))
        begin = time.perf_counter()
        sending = []
        for number in range(count):
            await asyncio.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
            sending.append(asyncio.create_task(_send(client, accepted)))
        answered = await asyncio.gather(*sending)
        return answered, await looking


async def _send(client: httpx.AsyncClient, accepted: dict[UUID, float]) -> float:
    now = datetime.now(UTC)
    times = {"learned_at": (now - timedelta(hours=1)).isoformat(), "submitted_at": now.isoformat()}
    body = json.dumps(report(**times, persons={}), ensure_ascii=False).encode()
    started = time.perf_counter()
    answer = await client.post("/reports", content=body, headers={"idempotency-key": str(uuid4())})
    ended = time.perf_counter()
    assert answer.status_code == 201, answer.text
    accepted[UUID(answer.json()["report_id"])] = ended
    return ended - started


async def _look(dsn: str, accepted: dict[UUID, float], count: int) -> list[float]:
    waits: dict[str, float] = {}
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(120):
            while len(waits) < count:
                waiting = [str(key) for key in accepted if str(key) not in waits]
                for row in await connection.fetch(VISIBLE, waiting):
                    waits[row["cause_id"]] = time.perf_counter() - accepted[UUID(row["cause_id"])]
                await asyncio.sleep(LOOK_EVERY)
    finally:
        await connection.close()
    return list(waits.values())


def _figures(seconds: list[float]) -> tuple[str, str, str]:
    quantile = statistics.quantiles(seconds, n=100)
    return f"{1000 * statistics.median(seconds):.1f}", f"{1000 * quantile[98]:.1f}", str(len(seconds))


def _memory(system: System) -> Table:
    table = Table("service", "RSS, MB")
    for name, service in system.services.items():
        status = Path(f"/proc/{service.pid}/status").read_text()
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        table.add_row(name, f"{int(kilobytes) / 1024:.0f}")
    return table


if __name__ == "__main__":
    Console().print(asyncio.run(measure()))
