"""The queue of the caller's own unit, most urgent first; sums over queues; and what holds in a place."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from contracts.base import SHANGHAI, Region
from contracts.regions import is_region, region_names
from services.platform.auth import Caller, requires
from services.platform.case_log import is_read
from services.platform.clock import Clock
from services.platform.database import Database, Row
from services.platform.problems import Problem, not_found
from services.worklist import store
from services.worklist.store import Place
from workflows.local import Local

router = APIRouter()

Worker = Annotated[Caller, Depends(requires("act"))]
WorkerOrService = Annotated[Caller, Depends(requires("act", "service"))]
WorkerOrReporter = Annotated[Caller, Depends(requires("act", "report"))]

PATIENCE_SECONDS = 2.0
POLL_SECONDS = 0.2
"""Another process may be the one that reads the case's partition, so its commit does not wake us."""


class Applied:
    """Wakes those who wait for a case's version whenever this process has committed."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._committed = asyncio.Event()
        db.after_commit.append(self._wake)

    async def wait(self, case_id: UUID, version: int) -> bool:
        """True as soon as the version is applied, false after two seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        while True:
            committed = self._committed
            if await self._is_read(case_id, version):
                return True
            if loop.time() >= until:
                return False
            await _pause(committed, min(POLL_SECONDS, until - loop.time()))

    async def _is_read(self, case_id: UUID, version: int) -> bool:
        async with self._db.connection() as conn:
            return await is_read(conn, case_id, version)

    def _wake(self) -> None:
        self._committed.set()
        self._committed = asyncio.Event()


async def _pause(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


@router.get("/queue")
async def get_queue(
    request: Request,
    caller: Worker,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=400)] = None,
    at_least: Annotated[str | None, Query(max_length=60)] = None,
) -> dict[str, Any]:
    """The caller's own queue. `at_least=<case_id>@<version>` waits until that much of a case is in it."""
    place = read_cursor(after) if after else None
    if at_least:
        await _wait(request, at_least)
    db: Database = request.app.state.db
    async with db.connection() as conn:
        rows = await store.list_queue(conn, caller.unit, limit, place)
    following = write_cursor(Place.of(rows[-1])) if len(rows) == limit else None
    return _queue(request, caller, rows) | {"next": following}


@router.get("/queue/next")
async def get_next(
    request: Request, caller: Worker, n: Annotated[int, Query(ge=1, le=20)] = 5, at_least: str | None = None
) -> dict[str, Any]:
    """A few items that nobody has claimed; the caller claims them at casework, in turn."""
    if at_least:
        await _wait(request, at_least)
    db: Database = request.app.state.db
    async with db.connection() as conn:
        rows = await store.list_next(conn, caller.unit, n)
    return _queue(request, caller, rows)


@router.get("/summary")
async def get_summary(request: Request, caller: WorkerOrService) -> dict[str, Any]:
    """Open items by unit, workflow and kind: of the caller's unit, or for a service of all units."""
    db: Database = request.app.state.db
    async with db.connection() as conn:
        rows = await store.summarise(conn, None if "service" in caller.roles else caller.unit)
    return {"queues": [{name: _local(value) for name, value in row.items()} for row in rows]}


@router.get("/policy/{region}")
async def get_policy(request: Request, caller: WorkerOrReporter, region: Region) -> dict[str, Any]:  # noqa: ARG001
    """What holds in a region now: hotlines and who answers them, leads, reporters, titles, words, mechanisms, ages."""
    if not is_region(region):
        raise not_found("没有这个行政区划代码，或不在服务范围内", "No such division, or it is not served here")
    db: Database = request.app.state.db
    clock: Clock = request.app.state.clock
    local: Local = request.app.state.local
    async with db.connection() as conn:
        now = await clock.now(conn)
    return local.what_holds(region, now)


async def _wait(request: Request, at_least: str) -> None:
    applied: Applied = request.app.state.applied
    if not await applied.wait(*read_version(at_least)):
        raise Problem(
            *(503, "queue-behind", "队列尚未更新到该版本", "The queue has not reached that version yet"),
            headers={"retry-after": "1"},
        )


def read_version(text: str) -> tuple[UUID, int]:
    """`<case_id>@<version>`. Raises the problem 422."""
    case_id, _, version = text.partition("@")
    try:
        return UUID(case_id), int(version[:9])
    except ValueError:
        raise _bad("at_least", "应为 案件编号@版本号", "Should be <case id>@<version>") from None


def write_cursor(place: Place) -> str:
    """Where a page ends; the next one begins behind it."""
    return base64.urlsafe_b64encode(place.to_json()).decode().rstrip("=")


def read_cursor(text: str) -> Place:
    """Raises the problem 422."""
    try:
        return Place.read(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise _bad("after", "应为上一页给出的 next", "Should be `next` of the page before") from None


def _bad(field: str, zh: str, en: str) -> Problem:
    errors = [{"field": f"/query/{field}", "zh": zh, "en": en}]
    return Problem(422, "invalid", "填写的内容有误", "Some fields are not right", errors=errors)


_HIDDEN = {"rank", "due_or_never", "unit", "held"}

HELD_MARK = "隔离待处理"


def _queue(request: Request, caller: Caller, rows: Sequence[Row]) -> dict[str, Any]:
    local: Local = request.app.state.local
    items = [_shown(row) | titles_of(row, local) for row in rows]
    return {"unit": caller.unit, "unit_title": local.policy.unit_title(caller.unit), "items": items}


def _shown(row: Row) -> dict[str, Any]:
    """`marks`: something came for the case that nobody could read, and an operator has yet to decide about it."""
    shown = {name: _local(value) for name, value in row.items() if name not in _HIDDEN}
    return shown | {"marks": [HELD_MARK] if row["held"] else []}


def titles_of(row: Row | Mapping[str, Any], local: Local) -> dict[str, Any]:
    """Beside the ids what they mean, and the titles in the words of the case's region."""
    policy, region, addressee = local.policy, row["region"], row["addressee"]
    return {
        "title": policy.in_local_words(region, row["title"]),
        "state_title": policy.in_local_words(region, row["state_title"]),
        "workflow_title": local.workflow_title(region, row["workflow"]),
        "region_title": region_names().get(region, region),
        "addressee_title": policy.unit_title(addressee) if addressee else None,
    }


def _local(value: Any) -> Any:
    return value.astimezone(SHANGHAI) if isinstance(value, datetime) else value
