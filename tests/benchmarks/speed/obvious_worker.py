"""(c) The obvious way with the same libraries: `python -m tests.benchmarks.speed.obvious_worker STAGE WORKERS`.

One FastStream handler for each message, one transaction for each, publish after the commit, then acknowledge. The same
validation, engine, folds and statements as ours, so the same rows and the same facts; no batch, no fence, no outbox.
A crash between commit and publish loses a fact, which ours does not.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from contracts.cases import FACT_TYPE, Fact
from contracts.topics import CASE_EVENTS, INTAKE_EVENTS
from services.casework import store
from services.casework.batch import Batch
from services.casework.handlers import Casework
from services.platform.clock import DatabaseClock
from services.platform.database import Connection, Database
from services.platform.events import OutgoingEvent, Record, encode_headers
from services.platform.fence import Outcomes
from services.platform.reader import Handle
from services.platform.settings import Settings
from services.statistics.catalogue import define
from services.statistics.handlers import Statistics
from services.statistics.store import lock_out_others
from services.worklist.handlers import handle as fold_into_queues
from workflows.loader import load_workflows
from workflows.policy import load_policy


@dataclass
class PlainBatch(Batch):
    """Stores what ours stores, but for the outbox."""

    async def _store(self) -> None:
        await store.store_causes(self.conn, self.outcomes)
        await store.store_facts(self.conn, self.facts, [fact.to_json() for fact in self.facts])
        await store.store_cases(self.conn, list(self.cases.values()))
        await store.store_persons(self.conn, self.persons)
        await store.store_timers(self.conn, list(self.cases.values()))


def _record(message: KafkaMessage, settings: Settings) -> Record:
    raw: Any = message.raw_message
    topic = raw.topic.removeprefix(settings.namespace)
    return Record(topic, raw.partition, raw.offset, raw.key, raw.value, tuple(raw.headers), raw.timestamp)


async def on_report(
    db: Database, broker: KafkaBroker, casework: Casework, settings: Settings, message: KafkaMessage
) -> None:
    item, _ = casework._read(_record(message, settings))
    async with db.transaction() as conn:
        now, epoch = await casework.clock.now(conn), await store.get_epoch(conn)
        batch = PlainBatch(conn, casework.workflows, now, epoch)
        await batch.run([item])
    for fact in batch.facts:
        await _publish(broker, settings, fact, epoch)


async def _publish(broker: KafkaBroker, settings: Settings, fact: Fact, epoch: int) -> None:
    event = OutgoingEvent(CASE_EVENTS.name, str(fact.case_id), fact.event_id, FACT_TYPE, fact.to_json(), epoch=epoch)
    headers = {name: value.decode() for name, value in encode_headers(event, "casework", fact.decided_at)}
    await broker.publish(event.data, settings.namespace + event.topic, key=event.key.encode(), headers=headers)


async def on_fact(db: Database, handle: Handle, settings: Settings, message: KafkaMessage) -> None:
    async with db.transaction() as conn:
        await handle(conn, [_record(message, settings)])


def count_at_once() -> Handle:
    """What a fact changes is worked out with it; without batches there is nothing to wait for."""
    statistics = Statistics(define(load_policy()))

    async def handle(conn: Connection, records: Sequence[Record]) -> Outcomes:
        outcomes = await statistics.handle(conn, records)
        await lock_out_others(conn)
        await statistics.catch_up(conn)
        return outcomes

    return handle


async def run(stage: str, workers: int) -> None:
    logging.basicConfig(level=logging.WARNING)
    settings = Settings()
    db = Database(settings.postgres_dsn, stage, namespace=settings.namespace, size=workers + 2)
    await db.open()
    broker = KafkaBroker(settings.kafka_bootstrap, acks="all", enable_idempotence=True)
    topic, work = _stage(stage, db, broker, settings)

    async def on_message(message: KafkaMessage) -> None:
        await work(message=message)

    broker.subscriber(
        settings.namespace + topic,
        group_id=settings.namespace + stage,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        max_workers=workers,
    )(on_message)
    await broker.start()
    print("ready", flush=True)  # noqa: T201
    await asyncio.Event().wait()


def _stage(
    stage: str, db: Database, broker: KafkaBroker, settings: Settings
) -> tuple[str, "partial[Coroutine[Any, Any, None]]"]:
    if stage == "casework":
        keys = (Path(os.environ[f"LIANDONG_{name}_KEY_FILE"]).read_bytes() for name in ("PSEUDONYM", "TOKEN"))
        casework = Casework(load_workflows(), DatabaseClock(), *keys)
        return INTAKE_EVENTS.name, partial(on_report, db, broker, casework, settings)
    handle = fold_into_queues if stage == "worklist" else count_at_once()
    return CASE_EVENTS.name, partial(on_fact, db, handle, settings)


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1], int(sys.argv[2])))
