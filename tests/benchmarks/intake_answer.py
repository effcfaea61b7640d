"""How long a reporter waits for the answer of intake: `python -m tests.benchmarks.intake_answer`.

Real PostgreSQL (fsync on), real Kafka, intake and vault as processes of their own, all on this machine. Answered means
201: the report is committed. A warm-up of 50 requests precedes each round; times are those of the client. Beside them
is the processor time of intake for each answer, with all that it does afterwards: others may use the machine too.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
from rich.console import Console
from rich.table import Table

from deploy.local.infrastructure import Infrastructure, infrastructure
from deploy.local.process import free_port
from tests.folders import open_folder
from tests.integration.platform_fixtures import Space, eventually
from tests.integration.reporting_fixtures import HOTLINE, City, new_city, report, send

REQUESTS = 500


async def measure() -> Table:
    table = Table("round", "p50, ms", "p99, ms", "answers/s", "processor, ms")
    with open_folder() as home:
        async with infrastructure(home) as servers:
            city = await _new_city(servers, home)
            async with _process(city, "intake") as intake:
                table.add_row("vault down, 1 client", *await _round(city, intake, clients=1))
            async with _process(city, "intake") as intake, _process(city, "vault"):
                await eventually(lambda: _is_quiet(city), seconds=120)
                table.add_row("all up, 1 client", *await _round(city, intake, clients=1))
                table.add_row("all up, 8 clients", *await _round(city, intake, clients=8))
                started = time.perf_counter()
                await eventually(lambda: _is_quiet(city), seconds=120)
                table.caption = f"All handed over and published {time.perf_counter() - started:.1f} s after the last."
    return table


async def _new_city(servers: Infrastructure, home: Path) -> City:
    return await new_city(Space("bench_", servers.postgres_dsn), servers.kafka_bootstrap, home)


@asynccontextmanager
async def _process(city: City, service: str) -> AsyncIterator[tuple[str, int]]:
    """Its address and its process id."""
    port = city.vault_port if service == "vault" else free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{service}"),
        env={
            **os.environ,
            **city.environment,
            "LIANDONG_POSTGRES_DSN": city.dsns[service],
            "LIANDONG_VAULT_PRIVATE_KEY_FILE": str(city.folder / "vault.key"),
            "LIANDONG_HTTP_PORT": str(port),
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await eventually(lambda: _answers(url))
        yield url, process.pid
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str) -> bool:
    try:
        return (await asyncio.to_thread(httpx.get, f"{url}/health/ready", trust_env=False)).status_code == 200
    except httpx.TransportError:
        return False


async def _is_quiet(city: City) -> bool:
    return not await city.fetch("intake", "SELECT 1 FROM sealed UNION ALL SELECT 1 FROM outbox LIMIT 1")


async def _round(city: City, intake: tuple[str, int], *, clients: int) -> tuple[str, ...]:
    url, pid = intake
    async with city.client(httpx.AsyncHTTPTransport(), HOTLINE, url) as client:
        await _send_many(client, 50)
        started, used = time.perf_counter(), _processor_seconds(pid)
        parts = await asyncio.gather(*(_send_many(client, REQUESTS // clients) for _ in range(clients)))
        seconds, used = time.perf_counter() - started, _processor_seconds(pid) - used
    times = [1000 * each for part in parts for each in part]
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    return f"{p50:.1f}", f"{p99:.1f}", f"{len(times) / seconds:.0f}", f"{1000 * used / len(times):.1f}"


def _processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _send_many(client: httpx.AsyncClient, count: int) -> list[float]:
    times = []
    body = json.dumps(report(), ensure_ascii=False).encode()
    for _ in range(count):
        started = time.perf_counter()
        answer = await send(client, body, key=str(uuid4()))
        times.append(time.perf_counter() - started)
        assert answer.status_code == 201, answer.text
    return times


if __name__ == "__main__":
    Console(width=100).print(asyncio.run(measure()))
