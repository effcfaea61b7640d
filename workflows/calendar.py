"""China's working calendar: statutory holidays and 调休 as the State Council publishes them, year by year.

Statutory days: 全国年节及纪念日放假办法 (2024-11-10). The published years come from the `chinesecalendar` package.
A year whose notice is not out yields an interval: `earliest` supposes as few days off as possible, `latest` as many.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import chinese_calendar

PUBLISHED_THROUGH = max(day.year for day in chinese_calendar.constants.holidays)

_FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
_HOLIDAY_SEASONS = (
    ((1, 1), (1, 4)),  # 元旦
    ((1, 20), (3, 1)),  # 春节, between 21 January and 20 February, with its days off
    ((4, 3), (4, 7)),  # 清明
    ((4, 28), (5, 6)),  # 劳动节
    ((5, 26), (6, 27)),  # 端午
    ((9, 7), (10, 10)),  # 中秋 and 国庆
    ((12, 30), (12, 31)),  # days joined to the next 元旦
)

IsOff = Callable[[date], bool]


def is_published(day: date, through: int = PUBLISHED_THROUGH) -> bool:
    return day.year <= through


def is_working_day(day: date) -> bool:
    """For a year whose notice is out. Raises NotImplementedError otherwise."""
    return bool(chinese_calendar.is_workday(day))


def is_statutory_holiday(day: date) -> bool:
    """A day off by the holiday notice (法定休假日 and the days joined to it), not an ordinary weekend."""
    off, name = chinese_calendar.get_holiday_detail(day)
    return bool(off and name)


def is_surely_off(day: date) -> bool:
    """In an unpublished year: weekends and the days no notice can move."""
    return day.weekday() >= 5 or (day.month, day.day) in _FIXED_HOLIDAYS


def is_possibly_off(day: date) -> bool:
    """In an unpublished year: also every day of a season in which a holiday may fall."""
    return is_surely_off(day) or any(a <= (day.month, day.day) <= b for a, b in _HOLIDAY_SEASONS)


def nth_working_day(start: date, count: int, paused: Iterable[date], unknown: IsOff, through: int) -> date:
    """The `count`-th working day after `start` that is not paused; `unknown` judges days of unpublished years."""
    skipped, day = frozenset(paused), start
    while count > 0:
        day += timedelta(days=1)
        working = is_working_day(day) if is_published(day, through) else not unknown(day)
        count -= working and day not in skipped
    return day
