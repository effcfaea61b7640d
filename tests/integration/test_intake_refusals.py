"""What intake refuses, and how it says so: a problem that names the field in both languages, and nothing stored."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.platform_fixtures import Space
from tests.integration.reporting_fixtures import (
    DESK,
    GIRL,
    HOSPITAL,
    HOTLINE,
    STATION,
    City,
    new_city,
    report,
    send,
)

WRONG_CHECK = GIRL[:17] + ("1" if GIRL[17] != "1" else "2")
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
async def city(postgres_dsn: str, kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> City:
    return await new_city(Space("refusals_", postgres_dsn), kafka_bootstrap, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
async def intake(city: City) -> AsyncIterator[httpx.AsyncClient]:
    """One intake for all: what it refuses it does not keep."""
    async with city.intake() as client:
        yield client


@pytest.fixture
def key() -> str:
    return str(uuid4())


async def stored(city: City) -> int:
    (row,) = await city.fetch("intake", "SELECT count(*) FROM report")
    return int(row["count"])


REFUSED: dict[str, tuple[Any, int, str | None]] = {
    "malformed json": (b'{"type": "report", ', 400, None),
    "not utf-8": ('{"type": "中文"}'.encode("gb18030"), 400, None),
    "empty body": (b"", 400, None),
    "not an object": (b"[]", 422, ""),
    "unknown type": (report(type="gossip"), 422, "/type"),
    "no type": (report(type=None), 422, "/type"),
    "missing field": (report(region=None), 422, "/region"),
    "a county that does not exist": (report(region="330399"), 422, "/region"),
    "a township that does not exist": (report(region="330382999"), 422, "/region"),
    "a prefecture instead of a county": (report(region="330300"), 422, "/region"),
    "a police unit that does not exist": (
        report(received_by_police_unit="police-station@330382999"),
        422,
        "/received_by_police_unit",
    ),
    "unknown field": (report(colour="red"), 422, "/colour"),
    "wrong type of value": (report(prior_reports="three"), 422, "/prior_reports"),
    "unknown code": (report(situation="mr10"), 422, "/situation"),
    "impossible check digit": (
        report(persons={"victim": {"id_number": WRONG_CHECK}}),
        422,
        "/persons/victim/id_number",
    ),
    "impossible birth date": (
        report(persons={"victim": {"id_number": "330382201213400019"}}),
        422,
        "/persons/victim/id_number",
    ),
    "time without zone": (report(learned_at="2026-03-04T09:00:00"), 422, "/learned_at"),
    "future time": (report(submitted_at=TOMORROW), 422, "/submitted_at"),
    "future time inside a list": (
        report(submitted_at=TOMORROW, hops=[{"unit_kind": "hotline", "at": TOMORROW}]),
        422,
        "/hops/0/at",
    ),
    "a number of a person as reference": (report(external_ref=GIRL), 422, "/external_ref"),
    "two megabytes": (report(narrative="伤" * 700_000), 413, None),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_body_that_is_not_right_is_refused_by_field_and_in_both_languages(
    case: str, city: City, intake: httpx.AsyncClient
) -> None:
    body, status, where = REFUSED[case]
    before = await stored(city)
    answer = await send(intake, body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["title_zh"]
    assert problem["title_en"]
    if where is not None:
        found = {error["field"]: error for error in problem["errors"]}
        assert where in found
        assert found[where]["zh"]
        assert found[where]["en"]
    assert GIRL not in answer.text
    assert await stored(city) == before


async def test_the_same_key_with_the_same_body_gets_the_same_receipt(
    city: City, intake: httpx.AsyncClient, key: str
) -> None:
    first = await send(intake, report(), key=key)
    before = await stored(city)
    second = await send(intake, report(), key=key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert await stored(city) == before


async def test_the_same_key_at_the_same_moment_is_one_report(city: City, intake: httpx.AsyncClient, key: str) -> None:
    before = await stored(city)
    answers = await asyncio.gather(*(send(intake, report(), key=key) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert await stored(city) == before + 1


async def test_the_same_key_with_another_body_is_refused_and_nothing_stored(
    city: City, intake: httpx.AsyncClient, key: str
) -> None:
    await send(intake, report(), key=key)
    before = await stored(city)
    answer = await send(intake, report(prior_reports=1), key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert answer.json()["errors"][0]["field"] == "/header/Idempotency-Key"
    assert await stored(city) == before


async def test_the_same_key_of_another_unit_is_another_request(city: City, intake: httpx.AsyncClient, key: str) -> None:
    first = await send(intake, report(), key=key)
    second = await send(intake, report(), key=key, **city.as_unit(HOSPITAL))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["receipt"] != second.json()["receipt"]


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "short"}])
async def test_a_key_that_is_missing_or_short_is_refused_by_name(
    headers: dict[str, str], intake: httpx.AsyncClient
) -> None:
    answer = await intake.post("/reports", content=json.dumps(report()).encode(), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "/header/Idempotency-Key")


async def test_nobody_reports_without_a_token_or_with_one_for_something_else(
    city: City, intake: httpx.AsyncClient
) -> None:
    assert (await send(intake, report(), authorization="Bearer guessed")).status_code == 401
    assert (await send(intake, report(), **city.as_unit(DESK))).status_code == 403


async def test_only_police_record_a_warning_letter(city: City, intake: httpx.AsyncClient) -> None:
    letter = report(
        type="dv_warning",
        kind=None,
        situation=None,
        reporter={"category": "police"},
        subjects=[{"role": "victim", "minor": False}, {"role": "perpetrator", "minor": False}],
        persons={},
        letter_number="乐公（城东）告诫〔2026〕1号",
        decided_at="2026-03-04T09:10:00+08:00",
        grounds=["public_place"],
        station=STATION,
        violence=["beating"],
        relation="spouse",
    )
    hotline, station = await send(intake, letter), await send(intake, letter, **city.as_unit(STATION))
    assert (hotline.status_code, hotline.json()["code"]) == (403, "not-yours-to-record")
    assert station.status_code == 201


async def test_a_hospital_does_not_report_as_somebody_without_a_duty(city: City, intake: httpx.AsyncClient) -> None:
    answer = await send(intake, report(reporter={"category": "other"}), **city.as_unit(HOSPITAL))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "/reporter/category")
    assert "medical" in answer.json()["errors"][0]["en"]
    assert (await send(intake, report(reporter={"category": "other"}))).status_code == 201


async def test_another_unit_cannot_read_the_public_state(city: City, intake: httpx.AsyncClient) -> None:
    receipt = (await send(intake, report())).json()["receipt"]
    mine = await intake.get(f"/reports/{receipt}")
    theirs = await intake.get(f"/reports/{receipt}", headers=city.as_unit(HOSPITAL))
    none = await intake.get("/reports/LD20260304AAAAAAAA", headers=city.as_unit(HOSPITAL))
    assert (mine.status_code, mine.json()["public_state"]) == (200, "received")
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() == none.json()


async def test_a_unit_that_is_no_desk_sees_no_duty_desk(intake: httpx.AsyncClient, city: City) -> None:
    assert (await intake.get("/duty-desk", headers=city.as_unit(HOSPITAL))).status_code == 403
    assert (await intake.get("/duty-desk", headers=city.as_unit(HOTLINE))).status_code == 200
