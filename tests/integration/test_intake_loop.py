"""The loop is closed: a report is open until a case fact says that it arrived, and then follows its case."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from contracts.base import SHANGHAI
from contracts.cases import Fact, Report, ReportAttached, ReportProposed, StateEntered
from services.platform.ids import new_id
from tests.integration.platform_fixtures import eventually, producing, space
from tests.integration.reporting_fixtures import DESK, NAMES, City, city, report, send
from tests.integration.test_intake_reports import header, published

__all__ = ["city", "space"]

NOW = datetime(2026, 3, 4, 10, tzinfo=SHANGHAI)


def fact(case_id: UUID, version: int, cause: str, *effects: Any, minute: int = 0) -> Fact:
    return Fact(
        case_id=case_id,
        version=version,
        cause=cause,
        trigger="reported",
        occurred_at=NOW,
        decided_at=NOW.replace(minute=minute),
        workflow="mandatory-report",
        region="330382001",
        effects=effects,
    )


def told(report_id: str) -> Report:
    return Report(
        report_id=UUID(report_id),
        event_type="liandong.report.submitted.v1",
        reporter_category="medical",
        under_duty=True,
        submitted_at=NOW,
    )


def entered(public_state: Any) -> StateEntered:
    return StateEntered(state="any", title="任一", accountable="police-station@330382001", public_state=public_state)


async def state(intake: httpx.AsyncClient, receipt: str) -> str:
    return str((await intake.get(f"/reports/{receipt}")).json()["public_state"])


async def becomes(intake: httpx.AsyncClient, receipt: str, expected: str) -> None:
    async def it_is() -> bool:
        return await state(intake, receipt) == expected

    await eventually(it_is)


async def test_a_report_that_no_fact_answers_is_published_again_with_the_same_id_until_one_does(city: City) -> None:
    async with city.vault(), city.intake(publish_again_seconds=0.2) as intake:
        lost, seen = [(await send(intake, report())).json() for _ in range(2)]
        await published(city, 2)
        await city.say(fact(new_id(), 1, seen["report_id"]))
        await eventually(lambda: unseen(city, [lost["report_id"]]))
        before = await times_published(city)
        await eventually(lambda: published_more(city, lost["report_id"], before[lost["report_id"]]))
        after = await times_published(city)
    assert set(after) == {lost["report_id"], seen["report_id"]}
    assert len(await same_bytes(city, lost["report_id"])) == 1
    assert await city.fetch("intake", "SELECT 1 FROM unseen WHERE report_id = $1", UUID(seen["report_id"])) == []


async def test_a_report_follows_the_public_state_of_its_case(city: City) -> None:
    case_id = new_id()
    async with city.vault(), city.intake() as intake:
        sent = (await send(intake, report())).json()
        await published(city, 1)
        attached = ReportAttached(report=told(sent["report_id"]))
        await city.say(fact(case_id, 1, sent["report_id"], attached, entered("received")))
        await city.say(fact(case_id, 2, "act/1", entered("in_progress")))
        await becomes(intake, sent["receipt"], "in_progress")
        await city.say(fact(case_id, 3, "act/2", entered("closed")), fact(case_id, 2, "act/1", entered("in_progress")))
        await becomes(intake, sent["receipt"], "closed")


async def test_a_proposed_report_follows_the_case_that_took_it_in_the_end(city: City) -> None:
    first, second = new_id(), new_id()
    async with city.vault(), city.intake() as intake:
        sent = (await send(intake, report())).json()
        proposed = ReportProposed(report=told(sent["report_id"]), task_id="t1")
        attached = ReportAttached(report=told(sent["report_id"]))
        await city.say(fact(second, 1, "act/9", attached, entered("in_progress")))
        await becomes(intake, sent["receipt"], "in_progress")
        await city.say(fact(first, 4, sent["report_id"], proposed, entered("closed"), minute=5))
        await eventually(lambda: read_on(city, 2))
        assert await state(intake, sent["receipt"]) == "in_progress"


async def test_immediate_danger_is_on_the_duty_desk_until_a_case_has_it(city: City) -> None:
    async with city.intake() as intake:
        sent = (await send(intake, report(immediate_danger=True))).json()
        await send(intake, report())
        await send(intake, report(immediate_danger=True, region="330302006"))
        assert sent["public_state"] == "at_desk"
        desk = await intake.get("/duty-desk", headers=city.as_unit(DESK))
        assert [entry["report_id"] for entry in desk.json()["reports"]] == [sent["report_id"]]
        assert not any(name in desk.text for name in (*NAMES.values(), sent["receipt"]))
        async with city.vault():
            await published(city, 3)
            assert await state(intake, sent["receipt"]) == "at_desk"
            await city.say(fact(new_id(), 1, sent["report_id"], ReportAttached(report=told(sent["report_id"]))))
            await becomes(intake, sent["receipt"], "received")
        desk = await intake.get("/duty-desk", headers=city.as_unit(DESK))
        assert desk.json() == {"reports": []}


async def test_a_record_that_is_no_fact_is_held_and_those_after_it_are_read(city: City) -> None:
    async with city.vault(), city.intake() as intake:
        sent = (await send(intake, report())).json()
        await published(city, 1)
        case_id = new_id()
        async with producing(city.bootstrap) as producer:
            await producer.send_and_wait(city.space.namespace + "case.events", b"garbage", key=str(case_id).encode())
        await city.say(fact(case_id, 1, sent["report_id"], ReportAttached(report=told(sent["report_id"]))))
        await eventually(lambda: unseen(city, []))
    (held,) = await city.fetch("intake", "SELECT value, reason FROM quarantine")
    assert (held["value"], held["reason"]) == (b"garbage", "not-cloudevents-1.0")


def of_epoch(number: int) -> list[tuple[str, bytes]]:
    return [("logepoch", str(number).encode())]


async def test_after_a_restore_the_reports_that_its_log_does_not_know_are_published_again_and_no_other(
    city: City,
) -> None:
    async with city.vault(), city.intake(publish_again_seconds=0.2) as intake:
        lost, kept = [(await send(intake, report())).json() for _ in range(2)]
        await published(city, 2)
        facts = [
            fact(new_id(), 1, one["report_id"], ReportAttached(report=told(one["report_id"]))) for one in (lost, kept)
        ]
        await city.say(*facts, headers=of_epoch(1))
        await eventually(lambda: unseen(city, []))
        await published(city, 2)  # what was published again before the facts came, too
        before = await times_published(city)
        await city.say(facts[1], headers=of_epoch(2))
        await eventually(lambda: published_more(city, lost["report_id"], before[lost["report_id"]]))
        assert len(await same_bytes(city, lost["report_id"])) == 1
        await city.say(facts[0], headers=of_epoch(1))  # an old fact that was still on its way says nothing any more
        await eventually(lambda: read_on(city, 4))
        assert await unseen(city, [lost["report_id"]])
        await city.say(facts[0], headers=of_epoch(2))
        await eventually(lambda: unseen(city, []))
        assert (await times_published(city))[kept["report_id"]] == before[kept["report_id"]]


async def test_a_report_whose_case_was_lost_follows_the_case_of_the_new_epoch(city: City) -> None:
    async with city.vault(), city.intake() as intake:
        sent = (await send(intake, report())).json()
        await published(city, 1)
        attached = ReportAttached(report=told(sent["report_id"]))
        proposed = ReportProposed(report=told(sent["report_id"]), task_id="t1")
        own = fact(new_id(), 1, sent["report_id"], attached, entered("closed"), minute=9)
        await city.say(own, headers=of_epoch(1))
        await becomes(intake, sent["receipt"], "closed")
        other = fact(new_id(), 1, sent["report_id"], proposed, entered("in_progress"))
        await city.say(other, headers=of_epoch(2))
        await becomes(intake, sent["receipt"], "in_progress")


async def unseen(city: City, expected: list[str]) -> bool:
    rows = await city.fetch("intake", "SELECT report_id FROM unseen")
    return [str(row["report_id"]) for row in rows] == expected


async def times_published(city: City) -> dict[str, int]:
    ids = [header(record, "ce_id") for record in await city.published()]
    return {report_id: ids.count(report_id) for report_id in ids}


async def published_more(city: City, report_id: str, before: int) -> bool:
    return (await times_published(city))[report_id] > before


async def same_bytes(city: City, report_id: str) -> set[bytes]:
    return {record.value for record in await city.published() if header(record, "ce_id") == report_id}


async def read_on(city: City, facts: int) -> bool:
    (row,) = await city.fetch("intake", "SELECT coalesce(sum(next_offset), 0) AS read FROM fence")
    return bool(row["read"] >= facts)
