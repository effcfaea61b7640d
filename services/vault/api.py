"""HTTP of the vault: reports in, and for the few who may, people out. Nothing personal is in a URL or a log line."""

from base64 import b64encode
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from contracts.base import Contract
from contracts.vault import KeptReports, PersonMessage, SealedReports
from services.platform.auth import CurrentCaller, requires
from services.platform.problems import forbidden, not_found
from services.vault.messages import Messenger
from services.vault.vault import Reveal, Vault

C = TypeVar("C", bound=Contract)
AsService = Depends(requires("service"))


def new_router(vault: Vault, messenger: Messenger) -> APIRouter:
    router = APIRouter()

    @router.get("/public-key", dependencies=[AsService])
    async def public_key() -> dict[str, str]:
        return {"public_key": b64encode(vault.keys.public).decode()}

    @router.post("/sealed", dependencies=[AsService])
    async def take(request: Request) -> Response:
        sealed = await _read(request, SealedReports)
        answer = await vault.take(sealed.reports)
        return Response(answer.to_json(), media_type="application/json")

    @router.post("/tokens", dependencies=[AsService])
    async def list_tokens(request: Request) -> Response:
        answer = await vault.list_issued((await _read(request, KeptReports)).report_ids)
        return Response(answer.to_json(), media_type="application/json")

    @router.post("/messages", dependencies=[AsService])
    async def tell(request: Request, caller: CurrentCaller) -> Response:
        answer = await messenger.send(caller.unit, await _read(request, PersonMessage))
        return Response(answer.to_json(), media_type="application/json")

    @router.post("/reveal")
    async def reveal(request: Request, response: Response, caller: CurrentCaller) -> dict[str, Any]:
        if "reveal" not in caller.roles:
            raise forbidden("reveal")
        answer = await vault.find_revealed(caller.unit, await _read(request, Reveal))
        if answer is None:
            raise not_found()
        response.headers["cache-control"] = "no-store"
        return answer

    return router


async def _read(request: Request, contract: type[C]) -> C:
    """Strict JSON, which FastAPI's own reading of a body is not. Raises `RequestValidationError`."""
    try:
        return contract.model_validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_input=False)) from None
