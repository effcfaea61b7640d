"""Small worlds of persons, and what anybody could work out about them by trying every world there is.

Shares no code with the attack: a world is how many persons are of each kind, a release is the margins of a world.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.statistics.disclosure.model import Cell, Counted, Key, Measure, Need, Release

Numbers = npt.NDArray[np.int64]
Kind = tuple[Key, ...]
"""The keys under which a person of that kind is counted."""


def key(
    region: str = "330302", line: str = "", measure: Measure = "denominator", period: str = "2026", name: str = "x"
) -> Key:
    return Key("dv", "main", measure, period, region, ((name, line),) if line else ())


TWO_WAY: list[Kind] = [
    (key(county, line), key(county), key("330300", line), key("330300"))
    for county in ("330302", "330382")
    for line in ("a", "b")
]
HALVES: list[Kind] = [
    (key(county, period=half), key("330300", period=half), key(county), key("330300"))
    for county in ("330302", "330382")
    for half in ("2026-S1", "2026-S2")
]
LINKED: list[Kind] = [(key(line=x), key(line=y, name="y"), key()) for x in ("a", "b") for y in ("c", "d")]
SHARES: list[Kind] = [
    (*counted, *(one._replace(measure="numerator") for one in counted if measure == "numerator"))
    for counted in ((key(county), key("330300")) for county in ("330302", "330382"))
    for measure in ("numerator", "rest")
]
ALIKE: list[Kind] = [(*kind[:2], *(one._replace(part="again") for one in kind)) for kind in SHARES]
"""A count and a share of the same persons."""
WORLDS = {"two-way": TWO_WAY, "halves": HALVES, "linked": LINKED, "shares": SHARES, "alike": ALIKE}

SAME: tuple[tuple[Counted, ...], ...] = ((("dv", "main", "denominator", ()), ("dv", "again", "denominator", ())),)


def release(name: str, kinds: list[Kind], persons: Sequence[int], need: Need = Need()) -> Release:  # noqa: B008
    cells: dict[Key, int] = {}
    for kind, number in zip(kinds, persons, strict=True):
        for one in kind:
            cells[one] = cells.get(one, 0) + number
    return Release(name, {one: Cell(value, need) for one, value in cells.items()}, SAME)


class Bounds(NamedTuple):
    """`later` is 0 for a count, else by how much it differs."""

    key: Key
    value: int
    is_change: bool
    low: int
    high: int


def find_leaks(kinds: list[Kind], releases: Sequence[Release], truth: Sequence[Sequence[int]]) -> set[Bounds] | None:
    """What lies too close, by trying every world; None when there are too many to try."""
    forms = _forms(kinds)
    needs = [cell.need for cell in releases[0].cells.values()]
    most = max(map(max, truth)) + 3 * needs[0].k
    every = np.indices((most + 1,) * len(kinds)).reshape(len(kinds), -1).T
    possible = [_agreeing(every, forms, shown) for shown in releases]
    histories = _histories(possible, np.array(truth), np.array(list(forms.values())))
    if histories is None:
        return None
    return set(_too_close(forms, releases, truth, histories, needs[0]))


def _forms(kinds: list[Kind]) -> dict[Key, Numbers]:
    """For each key (and each rest) which kinds are counted."""
    keys = sorted({one for kind in kinds for one in kind})
    forms = {one: np.array([int(one in kind) for kind in kinds]) for one in keys}
    counted = [one for one in keys if one.measure == "numerator"]
    rests = {one._replace(measure="rest"): forms[one._replace(measure="denominator")] - forms[one] for one in counted}
    return forms | rests


def _agreeing(every: Numbers, forms: dict[Key, Numbers], shown: Release) -> Numbers:
    for one, value in shown.published.items():
        every = every[every @ forms[one] == value]
    return every


def _histories(possible: list[Numbers], truth: Numbers, forms: Numbers) -> list[Numbers] | None:
    """One or two releases: worlds in pairs whose counts stay, grow and fall where the true ones do."""
    if len(possible) == 1:
        return possible
    first, second = possible
    if len(first) * len(second) > 1_000_000:
        return None
    befores, afters = np.indices((len(first), len(second))).reshape(2, -1)
    for form in forms:
        way = np.sign((truth[1] - truth[0]) @ form)
        fits = np.sign((second @ form)[afters] - (first @ form)[befores]) == way
        befores, afters = befores[fits], afters[fits]
    return [first[befores], second[afters]]


def _too_close(
    forms: dict[Key, Numbers],
    releases: Sequence[Release],
    truth: Sequence[Sequence[int]],
    histories: list[Numbers],
    need: Need,
) -> Iterator[Bounds]:
    for one, form in forms.items():
        values = [int(np.array(world) @ form) for world in truth]
        counts = [worlds @ form for worlds in histories]
        for shown, value, count in zip(releases, values, counts, strict=True):
            kept_back = not shown.cells[one].published if one in shown.cells else need.is_small(value)
            if kept_back and not need.is_met(int(count.min()), int(count.max())):
                yield Bounds(one, value, False, int(count.min()), int(count.max()))
        for (before, early), (after, late) in combinations(zip(values, counts, strict=True), 2):
            change = np.abs(late - early)
            if 0 < abs(after - before) < need.k and not need.is_met(int(change.min()), int(change.max())):
                yield Bounds(one, abs(after - before), True, int(change.min()), int(change.max()))
