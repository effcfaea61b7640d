"""Casework as it runs: records in from real Kafka, facts and answers out, workers over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]

from contracts.base import Contract
from contracts.cases import ActionAnswered, ActionRequested, Fact, NoticeProved
from contracts.intake import IntakeEvent
from contracts.topics import CASE_EVENTS, CASE_REPLIES, COMMANDS_POLICE, DEAD_LETTERS, INTAKE_EVENTS, NOTICE_EVENTS
from services.casework import api, store
from services.casework.app import build
from services.casework.settings import CaseworkSettings
from services.platform.auth import issue_token
from services.platform.clock import set_simulated
from services.platform.database import Database
from services.platform.ids import new_id
from services.platform.service import Service
from tests.integration.casework_fixtures import HOSPITAL, MONDAY, STATION, TOKEN_KEY, dv_call, harm
from tests.integration.platform_fixtures import (
    PATIENT_SECONDS,
    CreateTopics,
    Space,
    admin_database,
    eventually,
    producing,
    space,
    topics,
)

__all__ = ["admin_database", "space", "topics"]

BUREAU, STRANGER = "police-bureau@330382", "police-station@330382002"


@dataclass
class House:
    """A running casework with a police system beside it."""

    service: Service
    space: Space
    bootstrap: str
    admin: Database
    producer: AIOKafkaProducer
    tokens: dict[str, str]

    async def send(self, topic: str, key: str, id_: str, type_: str, body: bytes, **headers: bytes) -> None:
        envelope = {"ce_specversion": b"1.0", "ce_id": id_.encode(), "ce_type": type_.encode(), "ce_source": b"/test"}
        await self.producer.send_and_wait(
            self.space.namespace + topic, body, key=key.encode() or None, headers=list((envelope | headers).items())
        )

    async def report(self, event: IntakeEvent) -> None:
        await self.send(INTAKE_EVENTS.name, event.subjects[0].token, event.event_id, event.TYPE, event.to_json())

    async def ask(self, request: Contract, id_: str) -> None:
        key = str(getattr(request, "case_id", ""))
        await self.send(COMMANDS_POLICE.name, key, id_, COMMANDS_POLICE.types[0], request.to_json())

    async def case_of(self, event: IntakeEvent) -> UUID:
        """Wait for its fact."""
        await eventually(lambda: self.outcome(event.event_id))
        found = await self.value("SELECT case_id FROM cause WHERE cause_id = $1", event.event_id)
        assert isinstance(found, UUID)
        return found

    async def outcome(self, cause: str) -> Any:
        return await self.value("SELECT outcome FROM cause WHERE cause_id = $1", cause)

    async def held(self) -> list[str]:
        async with self.service.db.connection() as conn:
            return [row["reason"] for row in await conn.fetch("SELECT reason FROM quarantine ORDER BY id")]

    async def value(self, query: str, *values: Any) -> Any:
        async with self.service.db.connection() as conn:
            return await conn.fetchval(query, *values)

    def client(self, unit: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.tokens[unit]}"}
        transport = httpx.ASGITransport(self.service.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://casework", headers=headers)

    async def act(
        self, unit: str, case_id: UUID, action: str, version: int, key: str = "", **body: Any
    ) -> httpx.Response:
        headers = {"idempotency-key": key or str(new_id()), "if-match": f'"{version}"'}
        async with self.client(unit) as client:
            return await client.post(
                f"/cases/{case_id}/actions/{action}", json={"worker": "w1"} | body, headers=headers
            )

    async def read(self, topic: str, count: int) -> list[Any]:
        consumer = AIOKafkaConsumer(
            self.space.namespace + topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            async with asyncio.timeout(PATIENT_SECONDS):
                return [await consumer.getone() for _ in range(count)]
        finally:
            await consumer.stop()


@pytest.fixture
async def house(
    space: Space, kafka_bootstrap: str, admin_database: Database, topics: CreateTopics, tmp_path: Path
) -> AsyncIterator[House]:
    await topics()
    async with _running(space, kafka_bootstrap, admin_database, tmp_path) as house:
        yield house


@asynccontextmanager
async def _running(space: Space, bootstrap: str, admin: Database, folder: Path) -> AsyncIterator[House]:
    (folder / "pseudonym.key").write_bytes(b"k" * 32)
    (folder / "token.key").write_bytes(TOKEN_KEY)
    dsns = await space.provision("casework")
    async with admin.transaction() as conn:
        await set_simulated(conn, MONDAY)
        tokens = {unit: await issue_token(conn, unit, ["act"]) for unit in (STATION, BUREAU, STRANGER, HOSPITAL)}
    settings = CaseworkSettings(
        postgres_dsn=dsns["casework"],
        kafka_bootstrap=bootstrap,
        namespace=space.namespace,
        pseudonym_key_file=folder / "pseudonym.key",
        token_key_file=folder / "token.key",
        park_seconds=0.5,
    )
    service = build(settings)
    async with service.running(), producing(bootstrap) as producer:
        yield House(service, space, bootstrap, admin, producer, tokens)


def requested(case_id: UUID, action: str, unit: str = STATION, at: datetime = MONDAY, **fields: Any) -> ActionRequested:
    return ActionRequested(case_id=case_id, action=action, unit=unit, worker="w1", occurred_at=at, fields=fields)


async def test_two_processes_of_the_same_name_give_every_report_one_effect(house: House, tmp_path: Path) -> None:
    calls = [dv_call(f"v{number}", f"x{number}") for number in range(40)]
    for call in calls[:20]:
        await house.report(call)
    async with _running(house.space, house.bootstrap, house.admin, tmp_path) as other:
        for call in calls[20:]:
            await house.report(call)
        for call in calls:
            await house.case_of(call)
        assert await house.value("SELECT count(*) FROM case_state") == len(calls)
        assert await house.value("SELECT count(*) FROM case_fact") == len(calls)
        assert await house.value("SELECT sum(applied) FROM fence WHERE topic = $1", INTAKE_EVENTS.name) == len(calls)
        assert (house.service.failure, other.service.failure, await house.held()) == (None, None, [])


async def test_report_from_kafka_becomes_a_case_and_its_fact_is_published_with_the_epoch(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    [record] = await house.read(CASE_EVENTS.name, 1)
    headers = dict(record.headers)
    fact = Fact.read(record.value)
    assert (fact.case_id, fact.cause) == (case_id, call.event_id)
    assert (headers["ce_id"].decode(), headers["logepoch"]) == (f"{case_id}/1", b"1")
    assert record.key.decode() == str(case_id)


async def test_bad_records_are_held_with_their_reason_and_good_neighbours_go_on(house: House) -> None:
    call, topic = dv_call(), INTAKE_EVENTS.name
    type_ = call.TYPE
    await house.send(topic, "v1", "e1", type_, b"{ not json")
    await house.send(topic, "v1", "e2", "liandong.unknown.happened.v9", call.to_json())
    await house.send(topic, "v1", "e3", type_, b'{"region": "330382001"}')
    await house.send(topic, "", "e4", type_, call.to_json())
    await house.send(topic, "v1", "e5", type_, call.to_json(), ce_subject=b"\xff\xfe")
    await house.send(topic, "v1", "e6", type_, call.to_json())
    stranger = dv_call()
    made_up = stranger.to_json().replace(stranger.subjects[0].token.encode(), b"p" + b"0" * 40)
    await house.send(topic, "v1", stranger.event_id, type_, made_up)
    await house.report(call)
    await house.case_of(call)
    await eventually(lambda: _all_held(house, 7))
    reasons = sorted(await house.held())
    assert [reason.partition(":")[0] for reason in reasons] == [
        "header-not-utf-8",
        "id-is-not-the-report",
        "no-key",
        "no-such-person-token",
        "schema",
        "schema",
        "unknown-type",
    ]
    assert len(await house.read(DEAD_LETTERS.name, 7)) == 7


async def _all_held(house: House, count: int) -> bool:
    return len(await house.held()) >= count


async def test_police_system_acts_over_kafka_and_is_answered(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    await house.ask(requested(case_id, "dispatch"), "cmd-1")
    await house.ask(requested(case_id, "warn"), "cmd-2")
    await house.ask(requested(UUID(int=5), "dispatch"), "cmd-3")  # answered when its case has not come in time
    answers = {a.request_id: a for r in await house.read(CASE_REPLIES.name, 3) for a in [ActionAnswered.read(r.value)]}
    assert answers["cmd-1"].accepted
    assert answers["cmd-1"].version == 2
    assert not answers["cmd-2"].accepted
    assert "assess" in answers["cmd-2"].allowed
    assert answers["cmd-3"].problem == "没有这个案件"


async def test_police_system_may_not_speak_for_the_procuratorate(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    await house.ask(requested(case_id, "dispatch", unit="procuratorate@330382"), "cmd-1")
    await eventually(lambda: _all_held(house, 1))
    assert await house.held() == ["may-not-speak-for-unit"]


async def test_proof_of_a_notice_ends_its_task(house: House) -> None:
    report = harm()
    await house.report(report)
    case_id = await house.case_of(report)
    answer = await house.act(STATION, case_id, "receive", 1, fields={"receipt_no": "回执1", "track": "criminal"})
    [receipt] = [t for t in answer.json()["case"]["tasks"].values() if t["kind"] == "receipt"]
    proof = NoticeProved(
        case_id=case_id, task_id=receipt["task_id"], channel="inbox", proof="p1", proved_at=MONDAY, by_unit=STATION
    )
    for _ in range(2):
        await house.send(NOTICE_EVENTS.name, str(case_id), "n1", NOTICE_EVENTS.types[0], proof.to_json())
    await eventually(lambda: house.outcome("notice.events/n1"))
    assert await house.value("SELECT version FROM case_state WHERE case_id = $1", case_id) == 3


async def test_worker_sees_the_case_what_may_be_done_and_the_new_state(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    async with house.client(STATION) as client:
        seen = await client.get(f"/cases/{case_id}")
    assert seen.headers["etag"] == '"1"'
    assert [action["name"] for action in seen.json()["allowed"]] == [
        "close_without_decision",
        "dispatch",
        "raise_urgent_danger",
        "refer_child",
        "refer_support",
        "request_protection_order",
        "request_shelter",
    ]
    assert {"出警到场", "报告紧急危险"} <= {action["title"] for action in seen.json()["allowed"]}
    answer = await house.act(STATION, case_id, "dispatch", 1)
    assert (answer.status_code, answer.json()["state_title"]) == (200, "现场处置")


async def test_reporter_is_shown_to_the_accountable_unit_and_hidden_from_the_others(house: House) -> None:
    report = harm()
    await house.report(report)
    case_id = await house.case_of(report)
    async with house.client(STATION) as client:
        seen = (await client.get(f"/cases/{case_id}")).json()
    async with house.client(HOSPITAL) as client:
        shown = (await client.get(f"/cases/{case_id}")).json()
        log = await client.get(f"/cases/{case_id}/facts")
    assert [r["reporter_unit"] for r in seen["case"]["reports"].values()] == [HOSPITAL]
    assert [r["reporter_category"] for r in shown["case"]["reports"].values()] == ["other"]
    assert HOSPITAL not in json.dumps(shown["case"]["reports"])
    assert log.status_code == 403
    assert [task["kind"] for task in shown["case"]["tasks"].values()] == ["file_to_authority"]


async def test_repeated_request_gets_the_same_answer_and_has_one_effect(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    first, again = [await house.act(STATION, case_id, "dispatch", 1, key="key-12345") for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    other = await house.act(STATION, case_id, "verify", 1, key="key-12345", fields={"reason": "disputed"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_request_whose_first_attempt_takes_the_case_away_meanwhile_is_answered_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    monkeypatch.setattr(api, "is_visible", lambda _, case, __: case.version == 1)
    looks: list[str] = []

    def then_the_first_attempt(name: str) -> None:
        look = getattr(store, name)

        async def looked(*args: Any) -> Any:
            looks.append(name)
            found = await look(*args)
            if len(looks) == 1:
                assert (await house.act(STATION, case_id, "dispatch", 1, key="key-12345")).status_code == 200
            return found

        monkeypatch.setattr(store, name, looked)

    then_the_first_attempt("find_case")
    then_the_first_attempt("find_causes")
    again = await house.act(STATION, case_id, "dispatch", 1, key="key-12345")
    assert again.status_code == 200


async def test_refusals_are_problems_that_say_why(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    tomorrow = {"occurred_at": "2099-01-01T00:00:00+08:00"}
    refusals = [
        (await house.act(STATION, case_id, "warn", 1), 409, "not_allowed_here"),
        (await house.act(BUREAU, case_id, "dispatch", 1), 409, "wrong_unit"),
        (await house.act(STRANGER, case_id, "dispatch", 1), 404, "no_such_case"),
        (await house.act(STATION, case_id, "dispatch", 7), 412, "stale_version"),
        (await house.act(STATION, case_id, "dispatch", 1, fields={"x": 1}), 422, "bad_fields"),
        (await house.act(STATION, case_id, "dispatch", 1, **tomorrow), 422, "bad_fields"),
    ]
    for answer, status, code in refusals:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"


async def test_request_without_a_token_or_a_version_is_refused(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    async with house.client(STATION) as client:
        missing = await client.post(f"/cases/{case_id}/actions/dispatch", json={"worker": "w1"})
        client.headers.pop("authorization")
        unknown = await client.get(f"/cases/{case_id}")
        alive = await client.get("/health/live")
    assert (missing.status_code, unknown.status_code, alive.status_code) == (422, 401, 200)


async def test_alarm_fires_when_domain_time_reaches_it(house: House) -> None:
    call = dv_call()
    await house.report(call)
    case_id = await house.case_of(call)
    async with house.admin.transaction() as conn:
        await set_simulated(conn, MONDAY.replace(hour=10))
    await eventually(lambda: house.value("SELECT version = 2 FROM case_state WHERE case_id = $1", case_id))
    async with house.client(BUREAU) as client:
        log = (await client.get(f"/cases/{case_id}/facts")).json()
    assert log[-1]["trigger"] == "expired"
