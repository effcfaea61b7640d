"""I12: what was on its way when we came has arrived, within a bound. New work may keep coming meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from contracts.topics import TOPICS
from deploy.verification.checks import Check
from deploy.verification.log import Log
from deploy.verification.schemas import enter
from services.platform.clock import DatabaseClock
from services.platform.database import Database, queries
from services.platform.provision import SERVICES

q = queries("deploy")

POLL_SECONDS: Final = 0.2
ROUNDS: Final = 2
"""What the first round brings in lets other services say something, which the second round waits for."""

Ask = Callable[[str, Any], Awaitable[Any]]


@dataclass
class Settling:
    """Waits until `deadline` (monotonic seconds) at the most."""

    db: Database
    namespace: str
    log: Log
    deadline: float
    check: Check

    async def run(self) -> None:
        for last in (False, True):
            await self._reports()
            await self._outboxes()
            await self._fences()
            await self._alarms(last=last)

    async def _reports(self) -> None:
        """Reports that were with intake have gone to the vault and to casework."""
        newest = await self._ask("intake", q.get_newest_report)
        await self._until_none("intake", "在途报告", "reports on their way", q.count_reports_until, newest)

    async def _outboxes(self) -> None:
        for service in SERVICES:
            newest = await self._ask(service, q.get_newest_outgoing)
            await self._until_none(service, "发件箱", "in the outbox", q.count_outgoing_until, newest)

    async def _fences(self) -> None:
        """Every reader has passed what was the end of its topics."""
        ends = await self.log.ends()
        for topic in TOPICS:
            for reader in set(topic.consumers) & set(SERVICES):
                marks = [(number, end) for (name, number), end in ends.items() if name == topic.name]
                numbers, offsets = map(list, zip(*marks, strict=True))
                what = f"落后于 {topic.name}", f"behind on {topic.name}"
                await self._until_none(reader, *what, q.count_behind, reader, topic.name, numbers, offsets)

    async def _alarms(self, *, last: bool) -> None:
        async with self.db.connection() as conn:
            now = await DatabaseClock().now(conn)
        if last:
            await self._until_none("casework", "到时未触发的定时器", "alarms overdue", q.count_due_until, now)

    async def _until_none(self, service: str, zh: str, en: str, query: str, *values: Any) -> None:
        left = await self._ask(service, query, *values)
        while left and time.monotonic() < self.deadline:
            await asyncio.sleep(POLL_SECONDS)
            left = await self._ask(service, query, *values)
        self.check.expect(not left, service, f"{zh}：{left}", en)

    async def _ask(self, service: str, query: str, *values: Any) -> Any:
        async with self.db.transaction() as conn:
            await enter(conn, self.namespace, service)
            return await conn.fetchval(query, *values)
