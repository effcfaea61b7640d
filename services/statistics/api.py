"""Indicators of a year and a region, internal and unsuppressed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from services.platform.auth import Caller, requires
from services.platform.database import Database
from services.statistics import store
from services.statistics.authority import refuse_elsewhere
from services.statistics.catalogue import Defined
from services.statistics.handlers import Statistics
from services.statistics.model import observe_region

router = APIRouter()

Reader = Annotated[Caller, Depends(requires("read_statistics"))]

Year = Annotated[int, Query(ge=2000, le=2100)]
Region = Annotated[str, Query(pattern=r"^[0-9]{6}$")]


@router.get("/indicators")
async def get_indicators(request: Request, year: Year, region: Region, caller: Reader) -> dict[str, Any]:
    """Every indicator of a county, or of a prefecture (....00) or province with all its counties, as it stands now."""
    refuse_elsewhere(caller, region)
    statistics: Statistics = request.app.state.statistics
    async with statistics.up_to_date(request.app.state.db) as conn:
        at, counted = await statistics.get_as_of(conn), await statistics.count(conn, year)
    observed = observe_region(statistics.parts, year, region, counted, at)
    return {
        "year": year,
        "region": region,
        "as_of": at.day,
        "log": {"epoch": at.epoch, "facts": at.facts},
        "indicators": [
            _titles(one) | observation.model_dump(mode="json", exclude=_SAID)
            for one, observation in zip(statistics.parts, observed, strict=True)
        ],
    }


@router.get("/indicators/{indicator}/revisions")
async def get_revisions(
    request: Request,
    indicator: Annotated[str, Path(pattern=r"^[a-z-]{1,64}$")],
    year: Year,
    region: Region,
    caller: Reader,
) -> dict[str, Any]:
    """Everything that was published of an indicator, so that a figure of the past can be shown again."""
    refuse_elsewhere(caller, region)
    db: Database = request.app.state.db
    async with db.connection() as conn:
        revisions = await store.list_revisions(conn, indicator, year, region)
    return {"revisions": [one.model_dump(mode="json") for one in revisions]}


_SAID = {"year", "region", "as_of", "epoch", "facts", "revision"}


def _titles(one: Defined) -> dict[str, str]:
    return {"title_zh": one.titles[0], "title_en": one.titles[1]}
