"""Counts with their keys, releases of counts, and how counts add up. Pure.

A count of something among something comes twice, as `numerator` and `denominator`; a plain count is a `denominator`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from services.statistics.disclosure.errors import TableError

Measure = Literal["numerator", "denominator", "rest"]
"""`rest`: the denominator without the numerator. It is never published, and persons all the same."""

Counted = tuple[str, str, Measure, tuple[tuple[str, str], ...]]
"""Indicator, part, measure and dimensions: a count wherever and whenever it is."""

_MEASURES_ZH: Final = {"numerator": "分子", "denominator": "分母（计数）", "rest": "分母减分子"}


class Key(NamedTuple):
    """Where persons are counted. `period` is `2026` or `2026-S1`; a dimension that is left out is summed over.

    `region` is a code of 6 digits, 9 for a township, 12 for a village. 乐清 (330382) is a county of 温州 (330300) and
    of nothing else, so a release of 乐清 alone and one of 温州 hold the same count.
    """

    indicator: str
    part: str
    measure: Measure
    period: str
    region: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @property
    def en(self) -> str:
        return self._describe(self.measure)

    @property
    def zh(self) -> str:
        return self._describe(_MEASURES_ZH[self.measure])

    def _describe(self, measure: str) -> str:
        lines = ", ".join(f"{name}={value}" for name, value in self.dimensions)
        return " ".join(filter(None, (self.indicator, self.part, measure, self.period, self.region, lines)))


class Need(NamedTuple):
    """How a count is protected: below `k` it is kept back; then it must stay `width` wide, or reach down to 0.

    `width` None: as wide as `k`. `zero_suffices` false: reaching down to 0 is not enough. `zeros` false: 0 is kept back
    too.
    """

    k: int = 3
    width: int | None = None
    zero_suffices: bool = True
    zeros: bool = True

    def is_small(self, value: int) -> bool:
        return 0 < value < self.k or (value == 0 and not self.zeros)

    def is_met(self, low: int, high: int) -> bool:
        """Whether somebody who can say `low` to `high` and no closer has learned little enough."""
        return high > low and ((low == 0 and self.zero_suffices) or high - low >= self.wide)

    def stricter(self, other: "Need") -> "Need":
        return max(self, other, key=lambda need: (need.k, need.wide, not need.zero_suffices, not need.zeros))

    @property
    def wide(self) -> int:
        return self.k if self.width is None else self.width


@dataclass(frozen=True, slots=True)
class Cell:
    """A true count at the time of a release, and whether the release shows it.

    `given`: who knows what is counted knows the value, shown or not; so it covers nothing.
    """

    value: int
    need: Need = Need()  # noqa: RUF009 — a tuple
    published: bool = True
    given: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """All counts of a grid, shown or not, at one time; zeros too. `name` is what people call it.

    `alike`: counts and, after each, those that make it up, one or more, as anybody knows who reads what is counted.
    """

    name: str
    cells: Mapping[Key, Cell]
    alike: tuple[tuple[Counted, ...], ...] = ()

    def showing(self, published: Iterable[Key]) -> "Release":
        shown = frozenset(published)
        return replace(self, cells={key: replace(cell, published=key in shown) for key, cell in self.cells.items()})

    def sums(self) -> Iterator["Relation"]:
        """What `alike` says of each place, as far as it adds up: it does not where somebody still waits in one of the
        counts, or is in two of them."""
        places: defaultdict[Counted, list[Key]] = defaultdict(list)
        for key in sorted(self.cells):
            places[key.indicator, key.part, key.measure, key.dimensions].append(key)
        for whole, *others in self.alike:
            for total in places[whole]:
                parts = tuple(Key(*of[:3], total.period, total.region, of[3]) for of in others)
                known = all(part in self.cells for part in parts)
                if known and self.cells[total].value == sum(self.cells[part].value for part in parts):
                    yield Relation(total, parts)

    @property
    def published(self) -> dict[Key, int]:
        return {key: cell.value for key, cell in self.cells.items() if cell.published}


class Relation(NamedTuple):
    """`total` is the sum of `parts`."""

    total: Key
    parts: tuple[Key, ...]


def find_relations(keys: Iterable[Key]) -> list[Relation]:
    """Every sum that the keys themselves tell of, in order. A grid with a part of a total must have all its parts."""
    grid = set(keys)
    parts: defaultdict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key in sorted(grid):
        for total, way in _totals(key, grid):
            parts[total, way].append(key)
    return [Relation(total, tuple(of)) for (total, _), of in sorted(parts.items())]


def _totals(key: Key, grid: set[Key]) -> Iterator[tuple[Key, str]]:
    """The totals that a key is a part of, each with the way in which the total is divided."""
    for name, value in key.dimensions:
        margin = key._replace(dimensions=tuple(pair for pair in key.dimensions if pair != (name, value)))
        if margin in grid:
            yield margin, f"dimension {name}"
    around = (key._replace(region=region) for region in _regions_around(key.region))
    if region := next((one for one in around if one in grid), None):
        yield region, "region"
    year = key._replace(period=key.period[:4])
    if year != key and year in grid:
        yield year, "period"
    among = key._replace(measure="denominator")
    if key.measure != "denominator" and among in grid:
        yield among, "measure"


def _regions_around(region: str) -> Iterator[str]:
    """From the nearest: township, county, city, province."""
    codes = (region[:9], region[:6], region[:4] + "00", region[:2] + "0000")
    return (code for code in codes if code != region and len(code) <= len(region))


def with_rests(release: Release) -> Release:
    """The release with the rest of every denominator that has a numerator. Raises `TableError`."""
    cells = dict(release.cells)
    for key, cell in release.cells.items():
        among = key._replace(measure="denominator")
        if key.measure == "numerator" and among in cells:
            rest = cells[among].value - cell.value
            if rest < 0:
                raise _contradiction(release, key, cell.value, cells[among].value)
            cells[key._replace(measure="rest")] = Cell(rest, cell.need, published=False, given=cells[among].given)
    return replace(release, cells=cells)


def check(release: Release, relations: Iterable[Relation]) -> None:
    """Raises `TableError` where a count is negative or a total is not the sum of its parts."""
    for key, cell in release.cells.items():
        if cell.value < 0:
            raise TableError(
                f"“{release.name}”中 {key.zh} 为负数（{cell.value}），计数不得小于 0。",
                f"{key.en} in {release.name} is {cell.value}; a count is 0 or more.",
            )
    for relation in relations:
        total, parts = release.cells[relation.total].value, sum(release.cells[part].value for part in relation.parts)
        if total != parts:
            raise _contradiction(release, relation.total, total, parts)


def _contradiction(release: Release, key: Key, value: int, expected: int) -> TableError:
    return TableError(
        f"“{release.name}”中 {key.zh} 为 {value}，与其组成部分（{expected}）不符，请核对后再发布。",
        f"{key.en} in {release.name} is {value}, which does not agree with its parts ({expected}).",
    )


def check_fit(releases: Sequence[Release]) -> None:
    """Raises `TableError` where two releases go by one name, or the last has a total of parts that it does not have.

    Who publishes a year after its first half says by it what the second was. So the grid of the year has its halves, a
    city's the counties that were in a release, unless that release had the total itself.
    """
    *earlier, newest = releases
    if len({release.name for release in releases}) < len(releases):
        raise TableError("各次发布须有不同的名称。", "Each release needs a name of its own.")
    grid = set(newest.cells)
    for release in earlier:
        for key in sorted(release.cells.keys() - grid):
            for total, _ in _totals(key, grid):
                if total not in release.cells:
                    raise TableError(
                        f"“{newest.name}”含有 {total.zh}，还须含有“{release.name}”已列出的 {key.zh}（可不公开）。",
                        f"{newest.name} has {total.en}, so it must have {key.en} of {release.name} too, shown or not.",
                    )
