"""Facts in: notices to be given, and those that have ended. Proofs out: again, when nobody seems to have heard."""

from collections.abc import Iterable, Sequence

from contracts.topics import NOTICE_EVENTS
from services.notices import store
from services.notices.model import KINDS, PROVED_TYPE, Proof, fold, origins
from services.platform.case_log import CaseLog
from services.platform.database import Connection, Database
from services.platform.events import OutgoingEvent, Record
from services.platform.fence import Outcomes
from services.platform.outbox import publish

_log = CaseLog(store.forget, KINDS)


async def handle(conn: Connection, records: Sequence[Record]) -> Outcomes:
    facts, outcomes = await _log.take(conn, records)
    await store.store_notices(conn, *fold(facts))
    await store.store_origins(conn, origins(facts))
    return outcomes


async def publish_proofs(conn: Connection, proofs: Iterable[Proof]) -> None:
    await publish(conn, [_event(proof) for proof in proofs])


async def send_again(db: Database, seconds: float) -> None:
    """Publish proofs again whose notice casework has not closed: it was restored, or the event was held there."""
    async with db.transaction() as conn:
        await publish_proofs(conn, await store.list_unheard(conn, seconds))


def _event(proof: Proof) -> OutgoingEvent:
    return OutgoingEvent(NOTICE_EVENTS.name, str(proof.case_id), proof.event_id, PROVED_TYPE, proof.event().to_json())
