"""Statistics read from the log anew: facts a second, and what COPY of the same rows takes."""

import gc
import statistics
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from rich.table import Table

from deploy.local.postgres import Postgres
from services.platform.database import Database, Row
from services.platform.events import Record
from services.platform.fence import place_fence
from services.platform.reader import PartitionReader
from services.platform.service import Service
from services.statistics.handlers import Statistics
from tests.benchmarks.statistics.rig import Used, Watch, office_at, server, work_out
from tests.case_logs import CaseLog, as_records
from tests.integration.reading import PARTITION

WALKS, STEPS = 4, 2500
BATCH: Final = 4000
ROUNDS: Final = 3


async def measure() -> Table:
    """Medians of the rounds, each with empty tables."""
    log, now = _log()
    gc.collect()
    gc.freeze()  # as the service does
    gc.set_threshold(50_000, 10, 10)
    async with server() as postgres:
        rounds = [await _round(postgres, log, now) for _ in range(ROUNDS)]
    table = Table("", "facts/s", "processor of PostgreSQL, µs a fact", "of this process", title=f"{len(log):,} facts")
    for name in rounds[0]:
        used = [Used(*(seconds / len(log) for seconds in one[name])) for one in rounds]
        clock, *processor = (statistics.median(values) for values in zip(*used, strict=True))
        table.add_row(name, f"{1 / clock:,.0f}", *(f"{1e6 * seconds:.0f}" for seconds in processor))
    return table


def _log() -> tuple[list[Record], datetime]:
    """Walks of the engine, all after each other in one partition; and a day when their windows have run out."""
    walks = [CaseLog(seed) for seed in range(WALKS)]
    for walk in walks:
        walk.stroll(STEPS)
    return as_records(fact for walk in walks for fact in walk.facts), walks[-1].now + timedelta(days=400)


async def _round(postgres: Postgres, log: Sequence[Record], now: datetime) -> dict[str, Used]:
    watch = Watch(postgres)
    async with office_at(postgres, now) as office:
        read = await watch.look(_read(office, log))
        worked_out = await watch.look(work_out(office))
        return {
            "read": read,
            "worked out": worked_out,
            "both, one after the other": Used(*map(sum, zip(read, worked_out, strict=True))),
            "the same rows by COPY": await _copy(watch, office),
        }


async def _read(office: Service, log: Sequence[Record]) -> None:
    counted: Statistics = office.app.state.statistics
    async with office.db.transaction() as conn:
        fence = await place_fence(conn, "benchmark", PARTITION, 0)
    reader = PartitionReader(office.db, "benchmark", PARTITION, counted.handle, fence=fence)
    for first in range(0, len(log), BATCH):
        assert await reader.apply(log[first : first + BATCH])


async def _copy(watch: Watch, office: Service) -> Used:
    """By somebody who knows them already, into the same tables with the same indexes."""
    async with office.db.transaction() as conn:
        rows = {name: await conn.fetch(f"SELECT * FROM {name}") for name in ("step", "subject", "member")}  # noqa: S608
        await conn.execute("TRUNCATE step, subject, member")
    return await watch.look(_copy_all(office.db, rows))


async def _copy_all(db: Database, rows: Mapping[str, Sequence[Row]]) -> None:
    async with db.transaction() as conn:
        for name, of in rows.items():
            await conn.copy_records_to_table(name, records=map(tuple, of))
