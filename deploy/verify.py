"""`liandong verify`: fold every case log again, and compare with everything that was made from it.

All of it is read in one snapshot, so a running system can be verified. Readers are compared at the place they have
reached; that they reach the end is a check of its own.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import DecodeError
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict

from contracts.base import is_unit
from contracts.cases import Fact, Milestone, Opened
from services.platform.database import PLATFORM_SCHEMA, Connection, Database, Row, queries
from services.statistics.formulas import Windows
from services.statistics.handlers import Statistics
from services.statistics.model import find_differences, recount
from services.worklist.model import Item, expected_items
from services.worklist.store import list_items
from workflows.model import Case, evolve

q = queries("deploy")

READERS: Final = ("worklist", "statistics", "notices")
"""Those who keep a position in the case log."""

PORTION: Final = 500
"""Cases that are folded at a time."""

POLL_SECONDS: Final = 0.2


class Sent(BaseModel):
    """A line of what a client wrote down: something it sent, and whether the answer was yes."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["report", "action", "message"]
    accepted: bool
    report_id: UUID | None = None
    case_id: UUID | None = None
    cause: str | None = None

    @property
    def trigger(self) -> str:
        """The id of the trigger that must have had its effect: of a report its own id."""
        return self.cause or str(self.report_id)


@dataclass
class Check:
    """Something that must hold, how many there are of it, and where it does not hold."""

    zh: str
    en: str
    count: int = 0
    differences: list[str] = field(default_factory=list)

    def expect(self, holds: bool, where: object, zh: str, en: str) -> None:
        """Count one more; note the difference when it does not hold."""
        self.count += 1
        if not holds:
            self.differences.append(f"{where}：{zh} / {en}")


@dataclass
class Verdict:
    """What was found. `lost`: accepted and without effect. `doubled`: more than one effect of one cause."""

    cases: int = 0
    facts: int = 0
    waiting: int = 0
    lost: Check = field(default_factory=lambda: Check("已受理的都在案", "what was accepted is in a case"))
    doubled: Check = field(default_factory=lambda: Check("触发各办一次", "every cause had its effect once"))
    logs: Check = field(default_factory=lambda: Check("案件日志连续可读", "case logs are whole and readable"))
    accountable: Check = field(default_factory=lambda: Check("每一版本都有唯一责任单位", "one accountable unit always"))
    states: Check = field(default_factory=lambda: Check("案件行与日志一致", "case rows are the folded logs"))
    timers: Check = field(default_factory=lambda: Check("定时器与期限一致", "timers are the next alarms"))
    causes: Check = field(default_factory=lambda: Check("触发与事实对应", "causes and facts belong together"))
    queues: Check = field(default_factory=lambda: Check("待办与日志一致", "queue items follow from the logs"))
    statistics: Check = field(default_factory=lambda: Check("监测值与重算一致", "observations equal a recount"))
    readers: Check = field(default_factory=lambda: Check("各服务已读到日志末尾", "readers have reached the end"))

    @property
    def checks(self) -> tuple[Check, ...]:
        return (
            *(self.logs, self.accountable, self.states, self.timers, self.causes),
            *(self.queues, self.statistics, self.readers, self.doubled, self.lost),
        )

    @property
    def differences(self) -> int:
        """All but what is lost or doubled, which have counts of their own."""
        return sum(len(check.differences) for check in self.checks if check not in (self.lost, self.doubled))

    @property
    def well(self) -> bool:
        return not any(check.differences for check in self.checks)

    @property
    def summary(self) -> str:
        lost, doubled = len(self.lost.differences), len(self.doubled.differences)
        return (
            f"verify: {self.cases} cases, {self.facts} facts, {lost} lost, {doubled} doubled, "
            f"{self.differences} differences"
        )


def read_sent(lines: Iterable[str]) -> list[Sent]:
    """What a client wrote down, one JSON object a line. Raises `pydantic.ValidationError`."""
    return [Sent.model_validate_json(line) for line in lines if line.strip()]


async def verify(
    admin_dsn: str, sent: Sequence[Sent] = (), *, namespace: str = "", patience_seconds: float = 0
) -> Verdict:
    """Compare everything. With patience, wait so long for the readers to reach what was there at the beginning."""
    db = Database(admin_dsn, PLATFORM_SCHEMA, namespace=namespace, size=1)
    await db.open()
    try:
        floor = await _until_read(db, namespace, patience_seconds)
        async with db.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            return await _Verification(conn, namespace, floor).run(sent)
    finally:
        await db.close()


