"""Indicators on a real database and a real broker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]

from contracts.base import SHANGHAI
from contracts.statistics import Observation
from contracts.topics import OBSERVATIONS
from services.platform.database import Database
from services.platform.service import Service
from services.platform.settings import Settings
from services.statistics import app
from services.statistics.formulas import Windows
from services.statistics.handlers import Statistics
from services.statistics.model import recount
from services.statistics.settings import StatisticsSettings
from tests.case_logs import CaseLog
from tests.integration.platform_fixtures import admin_database, eventually, space, topics
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

__all__ = ["admin_database", "provisioned", "running", "space", "topics"]


def create(settings: Settings) -> Service:
    return app.create(StatisticsSettings(**settings.model_dump(), sweep_seconds=0.1))


async def has_counted(office: "Office") -> bool:
    return bool((await office.get())["dv-warning-issued", "issued"]["value"])


class Office:
    """The service, its HTTP door, and a day that moves by hand."""

    def __init__(self, service: Service, admin: Database) -> None:
        self.service, self.db, self.door, self.admin = service, service.db, Door(service, admin), admin
        self.statistics: Statistics = service.app.state.statistics
        self.feed = Feed(service.db, self.statistics.handle)

    async def sweep(self, moment: datetime) -> bool:
        await set_clock(self.admin, moment)
        return await self.statistics.sweep(self.db, self.service.clock)

    async def observe(self) -> list[Observation]:
        async with self.db.connection() as conn:
            return await self.statistics.observe(conn)

    async def published(self) -> list[Observation]:
        async with self.db.connection() as conn:
            return [Observation.read(row["value"]) for row in await conn.fetch("SELECT value FROM outbox ORDER BY seq")]

    async def get(self, region: str = "330382", year: int = 2026) -> dict[tuple[str, str], dict[str, Any]]:
        reader = await self.door.of("womens-children-committee@330300", "read_statistics")
        answer = (await reader.get("/indicators", year=year, region=region)).json()
        return {(one["indicator"], one["part"]): one for one in answer["indicators"]}


@pytest.fixture
async def office(provisioned: Provisioned, admin_database: Database) -> AsyncIterator[Office]:
    async with opened(create(await provisioned("statistics"))) as service:
        yield Office(service, admin_database)


async def test_stored_sums_equal_a_recount_whatever_the_order_and_the_batches(office: Office) -> None:
    log = CaseLog(seed=4)
    log.stroll(120)
    arrivals = [*log.facts, *log.facts[::4]]
    Random(2).shuffle(arrivals)
    await office.feed.give(arrivals[:50], batch=1)
    await office.sweep(log.facts[len(log.facts) // 2].decided_at)
    await office.feed.give(arrivals[50:], batch=40)
    await office.sweep(log.now)
    expected = recount(log.facts, Windows(), log.now.date(), epoch=1)
    assert len(expected) > 10
    assert await office.observe() == expected


async def test_redelivery_does_not_double(office: Office) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)
    await office.feed.give(log.facts, batch=2)
    await office.sweep(log.now)
    assert (await office.get())["dv-warning-issued", "issued"]["value"] == 1
    assert await office.observe() == recount(log.facts, Windows(), log.now.date(), epoch=1)


async def test_empty_denominator_gives_no_value(office: Office) -> None:
    await office.sweep(datetime(2026, 5, 1, tzinfo=SHANGHAI))
    found = await office.get()
    assert len(found) == 7
    assert {(one["value"], one["status"], one["denominator"]) for one in found.values()} == {(None, "no_data", 0)}


async def test_visit_is_counted_only_after_its_days(office: Office) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)
    for days, expected in ((7, (0, None, 1)), (8, (1, 0.0, 0))):
        await office.sweep(log.now + timedelta(days=days))
        visit = (await office.get())["dv-follow-up-visit", "main"]
        assert (visit["denominator"], visit["value"], visit["pending"]) == expected


async def test_late_event_reopens_its_year_and_what_was_published_stays(office: Office) -> None:
    log = CaseLog()
    log.now = datetime(2026, 6, 1, 9, tzinfo=SHANGHAI)
    case_id = log.served()
    await office.feed.give(log.facts)
    await office.sweep(datetime(2027, 1, 10, tzinfo=SHANGHAI))
    assert (await office.get())["dv-follow-up-visit", "main"]["status"] == "final"
    log.now = datetime(2027, 2, 1, tzinfo=SHANGHAI)
    await office.feed.give([log.visit(case_id, at=datetime(2026, 6, 5, 10, tzinfo=SHANGHAI))])
    await office.sweep(log.now)
    reader = await office.door.of("womens-children-committee@330300", "read_statistics")
    path = "/indicators/dv-follow-up-visit/revisions"
    revisions = (await reader.get(path, year=2026, region="330382")).json()["revisions"]
    assert [(one["revision"], one["numerator"], one["as_of"]) for one in revisions] == [
        (1, 0, "2027-01-10"),
        (2, 1, "2027-02-01"),
    ]


async def test_only_what_changed_is_published_and_once_a_day(office: Office) -> None:
    log = CaseLog()
    log.served()
    await office.feed.give(log.facts)
    assert await office.sweep(log.now)
    assert not await office.sweep(log.now)
    first = await office.published()
    assert {one.region for one in first} == {"330382", "330300"}
    assert await office.sweep(log.now + timedelta(days=1))
    assert await office.published() == first
    await office.sweep(log.now + timedelta(days=8))
    changed = (await office.published())[len(first) :]
    assert {(one.indicator, one.revision) for one in changed} >= {("dv-follow-up-visit", 2)}


async def test_new_windows_count_everything_again(office: Office) -> None:
    log = CaseLog()
    log.served(hours=30)
    await office.feed.give(log.facts)
    assert await office.statistics.reevaluate(office.db)
    tight = Statistics(Windows(warning_hours=24))
    assert await tight.reevaluate(office.db)
    assert not await tight.reevaluate(office.db)
    async with office.db.connection() as conn:
        day = (await tight.get_as_of(conn)).day
        assert await tight.observe(conn) == recount(log.facts, tight.windows, day, epoch=1)


async def test_new_epoch_counts_from_the_beginning(office: Office) -> None:
    old, new = CaseLog(seed=1), CaseLog(seed=2)
    old.stroll(40)
    new.stroll(40)
    await office.feed.give(old.facts, epoch=1)
    await office.feed.give(new.facts, epoch=2)
    await office.sweep(new.now)
    assert await office.observe() == recount(new.facts, Windows(), new.now.date(), epoch=2)


async def test_prefecture_counts_each_county_once(office: Office) -> None:
    log = CaseLog()
    for region in ("330382001", "330302002", "371502001"):
        log.served(region=region)
    await office.feed.give(log.facts)
    for region, value in (("330382", 1), ("330300", 2), ("371500", 1), ("330000", 2)):
        assert (await office.get(region))["dv-warning-issued", "issued"]["value"] == value


async def test_only_who_may_read_statistics_reads_them(office: Office) -> None:
    worker = await office.door.of("police-station@330382001", "act")
    assert (await worker.get("/indicators", year=2026, region="330382")).status_code == 403
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
        await set_clock(admin_database, log.now + timedelta(days=8))
        topic, bootstrap = service.settings.namespace + OBSERVATIONS.name, service.settings.kafka_bootstrap
        async with (
            asyncio.timeout(30),
            AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer,
        ):
            records = [await consumer.getone() for _ in range(6)]
        found = [Observation.read(record.value) for record in records]
        assert records[0].key == f"{found[0].indicator}/{found[0].region}".encode()
        visits = next(one for one in found if (one.indicator, one.region) == ("dv-follow-up-visit", "330382"))
        assert (visits.denominator, visits.numerator, visits.value) == (1, 0, 0.0)
