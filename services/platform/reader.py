"""One partition, read behind its fence. Knows no Kafka: tests and the simulation drive it with records of their own."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from services.platform.database import Connection, Database, is_infrastructure
from services.platform.events import Record
from services.platform.fence import OffsetGapError, Partition, move_fence, take
from services.platform.logs import describe, get_logger
from services.platform.quarantine import quarantine

log = get_logger("reader")

Handle = Callable[[Connection, Sequence[Record]], Awaitable[None]]
"""Applies records of one partition, in order, in the given transaction."""

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
        self._group = group
        self._handle = handle
        self._allow_gaps = allow_gaps
        self._faults = 0
        self._suspected: int | None = None

    async def apply(self, records: Sequence[Record]) -> bool:
        """Give records their effect, once; false when the caller must deliver again from `fence`.

        Raises `FencedError`, `OffsetGapError`, and what the handler or PostgreSQL raised; then nothing has happened.
        """
        taken = take(records, self.fence, allow_gaps=self._allow_gaps)
        if taken:
            await self._commit(taken)
        if records[-1].offset < self.fence:
            return True
        if self._suspected == self.fence:
            raise OffsetGapError(f"{self.partition.topic}/{self.partition.number} has no record {self.fence}")
        self._suspected = self.fence
        return False

    async def _commit(self, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        until = records[-1].offset + 1
        gaps = until - self.fence - len(records)
        try:
            async with self._db.transaction() as conn:
                await move_fence(conn, self._group, self.partition, seen=self.fence, until=until, gaps=gaps)
                await self._run(conn, records)
        except Exception as error:
            self.failures += 1
            self._faults += not is_infrastructure(error)
            raise
        self.fence, self.failures, self._faults, self.moved_at = until, 0, 0, time.monotonic()
        log.info(
            "batch",
            group=self._group,
            topic=self.partition.topic,
            partition=self.partition.number,
            records=len(records),
            next_offset=until,
            gaps=gaps,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )

    async def _run(self, conn: Connection, records: Sequence[Record]) -> None:
        if self._faults < TOGETHER:
            await self._handle(conn, records)
            return
        for record in records:
            await self._run_alone(conn, record)

    async def _run_alone(self, conn: Connection, record: Record) -> None:
        try:
            async with conn.transaction():
                await self._handle(conn, [record])
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.error("record held", topic=record.topic, offset=record.offset, **describe(error))
            await quarantine(conn, record, f"handler-failed: {type(error).__name__}")
