"""`count(facts, as_of, settings, stated)`: every part of every key, for counties and prefectures."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from contracts.cases import Fact
from tests.oracle import cancer, children, dv, guardians, reports
from tests.oracle.log import Log
from tests.oracle.tally import PARTS, Member, Part, Place, Result, Settings, Stated, members, places

__all__ = ["PARTS", "count"]

FAMILIES = (cancer, children, dv, guardians, reports)


def count(facts: Iterable[Fact], as_of: date, settings: Any, stated: Stated | None = None) -> dict[Place, Result]:
    """`settings(region)` gives the settings of all keys in a county."""
    log, fed = Log(facts), stated or {}
    results: dict[Place, Result] = {}
    for one in sorted(PARTS.values(), key=lambda one: RANK.get((one.key, one.name), 0)):
        found = members(one.rule(log, Settings(one.key, settings)), as_of)
        for (year, region), some in _all_places(one, found, results).items():
            place = (one.key, one.name, year, region)
            results[place] = one.finish(place, some, results, fed)
    return results


RANK = {
    ("dv-multi-agency", "agencies"): 1,
    ("dv-police-response", "letters"): 1,
    ("two-cancer-screening-coverage", "main"): 1,
    ("priority-child-monitoring", "main"): 1,
}
"""What is worked out from other parts comes after them."""


def _all_places(one: Part, found: list[Member], results: Mapping[Place, Result]) -> dict[tuple[int, str], list[Member]]:
    """Where the part has members, and where another part of its key has."""
    there = places(found)
    for key, _, year, region in results:
        if key == one.key and RANK.get((one.key, one.name)):
            there.setdefault((year, region), [])
    return there
