"""Every failpoint at its first, second and third hit, each really hit, on a system under load; then the checker.

All of it takes some minutes; of a `sample` every point is hit once, in turn for the first, second and third time.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from deploy.verify import Verdict
from services.platform.failpoints import POINTS, STATUS
from tests.chaos.faults import Faults
from tests.chaos.run import Chaos, chaos
from tests.chaos.script import Fault

Strike = tuple[str, int]
"""A point, and at which hit of it."""

HITS: Final = (1, 2, 3)
WAIT_SECONDS: Final = 120
GARBAGE_SECONDS: Final = 0.5

LOAD_SECONDS: Final = 1200
"""Longer than all strikes take on a busy machine. Not longer still: a week of reports is spread over it, and the first
alarms must ring while a strike waits for them."""

BY: Final[Mapping[str, Sequence[str]]] = {
    "casework": (
        "before_decode", "after_decode", "after_fence", "before_commit", "after_commit", "after_quarantine",
        "after_timer_claim", "after_timer_fired",
    ),
    "intake": (
        "after_intake_store", "before_http_answer", "before_hand_over", "after_hand_over", "before_send", "after_send",
        "before_outbox_delete", "after_outbox_delete",
    ),
    "worklist": ("before_offset_commit",),
}  # fmt: skip
"""Who is ended at which point; the services take their turns beside each other."""


@dataclass
class Passed:
    """With what status the process ended, by point and hit."""

    statuses: dict[Strike, int | None]
    verdict: Verdict

    @property
    def missed(self) -> list[Strike]:
        return [one for one, status in self.statuses.items() if status != STATUS]


async def run_every_point(home: Path, *, sample: bool, seed: int = 7, rate: float = 6) -> Passed:
    """Raises `LocalError` when the servers do not start."""
    points = {point: [HITS[n % len(HITS)]] if sample else HITS for n, point in enumerate(POINTS)}
    statuses: dict[Strike, int | None] = {(point, hit): None for point, hits in points.items() for hit in hits}
    async with chaos(seed, LOAD_SECONDS, home, nodes=1, rate=rate) as running:
        await _strike_all(running, statuses)
        verdict = await running.check()
    return Passed(statuses, verdict)


async def _strike_all(running: Chaos, statuses: dict[Strike, int | None]) -> None:
    load = asyncio.create_task(running.load.run(LOAD_SECONDS))
    spoiling = asyncio.create_task(_spoil(running.faults))
    async with asyncio.TaskGroup() as group:
        for service, points in BY.items():
            group.create_task(_strike(running.faults, service, points, statuses))
    spoiling.cancel()
    running.load.stop()
    await asyncio.gather(load, spoiling, return_exceptions=True)


async def _strike(faults: Faults, service: str, points: Sequence[str], statuses: dict[Strike, int | None]) -> None:
    for point, hit in [strike for strike in statuses if strike[0] in points]:
        statuses[point, hit] = await faults.strike(service, f"{point}:{hit}", WAIT_SECONDS)


async def _spoil(faults: Faults) -> None:
    """Something to quarantine, always."""
    for number in count():
        await faults.garbage(Fault(0, "garbage", "", 0, number))
        await asyncio.sleep(GARBAGE_SECONDS)
