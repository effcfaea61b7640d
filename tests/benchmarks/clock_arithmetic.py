"""What working-day arithmetic costs: `python -m tests.benchmarks.clock_arithmetic`.

Goal: 20 µs a call over 20 years (about 5000 working days). The first call of a calendar lays out its days; it is timed
apart.
"""

import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from rich.console import Console
from rich.table import Table

from contracts.base import SHANGHAI
from workflows.calendar import NATIONAL_CALENDAR, Calendar
from workflows.clocks import count, due
from workflows.rules import Rule

CALLS = 20_000
START = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)


def measure() -> Table:
    table = Table("what", "µs a call")
    paused = [(datetime(2026, 3, 2, tzinfo=SHANGHAI), datetime(2026, 3, 20, tzinfo=SHANGHAI))]
    fresh = Calendar()
    table.add_row("first call of a calendar", f"{_time(lambda: _twenty_years(fresh), 1):.0f}")
    table.add_row("5000th working day (20 years)", f"{_time(lambda: _twenty_years(NATIONAL_CALENDAR), CALLS):.1f}")
    for title, rule in (
        ("due, 5000 working days (20 years)", _rule(5000, "working_days")),
        ("due, 3 working days", _rule(3, "working_days")),
        ("due, 30 days that roll", _rule(30, "calendar_days", roll="due")),
        ("due, 72 hours", _rule(72, "clock_hours")),
    ):
        table.add_row(title, f"{_time(partial(due, rule, START), CALLS):.1f}")
    table.add_row("due, 30 days, 19 paused", f"{_time(lambda: due(_PAUSED, START, paused), CALLS):.1f}")
    table.add_row("count, 30 days", f"{_time(lambda: count(_PAUSED, START), CALLS // 10):.1f}")
    return table


def _twenty_years(calendar: Calendar) -> date:
    return calendar.nth_working_day(START.date(), 5000)


def _rule(value: int, unit: str, **more: str) -> Rule:
    row = {"id": "r", "title": "t", "article": "a", "law_class": "PLAT", "effective_from": date(2020, 1, 1)}
    return Rule.model_validate(row | {"value": value, "unit": unit} | more)


_PAUSED = _rule(30, "calendar_days", roll="due")


def _time(work: Callable[[], object], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - started) / calls * 1e6


if __name__ == "__main__":
    Console().print(measure())
