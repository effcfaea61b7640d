"""What the batch path costs beside its ceiling: `python -m tests.benchmarks.batch_path`.

The ceiling is a blind COPY of the very same rows into the same tables with the same indexes, one transaction for each
batch, in the same run on the same server (fsync on). The ratio is the figure; the rest depends on the machine.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.local.postgres import Postgres
from services.platform.database import Connection, Database
from tests.folders import open_folder
from tests.integration.casework_fixtures import Desk, dv_call
from tests.integration.platform_fixtures import Space

REPORTS = 5000
BATCHES = (1, 50, 500)
TABLES = ("cause", "case_fact", "case_state", "case_subject", "case_person", "timer", "outbox")

Work = Callable[[int], Coroutine[Any, Any, float]]


async def measure() -> Table:
    table = Table("batch", "reports/s", "ceiling, reports/s", "ratio")
    with open_folder() as home:
        async with Postgres(home / "postgres") as postgres:
            for size in BATCHES:
                db = await _new_database(postgres.dsn, f"b{size}_")
                count = REPORTS if size > 1 else REPORTS // 10
                seconds = await _engine(Desk(db), count, size)
                ceiling = await _copies(db, count, size)
                table.add_row(str(size), f"{count / seconds:.0f}", f"{count / ceiling:.0f}", f"{ceiling / seconds:.2f}")
                await db.close()
    return table


async def _new_database(dsn: str, namespace: str) -> Database:
    space = Space(namespace, dsn)
    db = Database((await space.provision("casework"))["casework"], "casework", namespace=namespace)
    await db.open()
    return db


async def _engine(desk: Desk, count: int, size: int) -> float:
    """Seconds for so many reports, each about another couple, decided and stored in batches."""
    items = [desk.incoming(dv_call(f"v{n}", f"x{n}")) for n in range(count)]
    started = time.perf_counter()
    for begin in range(0, count, size):
        await desk.run(*items[begin : begin + size])
    return time.perf_counter() - started


async def _copies(db: Database, count: int, size: int) -> float:
    """Seconds for the rows that the engine has just written, copied blindly in as many transactions."""
    async with db.transaction() as conn:
        rows = {name: await _take_rows(conn, name) for name in TABLES}
    started = time.perf_counter()
    for begin in range(0, count, size):
        async with db.transaction() as conn:
            for name, (columns, records) in rows.items():
                share = len(records) // count
                part = records[begin * share : (begin + size) * share]
                await conn.copy_records_to_table(name, columns=columns, records=part)
    return time.perf_counter() - started


async def _take_rows(conn: Connection, name: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    found = await conn.fetch(f"SELECT * FROM {name}")  # noqa: S608 - a name of ours
    columns = [column for column in found[0].keys() if column != "seq"]  # noqa: SIM118 - a record is no dict
    records = [tuple(row[column] for column in columns) for row in found]
    await conn.execute(f"DELETE FROM {name}")  # noqa: S608 - a name of ours
    return columns, records


if __name__ == "__main__":
    Console().print(asyncio.run(measure()))
