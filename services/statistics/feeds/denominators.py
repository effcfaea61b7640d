"""Numbers to divide by: what may be stated, and what follows for a division that is the sum of others. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from contracts.denominators import DenominatorStated
from contracts.refusals import Refusal
from contracts.regions import parts_of
from services.statistics.feeds.model import not_yet

Stated = Mapping[tuple[str, str, int, str], int]
"""By name, division, year and band."""


class Contradiction(NamedTuple):
    """A division is stated as `stated`, its parts make `total`; `parts` of them are known."""

    name: str
    region: str
    year: int
    band: str
    stated: int
    total: int


def check(said: DenominatorStated, today: date) -> Iterator[Refusal]:
    """Against the calendar."""
    yield from not_yet(said, today)
    if said.as_of > today >= date(said.year, 1, 1):
        zh, en = f"截至日期晚于今天（{today}），请改正。", f"is later than today, {today}; correct it."
        yield Refusal("as_of_in_future", ("as_of",), zh, en)


def work_out(region: str, stated: Mapping[str, int]) -> int | None:
    """The number of a division: as it was stated, else the sum of its parts once all of them are known."""
    if region in stated:
        return stated[region]
    parts = [work_out(part, stated) for part in parts_of(region)]
    known = [part for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None


def fill_in(stated: Stated) -> dict[tuple[str, str, int, str], int]:
    """The same, and what follows for the divisions above those that are stated."""
    filled = dict(stated)
    for (name, year, band), here in _apart(stated).items():
        above = {code for region in here for code in (region[:6], f"{region[:4]}00")}
        numbers = {region: work_out(region, here) for region in above}
        filled |= {(name, region, year, band): n for region, n in numbers.items() if n is not None}
    return filled


def find_contradictions(stated: Stated) -> Iterator[Contradiction]:
    """Where a division is not the sum of its parts, or less than those of them that are known. In order."""
    for (name, year, band), here in sorted(_apart(stated).items()):
        for region, number in sorted(here.items()):
            parts = [work_out(part, here) for part in parts_of(region)]
            known = [part for part in parts if part is not None]
            total, whole = sum(known), len(known) == len(parts)
            if parts and (total > number or (whole and total != number)):
                yield Contradiction(name, region, year, band, number, total)


def _apart(stated: Stated) -> dict[tuple[str, int, str], dict[str, int]]:
    """By what may be added up: name, year and band; then by division."""
    apart: dict[tuple[str, int, str], dict[str, int]] = {}
    for (name, region, year, band), number in stated.items():
        apart.setdefault((name, year, band), {})[region] = number
    return apart
