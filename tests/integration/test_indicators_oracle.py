"""The product and an independent count of the same logs agree in every number."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from random import Random
from typing import Any

import pytest

from contracts.base import SHANGHAI
from contracts.cases import Fact
from contracts.statistics import Observation
from services.platform.database import Database
from services.platform.settings import Settings
from services.statistics import app
from services.statistics.handlers import Statistics
from services.statistics.model import observe
from services.statistics.settings import StatisticsSettings
from tests.integration.platform_fixtures import admin_database, space
from tests.integration.reading import Feed, Provisioned, opened, provisioned, set_clock
from tests.oracle.by_hand import keys, read
from tests.oracle.count import PARTS, count
from tests.oracle.logs import RandomLog
from tests.oracle.tally import Pair, Place, Result, Stated
from workflows.policy import load_policy

__all__ = ["admin_database", "provisioned", "space"]

DAYS = (date(2026, 7, 15), date(2027, 2, 10), date(2027, 4, 1), date(2028, 6, 1))
NAMES = (
    "population_women", "population_women_rural", "screening_task_cervical", "screening_task_breast",
    "dv_police_incidents", "villages", "townships", "counties", "roster_orphans", "priority_children",
)  # fmt: skip
OF_PLACES = {
    ("child-worker-staffing", "main"), ("child-worker-staffing", "supervisors"),
    ("child-social-worker-per-township", "main"), ("protection-station-coverage", "main"), ("child-hotline", "main"),
}  # fmt: skip
"""Counted for whole years only."""

REGIONS = ("330382", "330302", "330300", "330802", "330800", "371502", "371500", "520302", "520300")

HALVES = """
SELECT indicator, part, year, region, half, sum(numerator)::integer, sum(denominator)::integer
FROM cell GROUP BY indicator, part, year, region, half HAVING sum(denominator) <> 0
"""

Seen = tuple[dict[Place, Observation], dict[Place, dict[int, Pair]]]


class Counter:
    """The product on its database, with denominators that are stated."""

    def __init__(self, statistics: Statistics, db: Database, admin: Database, clock: Any) -> None:
        self.statistics, self.db, self._admin, self._clock = statistics, db, admin, clock
        self._feed = Feed(db, statistics.handle)

    async def give(self, facts: Sequence[Fact], batch: int = 500) -> None:
        await self._feed.give(facts, batch=batch)

    async def sweep(self, day: date) -> None:
        await set_clock(self._admin, datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI))
        await self.statistics.sweep(self.db, self._clock)

    async def look(self, stated: Stated) -> Seen:
        """Every number, and the counties' sums by half-year."""
        bands = {(one.part.over, one.band(region)) for one in self.statistics.parts for region in REGIONS}
        fed = {
            (name, band, year, region): value
            for (name, year, region), value in stated.items()
            for over, band in bands
            if over == name
        }
        async with self.statistics.up_to_date(self.db) as conn:
            counted = (await self.statistics.count(conn))._replace(stated=fed)
            at = await self.statistics.get_as_of(conn)
            rows = await conn.fetch(HALVES)
        halves: dict[Place, dict[int, Pair]] = {}
        for key, part, year, region, half, numerator, denominator in map(tuple, rows):
            halves.setdefault((key, part, year, region), {})[half] = (numerator, denominator)
        observed = observe(self.statistics.parts, counted, at)
        return {(one.indicator, one.part, one.year, one.region): one for one in observed}, halves


@pytest.fixture
async def counter(provisioned: Provisioned, admin_database: Database) -> AsyncIterator[Counter]:
    settings: Settings = await provisioned("statistics")
    service = app.create(StatisticsSettings(**settings.model_dump()))
    async with opened(service):
        await service.app.state.statistics.reevaluate(service.db)
        yield Counter(service.app.state.statistics, service.db, admin_database, service.clock)


