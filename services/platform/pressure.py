"""When to take in less: PostgreSQL answers slowly, or what was decided does not get out. Measured once a second.

A limit that was passed counts until the value is below half of it, so that nothing flutters.
"""

import math
import time
from typing import Final

from services.platform.database import Database, is_infrastructure, queries
from services.platform.logs import describe, get_logger
from services.platform.settings import Settings

log = get_logger("pressure")
q = queries("services.platform")

RELIEF: Final = 0.5


class Pressure:
    """`slow`: the database is; no request is taken in. `backed_up`: the outbox is old. Readers pause for either."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.backed_up = False
        self._db = db
        self._settings = settings
        self._slow = False
        self._asked_at: float | None = None

    @property
    def slow(self) -> bool:
        """Also while the last question has been waiting for too long."""
        waiting = time.monotonic() - self._asked_at if self._asked_at else 0.0
        return self._slow or waiting > self._settings.slow_seconds

    @property
    def high(self) -> bool:
        return self.slow or self.backed_up

    async def measure(self) -> None:
        """How long a small question takes, waiting for a connection included, and how old the outbox is."""
        self._asked_at = began = time.monotonic()
        oldest = 0.0
        try:
            async with self._db.connection() as conn:
                oldest = await conn.fetchval(q.get_outbox_seconds)
            latency = time.monotonic() - began
        except Exception as error:
            if not is_infrastructure(error):
                raise
            log.warning("no answer", **describe(error))
            latency = math.inf
        finally:
            self._asked_at = None
        self._settle(latency, oldest)

    def _settle(self, latency: float, oldest: float) -> None:
        before = self._slow, self.backed_up
        self._slow = _passes(self._slow, latency, self._settings.slow_seconds)
        self.backed_up = _passes(self.backed_up, oldest, self._settings.backed_up_seconds)
        if (self._slow, self.backed_up) != before:
            ms = round(latency * 1000) if latency < math.inf else None
            log.warning("pressure", slow=self._slow, backed_up=self.backed_up, ms=ms, outbox_seconds=round(oldest))


def _passes(passed: bool, value: float, limit: float) -> bool:
    return value > (limit * RELIEF if passed else limit)
