"""The log once more: whole, in order of versions, under a new epoch, resumable, and beside running transactions."""

import asyncio
from typing import Any

import pytest

from contracts.cases import Fact
from services.casework import republish
from services.casework.batch import Batch
from services.casework.model import case_of
from services.casework.store import get_epoch
from services.platform.ids import new_id
from services.platform.outbox import Relay
from services.platform.settings import Settings
from tests.integration.casework_fixtures import Desk, desk, dv_call, harm, screening
from tests.integration.platform_fixtures import CreateTopics, database, eventually, settings, space, topics

__all__ = ["database", "desk", "settings", "space", "topics"]


@pytest.fixture
async def log(desk: Desk) -> list[tuple[str, bytes]]:
    """The ids and bodies of a log of some cases; what was published of it is gone."""
    case_id = await desk.report(harm())
    await desk.act(case_id, "receive", receipt_no="回执1", track="administrative")
    for event in (dv_call(), screening(), harm(child="c2"), harm(child="c2", unit="school@00112233aabbccdd")):
        await desk.report(event)
    async with desk.db.transaction() as conn:
        await conn.execute("DELETE FROM outbox")
    return await stored(desk)


async def stored(desk: Desk) -> list[tuple[str, bytes]]:
    async with desk.db.connection() as conn:
        rows = await conn.fetch("SELECT body FROM case_fact ORDER BY case_id, version")
    return [(Fact.read(row["body"]).event_id, row["body"].encode()) for row in rows]


async def waiting(desk: Desk) -> list[tuple[str, bytes]]:
    """What is in the outbox, by id and body."""
    return [(header(row, b"ce_id"), row["value"]) for row in await outbox(desk)]


async def outbox(desk: Desk) -> list[dict[str, Any]]:
    async with desk.db.connection() as conn:
        return [dict(row) for row in await conn.fetch("SELECT * FROM outbox ORDER BY seq")]


def header(row: dict[str, Any], name: bytes) -> str:
    value: bytes = row["header_values"][row["header_names"].index(name)]
    return value.decode()


async def begin(desk: Desk, at_least: int = 0) -> int:
    async with desk.db.transaction() as conn:
        return await republish.begin(conn, at_least)


async def publish_all(desk: Desk) -> int:
    portions = 1
    while await republish.publish_some(desk.db):
        portions += 1
    return portions


async def test_the_whole_log_is_published_byte_for_byte_in_order_with_the_same_ids_under_the_new_epoch(
    desk: Desk, log: list[tuple[str, bytes]]
) -> None:
    assert await begin(desk) == 2
    await publish_all(desk)
    assert await waiting(desk) == log
    rows = await outbox(desk)
    assert {header(row, b"logepoch") for row in rows} == {"2"}
    assert [bytes(row["key"]).decode() for row in rows] == [ident.partition("/")[0] for ident, _ in log]


async def test_nothing_is_published_again_unless_it_was_asked_for(desk: Desk, log: list[tuple[str, bytes]]) -> None:
    assert not await republish.publish_some(desk.db)
    await begin(desk)
    await publish_all(desk)
    assert not await republish.publish_some(desk.db)
    assert len(await waiting(desk)) == len(log)


async def test_it_goes_on_where_it_was_when_it_is_interrupted_between_two_portions(
    desk: Desk, log: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republish, "PORTION", 2)
    await begin(desk)
    assert await republish.publish_some(desk.db)
    assert await waiting(desk) == log[:2]
    assert await publish_all(desk) == len(log) // 2
    assert await waiting(desk) == log


async def test_a_second_restore_in_the_middle_begins_anew_and_no_epoch_comes_twice(
    desk: Desk, log: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republish, "PORTION", 2)
    await begin(desk)
    await republish.publish_some(desk.db)
    assert [await begin(desk, 40), await begin(desk, 40)] == [40, 41]
    await publish_all(desk)
    assert await waiting(desk) == [*log[:2], *log]


async def test_it_waits_while_the_outbox_is_full(
    desk: Desk, log: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republish, "PORTION", 1)
    monkeypatch.setattr(republish, "MOST_WAITING", 3)
    await begin(desk)
    assert [await republish.publish_some(desk.db) for _ in range(5)] == [True] * 5
    assert await waiting(desk) == log[:3]


async def test_the_epoch_is_raised_only_when_whoever_has_read_the_old_one_has_committed(
    desk: Desk, log: list[tuple[str, bytes]]
) -> None:
    """Else a fact could be passed by the republish and published under the old epoch: no reader would ever have it."""
    call = desk.incoming(dv_call("v9", "x9"))
    async with desk.db.transaction() as conn:
        batch = Batch(conn, desk.workflows, desk.now, await get_epoch(conn))
        raising = asyncio.create_task(begin(desk))
        await eventually(lambda: is_waiting_for_lock(desk))
        await batch.run([call])
    assert await raising == 2
    await publish_all(desk)
    under_two = [header(row, b"ce_id") for row in await outbox(desk) if header(row, b"logepoch") == "2"]
    assert sorted(under_two) == sorted(ident for ident, _ in await stored(desk))
    assert len(under_two) == len(log) + 1


async def is_waiting_for_lock(desk: Desk) -> bool:
    async with desk.db.connection() as conn:
        query = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
        return bool(await conn.fetchval(query))


async def test_what_was_published_again_is_sent(
    desk: Desk, log: list[tuple[str, bytes]], settings: Settings, topics: CreateTopics
) -> None:
    await topics()
    await begin(desk)
    await publish_all(desk)
    relay = Relay(desk.db, settings)
    await relay.send_some()
    await relay.stop()
    assert log
    assert await waiting(desk) == []


def test_a_report_opens_the_same_case_whenever_it_is_decided() -> None:
    first, second = new_id(), new_id()
    assert case_of(first) == case_of(first)
    assert len({case_of(first), case_of(second), first, second}) == 4
    assert [case_of(first).version, case_of(first).int >> 80] == [7, first.int >> 80]
