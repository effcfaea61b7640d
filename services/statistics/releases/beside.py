"""What a release takes from outside the cells: denominators that were stated, and the plans' tables as reported."""

from collections.abc import Iterable

from services.platform.database import Connection
from services.statistics.export.workbook import PlanTable
from services.statistics.feeds.store import list_external, list_filled_in
from services.statistics.releases import grid
from services.statistics.releases.edition import Stated
from services.statistics.releases.figures import Figure
from services.statistics.releases.grid import Scope
from services.statistics.releases.plans import tables_of


async def list_stated(conn: Connection, scope: Scope, figures: Iterable[Figure]) -> tuple[Stated, ...]:
    """What the figures of a city and its counties are divided by; what is not known is left out."""
    filled = await list_filled_in(conn, scope.year)
    return tuple(
        Stated(name=name, region=region, value=filled[over, band, scope.year, region])
        for name, over, band in sorted({(one.stated, one.over, one.band) for one in figures if one.over})
        for region in sorted(grid.regions_of(scope.city))
        if (over, band, scope.year, region) in filled
    )


async def list_plans(conn: Connection, scope: Scope) -> tuple[PlanTable, ...]:
    """The plans' own tables, with what their keepers have stated of the year."""
    return tables_of(scope.city, await list_external(conn, scope.city, scope.year))
