"""What this system made of the reports: every row of every table and every fact, so that others can write the same."""

import json
import pickle
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.topics import CASE_EVENTS
from services.platform.database import Connection, RawConnection, set_codecs
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.rig import SERVICES, Lane

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "casework": ("cause", "case_fact", "case_state", "case_subject", "case_person", "timer"),
    "worklist": ("case_position", "case_view", "queue_item"),
    "statistics": ("case_position", "step", "subject", "member", "cell"),
}
"""What stays. Outbox and fences are left out: they are this system's own means."""

WRITTEN = """SELECT attname FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""

Rows = dict[str, list[tuple[Any, ...]]]
"""The rows of a table by the id of the record that brings them: a report, or the first fact of a case."""


@dataclass(frozen=True)
class Table:
    name: str
    columns: list[str]
    rows: Rows

    def of(self, ids: Iterable[str]) -> list[tuple[Any, ...]]:
        return [row for key in ids for row in self.rows.get(key, ())]


@dataclass(frozen=True)
class Recording:
    """`facts` by the report that caused them, `tables` by service."""

    tables: dict[str, list[Table]]
    facts: dict[str, list[Message]]

    def store(self, file: Path) -> Path:
        file.write_bytes(pickle.dumps(self))
        return file

    def count(self) -> dict[str, int]:
        """Rows by table, as `count_rows` says it."""
        return {
            f"{service}.{table.name}": sum(map(len, table.rows.values()))
            for service, tables in self.tables.items()
            for table in tables
        }


def load(file: Path) -> Recording:
    """Only for a file that `store` has just written."""
    recording: Recording = pickle.loads(file.read_bytes())  # noqa: S301
    return recording


async def count_rows(lane: Lane) -> dict[str, int]:
    return {
        f"{service}.{name}": await lane.fetchval(service, f"SELECT count(*) FROM {name}")  # noqa: S608
        for service, names in TABLES.items()
        for name in names
    }


async def record(lane: Lane) -> Recording:
    facts = await _read_facts(lane)
    causes = {fact.id: json.loads(fact.value)["cause"] for fact in facts}
    first_reports = {fact.id.partition("/")[0]: causes[fact.id] for fact in facts if fact.id.endswith("/1")}
    by_report: defaultdict[str, list[Message]] = defaultdict(list)
    for fact in facts:
        by_report[causes[fact.id]].append(fact)
    tables = {
        service: [await _read(lane, service, name, first_reports) for name in TABLES[service]] for service in SERVICES
    }
    return Recording(tables, dict(by_report))


async def _read_facts(lane: Lane) -> list[Message]:
    wanted = lane.partitions(CASE_EVENTS.name)
    lane.consumer.assign(wanted)
    await lane.consumer.seek_to_beginning(*wanted)
    end, facts = await lane.end(CASE_EVENTS.name), list[Message]()
    while len(facts) < end:
        for records in (await lane.consumer.getmany(timeout_ms=500)).values():
            facts += [Message(dict(r.headers)["ce_id"].decode(), r.key, r.value, list(r.headers)) for r in records]
    lane.consumer.unsubscribe()
    return facts


async def _read(lane: Lane, service: str, name: str, first_reports: Mapping[str, str]) -> Table:
    connection = await lane.look_at(service)
    await set_codecs(connection)
    columns = [row["attname"] for row in await connection.fetch(WRITTEN, name)]
    rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in await connection.fetch(f"SELECT {', '.join(columns)} FROM {name}"):  # noqa: S608
        rows[_bringer(service, dict(row), first_reports)].append(tuple(row))
    return Table(name, columns, dict(rows))


def _bringer(service: str, row: Mapping[str, Any], first_reports: Mapping[str, str]) -> str:
    if service != "casework":
        return f"{row['case_id']}/1" if "case_id" in row else f"{next(iter(first_reports))}/1"
    return str(row.get("cause") or row.get("cause_id") or first_reports[str(row["case_id"])])


async def copy(
    connection: Connection | RawConnection, tables: Iterable[Table], ids: Iterable[str], schema: str | None = None
) -> int:
    """COPY the rows that these records bring, table by table; the answer is their number."""
    wanted, number = list(ids), 0
    for table in tables:
        if rows := table.of(wanted):
            await connection.copy_records_to_table(table.name, columns=table.columns, records=rows, schema_name=schema)
            number += len(rows)
    return number