async def _until_read(db: Database, namespace: str, patience_seconds: float) -> dict[UUID, int]:
    """The length of every log now; returns when all readers have read that far, or patience is at its end."""
    deadline = time.monotonic() + patience_seconds
    async with db.connection() as conn:
        await _enter(conn, namespace, "casework")
        floor = _versions(await conn.fetch(q.list_versions))
        for reader in READERS:
            await _enter(conn, namespace, reader)
            while _behind(floor, _versions(await conn.fetch(q.list_positions))):
                if time.monotonic() > deadline:
                    break
                await asyncio.sleep(POLL_SECONDS)
    return floor


async def _enter(conn: Connection, namespace: str, service: str) -> None:
    await conn.execute(f'SET search_path TO "{namespace}{service}", "{namespace}{PLATFORM_SCHEMA}"')


def _versions(rows: Iterable[Row]) -> dict[UUID, int]:
    return {row["case_id"]: row["version"] for row in rows}


def _behind(floor: Mapping[UUID, int], read: Mapping[UUID, int]) -> list[UUID]:
    return [case_id for case_id, version in floor.items() if read.get(case_id, 0) < version]


@dataclass
class Rows:
    """What is stored of one case."""

    facts: list[Row] = field(default_factory=list)
    state: Row | None = None
    timers: dict[str, datetime] = field(default_factory=dict)


@dataclass
class _Verification:
    """One snapshot of the database."""

    conn: Connection
    namespace: str
    floor: Mapping[UUID, int]
    verdict: Verdict = field(default_factory=Verdict)

    async def run(self, sent: Sequence[Sent]) -> Verdict:
        await self._check_readers()
        await self._check_statistics(await self._check_cases())
        await self._enter("casework")
        await self._check_causes()
        await self._check_sent({line.trigger: line.case_id for line in sent if line.accepted})
        return self.verdict

    async def _enter(self, service: str) -> None:
        await _enter(self.conn, self.namespace, service)

    async def _check_readers(self) -> None:
        for reader in READERS:
            late = set(_behind(self.floor, await self._read_by(reader)))
            for case_id in self.floor:
                self.verdict.readers.expect(case_id not in late, case_id, f"{reader} 尚未读完", f"{reader} is behind")

    async def _check_cases(self) -> list[Fact]:
        """Case by case. The answer is what statistics has read, as much of it as statistics looks at."""
        counted = await self._read_by("statistics")
        read = await self._read_by("worklist")
        queued: defaultdict[UUID, list[Item]] = defaultdict(list)
        for item in await list_items(self.conn):
            queued[item.case_id].append(item)
        await self._enter("casework")
        found = [row["case_id"] for row in await self.conn.fetch(q.list_case_ids)]
        ids = sorted({*found, *queued})
        countable: list[Fact] = []
        for start in range(0, len(ids), PORTION):
            for case_id, rows in (await self._load(ids[start : start + PORTION])).items():
                log = check_case(case_id, rows, self.verdict)
                check_queues(case_id, log[: read.get(case_id, 0)], queued[case_id], self.verdict.queues)
                countable += map(_countable, log[: counted.get(case_id, 0)])
        return countable

    async def _read_by(self, reader: str) -> dict[UUID, int]:
        await self._enter(reader)
        return _versions(await self.conn.fetch(q.list_positions))

    async def _check_statistics(self, log: Sequence[Fact]) -> None:
        await self._enter("statistics")
        evaluated = await self.conn.fetchval(q.get_evaluated_with)
        if not evaluated:
            return  # the service has never run
        statistics = Statistics(Windows(**evaluated["windows"]))
        stored, at = await statistics.observe(self.conn), await statistics.get_as_of(self.conn)
        check = self.verdict.statistics
        check.count = len(stored)
        for place in find_differences(stored, recount(log, statistics.windows, at.day, at.epoch)):
            check.differences.append(f"{' '.join(map(str, place))}：与重算不符 / differs from the recount")

    async def _load(self, ids: Sequence[UUID]) -> dict[UUID, Rows]:
        cases = {case_id: Rows() for case_id in ids}
        for row in await self.conn.fetch(q.list_facts, ids):
            cases[row["case_id"]].facts.append(row)
        for row in await self.conn.fetch(q.list_states, ids):
            cases[row["case_id"]].state = row
        for row in await self.conn.fetch(q.list_timers, ids):
            cases[row["case_id"]].timers[row["deadline_id"]] = row["fires_at"]
        return cases

    async def _check_causes(self) -> None:
        verdict = self.verdict
        verdict.causes.count = verdict.doubled.count = await self.conn.fetchval(q.count_causes)
        verdict.causes.differences += [
            f"{row['case_id']} v{row['case_version']}：触发 {row['cause_id']} 没有事实 / the cause has no fact"
            for row in await self.conn.fetch(q.list_hollow_causes)
        ]
        verdict.causes.differences += [
            f"{row['case_id']} v{row['version']}：触发 {row['cause']} 无记录 / the cause is not on record"
            for row in await self.conn.fetch(q.list_causeless_facts)
        ]
        verdict.doubled.differences += [
            f"{row['cause']}：办了 {row['times']} 次 / had {row['times']} effects: {', '.join(map(str, row['cases']))}"
            for row in await self.conn.fetch(q.list_doubled)
        ]

    async def _check_sent(self, accepted: Mapping[str, UUID | None]) -> None:
        """A report that is still on its way is lost only to a client that says it was accepted."""
        await self._enter("intake")
        self.verdict.waiting = await self.conn.fetchval(q.count_waiting_reports)
        settled = dict.fromkeys(row["report_id"] for row in await self.conn.fetch(q.list_settled_reports))
        await self._enter("casework")
        wanted = {**settled, **accepted}
        effects = {row["cause"]: row["case_id"] for row in await self.conn.fetch(q.list_effects, list(wanted))}
        for cause, case_id in sorted(wanted.items()):
            found = effects.get(cause)
            holds = found is not None and case_id in {None, found}
            self.verdict.lost.expect(holds, cause, "已受理但不在案", "accepted, and not in a case")


