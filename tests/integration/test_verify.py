"""`liandong verify` says yes to what the services made, and finds every fault that is planted."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from contracts.cases import Fact
from contracts.intake import IntakeEvent
from deploy import pages
from deploy.verification.oplog import FenceSeen
from deploy.verify import Check, Evidence, Sent, Verdict, read_sent, verify
from services.notices import handlers as notices_handlers
from services.platform.database import Connection
from services.platform.provision import SERVICES
from services.platform.reader import Handle
from services.statistics.catalogue import define
from services.statistics.handlers import Statistics
from services.worklist import handlers as worklist_handlers
from tests.case_logs import as_records
from tests.integration.casework_fixtures import HOSPITAL, MONDAY, STATION, Desk, desk, dv_call, harm, screening
from tests.integration.platform_fixtures import OpenDatabase, Space, database, space
from workflows.policy import load_policy

__all__ = ["database", "desk", "space"]


@dataclass
class StoppedClock:
    moment: datetime = MONDAY

    async def now(self, conn: Connection) -> datetime:  # noqa: ARG002
        return self.moment


@dataclass
class City:
    """Cases in casework, and everything that the readers made of them."""

    space: Space
    desk: Desk
    cases: list[UUID]
    events: list[IntakeEvent]

    @property
    def reports(self) -> list[UUID]:
        return [event.report_id for event in self.events]

    async def verify(self, *sent: Sent, **evidence: Any) -> Verdict:
        return await verify(self.space.admin_dsn, Evidence(sent=sent, **evidence), namespace=self.space.namespace)

    async def plant(self, statement: str, *values: Any, schema: str = "casework") -> None:
        """Do to the database what no service would."""
        admin = await asyncpg.connect(self.space.admin_dsn)
        try:
            await admin.execute(f'SET search_path TO "{self.space.namespace}{schema}"')
            await admin.execute(statement, *values)
        finally:
            await admin.close()

    def sent(self) -> list[Sent]:
        return read_sent(
            json.dumps({"kind": "report", "accepted": True, "report_id": str(report), "receipt": "LD", "status": 201})
            for report in self.reports
        )


@pytest.fixture
async def city(space: Space, desk: Desk, database: OpenDatabase) -> City:
    await space.provision(*SERVICES)
    events: list[IntakeEvent] = [harm(), dv_call(), screening(), harm(child="c2", unit=HOSPITAL)]
    cases = [await desk.report(event) for event in events]
    await desk.act(cases[0], "receive", receipt_no="回执1", track="administrative")
    city = City(space, desk, cases, events)
    await read_all(city, database)
    return city


async def read_all(city: City, database: OpenDatabase) -> None:
    facts = [fact for case_id in await all_cases(city) for fact in await city.desk.log(case_id)]
    statistics = Statistics(define(load_policy()))
    counting = await database("statistics")
    await statistics.reevaluate(counting)
    handles: dict[str, Handle] = {
        "worklist": worklist_handlers.handle,
        "notices": notices_handlers.handle,
        "statistics": statistics.handle,
    }
    for reader, handle in handles.items():
        await read(facts, await database(reader), handle)
    await statistics.sweep(counting, StoppedClock())


async def read(facts: list[Fact], db: Any, handle: Handle) -> None:
    async with db.transaction() as conn:
        await handle(conn, as_records(facts))


async def all_cases(city: City) -> list[UUID]:
    async with city.desk.db.connection() as conn:
        return [row["case_id"] for row in await conn.fetch("SELECT case_id FROM case_state")]


async def test_nothing_differs_where_nobody_meddled(city: City) -> None:
    verdict = await city.verify(*city.sent())
    assert [difference for check in verdict.checks for difference in check.differences] == []
    assert verdict.well
    assert verdict.cases >= len(city.cases)
    without_broker = {"published", "alarms", "consumed", "fences", "settled"}
    unasked = {name for name, check in vars(verdict).items() if isinstance(check, Check) and not check.count}
    assert unasked == without_broker
    assert list(pages.of_verdict(verdict))[-1].endswith("0 lost, 0 doubled, 0 differences")


async def test_row_that_was_altered_by_hand_is_found(city: City) -> None:
    await city.plant("UPDATE case_state SET body = replace(body::text, $2, $3)::json WHERE case_id = $1",
                     city.cases[0], STATION, "court@330382")  # fmt: skip
    verdict = await city.verify()
    assert [str(city.cases[0]) in line for line in verdict.states.differences] == [True]
    assert verdict.differences == 1
    assert not verdict.well


async def test_report_whose_case_was_removed_is_lost(city: City) -> None:
    for table in ("case_fact", "case_state", "timer"):
        await city.plant(f"DELETE FROM {table} WHERE case_id = $1", city.cases[1])  # noqa: S608 - tables of ours
    verdict = await city.verify(*city.sent())
    assert [str(city.reports[1]) in line for line in verdict.lost.differences] == [True]
    assert "1 lost, 0 doubled" in verdict.summary


async def test_report_that_never_came_is_lost_to_the_client_that_was_told_it_did(city: City) -> None:
    ghost = UUID(int=7)
    verdict = await city.verify(
        Sent(kind="report", accepted=True, report_id=ghost), Sent(kind="report", accepted=False, report_id=UUID(int=8))
    )
    assert len(verdict.lost.differences) == 1
    assert str(ghost) in verdict.lost.differences[0]


async def test_action_that_was_accepted_in_another_case_is_lost(city: City) -> None:
    case = (await city.desk.log(city.cases[0]))[-1]
    right = Sent(kind="action", accepted=True, case_id=case.case_id, cause=case.cause)
    wrong = right.model_copy(update={"case_id": city.cases[1]})
    assert (await city.verify(right)).well
    assert "1 lost" in (await city.verify(wrong)).summary


async def test_fact_with_the_cause_of_another_is_doubled(city: City) -> None:
    await city.plant(
        """INSERT INTO case_fact SELECT case_id, version + 1, cause, decided_at,
           jsonb_set(body::jsonb, '{version}', to_jsonb(version + 1))::json FROM case_fact
           WHERE case_id = $1 ORDER BY version DESC LIMIT 1""",
        city.cases[2],
    )
    verdict = await city.verify()
    assert "0 lost, 1 doubled" in verdict.summary
    assert verdict.doubled.differences[0].endswith(str(city.cases[2]))


async def test_fact_that_is_missing_from_the_middle_breaks_the_log(city: City) -> None:
    await city.plant("DELETE FROM case_fact WHERE case_id = $1 AND version = 1", city.cases[0])
    verdict = await city.verify()
    assert len(verdict.logs.differences) == 1
    assert verdict.causes.differences


async def test_timer_that_was_forgotten_is_found(city: City) -> None:
    await city.plant("DELETE FROM timer WHERE case_id = $1", city.cases[1])
    verdict = await city.verify()
    assert len(verdict.timers.differences) == verdict.differences == 1


async def test_queue_item_of_the_wrong_unit_is_found(city: City) -> None:
    await city.plant("UPDATE queue_item SET unit = 'court@330382' WHERE case_id = $1 AND item = 'state'", city.cases[1],
                     schema="worklist")  # fmt: skip
    verdict = await city.verify()
    assert len(verdict.queues.differences) == verdict.differences == 1


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE cell SET numerator = numerator + 1, denominator = denominator + 1",
        "UPDATE member SET in_numerator = NOT in_numerator",
        "UPDATE member SET region = '330302'; UPDATE cell SET region = '330302'",
        "DELETE FROM step WHERE ctid = (SELECT min(ctid) FROM step WHERE name <> 'case.opened')",
        "DELETE FROM subject WHERE ctid = (SELECT min(ctid) FROM subject)",
    ],
)
async def test_figure_that_is_not_what_the_log_says_is_found(city: City, fault: str) -> None:
    await city.plant(fault, schema="statistics")
    verdict = await city.verify()
    assert verdict.statistics.differences
    assert verdict.differences == len(verdict.statistics.differences)


async def test_case_that_statistics_has_read_and_not_worked_out_yet_is_no_difference(city: City) -> None:
    """A live system is behind by what it has read since it last looked."""
    await city.plant("INSERT INTO dirty SELECT case_id FROM step", schema="statistics")
    await city.plant("UPDATE member SET in_numerator = NOT in_numerator", schema="statistics")
    await city.plant("UPDATE cell SET numerator = denominator - numerator", schema="statistics")
    assert (await city.verify()).well


async def test_reader_that_has_not_read_a_case_is_behind(city: City) -> None:
    await city.plant("UPDATE case_position SET version = 0 WHERE case_id = $1", city.cases[2], schema="notices")
    verdict = await city.verify()
    assert len(verdict.readers.differences) == verdict.differences == 1
    assert "notices" in verdict.readers.differences[0]


async def test_cause_without_its_fact_is_found(city: City) -> None:
    await city.plant("UPDATE cause SET case_version = 99 WHERE case_id = $1", city.cases[2])
    verdict = await city.verify()
    assert len(verdict.causes.differences) == verdict.differences == 1


async def test_request_that_became_two_reports_is_doubled(city: City) -> None:
    one = Sent(kind="report", accepted=True, report_id=city.reports[0], key="the same")
    verdict = await city.verify(one, one.model_copy(update={"report_id": city.reports[1]}))
    assert len(verdict.doubled.differences) == verdict.violations == 1


async def test_refused_action_that_had_an_effect_is_found(city: City) -> None:
    fact = (await city.desk.log(city.cases[0]))[-1]
    verdict = await city.verify(Sent(kind="action", accepted=False, outcome="fail", cause=fact.cause))
    assert len(verdict.doubled.differences) == verdict.violations == 1


async def test_message_without_any_outcome_is_lost(city: City) -> None:
    verdict = await city.verify(Sent(kind="message", accepted=True, cause="case.commands.police/7"))
    assert len(verdict.lost.differences) == verdict.violations == 1


async def test_step_of_a_unit_that_may_not_take_it_is_found(city: City) -> None:
    await city.plant("""UPDATE case_fact SET body = jsonb_set(body::jsonb, '{unit}', '"court@330382"')::json
                        WHERE case_id = $1 AND version = 2""", city.cases[0])  # fmt: skip
    verdict = await city.verify()
    assert len(verdict.table.differences) == 1
    assert "receive" in verdict.table.differences[0]


async def test_step_that_the_table_does_not_have_is_found(city: City) -> None:
    await city.plant("""UPDATE case_fact SET body = jsonb_set(body::jsonb, '{trigger}', '"serve"')::json
                        WHERE case_id = $1 AND version = 2""", city.cases[0])  # fmt: skip
    verdict = await city.verify()
    assert len(verdict.table.differences) == 1


async def test_case_that_a_reader_forgot_is_missing_from_the_sum(city: City) -> None:
    await city.plant("DELETE FROM case_view WHERE case_id = $1", city.cases[1], schema="worklist")
    verdict = await city.verify()
    assert len(verdict.sums.differences) == verdict.violations == 1
    assert "worklist" in verdict.sums.differences[0]


async def test_fence_that_was_seen_to_move_back_is_found(city: City) -> None:
    seen = [FenceSeen(kind="fence", reader="casework", topic="t", partition=0, next_offset=n) for n in (3, 5, 4, 6)]
    verdict = await city.verify(fences=seen)
    assert len(verdict.fences.differences) == verdict.violations == 1


async def test_name_in_a_log_and_a_number_in_statistics_are_found(city: City, tmp_path: Path) -> None:
    file = tmp_path / "statistics.log"
    file.write_text('{"event": "library", "reason": "陈晓燕"}\n', encoding="utf-8")
    await city.plant("""UPDATE step SET dimensions = '{"who": "13712345678"}' WHERE ctid =
                        (SELECT min(ctid) FROM step WHERE case_id = $1)""", city.cases[2],
                     schema="statistics")  # fmt: skip
    verdict = await city.verify(logs=[file], canaries={"陈晓燕"})
    assert [line.partition("：")[0] for line in verdict.personal.differences] == [
        "statistics.log:1", "statistics.step"
    ]  # fmt: skip
    assert not any("陈晓燕" in line or "137" in line for line in verdict.personal.differences)
