"""What a release takes from outside the cells: denominators that were stated, and the plans' tables as reported."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from services.platform.database import Connection
from services.statistics.catalogue import Target
from services.statistics.releases import grid
from services.statistics.releases.figures import Figure
from services.statistics.releases.grid import Scope
from services.statistics.releases.plans import Reported, sentences_of, tables_of
from services.statistics.releases.publish import Beside

UNSIGNED_ZH = "待签发"

FindDenominator = Callable[[Connection, str, str, int, tuple[int, int] | None], Awaitable[int | None]]
"""By name, region, year and band of ages; None while not all of it is known."""


class Value(Protocol):
    @property
    def value(self) -> float: ...


class Row(Protocol):
    """A row of a plan's table: what its keeper said last, and what was signed off last."""

    @property
    def target(self) -> Target: ...
    @property
    def newest(self) -> Value | None: ...
    @property
    def final(self) -> Value | None: ...
    @property
    def keeper_zh(self) -> str: ...


ListRows = Callable[[Connection, str, int], Awaitable[Sequence[Row]]]


async def read_beside(
    conn: Connection, scope: Scope, figures: Sequence[Figure], *, find: FindDenominator, list_rows: ListRows
) -> Beside:
    """`find` and `list_rows` read what keepers stated."""
    stated: dict[tuple[str, str], int] = {}
    for name, over, band in sorted({(one.stated, one.over, one.band) for one in figures if one.over}):
        for region in grid.regions_of(scope.city):
            value = await find(conn, over, region, scope.year, _band(band))
            if value is not None:
                stated[name, region] = value
    reported = {row.target.id: said for row in await list_rows(conn, scope.city, scope.year) if (said := _said(row))}
    return Beside(stated, tables_of(scope.city, reported), sentences_of(scope.city))


def _band(text: str) -> tuple[int, int] | None:
    """`35-64`: full years, both in; empty is everybody."""
    first, _, last = text.partition("-")
    return (int(first), int(last)) if text else None


def _said(row: Row) -> Reported | None:
    """A number that nobody has signed off is not printed."""
    if row.final is not None:
        corrected = "" if row.newest == row.final else "，更正待签发"
        return Reported(row.final.value, f"已签发{corrected}", row.keeper_zh)
    return Reported(UNSIGNED_ZH, UNSIGNED_ZH, row.keeper_zh) if row.newest else None
