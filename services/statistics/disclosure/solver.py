"""Whole numbers between bounds, tied by sums: the smallest cost there is. HiGHS does the work.

The simplex starts from where the last run ended. Nothing depends on threads, time or the order of a set: the same calls
give the same answers.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import highspy
import numpy as np

from services.statistics.disclosure.errors import DisclosureError, OutOfTimeError

Clock = Callable[[], float]

_NEAR: Final = 1e-6


class SolverError(DisclosureError):
    """The solver gave up; nothing was proved, so nothing is released."""


class Budget:
    """Seconds that may pass before a release is refused."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Raises `OutOfTimeError` when nothing is."""
        left = self._end - self._clock()
        if left <= 0:
            raise OutOfTimeError
        return left


class Answer(NamedTuple):
    """`values` are whole. `tight`: rows that the best cost hangs on."""

    cost: float
    values: list[int]
    tight: list[int]


class Numbers:
    """Unknown whole numbers with lower and upper bounds, and rows whose sum is a given number.

    `gap`: by what part of its cost an answer may be off the cheapest, where whole numbers are hard to find.
    """

    def __init__(
        self,
        bounds: Sequence[tuple[float, float]],
        rows: Iterable[tuple[Mapping[int, int], int]],
        budget: Budget,
        gap: float = 0,
    ) -> None:
        self._budget = budget
        self._rows = list(rows)
        self._count = len(bounds)
        self._bounds = list(bounds)
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in {"output_flag": False, "threads": 1, "mip_rel_gap": gap, "random_seed": 0}.items():
            self._solver.setOptionValue(option, value)
        low, high = np.array(bounds, dtype=np.float64).reshape(-1, 2).T.copy()
        self._solver.addVars(self._count, low, high)
        for row, total in self._rows:
            columns = np.array(list(row), dtype=np.int32)
            signs = np.array(list(row.values()), dtype=np.float64)
            self._solver.addRow(total, total, len(row), columns, signs)

    def bound(self, column: int, low: float, high: float) -> None:
        self._bounds[column] = low, high
        self._solver.changeColBounds(column, low, high)

    def cost(self, column: int, cost: float) -> None:
        self._solver.changeColCost(column, cost)

    def find_cheapest(self) -> Answer | None:
        """None when no numbers fit. Raises `OutOfTimeError` and `SolverError`."""
        corner = self._find_corner()
        return corner if corner is None or self._fits(corner.values) else self._find_whole(corner.tight)

    def find_cheapest_easily(self) -> Answer | None:
        """None also when it would take a search. Raises the same."""
        corner = self._find_corner()
        return corner if corner and self._fits(corner.values) else None

    def _find_corner(self) -> Answer | None:
        """Of the numbers that need not be whole."""
        return self._answer() if self._run() else None

    def _find_whole(self, tight: list[int]) -> Answer | None:
        """A search among whole numbers, a thousand times slower. What is tight is told by the corner."""
        self._set_kind(highspy.HighsVarType.kInteger)
        try:
            if not self._run():
                return None
            answer = self._answer()
        finally:
            self._set_kind(highspy.HighsVarType.kContinuous)
        if not self._fits(answer.values):
            raise gave_up("rounding")
        return answer._replace(tight=tight)

    def _set_kind(self, kind: highspy.HighsVarType) -> None:
        for column in range(self._count):
            self._solver.changeColIntegrality(column, kind)

    def _run(self) -> bool:
        """Whether there is a best answer."""
        # The solver's clock counts all its runs together, and so does its limit.
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + self._budget.left())
        self._solver.run()
        self._budget.left()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise OutOfTimeError
        if status == highspy.HighsModelStatus.kInfeasible:
            return False
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty):
            raise gave_up(self._solver.modelStatusToString(status))
        return True

    def _answer(self) -> Answer:
        solution = self._solver.getSolution()
        values = [round(value) for value in solution.col_value]
        tight = [number for number, dual in enumerate(solution.row_dual) if abs(dual) > _NEAR]
        return Answer(self._solver.getInfo().objective_function_value, values, tight)

    def _fits(self, values: Sequence[int]) -> bool:
        """In whole numbers, so that no rounding of the solver makes a proof."""
        if any(not low <= value <= high for value, (low, high) in zip(values, self._bounds, strict=True)):
            return False
        return all(sum(sign * values[column] for column, sign in row.items()) == total for row, total in self._rows)


def gave_up(status: str) -> SolverError:
    return SolverError(
        f"泄露检验的求解器未得出结论（{status}），不予发布。",
        f"The solver of the disclosure check came to no conclusion ({status}), so nothing is released.",
    )
