"""Told means proved: on a real database and a real broker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from nacl.public import PrivateKey, SealedBox

from contracts.cases import NoticeProved
from contracts.topics import NOTICE_EVENTS
from services.notices import app
from services.notices.handlers import handle, send_again
from services.notices.settings import NoticesSettings
from services.platform.database import Database
from services.platform.service import Service
from services.vault.keys import load_keys, make_keys
from tests.case_logs import STATION, VILLAGE, CaseLog
from tests.integration.platform_fixtures import PATIENT_SECONDS, admin_database, eventually, space, topics
from tests.integration.reading import (
    Client,
    Create,
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

__all__ = ["admin_database", "provisioned", "running", "space", "topics"]


class Desk:
    """The service, a case whose letter was just served, and the HTTP door."""

    def __init__(self, service: Service, admin: Database) -> None:
        self.db, self.door, self.feed = service.db, Door(service, admin), Feed(service.db, handle)
        self.log = CaseLog()
        self.case_id = self.log.served()

    def task_of(self, addressee: str) -> str:
        tasks = self.log.cases[self.case_id].tasks.values()
        return next(task.task_id for task in tasks if task.addressee == addressee)

    async def published(self) -> list[NoticeProved]:
        async with self.db.connection() as conn:
            return [
                NoticeProved.read(row["value"]) for row in await conn.fetch("SELECT value FROM outbox ORDER BY seq")
            ]


@pytest.fixture
def create(tmp_path: Path) -> Create:
    """The service with a key to seal with."""
    make_keys(tmp_path / "vault.key", tmp_path / "vault.pub")
    key_file = {"vault_public_key_file": tmp_path / "vault.pub"}
    return lambda settings: app.create(NoticesSettings(**settings.model_dump() | key_file))


@pytest.fixture
async def desk(provisioned: Provisioned, admin_database: Database, create: Create) -> AsyncIterator[Desk]:
    async with opened(create(await provisioned("notices"))) as service:
        desk = Desk(service, admin_database)
        await set_clock(admin_database, desk.log.now)
        await desk.feed.give(desk.log.facts, batch=2)
        yield desk


async def test_addressee_finds_the_notice_and_others_do_not(desk: Desk) -> None:
    village = (await (await desk.door.of(VILLAGE, "report")).get("/inbox")).json()
    (item,) = village["items"]
    assert (item["title"], item["from_unit"], item["state"]) == ("情况通报", STATION, "unread")
    stranger = await desk.door.of("village-committee@00000000000000ff", "report")
    assert (await stranger.get("/inbox")).json()["items"] == []
    assert (await stranger.post(f"/inbox/{item['notice_id']}/read")).status_code == 404
    assert await desk.published() == []


async def test_reading_in_the_inbox_proves_and_publishes_once(desk: Desk) -> None:
    village = await desk.door.of(VILLAGE, "report")
    (item,) = (await village.get("/inbox")).json()["items"]
    first = (await village.post(f"/inbox/{item['notice_id']}/read")).json()
    again = (await village.post(f"/inbox/{item['notice_id']}/read")).json()
    assert first == again
    assert (first["state"], first["proof"]["channel"]) == ("read", "inbox")
    (event,) = await desk.published()
    assert (event.case_id, event.task_id, event.by_unit) == (desk.case_id, desk.task_of(VILLAGE), VILLAGE)
    assert (await village.get("/inbox")).json()["items"] == []
    assert len((await village.get("/inbox", all="true")).json()["items"]) == 1


async def test_published_proof_closes_the_task_in_the_engine_and_then_the_notice(desk: Desk) -> None:
    village = await desk.door.of(VILLAGE, "report")
    (item,) = (await village.get("/inbox")).json()["items"]
    await village.post(f"/inbox/{item['notice_id']}/read")
    (event,) = await desk.published()
    await desk.feed.give([desk.log.prove(event.case_id, event.task_id)])
    async with desk.db.connection() as conn:
        row = await conn.fetchrow("SELECT outcome FROM notice WHERE notice_id = $1", UUID(item["notice_id"]))
    assert row is not None
    assert row["outcome"] == "proved"


def by_phone(at: datetime, name: str = "李某") -> dict[str, Any]:
    return {"channel": "phone", "name": name, "told_at": at.isoformat()}


async def test_owing_unit_proves_by_phone_and_the_name_is_kept_sealed_and_not_published(
    desk: Desk, tmp_path: Path
) -> None:
    station = await desk.door.of(STATION)
    path = f"/notices/{desk.case_id}/{desk.task_of('womens-federation@330382')}/proof"
    answer = await station.post(path, by_phone(desk.log.now))
    assert answer.status_code == 201
    assert answer.json()["proof"].startswith("phone/")
    assert (await station.post(path, by_phone(desk.log.now))).status_code == 200
    assert len(await desk.published()) == 1
    assert "李" not in answer.text
    async with desk.db.connection() as conn:
        sealed = await conn.fetchval("SELECT name_sealed FROM proof")
    keys = load_keys(tmp_path / "vault.key")
    assert SealedBox(PrivateKey(keys.sealing)).decrypt(sealed).decode() == "李某"


def attempted(at: datetime, result: str = "no_answer", **more: str) -> dict[str, Any]:
    return {"channel": "phone", "result": result, "at": at.isoformat(), **more}


async def test_attempts_are_kept_and_shown_until_one_reaches_the_addressee_and_proves_the_notice(desk: Desk) -> None:
    station = await desk.door.of(STATION)
    task_id, start = desk.task_of(VILLAGE), desk.log.now
    path = f"/notices/{desk.case_id}/{task_id}/attempts"
    await station.post(path, attempted(start - timedelta(minutes=2)))
    await station.post(path, attempted(start - timedelta(minutes=1), "wrong_number"))
    assert await desk.published() == []
    (owed,) = [item for item in (await station.get("/notices")).json()["items"] if item["task_id"] == task_id]
    assert [one["result"] for one in owed["attempts"]] == ["no_answer", "wrong_number"]
    assert (owed["addressee"], owed["delivery"]) == (VILLAGE, None)

    told = await station.post(path, attempted(start, "reached", name="李某"))
    assert (told.status_code, told.json()["result"], "name" in told.json()) == (201, "reached", False)
    (event,) = await desk.published()
    assert (event.task_id, event.channel, event.proved_at, event.by_unit) == (task_id, "phone", start, STATION)
    assert task_id not in [item["task_id"] for item in (await station.get("/notices")).json()["items"]]


async def test_the_same_attempt_again_changes_nothing_and_with_another_result_is_refused(desk: Desk) -> None:
    station = await desk.door.of(STATION)
    path = f"/notices/{desk.case_id}/{desk.task_of(VILLAGE)}/attempts"
    body = attempted(desk.log.now, "reached", document="V-1")
    assert (await station.post(path, body)).status_code == 201
    assert (await station.post(path, body)).status_code == 200
    other = await station.post(path, attempted(desk.log.now, "refused"))
    assert (other.status_code, other.json()["code"]) == (409, "already-recorded")
    assert len(await desk.published()) == 1


async def test_only_the_owing_unit_records_attempts_and_sees_what_it_owes(desk: Desk) -> None:
    village = await desk.door.of(VILLAGE)
    answer = await village.post(f"/notices/{desk.case_id}/{desk.task_of(VILLAGE)}/attempts", attempted(desk.log.now))
    assert answer.status_code == 404
    assert (await village.get("/notices")).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"result": "reached"}, ""),
        ({"result": "asleep"}, "/result"),
        ({"channel": "inbox"}, "/channel"),
        ({"at": "2030-03-02T09:00:00+08:00"}, "/at"),
    ],
)
async def test_wrong_attempt_is_told_what_would_be_right(desk: Desk, change: dict[str, str], field: str) -> None:
    path = f"/notices/{desk.case_id}/{desk.task_of(VILLAGE)}/attempts"
    answer = await (await desk.door.of(STATION)).post(path, attempted(desk.log.now) | change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_what_is_owed_is_paged_from_old_to_new(desk: Desk) -> None:
    for _ in range(2):
        desk.log.wait(minutes=1)
        desk.log.served()
    await desk.feed.give(desk.log.facts)
    station = await desk.door.of(STATION)
    whole = (await station.get("/notices", limit=200)).json()["items"]
    first = (await station.get("/notices", limit=4)).json()
    rest = (await station.get("/notices", limit=200, after=first["next"])).json()
    assert [*first["items"], *rest["items"]] == whole
    assert [item["opened_at"] for item in whole] == sorted(item["opened_at"] for item in whole)


async def test_second_proof_that_says_otherwise_is_refused_with_the_first(desk: Desk) -> None:
    station = await desk.door.of(STATION)
    path = f"/notices/{desk.case_id}/{desk.task_of(VILLAGE)}/proof"
    paper = {"channel": "paper", "document": "回执-1", "told_at": desk.log.now.isoformat()}
    await station.post(path, paper)
    other = await station.post(path, by_phone(desk.log.now))
    assert (other.status_code, other.json()["code"]) == (409, "already-proved")
    assert other.json()["proof"]["proof"] == "回执-1"


async def test_only_the_owing_unit_may_prove_by_hand(desk: Desk) -> None:
    path = f"/notices/{desk.case_id}/{desk.task_of(VILLAGE)}/proof"
    assert (
        await (await desk.door.of("police-station@330302002")).post(path, by_phone(desk.log.now))
    ).status_code == 404
    assert (await (await desk.door.of(STATION, "report")).post(path, by_phone(desk.log.now))).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": "phone", "told_at": "2026-03-02T09:00:00+08:00"}, "/name"),
        ({"channel": "phone", "name": " ", "told_at": "2026-03-02T09:00:00+08:00"}, "/name"),
        ({"channel": "phone", "name": "李某", "told_at": "2026-03-02T09:00:00"}, "/told_at"),
        ({"channel": "phone", "name": "李某", "told_at": "2030-03-02T09:00:00+08:00"}, "/told_at"),
        ({"channel": "pigeon"}, "/channel"),
    ],
)
async def test_wrong_proof_is_told_what_would_be_right(desk: Desk, body: dict[str, Any], field: str) -> None:
    answer = await (await desk.door.of(STATION)).post(f"/notices/{desk.case_id}/{desk.task_of(VILLAGE)}/proof", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await desk.published() == []


async def test_redelivered_facts_and_a_new_epoch_keep_proofs_and_addresses(desk: Desk) -> None:
    village = await desk.door.of(VILLAGE, "report")
    (item,) = (await village.get("/inbox")).json()["items"]
    await village.post(f"/inbox/{item['notice_id']}/read")
    await desk.feed.give(desk.log.facts)
    await desk.feed.give(desk.log.facts, epoch=2)
    (kept,) = (await village.get("/inbox", all="true")).json()["items"]
    assert (kept["notice_id"], kept["state"]) == (item["notice_id"], "read")


async def test_proof_that_nobody_heard_is_sent_again_with_the_same_id_until_the_notice_ends(desk: Desk) -> None:
    village = await desk.door.of(VILLAGE, "report")
    (item,) = (await village.get("/inbox")).json()["items"]
    await village.post(f"/inbox/{item['notice_id']}/read")
    await send_again(desk.db, seconds=60)
    assert len(await desk.published()) == 1
    await send_again(desk.db, seconds=0)
    first, second = await desk.published()
    assert first == second
    await desk.feed.give([desk.log.prove(first.case_id, first.task_id)])
    await send_again(desk.db, seconds=0)
    assert len(await desk.published()) == 2


async def test_inbox_pages_go_from_new_to_old(desk: Desk) -> None:
    for _ in range(4):
        desk.log.wait(minutes=1)
        desk.log.served()
    await desk.feed.give(desk.log.facts)
    federation = await desk.door.of("womens-federation@330382")
    first = (await federation.get("/inbox", limit=3)).json()
    rest = (await federation.get("/inbox", limit=3, after=first["next"])).json()
    opened_at = [item["opened_at"] for item in [*first["items"], *rest["items"]]]
    assert len(opened_at) == 5
    assert opened_at == sorted(opened_at, reverse=True)
    assert rest["next"] is None


async def test_proof_reaches_the_topic_keyed_by_its_case(
    running: Running, admin_database: Database, create: Create
) -> None:
    async with running("notices", create) as service:
        desk = Desk(service, admin_database)
        village = await desk.door.of(VILLAGE, "report")
        await until_ready(village)
        await set_clock(admin_database, desk.log.now + timedelta(minutes=5))
        await send_facts(service.settings, desk.log.facts)
        await eventually(lambda: _is_told(village))
        (item,) = (await village.get("/inbox")).json()["items"]
        await village.post(f"/inbox/{item['notice_id']}/read")
        topic = service.settings.namespace + NOTICE_EVENTS.name
        bootstrap = service.settings.kafka_bootstrap
        async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
            record = await asyncio.wait_for(consumer.getone(), PATIENT_SECONDS)
        assert record.key == str(desk.case_id).encode()
        assert dict(record.headers)["ce_id"].decode() == f"{desk.case_id}/{desk.task_of(VILLAGE)}/proved"
        assert NoticeProved.read(record.value).proved_at == desk.log.now + timedelta(minutes=5)


async def _is_told(client: Client) -> bool:
    return bool((await client.get("/inbox")).json()["items"])
