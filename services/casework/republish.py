"""The whole log once more, under a new epoch: who reads it forgets what it built and builds anew.

After a restore, because the log is another one now; or when a reader or Kafka has lost something. Every fact is either
published in its transaction under the new epoch or seen here, so none is missing; one that is both comes twice, and one
that comes before its predecessor is parked by its reader.
"""

import asyncio
from typing import Final

from contracts.cases import FACT_TYPE
from contracts.topics import CASE_EVENTS
from services.casework import store
from services.platform.database import Connection, Database, Row
from services.platform.events import OutgoingEvent
from services.platform.outbox import count_waiting, publish

PORTION: Final = 500
"""Facts to a transaction."""

MOST_WAITING: Final = 3000
"""Events in the outbox: what happens meanwhile waits behind them, a fraction of a second."""

PAUSE_SECONDS: Final = 0.05


async def begin(conn: Connection, at_least: int = 0) -> int:
    """Raise the epoch and begin at the first fact; the answer is the new epoch. The services may run or not."""
    epoch = await store.raise_epoch(conn, at_least)
    await store.begin_republish(conn)
    return epoch


async def publish_some(db: Database) -> bool:
    """One portion, unless the outbox is full; false when there is nothing to republish."""
    async with db.transaction() as conn:
        epoch = await store.get_epoch(conn)  # first, as `begin` does: so the two never wait for each other
        at = await store.lock_republish(conn)
        if at is None:
            return False
        full = await count_waiting(conn) >= MOST_WAITING
        if not full:
            return await _publish(conn, at, epoch)
    await asyncio.sleep(PAUSE_SECONDS)
    return True


async def _publish(conn: Connection, at: Row, epoch: int) -> bool:
    """True while there is more. What is committed from here on is published by whoever commits it."""
    facts = await store.list_log_after(conn, at, PORTION)
    await publish(conn, [_event(fact, epoch) for fact in facts])
    more = len(facts) == PORTION
    await (store.move_republish(conn, facts[-1]) if more else store.end_republish(conn))
    return more


def _event(fact: Row, epoch: int) -> OutgoingEvent:
    key = str(fact["case_id"])
    return OutgoingEvent(
        CASE_EVENTS.name, key, f"{key}/{fact['version']}", FACT_TYPE, fact["body"].encode(), epoch=epoch
    )
