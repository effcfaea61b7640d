"""Keepers state figures, others read and sign them off. All of a request is taken in, or nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field, ValidationError

from contracts.base import Contract
from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated, SignOff, TableRow
from services.platform.auth import Caller, requires
from services.platform.clock import Clock
from services.platform.database import Database
from services.platform.problems import Problem, forbidden, invalid
from services.statistics.feeds import store
from services.statistics.feeds.errors import FeedError
from services.statistics.feeds.external import STANDINGS_ZH, Reported
from services.statistics.feeds.model import Row

C = TypeVar("C", bound=Contract)

Keeper = Annotated[Caller, Depends(requires("state_figures"))]
Signer = Annotated[Caller, Depends(requires("sign_off"))]
Reader = Depends(requires("read_statistics"))

Year = Annotated[int, Query(ge=2015, le=2100)]
PathYear = Annotated[int, Path(ge=2015, le=2100)]
Region = Annotated[str, Query(pattern=r"^[0-9]{6}([0-9]{3})?$")]


class Denominators(Contract):
    """What one keeper states."""

    statements: tuple[DenominatorStated, ...] = Field(min_length=1)


class ExternalValues(Contract):
    """What one keeper states."""

    statements: tuple[ExternalValueStated, ...] = Field(min_length=1)


class Signed(Contract):
    """Which revision, and the number of whoever signs it off for the unit that calls."""

    revision: int = Field(ge=1, title="修订")
    worker: str = Field(title="签发人工号")


def feeds_router(db: Database, clock: Clock) -> APIRouter:
    router = APIRouter()

    @router.post("/denominators")
    async def state_denominators(request: Request, caller: Keeper) -> dict[str, int]:
        said = await _read(request, Denominators)
        return await _take(store.DENOMINATORS, said.statements, caller)

    @router.get("/denominators", dependencies=[Reader])
    async def get_denominators(year: Year, region: Region) -> dict[str, Any]:
        """Every revision of what was stated of a division and what is in it, and where statements do not add up."""
        async with db.connection() as conn:
            stated = await store.list_denominator_revisions(conn, year, region)
            wrong = await store.list_contradictions(conn, year)
        found = {"denominators": [one.model_dump(mode="json") for one in stated]}
        return found | {"contradictions": [one._asdict() for one in wrong]}

    @router.post("/external")
    async def state_external(request: Request, caller: Keeper) -> dict[str, int]:
        said = await _read(request, ExternalValues)
        return await _take(store.EXTERNAL, said.statements, caller)

    @router.get("/external", dependencies=[Reader])
    async def get_external(year: Year, region: Region) -> dict[str, Any]:
        """Every row of a city's tables in a year; `final` is the last value that somebody has signed off."""
        async with db.connection() as conn:
            return {"rows": [_row(one) for one in await store.list_external(conn, region, year)]}

    @router.post("/external/{target}/{year}/sign-off")
    async def sign_external_off(caller: Signer, target: TableRow, year: PathYear, body: Signed) -> dict[str, str]:
        """The newest revision is right, says a second person. The answer says whose signature it has."""
        try:
            by = SignOff(unit=caller.unit, worker=body.worker)
        except ValidationError as error:
            raise invalid(error.errors()) from error
        with refusing():
            async with db.transaction() as conn:
                before = await store.sign_off(conn, (target, year), body.revision, by, await clock.now(conn))
        who = before or by
        return {"standing": "signed", "standing_zh": STANDINGS_ZH["signed"], "unit": who.unit, "worker": who.worker}

    async def _take(feed: store.Feed, said: Sequence[Any], caller: Caller) -> dict[str, int]:
        """A unit states its own figures, by whichever way. Raises the problems 403 and 422."""
        if caller.kind not in feed.topic.speaks_for or any(one.unit != caller.unit for one in said):
            raise forbidden("state_figures")
        rows = [Row(number, one) for number, one in enumerate(said, 1)]
        with refusing():
            async with db.transaction() as conn:
                settled = await store.take_all(conn, feed, rows, await clock.now(conn))
        return {"stored": len(settled.new), "repeated": len(settled.repeated)}

    return router


async def _read(request: Request, model: type[C]) -> C:
    """Strictly, from the bytes: there a date is a text. Raises the problem 422."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise invalid(error.errors()) from error


@contextmanager
def refusing() -> Iterator[None]:
    """What a feed refuses is the problem 422."""
    try:
        yield
    except FeedError as error:
        errors = [{"field": f"/{one.row}/{one.column}", "zh": one.zh, "en": one.en} for one in error.faults]
        titles = ("填报的内容有误，未保存", "Some of it is not right; nothing was stored")
        raise Problem(422, "not-taken-in", *titles, errors=errors) from error


def _row(one: Reported) -> dict[str, Any]:
    return {
        "target": one.target.id,
        "name": one.target.name,
        "unit": one.target.unit,
        "keeper_zh": one.keeper_zh,
        "standing": one.standing,
        "standing_zh": STANDINGS_ZH[one.standing],
        "newest": one.newest.model_dump(mode="json") if one.newest else None,
        "final": one.final.model_dump(mode="json") if one.final else None,
        "signed": one.signed._asdict() if one.signed else None,
    }
