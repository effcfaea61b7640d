"""A city's year of a million cases: worked out, proposed, checked, signed off, exported; beside it plain SQL."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Final, get_args

from rich.table import Table

from contracts.base import SHANGHAI
from services.platform.database import Database
from services.platform.service import Service
from services.statistics import store
from services.statistics.disclosure.model import Release
from services.statistics.releases import reading
from services.statistics.releases.checking import check_apart
from services.statistics.releases.edition import Person
from services.statistics.releases.files import Format
from services.statistics.releases.grid import Scope
from services.statistics.releases.publish import Publisher
from tests.benchmarks.statistics.city import CITY, fill
from tests.benchmarks.statistics.rig import Watch, office_at, server, work_out

GROUPED: Final = "SELECT workflow, name, left(region, 6), count(*) FROM step GROUP BY 1, 2, 3"
"""About the least that counting can cost: one look at every step."""

COPIED: Final = """\
CREATE TABLE blind (LIKE member INCLUDING INDEXES); INSERT INTO blind SELECT * FROM member; DROP TABLE blind"""
"""The same members into a table with the same indexes, by somebody who knows them already."""


async def measure(cases: int) -> Table:
    """Three years later, when every window has run out."""
    async with server() as postgres, office_at(postgres, datetime(2029, 2, 1, 9, tzinfo=SHANGHAI)) as office:
        lines = Lines(Watch(postgres), f"A year of {cases:,} cases")
        await lines.add("put there by SQL", _fill(office.db, cases))
        await lines.add("counted by one GROUP BY over the steps", _execute(office.db, GROUPED))
        await lines.add("all members worked out", work_out(office))
        await lines.add("members copied blindly", _execute(office.db, COPIED))
        await _release(lines, office)
        lines.table.caption = await _sizes(office.db)
        return lines.table


class Lines:
    """Lines of a table: what was done, and what it used."""

    def __init__(self, watch: Watch, title: str) -> None:
        self._watch = watch
        self.table = Table("what", "seconds", "processor of PostgreSQL", "of this process", title=title)

    async def add(self, what: str, work: Awaitable[object]) -> None:
        used = await self._watch.look(work)
        self.table.add_row(what, *(f"{seconds:.1f}" for seconds in used))


async def _fill(db: Database, cases: int) -> None:
    async with db.transaction() as conn:
        await fill(conn, cases)
        await store.mark_all_dirty(conn)


async def _execute(db: Database, statement: str) -> None:
    async with db.connection() as conn:
        await conn.execute(statement, timeout=600)


async def _release(lines: Lines, office: Service) -> None:
    """Proposed, checked, signed off, exported. What the check takes is in what the proposal takes."""
    scope = Scope(CITY, "2026")

    async def check(history: Sequence[Release], grid: Release, _seconds: float) -> Release:
        checks = [asyncio.create_task(check_apart(history, grid, 600))]
        await lines.add(f"  of it the check of {len(grid.cells):,} counts", checks[0])
        return checks[0].result()

    publisher = Publisher(office.db, office.clock, office.app.state.releases.sources, check)
    await lines.add("proposed", publisher.propose(scope, Person("statistics@330300", "tj-01")))
    await lines.add("signed off", publisher.sign_off(scope, Person("womens-children-committee@330300", "fe-07")))
    for format_ in get_args(Format):
        await lines.add(f"exported as {format_}", _export(office, scope, format_))


async def _export(office: Service, scope: Scope, format_: Format) -> None:
    async with office.db.connection() as conn:
        assert await reading.export(conn, scope, format_, (await office.clock.now(conn)).date())


async def _sizes(db: Database) -> str:
    async with db.connection() as conn:
        tables = ("step", "subject", "member", "cell")
        counts = [(name, await conn.fetchval(f"SELECT count(*) FROM {name}")) for name in tables]  # noqa: S608
        return ", ".join(f"{count:,} rows of {name}" for name, count in counts)
