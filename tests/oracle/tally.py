"""From anchors to numbers: members once a year, windows that must have run out, places, half-years, lines."""

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from contracts.base import SHANGHAI
from tests.oracle.log import Log, Step, after, entries

Place = tuple[str, str, int, str]
"""Key, part, year, region."""

Stated = Mapping[tuple[str, int, str], float]
"""Denominators that are fed: (name, year, region)."""

Pair = tuple[int, int]


@dataclass(frozen=True)
class Anchor:
    """A step that makes somebody a member; `waits` is the date after which it is in the denominator."""

    member: Hashable
    step: Step
    counted: bool = True
    waits: date | None = None
    by: tuple[str, ...] = ()
    lines: Mapping[str, Any] | None = None
    hours: float | None = None
    years: tuple[int, ...] = (0,)
    county: str | None = None
    once: str | None = None
    """A place that is one in every county, and one in the prefecture around them."""


@dataclass
class Result:
    """Numerator and denominator are members of the system; `stated` is what is fed, and what a ratio is divided by."""

    numerator: int = 0
    denominator: int = 0
    value: float | None = None
    pending: int = 0
    stated: float | None = None
    lines: dict[str, Pair] = field(default_factory=dict)
    halves: dict[int, Pair] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One member of a year, by its first anchor."""

    place: tuple[int, str]
    half: int
    line: str
    pending: bool
    counted: bool
    hours: float | None
    first: Step
    once: str | None


class Settings:
    """`settings.of(step)["T"]`: the settings of one key where the step is."""

    def __init__(self, key: str, by_region: Callable[[str], Mapping[str, Mapping[str, Any]]]) -> None:
        self._key, self._by_region = key, by_region

    def of(self, step: Step) -> Mapping[str, Any]:
        return self._by_region(step.region[:6]).get(self._key, {})


Rule = Callable[[Log, Settings], Iterator[Anchor]]
Finish = Callable[[Place, list[Member], Mapping[Place, Result], Stated], Result]


@dataclass(frozen=True)
class Part:
    key: str
    name: str
    rule: Rule
    finish: Finish


PARTS: dict[tuple[str, str], Part] = {}


def part(key: str, name: str, finish: Finish) -> Callable[[Rule], Rule]:
    def add(rule: Rule) -> Rule:
        PARTS[key, name] = Part(key, name, rule, finish)
        return rule

    return add


# -- windows that a member waits for ----------------------------------------------------------------------------------


def hours_after(step: Step, hours: float) -> date:
    return (step.at + timedelta(hours=hours)).astimezone(SHANGHAI).date()


def days_after(step: Step, days: int) -> date:
    return step.day + timedelta(days=days)


def last_after(anchor: Step, steps: Iterable[Step]) -> Step:
    """The last of the steps on or after the anchor; the anchor itself when there is none."""
    return max(after(anchor, steps), key=lambda step: step.order, default=anchor)


def hours_to(anchor: Step, steps: Iterable[Step]) -> float | None:
    """Hours to the first of these steps after the anchor."""
    found = [step.at for step in after(anchor, steps)]
    return (min(found) - anchor.at) / timedelta(hours=1) if found else None


# -- members ----------------------------------------------------------------------------------------------------------


def members(anchors: Iterable[Anchor], as_of: date) -> list[Member]:
    found: dict[tuple[Hashable, int], list[Anchor]] = defaultdict(list)
    for anchor in anchors:
        for later in anchor.years:
            found[anchor.member, anchor.step.day.year + later].append(anchor)
    return [_member(year, group, as_of) for (_, year), group in found.items()]


def _member(year: int, group: list[Anchor], as_of: date) -> Member:
    head = min(group, key=lambda anchor: anchor.step.order)
    waits = max((anchor.waits for anchor in group if anchor.waits), default=None)
    return Member(
        place=(year, head.county or head.step.region[:6]),
        half=1 if head.step.day.month <= 6 else 2,
        line=line(head),
        pending=waits is not None and as_of <= waits,
        counted=any(anchor.counted for anchor in group),
        hours=head.hours,
        first=head.step,
        once=head.once,
    )


def line(anchor: Anchor) -> str:
    said = dict(anchor.lines) if anchor.lines is not None else {name: anchor.step[name] for name in anchor.by}
    return json.dumps({name: spelled(value) for name, value in said.items()}, sort_keys=True, ensure_ascii=False)


def spelled(value: Any) -> str | None:
    if isinstance(value, list | tuple):
        return ",".join(map(str, entries(value))) or None
    return None if value is None or value == "" else str(value)


# -- from members to a result -----------------------------------------------------------------------------------------


def basic(found: list[Member]) -> Result:
    """Counted and members, in all, by half-year and by line."""
    ripe = [one for one in found if not one.pending]
    result = Result(sum(one.counted for one in ripe), len(ripe), pending=len(found) - len(ripe))
    for one in ripe:
        result.halves[one.half] = added(result.halves.get(one.half, (0, 0)), one)
        result.lines[one.line] = added(result.lines.get(one.line, (0, 0)), one)
    return result


def added(pair: Pair, one: Member) -> Pair:
    return pair[0] + one.counted, pair[1] + 1


def share(place: Place, found: list[Member], results: Mapping[Place, Result], stated: Stated) -> Result:
    result = basic(found)
    result.value = 100 * result.numerator / result.denominator if result.denominator else None
    return result


def count(place: Place, found: list[Member], results: Mapping[Place, Result], stated: Stated) -> Result:
    result = basic(found)
    result.value = result.numerator or None
    return result


def hours(place: Place, found: list[Member], results: Mapping[Place, Result], stated: Stated) -> Result:
    result = basic([one for one in found if one.hours is not None])
    known = [one.hours for one in found if one.hours is not None]
    result.value = median(known) if known else None
    return result


def coverage(name: str, *, plus: str | None = None, times: int = 100) -> Finish:
    """Over a number fed; `plus` the members of another part of the key."""

    def finish(place: Place, found: list[Member], results: Mapping[Place, Result], stated: Stated) -> Result:
        result, (key, _, year, region) = basic(found), place
        fed = stated.get((name, year, region))
        if fed is not None and plus:
            fed += results.get((key, plus, year, region), Result()).denominator
        result.stated = fed
        result.value = times * result.numerator / fed if fed else None
        return result

    return finish


def ratio(over: str) -> Finish:
    """Over the numerator of another part of the key."""

    def finish(place: Place, found: list[Member], results: Mapping[Place, Result], stated: Stated) -> Result:
        result, (key, _, year, region) = basic(found), place
        result.stated = results.get((key, over, year, region), Result()).numerator
        result.value = result.numerator / result.stated if result.stated else None
        return result

    return finish


def lower_of(*parts: str) -> Finish:
    """The lowest of the values of other parts; none while one has none."""

    def finish(place: Place, found: list[Member], results: Mapping[Place, Result], stated: Stated) -> Result:
        key, _, year, region = place
        values = [results.get((key, name, year, region), Result()).value for name in parts]
        known = [value for value in values if value is not None]
        return Result(value=min(known) if len(known) == len(values) else None)

    return finish


def different(name: str) -> Finish:
    """How many different known values of a dimension the members have."""

    def finish(place: Place, found: list[Member], results: Mapping[Place, Result], stated: Stated) -> Result:
        codes = {one.first[name] for one in found if one.first.knows(name)}
        return Result(value=len(codes) if found else None)

    return finish


def places(found: list[Member]) -> dict[tuple[int, str], list[Member]]:
    """Members by year and county, and by year and prefecture (....00)."""
    by_place: dict[tuple[int, str], list[Member]] = defaultdict(list)
    for one in found:
        year, county = one.place
        by_place[year, county].append(one)
        around = by_place[year, county[:4] + "00"]
        if one.once is None or all(other.once != one.once for other in around):
            around.append(one)
    return by_place
