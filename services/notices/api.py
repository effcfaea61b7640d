"""The inbox of the caller's unit; and for the unit that owes notices: which, what was tried, and proofs."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import TypeAdapter, ValidationError

from contracts.base import SHANGHAI
from services.notices import store
from services.notices.handlers import publish_proofs
from services.notices.model import Attempted, Proof, Told, ToldByPhone, reached, read_in_inbox, told
from services.notices.templates import number, title
from services.platform.auth import Caller, requires
from services.platform.clock import Clock
from services.platform.database import Connection, Database, Row
from services.platform.ids import new_id
from services.platform.problems import Problem, invalid, not_found
from services.platform.seal import Sealer

router = APIRouter()

Addressee = Annotated[Caller, Depends(requires("act", "report"))]
Worker = Annotated[Caller, Depends(requires("act"))]
TaskId = Annotated[str, Path(pattern=r"^[a-z0-9_.-]{1,64}$")]

_TOLD: TypeAdapter[Told] = TypeAdapter(Told)


@router.get("/inbox")
async def get_inbox(
    request: Request,
    caller: Addressee,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: UUID | None = None,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> dict[str, Any]:
    """What the caller's unit was told, newest first; unread only, unless `all`. `after` is `next` of a page."""
    db: Database = request.app.state.db
    async with db.connection() as conn:
        rows = await store.list_inbox(conn, caller.unit, everything=everything, after=after, limit=limit)
    following = rows[-1]["notice_id"] if len(rows) == limit else None
    return {"unit": caller.unit, "items": [_shown(row) for row in rows], "next": following}


@router.post("/inbox/{notice_id}/read")
async def read(request: Request, caller: Addressee, notice_id: UUID) -> dict[str, Any]:
    """Open a notice: that proves it. Reading again, or after it ended, changes nothing."""
    db: Database = request.app.state.db
    async with db.transaction() as conn:
        row = await _get_in_inbox(conn, notice_id, caller)
        if row["proof"] is None and row["closed_at"] is None:
            await _prove(conn, read_in_inbox(store.notice_of(row), await _now(request, conn)))
            row = await _get_in_inbox(conn, notice_id, caller)
    return _shown(row)


@router.post("/notices/{case_id}/{task_id}/proof", status_code=201)
async def prove(request: Request, response: Response, caller: Worker, case_id: UUID, task_id: TaskId) -> dict[str, Any]:
    """The unit that owes a notice says how it told: by phone whom and when, or on paper with which document."""
    how = _read_told(await request.body())
    db: Database = request.app.state.db
    async with db.transaction() as conn:
        if how.told_at > await _now(request, conn):
            raise _too_early("/told_at")
        row = await _get_owed(conn, case_id, task_id, caller)
        sealed = _seal(request, how.name if isinstance(how, ToldByPhone) else None)
        proof = told(store.notice_of(row), how, new_id(), sealed)
        if not await _prove(conn, proof):
            response.status_code = 200
            proof = _same(await store.get_proof(conn, case_id, task_id), proof)
    return _shown_proof(proof)


@router.get("/notices")
async def list_owed(
    request: Request,
    caller: Worker,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: UUID | None = None,
) -> dict[str, Any]:
    """What the caller's unit still has to tell, oldest first, and what was tried. `after` is `next` of a page."""
    db: Database = request.app.state.db
    async with db.connection() as conn:
        rows = await store.list_owed(conn, caller.unit, after=after, limit=limit)
    following = rows[-1]["notice_id"] if len(rows) == limit else None
    return {"unit": caller.unit, "items": [_shown_owed(row) for row in rows], "next": following}


