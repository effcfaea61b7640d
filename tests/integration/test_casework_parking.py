"""Commands and proofs that cannot be applied yet wait for their turn; what is held blocks its own case alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.cases import ActionAnswered, ActionRequested, RecordDiscarded
from contracts.quarantine import DiscardReason
from contracts.topics import COMMANDS_HEALTH, COMMANDS_POLICE, INTAKE_EVENTS, Topic
from services.casework.handlers import Casework
from services.casework.model import Incoming
from services.casework.parking import send_in_front
from services.casework.release import release
from services.casework.upkeep import note_discarded
from services.platform.database import Connection
from services.platform.events import Record
from services.platform.fence import Outcome
from services.platform.ids import new_id
from services.platform.quarantine import Held, discard, list_quarantined, repair, retry
from tests.integration.casework_fixtures import MONDAY, STATION, TOKEN_KEY, Desk, desk, dv_call
from tests.integration.platform_fixtures import database, space
from workflows.triggers import Reported

__all__ = ["database", "desk", "space"]

LONG, NONE = timedelta(hours=1), timedelta(0)
OFFICER = "2001"


class DeskClock:
    async def now(self, conn: Connection) -> datetime:  # noqa: ARG002
        return MONDAY


@dataclass
class House:
    """Casework given records by hand."""

    desk: Desk
    casework: Casework
    offset: int = 0

    def command(self, case_id: UUID, action: str, id_: str, topic: Topic = COMMANDS_POLICE, **fields: Any) -> Record:
        request = ActionRequested(
            case_id=case_id, action=action, unit=STATION, worker="w1", occurred_at=MONDAY, fields=fields
        )
        return self.record(topic, str(case_id), id_, request.to_json())

    def record(self, topic: Topic, key: str, id_: str, value: bytes) -> Record:
        self.offset += 1
        envelope = {"ce_specversion": "1.0", "ce_id": id_, "ce_type": topic.types[0], "ce_source": "/test"}
        headers = tuple((name, text.encode()) for name, text in envelope.items())
        return Record(topic.name, 0, self.offset, key.encode(), value, headers, 0)

    async def read(self, *records: Record) -> list[Outcome]:
        async with self.desk.db.transaction() as conn:
            return await self.casework.on_records(conn, records)

    async def release(self, patience: timedelta = LONG) -> None:
        """All whose turn has come."""
        while await release(self.desk.db, self.casework, patience):
            pass

    async def held(self) -> list[Held]:
        async with self.desk.db.connection() as conn:
            return list(await list_quarantined(conn))

    async def answers(self) -> list[ActionAnswered]:
        async with self.desk.db.connection() as conn:
            rows = await conn.fetch("SELECT value FROM outbox WHERE topic = 'case.replies' ORDER BY seq")
        return [ActionAnswered.read(row["value"]) for row in rows]

    async def triggers(self, case_id: UUID) -> list[str]:
        return [fact.trigger for fact in await self.desk.log(case_id)]


@pytest.fixture
def house(desk: Desk) -> House:
    return House(desk, Casework(desk.workflows, DeskClock(), b"k" * 32, TOKEN_KEY))


def coming(house: House, victim: str = "v1") -> tuple[Incoming, UUID]:
    """A report on its way, and the case that it will open."""
    item = house.desk.incoming(dv_call(victim))
    assert isinstance(item.trigger, Reported)
    return item, item.trigger.case_id


async def test_event_whose_case_is_not_here_waits_and_is_applied_when_it_comes(house: House) -> None:
    report, case_id = coming(house)
    assert await house.read(house.command(case_id, "dispatch", "c1")) == ["parked"]
    await house.release()
    assert await house.answers() == []
    await house.desk.run(report)
    await house.release()
    assert await house.triggers(case_id) == ["reported", "dispatch"]
    [answer] = await house.answers()
    assert (answer.request_id, answer.accepted, await house.held()) == ("c1", True, [])


async def test_event_whose_case_never_comes_is_held_in_the_end_and_whoever_asked_is_told(house: House) -> None:
    case_id = new_id()
    await house.read(house.command(case_id, "dispatch", "c1"))
    await house.release(NONE)
    [held] = await house.held()
    assert (held.reason, held.case_id) == ("no-such-case", case_id)
    [answer] = await house.answers()
    assert (answer.request_id, answer.accepted, answer.problem) == ("c1", False, "没有这个案件")
    assert await house.desk.count("parked_record") == 0


async def test_event_that_was_given_up_is_applied_when_it_is_retried_after_its_case_came(house: House) -> None:
    report, case_id = coming(house)
    await house.read(house.command(case_id, "dispatch", "c1"))
    await house.release(NONE)
    await house.desk.run(report)
    [held] = await house.held()
    async with house.desk.db.transaction() as conn:
        await retry(conn, held.id, by=OFFICER, send=send_in_front)
    await house.release()
    assert await house.triggers(case_id) == ["reported", "dispatch"]
    assert [answer.accepted for answer in await house.answers()] == [False, True]


async def test_events_behind_a_held_one_of_their_case_wait_and_those_of_other_cases_pass(house: House) -> None:
    one, other = [await house.desk.report(dv_call(victim)) for victim in ("v1", "v2")]
    before = house.command(one, "dispatch", "c1")
    bad = house.record(COMMANDS_POLICE, str(one), "c2", b"{ no json")
    behind = house.command(one, "assess", "c3")
    outcomes = await house.read(before, bad, behind, house.command(other, "dispatch", "c4"))
    assert outcomes == ["applied", "quarantined", "parked", "applied"]
    assert await house.read(house.command(one, "assess", "c5")) == ["parked"]
    await house.release()
    assert await house.triggers(one) == ["reported", "dispatch"]


async def test_one_systems_held_record_does_not_block_another_system(house: House) -> None:
    case_id = await house.desk.report(dv_call())
    health = house.record(COMMANDS_HEALTH, str(case_id), "h1", b"{ no json")
    assert await house.read(health, house.command(case_id, "dispatch", "c1")) == ["quarantined", "applied"]


async def test_repaired_record_comes_before_those_that_waited_behind_it(house: House) -> None:
    case_id = await house.desk.report(dv_call())
    good = house.command(case_id, "dispatch", "c1")
    bad = good._replace(value=b"{ cut off")
    behind = house.command(case_id, "request_shelter", "c2", consent="granted")
    assert await house.read(bad, behind) == ["quarantined", "parked"]
    [held] = await house.held()
    async with house.desk.db.transaction() as conn:
        await repair(conn, held.id, by=OFFICER, reason="cut off on the way", value=good.value)
        await retry(conn, held.id, by=OFFICER, send=send_in_front)
    await house.release()
    assert [answer.request_id for answer in await house.answers()] == ["c1", "c2"]
    assert (await house.triggers(case_id))[:2] == ["reported", "dispatch"]
    assert await house.read(good) == ["duplicate"]


async def test_record_that_fails_again_stays_in_front_of_those_behind_it(house: House) -> None:
    case_id = await house.desk.report(dv_call())
    bad = house.record(COMMANDS_POLICE, str(case_id), "c1", b"{ no json")
    await house.read(bad, house.command(case_id, "dispatch", "c2"))
    [held] = await house.held()
    async with house.desk.db.transaction() as conn:
        await retry(conn, held.id, by=OFFICER, send=send_in_front)
    await house.release()
    [again] = await house.held()
    assert (again.case_id, await house.desk.count("parked_record")) == (case_id, 1)
    assert await house.triggers(case_id) == ["reported"]


async def test_discard_stays_in_the_cases_log_with_its_reason_and_lets_the_others_go_on(house: House) -> None:
    case_id = await house.desk.report(dv_call())
    bad = house.record(COMMANDS_POLICE, str(case_id), "c1", b"{ no json")
    await house.read(bad, house.command(case_id, "dispatch", "c2"))
    [held] = await house.held()
    for _ in range(2):  # whoever was cut off between the two steps does both again
        assert await note_discarded(house.desk.db, house.desk.workflows, held, reason="unreadable", by=OFFICER)
    async with house.desk.db.transaction() as conn:
        await discard(conn, held.id, by=OFFICER, reason=DiscardReason.UNREADABLE)
    await house.release()
    log = await house.desk.log(case_id)
    assert [fact.trigger for fact in log] == ["reported", "record_discarded", "dispatch"]
    [noted] = log[1].of(RecordDiscarded)
    assert (noted.quarantine_id, noted.topic, noted.reason) == (held.id, COMMANDS_POLICE.name, "unreadable")
    assert log[1].worker == OFFICER


async def test_parked_record_that_breaks_the_handler_is_held_and_the_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (report, case_id), (other_report, other) = coming(house), coming(house, "v2")
    await house.read(house.command(case_id, "dispatch", "c1"), house.command(other, "dispatch", "c2"))
    await house.desk.run(report, other_report)
    released = Casework.on_released

    async def broken(self: Casework, conn: Connection, record: Record) -> None:
        if record.key == str(case_id).encode():
            raise KeyError
        await released(self, conn, record)

    monkeypatch.setattr(Casework, "on_released", broken)
    await house.release()
    assert [held.reason for held in await house.held()] == ["handler-failed: KeyError"]
    assert await house.triggers(other) == ["reported", "dispatch"]


async def test_what_became_of_each_record_is_told_in_their_order(house: House) -> None:
    call = dv_call()
    report = house.record(INTAKE_EVENTS, "p1", call.event_id, call.to_json())
    typed = tuple((name, call.TYPE.encode() if name == "ce_type" else value) for name, value in report.headers)
    report = report._replace(headers=typed)
    assert await house.read(report, report._replace(value=b""), report) == ["applied", "quarantined", "duplicate"]
    async with house.desk.db.connection() as conn:
        case_id = await conn.fetchval("SELECT case_id FROM case_state")
    refused = house.command(case_id, "warn", "c1")
    taken = house.command(case_id, "dispatch", "c2")
    assert await house.read(refused, taken, refused, report) == ["rejected", "applied", "duplicate", "duplicate"]
