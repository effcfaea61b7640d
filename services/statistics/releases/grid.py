"""The fixed grid of a city and a period: every count there can be, zeros too, as disclosure control wants it. Pure.

Each number of an indicator stands in the grid for the city and each of its counties, as a whole and by each dimension
apart; two dimensions are never crossed. Once the whole year has been told, its halves stand in the grid beside it: who
publishes the year after its first half says what the second was. What of them is safe counts as known, told or not.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from contracts.regions import parts_of
from services.statistics.disclosure.model import Cell, Key, Measure, Release
from services.statistics.disclosure.rules import need_of
from services.statistics.releases.alike import alike
from services.statistics.releases.dimensions import DIMENSIONS, NOT_RECORDED
from services.statistics.releases.figures import Figure
from workflows.packs import Disclosure

Line = tuple[tuple[str, str], ...]
Place = tuple[str, str, str, str]
"""Indicator, part, period, region."""

NEVER: Final = 1_000_000_000
"""No count of persons is as large; what may not be shown before it is as large is not shown."""


class Scope(NamedTuple):
    """Whose figures, and of when: `2026`, `2026-S1`, `2026-S2`."""

    city: str
    period: str

    @property
    def year(self) -> int:
        return int(self.period[:4])

    @property
    def counties(self) -> list[str]:
        return counties_of(self.city)

    @property
    def halves(self) -> list[int]:
        return [int(self.period[-1])] if len(self.period) > 4 else [1, 2]

    @property
    def ends_on(self) -> date:
        return date(self.year, 6, 30) if self.period.endswith("S1") else date(self.year, 12, 31)


class Waits(NamedTuple):
    """Somebody in a county, in a half of the year, whose window has not run out; the last one's does on `until`."""

    indicator: str
    part: str
    half: int
    region: str
    until: date


class Row(NamedTuple):
    """A cell as statistics keeps it: all dimensions crossed. `half` is 1 or 2, `region` a county."""

    indicator: str
    part: str
    half: int
    region: str
    dimensions: Mapping[str, str | None]
    numerator: int
    denominator: int


def counties_of(city: str) -> list[str]:
    """The counties of a prefecture; a county-level city is its own."""
    return sorted(parts_of(city)) if city.endswith("00") else [city]


def regions_of(city: str) -> list[str]:
    """The city, then its counties."""
    return list(dict.fromkeys([city, *counties_of(city)]))


def periods_of(period: str, earlier: Iterable[Release]) -> list[str]:
    """Which periods stand in the grid: a first half alone, until its year is out."""
    year = period[:4]
    whole = not period.endswith("S1") or any(key.period == year for one in earlier for key in one.cells)
    return [year, f"{year}-S1", f"{year}-S2"] if whole else [period]


def lay(
    name: str, city: str, periods: Sequence[str], figures: Sequence[Figure], rows: Iterable[Row], *, rule: Disclosure
) -> Release:
    """The true counts on the grid, none of them shown yet."""
    counts = _count(city, periods, {figure.key: figure for figure in figures}, rows)
    cells = {
        key: Cell(counts[key], need_of(key, rule, frozenset(figure.delicate)), published=False, given=given)
        for figure in figures
        for key in keys_of(figure, city, periods)
        for given in [not counts[key] and not all(can_be(figure, *pair) for pair in key.dimensions)]
    }
    return Release(name, cells, alike(figures))


def waiting_in(city: str, year: int, waiting: Iterable[tuple[str, str, int, str]]) -> frozenset[Place]:
    """Where somebody's window has not run out, from indicator, part, half and county: also in the year and the city."""
    return frozenset(
        (indicator, part, period, region)
        for indicator, part, half, county in waiting
        for period in (str(year), f"{year}-S{half}")
        for region in (county, city)
    )


def withhold(grid: Release, waiting: Collection[Place]) -> Release:
    """The grid with everything that waits marked as never to be shown; how closely it is guarded stays the same."""
    cells = dict(grid.cells)
    for key, cell in grid.cells.items():
        if (key.indicator, key.part, key.period, key.region) in waiting:
            need = cell.need._replace(k=NEVER, width=cell.need.wide, zeros=False)
            cells[key] = replace(cell, need=need)
    return replace(grid, cells=cells)


def keys_of(figure: Figure, city: str, periods: Sequence[str]) -> Iterator[Key]:
    """All places of the grid of one figure; none of what is made of other figures."""
    for period in periods:
        if figure.yearly and len(period) > 4:
            continue
        for region in regions_of(city):
            for line in lines_of(figure):
                for measure in measures_of(figure):
                    yield key_of(figure, measure, period, region, line)


def key_of(figure: Figure, measure: Measure, period: str, region: str, line: Line = ()) -> Key:
    """Whatever the version: who reads two knows who came between them by the change of the definition."""
    return Key(figure.indicator, figure.part, measure, period, region, line)


def measures_of(figure: Figure) -> tuple[Measure, ...]:
    match figure.kind:
        case "share":
            return "denominator", "numerator"
        case "lowest" | "breadth":
            return ()
    return ("denominator",)


def lines_of(figure: Figure) -> list[Line]:
    """The whole, and every code of each dimension apart."""
    codes = ((name, code) for name in figure.lines for code in (*sorted(DIMENSIONS[name].codes), NOT_RECORDED))
    return [(), *((pair,) for pair in codes)]


def can_be(figure: Figure, name: str, code: str) -> bool:
    """Whether there can be anybody in a line of a dimension, by the declaration. That a code is lacking is a fault of
    the data and not to be reckoned with."""
    anchors = figure.wording.get("each", [{}])
    if name == "workflow":
        said = [anchor.get("in") or figure.wording.get("in") for anchor in anchors]
    else:
        said = [anchor.get("where", {}).get(name) for anchor in anchors]
    return code != NOT_RECORDED and any(_allows(one, code) for one in said)


def _allows(said: object, code: str) -> bool:
    """One code or a list of them; of other tests nothing is concluded."""
    return code in said if isinstance(said, list) else said == code or not isinstance(said, str)


def _count(
    city: str, periods: Sequence[str], figures: Mapping[tuple[str, str], Figure], rows: Iterable[Row]
) -> Counter[Key]:
    counties, within = set(counties_of(city)), set(periods)
    counts: Counter[Key] = Counter()
    for row in rows:
        figure = figures.get((row.indicator, row.part))
        if figure is None or row.region not in counties:
            continue
        year = periods[0][:4]
        for period in within & {year, f"{year}-S{row.half}"}:
            for region in {row.region, city}:
                for line in _lines_with(figure, row.dimensions):
                    for measure in measures_of(figure):
                        counts[key_of(figure, measure, period, region, line)] += _number(figure, measure, row)
    return counts


def _number(figure: Figure, measure: Measure, row: Row) -> int:
    """What is measured against another number stands alone: to disclosure control a plain count, a denominator."""
    alone = figure.kind in {"coverage", "ratio"}
    return row.numerator if alone or measure == "numerator" else row.denominator


def _lines_with(figure: Figure, dimensions: Mapping[str, str | None]) -> Iterator[Line]:
    yield ()
    for name in figure.lines:
        code = dimensions.get(name)
        yield ((name, code if code in DIMENSIONS[name].codes else NOT_RECORDED),)