@router.post("/notices/{case_id}/{task_id}/attempts", status_code=201)
async def attempt(
    request: Request, response: Response, caller: Worker, case_id: UUID, task_id: TaskId
) -> dict[str, Any]:
    """The unit that owes a notice tried to reach the addressee. Who was reached has been told: that proves it."""
    how = _read_attempt(await request.body())
    sealed = _seal(request, how.name)
    db: Database = request.app.state.db
    async with db.transaction() as conn:
        if how.at > await _now(request, conn):
            raise _too_early("/at")
        notice = store.notice_of(await _get_owed(conn, case_id, task_id, caller))
        if await store.store_attempt(conn, (case_id, task_id), how, sealed):
            proof = reached(notice, how, new_id(), sealed)
            if proof:
                await _prove(conn, proof)
        elif await store.get_result(conn, (case_id, task_id), how) == how.result:
            response.status_code = 200
        else:
            raise Problem(*(409, "already-recorded", "该次联系已有另一结果", "This attempt has another result already"))
    return how.model_dump(mode="json", exclude={"name"})


def _read_told(body: bytes) -> Told:
    """Raises the problem 422."""
    try:
        return _TOLD.validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        # The tag of the union is no part of the body.
        raise invalid([{**detail, "loc": detail["loc"][1:] or ("channel",)} for detail in details]) from None


def _read_attempt(body: bytes) -> Attempted:
    """Raises the problem 422."""
    try:
        return Attempted.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False, include_input=False)) from None


async def _prove(conn: Connection, proof: Proof) -> bool:
    """Keep the proof and tell casework, in one transaction; false when there is one already."""
    if not await store.store_proof(conn, proof):
        return False
    await publish_proofs(conn, [proof])
    return True


async def _get_in_inbox(conn: Connection, notice_id: UUID, caller: Caller) -> Row:
    row = await store.find_in_inbox(conn, notice_id, caller.unit)
    if row is None:
        raise not_found("收件箱中没有这项告知", "There is no such notice in your inbox")
    return row


async def _get_owed(conn: Connection, case_id: UUID, task_id: str, caller: Caller) -> Row:
    row = await store.find_owed(conn, case_id, task_id, caller.unit)
    if row is None:
        raise not_found("没有须由本单位办理的这项告知", "There is no such notice for your unit to give")
    return row


def _seal(request: Request, name: str | None) -> bytes | None:
    """A name for the vault alone to read."""
    sealer: Sealer = request.app.state.sealer
    return sealer.seal(name.encode()) if name else None


async def _now(request: Request, conn: Connection) -> datetime:
    clock: Clock = request.app.state.clock
    return await clock.now(conn)


def _same(first: Proof, second: Proof) -> Proof:
    if first.says(second):
        return first
    raise Problem(
        *(409, "already-proved", "这项告知已有另一凭证", "This notice is proved otherwise already"),
        proof=_shown_proof(first),
    )


def _too_early(field: str) -> Problem:
    error = {"field": field, "zh": "应不晚于现在的时间", "en": "Should not be in the future"}
    return Problem(422, "invalid", "填写的内容有误", "Some fields are not right", errors=[error])


def _shown(row: Row) -> dict[str, Any]:
    state = "read" if row["proof"] else "ended" if row["closed_at"] else "unread"
    proof = {"channel": row["channel"], "proof": row["proof"], "proved_at": _local(row["proved_at"])}
    return {**_shown_notice(row), "from_unit": row["unit"], "state": state, "proof": proof if row["proof"] else None}


def _shown_owed(row: Row) -> dict[str, Any]:
    """`delivery` is null for a notice that no gateway carries."""
    state = "failed" if row["failed"] else "waiting"
    delivery = {"state": state, "tries": row["tries"], "reason": row["reason"]} if row["tries"] else None
    return {
        **_shown_notice(row),
        "addressee": row["addressee"],
        "addressee_role": row["addressee_role"],
        "delivery": delivery,
        "attempts": row["contacts"] or [],
    }


def _shown_notice(row: Row) -> dict[str, Any]:
    return {
        "notice_id": row["notice_id"],
        "number": number(row["notice_id"]),
        "case_id": row["case_id"],
        "task_id": row["task_id"],
        "template": row["template"],
        "title": title(row["template"]),
        "opened_at": _local(row["opened_at"]),
    }


def _shown_proof(proof: Proof) -> dict[str, Any]:
    return proof.event().model_dump(mode="json")


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI) if moment else None
