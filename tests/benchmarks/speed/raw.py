"""(a) The raw pipeline, one process a stage: consume the same bytes, COPY the recorded rows, send the recorded facts.

No validation, no logic, no fence, no outbox: `python -m tests.benchmarks.speed.raw casework|worklist|statistics`.
"""

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]

from contracts.topics import CASE_EVENTS, INTAKE_EVENTS
from services.platform.database import Database
from services.platform.settings import Settings
from tests.benchmarks.speed import recording
from tests.benchmarks.speed.events import Message

BATCH = 500


async def run(stage: str) -> None:
    settings = Settings()
    recorded = recording.load(Path(os.environ["BENCH_RECORDING"]))
    db = Database(settings.postgres_dsn, stage, namespace=settings.namespace)
    await db.open()
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    topic = settings.namespace + (INTAKE_EVENTS if stage == "casework" else CASE_EVENTS).name
    consumer = await _consumer(settings, stage, topic)
    print("ready", flush=True)  # noqa: T201
    while True:
        polled = await consumer.getmany(timeout_ms=100, max_records=BATCH)
        ids = [dict(record.headers)["ce_id"].decode() for records in polled.values() for record in records]
        if not ids:
            continue
        async with db.transaction() as conn:
            await recording.copy(conn, recorded.tables[stage], ids)
        if stage == "casework":
            facts = (fact for key in ids for fact in recorded.facts.get(key, ()))
            await _produce(producer, settings.namespace + CASE_EVENTS.name, facts)
        await consumer.commit()


async def _consumer(settings: Settings, stage: str, topic: str) -> AIOKafkaConsumer:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=f"{settings.namespace}{stage}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=120_000,  # it is stopped while its work is laid out
    )
    await consumer.start()
    return consumer


async def _produce(producer: AIOKafkaProducer, topic: str, facts: Iterable[Message]) -> None:
    sending = [await producer.send(topic, fact.value, key=fact.key, headers=fact.headers) for fact in facts]
    await asyncio.gather(*sending)


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1]))
