"""Notices through the gateway: never lost, written once, and no number or name outside the vault."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs
from nacl.public import PublicKey, SealedBox

from contracts.cases import Fact, NoticeProved, ReportAttached, TaskOpened
from contracts.codes import SubjectRole
from contracts.submission import Contact, Person, Sealed
from contracts.topics import NOTICE_EVENTS
from contracts.vault import SealedReport
from services.notices import app
from services.notices.delivery import Delivery
from services.notices.handlers import handle
from services.notices.settings import NoticesSettings
from services.notices.store import MOST_TRIES
from services.platform.clock import DatabaseClock
from services.platform.database import Database
from services.platform.gateway import FileGateway, GatewayError, Message, Receipt
from services.platform.kafka import create_topics
from services.platform.vault_client import VaultClient
from services.vault.keys import load_keys
from tests.case_logs import STATION, VILLAGE, CaseLog
from tests.integration.platform_fixtures import PATIENT_SECONDS, admin_database, eventually, space
from tests.integration.reading import Door, Feed, send_facts, set_clock
from tests.integration.reporting_fixtures import VAULT, City, city, read_topic

__all__ = ["admin_database", "city", "space"]

ADDRESSES = {VILLAGE: "unit-7"}
PHONE, NAME = "13912345678", "欧阳小红"


@dataclass
class Flaky:
    """A gateway that fails for as long as `reasons` lasts, then writes to the file."""

    file: Path
    reasons: list[GatewayError] = field(default_factory=list)

    async def send(self, message: Message) -> Receipt:
        if self.reasons:
            raise self.reasons.pop()
        return await FileGateway(self.file).send(message)


@dataclass
class Post:
    """The tables of notices, a case whose letter was just served, and what the gateway wrote."""

    city: City
    db: Database
    feed: Feed
    log: CaseLog
    file: Path
    case_id: UUID
    vault: VaultClient

    def delivery(self, gateway: Any = None, **changes: Any) -> Delivery:
        gateway = gateway or FileGateway(self.file)
        options = {"retry_seconds": 0.0, **changes}
        return Delivery(self.db, DatabaseClock(), self.vault, gateway, ADDRESSES, **options)

    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    async def published(self) -> list[NoticeProved]:
        rows = await self.city.fetch("notices", "SELECT value FROM outbox ORDER BY seq")
        return [NoticeProved.read(row["value"]) for row in rows]

    def to_person(self, role: str) -> list[Fact]:
        """The log, with the village's notice to a person instead."""

        def changed(fact: Fact) -> Fact:
            return structs.replace(fact, effects=tuple(_to_person(effect, role) for effect in fact.effects))

        return [changed(fact) for fact in self.log.facts]

    @property
    def report_id(self) -> UUID:
        (attached,) = self.log.facts[0].of(ReportAttached)
        found: UUID = attached.report.report_id
        return found

    async def seal(self, report_id: UUID, role: SubjectRole = SubjectRole.VICTIM) -> None:
        """A report about a person with a number, in the running vault."""
        content = Sealed(persons={role: Person(name=NAME, phone=PHONE)}, reporter_identity=Contact(name="李秋实"))
        box = SealedBox(PublicKey(load_keys(self.city.folder / "vault.key").public))
        report = SealedReport(report_id=report_id, sealed=bytes(box.encrypt(content.to_json())))
        await self.vault.hand_over({report.report_id: report.sealed})


def _to_person(effect: Any, role: str) -> Any:
    if not isinstance(effect, TaskOpened) or effect.task.addressee != VILLAGE:
        return effect
    told = {"addressee": None, "addressee_role": role, "template": "recall"}
    return structs.replace(effect, task=structs.replace(effect.task, **told))


@pytest.fixture
async def post(city: City, admin_database: Database) -> AsyncIterator[Post]:
    city.dsns |= await city.space.provision("notices")
    db = Database(city.dsns["notices"], "notices", namespace=city.space.namespace)
    await db.open()
    log = CaseLog()
    case_id = log.served()
    await set_clock(admin_database, log.now)
    vault = VaultClient(f"http://127.0.0.1:{city.vault_port}", city.tokens[VAULT])
    yield Post(city, db, Feed(db, handle), log, city.folder / "units.jsonl", case_id, vault)
    await vault.close()
    await db.close()


def files(city: City) -> dict[str, str]:
    return {"gateway": f"file:{city.folder / 'persons.jsonl'}"}


