"""From `kill -9` of casework to its first new commit: `python -m tests.benchmarks.kill_to_commit`.

The whole system runs, as `liandong up` starts it. Reports come in evenly all the while. The clock starts with the
signal and stops with the first transaction that gives a record its effect, seen with 20 ms of delay at most; the
processor time is that of the new process.
"""

import asyncio
import json
import os
import signal
import statistics
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
import psutil  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table

from contracts.codes import UnitKind
from deploy.supervisor import SETTLED_SECONDS, System, running_system
from deploy.units import body_at
from tests.folders import open_folder
from tests.integration.platform_fixtures import eventually
from tests.integration.reporting_fixtures import report

RATE, KILLS = 5, 5
PATIENCE_SECONDS = 120
CONSUMED = "SELECT coalesce(sum(next_offset), 0) FROM casework.fence"


async def measure() -> Table:
    table = Table("", "kill -9 to first commit, s: median (all)", "processor time until then, s", title="casework")
    for standby in (False, True):
        with open_folder() as home:
            async with running_system(home, standby=standby) as system:
                sending = asyncio.create_task(_send_for_ever(system))
                found = [await _kill(system) for _ in range(KILLS)]
                sending.cancel()
        waits, times = [wait for wait, _ in found], [time for _, time in found]
        listed = ", ".join(f"{wait:.2f}" for wait in waits)
        name = "with a process that stands by" if standby else "started anew"
        table.add_row(name, f"{statistics.median(waits):.2f} ({listed})", f"{statistics.median(times):.2f}")
    return table


async def _kill(system: System) -> tuple[float, float]:
    """Seconds until the next commit, and the processor time of the process that made it."""
    service, connection = system.services["casework"], await asyncpg.connect(system.admin_dsn)
    try:
        await _settle(connection)
        old = service.pid
        assert old is not None
        spare = service.spare_pid
        if spare:
            await _until_idle(spare)
        spent = _spent(spare) if spare else 0.0
        os.kill(old, signal.SIGKILL)
        began, before = time.perf_counter(), await connection.fetchval(CONSUMED)
        await eventually(lambda: _has_moved(connection, before), seconds=PATIENCE_SECONDS)
        ended = time.perf_counter()
        assert service.pid is not None
        return ended - began, _spent(service.pid) - spent
    finally:
        await connection.close()


async def _until_idle(pid: int) -> None:
    """Until it has loaded everything."""
    before = -1.0
    while (now := _spent(pid)) > before:
        before = now
        await asyncio.sleep(2)


def _spent(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def _settle(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Long enough after the last start for everything to be read, and for another process to stand by."""
    await asyncio.sleep(3 * SETTLED_SECONDS)
    before = await connection.fetchval(CONSUMED)
    await eventually(lambda: _has_moved(connection, before), seconds=PATIENCE_SECONDS)


async def _has_moved(connection: "asyncpg.Connection[asyncpg.Record]", before: int) -> bool:
    return bool(await connection.fetchval(CONSUMED) > before)


async def _send_for_ever(system: System) -> None:
    headers = {"authorization": f"Bearer {system.tokens[body_at(UnitKind.HOSPITAL, '330382')]}"}
    async with httpx.AsyncClient(base_url=system.urls["intake"], headers=headers, trust_env=False) as client:
        while True:
            now = datetime.now(UTC)
            times = {"learned_at": (now - timedelta(hours=1)).isoformat(), "submitted_at": now.isoformat()}
            body = json.dumps(report(**times, persons={}), ensure_ascii=False).encode()
            await client.post("/reports", content=body, headers={"idempotency-key": str(uuid4())})
            await asyncio.sleep(1 / RATE)


if __name__ == "__main__":
    Console().print(asyncio.run(measure()))
