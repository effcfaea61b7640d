"""Background work that is repeated until the service stops. It is never cancelled inside a transaction."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from services.platform.database import is_infrastructure
from services.platform.logs import describe, get_logger

log = get_logger("worker")

Work = Callable[[], Awaitable[object]]
"""One round. A true result means that there is more to do now."""


class Worker:
    """Calls `work` at once while it returns something true, else again after `seconds` or when woken.

    `longest` is how many seconds a round may take, by default as the service says; `failures` are those in a row.

    An error is logged and the round is tried again, later each time; being woken does not shorten that wait. Rounds
    begin at least `apart` seconds from each other, so that what comes in quick succession is done together.
    """

    def __init__(
        self, name: str, work: Work, seconds: float, *, apart: float = 0.0, longest: float | None = None
    ) -> None:
        self.name = name
        self.longest = longest
        self.failures = 0
        self._work = work
        self._seconds = seconds
        self._apart = apart
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._moved_at: float | None = None

    @property
    def stalled_seconds(self) -> float:
        """How long it has had work and has not moved: its round does not end, or fails by a fault of its own again and
        again. Waiting for a server that is away is no stall."""
        return time.monotonic() - self._moved_at if self._moved_at is not None else 0.0

    def start(self) -> None:
        self._stopped.clear()
        self._task = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        self._woken.set()

    async def stop(self) -> None:
        """Let the round in hand finish, for at most 10 s."""
        self._stopped.set()
        self.wake()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=10)
            self._task.cancel()

    async def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            began = time.monotonic()
            if not self.failures:
                self._moved_at = began
            more = await self._try()
            if self.failures:
                await _wait(self._stopped, backoff(self.failures))
            elif not more:
                self._moved_at = None
                await _wait(self._woken, self._seconds)
                if self._apart:
                    await _wait(self._stopped, began + self._apart - time.monotonic())

    async def _try(self) -> object:
        try:
            more = await self._work()
        except Exception as error:
            self.failures += 1
            if is_away(error):
                self._moved_at = time.monotonic()
            log.warning("work failed", task=self.name, attempt=self.failures, **describe(error))
            return False
        self.failures = 0
        return more


def is_away(error: BaseException) -> bool:
    """A server is, and to move without it would be wrong."""
    return is_infrastructure(error) or isinstance(error, KafkaError)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def backoff(failures: int, *, most: float = 5.0) -> float:
    """Seconds to wait after so many failures in a row, doubling from 50–100 ms, jittered so that retries spread."""
    return min(most, 0.1 * 2.0 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)  # noqa: S311
