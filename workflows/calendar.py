"""China's working calendar: statutory holidays and 调休 as the State Council publishes them, year by year.

Statutory days: 全国年节及纪念日放假办法 (2024-11-10); holidays of ethnic minorities are fixed by local governments (its
art 4), so a calendar belongs to a region. The published years come from the `chinesecalendar` package; a later notice,
and what a region adds, comes from a policy pack.

A day of a year whose notice is not out is judged twice: as if it had as few days off as possible (`early`) and as many
(`late`). The last days of December are settled only by the notice of the next year, which may join them to 元旦.
"""

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from chinese_calendar import constants

PUBLISHED_THROUGH: Final[int] = max(day.year for day in constants.holidays)
FIRST, LAST = date(min(day.year for day in constants.holidays), 1, 1), date(2060, 12, 31)
"""The days there are; beyond them a CalendarError."""

LONGEST_HOLIDAY: Final = 10
"""Days off in a row that any notice has made (春节 2020)."""

STATUTORY: Final = 13
"""Days off that every year has (全国年节及纪念日放假办法, 2024, art 2); those of `_FIXED` always on the same dates."""

_NAMES: Final = {holiday.value: holiday.chinese for holiday in constants.Holiday}
_SETTLED_BY_NEXT_NOTICE: Final = (12, 28)
_FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节"} | {(10, n): "国庆节" for n in (1, 2, 3)}
_OFF_SEASONS = (
    ((1, 1), (1, 4)),  # 元旦
    ((1, 20), (3, 1)),  # 春节, between 21 January and 20 February, with its days off
    ((4, 1), (4, 7)),  # 清明
    ((4, 28), (5, 6)),  # 劳动节
    ((5, 26), (6, 27)),  # 端午
    ((9, 7), (10, 10)),  # 中秋 and 国庆
    ((12, 28), (12, 31)),  # days joined to the next 元旦
)
_WORKED_WEEKENDS = (((1, 1), (3, 7)), ((3, 25), (5, 15)), ((5, 24), (7, 2)), ((9, 5), (10, 17)), ((12, 26), (12, 31)))
"""When a Saturday or Sunday may be worked for a holiday nearby."""


def find_lacking(year: int, off: Collection[date]) -> str | None:
    """What the holiday notice of a year must have and these days off lack; None for a whole one."""
    lacking = [str(day) for at in _FIXED if (day := date(year, *at)) not in off]
    count = sum(day.year == year for day in off)
    return ", ".join(lacking) or (f"{count} < {STATUTORY}" if count < STATUTORY else None)


class CalendarError(ValueError):
    """A day that no calendar covers."""


class Judged(NamedTuple):
    """`name` is the holiday a day belongs to, also of a weekend worked for it; a plain weekend has none."""

    working: bool
    name: str = ""

    @property
    def holiday(self) -> bool:
        """A day off by a holiday notice (法定休假日 and the days joined to it), not an ordinary weekend."""
        return not self.working and bool(self.name)


@dataclass(frozen=True)
class Calendar:
    """`through` is the last year whose notice is out; `off` and `worked` add to, and go before, what is published."""

    through: int = PUBLISHED_THROUGH
    off: Mapping[date, str] = field(default_factory=dict)
    worked: Mapping[date, str] = field(default_factory=dict)

    def is_settled(self, day: date) -> bool:
        return day.year < self.through or (day.year == self.through and (day.month, day.day) < _SETTLED_BY_NEXT_NOTICE)

    def judge(self, day: date, *, late: bool = False) -> Judged:
        """What a day is; `late` supposes as many days off as possible where the notice is not out."""
        if day in self.worked:
            return Judged(True, self.worked[day])
        if day in self.off:
            return Judged(False, self.off[day])
        if not self.is_settled(day):
            return _suppose(day, late=late)
        if day in constants.workdays:
            return Judged(True, _NAMES[constants.workdays[day]])
        if day in constants.holidays:
            return Judged(False, _NAMES[constants.holidays[day]])
        return Judged(day.weekday() < 5)

    def nth_working_day(self, start: date, count: int, skipped: Collection[date] = (), *, late: bool = False) -> date:
        """The `count`-th working day after `start` that is not in `skipped`. Raises CalendarError beyond LAST."""
        days = self._late if late else self._early
        index = days.until(start) + count - 1
        for day in sorted(skipped):
            if start < day <= days.at(index) and days.at(days.until(day) - 1) == day:
                index += 1
        return days.at(index)

    @cached_property
    def _early(self) -> "_WorkingDays":
        return _WorkingDays(self, late=False)

    @cached_property
    def _late(self) -> "_WorkingDays":
        return self._early if self.is_settled(LAST) else _WorkingDays(self, late=True)


class _WorkingDays:
    """Every working day in order, and how many there are until each day."""

    def __init__(self, calendar: Calendar, *, late: bool) -> None:
        self._days, self._until = array("l"), array("l")
        for n in range(FIRST.toordinal(), LAST.toordinal() + 1):
            if calendar.judge(date.fromordinal(n), late=late).working:
                self._days.append(n)
            self._until.append(len(self._days))

    def until(self, day: date) -> int:
        """Working days from FIRST to `day`, both included."""
        if not FIRST <= day <= LAST:
            raise CalendarError(f"{day} is outside the calendar, {FIRST} to {LAST}")
        return self._until[day.toordinal() - FIRST.toordinal()]

    def at(self, index: int) -> date:
        if index >= len(self._days):
            raise CalendarError(f"the calendar ends on {LAST}")
        return date.fromordinal(self._days[index])


def _suppose(day: date, *, late: bool) -> Judged:
    at = (day.month, day.day)
    if name := _FIXED.get(at):
        return Judged(False, name)
    if late:
        season = any(a <= at <= b for a, b in _OFF_SEASONS)
        return Judged(day.weekday() < 5 and not season, "可能放假" if season else "")
    if day.weekday() >= 5 and any(a <= at <= b for a, b in _WORKED_WEEKENDS):
        return Judged(True, "可能调休上班")
    return Judged(day.weekday() < 5)


NATIONAL_CALENDAR: Final = Calendar()


def next_day(day: date, count: int = 1) -> date:
    return day + timedelta(days=count)
