"""The administrative divisions of the five plans: GB/T 2260 codes, and which units can be there."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from contracts.codes import UnitKind, unit_at


@cache
def region_names() -> Mapping[str, str]:
    """Code to name, for provinces, prefectures, counties (six digits) and townships (nine)."""
    return {row["code"]: row["name"] for row in _rows()}


@cache
def _handling() -> frozenset[str]:
    return frozenset(row["code"] for row in _rows() if row["level"] in {"county", "township"})


def _rows() -> list[dict[str, str]]:
    lines = files("contracts").joinpath("regions.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines))


@cache
def _levels() -> Mapping[str, str]:
    return {row["code"]: row["level"] for row in _rows()}


def region_level(code: str) -> str:
    """`province`, `prefecture`, `county` or `township`. Raises `KeyError` for a code that is not in the list."""
    return _levels()[code]


@cache
def parts_of(region: str) -> tuple[str, ...]:
    """The divisions one level below: the counties of a prefecture, the townships of a county."""
    below = {"prefecture": "county", "county": "township"}.get(region_level(region))
    inside = region[:4] if below == "county" else region
    return tuple(code for code, level in _levels().items() if level == below and code.startswith(inside))


def code_start(region: str) -> str:
    """With what the codes of a division and of all that is in it begin: 3303 for 330300."""
    return region if len(region) > 6 else re.sub(r"(00){1,2}$", "", region)


def is_within(region: str, around: str) -> bool:
    """Whether a county or township lies in a county, a prefecture (....00) or a province (..0000), or is it."""
    return region.startswith(code_start(around))


def is_region(code: str) -> bool:
    return code in region_names()


def can_handle(code: str) -> bool:
    """Whether it is a county or a township: a report is handled there, not by a prefecture or a province."""
    return code in _handling()


def region_name(code: str) -> str:
    """Raises `KeyError` for a code that is not in the list."""
    return region_names()[code]


def is_served(unit: str) -> bool:
    """Whether such a unit can exist: its kind is known, and it stands in a division as units of its kind do.

    What goes by an opaque id is taken at its word.
    """
    kind, _, place = unit.partition("@")
    known = UnitKind.known(kind)
    if known is None:
        return False
    if known.level == "opaque":
        return len(place) == 16
    return is_region(place) and unit_at(known, place) == unit
