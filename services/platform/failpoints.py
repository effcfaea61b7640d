"""Named places at which a test can end the process as a crash would.

`LIANDONG_FAILPOINT="after_commit:3"` ends it with status 137 when that place is reached for the third time; several
are separated by commas. With `:stop` behind it the process is stopped instead, as SIGSTOP does. Unset, `reach` does
nothing.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

STATUS: Final = 137
"""What a shell reports of a process that was killed with SIGKILL."""

POINTS: Final[Mapping[str, str]] = {
    "before_decode": "records were polled",
    "after_decode": "records were read as events",
    "after_fence": "the fence was moved",
    "before_commit": "everything was written",
    "after_commit": "committed, and nobody knows yet",
    "before_offset_commit": "before Kafka is told for its dashboards",
    "after_quarantine": "a record was put into quarantine",
    "before_send": "the outbox was read",
    "after_send": "given to the producer, not acknowledged",
    "before_outbox_delete": "acknowledged by Kafka, still in the outbox",
    "after_outbox_delete": "acknowledged, and gone from the outbox",
    "after_timer_claim": "due alarms were found",
    "after_timer_fired": "alarms had their effect, not committed",
    "after_intake_store": "a report is durable, its sender not answered",
    "before_hand_over": "sealed parts were read for the vault",
    "after_hand_over": "the vault has them, intake has not noted it",
    "before_http_answer": "a request had its effect, the answer was not sent",
}
"""Every place, and what has happened when it is reached."""


def _nothing(point: str) -> None:
    """Nobody asked for a crash."""


def _stop() -> None:
    """Until somebody sends SIGCONT: whatever we hold is old when we wake."""
    os.kill(os.getpid(), signal.SIGSTOP)


def arm(
    spec: str, end: Callable[[int], object] = os._exit, stop: Callable[[], object] = _stop
) -> Callable[[str], None]:
    """What `reach` does for a spec. Raises `ValueError` for a point that does not exist."""
    wanted = {point: (hit, act) for point, hit, act in map(_read, filter(None, spec.split(",")))}
    hits: Counter[str] = Counter()

    def reach(point: str) -> None:
        hits[point] += 1
        if wanted.get(point) == (hits[point], "end"):
            end(STATUS)
        elif wanted.get(point) == (hits[point], "stop"):
            stop()

    return reach if wanted else _nothing


def _read(text: str) -> tuple[str, int, str]:
    point, hit, act = (*text.split(":"), "end", "")[:3]
    if point not in POINTS or not hit.isdigit() or not int(hit) or act not in {"end", "stop"}:
        raise ValueError(f"LIANDONG_FAILPOINT={text}: <point>:<hit>[:stop], points are {', '.join(POINTS)}")
    return point, int(hit), act


reach: Final = arm(os.environ.get("LIANDONG_FAILPOINT", ""))
"""Say that a point is reached."""
