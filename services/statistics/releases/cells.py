"""From a checked grid to the cells of a release: the number, or the reason why there is none. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.codes import CellStatus
from contracts.releases import LEAST_FOR_MEDIAN, Cell, scale_of
from services.statistics.disclosure.model import Key, Measure
from services.statistics.disclosure.model import Release as Checked
from services.statistics.releases import grid
from services.statistics.releases.dimensions import NOT_RECORDED
from services.statistics.releases.figures import Figure
from services.statistics.releases.grid import Line, Place

Figures = tuple[CellStatus, int | None, int | None, float | None]
"""Status, numerator, denominator and value of a cell."""

_HIDDEN: Final[Figures] = (CellStatus.SUPPRESSED, None, None, None)
_NOTHING: Final[Figures] = (CellStatus.NO_DATA, None, None, None)
_COUNTING: Final[Mapping[str, Measure]] = {"share": "numerator"}
"""Under which measure those stand who count, where not all members do."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the counts. `medians` by indicator, part and region, of that period; `stated` the
    denominators from outside by name and region; `waiting` where windows run."""

    medians: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    stated: Mapping[tuple[str, str], int] = field(default_factory=dict)
    waiting: Collection[Place] = frozenset()
    provisional: bool = False

    @property
    def known(self) -> CellStatus:
        return CellStatus.PROVISIONAL if self.provisional else CellStatus.FINAL


def cells_of(city: str, period: str, figures: Sequence[Figure], checked: Checked, beside: Beside) -> list[Cell]:
    """Every cell of the grid of that period, in order."""
    made = _Cells(period, {figure.key: figure for figure in figures}, checked.published, beside)
    return [
        made.cell(figure, region, line)
        for figure in figures
        if not figure.yearly or len(period) == 4
        for region in grid.regions_of(city)
        for line in grid.lines_of(figure)
    ]


@dataclass(frozen=True, slots=True)
class _Cells:
    period: str
    figures: Mapping[tuple[str, str], Figure]
    published: Mapping[Key, int]
    beside: Beside

    def cell(self, figure: Figure, region: str, line: Line) -> Cell:
        status, numerator, denominator, value = self._figures(figure, region, line)
        return Cell(
            indicator=figure.indicator,
            part=figure.part,
            region=region,
            dimensions={name: None if code == NOT_RECORDED else code for name, code in line},
            status=status,
            numerator=numerator,
            denominator=denominator,
            value=value,
        )

    def _figures(self, figure: Figure, region: str, line: Line = ()) -> Figures:
        """Waiting for anybody goes before hiding, hiding before there being nothing."""
        if any((*one.key, self.period, region) in self.beside.waiting for one in (figure, *self._others(figure))):
            return CellStatus.IMMATURE, None, None, None
        counts = [self._find(figure, measure, region, line) for measure in grid.measures_of(figure)]
        if any(count is None for count in counts):
            return _HIDDEN
        return self._known(figure, region, [count or 0 for count in counts])

    def _known(self, figure: Figure, region: str, counts: Sequence[int]) -> Figures:
        """With everything of its own at hand."""
        match figure.kind:
            case "count":
                return self.beside.known, counts[0], None, float(counts[0])
            case "share":
                return self._quotient(figure, counts[1], counts[0])
            case "median":
                return self._median(figure, region, counts[0])
            case "lowest":
                return self._lowest(figure, region)
            case "breadth":
                return self._breadth(figure, region)
        return self._over(figure, region, counts[0])

    def _others(self, figure: Figure) -> list[Figure]:
        """The parts of the same indicator that it is made of or measured against."""
        names = (*figure.lowest_of, *filter(None, (figure.over_part, figure.plus)))
        return [self.figures[figure.indicator, name] for name in names]

    def _find(self, figure: Figure, measure: Measure, region: str, line: Line = ()) -> int | None:
        return self.published.get(grid.key_of(figure, measure, self.period, region, line))

    def _quotient(self, figure: Figure, numerator: int, denominator: int) -> Figures:
        """Nothing to divide by is no data, and not zero."""
        if not denominator:
            return _NOTHING
        return self.beside.known, numerator, denominator, round(scale_of(figure.kind) * numerator / denominator, 2)

    def _over(self, figure: Figure, region: str, counted: int) -> Figures:
        """Over what was stated, with those of another part added; or over those of another part who count."""
        others = [self._find(one, _COUNTING.get(one.kind, "denominator"), region) for one in self._others(figure)]
        if any(count is None for count in others):
            return _HIDDEN
        whole = sum(count for count in others if count is not None)
        if figure.over is not None:
            stated = self.beside.stated.get((figure.stated, region))
            return _NOTHING if stated is None else self._quotient(figure, counted, stated + whole)
        return self._quotient(figure, counted, whole)

    def _lowest(self, figure: Figure, region: str) -> Figures:
        parts = [self._figures(one, region) for one in self._others(figure)]
        lacking = {part[0] for part in parts if part[3] is None}
        if lacking:
            return _HIDDEN if CellStatus.SUPPRESSED in lacking else _NOTHING
        return self.beside.known, None, None, min(part[3] for part in parts if part[3] is not None)

    def _breadth(self, figure: Figure, region: str) -> Figures:
        """Told only where every line is: it says how many of them are 0."""
        (other,) = self._others(figure)
        lines = [line for line in grid.lines_of(other) if line and line[0][0] == figure.by[0]]
        counts = {line[0][1]: self._find(other, "denominator", region, line) for line in lines}
        if not counts or None in counts.values():
            return _HIDDEN
        found = [code for code, count in counts.items() if count and code != NOT_RECORDED]
        return (self.beside.known, None, None, float(len(found))) if any(counts.values()) else _NOTHING

    def _median(self, figure: Figure, region: str, members: int) -> Figures:
        value = self.beside.medians.get((*figure.key, region))
        if not members or value is None:
            return _NOTHING
        if members < LEAST_FOR_MEDIAN:
            return _HIDDEN
        return self.beside.known, None, members, round(value, 2)


def count_statuses(cells: Sequence[Cell]) -> dict[str, int]:
    """How many cells there are of each status, for who is to sign."""
    counted = {status.value: 0 for status in CellStatus}
    for cell in cells:
        counted[cell.status] += 1
    return counted
