"""Indicators on a real database and a real broker."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import AsyncMock

import pytest
from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]

from contracts.base import SHANGHAI
from contracts.cases import Fact, Milestone, Scalar
from contracts.statistics import Observation
from contracts.topics import OBSERVATIONS
from services.platform.case_log import is_read
from services.platform.database import Database
from services.platform.problems import Problem
from services.platform.service import Service
from services.platform.settings import Settings
from services.statistics import app, handlers, store
from services.statistics.catalogue import Defined, define
from services.statistics.handlers import Statistics
from services.statistics.recount import Recount
from services.statistics.settings import StatisticsSettings
from tests.case_logs import START, TOWN, CaseLog
from tests.integration.platform_fixtures import PATIENT_SECONDS, admin_database, eventually, space, topics
from tests.integration.reading import (
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
from tests.statistics_parts import Told, define_parts, milestone
from workflows.policy import load_policy

__all__ = ["admin_database", "provisioned", "running", "space", "topics"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTY = TOWN[:6]


@pytest.fixture(autouse=True)
def _own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "define", lambda _: define_parts())


def create(settings: Settings) -> Service:
    return app.create(StatisticsSettings(**settings.model_dump(), sweep_seconds=0.1))


async def has_counted(office: "Office") -> bool:
    return bool((await office.get())["dv-warning-issued", "issued"]["value"])


async def has_read(service: Service, fact: Fact) -> bool:
    async with service.db.connection() as conn:
        return await is_read(conn, fact.case_id, fact.version)


@dataclass
class Seen:
    """What one part says of one county and year."""

    numerator: int
    denominator: int
    value: float | None
    pending: int = 0


class Office:
    """The service, its HTTP door, and a day that moves by hand."""

    def __init__(self, service: Service, admin: Database) -> None:
        self.service, self.db, self.door, self.admin = service, service.db, Door(service, admin), admin
        self.statistics: Statistics = service.app.state.statistics
        self.feed = Feed(service.db, self.statistics.handle)

    async def count_with(self, parts: Iterable[Defined]) -> None:
        self.statistics = self.service.app.state.statistics = Statistics(tuple(parts))
        self.feed.handle = self.statistics.handle
        await self.statistics.reevaluate(self.db)

    async def sweep(self, moment: datetime) -> bool:
        await set_clock(self.admin, moment)
        return await self.statistics.sweep(self.db, self.service.clock)

    async def observe(self) -> list[Observation]:
        async with self.statistics.up_to_date(self.db) as conn:
            return await self.statistics.observe(conn)

    async def see(self, indicator: str, part: str = "main", region: str = COUNTY, year: int = 2026) -> Seen:
        one = (await self.get(region, year))[indicator, part]
        return Seen(one["numerator"], one["denominator"], one["value"], one["pending"])

    async def published(self) -> list[Observation]:
        async with self.db.connection() as conn:
            return [Observation.read(row["value"]) for row in await conn.fetch("SELECT value FROM outbox ORDER BY seq")]

    async def get(self, region: str = COUNTY, year: int = 2026) -> dict[tuple[str, str], dict[str, Any]]:
        reader = await self.door.of(f"womens-children-committee@{region}", "read_statistics")
        answer = (await reader.get("/indicators", year=year, region=region)).json()
        return {(one["indicator"], one["part"]): one for one in answer["indicators"]}

    async def differences(self, log: Iterable[Fact]) -> list[str]:
        """To a recount of a log, on a connection that has counted before."""
        async with self.db.transaction(isolation="repeatable_read") as conn:
            recount = Recount(conn, self.statistics)
            await recount.begin()
            await recount.add(log)
            return await recount.find_differences()

    async def plant(self, statement: str) -> None:
        async with self.db.connection() as conn:
            await conn.execute(statement)


@pytest.fixture
async def office(provisioned: Provisioned, admin_database: Database) -> AsyncIterator[Office]:
    async with opened(create(await provisioned("statistics"))) as service:
        office = Office(service, admin_database)
        await office.statistics.reevaluate(office.db)
        yield office


# -- members are those of a recount ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "parts"), [(1, "own"), (2, "own"), (3, "catalogue")])
async def test_members_equal_a_recount_whatever_the_order_and_the_batches(
    office: Office, seed: int, parts: str
) -> None:
    """People come again in other cases, so a case that changes touches members of others."""
    await office.count_with(define_parts() if parts == "own" else define(load_policy()))
    log = CaseLog(seed, people=4)
    log.stroll(120)
    arrivals, random = [*log.facts, *log.facts[::4]], Random(seed)
    random.shuffle(arrivals)
    await office.sweep(log.facts[len(log.facts) // 2].decided_at)
    while arrivals:
        size = random.choice([1, 5, 40])
        await office.feed.give(arrivals[:size])
        arrivals = arrivals[size:]
        if random.random() < 0.5:
            await office.statistics.flush(office.db)
    await office.sweep(log.now)
    assert len(await office.observe()) > 10
    assert await office.differences(log.facts) == []


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("UPDATE cell SET denominator = denominator + 1 WHERE part = 'issued'", "issued"),
        ("UPDATE member SET in_numerator = NOT in_numerator WHERE part = 'again'", "again"),
        ("DELETE FROM member WHERE part = 'hours'", "hours"),
        ("DELETE FROM step WHERE name = 'warning.issued'", "warning.issued"),
        ("UPDATE step SET withdrawn = true WHERE name = 'case.opened'", "case.opened"),
        ("DELETE FROM subject WHERE role = 'victim'", "victim"),
    ],
)
async def test_recount_finds_what_is_not_as_the_log_says(office: Office, fault: str, names: str) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)
    await office.observe()
    assert await office.differences(log.facts) == []
    await office.plant(fault)
    differences = await office.differences(log.facts)
    assert any(names in one.split() for one in differences)


async def test_case_that_waits_to_be_worked_out_is_no_difference(office: Office) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts[:2])
    await office.observe()
    await office.feed.give(log.facts[2:])
    assert await office.differences(log.facts) == []
    await office.plant("DELETE FROM dirty")
    assert await office.differences(log.facts)


async def test_redelivery_does_not_double(office: Office) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)
    await office.feed.give(log.facts, batch=2)
    assert (await office.see("dv-warning-issued", "issued")).value == 1
    assert await office.differences(log.facts) == []


async def test_new_epoch_counts_from_the_beginning(office: Office) -> None:
    old, new = CaseLog(seed=1), CaseLog(seed=2)
    old.stroll(40)
    new.stroll(40)
    await office.feed.give(old.facts, epoch=1)
    await office.observe()
    await office.feed.give(new.facts, epoch=2)
    await office.sweep(new.now)
    assert await office.observe()
    assert await office.differences(new.facts) == []


# -- who works them out, and when -------------------------------------------------------------------------------------


async def test_flushes_between_batches_take_what_has_come_so_far(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "AT_ONCE", 2)
    log = CaseLog(seed=4, people=4)
    log.stroll(60)
    for first in range(0, len(log.facts), 10):
        await office.feed.give(log.facts[first : first + 10], batch=3)
        assert await office.statistics.flush(office.db)
    while await office.statistics.flush(office.db):
        pass
    assert not await office.statistics.flush(office.db)
    assert await office.differences(log.facts) == []


async def test_processes_that_flush_at_once_wait_for_each_other(office: Office) -> None:
    log = CaseLog(seed=4, people=4)
    log.stroll(60)
    for first in range(0, len(log.facts), 40):
        flushes = [office.statistics.flush(office.db) for _ in range(4)]
        await asyncio.gather(office.feed.give(log.facts[first : first + 40], batch=5), *flushes)
    await office.sweep(log.now)
    assert await office.differences(log.facts) == []


async def test_flush_that_dies_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)

    async def die(*_: object) -> None:
        raise ConnectionResetError("planned")

    with monkeypatch.context() as patch:
        patch.setattr(store, "store_members", die)
        with pytest.raises(ConnectionResetError, match="planned"):
            await office.statistics.flush(office.db)
    assert await office.statistics.flush(office.db)
    assert (await office.see("dv-warning-issued", "issued")).value == 1
    assert await office.differences(log.facts) == []


async def test_new_epoch_waits_for_the_flush_of_the_old_one(office: Office) -> None:
    """Else what the flush has worked out would outlive the log that it comes from."""
    old, new = Told(1), Told(2)
    await office.feed.give([old.issued()])
    async with office.statistics.up_to_date(office.db):
        giving = asyncio.create_task(office.feed.give([new.assessed()], epoch=2))
        async with office.admin.connection() as looking:
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::text::regclass"
            await eventually(lambda: looking.fetchval(waits, f"{office.db.schema}.sweep"))
    await giving
    assert (await office.see("dv-warning-issued", "issued")).denominator == 0
    assert await office.differences(new.facts) == []


async def test_changed_declaration_and_changed_setting_count_everything_again(office: Office) -> None:
    log = CaseLog()
    log.served(hours=30)
    await office.feed.give(log.facts)
    await office.statistics.reevaluate(office.db)
    assert (await office.see("dv-warning-issued", "issued")).value == 1
    assert (await office.see("mandatory-report-system")).value == 100.0
    for parts in (
        define_parts(T=0),
        define_parts(
            "dv-follow-up-visit: {main: {kind: count, of: case, in: [dv_warning], each: {step: case.opened}}}"
        ),
    ):
        await office.count_with(parts)
        assert await office.statistics.flush(office.db)
        await office.statistics.reevaluate(office.db)
        assert not await office.statistics.flush(office.db)
        assert await office.differences(log.facts) == []
    assert (await office.see("dv-follow-up-visit")).value == 1


async def test_process_with_replaced_definitions_works_out_and_publishes_nothing_more(office: Office) -> None:
    """As in a rolling restart; started again, it is the one that counts."""
    old, log = office.statistics, CaseLog()
    await office.count_with(define_parts(T=0))
    log.served(hours=30)
    await office.feed.give(log.facts)
    await set_clock(office.admin, log.now + timedelta(days=400))
    for refused in (old.flush(office.db), old.sweep(office.db, office.service.clock)):
        with pytest.raises(Problem, match="other-definitions"):
            await refused
    assert await office.differences(log.facts) == []
    office.service.app.state.statistics = old
    reader = await office.door.of("womens-children-committee@330300", "read_statistics")
    answer = await reader.get("/indicators", year=2026, region=COUNTY)
    assert (answer.status_code, answer.json()["code"]) == (503, "other-definitions")
    await old.reevaluate(office.db)
    assert await old.flush(office.db)


# -- what counts ------------------------------------------------------------------------------------------------------


async def test_empty_denominator_gives_no_value(office: Office) -> None:
    await office.sweep(datetime(2026, 5, 1, tzinfo=SHANGHAI))
    found = await office.get()
    assert len(found) == len(office.statistics.parts)
    assert {(one["value"], one["status"], one["denominator"]) for one in found.values()} == {(None, "no_data", 0)}


async def test_visit_is_counted_only_after_its_days(office: Office) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)
    for days, expected in ((7, Seen(0, 0, None, 1)), (8, Seen(0, 1, 0.0, 0))):
        await office.sweep(log.now + timedelta(days=days))
        assert await office.see("dv-follow-up-visit") == expected


async def test_late_event_reopens_its_year_and_what_was_published_stays(office: Office) -> None:
    case, issued = Told(1), datetime(2026, 6, 1, 9, tzinfo=SHANGHAI)
    await office.feed.give([case.issued(issued)])
    await office.sweep(datetime(2027, 1, 10, tzinfo=SHANGHAI))
    assert (await office.get())["dv-follow-up-visit", "main"]["status"] == "final"
    visited = case.say(datetime(2027, 2, 1, tzinfo=SHANGHAI), milestone("followup.visited", issued + DAY))
    await office.feed.give([visited])
    await office.sweep(datetime(2027, 2, 1, tzinfo=SHANGHAI))
    reader = await office.door.of("womens-children-committee@330300", "read_statistics")
    path = "/indicators/dv-follow-up-visit/revisions"
    revisions = (await reader.get(path, year=2026, region=COUNTY)).json()["revisions"]
    assert [(one["revision"], one["numerator"], one["as_of"]) for one in revisions] == [
        (1, 0, "2027-01-10"),
        (2, 1, "2027-02-01"),
    ]


async def test_year_and_days_are_those_of_shanghai(office: Office) -> None:
    new_year, case = datetime(2026, 12, 31, 16, 30, tzinfo=UTC), Told(1)
    visit = milestone("followup.visited", new_year + timedelta(days=7, hours=15))  # 23:30 of the seventh day
    await office.feed.give([case.issued(new_year), case.say(new_year + 8 * DAY, visit)])
    await office.sweep(new_year + 30 * DAY)
    assert (await office.see("dv-warning-issued", "issued", year=2026)).value is None
    assert (await office.see("dv-follow-up-visit", year=2027)) == Seen(1, 1, 100.0)


async def test_step_that_was_withdrawn_counts_no_more(office: Office) -> None:
    case = Told(1)
    issued = case.issued()
    await office.feed.give([issued])
    assert (await office.see("dv-warning-issued", "issued")).value == 1
    await office.feed.give([case.withdrawn(START + HOUR, issued, "warning.issued")])
    assert (await office.see("dv-warning-issued", "issued")) == Seen(0, 0, None)
    assert await office.differences(case.facts) == []


async def test_step_that_was_corrected_counts_as_it_was_corrected(office: Office) -> None:
    case = Told(1)
    assessed = case.assessed()
    await office.feed.give([assessed])
    right = milestone("warning.assessed", START + DAY, criteria_met=True, relation="parent")
    await office.feed.give([case.withdrawn(START + 2 * DAY, assessed, "warning.assessed", right)])
    await office.sweep(START + 30 * DAY)
    (line,) = (await office.get())["dv-warning-issued", "main"]["breakdown"]
    assert (line["dimensions"], line["denominator"]) == ({"relation": "parent"}, 1)
    assert await office.differences(case.facts) == []


async def test_step_that_casework_corrects_is_counted_when_it_really_happened(office: Office) -> None:
    log = CaseLog()
    case_id = log.served()
    served = next(fact for fact in log.facts if any(one.name == "warning.issued" for one in fact.of(Milestone)))
    last_year = datetime(2025, 12, 30, 10, tzinfo=SHANGHAI)
    fields: dict[str, Scalar] = {"version": served.version, "step": "warning.issued", "reason": "recorded_in_error"}
    log.act(case_id, "correct_step", fields | {"happened_at": last_year.isoformat()})
    await office.feed.give(log.facts)
    assert (await office.see("dv-warning-issued", "issued", year=2025)).value == 1
    assert (await office.see("dv-warning-issued", "issued", year=2026)).value is None
    log.act(case_id, "correct_step", fields | {"version": log.facts[-1].version})
    await office.feed.give(log.facts[-1:])
    assert (await office.see("dv-warning-issued", "issued", year=2025)).value is None
    assert await office.differences(log.facts) == []


async def test_case_that_moves_to_another_county_leaves_its_members_where_they_were(office: Office) -> None:
    case = Told(1)
    await office.feed.give([case.issued()])
    case.region = "330302002"
    await office.feed.give([case.issued(START + DAY)])
    for region, letters, visits in ((COUNTY, 1, 1), ("330302", 1, 0), ("330300", 2, 1)):
        await office.sweep(START + 30 * DAY)
        assert (await office.see("dv-warning-issued", "issued", region)).value == letters
        assert (await office.see("dv-follow-up-visit", region=region)).denominator == visits


async def test_person_of_two_cases_is_one_member_of_the_county_that_was_first(office: Office) -> None:
    first, second = Told(1, region="330302002"), Told(2, ("victim", "another"))
    await office.feed.give([second.issued(START + DAY)])
    assert await office.see("dv-warning-issued", "again") == Seen(0, 1, 0.0)
    await office.feed.give([first.issued()])
    assert await office.see("dv-warning-issued", "again") == Seen(0, 0, None)
    assert await office.see("dv-warning-issued", "again", "330302") == Seen(1, 1, 100.0)
    assert await office.see("dv-warning-issued", "again", "330300") == Seen(1, 1, 100.0)
    assert (await office.see("dv-warning-issued", "couples", "330300", 2027)).denominator == 2


async def test_case_without_part_in_a_place_leaves_its_members(office: Office) -> None:
    """Both cases have steps by the same station; only one of them makes it a member."""
    with_letter, without = Told(1), Told(2)
    await office.feed.give([with_letter.issued()])
    assert (await office.see("village-level-reporting")).value == 1
    await office.feed.give([without.assessed()])
    assert (await office.see("village-level-reporting")).value == 1
    assert await office.differences([*with_letter.facts, *without.facts]) == []


async def test_only_what_changed_is_published_and_once_a_day(office: Office) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)
    assert await office.sweep(log.now)
    assert not await office.sweep(log.now)
    first = await office.published()
    assert {one.region for one in first} == {COUNTY, "330300"}
    assert await office.sweep(log.now + DAY)
    assert await office.published() == first
    await office.sweep(log.now + 8 * DAY)
    changed = (await office.published())[len(first) :]
    assert {(one.indicator, one.revision) for one in changed} >= {("dv-follow-up-visit", 2)}


async def test_prefecture_counts_each_county_once(office: Office) -> None:
    """乐清 is a county-level city of 温州, and has figures of its own."""
    log = CaseLog()
    for region in (TOWN, "330302002", "371502001"):
        log.served(region=region)
    await office.feed.give(log.facts)
    for region, value in (("330382", 1), ("330300", 2), ("371500", 1), ("330000", 2)):
        assert (await office.see("dv-warning-issued", "issued", region)).value == value


async def test_only_who_may_read_statistics_reads_them(office: Office) -> None:
    worker = await office.door.of("police-station@330382001", "act")
    assert (await worker.get("/indicators", year=2026, region=COUNTY)).status_code == 403
    reader = await office.door.of("womens-children-committee@330300", "read_statistics")
    assert (await reader.get("/indicators", year=2026, region="温州")).status_code == 422


async def test_facts_become_observations_on_the_topic(running: Running, admin_database: Database) -> None:
    log = CaseLog()
    log.served()
    await set_clock(admin_database, log.now)
    async with running("statistics", create) as service:
        office = Office(service, admin_database)
        reader = await office.door.of("womens-children-committee@330300", "read_statistics")
        await until_ready(reader)
        await send_facts(service.settings, log.facts)
        await eventually(lambda: has_counted(office))
        await set_clock(admin_database, log.now + 8 * DAY)
        topic, bootstrap = service.settings.namespace + OBSERVATIONS.name, service.settings.kafka_bootstrap
        async with (
            asyncio.timeout(PATIENT_SECONDS),
            AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer,
        ):
            async for record in consumer:
                one = Observation.read(record.value)
                assert record.key == f"{one.indicator}/{one.region}".encode()
                if (one.indicator, one.region, one.denominator) == ("dv-follow-up-visit", COUNTY, 1):
                    break
        assert (one.numerator, one.value) == (0, 0.0)


async def test_reader_that_is_far_behind_leaves_the_figures_until_somebody_looks(
    running: Running, admin_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = AsyncMock(return_value=False)
    monkeypatch.setattr(Statistics, "flush", flush)
    monkeypatch.setattr(app, "FAR_BEHIND", 0)
    log = CaseLog()
    log.served()
    await set_clock(admin_database, log.now)
    async with running("statistics", create) as service:
        office = Office(service, admin_database)
        await until_ready(await office.door.of("womens-children-committee@330300", "read_statistics"))
        await send_facts(service.settings, log.facts)
        await eventually(lambda: has_read(service, log.facts[-1]))
        assert not flush.called
        assert await has_counted(office)
