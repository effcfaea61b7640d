"""Accepts reports. The answer means: durable, complete enough to be published, and readable by the vault alone.

IntakeError
└── OtherBodyError
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import SHANGHAI, unit_kind
from contracts.refusals import refuse_any
from contracts.submission import AnySubmission, complete, split
from services.intake import store
from services.intake.model import (
    PublicState,
    foreign_category,
    future_moments,
    hash_request,
    line_about,
    mac_body,
    public_state,
    receipt_number,
)
from services.platform import tracing
from services.platform.clock import Clock
from services.platform.database import Database, Row
from services.platform.failpoints import reach
from services.platform.ids import new_id
from services.platform.seal import Sealer
from workflows.policy import POLICE_LINE, Policy


class IntakeError(Exception):
    pass


class OtherBodyError(IntakeError):
    """The idempotency key was used before, with another body."""


@dataclass(frozen=True)
class Request:
    """What was sent, as it was sent: by which unit, with which idempotency key."""

    unit: str
    key: str
    body: bytes


@dataclass(frozen=True)
class Receipt:
    """What the reporter gets. `received_at` is domain time, Shanghai zone.

    `call` is the line that answers about this report when the answer is given; `call_in_danger` answers day and night.
    """

    report_id: UUID
    receipt: str
    type: str
    public_state: PublicState
    received_at: datetime
    call: str
    call_in_danger: str = POLICE_LINE


class Intake:
    """`on_accepted` is called after a report was committed; `skew` is how far a reporter's clock may be ahead."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sealer: Sealer,
        policy: Policy,
        *,
        skew: timedelta,
        on_accepted: Callable[[], None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer
        self._policy = policy
        self._skew = skew
        self._on_accepted = on_accepted

    async def accept(self, request: Request, submission: AnySubmission) -> tuple[Receipt, bool]:
        """The receipt, and whether the report is new. Raises `OtherBodyError`, `pydantic.ValidationError`."""
        async with self._db.connection() as conn:  # a report is one statement, which is its transaction
            now = await self._clock.now(conn)
            foreign = foreign_category(unit_kind(request.unit), submission.reporter.category)
            refuse_any("Submission", [*foreign, *future_moments(submission, now, self._skew)])
            report = self._new_report(request, submission, now)
            new = await store.store_report(conn, report)
            earlier = None if new else await store.find_request(conn, report.request_hash)
        if new:
            reach("after_intake_store")
            self._on_accepted()
            return self._receipt({**report._asdict(), "waiting": True, "public_state": None}, now), True
        if earlier is None:  # one chance in 10¹² for each report of the day: the receipt number was taken
            return await self.accept(request, submission)
        if earlier["body_mac"] != report.body_mac:
            raise OtherBodyError
        return self._receipt(earlier, now), False

    async def find_receipt(self, unit: str, number: str) -> Receipt | None:
        """A report as the unit that sent it may see it; None for every other unit."""
        async with self._db.connection() as conn:
            row = await store.find_receipt(conn, number)
            now = await self._clock.now(conn)
        return self._receipt(row, now) if row and row["unit"] == unit else None

    async def list_duty(self, prefix: str, limit: int) -> list[dict[str, Any]]:
        """Reports of immediate danger that no case has taken up yet, longest waiting first. No identities."""
        async with self._db.connection() as conn:
            rows = await store.list_duty(conn, prefix, limit)
        return [
            {
                "report_id": row["report_id"],
                "received_at": row["received_at"].astimezone(SHANGHAI),
                "reporter": {**row["fields"]["reporter"], "unit": row["unit"]},
                **{name: value for name, value in row["fields"].items() if name != "reporter"},
            }
            for row in rows
        ]

    async def get_backlog(self) -> dict[str, int]:
        async with self._db.connection() as conn:
            return await store.get_backlog(conn)

    def _new_report(self, request: Request, submission: AnySubmission, now: datetime) -> store.NewReport:
        report_id = new_id()
        fields, sealed = split(submission)
        # What cannot be published must be refused now, not found out after the answer.
        complete(fields, report_id, request.unit, dict.fromkeys(sealed.persons, "unissued"))
        return store.NewReport(
            report_id=report_id,
            receipt=receipt_number(now, secrets.token_bytes(5)),
            unit=request.unit,
            request_hash=hash_request(request.unit, request.key),
            body_mac=mac_body(request.key, request.body),
            received_at=now,
            fields=fields,
            traceparent=tracing.current.get(),
            sealed=self._sealer.seal(sealed.to_json()),
        )

    def _receipt(self, row: Row | Mapping[str, Any], now: datetime) -> Receipt:
        fields, policy = row["fields"], self._policy
        danger, region = fields["immediate_danger"], fields["region"]
        return Receipt(
            row["report_id"],
            row["receipt"],
            fields["type"],
            public_state(danger=danger, waiting=row["waiting"], case=row["public_state"]),
            row["received_at"].astimezone(SHANGHAI),
            policy.answering_line(region, line_about(fields, policy), now, danger=danger),
        )
