"""Facts in: a batch is folded in memory and written with a few statements. Dead letters in: marks on cases."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import ValidationError

from contracts.quarantine import QUARANTINED_TYPE, RESOLVED_TYPE, RecordQuarantined, RecordResolved
from contracts.topics import DEAD_LETTERS
from services.platform.case_log import CaseLog
from services.platform.database import Connection
from services.platform.events import Record, UndecodableRecord, decode
from services.platform.fence import Outcome
from services.platform.quarantine import quarantine
from services.worklist import store
from services.worklist.model import KINDS, compare, fold

_log = CaseLog(store.forget, KINDS)


async def handle(conn: Connection, records: Sequence[Record]) -> list[Outcome]:
    letters = [record for record in records if record.topic == DEAD_LETTERS.name]
    if not letters:
        return await _on_facts(conn, records)
    facts = [record for record in records if record.topic != DEAD_LETTERS.name]
    fates = iter(await _on_letters(conn, letters)), iter(await _on_facts(conn, facts))
    return [next(fates[record.topic != DEAD_LETTERS.name]) for record in records]


async def _on_facts(conn: Connection, records: Sequence[Record]) -> list[Outcome]:
    facts, outcomes = await _log.take(conn, records)
    if facts:
        before = await store.list_views(conn, {fact.case_id for fact in facts})
        after = fold(before, facts)
        await store.store_views(conn, after)
        await store.store_changes(conn, *compare(before.values(), after.values()))
    return outcomes


async def _on_letters(conn: Connection, records: Sequence[Record]) -> list[Outcome]:
    """In order: what is held and resolved in one batch leaves no mark."""
    held: dict[UUID, UUID] = {}
    resolved: set[UUID] = set()
    outcomes: list[Outcome] = []
    for record in records:
        letter = await _read_letter(conn, record)
        if isinstance(letter, RecordResolved):
            resolved.add(letter.quarantine_id)
        elif letter and letter.case_id:
            held[letter.quarantine_id] = letter.case_id
        outcomes.append("applied" if letter else "quarantined")
    await store.store_held(conn, held, resolved)
    return outcomes


async def _read_letter(conn: Connection, record: Record) -> RecordQuarantined | RecordResolved | None:
    """None when it went into quarantine itself."""
    try:
        event = decode(record)
        if event.type not in {QUARANTINED_TYPE, RESOLVED_TYPE}:
            raise UndecodableRecord("unknown-type")
        return (RecordQuarantined if event.type == QUARANTINED_TYPE else RecordResolved).read(event.data)
    except UndecodableRecord as error:
        await quarantine(conn, record, error.reason)
    except ValidationError:
        await quarantine(conn, record, "not-a-letter")
    return None
