"""(d) DBOS: `python -m tests.benchmarks.speed.dbos_worker THREADS`.

Each report is a durable workflow under the report's id, with three transactions in it, one for each stage, whose
checkpoints DBOS commits with the rows. The rows are the recorded ones: DBOS is spared validation and logic, and the
facts are not sent to Kafka. A record's offset is committed when its workflow has ended.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from dbos import DBOS, SetWorkflowID, SQLAlchemyDatasource
from psycopg.types.json import Jsonb

from contracts.topics import INTAKE_EVENTS
from services.platform.settings import Settings
from tests.benchmarks.speed import recording
from tests.benchmarks.speed.recording import Recording, Table

settings = Settings()
URL = os.environ["BENCH_ADMIN_DSN"].replace("postgresql://", "postgresql+psycopg://")
SCHEMA = f"{settings.namespace}dbos"
recorded: Recording = recording.load(Path(os.environ["BENCH_RECORDING"]))

DBOS(
    config={
        "name": "bench",
        "system_database_url": URL,
        "dbos_system_schema": SCHEMA,
        "executor_id": settings.instance,
        "log_level": "WARNING",
    }
)
rows = SQLAlchemyDatasource.create(URL, schema=SCHEMA)


@DBOS.workflow()
def handle(report_id: str, body: str) -> None:  # noqa: ARG001 - kept by DBOS as the input
    store_case(report_id)
    first_facts = [fact.id for fact in recorded.facts.get(report_id, ()) if fact.id.endswith("/1")]
    store_queue(first_facts)
    store_statistics(first_facts)


@rows.transaction()
def store_case(report_id: str) -> None:
    _insert("casework", [report_id])


@rows.transaction()
def store_queue(facts: list[str]) -> None:
    _insert("worklist", facts)


@rows.transaction()
def store_statistics(facts: list[str]) -> None:
    _insert("statistics", facts)


def _insert(service: str, ids: list[str]) -> None:
    driver: Any = rows.sql_session().connection().connection
    with driver.cursor() as cursor:
        for table in recorded.tables[service]:
            if found := table.of(ids):
                cursor.executemany(_statement(service, table), [tuple(map(_value, row)) for row in found])


def _statement(service: str, table: Table) -> str:
    places = ", ".join("%s::json" if name in {"body", "view", "subject", "answer"} else "%s" for name in table.columns)
    names = ", ".join(table.columns)
    return f'INSERT INTO "{settings.namespace}{service}".{table.name} ({names}) VALUES ({places})'  # noqa: S608


def _value(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


def _run(report_id: str, body: str) -> None:
    with SetWorkflowID(report_id):
        handle(report_id, body)


async def consume(threads: int) -> None:
    consumer = AIOKafkaConsumer(
        settings.namespace + INTAKE_EVENTS.name,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=f"{settings.namespace}casework",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(threads)
    print("ready", flush=True)  # noqa: T201
    while True:
        polled = await consumer.getmany(timeout_ms=100, max_records=100)
        records = [record for part in polled.values() for record in part]
        calls = ((dict(record.headers)["ce_id"].decode(), record.value.decode()) for record in records)
        await asyncio.gather(*(loop.run_in_executor(pool, _run, *call) for call in calls))
        if records:
            await consumer.commit()


if __name__ == "__main__":
    DBOS.launch()
    asyncio.run(consume(int(sys.argv[1])))
