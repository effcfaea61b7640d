"""When a period ends. Counting follows 民法典 arts 200-203; hours are continuous, days end at 24:00 Shanghai time."""

import calendar as gregorian
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from contracts.base import SHANGHAI
from workflows import calendar
from workflows.policy import Rule

Pause = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Due:
    """`due_at` is the first moment too late; the record of a breach may wait until `breach_at`.

    `latest_due_at` is set when the period crosses into a year whose holiday notice is not out:
    the deadline is then provisional, between `due_at` and `latest_due_at`, and no breach is recorded before the latter.
    """

    due_at: datetime
    breach_at: datetime
    latest_due_at: datetime | None = None


def due(rule: Rule, start: datetime, pauses: Iterable[Pause] = (), through: int = calendar.PUBLISHED_THROUGH) -> Due:
    """When the period of `rule` that began at `start` ends; `through` is the last year whose notice is out."""
    stops = tuple(pauses)
    if rule.unit in {"immediate", "clock_hours"}:
        length = timedelta(minutes=rule.value) if rule.unit == "immediate" else timedelta(hours=rule.value)
        moment = start + length + sum((b - a for a, b in stops), timedelta())
        return Due(moment, moment)
    earliest = _last_days(rule, start, stops, calendar.is_surely_off, through)
    latest = _last_days(rule, start, stops, calendar.is_possibly_off, through)
    if earliest == latest:
        return Due(_midnight_after(earliest[0]), _midnight_after(earliest[1]))
    return Due(_midnight_after(earliest[0]), _midnight_after(latest[1]), _midnight_after(latest[0]))


def _last_days(
    rule: Rule, start: datetime, pauses: tuple[Pause, ...], unknown: calendar.IsOff, through: int
) -> tuple[date, date]:
    """The last day for the warning and the last day for the record of a breach."""
    first, paused = start.astimezone(SHANGHAI).date(), _paused_days(pauses)
    if rule.unit == "working_days":
        last = calendar.nth_working_day(first, rule.value, paused, unknown, through)
    elif rule.unit == "calendar_days":
        last = _nth_day(first, rule.value, paused)
    else:
        last = add_months(first, rule.value * (12 if rule.unit == "years" else 1)) + timedelta(days=len(paused))
    rolled = _roll(last, rule.weekends_roll, unknown, through)
    return (rolled if rule.roll == "due" else last), (last if rule.roll == "none" else rolled)


def _nth_day(start: date, count: int, paused: frozenset[date]) -> date:
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= day not in paused
    return day


def _paused_days(pauses: Iterable[Pause]) -> frozenset[date]:
    """A day on which the clock stood still for any time does not count."""
    days: set[date] = set()
    for begin, end in pauses:
        first, last = begin.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()
        days.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(days)


def _roll(day: date, weekends: bool, unknown: calendar.IsOff, through: int) -> date:
    """民法典 art 203: a last day that is a 法定休假日 moves to the next day that is not."""
    while _is_off(day, weekends, unknown, through):
        day += timedelta(days=1)
    return day


def _is_off(day: date, weekends: bool, unknown: calendar.IsOff, through: int) -> bool:
    if not calendar.is_published(day, through):
        return unknown(day) and (weekends or day.weekday() < 5)
    if calendar.is_statutory_holiday(day):
        return True
    return weekends and not calendar.is_working_day(day)


def add_months(day: date, months: int) -> date:
    """The corresponding day, or the last day of a month that has none (民法典 art 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
