"""Facts in: a batch is folded in memory and written with a few statements."""

from collections.abc import Sequence

from services.platform.case_log import CaseLog
from services.platform.database import Connection
from services.platform.events import Record
from services.worklist import store
from services.worklist.model import compare, fold

_log = CaseLog(store.forget)


async def handle(conn: Connection, records: Sequence[Record]) -> None:
    facts = await _log.take(conn, records)
    if not facts:
        return
    before = await store.list_views(conn, {fact.case_id for fact in facts})
    after = fold(before, facts)
    await store.store_views(conn, after)
    await store.store_changes(conn, *compare(before.values(), after.values()))
