"""The vault, as the other services know it.

VaultError
"""

from collections.abc import Collection, Mapping
from typing import TypeVar
from uuid import UUID

import httpx
from pydantic import ValidationError

from contracts.base import Contract
from contracts.vault import HandOverAnswer, KeptReports, PersonMessage, PersonMessageAnswer, SealedReport, SealedReports

C = TypeVar("C", bound=Contract)


class VaultError(Exception):
    """The vault did not answer, or not as agreed. Trying again is right."""

    try_again = True


class VaultClient:
    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=10, trust_env=False
        )

    async def hand_over(self, sealed: Mapping[UUID, bytes]) -> HandOverAnswer:
        """The same again is answered the same. Raises `VaultError`."""
        reports = SealedReports(
            reports=tuple(SealedReport(report_id=key, sealed=value) for key, value in sealed.items())
        )
        return await self._ask("/sealed", reports, HandOverAnswer)

    async def list_tokens(self, report_ids: Collection[UUID]) -> dict[UUID, dict[str, str]]:
        """The tokens that were issued for these reports, without those the vault does not have. Raises `VaultError`."""
        answer = await self._ask("/tokens", KeptReports(report_ids=tuple(report_ids)), HandOverAnswer)
        return {issued.report_id: issued.tokens for issued in answer.issued}

    async def tell(self, message: PersonMessage) -> PersonMessageAnswer:
        """The same again reaches the gateway with the same id. Raises `VaultError`."""
        return await self._ask("/messages", message, PersonMessageAnswer)

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, path: str, question: Contract, kind: type[C]) -> C:
        try:
            answer = await self._http.post(path, content=question.to_json())
            answer.raise_for_status()
            return kind.read(answer.content)
        except httpx.HTTPError as error:
            raise VaultError(type(error).__name__) from error
        except ValidationError:
            raise VaultError("answer not as agreed") from None
