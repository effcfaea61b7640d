"""What a reporter may rely on: an answer means that the report arrives, once, whatever is down behind intake."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from contracts.base import SHANGHAI
from contracts.intake import ReportSubmitted
from contracts.vault import SealedReport, SealedReports
from deploy.local.kafka import Kafka
from deploy.local.process import free_port
from services.platform.database import Database
from tests.integration.platform_fixtures import Space, admin_database, eventually, space
from tests.integration.reading import set_clock
from tests.integration.reporting_fixtures import (
    GIRL,
    HOTLINE,
    NAMES,
    NARRATIVE,
    REPORTER,
    City,
    city,
    new_city,
    report,
    send,
)

__all__ = ["admin_database", "city", "space"]

SECRETS = (GIRL, NARRATIVE, *NAMES.values(), *REPORTER.values())


async def test_a_report_is_acknowledged_and_published_without_the_people_in_it(city: City) -> None:
    async with city.vault(), city.intake() as intake:
        answer = await send(intake, report())
        assert answer.status_code == 201
        await published(city, 1)
    receipt = answer.json()
    assert receipt["receipt"].startswith("LD20")
    assert receipt["public_state"] == "received"
    (record,) = await city.published()
    event = ReportSubmitted.read(record.value)
    assert str(event.report_id) == receipt["report_id"] == header(record, "ce_id")
    assert header(record, "ce_type") == ReportSubmitted.TYPE
    assert record.key.decode() == event.subjects[0].token
    assert (event.subjects[0].age_years, event.reporter.unit, event.has_narrative) == (13, HOTLINE, True)
    assert not any(secret in record.value.decode() for secret in SECRETS)


@pytest.mark.parametrize(("hour", "danger", "call"), [(9, False, "12338"), (18, False, "12345"), (18, True, "110")])
async def test_a_receipt_says_which_line_answers_now_and_whom_to_call_in_danger(
    city: City, admin_database: Database, hour: int, danger: bool, call: str
) -> None:
    monday = datetime(2026, 3, 9, hour, tzinfo=SHANGHAI)
    woman = {"persons": {}, "subjects": [{"role": "victim", "sex": "female", "age_years": 34}]}
    await set_clock(admin_database, monday)
    async with city.intake() as intake:
        body = report(kind="harm_to_woman", situation=None, immediate_danger=danger, **woman)
        receipt = (await send(intake, body)).json()
        assert (receipt["call"], receipt["call_in_danger"]) == (call, "110")
        await set_clock(admin_database, monday + timedelta(days=5))
        on_saturday = (await intake.get(f"/reports/{receipt['receipt']}")).json()
        assert on_saturday["call"] == ("110" if danger else "12345")


async def test_a_report_is_accepted_while_the_vault_is_down_and_arrives_afterwards_once(city: City) -> None:
    async with city.intake() as intake:
        assert (await send(intake, report())).status_code == 201
        async with city.vault():
            await published(city, 1)
    assert len(await city.published()) == 1


async def test_a_report_is_accepted_while_kafka_is_down_and_arrives_afterwards_once(
    space: Space,
    home: Path,
    tmp_path: Path,
) -> None:
    kafka = Kafka(home / "kafka")
    try:
        await kafka.start()
        city = await new_city(space, kafka.bootstrap, tmp_path)
        await kafka.kill()
        async with city.vault(), city.intake() as intake:
            answers = [await send(intake, report()) for _ in range(5)]
            assert [answer.status_code for answer in answers] == [201] * 5
            await eventually(lambda: waits_in_outbox(city, 5))
            await kafka.start()
            await published(city, 5)
        ids = [header(record, "ce_id") for record in await city.published()]
        assert sorted(ids) == sorted(answer.json()["report_id"] for answer in answers)
    finally:
        await kafka.stop()


async def test_a_report_survives_a_kill_between_the_answer_and_the_hand_over(city: City) -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.intake"),
        env={**os.environ, **city.environment, "LIANDONG_HTTP_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with city.client(httpx.AsyncHTTPTransport(), HOTLINE, f"http://127.0.0.1:{port}") as intake:
            await eventually(lambda: process.returncode is not None or is_live(intake))
            answer = await send(intake, report())
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()
    assert answer.status_code == 201
    async with city.vault(), city.intake():
        await published(city, 1)
    (record,) = await city.published()
    assert header(record, "ce_id") == answer.json()["report_id"]


async def test_a_hand_over_that_intake_did_not_live_to_note_is_repeated_with_the_same_tokens(city: City) -> None:
    async with city.intake() as intake:
        await send(intake, report(persons={}, subjects=[{"role": "victim", "sex": "female", "age_years": 13}]))
    (row,) = await city.fetch("intake", "SELECT report_id, content FROM sealed")
    async with city.vault() as vault:
        body = SealedReports(reports=(SealedReport(report_id=row["report_id"], sealed=row["content"]),))
        before = (await vault.post("/sealed", content=body.to_json())).json()["issued"][0]["tokens"]
        async with city.intake():
            await published(city, 1)
    (record,) = await city.published()
    assert ReportSubmitted.read(record.value).subjects[0].token == before["victim"]


async def test_two_relays_on_the_same_reports_publish_each_once(city: City) -> None:
    async with city.intake() as intake:
        for _ in range(20):
            await send(intake, report())
    async with city.vault(), city.intake(), city.intake(instance="1"):
        await published(city, 20)
    assert len(await city.published()) == 20


async def test_a_report_sealed_for_another_vault_does_not_hold_up_the_others_and_is_kept(
    city: City, tmp_path: Path
) -> None:
    other = await new_city(city.space, city.bootstrap, make_folder(tmp_path / "other"))
    async with city.intake(vault_public_key_file=other.folder / "vault.pub") as intake:
        lost = (await send(intake, report())).json()["report_id"]
    async with city.vault(), city.intake() as intake:
        good = (await send(intake, report())).json()["report_id"]
        await published(city, 1)
        await eventually(lambda: stays_sealed(city, "cannot_be_opened"))
    assert [header(record, "ce_id") for record in await city.published()] == [good]
    (row,) = await city.fetch("intake", "SELECT report_id, reason FROM sealed")
    assert (str(row["report_id"]), row["reason"]) == (lost, "cannot_be_opened")


async def test_a_report_refused_a_hundred_times_does_not_hold_up_the_others(city: City, tmp_path: Path) -> None:
    other = await new_city(city.space, city.bootstrap, make_folder(tmp_path / "other"))
    async with city.intake(vault_public_key_file=other.folder / "vault.pub") as intake:
        await send(intake, report())
    await city.fetch("intake", "UPDATE sealed SET attempts = 100")
    async with city.vault(), city.intake() as intake:
        good = (await send(intake, report())).json()["report_id"]
        await published(city, 1)
    assert [header(record, "ce_id") for record in await city.published()] == [good]
    (row,) = await city.fetch("intake", "SELECT attempts, due_at - now() AS wait FROM sealed")
    assert row["attempts"] > 100
    assert row["wait"] <= timedelta(minutes=10)


async def test_a_report_published_a_hundred_times_is_published_again_within_the_hour(city: City) -> None:
    async with city.vault(), city.intake() as intake:
        await send(intake, report())
        await published(city, 1)
    await city.fetch("intake", "UPDATE unseen SET attempts = 100, due_at = now()")
    async with city.intake():
        await published(city, 2)
    (row,) = await city.fetch("intake", "SELECT due_at - now() AS wait FROM unseen")
    assert timedelta(minutes=50) < row["wait"] <= timedelta(hours=1)


async def test_the_sealed_bytes_are_gone_after_the_hand_over(city: City) -> None:
    async with city.intake() as intake:
        await send(intake, report())
        assert len(await city.fetch("intake", "SELECT content FROM sealed")) == 1
        async with city.vault():
            await published(city, 1)
    assert await city.fetch("intake", "SELECT content FROM sealed") == []


async def test_intake_holds_nobody_in_clear_before_or_after_the_hand_over(city: City) -> None:
    async with city.intake() as intake:
        key = "a-key-of-the-hospital-1"
        await send(intake, report(), key=key)
        await assert_nobody_in(city, (*SECRETS, key))
        async with city.vault():
            await published(city, 1)
        await assert_nobody_in(city, (*SECRETS, key))


async def test_the_same_identity_number_gets_the_same_token_and_no_number_a_new_one(city: City) -> None:
    nobody = report(persons={"victim": NAMES}, subjects=[{"role": "victim", "sex": "female", "age_years": 13}])
    async with city.vault(), city.intake() as intake:
        known = [(await send(intake, report())).json()["report_id"] for _ in range(2)]
        unknown = [(await send(intake, nobody)).json()["report_id"] for _ in range(2)]
        await published(city, 4)
    events = [ReportSubmitted.read(record.value) for record in await city.published()]
    tokens = {str(event.report_id): event.subjects[0].token for event in events}
    assert tokens[known[0]] == tokens[known[1]]
    assert len({tokens[known[0]], tokens[unknown[0]], tokens[unknown[1]]}) == 3


async def test_the_trace_of_the_request_goes_on_in_the_event(city: City) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    async with city.vault(), city.intake() as intake:
        await send(intake, report(), traceparent=f"00-{trace}-b7ad6b7169203331-01")
        await published(city, 1)
    (record,) = await city.published()
    assert trace in header(record, "traceparent")


async def published(city: City, count: int) -> None:
    """Wait until the relay has sent so many and none is left."""

    async def sent() -> bool:
        rows = await city.fetch("intake", "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM sealed WHERE reason IS NULL")
        return not rows and len(await city.published()) >= count

    await eventually(sent)


async def waits_in_outbox(city: City, count: int) -> bool:
    return len(await city.fetch("intake", "SELECT 1 FROM outbox")) == count


async def stays_sealed(city: City, reason: str) -> bool:
    return bool(await city.fetch("intake", "SELECT 1 FROM sealed WHERE reason = $1", reason))


async def is_live(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def assert_nobody_in(city: City, secrets: tuple[str, ...]) -> None:
    for table, text in (await city.table_bytes("intake")).items():
        assert not [secret for secret in secrets if secret in text or json.dumps(secret)[1:-1] in text], table


def header(record: object, name: str) -> str:
    return str(dict(record.headers)[name].decode())  # type: ignore[attr-defined]


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path
