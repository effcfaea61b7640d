"""`python -m tests.chaos`: one seed after the other until the minutes are over. Exits with 1 after a violation.

With `--points` every failpoint at its first, second and third hit instead.
"""

import argparse
import asyncio
import logging
import random
import sys
import time
from pathlib import Path
from typing import Final

from deploy.pages import of_verdict
from tests.chaos.every_point import run_every_point
from tests.chaos.run import Ended, run
from tests.folders import open_folder

SECONDS: Final = 60.0
"""Of faults for each seed; starting, waiting and checking take about as long again."""


def main() -> None:
    options = _options()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that brokers are away is our own doing
    if options.points:
        sys.exit(_every_point())
    deadline, seed, violations, seeds = time.monotonic() + options.minutes * 60, options.seed, 0, 0
    while seeds == 0 or time.monotonic() + options.seconds < deadline:
        print(f"chaos: seed {seed}", flush=True)  # noqa: T201
        ended = _run(seed, options)
        _tell(ended)
        violations, seeds, seed = violations + ended.violations, seeds + 1, seed + 1
    print(f"chaos: {seeds} seeds, {violations} violations")  # noqa: T201
    sys.exit(1 if violations else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--points", action="store_true")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--rate", type=float, default=6)
    parser.add_argument("--home", type=Path, default=None, help="kept, for a look at what happened")
    return parser.parse_args()


def _run(seed: int, options: argparse.Namespace) -> Ended:
    work = {"nodes": options.nodes, "rate": options.rate}
    if options.home:
        return asyncio.run(run(seed, options.seconds, options.home / str(seed), **work))
    with open_folder() as folder:
        return asyncio.run(run(seed, options.seconds, folder / "chaos", **work))


def _every_point() -> int:
    """The exit status."""
    with open_folder() as folder:
        passed = asyncio.run(run_every_point(folder / "points", sample=False))
    for line in of_verdict(passed.verdict):
        print(line)  # noqa: T201
    differences = sum(len(check.differences) for check in passed.verdict.checks)
    print(f"chaos: {len(passed.statuses)} strikes, {len(passed.missed)} missed, {differences} violations")  # noqa: T201
    return 1 if passed.missed or differences else 0


def _tell(ended: Ended) -> None:
    for name, counts in (("faults", ended.faults), ("statuses", ended.statuses), ("sent", ended.sent)):
        print(f"  {name}: {dict(sorted(counts.items(), key=str))}")  # noqa: T201
    for line in of_verdict(ended.verdict):
        print(line)  # noqa: T201
    print(ended.summary, flush=True)  # noqa: T201


main()
