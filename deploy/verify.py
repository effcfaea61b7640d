"""`liandong verify`: the invariants, against a system that may be running, in bounded memory.

First what is on its way is waited for; then come the ends of the topics, one snapshot of the database, case by case,
and at last the topics from their beginning. Readers are compared at the place they have reached.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from contracts.cases import Fact
from deploy.verification.cases import Rows, check_case, check_queues
from deploy.verification.checks import Check, Verdict
from deploy.verification.log import Log, Place, open_log
from deploy.verification.notes import Notes
from deploy.verification.oplog import FenceSeen, Sent, read_fences, read_sent
from deploy.verification.privacy import Searcher, check_logs, check_tables
from deploy.verification.records import Records
from deploy.verification.schemas import enter
from deploy.verification.settle import Settling
from services.platform.database import PLATFORM_SCHEMA, Connection, Database, Row, queries
from services.statistics.catalogue import define
from services.statistics.handlers import Statistics
from services.statistics.model import KINDS
from services.statistics.recount import Recount
from services.worklist.model import Item
from services.worklist.store import list_items
from workflows.loader import load_workflows
from workflows.policy import load_policy

__all__ = ["Check", "Evidence", "Sent", "Verdict", "read_fences", "read_sent", "verify"]

q = queries("deploy")

READERS: Final = ("worklist", "statistics", "notices")
"""Those who keep a position in the case log."""

PORTION: Final = 500
"""Cases that are folded at a time, and reports that are looked for."""


@dataclass(frozen=True)
class Evidence:
    """What there is beside the database. Without a broker nothing is waited for and no topic is read.

    `sent` and `fences` are from clients' operation logs; `logs` are log files of services; `canaries` are names and
    other words that must appear nowhere outside the vault.
    """

    bootstrap: str = ""
    sent: Sequence[Sent] = ()
    fences: Sequence[FenceSeen] = ()
    logs: Sequence[Path] = ()
    canaries: Collection[str] = ()


NOTHING: Final = Evidence()

_shipped: Final = cache(load_workflows)
"""Whoever waits for something asks again and again."""


async def verify(
    admin_dsn: str, evidence: Evidence = NOTHING, *, namespace: str = "", patience_seconds: float = 0
) -> Verdict:
    """Ask everything. What is on its way has `patience_seconds` to arrive.

    Raises `aiokafka.errors.KafkaError` when there should be a broker and it does not answer.
    """
    verdict = Verdict()
    async with AsyncExitStack() as stack:
        db = Database(admin_dsn, PLATFORM_SCHEMA, namespace=namespace, size=1)
        await db.open()
        stack.push_async_callback(db.close)
        notes = Notes()
        stack.callback(notes.close)
        bootstrap = evidence.bootstrap
        log = await stack.enter_async_context(open_log(bootstrap, namespace)) if bootstrap else None
        await _note_floor(db, namespace, notes)
        if log:
            await Settling(db, namespace, log, time.monotonic() + patience_seconds, verdict.settled).run()
        ends = await log.ends() if log else {}
        searcher = Searcher(evidence.canaries)
        check_logs(evidence.logs, searcher, verdict.personal)
        statistics = Statistics(define(load_policy()))
        async with db.connection() as conn, conn.transaction(isolation="repeatable_read"):
            await conn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # the topics are read inside it
            await enter(conn, namespace, "statistics")
            recount = Recount(conn, statistics)
            await recount.begin()
            await conn.execute("SET TRANSACTION READ ONLY")
            await _Verification(conn, namespace, evidence, searcher, notes, verdict, recount).run(log, ends)
    return verdict


async def _note_floor(db: Database, namespace: str, notes: Notes) -> None:
    """How long every log is now: so much must be everywhere at the end."""
    async with db.transaction() as conn:
        await enter(conn, namespace, "casework")
        async for row in conn.cursor(q.list_versions, prefetch=PORTION):
            notes.store_floor([(row["case_id"], row["version"])])


@dataclass
class _Verification:
    """One snapshot of the database."""

    conn: Connection
    namespace: str
    evidence: Evidence
    searcher: Searcher
    notes: Notes
    verdict: Verdict
    recount: Recount
    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    epoch: int = 0

    async def run(self, log: Log | None, ends: Mapping[Place, int]) -> None:
        await self._check_cases()
        await self._check_statistics()
        await self._check_sums()
        await self._check_causes()
        await self._check_settled_reports()
        await self._check_sent(self.evidence.sent)
        await self._check_fences(self.evidence.fences)
        await check_tables(self.conn, self.namespace, self.searcher, self.verdict.personal)
        if log:
            await Records(self.conn, self.namespace, log, self.notes, self.searcher, self.verdict, ends).run()

    async def _enter(self, service: str) -> None:
        await enter(self.conn, self.namespace, service)

    # I2, I3, I5, I6, I7: case by case

    async def _check_cases(self) -> None:
        await self._enter("casework")
        self.epoch = await self.conn.fetchval(q.get_epoch)
        workflows, last, items = _shipped(), UUID(int=0), 0
        while ids := await self._next_cases(last):
            read = {reader: await self._read_by(reader, ids) for reader in READERS}
            queued, counted = await self._queued(ids), []
            items += sum(map(len, queued.values()))
            for case_id, rows in (await self._load(ids)).items():
                log = check_case(case_id, rows, workflows, self.verdict)
                check_queues(case_id, log[: read["worklist"].get(case_id, 0)], queued[case_id], self.verdict.queues)
                self._check_readers(case_id, {reader: of.get(case_id, 0) for reader, of in read.items()})
                counted.append(log[: read["statistics"].get(case_id, 0)])
                if rows.state:
                    self.states[rows.state["workflow"], rows.state["state"]] += 1
            await self._count(counted)
            last = ids[-1]
        await self._enter("worklist")
        total = await self.conn.fetchval(q.count_items)
        self.verdict.queues.expect(total == items, "worklist", f"{total - items} 条待办没有案件", "stray items")

    async def _next_cases(self, after: UUID) -> list[UUID]:
        await self._enter("casework")
        return [row["case_id"] for row in await self.conn.fetch(q.list_case_ids, after, PORTION)]

    async def _read_by(self, reader: str, ids: Sequence[UUID]) -> dict[UUID, int]:
        await self._enter(reader)
        rows = await self.conn.fetch(q.list_positions_of, ids, self.epoch)
        return {row["case_id"]: row["version"] for row in rows}

    async def _queued(self, ids: Sequence[UUID]) -> dict[UUID, list[Item]]:
        await self._enter("worklist")
        queued: dict[UUID, list[Item]] = {case_id: [] for case_id in ids}
        for item in await list_items(self.conn, ids):
            queued[item.case_id].append(item)
        return queued

    async def _load(self, ids: Sequence[UUID]) -> dict[UUID, Rows]:
        await self._enter("casework")
        cases = {case_id: Rows() for case_id in ids}
        for row in await self.conn.fetch(q.list_facts, ids):
            cases[row["case_id"]].facts.append(row)
        for row in await self.conn.fetch(q.list_states, ids):
            cases[row["case_id"]].state = row
        for row in await self.conn.fetch(q.list_timers, ids):
            cases[row["case_id"]].timers[row["deadline_id"]] = row["fires_at"]
        return cases

    def _check_readers(self, case_id: UUID, read: Mapping[str, int]) -> None:
        """I12: everyone has read what was there when we came."""
        floor = self.notes.get_floor(case_id)
        for reader, version in read.items():
            where = f"{case_id} v{version}"
            self.verdict.readers.expect(version >= floor, where, f"{reader} 尚未读完", f"{reader} is behind")

    # I7 and I8: sums

    async def _count(self, logs: Iterable[Sequence[Fact]]) -> None:
        await self._enter("statistics")
        await self.recount.add(_countable(fact) for log in logs for fact in log)

    async def _check_statistics(self) -> None:
        await self._enter("statistics")
        if not await self.conn.fetchval(q.find_evaluated_with):
            return  # the service has never run
        self.verdict.statistics.count = await self.conn.fetchval(q.count_members)
        for difference in await self.recount.find_differences():
            self.verdict.statistics.note(f"{difference}：与重算不符 / differs from the recount")

    async def _check_sums(self) -> None:
        """I8: as many cases as logs, in every state; and every reader knows those that it has read of."""
        check = self.verdict.sums
        await self._enter("casework")
        stored = {(row["workflow"], row["state"]): row["cases"] for row in await self.conn.fetch(q.count_states)}
        for state in sorted(stored.keys() | self.states.keys()):
            check.expect(stored.get(state, 0) == self.states[state], state, "案件数不符", "another number of cases")
        check.expect(
            sum(stored.values()) == self.verdict.cases, "casework", "各状态之和不等于案件数", "sum over states"
        )
        for reader, query in (("worklist", q.count_case_views), ("statistics", q.count_counted_cases)):
            await self._enter(reader)
            row = await self.conn.fetchrow(query)
            assert row is not None
            check.expect(row["known"] == row["read"], reader, f"案件数不符 {dict(row)}", "knows more or fewer cases")

    # I1, I4 and I10: causes, reports, the clients' logs

    async def _check_causes(self) -> None:
        await self._enter("casework")
        verdict = self.verdict
        verdict.causes.count = verdict.doubled.count = await self.conn.fetchval(q.count_causes)
        for row in await self._all(q.list_hollow_causes):
            where = f"{row['case_id']} v{row['case_version']}"
            verdict.causes.note(f"{where}：触发 {row['cause_id']} 没有事实 / the cause has no fact")
        for row in await self._all(q.list_causeless_facts):
            where = f"{row['case_id']} v{row['version']}"
            verdict.causes.note(f"{where}：触发 {row['cause']} 无记录 / the cause is not on record")
        for row in await self._all(q.list_doubled):
            cases = ", ".join(map(str, row["cases"]))
            verdict.doubled.note(f"{row['cause']}：办了 {row['times']} 次 / had {row['times']} effects: {cases}")

    async def _all(self, query: str) -> list[Row]:
        """The first thousands of what should be nothing."""
        cursor = await self.conn.cursor(query)
        return await cursor.fetch(10 * PORTION)

    async def _check_settled_reports(self) -> None:
        """I1: a report that is still on its way is lost only to a client that says it was accepted."""
        await self._enter("intake")
        self.verdict.waiting = await self.conn.fetchval(q.count_waiting_reports)
        last = UUID(int=0)
        while ids := [row["report_id"] for row in await self.conn.fetch(q.list_settled_reports, last, PORTION)]:
            await self._check_effects({str(one): None for one in ids})
            await self._enter("intake")
            last = ids[-1]

    async def _check_sent(self, sent: Sequence[Sent]) -> None:
        accepted = [line for line in sent if line.accepted]
        await self._check_effects({line.trigger: line.case_id for line in accepted if line.kind != "message"})
        await self._check_messages([line.trigger for line in accepted if line.kind == "message"])
        await self._check_refused([line.trigger for line in sent if line.outcome == "fail" and line.kind == "action"])
        receipts: dict[str, UUID] = {}
        for line in sent:
            if line.key and line.report_id:
                same = receipts.setdefault(line.key, line.report_id) == line.report_id
                self.verdict.doubled.expect(same, line.key, "同一请求两份报告", "one request became two reports")

    async def _check_effects(self, wanted: Mapping[str, UUID | None]) -> None:
        await self._enter("casework")
        effects = {row["cause"]: row["case_id"] for row in await self.conn.fetch(q.list_effects, list(wanted))}
        for cause, case_id in wanted.items():
            found = effects.get(cause)
            holds = found is not None and case_id in {None, found}
            self.verdict.lost.expect(holds, cause, "已受理但不在案", "accepted, and not in a case")

    async def _check_messages(self, causes: Sequence[str]) -> None:
        known = {row["cause_id"] for row in await self.conn.fetch(q.list_outcomes, causes)}
        for cause in causes:
            self.verdict.lost.expect(cause in known, cause, "已送达而没有结果", "delivered, and without an outcome")

    async def _check_refused(self, causes: Sequence[str]) -> None:
        effects = {row["cause"] for row in await self.conn.fetch(q.list_effects, causes)}
        for cause in causes:
            self.verdict.doubled.expect(cause not in effects, cause, "已拒绝而仍有结果", "refused, and had an effect")

    async def _check_fences(self, seen: Iterable[FenceSeen]) -> None:
        """I10: whenever somebody looked, no fence was behind where it had been seen before."""
        last: dict[tuple[str, str, int], int] = {}
        for one in seen:
            place = one.reader, one.topic, one.partition
            before, last[place] = last.get(place, 0), one.next_offset
            holds = before <= one.next_offset
            self.verdict.fences.expect(holds, place, f"从 {before} 退到 {one.next_offset}", "moved back")


def _countable(fact: Fact) -> Fact:
    """Without what statistics never looks at."""
    effects = tuple(effect for effect in fact.effects if isinstance(effect, KINDS))
    return replace(fact, effects=effects)
