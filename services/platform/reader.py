"""One partition, read behind its fence. Knows no Kafka: tests and the simulation drive it with records of their own."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from services.platform.database import Connection, Database, is_infrastructure
from services.platform.events import Record
from services.platform.failpoints import reach
from services.platform.fence import (
    OffsetGapError,
    Outcome,
    Outcomes,
    Partition,
    count_outcomes,
    move_fence,
    take,
)
from services.platform.logs import describe, get_logger
from services.platform.quarantine import quarantine

log = get_logger("reader")

Handle = Callable[[Connection, Sequence[Record]], Awaitable[Outcomes]]
"""Applies records, those of a partition in order, in the given transaction, and says what became of each."""

TOGETHER: Final = 3
"""So often the handler may fail on the same records before they are applied one by one and the bad one is held."""


class PartitionReader:
    """`fence` is the next offset without effect, as we last saw it; `failures` are those in a row."""

    def __init__(
        self, db: Database, group: str, partition: Partition, handle: Handle, *, fence: int, allow_gaps: bool = False
    ) -> None:
        self.partition = partition
        self.fence = fence
        self.failures = 0
        self.moved_at = time.monotonic()
        self._db = db
        self.group = group
        self._handle = handle
        self._allow_gaps = allow_gaps
        self._faults = 0
        self._suspected: int | None = None

    async def apply(self, records: Sequence[Record]) -> bool:
        """Give records their effect, once; false when the caller must deliver again from `fence`.

        Raises `FencedError`, `OffsetGapError`, and what the handler or PostgreSQL raised; then nothing has happened.
        """
        taken = self.take(records)
        if taken:
            await self._commit(taken)
        if records[-1].offset < self.fence:
            return True
        if self._suspected == self.fence:
            raise OffsetGapError(f"{self.partition.topic}/{self.partition.number} has no record {self.fence}")
        self._suspected = self.fence
        return False

    def take(self, records: Sequence[Record]) -> Sequence[Record]:
        """What of these may be applied now."""
        return take(records, self.fence, allow_gaps=self._allow_gaps)

    async def move(self, conn: Connection, records: Sequence[Record]) -> None:
        """Move the stored fence behind what was taken. Raises `FencedError`."""
        until = records[-1].offset + 1
        gaps = until - self.fence - len(records)
        await move_fence(conn, self.group, self.partition, seen=self.fence, until=until, gaps=gaps)
        reach("after_fence")

    def moved(self, records: Sequence[Record]) -> None:
        """The move was committed."""
        self.fence, self.failures, self._faults = records[-1].offset + 1, 0, 0
        self.moved_at = time.monotonic()

    async def _commit(self, records: Sequence[Record]) -> None:
        try:
            async with self._db.transaction() as conn:
                await self.move(conn, records)
                await count_outcomes(conn, self.group, records, await self._run(conn, records))
        except Exception as error:
            self.failures += 1
            self._faults += not is_infrastructure(error)
            raise
        self.moved(records)

    async def _run(self, conn: Connection, records: Sequence[Record]) -> Outcomes:
        if self._faults < TOGETHER:
            return await self._handle(conn, records)
        return [await self._run_alone(conn, record) for record in records]

    async def _run_alone(self, conn: Connection, record: Record) -> Outcome:
        try:
            async with conn.transaction():
                outcomes = await self._handle(conn, [record])
                return outcomes[0] if outcomes else "applied"
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.error("record held", topic=record.topic, offset=record.offset, **describe(error))
            await quarantine(conn, record, f"handler-failed: {type(error).__name__}")
            return "quarantined"


async def apply_together(
    db: Database, handle: Handle, parts: Sequence[tuple[PartitionReader, Sequence[Record]]]
) -> bool:
    """Give the records of several partitions their effect in one transaction.

    False when each partition must be tried alone. That is right whatever went wrong: should the commit have come
    through although we did not hear of it, the fences show it.
    """
    if any(reader.failures or reader.take(records) != list(records) for reader, records in parts):
        return False
    try:
        async with db.transaction() as conn:
            for reader, records in parts:
                await reader.move(conn, records)
            together = [record for _, records in parts for record in records]
            outcomes = await handle(conn, together)
            await count_outcomes(conn, parts[0][0].group, together, outcomes)
    except Exception as error:
        log.info("not together", **describe(error))
        return False
    for reader, records in parts:
        reader.moved(records)
    return True