def check_case(case_id: UUID, rows: Rows, verdict: Verdict) -> list[Fact]:
    """Fold one case and compare what casework stores of it. The answer is its log, as far as it can be read."""
    folded = list(_fold(case_id, rows.facts, verdict))
    case = folded[-1][1] if folded else None
    verdict.cases += bool(rows.facts or rows.state)
    verdict.facts += len(rows.facts)
    if len(folded) == len(rows.facts):
        verdict.states.expect(
            _stored(rows.state) == _expected(case), case_id, "案件行与日志不符", "the row differs from the folded log"
        )
        alarms = {key: clock.next_alarm for key, clock in case.clocks.items() if clock.next_alarm} if case else {}
        verdict.timers.expect(rows.timers == alarms, case_id, "定时器与期限不符", "timers differ from the next alarms")
    return [fact for fact, _ in folded]


def _fold(case_id: UUID, rows: Iterable[Row], verdict: Verdict) -> Iterator[tuple[Fact, Case]]:
    """Each fact with the case after it, until one does not fit."""
    case = None
    for row in rows:
        where = f"{case_id} v{row['version']}"
        try:
            fact = Fact.read(row["body"])
            case = evolve(case, fact)
            identity = (fact.case_id, fact.version, fact.cause)
            fits = identity == (case_id, row["version"], row["cause"])
        except (ValueError, KeyError, DecodeError):
            fits = False
        verdict.logs.expect(fits, where, "日志中断或不可读", "the log breaks off or cannot be read")
        if not fits or case is None:
            return
        verdict.accountable.expect(is_unit(case.accountable), where, "没有唯一责任单位", "no accountable unit")
        yield fact, case


def _countable(fact: Fact) -> Fact:
    """Without what statistics never looks at, so that a whole log fits into memory."""
    effects = tuple(effect for effect in fact.effects if isinstance(effect, Opened | Milestone))
    return replace(fact, effects=effects)


def _stored(row: Row | None) -> tuple[Any, ...] | None:
    return (row["workflow"], row["state"], row["version"], row["body"]) if row else None


def _expected(case: Case | None) -> tuple[Any, ...] | None:
    return (case.workflow, case.state, case.version, case.to_json().decode()) if case else None


def check_queues(case_id: UUID, log: Iterable[Fact], queued: Iterable[Item], check: Check) -> None:
    """Compare the queue items of one case with what follows from its log."""
    stored, expected = {item.key: item for item in queued}, expected_items(log)
    for key in sorted(stored.keys() | expected.keys()):
        holds = stored.get(key) == expected.get(key)
        check.expect(holds, f"{case_id} {key[1]}", "待办与日志不符", "the queue item differs from the log")
