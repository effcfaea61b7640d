"""PostgreSQL says that its disk is full: a clear answer, nothing half-written, and later all goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from services.platform.fence import list_fences
from services.platform.quarantine import list_quarantined
from tests.integration.bench import ONE, Bench, bench
from tests.integration.platform_fixtures import CreateTopics, database, eventually, settings, space, topics
from tests.integration.reporting_fixtures import City, city, report, send

__all__ = ["bench", "city", "database", "settings", "space", "topics"]

FILL = """
CREATE FUNCTION {schema}.fill() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON {schema}.{table} EXECUTE FUNCTION {schema}.fill();
"""
CLEAR = "DROP TRIGGER full_disk ON {schema}.{table}; DROP FUNCTION {schema}.fill();"


@asynccontextmanager
async def full_disk(admin_dsn: str, schema: str, table: str) -> AsyncIterator[None]:
    """The server answers every new row of a table with its own error 53100."""
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute(FILL.format(schema=schema, table=table))
        yield
        await admin.execute(CLEAR.format(schema=schema, table=table))
    finally:
        await admin.close()


def assert_refused(answer: httpx.Response) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"], body["title_zh"]) == (
        503,
        "storage-full",
        "存储空间已满，本次请求未受理",
    )
    assert "Nothing was stored" in body["detail_en"]
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("table", ["report", "sealed"])
async def test_report_is_refused_whole_and_taken_once_there_is_room(city: City, table: str) -> None:
    key = str(uuid4())
    async with city.intake() as intake:
        async with full_disk(city.space.admin_dsn, city.space.namespace + "intake", table):
            assert_refused(await send(intake, report(), key=key))
            assert await rows(city) == (0, 0)
        assert (await send(intake, report(), key=key)).status_code == 201
        assert await rows(city) == (1, 1)


async def rows(city: City) -> tuple[Any, Any]:
    [row] = await city.fetch("intake", "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM sealed)")
    return row[0], row[1]


async def test_batch_on_a_full_disk_has_no_effect_holds_nothing_and_is_applied_once_there_is_room(
    bench: Bench, topics: CreateTopics, postgres_dsn: str
) -> None:
    await topics(ONE)
    await bench.send(ONE, 5)
    async with full_disk(postgres_dsn, bench.db.schema, "effect"):
        bench.read(ONE)
        await eventually(lambda: len(bench.batches) > 4)  # more often than a bad record is tried
        async with bench.db.connection() as conn:
            [fence] = await list_fences(conn)
            assert (fence["consumed"], await list_quarantined(conn)) == (0, [])
    await bench.until(*range(5))
    assert bench.fatal == []
