"""What to keep back, so that what is too small to be shown cannot be worked out. Deterministic.

For each count that is not safe the cheapest other table is looked for in which it differs enough: to differ costs
nothing where a count is kept back already, and the more the larger it is where it would be shown. What differs there is
kept back from now on, and the other table is the proof. It is a good choice, not the best, and `attack` alone tells
whether it suffices: where no other table exists, nothing more is kept back and the attack names the leak.
"""

from collections.abc import Callable, Sequence
from math import log2
from typing import Final, NamedTuple

from services.statistics.disclosure.model import Key, Release
from services.statistics.disclosure.solver import Answer, Budget, Numbers
from services.statistics.disclosure.system import Component, Standing, System, build

_NO_LIMIT: Final = float("inf")

_GAP: Final = 0.5
"""A choice may cost up to twice the cheapest: to prove that none is cheaper takes far longer than to find it."""

_LIKE_A_ZERO: Final = 8
"""A zero that is kept back costs like that many persons: of two hidden cells with one person, one would be empty."""


def protect(earlier: Sequence[Release], grid: Release, budget: Budget) -> Release:
    """The grid with those of its counts published that may be, whatever it says of them itself.

    Raises `TableError`, `OutOfTimeError` and `SolverError`.
    """
    release = grid.showing(_shown_at_first(earlier, grid))
    system = build([*earlier, release])
    known = [standing.shown_before or standing.given for standing in system.standings]
    hidden: set[int] = set()
    for component in system.components(known):
        if any(system.standings[one].guarded for one in component.quantities):
            hidden |= _Protection(system, component, budget).protect()
    kept_back = {system.names[one].key for one in hidden}
    return release.showing(key for key in release.published if key not in kept_back)


def _shown_at_first(earlier: Sequence[Release], grid: Release) -> set[Key]:
    """What is not small. What has not changed since an earlier release is shown or kept back as it was there."""
    before = {(key, cell.value): False for release in earlier for key, cell in release.cells.items()}
    before |= {(key, value): True for release in earlier for key, value in release.published.items()}
    return {
        key for key, cell in grid.cells.items() if before.get((key, cell.value), not cell.need.is_small(cell.value))
    }


class _Choice(NamedTuple):
    """Another table, as differences from the true one, and what must be kept back for it."""

    cost: float
    hidden: list[int]
    differences: list[int]


class _Protection:
    """On one component. Each quantity has two columns: by how much it is more than it is, and less."""

    def __init__(self, system: System, component: Component, budget: Budget) -> None:
        self._quantities = component.quantities
        self._standings = [system.standings[one] for one in component.quantities]
        self._low = [standing.value for standing in self._standings]
        self._high = list(self._low)
        self._costs = [_cost(standing) for standing in self._standings]
        self._guarded = [column for column, standing in enumerate(self._standings) if standing.guarded]
        place = {one: column for column, one in enumerate(component.quantities)}
        rows = [{place[one]: sign for one, sign in system.rows[row].items() if one in place} for row in component.rows]
        self._numbers = Numbers(
            [bounds for of in self._standings for bounds in ((0, _NO_LIMIT), (0, of.value - of.floor))],
            [({2 * at + side: s * (1 - 2 * side) for at, s in row.items() for side in (0, 1)}, 0) for row in rows],
            budget,
            _GAP,
        )
        for at, cost in enumerate(self._costs):
            self._charge(at, cost)

    def protect(self) -> set[int]:
        """The quantities to keep back, besides those that are."""
        hidden: list[int] = []
        for at in self._guarded:  # grows
            while not self._is_safe(at) and (choice := self._find_choice(at)):
                self._take(choice)
                hidden += choice.hidden
        return {self._quantities[at] for at in hidden}

    def _is_safe(self, at: int) -> bool:
        return self._standings[at].need.is_met(self._low[at], self._high[at])

    def _find_choice(self, at: int) -> _Choice | None:
        """The cheapest that makes a quantity safe; where nothing does, one that makes it as safe as can be."""
        for reach in range(self._standings[at].need.wide, 0, -1):
            ways = self._ways(at, reach)
            for find in (self._numbers.find_cheapest_easily, self._numbers.find_cheapest):
                choices = [choice for way in ways if (choice := self._differ(at, way, find))]
                if choices:
                    return min(choices, key=lambda choice: choice.cost)
        return None

    def _ways(self, at: int, reach: int) -> list[int]:
        """The differences each of which makes a quantity that wide (or reach 0), with the tables found before."""
        standing, low, high = self._standings[at], self._low[at], self._high[at]
        ends = {low + reach, high - reach}
        ends |= {0 if standing.value else 1} if standing.need.zero_suffices else set()
        return [end - standing.value for end in sorted(ends) if end >= standing.floor and not low <= end <= high]

    def _differ(self, at: int, difference: int, find: Callable[[], Answer | None]) -> _Choice | None:
        more, less = max(difference, 0), max(-difference, 0)
        self._numbers.bound(2 * at, more, more)
        self._numbers.bound(2 * at + 1, less, less)
        answer = find()
        self._numbers.bound(2 * at, 0, _NO_LIMIT)
        self._numbers.bound(2 * at + 1, 0, self._standings[at].value - self._standings[at].floor)
        if answer is None:
            return None
        differences = [up - down for up, down in zip(answer.values[::2], answer.values[1::2], strict=True)]
        hidden = [other for other, by in enumerate(differences) if by and self._costs[other]]
        return _Choice(sum(self._costs[other] for other in hidden), hidden, differences)

    def _take(self, choice: _Choice) -> None:
        for at in choice.hidden:
            self._costs[at] = 0
            self._charge(at, 0)
        self._guarded += choice.hidden
        table = [standing.value + by for standing, by in zip(self._standings, choice.differences, strict=True)]
        self._low = [min(pair) for pair in zip(self._low, table, strict=True)]
        self._high = [max(pair) for pair in zip(self._high, table, strict=True)]

    def _charge(self, at: int, cost: float) -> None:
        self._numbers.cost(2 * at, cost)
        self._numbers.cost(2 * at + 1, cost)


def _cost(standing: Standing) -> float:
    """Of keeping back, for each person of difference; nothing where nothing would be shown."""
    return 1 + log2(1 + (standing.value or _LIKE_A_ZERO)) if standing.shown else 0
