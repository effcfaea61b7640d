"""Tables as they are after years: the recorded rows, copied so often under other ids."""

import asyncio
from collections.abc import Mapping
from typing import Final

import asyncpg

from services.platform.database import RawConnection, set_codecs
from tests.benchmarks.speed.recording import Recording, Table
from tests.benchmarks.speed.rig import SERVICES, Lane

AS_OTHER: Final = """CREATE FUNCTION pg_temp.other(id uuid, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN
(lpad(to_hex(1577836800000 + n * 1000), 12, '0') || '7' || substr(md5(id::text), 1, 3) || '8'
  || substr(md5(id::text), 4, 15))::uuid"""
"""The id of copy `n`: ordered by `n` in time, as UUIDv7 are, and older than every new one."""

ID: Final = "pg_temp.other({0}, n)"
TEXT_ID: Final = "pg_temp.other({0}::uuid, n)::text"
BODY: Final = "replace({0}::text, case_id::text, pg_temp.other(case_id, n)::text)::json"
LATER: Final = "{0} + interval '30 days' + n * interval '1 second'"

AS_COPIED: Final[Mapping[str, str]] = {
    "case_id": ID,
    "report_id": ID,
    "cause": TEXT_ID,
    "cause_id": TEXT_ID,
    "join_key": "{0} || '/' || n",
    "pseudonym": "{0} || '/' || n",
    "member": "{0} || '/' || n",
    "body": BODY,
    "view": BODY,
    "fires_at": LATER,
    "due_at": LATER,
}
"""What differs between copies, by column. No alarm falls into the run."""


async def load_copies(lane: Lane, recorded: Recording, copies: int) -> None:
    """Every recorded case so many times, vacuumed as tables of years are."""
    await asyncio.gather(*(_load(lane, service, recorded, copies) for service in SERVICES))
    await lane.connection.execute("CHECKPOINT")


async def _load(lane: Lane, service: str, recorded: Recording, copies: int) -> None:
    """The tables of one service. The sums of statistics (`cell`) are as big as with one copy."""
    path = f"{lane.namespace}{service}"
    connection = await asyncpg.connect(lane.rig.postgres.dsn, server_settings={"search_path": path})
    await set_codecs(connection)
    await connection.execute(AS_OTHER)
    for table in recorded.tables[service]:
        await copy_often(connection, table, 1 if table.name == "cell" else copies)
        await connection.execute(f"VACUUM ANALYZE {table.name}")
    await connection.close()


async def copy_often(
    connection: RawConnection, table: Table, copies: int, values: Mapping[str, str] = AS_COPIED
) -> None:
    """COPY the rows to a temporary table once, and from there, under other ids, into the table."""
    names = ", ".join(table.columns)
    others = ", ".join(values.get(column, "{0}").format(column) for column in table.columns)
    await connection.execute(f"CREATE TEMP TABLE template AS SELECT {names} FROM {table.name} LIMIT 0")  # noqa: S608
    rows = [row for part in table.rows.values() for row in part]
    await connection.copy_records_to_table("template", columns=table.columns, records=rows)
    await connection.execute(
        f"INSERT INTO {table.name} ({names}) SELECT {others} FROM generate_series(1, $1::bigint) AS n, template",  # noqa: S608
        copies,
    )
    await connection.execute("DROP TABLE template")
