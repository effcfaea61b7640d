"""Numbers to divide by: what may be stated, and what follows for a division that is the sum of others. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from contracts.denominators import DenominatorStated
from contracts.refusals import Refusal
from contracts.regions import parts_of
from services.statistics.feeds.model import not_yet


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


def fill_in(stated: Mapping[tuple[str, str, int, str], int]) -> dict[tuple[str, str, int, str], int]:
    """The same, by name, region, year and band, and what follows for the divisions above those that are stated."""
    filled = dict(stated)
    for name, region, year, band in stated:
        here = _of_one(stated, name, year, band)
        for above in (region[:6], f"{region[:4]}00"):
            if (number := work_out(above, here)) is not None:
                filled[name, above, year, band] = number
    return filled


def _of_one(stated: Mapping[tuple[str, str, int, str], int], name: str, year: int, band: str) -> dict[str, int]:
    """Division to number."""
    return {place[1]: value for place, value in stated.items() if (place[0], *place[2:]) == (name, year, band)}


def find_contradictions(stated: Mapping[tuple[str, str, int, str], int]) -> Iterator[Contradiction]:
    """Where a division is not the sum of its parts, or less than those of them that are known. By place, in order."""
    for (name, region, year, band), number in sorted(stated.items()):
        parts = [work_out(part, _of_one(stated, name, year, band)) for part in parts_of(region)]
        known = [part for part in parts if part is not None]
        total, whole = sum(known), len(known) == len(parts)
        if parts and (total > number or (whole and total != number)):
            yield Contradiction(name, region, year, band, number, total)
