"""What the services hand to the vault, and what it answers (HTTP): sealed reports, and messages to persons."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from contracts.base import Code, Contract, Reference

MOST_SEALED = 200
"""Reports of one hand-over."""


class SealedReport(Contract):
    """`sealed` is a NaCl sealed box for the vault's public key, around the JSON of `contracts.submission.Sealed`;
    in JSON it is base64 of the URL-safe alphabet."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    report_id: UUID
    sealed: bytes = Field(repr=False)


class SealedReports(Contract):
    reports: Annotated[tuple[SealedReport, ...], Field(min_length=1, max_length=MOST_SEALED)]


class IssuedTokens(Contract):
    """The token of each role in a report."""

    report_id: UUID
    tokens: dict[Code, Code]


class RefusedReport(Contract):
    """A report the vault did not take. It stays with intake, sealed, until a person has looked."""

    report_id: UUID
    reason: Literal["cannot_be_opened", "not_as_agreed", "other_content"]


class HandOverAnswer(Contract):
    issued: tuple[IssuedTokens, ...] = ()
    refused: tuple[RefusedReport, ...] = ()


class KeptReports(Contract):
    """Reports whose tokens are asked for once more (`POST /tokens`); only those that the vault has are answered."""

    report_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_SEALED)]


class PersonMessage(Contract):
    """A text for somebody in a report (`POST /messages`), who is known by a role in it. `reporter` is one, and
    `guardian` is also whoever that report names as the guardian of its central person."""

    message_id: UUID
    report_id: UUID
    role: Code
    text: Annotated[str, Field(min_length=1, max_length=500, repr=False)]


class PersonMessageAnswer(Contract):
    """The gateway's receipt, or why there is none; `final` says that asking again is of no use."""

    receipt: Reference | None = None
    reason: Code | None = None
    final: bool = False
