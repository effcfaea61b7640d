"""Domain time: the wall clock, or in a simulation one row of PostgreSQL. Always Shanghai time."""

from datetime import datetime
from typing import Protocol

from contracts.base import SHANGHAI
from services.platform.database import Connection, queries

q = queries("services.platform")


class Clock(Protocol):
    async def now(self, conn: Connection) -> datetime:
        """Domain time of this transaction, Shanghai zone; the same however often it is asked."""


class DatabaseClock:
    async def now(self, conn: Connection) -> datetime:
        moment: datetime = await conn.fetchval(q.get_now)
        return moment.astimezone(SHANGHAI)


async def set_simulated(conn: Connection, moment: datetime | None) -> None:
    """Let domain time stand at `moment` (zoned), or with None follow the wall clock. Needs the administrator's role."""
    await conn.execute(q.store_simulated, moment)


async def find_simulated(conn: Connection) -> datetime | None:
    moment: datetime | None = await conn.fetchval(q.find_simulated)
    return moment.astimezone(SHANGHAI) if moment else None