def persons(city: City) -> list[str]:
    path = city.folder / "persons.jsonl"
    return [json.loads(line)["to"] for line in path.read_text().splitlines()] if path.exists() else []


# To units


async def test_a_unit_with_an_address_is_written_to_once_and_that_proves_the_notice(post: Post) -> None:
    await post.feed.give(post.log.facts)
    delivery = post.delivery()
    await delivery.send_some()
    await delivery.send_some()
    (line,) = post.lines()
    assert line["to"] == "unit-7"
    assert "情况通报" in line["text"]
    (event,) = await post.published()
    assert (event.channel, event.proof, event.by_unit) == ("gateway", f"file/{line['message_id']}", STATION)
    assert event.proved_at == post.log.now


async def test_units_without_an_address_and_notices_that_have_ended_are_left_alone(post: Post) -> None:
    await post.feed.give(post.log.facts)
    tasks = post.log.cases[post.case_id].tasks.values()
    await post.feed.give([post.log.prove(post.case_id, next(t.task_id for t in tasks if t.addressee == VILLAGE))])
    await post.delivery().send_some()
    assert post.lines() == []


async def test_a_gateway_that_fails_is_tried_again_until_it_works(post: Post) -> None:
    await post.feed.give(post.log.facts)
    delivery = post.delivery(Flaky(post.file, [GatewayError("busy"), GatewayError("busy")]))
    for _ in range(2):
        await delivery.send_some()
        assert await post.published() == []
    await delivery.send_some()
    assert len(post.lines()) == len(await post.published()) == 1


async def test_the_next_try_waits_longer_each_time(post: Post) -> None:
    await post.feed.give(post.log.facts)
    delivery = post.delivery(Flaky(post.file, [GatewayError("busy")] * 9), retry_seconds=60)
    for seconds in (60, 120, 240):
        before = datetime.now(UTC)
        await delivery.send_some()
        (row,) = await post.city.fetch("notices", "SELECT due_at FROM delivery")
        assert before <= row["due_at"] - timedelta(seconds=seconds) <= datetime.now(UTC)
        async with post.db.transaction() as conn:
            await conn.execute("UPDATE delivery SET due_at = now()")


async def test_after_enough_failures_the_notice_is_open_and_shown_as_failed(post: Post, service: Door) -> None:
    await post.feed.give(post.log.facts)
    gateway = Flaky(post.file, [GatewayError("busy")] * (MOST_TRIES + 1))
    for _ in range(MOST_TRIES + 1):
        await post.delivery(gateway).send_some()
    assert len(gateway.reasons) == 1
    assert await owed(service, VILLAGE) == {"state": "failed", "tries": MOST_TRIES, "reason": "busy"}


async def test_what_is_refused_for_good_is_not_tried_again(post: Post, service: Door) -> None:
    await post.feed.give(post.log.facts)
    gateway = Flaky(post.file, [GatewayError("never_twice"), GatewayError("no_such_number", final=True)])
    await post.delivery(gateway).send_some()
    await post.delivery(gateway).send_some()
    assert await owed(service, VILLAGE) == {"state": "failed", "tries": 1, "reason": "no_such_number"}


async def test_a_gateway_that_breaks_its_promise_does_not_hold_up_the_others(post: Post) -> None:
    for _ in range(2):
        post.log.served()
    await post.feed.give(post.log.facts)

    class Broken(Flaky):
        async def send(self, message: Message) -> Receipt:
            if message.message_id == first:
                raise KeyError(message.to)
            return await super().send(message)

    (row, *_) = await post.city.fetch("notices", "SELECT notice_id FROM notice WHERE addressee = $1", VILLAGE)
    first = row["notice_id"]
    await post.delivery(Broken(post.file)).send_some()
    assert len(post.lines()) == 2
    (row,) = await post.city.fetch("notices", "SELECT reason FROM delivery WHERE reason IS NOT NULL")
    assert row["reason"] == "gateway_failed"


async def test_two_that_send_at_once_take_each_notice_once(post: Post) -> None:
    for _ in range(5):
        post.log.served()
    await post.feed.give(post.log.facts)
    await asyncio.gather(*(post.delivery(retry_seconds=60).send_some() for _ in range(3)))
    rows = await post.city.fetch("notices", "SELECT tries FROM delivery")
    assert [row["tries"] for row in rows] == [1] * 6
    assert len(post.lines()) == len(await post.published()) == 6


