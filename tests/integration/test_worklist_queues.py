"""The queues on a real database and a real broker."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal
from uuid import UUID

import pytest

from contracts.base import SHANGHAI, Contract
from contracts.cases import Fact
from contracts.quarantine import QUARANTINED_TYPE, RESOLVED_TYPE, RecordQuarantined, RecordResolved
from contracts.topics import DEAD_LETTERS
from services.platform.case_log import get_position
from services.platform.database import Database
from services.platform.events import Record
from services.platform.ids import new_id
from services.platform.quarantine import list_quarantined
from services.worklist import api, app, store
from services.worklist.handlers import handle
from services.worklist.model import Item, expected_items
from tests.case_logs import DV, STATION, TOWN, VILLAGE, CaseLog, as_records
from tests.integration.platform_fixtures import (
    PATIENT_SECONDS,
    CreateTopics,
    Space,
    admin_database,
    space,
    topics,
)
from tests.integration.reading import (
    Client,
    Door,
    Feed,
    Provisioned,
    Running,
    opened,
    provisioned,
    running,
    send_facts,
    set_clock,
    until_ready,
)

__all__ = ["CreateTopics", "Space", "admin_database", "provisioned", "running", "space", "topics"]

OTHER_TOWN = "330302002"
SCHOOL = "school@00000000000000bb"
BULLYING = "liandong.bullying.reported.v1"
WORKING, EVENING = (datetime(2026, 1, 5, hour, tzinfo=SHANGHAI) for hour in (9, 18))


@pytest.fixture
async def feed(provisioned: Provisioned) -> AsyncIterator[Feed]:
    async with opened(app.create(await provisioned("worklist"))) as service:
        yield Feed(service.db, handle)


@pytest.fixture
async def service_and_door(provisioned: Provisioned, admin_database: Database) -> AsyncIterator[tuple[Feed, Door]]:
    async with opened(app.create(await provisioned("worklist"))) as service:
        yield Feed(service.db, handle), Door(service, admin_database)


async def stored(feed: Feed) -> dict[object, Item]:
    async with feed.db.connection() as conn:
        cases = [row["case_id"] for row in await conn.fetch("SELECT case_id FROM case_view")]
        return {item.key: item for item in await store.list_items(conn, cases)}


async def test_stored_queues_are_what_the_log_says_whatever_the_batches(feed: Feed) -> None:
    log = CaseLog(seed=7)
    log.stroll(150)
    for size, part in ((1, log.facts[:20]), (7, log.facts[20:60]), (500, log.facts[60:])):
        await feed.give(part, batch=size)
    assert await stored(feed) == expected_items(log.facts)


async def test_redelivered_facts_change_nothing(feed: Feed) -> None:
    log = CaseLog(seed=3)
    log.stroll(60)
    await feed.give(log.facts)
    once = await stored(feed)
    await feed.give(log.facts[:40], batch=9)
    await feed.give(log.facts)
    assert await stored(feed) == once == expected_items(log.facts)


async def test_facts_in_any_order_wait_for_their_predecessors(feed: Feed) -> None:
    log = CaseLog(seed=5)
    log.stroll(80)
    shuffled: list[Fact] = [*log.facts, *log.facts[::3]]
    Random(1).shuffle(shuffled)
    await feed.give(shuffled, batch=10)
    assert await stored(feed) == expected_items(log.facts)
    async with feed.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM parked_fact") == 0


async def test_fact_behind_a_gap_is_parked_until_its_predecessor_comes(feed: Feed) -> None:
    log = CaseLog()
    case_id = log.report()
    log.act(case_id, "claim")
    log.act(case_id, "dispatch")
    first, second, third = log.facts
    await feed.give([first, third])
    assert await stored(feed) == expected_items([first])
    await feed.give([second])
    assert await stored(feed) == expected_items(log.facts)


async def test_fact_that_waits_is_kept_whole(feed: Feed) -> None:
    log = CaseLog()
    log.act(log.report(), "dispatch")
    await feed.give(log.facts[1:])
    async with feed.db.connection() as conn:
        data = await conn.fetchval("SELECT data FROM parked_fact")
    assert Fact.read(data) == log.facts[1]


async def test_unreadable_fact_is_quarantined_and_its_case_waits_while_others_go_on(feed: Feed) -> None:
    log = CaseLog()
    broken, fine = log.report(), log.report()
    log.act(broken, "claim")
    log.act(broken, "dispatch")
    log.act(fine, "dispatch")
    records = as_records(log.facts)
    records[2] = records[2]._replace(value=b'{"case_id": 1}')
    async with feed.db.transaction() as conn:
        await handle(conn, records)
    assert await stored(feed) == expected_items([log.facts[0], log.facts[1], log.facts[4]])
    async with feed.db.connection() as conn:
        assert [held.reason for held in await list_quarantined(conn)] == ["not-a-fact"]


async def test_new_epoch_of_the_log_is_read_from_the_beginning(feed: Feed) -> None:
    lost, kept = CaseLog(seed=1), CaseLog(seed=2)
    lost.stroll(30)
    kept.stroll(30)
    await feed.give(lost.facts, epoch=1)
    await feed.give(kept.facts[-3:], epoch=2)
    await feed.give(lost.facts, epoch=1)
    await feed.give(kept.facts, epoch=2)
    assert await stored(feed) == expected_items(kept.facts)
    async with feed.db.connection() as conn:
        assert await get_position(conn) == (2, len(kept.facts))


async def test_unit_sees_only_its_own_queue(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog()
    mine, theirs = log.report(), log.report(region=OTHER_TOWN)
    await feed.give(log.facts)
    queue = (await (await door.of(STATION)).get("/queue")).json()
    assert {item["case_id"] for item in queue["items"]} == {str(mine)}
    other = (await (await door.of(f"police-station@{OTHER_TOWN}")).get("/queue")).json()
    assert {item["case_id"] for item in other["items"]} == {str(theirs)}
    assert (await (await door.of(STATION, "report")).get("/queue")).status_code == 403


async def test_case_with_a_record_in_quarantine_is_marked_until_somebody_decides_about_it(
    service_and_door: tuple[Feed, Door],
) -> None:
    feed, door = service_and_door
    log = CaseLog()
    marked, other = log.report(), log.report()
    await feed.give(log.facts)
    unit = await door.of(STATION)
    held, again = new_id(), new_id()
    await tell(feed, quarantined(held, marked), quarantined(again, marked), quarantined(new_id(), None))
    assert await marks(unit) == {str(marked): ["隔离待处理"], str(other): []}
    await tell(feed, resolved(held, "retried"))
    assert (await marks(unit))[str(marked)] == ["隔离待处理"]
    await tell(feed, resolved(again, "discarded"), quarantined(held, marked), resolved(held, "retried"))
    assert await marks(unit) == {str(marked): [], str(other): []}


async def test_dead_letter_that_cannot_be_read_is_held_and_the_facts_beside_it_are_applied(feed: Feed) -> None:
    log = CaseLog()
    log.report()
    letter = resolved(new_id(), "retried")._replace(value=b"{}")
    async with feed.db.transaction() as conn:
        assert await handle(conn, [letter, *as_records(log.facts), letter]) == ["quarantined", "applied", "quarantined"]
    assert await stored(feed) == expected_items(log.facts)


async def tell(feed: Feed, *letters: Record) -> None:
    async with feed.db.transaction() as conn:
        assert await handle(conn, letters) == ["applied"] * len(letters)


async def marks(unit: Client) -> dict[str, list[str]]:
    return {item["case_id"]: item["marks"] for item in (await unit.get("/queue")).json()["items"]}


def quarantined(held: UUID, case_id: UUID | None) -> Record:
    place: dict[str, Any] = {"topic": "case.commands.police", "partition": 0, "offset": 1}
    said: dict[str, Any] = {"reason": "schema", "size": 1, "sha256": "0", "case_id": case_id}
    return letter(QUARANTINED_TYPE, RecordQuarantined(quarantine_id=held, service="casework", **place, **said))


def resolved(held: UUID, state: Literal["retried", "discarded"]) -> Record:
    return letter(RESOLVED_TYPE, RecordResolved(quarantine_id=held, service="casework", state=state))


def letter(type_: str, body: Contract) -> Record:
    envelope = {"ce_specversion": "1.0", "ce_id": "l", "ce_type": type_, "ce_source": "/test"}
    headers = tuple((name, text.encode()) for name, text in envelope.items())
    return Record(DEAD_LETTERS.name, 0, 0, b"place", body.to_json(), headers, 0)


async def test_queue_goes_from_danger_to_overdue_to_earliest_due(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog()
    overdue = log.report()
    log.wait(minutes=31)
    log.expire()
    later, danger = log.report(), log.report(danger=True)
    log.now -= timedelta(minutes=10)
    earlier = log.report()
    await feed.give(log.facts)
    items = (await (await door.of(STATION)).get("/queue")).json()["items"]
    assert [item["case_id"] for item in items] == [str(case_id) for case_id in (danger, overdue, earlier, later)]
    first = items[0]["deadlines"][0]
    assert (first["article"], first["law_class"]) == ("反家庭暴力法第十五条（及时出警）；平台提醒 30 分钟", "PLAT")


async def test_pages_show_every_item_once_in_the_same_order(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog(seed=11)
    log.stroll(200)
    await feed.give(log.facts)
    worker = await door.of(STATION)
    whole = (await worker.get("/queue", limit=200)).json()["items"]
    pages, after = [], None
    while True:
        page = (await worker.get("/queue", limit=3, **({"after": after} if after else {}))).json()
        pages += page["items"]
        after = page["next"]
        if after is None:
            break
    assert len(whole) > 6
    assert pages == whole


async def test_queue_names_units_and_things_beside_their_ids(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog()
    log.served()
    await feed.give(log.facts)
    queue = (await (await door.of(STATION)).get("/queue", limit=200)).json()
    assert queue["unit_title"] == "城东街道派出所"
    assert {(item["workflow_title"], item["region_title"]) for item in queue["items"]} == {("家庭暴力告诫", "城东街道")}
    addressed = {item["addressee"]: item["addressee_title"] for item in queue["items"]}
    assert addressed[VILLAGE] == "村（居）民委员会"
    assert addressed[None] is None


async def test_titles_in_a_queue_are_in_the_words_of_each_cases_region(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog()
    for region in ("330382", "371502"):
        log.report("bullying", BULLYING, region=region, school=SCHOOL, first_known_at=log.now.isoformat())
    await feed.give(log.facts)
    items = (await (await door.of(SCHOOL)).get("/queue")).json()["items"]
    titles = {item["region_title"]: item["workflow_title"] for item in items}
    assert titles == {"乐清市": "校园欺凌", "东昌府区": "学生欺凌"}
    assert {item["workflow"] for item in items} == {"bullying"}


async def test_worker_and_reporter_are_told_what_holds_in_a_place_at_this_hour(
    service_and_door: tuple[Feed, Door], admin_database: Database
) -> None:
    _, door = service_and_door
    worker, reporter = await door.of(STATION), await door.of("hospital@00000000000000aa", "report")
    for client, moment, answers in ((worker, WORKING, "12338"), (reporter, EVENING, "12345")):
        await set_clock(admin_database, moment)
        here = (await client.get("/policy/371502")).json()
        line = next(line for line in here["hotlines"] if line["number"] == "12338")
        assert (line["answers_now"], here["at"]) == (answers, moment.isoformat())
        assert (here["title"], here["workflows"]["bullying"]["leads"]) == ("东昌府区", ["教育体育局"])


@pytest.mark.parametrize(("region", "status"), [("330399", 404), ("x", 422)])
async def test_place_that_is_none_has_no_policy(service_and_door: tuple[Feed, Door], region: str, status: int) -> None:
    assert (await (await service_and_door[1].of(STATION)).get(f"/policy/{region}")).status_code == status


async def test_next_proposes_what_nobody_has_claimed(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog()
    claimed, free = log.report(danger=True), log.report()
    log.act(claimed, "claim")
    await feed.give(log.facts)
    answer = (await (await door.of(STATION)).get("/queue/next", n=5)).json()
    assert [(item["case_id"], item["version"]) for item in answer["items"]] == [(str(free), 1)]


async def test_summary_is_of_the_own_unit_and_for_a_service_of_all(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog()
    log.report(danger=True)
    log.report()
    log.report(region=OTHER_TOWN)
    await feed.give(log.facts)
    (own,) = (await (await door.of(STATION)).get("/summary")).json()["queues"]
    assert (own["unit"], own["kind"], own["open"], own["urgent"]) == (STATION, "state", 2, 1)
    everything = (await (await door.of("duty-desk@330382", "service")).get("/summary")).json()["queues"]
    assert {queue["unit"] for queue in everything} == {STATION, f"police-station@{OTHER_TOWN}", "police-command@330382"}


async def test_queue_that_does_not_reach_the_version_says_so(service_and_door: tuple[Feed, Door]) -> None:
    feed, door = service_and_door
    log = CaseLog()
    case_id = log.report()
    await feed.give(log.facts)
    worker = await door.of(STATION)
    assert (await worker.get("/queue", at_least=f"{case_id}@1")).status_code == 200
    behind = await worker.get("/queue", at_least=f"{case_id}@2")
    assert (behind.status_code, behind.json()["code"], behind.headers["retry-after"]) == (503, "queue-behind", "1")


@pytest.mark.parametrize("query", [{"at_least": "x"}, {"after": "%%"}, {"after": "e30"}, {"limit": 0}])
async def test_wrong_query_is_told_what_would_be_right(
    service_and_door: tuple[Feed, Door], query: dict[str, str | int]
) -> None:
    answer = await (await service_and_door[1].of(STATION)).get("/queue", **query)
    assert answer.status_code == 422
    assert all(error["zh"] and error["en"] for error in answer.json()["errors"])


async def test_at_least_waits_for_the_version_to_come_through_kafka(
    running: Running, admin_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PATIENCE_SECONDS", PATIENT_SECONDS)
    async with running("worklist", app.create) as service:
        log = CaseLog()
        case_id = log.report()
        log.act(case_id, "claim")
        log.propose(case_id, DV)
        worker = await Door(service, admin_database).of(STATION)
        await until_ready(worker)
        await send_facts(service.settings, log.facts)
        items = (await worker.get("/queue", at_least=f"{case_id}@3")).json()["items"]
        assert {(item["item"], item["claimed_by"]) for item in items} == {("state", "worker-1"), ("t3", None)}
        assert items[0]["region"] == TOWN
