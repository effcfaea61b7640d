"""The attack: how closely can each count that is kept back be bounded, from all releases together?

A count is safe when two whole tables are found that agree with everything published and differ enough in it; the tables
are checked in whole numbers, so that a pass is a proof. It leaks when the solver says that there are none.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.statistics.disclosure.errors import DisclosureError
from services.statistics.disclosure.model import Release
from services.statistics.disclosure.solver import Budget, Numbers, gave_up
from services.statistics.disclosure.system import Component, Quantity, Row, Standing, System, build

_NO_LIMIT: Final = float("inf")
_SPOKEN_OF: Final = 10


class Leak(NamedTuple):
    """A count that is kept back and lies from `low` to `high` for all to see; `given_away_by` published counts."""

    quantity: Quantity
    low: int
    high: int
    given_away_by: tuple[Quantity, ...]

    def describe(self) -> tuple[str, str]:
        """In Chinese and English. It names no count that is not published, but it is for those who may see all."""
        zh, en = self.quantity.describe()
        by = [one.describe() for one in self.given_away_by]
        by_zh = "；".join(words[0] for words in by) or "计数不小于 0"
        by_en = "; ".join(words[1] for words in by) or "counts are 0 or more"
        return (
            f"{zh} 可被推算为 {self.low} 至 {self.high}，依据：{by_zh}。",
            f"{en} can be worked out to be {self.low} to {self.high}, from: {by_en}.",
        )


class LeakError(DisclosureError):
    """A release that gives away what it or an earlier one keeps back. Words for the first, `leaks` has all."""

    def __init__(self, leaks: Sequence[Leak]) -> None:
        words = [leak.describe() for leak in leaks[:_SPOKEN_OF]]
        super().__init__(
            f"不予发布，{len(leaks)} 项未公开的计数可被推算：{''.join(zh for zh, _ in words)}",
            f"Not released, {len(leaks)} counts kept back can be worked out: {' '.join(en for _, en in words)}",
        )
        self.leaks = tuple(leaks)


def attack(releases: Sequence[Release], budget: Budget) -> list[Leak]:
    """Every leak of the newest (last) release and the earlier ones together.

    Raises `TableError`, `OutOfTimeError` and `SolverError`; none of them is a pass.
    """
    system = build(releases)
    known = [standing.shown or standing.given for standing in system.standings]
    leaks = [_said(system, one) for one, standing in enumerate(system.standings) if standing.guarded and standing.shown]
    for component in system.components(known):
        if any(system.standings[one].guarded for one in component.quantities):
            leaks += _Attack(system, component, known, budget).leaks()
    return leaks


def refuse_leaks(releases: Sequence[Release], budget: Budget) -> None:
    """Raises `LeakError` and whatever `attack` raises.

    A leak that would be there just so if the newest release showed nothing is not held against it: the earlier releases
    cannot be taken back, and of a count shown as 3 that has fallen since nothing can hide that it is 0 to 2 now.
    """
    leaks = attack(releases, budget)
    if leaks:
        *earlier, newest = releases
        anyway = {leak[:3] for leak in attack([*earlier, newest.showing(())], budget)}
        leaks = [leak for leak in leaks if leak[:3] not in anyway]
    if leaks:
        raise LeakError(leaks)


def _said(system: System, one: int) -> Leak:
    """Some release shows what another keeps back, and it has not changed."""
    value = system.standings[one].value
    return Leak(system.names[one], value, value, (system.as_shown(one),))


class _Attack:
    """On one component. `_low` and `_high` are what tables were found for; the true table is the first."""

    def __init__(self, system: System, component: Component, known: Sequence[bool], budget: Budget) -> None:
        self._system = system
        self._known = known
        self._component = component
        self._column = {one: column for column, one in enumerate(component.quantities)}
        self._low = [system.standings[one].value for one in component.quantities]
        self._high = list(self._low)
        bounds = [(float(system.standings[one].floor), _NO_LIMIT) for one in component.quantities]
        self._numbers = Numbers(bounds, [self._unknown(system.rows[row]) for row in component.rows], budget)

    def _unknown(self, row: Row) -> tuple[dict[int, int], int]:
        """A row without what is known, and what the known makes of it."""
        total = -sum(sign * self._system.standings[one].value for one, sign in row.items() if self._known[one])
        return {self._column[one]: sign for one, sign in row.items() if not self._known[one]}, total

    def leaks(self) -> list[Leak]:
        guarded = (one for one in self._component.quantities if self._system.standings[one].guarded)
        return [leak for one in guarded if (leak := self._find_leak(one))]

    def _find_leak(self, one: int) -> Leak | None:
        column, standing = self._column[one], self._system.standings[one]
        tight: list[int] = []
        for sign in (1, -1):
            if standing.need.is_met(self._low[column], self._high[column]):
                return None
            tight += self._push(column, standing, sign)
        low, high = self._low[column], self._high[column]
        if standing.need.is_met(low, high):
            return None
        return Leak(self._system.names[one], low, high, self._givers(tight))

    def _push(self, column: int, standing: Standing, sign: int) -> list[int]:
        """Makes a quantity as small (1) or as large (-1) as it can be; the rows that keep it there."""
        self._numbers.cost(column, sign)
        # There may be no largest; no more than this is ever needed.
        self._numbers.bound(column, standing.floor, standing.value + standing.need.wide)
        answer = self._numbers.find_cheapest()
        self._numbers.cost(column, 0)
        self._numbers.bound(column, standing.floor, _NO_LIMIT)
        if answer is None:
            raise gave_up("the true table does not fit")
        self._low = [min(pair) for pair in zip(self._low, answer.values, strict=True)]
        self._high = [max(pair) for pair in zip(self._high, answer.values, strict=True)]
        return answer.tight

    def _givers(self, tight: Iterable[int]) -> tuple[Quantity, ...]:
        rows = {self._component.rows[row] for row in tight}
        givers = {one for row in rows for one in self._system.rows[row] if self._known[one]}
        return tuple(self._system.as_shown(one) for one in sorted(givers))
