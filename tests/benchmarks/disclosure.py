"""What the release check of one city's year costs: `python -m tests.benchmarks.disclosure`.

Goal: 120 s for 10,000 published cells. Eighteen shares, each over twelve counties and their city, two halves and their
year, six relations and four reporters (two tables that share their margins); a release of the first half went out
before, and some of its counts have grown since.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from services.statistics.disclosure.attack import attack
from services.statistics.disclosure.model import Cell, Key, Measure, Release
from services.statistics.disclosure.protect import protect
from services.statistics.disclosure.rules import need_of
from services.statistics.disclosure.solver import Budget
from services.statistics.disclosure.system import build
from workflows.packs import Disclosure

Result = TypeVar("Result")

SHARES = 18
COUNTIES = [f"3303{number:02}" for number in range(2, 14)]
HALVES = ("2026-S1", "2026-S2")
LINES = [("relation", str(number)) for number in range(6)], [("reporter", str(number)) for number in range(4)]
LATE = 0.002


def measure() -> Table:
    half, year = _releases(Random(20))
    table = Table("what", "cells", "kept back", "solved apart", "seconds", "of the processor")
    first, seconds = _time(lambda: protect([], half, Budget(600)))
    table.add_row("choose, first half", *_size([first]), *seconds)
    leaks, seconds = _time(lambda: attack([first], Budget(600)))
    table.add_row(f"attack, first half: {len(leaks)} leaks", *_size([first]), *seconds)
    second, seconds = _time(lambda: protect([first], year, Budget(600)))
    table.add_row("choose, year after it", *_size([first, second]), *seconds)
    leaks, seconds = _time(lambda: attack([first, second], Budget(600)))
    table.add_row(f"attack, both: {len(leaks)} leaks", *_size([first, second]), *seconds)
    return table


def _size(releases: list[Release]) -> tuple[str, str, str]:
    newest = releases[-1]
    system = build(releases)
    components = system.components([standing.shown for standing in system.standings])
    guarded = [one for one in components if any(system.standings[quantity].guarded for quantity in one.quantities)]
    largest = max(len(one.quantities) for one in guarded)
    kept = len(newest.cells) - len(newest.published)
    return f"{len(newest.cells):,}", f"{kept:,}", f"{len(guarded)}, at most {largest} counts"


def _releases(random: Random) -> tuple[Release, Release]:
    """The first half as known in summer, and everything as known a year later, with late cases."""
    early: Counter[Key] = Counter()
    late: Counter[Key] = Counter()
    for share in range(SHARES):
        for _ in range(random.choice([150, 400, 1000, 3000, 8000])):
            keys = list(_keys(random, f"share-{share}"))
            late.update(keys)
            early.update(keys if random.random() > LATE else ())
    grid = list(_grid())
    rule = Disclosure()
    half = {key: Cell(early[key], need_of(key, rule)) for key in grid if key.period == HALVES[0]}
    return Release("2026-07", half), Release("2027-01", {key: Cell(late[key], need_of(key, rule)) for key in grid})


def _keys(random: Random, indicator: str) -> Iterator[Key]:
    """Where one person counts. Counties and lines are of very different sizes."""
    county = random.choices(COUNTIES, [2.0**-number for number in range(12)])[0]
    half = random.choice(HALVES)
    lines = [random.choices(of, [3.0**-number for number in range(len(of))])[0] for of in LINES]
    measures: list[Measure] = ["denominator", "numerator"] if random.random() < 0.8 else ["denominator"]
    for place in product(measures, (half, half[:4]), (county, "330300"), ((), *((line,) for line in lines))):
        yield Key(indicator, "main", *place)


def _grid() -> Iterator[Key]:
    measures: list[Measure] = ["denominator", "numerator"]
    lines = [(), *((line,) for of in LINES for line in of)]
    for place in product(measures, (*HALVES, "2026"), (*COUNTIES, "330300"), lines):
        yield from (Key(f"share-{share}", "main", *place) for share in range(SHARES))


def _time(work: Callable[[], Result]) -> tuple[Result, tuple[str, str]]:
    started, before = time.perf_counter(), time.process_time()
    done = work()
    return done, (f"{time.perf_counter() - started:.1f}", f"{time.process_time() - before:.1f}")


if __name__ == "__main__":
    Console().print(measure())
