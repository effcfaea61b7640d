"""The batch path on real PostgreSQL, with transactions interleaved by hand where two could meet."""

import asyncio
from datetime import timedelta

import pytest

from contracts.cases import ChildOpened, ReportProposed
from services.casework.store import list_due_timers
from services.casework.timers import sweep
from tests.integration.casework_fixtures import (
    HOSPITAL,
    MONDAY,
    Desk,
    desk,
    dv_call,
    harm,
    screening,
    token_of,
    until_it_waits,
)
from tests.integration.platform_fixtures import database, space
from workflows.model import fold

__all__ = ["database", "desk", "space"]


async def test_report_opens_a_case_whose_row_is_the_fold_of_its_log(desk: Desk) -> None:
    case_id = await desk.report(dv_call())
    assert fold(await desk.log(case_id)) == await desk.case(case_id)
    assert await desk.count("outbox") == 1


async def test_two_first_reports_at_the_same_moment_open_one_case(desk: Desk) -> None:
    first, second = dv_call(), dv_call()
    async with desk.db.transaction() as conn:
        await desk.run(desk.incoming(first), conn=conn)
        waiter = asyncio.create_task(desk.report(second))
        await until_it_waits(desk, waiter)
    case = await desk.case(await waiter)
    assert await desk.count("case_state") == 1
    assert [report.report_id for report in case.proposed.values()] == [second.report_id]


async def test_first_report_that_is_rolled_back_leaves_the_case_to_the_second(desk: Desk) -> None:
    second = dv_call()
    async with desk.db.connection() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await desk.run(desk.incoming(dv_call()), conn=conn)
        waiter = asyncio.create_task(desk.report(second))
        await until_it_waits(desk, waiter)
        await transaction.rollback()
    case = await desk.case(await waiter)
    assert list(case.reports) == [str(second.report_id)]


async def test_report_that_meets_a_closing_case_opens_a_new_one(desk: Desk) -> None:
    case_id = await desk.report(harm())
    closing = {"reason": "duplicate", "second_person": "W2", "told_reporter_at": MONDAY.isoformat()}
    await desk.act(case_id, "receive", receipt_no="回执1", track="administrative")
    case = await desk.case(case_id)
    [receipt] = [task for task in case.tasks.values() if task.kind == "receipt"]
    await desk.prove(case_id, receipt.task_id)
    item = desk.acting(await desk.case(case_id), "close_duplicate", **closing)
    async with desk.db.transaction() as conn:
        await desk.run(item, conn=conn)
        waiter = asyncio.create_task(desk.report(harm(at=MONDAY)))
        await until_it_waits(desk, waiter)
    assert await waiter != case_id
    assert (await desk.case(case_id)).final


async def test_of_two_workers_at_the_same_step_one_is_told_the_new_version(desk: Desk) -> None:
    case_id = await desk.report(dv_call())
    case = await desk.case(case_id)
    first, second = desk.acting(case, "dispatch"), desk.acting(case, "dispatch")
    async with desk.db.transaction() as conn:
        await desk.run(first, conn=conn)
        waiter = asyncio.create_task(desk.run(second))
        await until_it_waits(desk, waiter)
    outcome = (await waiter)[second.trigger.cause]
    assert (outcome.outcome, outcome.answer["code"]) == ("rejected", "stale_version")


async def test_of_two_workers_who_claim_one_item_one_gets_it(desk: Desk) -> None:
    case_id = await desk.report(dv_call())
    case = await desk.case(case_id)
    outcomes = await asyncio.gather(*(desk.run(desk.acting(case, "claim")) for _ in range(5)))
    assert sorted(o.outcome for found in outcomes for o in found.values()) == ["applied"] + ["rejected"] * 4


async def test_report_proposed_while_another_is_reviewed_waits_and_is_reviewed_too(desk: Desk) -> None:
    case_id = await desk.report(harm())
    await desk.report(harm())
    case = await desk.case(case_id)
    [task] = case.proposed
    async with desk.db.transaction() as conn:
        await desk.run(desk.acting(case, "review_report", task=task, finding="same_incident"), conn=conn)
        waiter = asyncio.create_task(desk.report(harm()))
        await until_it_waits(desk, waiter)
    assert await waiter == case_id
    case = await desk.case(case_id)
    assert (len(case.reports), len(case.proposed)) == (2, 1)


