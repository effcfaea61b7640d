"""When a period ends. Counting follows 民法典 arts 200-203; hours are continuous, days end at 24:00 Shanghai time.

`due` says when; `count` says how, day by day, from the same judgement of each day. Neither stops for a pause before
the start or after the end, and what stood still twice at once stood still once.
"""

import calendar as gregorian
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from contracts.base import SHANGHAI
from contracts.cases import Deadline
from workflows.calendar import LONGEST_HOLIDAY, NATIONAL_CALENDAR, Calendar, next_day
from workflows.rules import Rule

Pause = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Due:
    """`due_at` is the first moment too late; the record of a breach may wait until `breach_at`.

    `latest_due_at` is set when a holiday notice that is not out can move `due_at`: the deadline is then provisional,
    between both. `breach_at` is always the latest possible: no breach is recorded that a notice could undo.
    """

    due_at: datetime
    breach_at: datetime
    latest_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a period, and why it does not count: weekend, holiday or paused.

    A counted day may be `makeup`, a weekend worked for the holiday in `name`.
    """

    day: date
    counted: bool
    why: Literal["", "weekend", "holiday", "makeup", "paused"] = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """The days after the first up to the last, and the days off over which the last one rolls."""

    days: tuple[Day, ...] = ()
    rolled: tuple[Day, ...] = ()


def due(
    rule: Rule,
    start: datetime,
    pauses: Iterable[Pause] = (),
    calendar: Calendar = NATIONAL_CALENDAR,
    until: date | None = None,
) -> Due:
    """When the period of `rule` that began at `start` ends, or at the latest with the day `until` that was set.

    Raises CalendarError for years beyond the calendar.
    """
    end = _due(rule, start, pauses, calendar)
    if until is None or end.due_at < _midnight_after(until):
        return end
    return Due(_midnight_after(until), _midnight_after(until))


def _due(rule: Rule, start: datetime, pauses: Iterable[Pause], calendar: Calendar) -> Due:
    if rule.length is not None:
        moment = _after_pauses(start, start + rule.length, pauses)
        return Due(moment, moment)
    first, paused = start.astimezone(SHANGHAI).date(), _paused_days(pauses)
    warned, recorded = _ends(rule, first, paused, calendar, late=False)
    if calendar.is_settled(recorded):
        return Due(_midnight_after(warned), _midnight_after(recorded))
    latest, recorded = _ends(rule, first, paused, calendar, late=True)
    provisional = _midnight_after(latest) if latest != warned else None
    return Due(_midnight_after(warned), _midnight_after(recorded), provisional)


def reproject(deadline: Deadline, pauses: Iterable[Pause], rule: Rule, calendar: Calendar) -> Due:
    """When an open deadline ends by another calendar: a notice came out, or a region added a holiday."""
    return due(rule, deadline.started_at, pauses, calendar, deadline.until)


def count(
    rule: Rule,
    start: datetime,
    pauses: Iterable[Pause] = (),
    calendar: Calendar = NATIONAL_CALENDAR,
    until: date | None = None,
) -> Count:
    """How the period of `rule` is counted; of hours and moments there is nothing to count.

    Where a notice is not out it supposes the earliest end, as `due_at` does.
    """
    if rule.length is not None:
        return Count()
    first, paused = start.astimezone(SHANGHAI).date(), _paused_days(pauses)
    last = _last_day(rule, first, paused, calendar, late=False)
    last = min(last, until or last)
    end = _roll(last, rule, calendar, late=False) if rule.rolls and last != until else last
    judge = _judge_working if rule.unit == "working_days" else _judge_any
    return Count(
        tuple(judge(day, paused, calendar) for day in _days_between(next_day(first), last)),
        tuple(_day_off(day, calendar) for day in _days_between(last, next_day(end, -1))),
    )


def _days_between(first: date, last: date) -> Iterator[date]:
    return (next_day(first, n) for n in range((last - first).days + 1))


def _judge_any(day: date, paused: frozenset[date], calendar: Calendar) -> Day:  # noqa: ARG001
    return Day(day, counted=False, why="paused") if day in paused else Day(day, counted=True)


def _judge_working(day: date, paused: frozenset[date], calendar: Calendar) -> Day:
    judged = calendar.judge(day)
    if not judged.working:
        return _day_off(day, calendar)
    if day in paused:
        return Day(day, counted=False, why="paused")
    return Day(day, counted=True, why="makeup" if day.weekday() >= 5 else "", name=judged.name)


def _day_off(day: date, calendar: Calendar) -> Day:
    name = calendar.judge(day).name
    return Day(day, counted=False, why="holiday" if name else "weekend", name=name)


def _ends(rule: Rule, first: date, paused: frozenset[date], calendar: Calendar, *, late: bool) -> tuple[date, date]:
    """The last day for the warning and the last day for the record of a breach."""
    last = _last_day(rule, first, paused, calendar, late=late)
    if not rule.rolls:
        return last, last
    rolled = _roll(last, rule, calendar, late=late)
    return (rolled if rule.roll == "due" else last), rolled


def _last_day(rule: Rule, first: date, paused: frozenset[date], calendar: Calendar, *, late: bool) -> date:
    if rule.unit == "working_days":
        return calendar.nth_working_day(first, rule.value, paused, late=late)
    if rule.unit == "calendar_days":
        last = next_day(first, rule.value)
    else:
        last = add_months(first, rule.value * (12 if rule.unit == "years" else 1))
    for day in sorted(paused):
        if first < day <= last:
            last = next_day(last)
    return last


def _roll(day: date, rule: Rule, calendar: Calendar, *, late: bool) -> date:
    """民法典 art 203: a last day that is a 法定休假日 moves to the next day that is not."""
    unsettled = 0
    while unsettled < LONGEST_HOLIDAY:
        judged = calendar.judge(day, late=late)
        if judged.working or not (judged.name or rule.weekends_roll):
            break
        unsettled += not calendar.is_settled(day)
        day = next_day(day)
    return day


def _after_pauses(start: datetime, end: datetime, pauses: Iterable[Pause]) -> datetime:
    """`end`, moved by what stood still between `start` and it."""
    reached = start
    for begin, stop in sorted(pauses):
        since = max(begin, reached)
        if since < end and since < stop:
            end, reached = end + (stop - since), stop
    return end


def _paused_days(pauses: Iterable[Pause]) -> frozenset[date]:
    """A day on which the clock stood still for any time does not count."""
    days: set[date] = set()
    for begin, end in pauses:
        days.update(_days_between(begin.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()))
    return frozenset(days)


def add_months(day: date, months: int) -> date:
    """The corresponding day, or the last day of a month that has none (民法典 art 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def _midnight_after(day: date) -> datetime:
    return datetime.combine(next_day(day), time(), SHANGHAI)
