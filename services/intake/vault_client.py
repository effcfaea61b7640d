"""The vault, as intake knows it.

VaultError
"""

from collections.abc import Mapping
from uuid import UUID

import httpx
from pydantic import ValidationError

from contracts.vault import HandOverAnswer, SealedReport, SealedReports


class VaultError(Exception):
    """The vault did not answer, or not as agreed. Trying again is right."""


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
        try:
            answer = await self._http.post("/sealed", content=reports.to_json())
            answer.raise_for_status()
            return HandOverAnswer.read(answer.content)
        except httpx.HTTPError as error:
            raise VaultError(type(error).__name__) from error
        except ValidationError:
            raise VaultError("answer not as agreed") from None

    async def close(self) -> None:
        await self._http.aclose()
