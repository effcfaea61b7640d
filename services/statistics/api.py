"""Indicators of a year and a region, internal and unsuppressed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from services.platform.auth import requires
from services.platform.database import Database
from services.statistics import store
from services.statistics.formulas import FORMULAS, Formula
from services.statistics.handlers import Statistics
from services.statistics.model import Place, observe_place

router = APIRouter(dependencies=[Depends(requires("read_statistics"))])

Year = Annotated[int, Query(ge=2000, le=2100)]
Region = Annotated[str, Query(pattern=r"^\d{6}$")]


@router.get("/indicators")
async def get_indicators(request: Request, year: Year, region: Region) -> dict[str, Any]:
    """Every indicator of a county, or of a prefecture (....00) or province with all its counties, as it stands now."""
    statistics: Statistics = request.app.state.statistics
    db: Database = request.app.state.db
    async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        at = await statistics.get_as_of(conn)
        cells, pending = await store.list_cells(conn, year), await store.list_pending(conn, at.day)
    observed = [(formula, observe_place(Place(*formula.key, year, region), cells, pending, at)) for formula in FORMULAS]
    return {
        "year": year,
        "region": region,
        "as_of": at.day,
        "log": {"epoch": at.epoch, "facts": at.facts},
        "indicators": [_titles(formula) | one.model_dump(mode="json", exclude=_SAID) for formula, one in observed],
    }


@router.get("/indicators/{indicator}/revisions")
async def get_revisions(
    request: Request, indicator: Annotated[str, Path(pattern=r"^[a-z-]{1,64}$")], year: Year, region: Region
) -> dict[str, Any]:
    """Everything that was published of an indicator, so that a figure of the past can be shown again."""
    db: Database = request.app.state.db
    async with db.connection() as conn:
        revisions = await store.list_revisions(conn, indicator, year, region)
    return {"revisions": [one.model_dump(mode="json") for one in revisions]}


_SAID = {"year", "region", "as_of", "epoch", "facts", "revision"}


def _titles(formula: Formula) -> dict[str, str]:
    return {"title_zh": formula.title_zh, "title_en": formula.title_en}
