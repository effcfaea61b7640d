"""Statements in from Kafka. One that cannot stand is held with its bytes and the reason; its neighbours go on."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from contracts.base import unit_kind
from contracts.topics import Topic
from services.platform.clock import Clock
from services.platform.database import Connection
from services.platform.events import Record, UndecodableRecord, decode
from services.platform.fence import Outcome, Outcomes
from services.platform.quarantine import quarantine
from services.platform.reader import Handle
from services.statistics.feeds import store
from services.statistics.feeds.model import Row

FEEDS: Final = {feed.topic.name: feed for feed in (store.DENOMINATORS, store.EXTERNAL)}


class Feeds:
    """Takes what keepers' systems state. A year's beginning and end are those of domain time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def handle(self, conn: Connection, records: Sequence[Record]) -> Outcomes:
        """Records of one topic, at least one."""
        feed = FEEDS[records[0].topic]
        read = [_try_to_read(record, feed) for record in records]
        rows = [Row(n, one) for n, one in enumerate(read) if not isinstance(one, UndecodableRecord)]
        settled = await store.take(conn, feed, rows, await self._clock.now(conn))
        reasons = {n: one.reason for n, one in enumerate(read) if isinstance(one, UndecodableRecord)}
        for fault in reversed(settled.faults):
            reasons[fault.row] = f"{fault.column}: {fault.code}"
        for n, reason in sorted(reasons.items()):
            await quarantine(conn, records[n], reason)
        outcomes: dict[int, Outcome] = dict.fromkeys(reasons, "quarantined")
        outcomes |= dict.fromkeys((row.number for row in settled.repeated), "duplicate")
        return [outcomes.get(n, "applied") for n in range(len(records))]


def _try_to_read(record: Record, feed: store.Feed) -> object:
    """The statement, or why it is none."""
    try:
        event = decode(record)
        if event.type not in feed.topic.types:
            raise UndecodableRecord("unknown-type")
        said = feed.model.read(event.data)
        if unit_kind(vars(said)["unit"]) not in feed.topic.speaks_for:
            raise UndecodableRecord("may-not-speak-for-unit")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        return UndecodableRecord(f"schema: {where}: {first['type']}"[:200])
    except UndecodableRecord as error:
        return error
    return said


def by_topic(handles: Mapping[Topic, Handle]) -> Handle:
    """One handler for the topics of several: each is given its own records, in order."""

    async def handle(conn: Connection, records: Sequence[Record]) -> Outcomes:
        outcomes: list[Outcome] = ["applied"] * len(records)
        for topic, give in handles.items():
            mine = [n for n, record in enumerate(records) if record.topic == topic.name]
            said = await give(conn, [records[n] for n in mine]) if mine else ()
            for n, outcome in zip(mine, said or (), strict=said is not None):
                outcomes[n] = outcome
        return outcomes

    return handle
