"""Releases of a whole service: over HTTP with capabilities, out of Kafka with the example client, by command."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from contracts.base import SHANGHAI
from contracts.topics import RELEASES
from deploy.examples.release_consumer import follow
from services.platform.auth import Role
from services.platform.database import Database
from services.platform.service import Service
from services.platform.settings import Settings
from services.statistics import app
from services.statistics.releases.figures import Figure, figures_of
from services.statistics.settings import StatisticsSettings
from tests.integration.counted import Members
from tests.integration.platform_fixtures import PATIENT_SECONDS, admin_database, space, topics
from tests.integration.reading import Client, Door, Running, running, set_clock, until_ready

__all__ = ["admin_database", "running", "space", "topics"]

STATISTICS, COMMITTEE = "statistics@330300", "womens-children-committee@330300"
YEAR = "/releases/330300/2026"


def create(settings: Settings) -> Service:
    return app.create(StatisticsSettings(**settings.model_dump(), sweep_seconds=0.1))


class Bureau:
    def __init__(self, service: Service, admin: Database) -> None:
        self.service, self.door, self.members = service, Door(service, admin), Members(service.db)
        self.statistics = service.app.state.statistics

    async def of(self, unit: str, *roles: Role) -> Client:
        return await self.door.of(unit, *roles)

    def figure(self, indicator: str, part: str) -> Figure:
        return next(one for one in figures_of(self.statistics.parts, "330300") if one.key == (indicator, part))

    async def fill(self) -> None:
        letters = self.figure("dv-warning-issued", "issued")
        for region, half in (("330302", 1), ("330382", 2)):
            await self.members.add(14, letters, region, half=half, relation="spouse")


@pytest.fixture
async def bureau(running: Running, admin_database: Database) -> AsyncIterator[Bureau]:
    await set_clock(admin_database, datetime(2027, 2, 1, 9, tzinfo=SHANGHAI))
    async with running("statistics", create) as service:
        bureau = Bureau(service, admin_database)
        await until_ready(await bureau.of(STATISTICS, "read_statistics"))
        yield bureau


async def swept(bureau: Bureau) -> None:
    """The sweep of the day has been: before it nothing is known of the year's end."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while await bureau.statistics.sweep(bureau.service.db, bureau.service.clock):
            pass


async def test_a_release_reaches_the_example_client_only_after_two_persons(bureau: Bureau) -> None:
    await swept(bureau)
    await bureau.fill()
    proposer, signer = await bureau.of(STATISTICS, "propose_release"), await bureau.of(COMMITTEE, "sign_release")
    proposed = await proposer.post(f"{YEAR}/proposal", {"worker": "tj-01"})
    assert proposed.status_code == 201, proposed.text
    assert proposed.json()["stage"] == "proposed"
    assert proposed.json()["statuses"]["final"] > 100
    signed = await signer.post(f"{YEAR}/signature", {"worker": "fe-07"})
    assert (signed.status_code, signed.json()["signed_off_worker"]) == (200, "fe-07")
    settings = bureau.service.settings
    async with asyncio.timeout(PATIENT_SECONDS):
        release = await anext(follow(settings.kafka_bootstrap, settings.namespace + RELEASES.name))
    reader = await bureau.of(STATISTICS, "read_statistics")
    assert release.model_dump(mode="json") == (await reader.get(YEAR)).json()
    letters = [one for one in release.cells if one.key == ("dv-warning-issued", "issued") and not one.dimensions]
    assert {one.region: one.value for one in letters if one.value} == {"330300": 28, "330302": 14, "330382": 14}


@pytest.mark.parametrize(
    ("role", "unit", "path", "body"),
    [
        ("read_statistics", STATISTICS, "proposal", {"worker": "tj-01"}),
        ("propose_release", STATISTICS, "signature", {"worker": "tj-01"}),
        ("propose_release", "statistics@371500", "proposal", {"worker": "tj-01"}),
        ("propose_release", "statistics@330382", "proposal", {"worker": "tj-01"}),
        ("propose_release", "police-station@330300001", "proposal", {"worker": "tj-01"}),
        ("read_statistics", STATISTICS, "members/dv-warning-issued/issued", None),
    ],
)
async def test_who_may_not_is_refused(bureau: Bureau, role: Role, unit: str, path: str, body: Any) -> None:
    client = await bureau.of(unit, role)
    answer = await (client.post(f"{YEAR}/{path}", body) if body else client.get(f"{YEAR}/{path}"))
    assert answer.status_code == 403


async def test_refusals_are_problems_in_chinese_and_english(bureau: Bureau) -> None:
    await swept(bureau)
    signer, reader = await bureau.of(COMMITTEE, "sign_release"), await bureau.of(STATISTICS, "read_statistics")
    nothing = await signer.post(f"{YEAR}/signature", {"worker": "fe-07"})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "nothing-proposed")
    assert "请先提出" in nothing.json()["detail_zh"]
    unfinished = await (await bureau.of(STATISTICS, "propose_release")).post(
        "/releases/330300/2027/proposal", {"worker": "tj-01"}
    )
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, "period-unfinished")
    assert (await reader.get("/releases/北京/2026")).json()["code"] == "city-unknown"
    assert (await reader.get("/releases/温州/2026-Q1")).json()["code"] == "period-wrong"


async def test_only_who_may_trace_sees_the_cases(bureau: Bureau) -> None:
    await swept(bureau)
    await bureau.fill()
    await (await bureau.of(STATISTICS, "propose_release")).post(f"{YEAR}/proposal", {"worker": "tj-01"})
    await (await bureau.of(COMMITTEE, "sign_release")).post(f"{YEAR}/signature", {"worker": "fe-07"})
    letters = bureau.figure("dv-warning-issued", "issued")
    (case,) = map(str, await bureau.members.add(1, letters, "330302", relation="spouse"))
    reader = await bureau.of(STATISTICS, "read_statistics")
    tracer = await bureau.of(STATISTICS, "read_statistics", "trace_members")
    shown, traced = [await client.get(f"{YEAR}/comparison") for client in (reader, tracer)]
    assert shown.json()["differences"] == traced.json()["differences"]
    assert {one["region"] for one in shown.json()["differences"]} == {"330300", "330302"}
    assert case not in shown.text
    assert [one["case_id"] for one in traced.json()["changes"]] == [case]
    members = (await tracer.get(f"{YEAR}/members/dv-warning-issued/issued")).json()["members"]
    assert case in {one["case_id"] for one in members}