def state(seed: int) -> Stated:
    """Denominators for some names, years and regions, and not for others."""
    random = Random(seed)
    places = [(name, year, region) for name in NAMES for year in (2025, 2026, 2027) for region in REGIONS]
    return {place: float(random.randint(1, 50)) for place in random.sample(places, len(places) * 3 // 4)}


def expect(facts: Sequence[Fact], day: date, stated: Stated) -> dict[Place, Result]:
    policy = load_policy()
    return count(facts, day, lambda region: policy.statistics(region).settings, stated)


def check(seen: Seen, expected: dict[Place, Result], day: date) -> None:
    found = differences(seen, expected, day)
    assert not found, f"as of {day} (product / oracle):\n" + "\n".join(found)


def differences(seen: Seen, expected: dict[Place, Result], day: date) -> list[str]:
    """Where the two do not agree, and what each says."""
    observed, halves = seen
    found = []
    for place in sorted(observed.keys() | expected.keys()):
        product, oracle = product_says(observed.get(place)), oracle_says(expected.get(place, Result()))
        if place[2] <= day.year:
            found += [f"{place} {what}: {product[what]} / {oracle[what]}" for what in compared(observed.get(place))
                      if not same(product[what], oracle[what])]  # fmt: skip
    for place in sorted(halves.keys() | expected.keys()):
        first, second = halves.get(place, {}), expected.get(place, Result()).halves
        if place[:2] not in OF_PLACES and not place[3].endswith("00") and first != second:
            found.append(f"{place} halves: {first} / {second}")
    return found


def compared(one: Observation | None) -> Sequence[str]:
    """A part made of others has only a value; what still waits in those is theirs."""
    if one is not None and (one.indicator, one.part) in OF_PLACES:
        return ("numerator", "denominator", "stated", "value")
    if one is None or one.kind in ("share", "count", "median", "coverage"):
        return ("numerator", "denominator", "pending", "stated", "value", "lines")
    return ("numerator", "denominator", "stated", "value") if one.kind == "ratio" else ("value",)


def product_says(one: Observation | None) -> dict[str, Any]:
    if one is None:
        return oracle_says(Result())
    said = {what: getattr(one, what) for what in ("numerator", "denominator", "pending", "stated", "value")}
    lines = [(json.dumps(line.dimensions, sort_keys=True), line) for line in one.breakdown]
    return said | {
        "stated": one.stated or None,
        "lines": {name: (line.numerator, line.denominator) for name, line in lines},
    }


def oracle_says(one: Result) -> dict[str, Any]:
    """What nothing is divided by is not stated."""
    return asdict(one) | {"stated": one.stated or None}


def same(one: object, other: object) -> bool:
    """Values are rounded to two decimals."""
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) < 0.00501
    return one is other or one == other


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_number_of_a_random_log_is_that_of_the_oracle(counter: Counter, seed: int) -> None:
    log, stated = RandomLog(seed, cases=150), state(seed)
    await counter.give(log.facts)
    for day in DAYS:
        await counter.sweep(day)
        check(await counter.look(stated), expect(log.facts, day, stated), day)


@pytest.mark.parametrize("batch", [1, 40])
async def test_order_batches_and_repetition_change_nothing(counter: Counter, batch: int) -> None:
    log, stated = RandomLog(batch + 10, cases=120), state(1)
    arrivals = [*log.facts, *log.facts[::3]]
    Random(batch).shuffle(arrivals)
    parts = [arrivals[first :: len(DAYS)] for first in range(len(DAYS))]
    for day, some in zip(DAYS, parts, strict=True):
        await counter.give(some, batch)
        await counter.sweep(day)
    check(await counter.look(stated), expect(log.facts, DAYS[-1], stated), DAYS[-1])


@pytest.mark.parametrize("key", keys())
async def test_the_product_gives_what_was_worked_out_by_hand(counter: Counter, key: str) -> None:
    worked = read(key)
    await counter.give(worked.facts, batch=3)
    await counter.sweep(worked.as_of)
    observed, _ = await counter.look(worked.stated)
    found = {}
    for part in worked.expected:
        one = observed.get((key, part, worked.year, "330382"))
        found[part] = (one.numerator, one.denominator, one.value) if one else (0, 0, None)
    assert found == worked.expected


async def test_both_count_the_same_parts(counter: Counter) -> None:
    assert {one.key for one in counter.statistics.parts} == PARTS.keys()
