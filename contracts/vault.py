"""What intake hands to the vault, and what the vault answers (HTTP, `POST /sealed`)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from contracts.base import Code, Contract

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
