"""When a value is there after its fact: the service as a process of its own, on a real broker, 500 facts a second."""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import httpx
from rich.table import Table

from contracts.cases import Fact
from contracts.topics import TOPICS
from deploy.local.infrastructure import Infrastructure, infrastructure
from deploy.local.process import free_port
from services.platform.auth import issue_token
from services.platform.database import Database
from services.platform.kafka import create_topics
from tests.case_logs import CaseLog, as_records
from tests.folders import open_folder
from tests.integration.platform_fixtures import Space, eventually, producing
from tests.integration.reading import set_clock

RATE, SECONDS, WARM_UP = 500, 20, 3

COMMITTED: Final = """\
SELECT case_id, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS at FROM {schema}.member
WHERE indicator = 'dv-grid-screening' AND part = 'share'"""
"""Every case of domestic violence is a member of it from its first fact on, and stays as it is."""


async def measure() -> Table:
    facts = _facts(RATE * (SECONDS + WARM_UP))
    table = Table("", "p50, ms", "p99, ms", "most, ms", "n", title=f"{RATE} facts/s for {SECONDS} s")
    with open_folder() as home:
        async with (
            infrastructure(home, postgres_settings={"track_commit_timestamp": "on"}) as servers,
            _running(servers, facts[-1].decided_at) as office,
        ):
            await office.send(facts[: RATE * WARM_UP])
            asking = asyncio.create_task(office.ask())
            accepted = await office.send(facts[RATE * WARM_UP :])
            asking.cancel()
            table.add_row("accepted to committed as a member", *_figures(await office.waits(accepted)))
            table.add_row("GET /indicators, once a second", *_figures(office.answers))
    return table


def _facts(count: int) -> list[Fact]:
    """Of cases with three facts each, one case every moment."""
    log = CaseLog()
    while len(log.facts) < count:
        log.assessed()
        log.wait(minutes=1)
    return log.facts[:count]


def _figures(seconds: Sequence[float]) -> tuple[str, ...]:
    quantile = statistics.quantiles(seconds, n=100)[98]
    return *(f"{1000 * value:.0f}" for value in (statistics.median(seconds), quantile, max(seconds))), str(len(seconds))


@dataclass
class Office:
    """The service as its neighbours see it."""

    space: Space
    bootstrap: str
    http: httpx.AsyncClient
    admin: Database
    answers: list[float] = field(default_factory=list)

    async def send(self, facts: Sequence[Fact]) -> dict[UUID, float]:
        """Evenly; when the broker had accepted the first fact of each case."""
        accepted: dict[UUID, float] = {}
        async with producing(self.bootstrap, linger_ms=5) as producer:
            begin, acknowledged = time.perf_counter(), []
            for number, (fact, record) in enumerate(zip(facts, as_records(facts), strict=True)):
                await asyncio.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
                sent = await producer.send(
                    self.space.namespace + record.topic, record.value, record.key, headers=list(record.headers)
                )
                acknowledged.append(asyncio.create_task(_note(sent, fact, accepted)))
            await asyncio.gather(*acknowledged)
        return accepted

    async def ask(self) -> None:
        while True:
            started = time.perf_counter()
            answer = await self.http.get("/indicators", params={"year": 2026, "region": "330300"})
            assert answer.status_code == 200, answer.text
            self.answers.append(time.perf_counter() - started)
            await asyncio.sleep(1)

    async def waits(self, accepted: Mapping[UUID, float]) -> list[float]:
        """Seconds from the acknowledgement to the commit of the member, once all are there."""
        members: dict[UUID, float] = {}

        async def all_there() -> bool:
            async with self.admin.connection() as conn:
                found = await conn.fetch(COMMITTED.format(schema=self.space.namespace + "statistics"))
            members.update((row["case_id"], row["at"]) for row in found)
            return members.keys() >= accepted.keys()

        await eventually(all_there, seconds=120)
        return [members[case_id] - at for case_id, at in accepted.items()]


async def _note(sent: Awaitable[object], fact: Fact, accepted: dict[UUID, float]) -> None:
    await sent
    if fact.version == 1:
        accepted[fact.case_id] = time.time()


@asynccontextmanager
async def _running(servers: Infrastructure, now: datetime) -> AsyncIterator[Office]:
    """Statistics as a process of its own, ready."""
    space = Space("bench_", servers.postgres_dsn)
    dsn = (await space.provision("statistics"))["statistics"]
    await create_topics(servers.kafka_bootstrap, space.namespace, topics=TOPICS)
    admin = Database(servers.postgres_dsn, "platform", namespace=space.namespace)
    await admin.open()
    await set_clock(admin, now)
    async with admin.transaction() as conn:
        token = await issue_token(conn, "statistics@330300", ("read_statistics",))
    port = free_port()
    told = {
        "LIANDONG_POSTGRES_DSN": dsn,
        "LIANDONG_KAFKA_BOOTSTRAP": servers.kafka_bootstrap,
        "LIANDONG_NAMESPACE": space.namespace,
        "LIANDONG_HTTP_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.statistics"), env=os.environ | told, stdout=asyncio.subprocess.DEVNULL
    )
    headers = {"authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=30
        ) as http:
            await eventually(lambda: _is_ready(http), seconds=60)
            yield Office(space, servers.kafka_bootstrap, http, admin)
    finally:
        process.terminate()
        await process.wait()
        await admin.close()


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/health/ready")).status_code == 200
    except httpx.TransportError:
        return False
