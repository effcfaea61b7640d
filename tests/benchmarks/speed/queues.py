"""A page of a queue and `next`, over HTTP, with a thousand and with a million open items of one unit."""

import statistics
import time
from typing import Final

import httpx

from services.platform.auth import issue_token
from services.platform.database import Database, set_codecs
from tests.benchmarks.speed.loading import AS_COPIED, AS_OTHER, copy_often
from tests.benchmarks.speed.recording import Recording, Table
from tests.benchmarks.speed.rig import Lane
from tests.integration.casework_fixtures import STATION

REQUESTS: Final = 200
WARM_UP: Final = 50

CLAIMED: Final = {"claimed_by": "CASE WHEN n % 10 = 0 THEN 'W001' END", "breached": "n % 20 = 1"}
"""Of ten items one is claimed, of twenty one is overdue."""


async def fill_queue(lane: Lane, recorded: Recording, count: int) -> None:
    """So many items in the queue of one police station, one a case, like a recorded one."""
    positions, _, items = recorded.tables["worklist"]
    bringer, row = _one_of(items)
    connection = await lane.look_at("worklist")
    await set_codecs(connection)
    await connection.execute(AS_OTHER)
    await copy_often(connection, Table(items.name, items.columns, {bringer: [row]}), count, {**AS_COPIED, **CLAIMED})
    await copy_often(connection, Table(positions.name, positions.columns, {bringer: positions.rows[bringer]}), count)
    await connection.execute("DROP FUNCTION pg_temp.other; ANALYZE; CHECKPOINT")


def _one_of(items: Table) -> "tuple[str, tuple[object, ...]]":
    unit, item = items.columns.index("unit"), items.columns.index("item")
    found = ((key, row) for key, rows in items.rows.items() for row in rows)
    return next((key, row) for key, row in found if (row[unit], row[item]) == (STATION, "state"))


async def measure_queue(lane: Lane) -> dict[str, float]:
    """Median milliseconds of a page of 50 and of `next`."""
    platform = Database(lane.rig.postgres.dsn, "platform", namespace=lane.namespace, size=3)
    await platform.open()
    async with platform.transaction() as conn:
        token = await issue_token(conn, STATION, ["act"])
    await platform.close()
    headers = {"authorization": f"Bearer {token}"}
    async with (
        lane.services("worklist") as (worker,),
        httpx.AsyncClient(base_url=worker.url, headers=headers, trust_env=False) as client,
    ):
        return {"page": await _measure(client, "/queue"), "next": await _measure(client, "/queue/next")}


async def _measure(client: httpx.AsyncClient, path: str) -> float:
    times = []
    for _ in range(WARM_UP + REQUESTS):
        started = time.perf_counter()
        answer = await client.get(path)
        times.append(time.perf_counter() - started)
        assert answer.is_success, answer.text
        assert answer.json()["items"], "an empty queue"
    return round(1000 * statistics.median(times[WARM_UP:]), 2)