async def test_who_has_not_read_the_log_sends_nothing(post: Post) -> None:
    await post.feed.give(post.log.facts)
    await post.delivery(caught_up=lambda: False).send_some()
    assert post.lines() == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from services.notices.delivery import Delivery
from services.platform.clock import DatabaseClock
from services.platform.database import Database
from services.platform.gateway import FileGateway

class Killed(FileGateway):
    async def send(self, message):
        await super().send(message)
        os.kill(os.getpid(), signal.SIGKILL)

async def main(dsn, namespace, file, unit):
    db = Database(dsn, "notices", namespace=namespace)
    await db.open()
    await Delivery(db, DatabaseClock(), None, Killed(Path(file)), {unit: "unit-7"}, retry_seconds=0.0).send_some()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_between_sending_and_keeping_the_receipt_it_sends_the_same_and_one_line_is_there(
    post: Post,
) -> None:
    await post.feed.give(post.log.facts)
    told = [post.city.dsns["notices"], post.city.space.namespace, str(post.file), VILLAGE]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, *told, env={**os.environ})
    assert await asyncio.wait_for(process.wait(), PATIENT_SECONDS) == -9
    (line,) = post.lines()
    assert await post.published() == []
    sent: list[Message] = []

    class Listening(FileGateway):
        async def send(self, message: Message) -> Receipt:
            sent.append(message)
            return await super().send(message)

    await post.delivery(Listening(post.file)).send_some()
    assert [str(message.message_id) for message in sent] == [line["message_id"]]
    assert post.lines() == [line]
    assert [event.channel for event in await post.published()] == ["gateway"]


# To persons


async def test_a_person_of_the_case_is_written_to_by_the_vault(post: Post) -> None:
    await post.feed.give(post.to_person("victim"))
    async with post.city.vault(**files(post.city)):
        await post.seal(post.report_id)
        await post.delivery().send_some()
    assert persons(post.city) == [PHONE]
    (event,) = await post.published()
    assert event.channel == "gateway"
    (row,) = await post.city.fetch("vault", "SELECT purpose, report_id, found FROM access_log")
    assert tuple(row) == ("notice", post.report_id, True)


async def test_no_number_or_name_is_in_any_table_of_notices(post: Post, service: Door) -> None:
    await post.feed.give(post.to_person("victim"))
    async with post.city.vault(**files(post.city)):
        await post.seal(post.report_id)
        await post.delivery().send_some()
    station = await service.of(STATION)
    body = {"channel": "phone", "result": "reached", "at": post.log.now.isoformat(), "name": NAME}
    items = (await station.get("/notices")).json()["items"]
    answer = await station.post(f"/notices/{items[0]['case_id']}/{items[0]['task_id']}/attempts", body)
    assert answer.status_code == 201
    tables = await post.city.table_bytes("notices")
    assert {"attempt", "delivery", "notice", "outbox", "proof"} <= tables.keys()
    assert STATION in tables["notice"]
    assert [table for table, text in tables.items() if PHONE in text or NAME in text] == []
    assert persons(post.city) == [PHONE]


async def test_a_vault_that_is_down_is_tried_again(post: Post) -> None:
    await post.feed.give(post.to_person("victim"))
    await post.delivery().send_some()
    (row,) = await post.city.fetch("notices", "SELECT reason, final FROM delivery")
    assert tuple(row) == ("vault_not_reached", False)
    async with post.city.vault(**files(post.city)):
        await post.seal(post.report_id)
        await post.delivery().send_some()
    assert len(await post.published()) == 1


async def test_a_person_without_a_number_fails_with_the_reason(post: Post, service: Door) -> None:
    await post.feed.give(post.to_person("guardian"))
    async with post.city.vault(**files(post.city)):
        await post.seal(post.report_id)
        await post.delivery().send_some()
    assert await owed(service, None) == {"state": "failed", "tries": 1, "reason": "no_phone"}


async def test_a_person_of_a_case_that_another_opened_is_found_by_the_role_there(post: Post) -> None:
    """The case that was opened may be read before the one that opened it."""
    log = CaseLog(seed=3)
    parent = log.report("mandatory_report", "liandong.report.submitted.v1", kind="harm_to_minor", minor=True)
    (report,) = log.facts[0].of(ReportAttached)
    child = log.new_id()
    await post.feed.give([_child_fact(post, child, parent)])
    async with post.city.vault(**files(post.city)):
        await post.seal(report.report.report_id)
        await post.delivery().send_some()
        (row,) = await post.city.fetch("notices", "SELECT reason FROM delivery")
        assert row["reason"] == "report_not_known"
        await post.feed.give(_opening(log.facts[0], child))
        await post.delivery().send_some()
    assert persons(post.city) == [PHONE]


