"""The classic bugs of such a system, one patch each. A checker that has never found one of them proves nothing.

`BUGS` are those that a schedule shows. It changes between statements, so locks that one statement takes out of order
have their test in `test_casework_interleaved.py`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

import pytest

from services.casework import handlers, store, timers
from services.casework.handlers import Casework
from services.casework.model import Outcome
from services.platform import consumer, fence, outbox
from services.platform.database import Connection, Database
from services.platform.events import Record
from services.platform.outbox import Relay
from services.platform.quarantine import quarantine
from services.platform.reader import PartitionReader
from services.statistics import store as statistics
from tests.simulation.processes import Process
from tests.simulation.scheduler import current
from workflows.model import Case

Plant = Callable[[pytest.MonkeyPatch], None]


def own_database() -> Database:
    """Of the process that runs now: what is done in another transaction of it is committed alone."""
    return cast("Process", current.get().process).db


def change(patch: pytest.MonkeyPatch, queries: Any, name: str, old: str, new: str) -> None:
    """Change the text of a named query."""
    text = getattr(queries, name)
    assert old in text, f"{name} no longer says {old!r}"
    patch.setitem(queries._texts, name, text.replace(old, new))


def offset_before_transaction(patch: pytest.MonkeyPatch) -> None:
    async def commit(self: PartitionReader, records: Sequence[Record]) -> None:
        async with self._db.transaction() as conn:
            await self.move(conn, records)
        self.moved(records)
        async with self._db.transaction() as conn:
            await self._handle(conn, records)

    async def alone(*_: object) -> bool:
        return False

    patch.setattr(PartitionReader, "_commit", commit)
    patch.setattr(consumer, "apply_together", alone)


def no_conflict_clause(patch: pytest.MonkeyPatch) -> None:
    change(patch, store.q, "claim_keys", "ON CONFLICT DO NOTHING", "")


def no_memory_of_causes(patch: pytest.MonkeyPatch) -> None:
    async def find_nothing(_: Connection, __: Sequence[str]) -> dict[str, Outcome]:
        return {}

    async def overwrite(conn: Connection, outcomes: Mapping[str, Outcome]) -> None:
        await conn.execute("DELETE FROM cause WHERE cause_id = ANY($1::text[])", list(outcomes))
        await store_causes(conn, outcomes)

    store_causes = store.store_causes
    patch.setattr(store, "find_causes", find_nothing)
    patch.setattr(store, "store_causes", overwrite)


def no_fence(patch: pytest.MonkeyPatch) -> None:
    change(patch, fence.q, "move_fence", "AND next_offset = $4", "AND $4::bigint >= 0")


def cursor_outbox(patch: pytest.MonkeyPatch) -> None:
    last = 0

    async def send_some(self: Relay) -> bool:
        nonlocal last
        async with self._db.transaction() as conn:
            rows = await conn.fetch("SELECT * FROM outbox WHERE seq > $1 ORDER BY seq", last)
            if rows:
                await self._send(rows)
                await conn.execute("DELETE FROM outbox WHERE seq = ANY($1::bigint[])", [row["seq"] for row in rows])
        last = max([last, *(row["seq"] for row in rows)])
        return False

    patch.setattr(Relay, "send_some", send_some)


def outbox_by_transaction_id(patch: pytest.MonkeyPatch) -> None:
    change(patch, outbox.q, "take_outbox", "RETURNING seq, ", "RETURNING outbox.xmin::text::bigint AS seq, ")


def outbox_deleted_before_sent(patch: pytest.MonkeyPatch) -> None:
    async def send_some(self: Relay) -> bool:
        async with self._db.transaction() as conn:
            rows = await conn.fetch(outbox.q.take_outbox, outbox.BATCH)
        if rows:
            await self._send(rows)
        return False

    patch.setattr(Relay, "send_some", send_some)


def unsorted_locks(patch: pytest.MonkeyPatch) -> None:
    """Join keys and cases are locked in the order in which the reports came."""
    in_order = "FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, n) JOIN case_state ON case_id = id ORDER BY n"

    async def claim(conn: Connection, wanted: Mapping[tuple[str, str], UUID]) -> dict[tuple[str, str], UUID]:
        workflows, names = [workflow for workflow, _ in wanted], [name for _, name in wanted]
        await conn.execute(store.q.claim_keys, workflows, names, list(wanted.values()))
        rows = await conn.fetch(store.q.list_holders, workflows, names)
        return {(row["workflow"], row["join_key"]): row["case_id"] for row in rows}

    async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Case]:
        rows = await conn.fetch(f"SELECT case_id, body {in_order} FOR UPDATE OF case_state", list(dict.fromkeys(ids)))
        return {row["case_id"]: Case.read(row["body"]) for row in rows}

    patch.setattr(store, "claim_keys", claim)
    patch.setattr(store, "lock_cases", lock)


def taken_before_counted(patch: pytest.MonkeyPatch) -> None:
    """Which cases must be counted anew is forgotten in a transaction of its own, before they are."""

    async def take(conn: Connection, _: int) -> int:
        async with own_database().transaction() as own:
            taken = {row["case_id"] for row in await own.fetch("DELETE FROM dirty RETURNING case_id")}
        await conn.copy_records_to_table("touched_case", columns=("case_id",), records=[(one,) for one in taken])
        return len(taken)

    patch.setattr(statistics, "take_dirty", take)


def timer_deleted_before_acting(patch: pytest.MonkeyPatch) -> None:
    async def fire_after(db: Database, casework: Casework, due: Collection[timers.Timer]) -> None:
        async with db.transaction() as conn:
            for case_id, deadline_id, _ in due:
                await conn.execute("DELETE FROM timer WHERE case_id = $1 AND deadline_id = $2", case_id, deadline_id)
        await fire(db, casework, list(due))

    fire = timers._fire
    patch.setattr(timers, "_fire", fire_after)


def quarantine_outside_transaction(patch: pytest.MonkeyPatch) -> None:
    async def hold(_: Connection, record: Record, reason: str) -> UUID:
        async with own_database().transaction() as conn:
            return await quarantine(conn, record, reason)

    patch.setattr(handlers, "quarantine", hold)


BUGS: Final[tuple[Plant, ...]] = (
    offset_before_transaction,
    no_conflict_clause,
    no_memory_of_causes,
    no_fence,
    cursor_outbox,
    outbox_by_transaction_id,
    outbox_deleted_before_sent,
    taken_before_counted,
    timer_deleted_before_acting,
    quarantine_outside_transaction,
)
