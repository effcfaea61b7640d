"""What happens to a report after the answer: its sealed part goes to the vault, the rest is published, and published
again until a case fact says that it arrived."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import accumulate
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from contracts.submission import complete
from contracts.topics import INTAKE_EVENTS
from services.intake import store
from services.intake.model import ordering_role
from services.platform.database import Database, Row
from services.platform.events import OutgoingEvent
from services.platform.failpoints import reach
from services.platform.logs import get_logger
from services.platform.outbox import publish
from services.platform.vault_client import VaultClient

log = get_logger("report relay")

BATCH: Final = 100
MOST_BYTES: Final = 700_000
"""Of one hand-over, before base64: the vault takes 1 MiB. A single report has at most a third of it."""


class ReportRelay:
    """`patience` is how long a case fact may take, by the wall clock, before a report is published again."""

    def __init__(self, db: Database, vault: VaultClient, patience: timedelta) -> None:
        self._db = db
        self._vault = vault
        self._patience = patience

    async def hand_over(self) -> bool:
        """One batch to the vault and into the outbox; true when there may be more. Raises `VaultError`."""
        async with self._db.connection() as conn:
            waiting = await store.list_sealed(conn, BATCH)
        if not waiting:
            return False
        rows = _first_bytes(waiting)
        reach("before_hand_over")
        answer = await self._vault.hand_over({row["report_id"]: row["content"] for row in rows})
        reach("after_hand_over")
        tokens = {issued.report_id: issued.tokens for issued in answer.issued}
        events = _complete(rows, tokens)
        reasons = {refused.report_id: refused.reason for refused in answer.refused}
        failed = {
            key: reasons.get(key, "cannot_be_published") for key in {row["report_id"] for row in rows} - set(events)
        }
        async with self._db.transaction() as conn:
            moved = await store.move_to_unseen(conn, {key: tokens[key] for key in events}, self._patience)
            await publish(conn, [events[report_id] for report_id in sorted(moved)])
            if failed:
                await store.postpone_sealed(conn, failed)
        if failed:
            log.error("reports stay sealed", count=len(failed), reason=", ".join(set(failed.values())))
        return len(rows) < len(waiting) or len(rows) == BATCH

    async def recall(self) -> bool:
        """After a restore of casework: follow a batch of reports again that its log does not know; true for more.

        The vault still has their tokens. The log has had `patience` to say what it knows, and casework to read again
        what Kafka kept, so these are few.
        """
        async with self._db.connection() as conn:
            at = await store.find_recall(conn, self._patience)
            lost = await store.list_unknown(conn, at, BATCH) if at else []
        if at is None:
            return False
        tokens = await self._vault.list_tokens(lost) if lost else {}
        more = len(lost) == BATCH
        async with self._db.transaction() as conn:
            # First, because it waits for facts in hand: what they name is then not followed.
            await store.move_recall(conn, at["epoch"], lost[-1] if more else None)
            await store.follow_again(conn, at["epoch"], tokens)
        if lost:
            log.warning("followed again", count=len(tokens), unknown_to_the_vault=len(lost) - len(tokens))
        return more

    async def publish_again(self) -> bool:
        """One batch of what no fact has answered in time; true when there may be more."""
        async with self._db.transaction() as conn:
            rows = await store.take_unseen(conn, BATCH, self._patience)
            events = _complete(rows, {row["report_id"]: row["tokens"] for row in rows})
            await publish(conn, events.values())
        if rows:
            log.warning("published again", count=len(rows))
        return len(rows) == BATCH


def _first_bytes(rows: list[Row]) -> list[Row]:
    """As many from the front as one hand-over may hold."""
    sizes = accumulate(len(row["content"]) for row in rows)
    return [row for row, size in zip(rows, sizes, strict=True) if size <= MOST_BYTES]


def _complete(rows: Iterable[Row], tokens: Mapping[UUID, Mapping[str, str]]) -> dict[UUID, OutgoingEvent]:
    """The events of those that have all their tokens. One that cannot be made does not hold up the others."""
    events = {}
    for row in rows:
        try:
            event = complete(row["fields"], row["report_id"], row["unit"], tokens[row["report_id"]])
        except (KeyError, ValidationError):
            continue
        key = tokens[row["report_id"]][ordering_role(row["fields"])]
        events[row["report_id"]] = OutgoingEvent(
            INTAKE_EVENTS.name, key, event.event_id, event.TYPE, event.to_json(), traceparent=row["traceparent"]
        )
    return events
