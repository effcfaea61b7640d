"""Releases over HTTP: who may propose, who may sign, who may read, and who may see the cases behind a number."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from contracts.base import Code, WorkerNumber
from contracts.releases import Release
from services.platform.auth import Caller, requires
from services.platform.clock import Clock
from services.platform.database import Database
from services.platform.problems import Problem
from services.statistics.authority import refuse_elsewhere
from services.statistics.releases import reading, store
from services.statistics.releases.compare import Change
from services.statistics.releases.edition import Edition, Person
from services.statistics.releases.errors import NotThereError, ReleaseError
from services.statistics.releases.grid import Scope
from services.statistics.releases.publish import Publisher, Sources
from services.statistics.releases.terms import get_scope

router: Final = APIRouter(prefix="/releases/{city}/{period}")

Proposer = Annotated[Caller, Depends(requires("propose_release"))]
Signer = Annotated[Caller, Depends(requires("sign_release"))]
Reader = Annotated[Caller, Depends(requires("read_statistics"))]
Tracer = Annotated[Caller, Depends(requires("trace_members"))]


class Desk:
    """What the routes need of the service."""

    def __init__(self, db: Database, clock: Clock, sources: Sources) -> None:
        self.db = db
        self.clock = clock
        self.sources = sources
        self.publisher = Publisher(db, clock, sources)


class ProposalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    worker: WorkerNumber
    provisional: bool = False
    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


class SignatureRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    worker: WorkerNumber


@router.post("/proposal", status_code=201)
async def propose(request: Request, city: str, period: str, body: ProposalRequest, caller: Proposer) -> dict[str, Any]:
    """Freeze and check what is known now; takes up to two minutes. Somebody else must sign it off."""
    with _as_problems():
        scope = _scope_of(city, period, caller)
        by = Person(caller.unit, body.worker)
        proposed = await _desk(request).publisher.propose(scope, by, provisional=body.provisional, reason=body.reason)
    return _about(proposed.edition) | {"statuses": proposed.statuses}


@router.post("/signature")
async def sign(request: Request, city: str, period: str, body: SignatureRequest, caller: Signer) -> dict[str, Any]:
    """Publish what was proposed."""
    with _as_problems():
        scope = _scope_of(city, period, caller)
        release = await _desk(request).publisher.sign_off(scope, Person(caller.unit, body.worker))
    return release.model_dump(mode="json", exclude={"cells", "definitions", "dimensions"})


@router.get("")
async def get_release(request: Request, city: str, period: str, _: Reader, edition: int | None = None) -> Release:
    """As it was published."""
    desk = _desk(request)
    with _as_problems():
        scope = get_scope(city, period)
        async with desk.db.connection() as conn:
            today = (await desk.clock.now(conn)).date()
            return await reading.get_release(conn, await reading.get_published(conn, scope, today, edition))


@router.get("/editions")
async def list_editions(request: Request, city: str, period: str, _: Reader) -> dict[str, Any]:
    with _as_problems():
        scope = get_scope(city, period)
    async with _desk(request).db.connection() as conn:
        return {"editions": [_about(edition) for edition in await store.list_editions(conn, scope)]}


@router.get("/comparison")
async def compare(
    request: Request, city: str, period: str, caller: Reader, edition: int | None = None
) -> dict[str, Any]:
    """As published and as now known, and who makes the difference; their cases only for who may trace."""
    desk = _desk(request)
    with _as_problems():
        scope = _scope_of(city, period, caller)
        async with desk.sources.now() as conn:
            today = (await desk.clock.now(conn)).date()
            figures = desk.sources.figures(scope.city)
            found = await reading.compare_with_now(conn, scope, today, figures, edition)
    traceable = "trace_members" in caller.roles
    return {
        "edition": _about(found.edition),
        "differences": [one._asdict() for one in found.differences],
        "changes": [_change(one, traceable=traceable) for one in found.changes],
        "redefined": found.reworded,
    }


@router.get("/members/{indicator}/{part}")
async def get_members(  # noqa: PLR0917 - each names a part of the path, or who asks
    request: Request, city: str, period: str, indicator: Code, part: Code, caller: Tracer
) -> dict[str, Any]:
    """The members of one number as it is now, with their cases."""
    with _as_problems():
        scope = _scope_of(city, period, caller)
    async with _desk(request).sources.now() as conn:
        return {"members": await store.list_members(conn, scope, indicator, part)}


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.releases
    return desk


def _scope_of(city: str, period: str, caller: Caller) -> Scope:
    """Of a city that the caller's unit stands in or above. Raises `ReleaseError` and the problem 403."""
    scope = get_scope(city, period)
    refuse_elsewhere(caller, scope.city)
    return scope


def _about(edition: Edition) -> dict[str, Any]:
    said = edition._asdict()
    kept = ("region", "period", "edition", "stage", "reason", "proposed", "proposed_on", "signed", "published_on")
    return {name: said[name] for name in kept} | {"as_of": edition.frozen.as_of}


def _change(change: Change, *, traceable: bool) -> dict[str, Any]:
    """Who may not trace sees neither the case nor the member, which may be one."""
    hidden = set() if traceable else {"case_id", "member", "item"}
    return {name: value for name, value in change._asdict().items() if name not in hidden}


@contextmanager
def _as_problems() -> Iterator[None]:
    try:
        yield
    except ReleaseError as error:
        status = 404 if isinstance(error, NotThereError) else 409
        code = error.code.replace("_", "-")
        raise Problem(status, code, "不能办理", "Refused", error.zh, error.en) from error
