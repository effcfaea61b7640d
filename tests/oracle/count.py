"""`count(facts, as_of, settings, stated)`: every part of every key, for counties and prefectures."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from contracts.cases import Fact
from tests.oracle import cancer, children, dv, guardians, reports
from tests.oracle.log import Log
from tests.oracle.tally import PARTS, Place, Result, Settings, Stated, members, places

__all__ = ["PARTS", "count"]

FAMILIES = (cancer, children, dv, guardians, reports)


def count(facts: Iterable[Fact], as_of: date, settings: Any, stated: Stated | None = None) -> dict[Place, Result]:
    """`settings(region)` gives the settings of all keys in a county."""
    log, fed = Log(facts), stated or {}
    results: dict[Place, Result] = {}
    by_place = {key: places(members(one.rule(log, Settings(one.key, settings)), as_of)) for key, one in PARTS.items()}
    somewhere = {(key, place) for (key, _), there in by_place.items() for place in there}
    for (key, name), one in sorted(PARTS.items(), key=lambda entry: entry[0] in FROM_OTHERS):
        for of, (year, region) in somewhere:
            if of == key:
                found = by_place[key, name].get((year, region), [])
                place = (key, name, year, region)
                results[place] = one.finish(place, found, results, fed)
    return results


FROM_OTHERS = {
    ("dv-multi-agency", "agencies"),
    ("dv-police-response", "letters"),
    ("two-cancer-screening-coverage", "main"),
    ("priority-child-monitoring", "main"),
}
"""What is worked out from other parts comes after them."""
