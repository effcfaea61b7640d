"""预警: which numbers will miss what the plan wants, or swing, if they go on as they have. Pure.

The projection is a straight line (least squares) through the years that were published and, of the year that runs, what
would become of it: a count so far is scaled to the whole year, a share stays as it stands.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import linear_regression
from typing import Final, Literal, NamedTuple

from services.statistics.catalogue import Comparator, Target

SWING: Final = 1.5
"""A number that is this many times last year's, or last year's is this many times it, swings."""

Why = Literal["miss", "swing"]


class Warning_(NamedTuple):  # noqa: N801 — the builtin has the name
    """`projected` is what a target's year will bring, or this year; `wanted` what the plan wants or last year was."""

    why: Why
    year: int
    projected: float
    wanted: float
    zh: str
    en: str


def project(years: Mapping[int, float], year: int) -> float | None:
    """Where the line through the known years stands in a later one; None when fewer than two years are known."""
    if len(years) < 2:
        return years.get(year)
    slope, intercept = linear_regression(list(years), list(years.values()))
    return max(0.0, slope * year + intercept)


def of_whole_year(value: float, kind: str, day: date) -> float:
    """What the running year will come to, from what it has brought up to and on a day."""
    gone = (day - date(day.year, 1, 1)).days + 1
    whole = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return value * whole / gone if kind == "count" else value


def warn(years: Mapping[int, float], target: Target | None = None, *, swing: float = SWING) -> list[Warning_]:
    """Of one number, year by year, the last perhaps projected; against a target of the same unit, and last year's."""
    found = [_misses(years, target)] if target else []
    return [one for one in [*found, _swings(years, swing)] if one]


def _misses(years: Mapping[int, float], target: Target) -> Warning_ | None:
    """A target whose year is over is measured against the newest year."""
    year = max(target.target_year, max(years, default=target.target_year))
    projected = project(years, year)
    if projected is None or (wanted := _wanted(target)) is None or _meets(projected, target.comparator, wanted):
        return None
    return Warning_(
        "miss",
        year,
        round(projected, 2),
        wanted,
        f"按目前趋势，{year} 年预计为 {projected:.2f}，达不到规划目标“{target.target_text}”。",
        f"As it goes, {year} will bring {projected:.2f}; the plan wants {target.comparator} {wanted:g}.",
    )


def _wanted(target: Target) -> float | None:
    """In the number's own unit; a change is counted from the baseline."""
    if target.comparator in {">=", "<=", "="}:
        return target.target
    if target.baseline is None:
        return None
    change = target.target or 0.0
    signs = {"increase": change, "decrease": -change, "maintain": 0.0}
    return target.baseline + signs[target.comparator] if target.comparator in signs else None


def _meets(value: float, comparator: Comparator, wanted: float) -> bool:
    if comparator in {"<=", "decrease"}:
        return value <= wanted
    return round(value, 2) == wanted if comparator == "=" else value >= wanted


def _swings(years: Mapping[int, float], factor: float) -> Warning_ | None:
    """From nothing to something is no swing: there is nothing to measure it by."""
    if not years or (last := years.get((year := max(years)) - 1)) is None:
        return None
    now = years[year]
    low, high = sorted((last, now))
    if low == high or (low and high / low <= factor) or not last:
        return None
    return Warning_(
        "swing",
        year,
        round(now, 2),
        last,
        f"{year} 年预计为 {now:.2f}，上年为 {last:.2f}，变动超过 {factor:g} 倍。",
        f"{year} will bring {now:.2f} after {last:.2f}: more than {factor:g} times.",
    )


def ordered(years: Mapping[int, float | None]) -> dict[int, float]:
    """Only the years of which the number is known, in order."""
    return {year: value for year, value in sorted(years.items()) if value is not None}


def find_target(targets: Sequence[Target], unit: str) -> Target | None:
    """The first target with a number in the same unit; a count of cases is not measured against a percentage."""
    return next((one for one in targets if one.target is not None and one.unit == unit), None)
