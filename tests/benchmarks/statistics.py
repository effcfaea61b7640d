"""What the statistics of a large city cost: `python -m tests.benchmarks.statistics [year|rebuild|visible]`.

*year*: a city's year of a million cases is worked out, proposed, signed off and exported in every format; beside it
plain SQL over the same rows. *rebuild*: facts of the engine, given to the handler without Kafka and worked out, beside
COPY of the same rows. *visible*: a running service on a real broker at 500 facts a second, from the acknowledgement of
the broker to the member in its table. PostgreSQL with `fsync` on; goals are in docs/benchmarks.md.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, get_args

import typer
from rich.console import Console
from rich.table import Table

from contracts.base import SHANGHAI
from deploy.local.postgres import Postgres
from services.platform.database import Database
from services.platform.service import Service
from services.statistics import app, store
from services.statistics.disclosure.model import Release
from services.statistics.handlers import Statistics
from services.statistics.releases import reading
from services.statistics.releases.checking import check_apart
from services.statistics.releases.edition import Person
from services.statistics.releases.files import Format
from services.statistics.releases.grid import Scope
from services.statistics.releases.publish import Publisher
from services.statistics.settings import StatisticsSettings
from tests.benchmarks.city_year import CITY, fill
from tests.benchmarks.speed.machine import describe_machine, processor_seconds
from tests.folders import open_folder
from tests.integration.platform_fixtures import Space, drop
from tests.integration.reading import opened, set_clock

GROUPED: Final = "SELECT workflow, name, left(region, 6), count(*) FROM step GROUP BY 1, 2, 3"
"""About the least that counting can cost: one look at every step."""

COPIED: Final = "CREATE TABLE blind (LIKE member INCLUDING INDEXES); INSERT INTO blind SELECT * FROM member"
"""The same members into a table with the same indexes, by somebody who knows them already."""


@dataclass
class Watch:
    """Lines of a table: what was done, how long it took, what the database's processes used for it."""

    postgres: Postgres
    title: str

    def __post_init__(self) -> None:
        self.table = Table("what", "seconds", "processor of PostgreSQL", "of this process", title=self.title)

    async def time(self, what: str, work: Awaitable[object]) -> float:
        started, before, own = time.perf_counter(), self._used(), time.process_time()
        await work
        seconds = time.perf_counter() - started
        used = (seconds, self._used() - before, time.process_time() - own)
        self.table.add_row(what, *(f"{value:.1f}" for value in used))
        print(what, *(f'{v:.1f}' for v in used), flush=True)  # DEBUG
        return seconds

    def _used(self) -> float:
        return processor_seconds(self.postgres.server.pid or 0)


@asynccontextmanager
async def _servers() -> AsyncIterator[Postgres]:
    with open_folder() as home:
        async with Postgres(home / "postgres") as postgres:
            yield postgres


@asynccontextmanager
async def _office(postgres: Postgres, now: datetime) -> AsyncIterator[Service]:
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


# -- a city's year -------------------------------------------------------------------------------------------------


async def measure_year(cases: int) -> Table:
    """Three years later, when every window has run out and children have come of age."""
    async with _servers() as postgres, _office(postgres, datetime(2029, 2, 1, 9, tzinfo=SHANGHAI)) as office:
        watch = Watch(postgres, f"A year of {cases:,} cases")
        await watch.time("put there by SQL", _fill(office.db, cases))
        await watch.time("counted by one GROUP BY over the steps", _execute(office.db, GROUPED))
        await watch.time("all members worked out", _work_out(office))
        await watch.time("copied blindly", _execute(office.db, COPIED))
        await _release(watch, office)
        watch.table.caption = await _sizes(office.db)
        return watch.table


async def _fill(db: Database, cases: int) -> None:
    async with db.transaction() as conn:
        await fill(conn, cases)
        await store.mark_all_dirty(conn)


async def _work_out(office: Service) -> None:
    statistics: Statistics = office.app.state.statistics
    while await statistics.flush(office.db):
        pass


async def _execute(db: Database, statement: str) -> None:
    async with db.connection() as conn:
        await conn.execute(statement, timeout=600)


async def _release(watch: Watch, office: Service) -> None:
    """Proposed, checked, signed off, exported. What the check takes is in what the proposal takes."""
    scope = Scope(CITY, "2026")

    async def check(history: Sequence[Release], grid: Release, _seconds: float) -> Release:
        checks = [asyncio.create_task(check_apart(history, grid, 600))]
        await watch.time(f"  of it the check of {len(grid.cells):,} counts", checks[0])
        return checks[0].result()

    publisher = Publisher(office.db, office.clock, office.app.state.releases.sources, check)
    await watch.time("proposed", publisher.propose(scope, Person("statistics@330300", "tj-01")))
    await watch.time("signed off", publisher.sign_off(scope, Person("womens-children-committee@330300", "fe-07")))
    for format_ in get_args(Format):
        await watch.time(f"exported as {format_}", _export(office, scope, format_))


async def _export(office: Service, scope: Scope, format_: Format) -> None:
    async with office.db.connection() as conn:
        assert await reading.export(conn, scope, format_, (await office.clock.now(conn)).date())


async def _sizes(db: Database) -> str:
    async with db.connection() as conn:
        counts = [f"{await conn.fetchval(f'SELECT count(*) FROM {name}'):,} {name}" for name in ("step", "member", "cell")]
        return ", ".join(counts)


def main(what: Annotated[str, typer.Argument()] = "year", cases: int = 1_000_000) -> None:
    console = Console(width=120)
    console.print(describe_machine())
    measures: dict[str, Callable[[], Awaitable[Table]]] = {"year": lambda: measure_year(cases)}
    console.print(asyncio.run(measures[what]()))


if __name__ == "__main__":
    typer.run(main)
