"""What the vault does: take sealed reports and answer with tokens; open them again, on record."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Code, Contract
from contracts.submission import Sealed
from contracts.vault import HandOverAnswer, IssuedTokens, RefusedReport, SealedReport
from services.platform.database import Connection, Database
from services.vault import store
from services.vault.crypto import CannotBeOpenedError, NotAsAgreedError, open_sealed
from services.vault.keys import Keys


class Reveal(Contract):
    """What is to be opened, one report or one person, and why."""

    report_id: UUID | None = None
    token: Code | None = None
    purpose: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=300)] = Field(
        title="查看事由"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.report_id is None) == (self.token is None):
            raise ValueError("请填写 report_id 或 token 之一 / Give either report_id or token")
        return self


class Vault:
    def __init__(self, db: Database, keys: Keys) -> None:
        self.keys = keys
        self._db = db

    async def check_keys(self) -> None:
        """Raises `OtherKeysError`."""
        async with self._db.transaction() as conn:
            await store.check_keys(conn, self.keys)

    async def take(self, reports: Sequence[SealedReport]) -> HandOverAnswer:
        """Keep what can be opened. The same again gets the same tokens."""
        hashes = {report.report_id: hashlib.sha256(report.sealed).digest() for report in reports}
        contents, refused = self._open(reports)
        async with self._db.transaction() as conn:
            await store.store_reports(conn, self.keys, hashes, contents)
            kept = await store.list_kept(conn, contents)
        issued = []
        for report_id, (sealed_hash, tokens) in kept.items():
            if sealed_hash == hashes[report_id]:
                issued.append(IssuedTokens(report_id=report_id, tokens=tokens))
            else:
                refused.append(RefusedReport(report_id=report_id, reason="other_content"))
        return HandOverAnswer(issued=tuple(issued), refused=tuple(refused))

    async def list_issued(self, report_ids: Collection[UUID]) -> HandOverAnswer:
        """The tokens of those reports that were handed over. No identity is opened."""
        async with self._db.connection() as conn:
            kept = await store.list_kept(conn, report_ids)
        return HandOverAnswer(issued=tuple(IssuedTokens(report_id=key, tokens=one.tokens) for key, one in kept.items()))

    async def find_revealed(self, unit: str, wanted: Reveal) -> dict[str, Any] | None:
        """The persons of a report, or the mentions of a person; on record, also when there is nothing."""
        async with self._db.transaction() as conn:
            answer = await self._find(conn, wanted)
            await store.store_access(conn, unit=unit, found=answer is not None, **wanted.model_dump())
        return answer

    def _open(self, reports: Sequence[SealedReport]) -> tuple[dict[UUID, Sealed], list[RefusedReport]]:
        contents: dict[UUID, Sealed] = {}
        refused: list[RefusedReport] = []
        for report in reports:
            try:
                contents[report.report_id] = open_sealed(self.keys, report.sealed)
            except CannotBeOpenedError:
                refused.append(RefusedReport(report_id=report.report_id, reason="cannot_be_opened"))
            except NotAsAgreedError:
                refused.append(RefusedReport(report_id=report.report_id, reason="not_as_agreed"))
        return contents, refused

    async def _find(self, conn: Connection, wanted: Reveal) -> dict[str, Any] | None:
        if wanted.report_id is None:
            mentions = await store.list_mentions_of(conn, self.keys, wanted.token or "")
            told = [{"report_id": each.report_id, "role": each.role, "person": _dump(each.person)} for each in mentions]
            return {"mentions": told} if told else None
        report = await store.find_told(conn, self.keys, wanted.report_id)
        if report is None:
            return None
        mentions = await store.list_mentions_in(conn, self.keys, wanted.report_id)
        return {**_dump(report), "persons": {each.role: _dump(each.person) for each in mentions}}


def _dump(known: Contract) -> dict[str, Any]:
    return known.model_dump(mode="json", exclude_none=True)
