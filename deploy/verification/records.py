"""What must hold of the records on the topics: I4, I9, I10 and I11, each topic read once from its beginning.

The fences and what readers made of the records are of one snapshot; it was taken after the ends of the topics were
read, so a record before its end can never be of a fact that the snapshot does not know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from contracts.cases import FACT_TYPE
from contracts.topics import CASE_EVENTS, INTAKE_EVENTS, TOPICS
from deploy.verification.checks import Verdict
from deploy.verification.log import Log, Place
from deploy.verification.notes import Notes
from deploy.verification.privacy import Searcher, check_record
from deploy.verification.schemas import enter
from services.platform.database import Connection, queries
from services.platform.events import Event, Record, UndecodableRecord, decode
from services.platform.provision import CASE_LOG_READERS, SERVICES

q = queries("deploy")
platform_q = queries("services.platform")


@dataclass
class Records:
    """`ends` are those that were read before the snapshot."""

    conn: Connection
    namespace: str
    log: Log
    notes: Notes
    searcher: Searcher
    verdict: Verdict
    ends: Mapping[Place, int]
    fences: dict[tuple[str, str, int], int] = field(default_factory=dict)
    begins: Mapping[Place, int] = field(default_factory=dict)

    async def run(self) -> None:
        self.begins = await self.log.begins()
        await self._check_fences(await self.log.ends())
        for topic in TOPICS:
            async for records in self.log.read(topic):
                for record in records:
                    self._check_personal(record)
                if topic is CASE_EVENTS:
                    await self._check_facts(records)
                elif "casework" in topic.consumers:
                    await self._check_triggers(records)
        await self._check_all_published()

    async def _enter(self, service: str) -> None:
        await enter(self.conn, self.namespace, service)

    # I10 and I11

    async def _check_fences(self, ends: Mapping[Place, int]) -> None:
        """No reader stands behind the end of its topic."""
        for service in SERVICES:
            await self._enter(service)
            for row in await self.conn.fetch(platform_q.list_fences):
                place = row["topic"], row["partition"]
                self.fences[row["reader"], *place] = row["next_offset"]
                where, at, end = f"{row['reader']} {place}", row["next_offset"], ends.get(place, 0)
                self.verdict.fences.expect(at <= end, where, f"{at} 在末尾 {end} 之后", "the fence is past the end")

    def _has_read(self, reader: str, record: Record) -> bool:
        return record.offset < self.fences.get((reader, record.topic, record.partition), 0)

    def _check_personal(self, record: Record) -> None:
        headers = (value for _, value in record.headers)
        check_record(_where(record), iter((record.key, record.value, *headers)), self.searcher, self.verdict.personal)

    # I9 and I10: what casework consumed

    async def _check_triggers(self, records: Sequence[Record]) -> None:
        await self._enter("casework")
        causes = [_cause_of(record) for record in records]
        rows = await self.conn.fetch(q.list_outcomes, [cause for cause in causes if cause])
        known = {row["cause_id"]: row["outcome"] for row in rows}
        aside = dict.fromkeys(await self._held(records), "quarantined")
        place, offsets = records[0][:2], [record.offset for record in records]
        parked = await self.conn.fetch(q.list_parked_records, *place, offsets)
        aside |= dict.fromkeys((row["offset"] for row in parked), "parked")
        for record, cause in zip(records, causes, strict=True):
            first = cause is not None and cause in known and self.notes.is_new(cause)
            decided = (known[cause] if first else "duplicate") if cause is not None and cause in known else None
            self._count("casework", record, aside.get(record.offset) or decided, first=first)

    async def _held(self, records: Sequence[Record]) -> set[int]:
        """Which of these, all of one partition, are or were in quarantine."""
        place, offsets = records[0][:2], [record.offset for record in records]
        return {row["offset"] for row in await self.conn.fetch(q.list_held, *place, offsets)}

    def _count(self, reader: str, record: Record, outcome: str | None, *, first: bool) -> None:
        """I9: what was read has an outcome. I10: what was not read has had no effect."""
        where = f"{reader} {_where(record)}"
        if self._has_read(reader, record):
            self.verdict.outcomes[reader, outcome or "unknown"] += 1
            self.verdict.consumed.expect(outcome is not None, where, "已读过而没有结果", "consumed, without an outcome")
        elif outcome is not None:
            beyond = first or outcome in {"quarantined", "parked"}
            self.verdict.fences.expect(not beyond, where, "读取位置之后已有结果", "has had its effect beyond the fence")

    # I4, and what the readers of the case log consumed

    async def _check_facts(self, records: Sequence[Record]) -> None:
        await self._enter("casework")
        epoch = await self.conn.fetchval(q.get_epoch)
        events = [_fact_of(record, epoch) for record in records]
        wanted = [_identity(event) for event in events if event]
        rows = await self.conn.fetch(q.list_bodies, [case for case, _ in wanted], [version for _, version in wanted])
        bodies = {(row["case_id"], row["version"]): row["body"].encode() for row in rows}
        news = [self._check_fact(record, event, bodies) for record, event in zip(records, events, strict=True)]
        for reader in sorted(CASE_LOG_READERS):
            await self._check_reader(reader, epoch, records, events, news)

    def _check_fact(self, record: Record, event: Event | None, bodies: Mapping[tuple[UUID, int], bytes]) -> bool:
        """I4: it is what was decided, and comes after its predecessor; true when it comes for the first time."""
        if event is None:
            return False
        (case_id, version), check = _identity(event), self.verdict.published
        if record.offset < self.ends[record.topic, record.partition]:
            same = bodies.get((case_id, version)) == record.value
            check.expect(same, _where(record), f"{event.id} 与案件日志不同", "is not what the case log says")
        last = self.notes.last_seen(case_id)
        if version > last:
            cut = last == 0 and self.begins[record.topic, record.partition] > 0
            check.expect(version == last + 1 or cut, _where(record), f"{event.id} 在 v{last} 之后", "is out of order")
            self.notes.see(case_id, version)
        return version > last

    async def _check_reader(
        self, reader: str, epoch: int, records: Sequence[Record], events: Sequence[Event | None], news: Sequence[bool]
    ) -> None:
        await self._enter(reader)
        ids = list({_identity(event)[0] for event in events if event})
        read = {row["case_id"]: row["version"] for row in await self.conn.fetch(q.list_positions_of, ids, epoch)}
        parked = {(row["case_id"], row["version"]) for row in await self.conn.fetch(q.list_parked_of, ids)}
        held = await self._held(records)
        for record, event, new in zip(records, events, news, strict=True):
            outcome = "quarantined" if record.offset in held else "stale"
            if event:
                case_id, version = _identity(event)
                applied = version <= read.get(case_id, 0)
                waits = "parked" if (case_id, version) in parked else None
                outcome = ("applied" if new else "duplicate") if applied else waits  # type: ignore[assignment]
            if self._has_read(reader, record) or (new and outcome == "applied"):
                self._count(reader, record, outcome, first=new)

    async def _check_all_published(self) -> None:
        """I4: whatever was decided before we came is on the topic, or was and is too old to be kept."""
        await self._enter("casework")
        waiting = {row["case_id"] for row in await self.conn.fetch(q.list_cases_in_outbox, CASE_EVENTS.name)}
        cut = any(self.begins[CASE_EVENTS.name, number] for number in range(CASE_EVENTS.partitions))
        for case_id, version in self.notes.list_unseen():
            if str(case_id) not in waiting and not (cut and version == 0):
                self.verdict.published.expect(False, case_id, f"v{version} 之后未发布", "was not published to its end")


def _cause_of(record: Record) -> str | None:
    """Under which id casework knows a trigger; None when it has none that can be read."""
    try:
        event_id = decode(record).id
    except UndecodableRecord:
        return None
    return event_id if record.topic == INTAKE_EVENTS.name else f"{record.topic}/{event_id}"


def _fact_of(record: Record, epoch: int) -> Event | None:
    """A fact of the present epoch of the log."""
    try:
        event = decode(record)
        _identity(event)
    except (UndecodableRecord, ValueError):
        return None
    return event if event.type == FACT_TYPE and event.epoch == epoch else None


def _identity(event: Event) -> tuple[UUID, int]:
    """Raises `ValueError` for the id of something else."""
    case_id, _, version = event.id.partition("/")
    return UUID(case_id), int(version)


def _where(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"