async def test_new_incident_becomes_a_linked_case_and_later_reports_go_to_it(desk: Desk) -> None:
    case_id = await desk.report(harm())
    second = harm()
    await desk.report(second)
    [task] = (await desk.case(case_id)).proposed
    await desk.act(case_id, "review_report", task=task, finding="new_incident")
    third = await desk.report(harm())
    assert third != case_id
    linked = await desk.case(third)
    assert (linked.parent_case_id, linked.relation) == (case_id, "new_incident")
    assert str(second.report_id) in linked.reports
    assert linked.subjects[0].pseudonym == (await desk.case(case_id)).subjects[0].pseudonym


async def test_same_trigger_twice_has_one_effect(desk: Desk) -> None:
    item = desk.incoming(dv_call())
    await desk.run(item, item)
    again = await desk.run(item)
    assert again[item.trigger.cause].repeated
    assert (await desk.count("case_fact"), await desk.count("cause")) == (1, 1)


async def test_same_trigger_in_two_transactions_has_one_effect(desk: Desk) -> None:
    item = desk.incoming(dv_call())
    async with desk.db.transaction() as conn:
        await desk.run(item, conn=conn)
        waiter = asyncio.create_task(desk.run(item))
        await until_it_waits(desk, waiter)
    with pytest.raises(Exception, match="handled by somebody else"):
        await waiter
    assert await desk.count("case_fact") == 1
    assert (await desk.run(item))[item.trigger.cause].repeated


async def test_a_batch_opens_proposes_and_acts_in_its_order(desk: Desk) -> None:
    events = [dv_call("v1"), dv_call("v2"), dv_call("v1"), dv_call("v3")]
    outcomes = await desk.run(*(desk.incoming(event) for event in events))
    cases = [outcomes[str(event.report_id)].case_id for event in events]
    assert cases[0] == cases[2]
    assert len(set(cases)) == 3
    assert cases[0]
    [_, proposed] = await desk.log(cases[0])
    assert proposed.of(ReportProposed)


async def test_two_negative_screenings_of_one_woman_in_a_batch_are_one_quiet_case(desk: Desk) -> None:
    events = [screening(), screening()]
    outcomes = await desk.run(*(desk.incoming(event) for event in events))
    [case_id] = {outcome.case_id for outcome in outcomes.values()}
    assert case_id
    case = await desk.case(case_id)
    assert (case.version, case.quiet, case.proposed) == (2, True, {})


async def test_abnormal_result_after_a_negative_renews_the_case_and_the_next_is_proposed(desk: Desk) -> None:
    events = [screening(), screening(finding="abnormal"), screening(finding="abnormal")]
    outcomes = await desk.run(*(desk.incoming(event) for event in events))
    [case_id] = {outcome.case_id for outcome in outcomes.values()}
    assert case_id
    case = await desk.case(case_id)
    assert case.state == "screened"
    assert len(case.proposed) == 1


async def test_key_goes_back_to_the_first_case_when_the_linked_one_closes_before_it(desk: Desk) -> None:
    case_id = await desk.report(harm())
    await desk.report(harm())
    [task] = (await desk.case(case_id)).proposed
    await desk.act(case_id, "review_report", task=task, finding="new_incident")
    linked = await desk.report(harm())
    [proposed] = (await desk.case(linked)).proposed
    await desk.act(linked, "review_report", task=proposed, finding="same_incident")
    await desk.act(linked, "receive", receipt_no="回执1", track="administrative")
    for open_task in (await desk.case(linked)).tasks.values():
        if open_task.template:
            await desk.prove(linked, open_task.task_id)
    closing = {"reason": "duplicate", "second_person": "W2", "told_reporter_at": MONDAY.isoformat()}
    await desk.act(linked, "close_duplicate", **closing)
    assert await desk.report(harm()) == case_id