def _child_fact(post: Post, child: UUID, parent: UUID) -> Fact:
    """The first fact of a case that another opened, with a notice to the child."""
    first, last = post.log.facts[0], post.to_person("child")[-1]
    opened = structs.replace(first.effects[0], parent_case_id=parent)
    tasks = [effect for effect in last.of(TaskOpened) if effect.task.addressee_role]
    return structs.replace(first, case_id=child, effects=(opened, *tasks))


def _opening(first: Fact, child: UUID) -> list[Fact]:
    opening = {
        "effect": "child_opened",
        "case_id": str(child),
        "workflow": "child_referral",
        "state": "received",
        "relation": "protection",
        "roles": {"victim": "child"},
    }
    whole = json.loads(first.to_json())
    second = Fact.read(json.dumps({**whole, "version": 2, "effects": [opening]}))
    return [first, second]


# The whole service


@asynccontextmanager
async def running(post: Post, **changes: Any) -> AsyncIterator[Any]:
    """The service on a real broker, writing to files."""
    settings = NoticesSettings(
        postgres_dsn=post.city.dsns["notices"],
        kafka_bootstrap=post.city.bootstrap,
        namespace=post.city.space.namespace,
        vault_url=f"http://127.0.0.1:{post.city.vault_port}",
        service_token=post.city.tokens[VAULT],
        vault_public_key_file=post.city.folder / "vault.pub",
        **changes,
    )
    service = app.create(settings)
    async with service.running():
        yield service


@pytest.fixture
async def service(post: Post, admin_database: Database) -> Door:
    """The door of the service, beside tables that are filled by hand."""
    settings = NoticesSettings(
        postgres_dsn=post.city.dsns["notices"],
        namespace=post.city.space.namespace,
        vault_public_key_file=post.city.folder / "vault.pub",
    )
    made = app.create(settings)
    made.app.state.db = post.db
    return Door(made, admin_database)


async def owed(door: Door, addressee: str | None) -> Any:
    items = (await (await door.of(STATION)).get("/notices")).json()["items"]
    return next(item["delivery"] for item in items if item["addressee"] == addressee)


async def test_the_service_tells_person_and_unit_and_says_so_on_the_topic_without_naming_anyone(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    city = post.city
    await create_topics(city.bootstrap, city.space.namespace, topics=(NOTICE_EVENTS,))
    post.log.served()
    facts = [*post.to_person("victim")[: len(post.log.facts) // 2], *post.log.facts[len(post.log.facts) // 2 :]]
    (city.folder / "addresses").write_text(f"{VILLAGE} unit-7\n")
    told = {
        "gateway": f"file:{post.file}",
        "gateway_addresses_file": city.folder / "addresses",
        "gateway_retry_seconds": 0.5,
        "resend_seconds": 3600,  # nobody closes these notices
    }
    async with city.vault(**files(city)), running(post, **told) as service:
        await post.seal(post.report_id)
        await send_facts(service.settings, facts)
        topic = city.space.namespace + NOTICE_EVENTS.name

        async def both_are_told() -> bool:
            return len(await read_topic(city.bootstrap, topic, NOTICE_EVENTS.partitions)) == 2

        await eventually(both_are_told)
        records = await read_topic(city.bootstrap, topic, NOTICE_EVENTS.partitions)
    assert persons(city) == [PHONE]
    assert [line["to"] for line in post.lines()] == ["unit-7"]
    assert {NoticeProved.read(record.value).channel for record in records} == {"gateway"}
    output = capsys.readouterr().out
    seen = [output, str(records), *(await city.table_bytes("notices")).values(), post.file.read_text()]
    assert "started" in output
    assert [text[:80] for text in seen if PHONE in text or NAME in text] == []


async def test_without_a_gateway_notices_stay_for_people(post: Post) -> None:
    async with running(post) as service:
        await send_facts(service.settings, post.to_person("victim"))

        async def is_read() -> bool:
            return bool(await post.city.fetch("notices", "SELECT 1 FROM notice"))

        await eventually(is_read)
        assert "delivery" not in [worker.name for worker in service._workers]
    assert await post.city.fetch("notices", "SELECT 1 FROM delivery") == []
