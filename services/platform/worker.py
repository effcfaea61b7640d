"""Background work that is repeated until the service stops. It is never cancelled inside a transaction."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from services.platform.logs import describe, get_logger

log = get_logger("worker")

Work = Callable[[], Awaitable[object]]
"""One round. A true result means that there is more to do now."""


class Worker:
    """Calls `work` at once while it returns something true, else again after `seconds` or when woken.

    An error is logged and the round is tried again, later each time; being woken does not shorten that wait. Rounds
    begin at least `apart` seconds from each other, so that what comes in quick succession is done together.
    """

    def __init__(self, name: str, work: Work, seconds: float, apart: float = 0.0) -> None:
        self.name = name
        self._work = work
        self._seconds = seconds
        self._apart = apart
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

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
        failures = 0
        while not self._stopped.is_set():
            self._woken.clear()
            began = time.monotonic()
            try:
                more = await self._work()
                failures = 0
            except Exception as error:
                failures += 1
                more = False
                log.warning("work failed", task=self.name, attempt=failures, **describe(error))
            if failures:
                await _wait(self._stopped, backoff(failures))
            elif not more:
                await _wait(self._woken, self._seconds)
                if self._apart:
                    await _wait(self._stopped, began + self._apart - time.monotonic())


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def backoff(failures: int, *, most: float = 5.0) -> float:
    """Seconds to wait after so many failures in a row, doubling from 50–100 ms, jittered so that retries spread."""
    return min(most, 0.1 * 2.0 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)  # noqa: S311
