"""The outbox on a real broker: what was committed arrives, in order per key; three wrong relays are shown to lose."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]

from contracts.quarantine import (
    QUARANTINED_TYPE,
    RESOLVED_TYPE,
    DiscardReason,
    RecordQuarantined,
    RecordResolved,
)
from contracts.topics import CASE_EVENTS, DEAD_LETTERS, Topic
from services.platform.database import Connection, Database
from services.platform.events import MAX_VALUE_BYTES, OutgoingEvent, Record, decode
from services.platform.ids import new_id
from services.platform.outbox import BATCH, Relay, publish, q
from services.platform.quarantine import (
    AlreadyResolvedError,
    EventIdError,
    NotQuarantinedError,
    discard,
    get_quarantined,
    list_quarantined,
    list_repairs,
    quarantine,
    repair,
    retry,
)
from services.platform.settings import Settings
from tests.integration.platform_fixtures import (
    PATIENT_SECONDS,
    CreateTopics,
    OpenDatabase,
    Space,
    database,
    eventually,
    settings,
    space,
    topics,
)

__all__ = ["database", "settings", "space", "topics"]

ONE = replace(CASE_EVENTS, partitions=1)


@dataclass
class Post:
    db: Database
    relay: Relay
    settings: Settings

    async def say(self, *ids: str) -> None:
        async with self.db.transaction() as conn:
            await publish(conn, [event(name) for name in ids])

    async def waiting(self) -> int:
        async with self.db.connection() as conn:
            return int(await conn.fetchval("SELECT count(*) FROM outbox"))

    async def arrived(self, topic: Topic = ONE, count: int = 1) -> list[Record]:
        """At least `count` records from the beginning of the topic."""
        consumer = AIOKafkaConsumer(
            self.settings.namespace + topic.name,
            bootstrap_servers=self.settings.kafka_bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        found: list[Record] = []
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENT_SECONDS
        try:
            while len(found) < count:
                assert loop.time() < deadline, found
                for part in (await consumer.getmany(timeout_ms=500)).values():
                    found += [
                        Record(topic.name, r.partition, r.offset, r.key, r.value, r.headers, r.timestamp) for r in part
                    ]
        finally:
            await consumer.stop()
        return found

    async def ids(self, count: int) -> list[str]:
        return [decode(record).id for record in await self.arrived(ONE, count)]


@pytest.fixture
async def post(database: OpenDatabase, settings: Settings, topics: CreateTopics) -> AsyncIterator[Post]:
    await topics(ONE, DEAD_LETTERS)
    db = await database("alpha")
    relay = Relay(db, settings)
    yield Post(db, relay, settings)
    await relay.stop()


async def test_an_event_arrives_as_it_was_said(post: Post) -> None:
    await post.say("a")
    await post.relay.send_some()
    (record,) = await post.arrived()
    arrived = decode(record)
    assert (arrived.id, arrived.type, arrived.key, arrived.data) == ("a", "liandong.case.advanced.v1", "case", b"{}")
    assert (arrived.source, arrived.epoch) == ("/liandong/casework", 7)
    assert await post.waiting() == 0


async def test_an_event_of_a_transaction_that_was_rolled_back_is_never_said(post: Post) -> None:
    async with post.db.connection() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await publish(conn, [event("never")])
        await transaction.rollback()
    await post.say("a")
    await post.relay.send_some()
    assert await post.ids(1) == ["a"]


async def test_a_commit_wakes_the_relay(post: Post) -> None:
    post.relay.start()
    await post.say("a", "b")
    assert await post.ids(2) == ["a", "b"]

    async def sent() -> bool:
        return await post.waiting() == 0

    await eventually(sent)


async def test_a_relay_that_dies_between_send_and_delete_loses_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.say("a", "b")
    send = Relay._send

    async def send_and_die(self: Relay, rows: list[Any]) -> None:
        await send(self, rows)
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(Relay, "_send", send_and_die)
        with pytest.raises(ConnectionResetError):
            await post.relay.send_some()
    assert await post.waiting() == 2
    await post.relay.send_some()
    assert await post.ids(4) == ["a", "b", "a", "b"]
    assert await post.waiting() == 0


async def test_when_the_producer_fails_the_rows_stay_and_a_new_producer_sends_them(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.say("a")
    await post.relay.send_some()
    before = post.relay._producer
    await post.say("b")
    with monkeypatch.context() as patch:
        patch.setattr(AIOKafkaProducer, "send", _refuse)
        with pytest.raises(ConnectionError):
            await post.relay.send_some()
    assert await post.waiting() == 1
    await post.relay.send_some()
    assert post.relay._producer is not before
    assert await post.ids(2) == ["a", "b"]


async def test_of_two_relays_one_sends(post: Post) -> None:
    await post.say("a")
    second = Relay(post.db, post.settings)
    async with post.db.connection() as conn, conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.outbox', 0))")
        assert await second.send_some() is False
        assert await post.waiting() == 1
    await second.send_some()
    await second.stop()
    assert await post.waiting() == 0


async def test_what_cannot_be_sent_is_refused_where_it_is_said(post: Post) -> None:
    for wrong in (
        replace(event("a"), key=""),
        replace(event(""), id=""),
        replace(event("a"), data=bytes(MAX_VALUE_BYTES + 1)),
    ):
        with pytest.raises(ValueError, match="needs a key"):
            async with post.db.transaction() as conn:
                await publish(conn, [wrong])
    with pytest.raises(KeyError):
        async with post.db.transaction() as conn:
            await publish(conn, [replace(event("a"), topic="no.such")])


async def test_the_largest_event_passes(post: Post) -> None:
    async with post.db.transaction() as conn:
        await publish(conn, [replace(event("a"), data=bytes(MAX_VALUE_BYTES))])
    await post.relay.send_some()
    assert await post.ids(1) == ["a"]


# The three wrong relays, and ours, each under the same interleaving of two transactions.

Round = Callable[[Connection, dict[str, Any]], Awaitable[list[str]]]


async def ours(conn: Connection, state: dict[str, Any]) -> list[str]:
    async with conn.transaction():
        rows = await conn.fetch(q.take_outbox, BATCH)
        await state["before_delete"]()
    return [row["value"].decode() for row in rows]


async def with_a_cursor(conn: Connection, state: dict[str, Any]) -> list[str]:
    rows = await conn.fetch("SELECT seq, value FROM outbox WHERE seq > $1 ORDER BY seq", state.get("last", 0))
    state["last"] = max([row["seq"] for row in rows], default=state.get("last", 0))
    return [row["value"].decode() for row in rows]


async def with_a_range_delete(conn: Connection, state: dict[str, Any]) -> list[str]:
    rows = await conn.fetch("SELECT seq, value FROM outbox ORDER BY seq")
    await state["before_delete"]()
    await conn.execute("DELETE FROM outbox WHERE seq <= $1", max([row["seq"] for row in rows], default=0))
    return [row["value"].decode() for row in rows]


@pytest.mark.parametrize(("relay", "loses"), [(ours, False), (with_a_cursor, True), (with_a_range_delete, True)])
async def test_a_smaller_seq_committed_later_is_not_skipped(
    relay: Round, loses: bool, database: OpenDatabase, space: Space
) -> None:
    db = await database("alpha")
    slow = await asyncpg.connect((await space.provision("alpha"))["alpha"])
    await slow.execute(f"SET search_path = {db.schema}")
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(STORE, b"first seq, late commit")

    async def commit_slow() -> None:
        if slow.is_in_transaction():
            await transaction.commit()

    async with db.connection() as conn:
        await conn.execute(STORE, b"second seq, early commit")
        state: dict[str, Any] = {"before_delete": commit_slow}
        sent = await relay(conn, state)
        await commit_slow()
        sent += await relay(conn, state)
    await slow.close()
    assert ("first seq, late commit" not in sent) is loses
    assert "second seq, early commit" in sent


BY_XID = q.take_outbox.replace("RETURNING seq,", "RETURNING outbox.xmin::text::bigint AS seq,")


@pytest.mark.parametrize(("take", "inverts"), [(q.take_outbox, False), (BY_XID, True)], ids=["seq", "xid"])
async def test_two_writers_of_one_case_are_sent_in_the_order_of_their_locks(
    take: str, inverts: bool, database: OpenDatabase, space: Space
) -> None:
    """The second writer draws its transaction id first, then waits for the case; that order would invert the two."""
    db = await database("alpha")
    dsn = (await space.provision("alpha"))["alpha"]
    first, second = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    for conn in (first, second):
        await conn.execute(f"SET search_path = {db.schema}")
    await first.execute("CREATE TABLE a_case (version int); INSERT INTO a_case VALUES (0)")
    async with second.transaction():
        await second.execute("SELECT pg_current_xact_id()")
        async with first.transaction():
            await first.execute("UPDATE a_case SET version = 1")
            await first.execute(STORE, b"1")
        await second.execute("UPDATE a_case SET version = 2")
        await second.execute(STORE, b"2")
    rows = await first.fetch(take, BATCH)
    assert ([row["value"] for row in rows] == [b"2", b"1"]) is inverts
    await first.close()
    await second.close()


# Quarantine


async def test_a_held_record_is_sent_again_byte_for_byte_or_repaired(post: Post) -> None:
    async with post.db.transaction() as conn:
        held = [await quarantine(conn, broken(number), "no-key") for number in range(3)]
        await retry(conn, held[0], by="operator")
        await repair(conn, held[1], by="operator", reason="the key was left out", key=b"case")
        await repair(conn, held[1], by="engineer", reason="so was the value", value=b"{}", headers={"null": b"1"})
        await retry(conn, held[1], by="operator")
        await discard(conn, held[2], by="operator", reason=DiscardReason.TEST_RECORD)
    await post.relay.send_some()
    raw, repaired = await post.arrived(ONE, 2)
    assert (raw.key, raw.value, raw.headers) == (None, b"\x00", broken(0).headers)
    assert (repaired.key, repaired.value) == (b"case", b"{}")
    assert dict(repaired.headers) == dict(broken(1).headers) | {"null": b"1"}
    async with post.db.connection() as conn:
        assert (await get_quarantined(conn, held[1])).value == b"\x00"
        assert [(one.repaired_by, one.reason) for one in await list_repairs(conn, held[1])] == [
            ("engineer", "so was the value"),
            ("operator", "the key was left out"),
        ]
        assert [item.id for item in await list_quarantined(conn, "retried")] == held[:2]
        [gone] = await list_quarantined(conn, "discarded")
        assert (gone.resolved_by, gone.resolution) == ("operator", "test_record")
        assert await list_quarantined(conn) == []


async def test_a_held_record_is_resolved_once(post: Post) -> None:
    async with post.db.transaction() as conn:
        held = await quarantine(conn, broken(0), "no-key")
        await retry(conn, held, by="operator")
        with pytest.raises(AlreadyResolvedError):
            await discard(conn, held, by="operator", reason=DiscardReason.TEST_RECORD)
        with pytest.raises(AlreadyResolvedError):
            await repair(conn, held, by="operator", reason="late", value=b"{}")
        with pytest.raises(NotQuarantinedError):
            await retry(conn, new_id(), by="operator")


async def test_a_repair_keeps_the_id_that_says_what_was_handled(post: Post) -> None:
    record = broken(0)._replace(headers=(("ce_id", b"e1"),))
    async with post.db.transaction() as conn:
        held = await quarantine(conn, record, "no-key")
        with pytest.raises(EventIdError):
            await repair(conn, held, by="operator", reason="another id", headers={"ce_id": b"e2"})
        unreadable = await quarantine(conn, broken(1), "header-not-utf-8")
        after = await repair(conn, unreadable, by="operator", reason="no id", headers={"ce_id": b"e3"})
    assert ("ce_id", b"e3") in after.headers


async def test_what_was_decided_about_a_held_record_is_said_with_its_case(post: Post) -> None:
    case_id = new_id()
    async with post.db.transaction() as conn:
        keyed = broken(0)._replace(key=str(case_id).encode())
        held = [await quarantine(conn, keyed, "schema") for _ in range(2)]
        await retry(conn, held[0], by="operator")
        await discard(conn, held[1], by="operator", reason=DiscardReason.WRONG_CASE)
    await post.relay.send_some()
    letters = [decode(record) for record in await post.arrived(DEAD_LETTERS, 4)]
    lost = [RecordQuarantined.read(letter.data) for letter in letters if letter.type == QUARANTINED_TYPE]
    said = [RecordResolved.read(letter.data) for letter in letters if letter.type == RESOLVED_TYPE]
    assert [one.case_id for one in lost] == [one.case_id for one in said] == [case_id, case_id]
    assert [(one.quarantine_id, one.state, one.reason) for one in said] == [
        (held[0], "retried", None),
        (held[1], "discarded", "wrong_case"),
    ]


async def test_the_dead_letter_names_the_record_and_quotes_nothing_of_it(post: Post) -> None:
    async with post.db.transaction() as conn:
        await quarantine(conn, broken(4)._replace(value="王小明".encode()), "no-key")
    await post.relay.send_some()
    (letter,) = await post.arrived(DEAD_LETTERS)
    said = RecordQuarantined.read(decode(letter).data)
    assert (said.topic, said.partition, said.offset, said.reason, said.size) == (ONE.name, 0, 4, "no-key", 9)
    assert said.service == post.db.schema
    assert "王小明".encode() not in (letter.value or b"")


STORE = "INSERT INTO outbox (topic, header_names, header_values, value) VALUES ('case.events', '{}', '{}', $1)"


def event(name: str) -> OutgoingEvent:
    return OutgoingEvent(ONE.name, "case", name, "liandong.case.advanced.v1", b"{}", epoch=7)


def broken(offset: int) -> Record:
    return Record(ONE.name, 0, offset, None, b"\x00", (("ce_id", b"\xff"), ("null", None), ("nul\0", b"")), 1_700_000)


async def _refuse(*_: object, **__: object) -> None:
    raise ConnectionError
