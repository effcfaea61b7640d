"""PostgreSQL of its own, statistics with tables of its own, and a watch."""

import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from deploy.local.postgres import Postgres
from services.platform.database import Database
from services.platform.service import Service
from services.statistics import app
from services.statistics.handlers import Statistics
from services.statistics.settings import StatisticsSettings
from tests.benchmarks.speed.machine import processor_seconds
from tests.folders import open_folder
from tests.integration.platform_fixtures import Space, drop
from tests.integration.reading import opened, set_clock


class Used(NamedTuple):
    """Seconds: of the clock, of the processor by PostgreSQL, of the processor by this process."""

    clock: float
    postgres: float
    own: float


@dataclass
class Watch:
    """Says what work uses."""

    postgres: Postgres

    async def look(self, work: Awaitable[object]) -> Used:
        started, before, own = time.perf_counter(), self._used(), time.process_time()
        await work
        return Used(time.perf_counter() - started, self._used() - before, time.process_time() - own)

    def _used(self) -> float:
        return processor_seconds(self.postgres.server.pid or 0)


@asynccontextmanager
async def server() -> AsyncIterator[Postgres]:
    """One, with the settings of every day."""
    with open_folder() as home:
        async with Postgres(home / "postgres") as postgres:
            yield postgres


@asynccontextmanager
async def office_at(postgres: Postgres, now: datetime) -> AsyncIterator[Service]:
    """Statistics with tables of its own, on a domain date; nothing reads or sends."""
    space = Space("bench_", postgres.dsn)
    dsn = (await space.provision("statistics"))["statistics"]
    service = app.create(StatisticsSettings(postgres_dsn=dsn, namespace=space.namespace))
    admin = Database(postgres.dsn, "platform", namespace=space.namespace)
    await admin.open()
    await set_clock(admin, now)
    await admin.close()
    async with opened(service):
        statistics: Statistics = service.app.state.statistics
        await statistics.reevaluate(service.db)
        await statistics.sweep(service.db, service.clock)
        yield service
    await drop(space)


async def work_out(office: Service) -> None:
    """Everything that has come."""
    statistics: Statistics = office.app.state.statistics
    while await statistics.flush(office.db):
        pass
