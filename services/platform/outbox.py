"""The outbox: what a transaction says is stored with its effect, sent after the commit, deleted when acknowledged.

Never lost, perhaps sent twice with the same id. A queue and not a log: no cursor that could skip a late commit.
"""

import asyncio
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]

from contracts.topics import get_topic
from services.platform.database import Connection, Database, Row, queries
from services.platform.events import MAX_VALUE_BYTES, Header, OutgoingEvent, encode_headers
from services.platform.failpoints import reach
from services.platform.settings import Settings
from services.platform.worker import Worker

q = queries("services.platform")

BATCH: Final = 1000

_COLUMNS: Final = ("topic", "key", "header_names", "header_values", "value")

_stored: ContextVar[bool] = ContextVar("stored", default=False)
"""Whether the task in hand has stored events since its last commit: only then is there anything to wake for."""


async def publish(conn: Connection, events: Iterable[OutgoingEvent]) -> None:
    """Store events in the caller's transaction, in the given order.

    Raises `ValueError` for an event that cannot be sent, `KeyError` for a topic that does not exist.
    """
    time = datetime.now(UTC)
    await _store(conn, [_row(event, time) for event in events])


async def publish_raw(
    conn: Connection, topic: str, key: bytes | None, value: bytes | None, headers: Iterable[Header]
) -> None:
    """Store a record byte for byte; for what came from Kafka and goes there again."""
    await _store(conn, [(topic, key, *split_headers(headers), value)])


async def count_waiting(conn: Connection) -> int:
    """How many events are still to be sent."""
    waiting: int = await conn.fetchval(q.get_outbox_age)
    return waiting


def split_headers(headers: Iterable[Header]) -> tuple[list[bytes], list[bytes | None]]:
    """Names and values apart, both as bytes: PostgreSQL's text takes no zero byte, a header may have one."""
    pairs = tuple(headers)
    return [name.encode() for name, _ in pairs], [value for _, value in pairs]


def join_headers(row: Row) -> tuple[Header, ...]:
    names = [name.decode() for name in row["header_names"]]
    return tuple(zip(names, row["header_values"], strict=True))


def _row(event: OutgoingEvent, time: datetime) -> tuple[Any, ...]:
    headers = encode_headers(event, get_topic(event.topic).producer, time)
    if not event.key or not event.id or len(event.data) > MAX_VALUE_BYTES:
        raise ValueError(f"{event.type} needs a key, an id and at most {MAX_VALUE_BYTES} bytes")
    return (event.topic, event.key.encode(), *split_headers(headers), event.data)


async def _store(conn: Connection, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        _stored.set(True)
        await conn.copy_records_to_table("outbox", columns=_COLUMNS, records=rows)


class Relay:
    """Sends the outbox to Kafka. Of several relays on one outbox one sends, the others wait."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self.worker = Worker("relay", self.send_some, seconds=1.0)
        db.after_commit.append(self._after_commit)

    def start(self) -> None:
        self.worker.start()

    def _after_commit(self) -> None:
        if _stored.get():
            _stored.set(False)
            self.worker.wake()

    async def stop(self) -> None:
        await self.worker.stop()
        await self._drop_producer()

    async def send_some(self) -> bool:
        """Send up to a thousand events, oldest first; true when there may be more. Raises the drivers' errors.

        On any error no row of the batch is deleted: what was sent is sent again, in order and with the same ids.
        """
        async with self._db.connection() as conn, conn.transaction():
            rows = await conn.fetch(q.take_outbox, BATCH)
            if rows:
                await self._send(rows)
        if rows:
            reach("after_outbox_delete")
        return len(rows) == BATCH

    async def _send(self, rows: list[Row]) -> None:
        reach("before_send")
        try:
            producer = self._producer or await self._new_producer()
            sending = [await producer.send(**self._message(row)) for row in rows]
            reach("after_send")
            await asyncio.gather(*sending)
            reach("before_outbox_delete")
        except BaseException:
            # An idempotent producer can stay broken after an error (out of order sequence), so it is made anew.
            await self._drop_producer()
            raise

    def _message(self, row: Row) -> dict[str, Any]:
        return {
            "topic": self._settings.namespace + row["topic"],
            "key": row["key"],
            "value": row["value"],
            "headers": list(join_headers(row)),
        }

    async def _new_producer(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            acks="all",
            enable_idempotence=True,
            max_request_size=2 * MAX_VALUE_BYTES,
            max_batch_size=128 * 1024,
            request_timeout_ms=10_000,
        )
        self._producer = producer
        await producer.start()
        return producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()