async def test_protection_opens_a_referral_in_which_the_victim_is_the_child(desk: Desk) -> None:
    case_id = await desk.report(harm())
    await desk.act(case_id, "receive", receipt_no="回执1", track="administrative")
    await desk.act(case_id, "accept_admin", document="受1")
    await desk.act(case_id, "refer_protection")
    async with desk.db.connection() as conn:
        found = await conn.fetchrow("SELECT case_id FROM case_state WHERE workflow = 'child_referral'")
        held = await conn.fetchval("SELECT case_id FROM case_subject WHERE workflow = 'child_referral'")
    assert found
    assert held == found["case_id"]
    child = await desk.case(found["case_id"])
    assert [subject.role for subject in child.subjects] == ["child"]
    assert child.parent_case_id == case_id


async def test_case_without_a_known_perpetrator_joins_nothing(desk: Desk) -> None:
    first, second = dv_call("v1", "unknown-1"), dv_call("v1", "unknown-2")
    assert await desk.report(first) != await desk.report(second)


async def test_two_sweepers_fire_an_alarm_once(desk: Desk) -> None:
    case_id = await desk.report(dv_call())
    desk.now = MONDAY + timedelta(hours=1)
    await asyncio.gather(*(sweep(desk.db, desk.casework, 100) for _ in range(4)), return_exceptions=True)
    breaches = [fact for fact in await desk.log(case_id) if fact.trigger == "expired"]
    assert len(breaches) == 1


async def test_alarm_that_cannot_be_decided_is_put_off_and_the_others_fire(desk: Desk) -> None:
    poison, sound = await desk.report(dv_call("v1")), await desk.report(dv_call("v2"))
    async with desk.db.transaction() as conn:
        await conn.execute("UPDATE case_state SET body = '{}' WHERE case_id = $1", poison)
    desk.now = MONDAY + timedelta(hours=1)
    await sweep(desk.db, desk.casework, 100)
    assert [fact.trigger for fact in await desk.log(sound)] == ["reported", "expired"]
    async with desk.db.connection() as conn:
        assert not await list_due_timers(conn, desk.now, 100)


async def test_timers_are_the_alarms_of_the_case_and_no_others(desk: Desk) -> None:
    case_id = await desk.report(dv_call())
    await desk.act(case_id, "dispatch")
    case = await desk.case(case_id)
    async with desk.db.connection() as conn:
        due = await list_due_timers(conn, MONDAY + timedelta(days=365), 100)
    assert [(d, at) for _, d, at in due] == [(d, c.next_alarm) for d, c in case.clocks.items()]


async def test_no_token_leaves_in_a_fact(desk: Desk) -> None:
    await desk.report(dv_call("the victim", "the perpetrator"))
    token = f"%{token_of('the victim')}%"
    async with desk.db.connection() as conn:
        assert not await conn.fetchval("SELECT count(*) FROM case_fact WHERE body::text LIKE $1", token)
        assert not await conn.fetchval("SELECT count(*) FROM outbox WHERE encode(value, 'escape') LIKE $1", token)


async def refer_child(desk: Desk, unit: str) -> ChildOpened:
    """A report of harm to the child, of which the police refer the child for protection."""
    case_id = await desk.report(harm("shared", unit=unit))
    await desk.act(case_id, "receive", receipt_no="回执1", track="criminal")
    await desk.act(case_id, "file_criminal", document="立1号")
    await desk.act(case_id, "refer_protection")
    [child] = (await desk.log(case_id))[-1].of(ChildOpened)
    await desk.act(case_id, "withdraw", document="撤1号")
    for task in (await desk.case(case_id)).tasks.values():
        if task.template:
            await desk.prove(case_id, task.task_id)
    filing = [task for task in (await desk.case(case_id)).tasks.values() if task.kind == "file_to_authority"]
    assert len(filing) == 1
    await desk.act(case_id, "close")
    opened: ChildOpened = child
    return opened


async def test_second_referral_of_a_child_is_a_lead_for_the_open_case(desk: Desk) -> None:
    first = await refer_child(desk, HOSPITAL)
    second = await refer_child(desk, "school@" + "b" * 16)
    assert (first.joined, second.joined, second.case_id) == (False, True, first.case_id)
    case = await desk.case(first.case_id)
    [lead] = [task for task in case.tasks.values() if task.kind == "new_lead"]
    assert lead.unit == case.accountable
    assert lead.about_case != case.parent_case_id
    assert fold(await desk.log(first.case_id)) == case
    assert await desk.count("case_subject") == 1
