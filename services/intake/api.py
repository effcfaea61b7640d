"""HTTP of intake: the one door for reports."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from contracts.submission import AnySubmission, read_submission
from services.intake.intake import Intake, OtherBodyError, Receipt
from services.intake.intake import Request as Sent
from services.intake.model import DESKS, may_send, recorders, region_prefix
from services.platform.auth import Caller, requires
from services.platform.problems import Problem, forbidden, not_found

IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", min_length=16, max_length=200, description="Random, e.g. a UUID.")
]
Reporter = Annotated[Caller, Depends(requires("report"))]
Desk = Annotated[Caller, Depends(requires("report", "act"))]


def new_router(intake: Intake) -> APIRouter:
    router = APIRouter()

    @router.post("/reports", status_code=201)
    async def report(request: Request, response: Response, caller: Reporter, key: IdempotencyKey) -> Receipt:
        body = await request.body()
        try:
            submission = read_submission(body)
            _check_may_send(caller, submission)
            receipt, new = await intake.accept(Sent(caller.unit, key, body), submission)
        except ValidationError as error:
            raise _invalid(error) from None
        except OtherBodyError:
            raise _other_body() from None
        response.status_code = 201 if new else 200
        response.headers["location"] = f"/reports/{receipt.receipt}"
        return receipt

    @router.get("/reports/{receipt}")
    async def state(receipt: str, caller: Reporter) -> Receipt:
        found = await intake.find_receipt(caller.unit, receipt)
        if found is None:
            raise not_found("没有这份报告，或不是本单位报告的", "There is no such report of your unit")
        return found

    @router.get("/duty-desk")
    async def duty_desk(caller: Desk, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> dict[str, Any]:
        prefix = region_prefix(caller.unit)
        if caller.kind not in DESKS or prefix is None:
            raise forbidden("duty desk")
        return {"reports": await intake.list_duty(prefix, limit)}

    @router.get("/backlog", dependencies=[Depends(requires("service"))])
    async def backlog() -> dict[str, int]:
        return await intake.get_backlog()

    return router


def _check_may_send(caller: Caller, submission: AnySubmission) -> None:
    if not may_send(caller.kind, submission.type):
        kinds = sorted(recorders(submission.type))
        raise Problem(
            *(403, "not-yours-to-record", "本单位不能登记此类信息", "Your unit may not record this"),
            f"此类信息由下列单位登记：{'、'.join(kind.label_zh for kind in kinds)}。",
            f"It is recorded by units of kind {', '.join(kinds)}.",
        )


def _invalid(error: ValidationError) -> RequestValidationError:
    """As the platform explains it; an unknown type is about the field `type`, not about the whole body."""
    details = error.errors(include_url=False, include_input=False)
    return RequestValidationError(
        [{**one, "loc": one["loc"] or ("type",)} if one["type"].startswith("union_tag") else one for one in details]
    )


def _other_body() -> Problem:
    return Problem(
        *(422, "idempotency-key-reused", "该幂等键已用于另一份报告", "This key was used for another report"),
        *(
            "重发时内容须与首次完全相同；新的报告请使用新的键。",
            "Repeat the same bytes, or use a new key for a new report.",
        ),
        errors=[{"field": "/header/Idempotency-Key", "zh": "请使用新的键", "en": "Use a new key"}],
    )
