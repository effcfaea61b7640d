"""What keepers state, by Kafka, HTTP and command, on a real database and a real broker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from contracts.base import SHANGHAI
from contracts.codes import DenominatorName
from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated, SignOff
from contracts.regions import parts_of
from contracts.topics import DENOMINATORS, EXTERNAL, Topic
from deploy import feeds_cli
from deploy.indicators_cli import indicators_app
from deploy.installation import Access
from services.platform.database import Database
from services.platform.quarantine import list_quarantined
from services.platform.service import Service
from services.platform.settings import Settings
from services.statistics import app
from services.statistics.feeds import store
from services.statistics.feeds.errors import FeedError
from services.statistics.feeds.external import Signature
from services.statistics.feeds.model import Row
from services.statistics.handlers import Statistics
from services.statistics.settings import StatisticsSettings
from tests.case_logs import CaseLog
from tests.integration.platform_fixtures import Space, admin_database, eventually, producing, space, topics
from tests.integration.reading import Door, Provisioned, Running, opened, provisioned, running, send_facts, set_clock

__all__ = ["admin_database", "provisioned", "running", "space", "topics"]

NOW = datetime(2027, 3, 1, 9, tzinfo=SHANGHAI)
SIGNED = {"unit": "womens-children-committee@330382", "worker": "F0001", "on": "2027-03-01"}
POLICE, OFFICE = "police-bureau@330382", "womens-children-committee@330382"
HEAD = "name,region,year,band,value,as_of,unit,document,revision\n"
CALLS = "dv_police_incidents,330382,2026,,120,2026-12-31,police-bureau@330382,乐公〔2027〕1号,1\n"


def create(settings: Settings) -> Service:
    return app.create(StatisticsSettings(**settings.model_dump()))


def calls(value: int, revision: int = 1, region: str = "330382", **more: Any) -> DenominatorStated:
    said: dict[str, Any] = {"name": DenominatorName.DV_POLICE_INCIDENTS, "region": region, "year": 2026, "value": value}
    said |= {"as_of": date(2026, 12, 31), "unit": f"police-bureau@{region}", "document": "公〔2027〕1号"}
    return DenominatorStated(**said | {"revision": revision} | more)


def women(value: int, region: str) -> DenominatorStated:
    more = {"name": DenominatorName.POPULATION_WOMEN, "band": "35-64", "unit": f"health@{region}"}
    return calls(value, 1, region, **more)


def legal_aid(value: float = 318, **more: Any) -> ExternalValueStated:
    said: dict[str, Any] = {"target": "yueqing-women-table-09", "year": 2026, "unit": "justice@330382"}
    return ExternalValueStated(**said | {"value": value, "document": "乐司〔2027〕5号", "worker": "W0318"} | more)


class Office:
    """The tables of statistics on 1 March 2027, and the doors to them."""

    def __init__(self, service: Service, space: Space, admin: Database) -> None:
        self.db, self.door, self.space, self._admin = service.db, Door(service, admin), space, admin
        self.statistics: Statistics = service.app.state.statistics

    async def begin(self) -> None:
        await set_clock(self._admin, NOW)

    async def take(self, feed: store.Feed, *said: Any) -> int:
        async with self.db.transaction() as conn:
            rows = [Row(n, one) for n, one in enumerate(said, 1)]
            return len((await store.take_all(conn, feed, rows, NOW)).new)

    async def revisions(self, region: str = "330382") -> list[DenominatorStated]:
        async with self.db.connection() as conn:
            return await store.list_denominator_revisions(conn, 2026, region)

    async def find(self, region: str, name: str = "dv_police_incidents", band: str = "") -> int | None:
        async with self.db.connection() as conn:
            return (await store.list_filled_in(conn, 2026)).get((name, band, 2026, region))

    async def standing(self, target: str = "yueqing-women-table-09") -> tuple[str, float | None]:
        async with self.db.connection() as conn:
            rows = {one.target.id: one for one in await store.list_external(conn, "330382", 2026)}
        return rows[target].standing, final.value if (final := rows[target].final) else None

    async def sign(self, worker: str, revision: int = 1) -> Signature | None:
        async with self.db.transaction() as conn:
            place = ("yueqing-women-table-09", 2026)
            return await store.sign_off(conn, place, revision, SignOff(unit=OFFICE, worker=worker), NOW)


@pytest.fixture
async def office(provisioned: Provisioned, admin_database: Database, space: Space) -> AsyncIterator[Office]:
    async with opened(create(await provisioned("statistics"))) as service:
        office = Office(service, space, admin_database)
        await office.begin()
        yield office


# -- tables -------------------------------------------------------------------------------------------------------


async def test_correction_is_kept_beside_what_it_corrects_and_the_newest_counts(office: Office) -> None:
    assert await office.take(store.DENOMINATORS, calls(120)) == 1
    assert await office.take(store.DENOMINATORS, calls(120)) == 0
    with pytest.raises(FeedError, match="stated before as 120"):
        await office.take(store.DENOMINATORS, calls(121))
    assert await office.find("330382") == 120
    assert await office.take(store.DENOMINATORS, calls(121, 2)) == 1
    assert await office.revisions() == [calls(120), calls(121, 2)]
    assert await office.find("330382") == 121


async def test_one_bad_statement_keeps_the_good_ones_out(office: Office) -> None:
    with pytest.raises(FeedError) as refused:
        await office.take(store.DENOMINATORS, calls(120), calls(7, region="330302"), calls(121))
    assert [(one.row, one.column) for one in refused.value.faults] == [(3, "value")]
    assert await office.revisions("") == []


async def test_who_states_differently_at_the_same_time_waits_and_is_refused(office: Office) -> None:
    async with office.db.transaction() as conn:
        await store.take_all(conn, store.DENOMINATORS, [Row(1, calls(120))], NOW)
        second = asyncio.create_task(office.take(store.DENOMINATORS, calls(121)))

        async def waits() -> bool:
            return bool(await conn.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(waits)
    with pytest.raises(FeedError, match="stated before as 120"):
        await second
    assert await office.revisions() == [calls(120)]


async def test_city_is_the_sum_of_its_counties_once_all_are_stated(office: Office) -> None:
    first, *others = parts_of("330300")
    await office.take(store.DENOMINATORS, *(women(1000, county) for county in others))
    assert await office.find("330300", "population_women", "35-64") is None
    await office.take(store.DENOMINATORS, women(500, first))
    assert await office.find("330300", "population_women", "35-64") == 500 + 1000 * len(others)
    assert await office.find("330300", "population_women", "20-64") is None
    async with office.db.connection() as conn:
        filled = (await office.statistics.count(conn, 2026)).stated
    assert filled["population_women", "35-64", 2026, "330300"] == 500 + 1000 * len(others)


async def test_city_that_is_stated_is_not_added_up_and_what_does_not_add_up_is_reported(office: Office) -> None:
    await office.take(store.DENOMINATORS, *(calls(10, region=county) for county in parts_of("330800")))
    await office.take(store.DENOMINATORS, calls(61, region="330800"))
    assert await office.find("330800") == 61
    async with office.db.connection() as conn:
        (found,) = await store.list_contradictions(conn, 2026)
    assert (found.region, found.stated, found.total) == ("330800", 61, 60)


async def test_stated_zero_is_found_and_is_not_nothing(office: Office) -> None:
    await office.take(store.DENOMINATORS, calls(0))
    assert (await office.find("330382"), await office.find("330302")) == (0, None)


async def test_value_of_a_table_is_final_when_a_second_person_has_signed_it(office: Office) -> None:
    assert await office.standing() == ("not_reported", None)
    await office.take(store.EXTERNAL, legal_aid())
    assert await office.standing() == ("unsigned", None)
    for worker in ("W0318", "w0318", "W-0318"):
        with pytest.raises(FeedError, match="cannot sign it off"):
            await office.sign(worker)
    assert await office.sign("F0001") is None
    assert await office.sign("F0002") == Signature(OFFICE, "F0001", NOW.date())
    assert await office.standing() == ("signed", 318)
    await office.take(store.EXTERNAL, legal_aid(320, revision=2))
    assert await office.standing() == ("correction_unsigned", 318)
    with pytest.raises(FeedError, match="revision 2 is newer"):
        await office.sign("F0001")
    with pytest.raises(FeedError, match="no revision 3"):
        await office.sign("F0001", 3)


@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET revision = 7", "TRUNCATE {} CASCADE"])
async def test_what_was_stated_cannot_be_changed_by_the_service_itself(office: Office, change: str) -> None:
    await office.take(store.DENOMINATORS, calls(120))
    await office.take(store.EXTERNAL, legal_aid())
    await office.sign("F0001")
    for table in ("denominator", "external_value", "external_sign_off"):
        with pytest.raises(asyncpg.RestrictViolationError, match="only ever added to"):
            async with office.db.transaction() as conn:
                await conn.execute(change.format(table))
    assert await office.standing() == ("signed", 318)


# -- HTTP ---------------------------------------------------------------------------------------------------------


async def test_keeper_states_its_own_figures_and_no_other_unit_does(office: Office) -> None:
    body = {"statements": [calls(120).model_dump(mode="json")]}
    keeper = await office.door.of(POLICE, "state_figures")
    assert (await keeper.post("/denominators", body)).json() == {"stored": 1, "repeated": 0}
    assert (await keeper.post("/denominators", body)).json() == {"stored": 0, "repeated": 1}
    neighbour = await office.door.of("police-bureau@330302", "state_figures")
    worker = await office.door.of(POLICE, "act")
    assert [(await one.post("/denominators", body)).status_code for one in (neighbour, worker)] == [403, 403]
    reader = await office.door.of(OFFICE, "read_statistics")
    found = (await reader.get("/denominators", year=2026, region="330300")).json()
    assert [(one["value"], one["unit"], one["document"]) for one in found["denominators"]] == [
        (120, POLICE, "公〔2027〕1号")
    ]
    assert (await keeper.get("/denominators", year=2026, region="330300")).status_code == 403


async def test_refused_request_names_what_is_wrong_and_stores_nothing(office: Office) -> None:
    keeper = await office.door.of(POLICE, "state_figures")
    good, other = calls(120).model_dump(mode="json"), calls(7, year=2025, as_of=date(2025, 12, 31))
    for bad, field in (
        (good | {"value": -1}, "/statements/1/value"),
        (good | {"region": "330399"}, "/statements/1/region"),
        (good | {"as_of": "2027-01-01"}, "/statements/1/as_of"),
        (good | {"value": 121}, "/2/value"),
        (calls(5, year=2028, as_of=date(2027, 3, 1)).model_dump(mode="json"), "/2/year"),
    ):
        first = good if field == "/2/value" else other.model_dump(mode="json")
        answer = await keeper.post("/denominators", {"statements": [first, bad]})
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])
    assert await office.revisions("") == []


@pytest.mark.parametrize("path", ["/indicators", "/indicators/dv-follow-up-visit/revisions"])
async def test_unsuppressed_figures_are_for_who_is_in_charge_of_the_division(office: Office, path: str) -> None:
    reader = await office.door.of("statistics@330300", "read_statistics")
    await office.statistics.reevaluate(office.db)
    asked = [("330300", 200), ("330382", 200), ("330000", 403), ("371500", 403), ("٣٣٠٣٨٢", 422)]
    assert [(region, (await reader.get(path, year=2026, region=region)).status_code) for region, _ in asked] == asked


async def test_what_no_table_can_hold_is_refused_and_is_no_crash(office: Office) -> None:
    signer = await office.door.of(OFFICE, "sign_off", "propose_release")
    signature, row = {"revision": 1, "worker": "F0001"}, "yueqing-women-table-09"
    for place in ("yueqing%00/2026", f"{row}/99999999999", f"{row}/1999", f"{row}/2026.5"):
        answer = await signer.post(f"/external/{place}/sign-off", signature)
        assert (answer.status_code, [bool(one["zh"] and one["en"]) for one in answer.json()["errors"]]) == (422, [True])
    nul = await signer.post("/releases/330382/2026/proposal", {"worker": "tj-01", "reason": "补录\x00"})
    assert (nul.status_code, [one["field"] for one in nul.json()["errors"]]) == (422, ["/reason"])


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b'{"statements": [{"value": NaN}]}', "应为有限的数字"),
        (b'{"statements": [{"value": 1e999}]}', "应为有限的数字"),
        (b'{"statements": [', "不是有效的 JSON"),
        (b"\xff\xfe{}", "不是有效的 JSON"),
        (b"", "不是有效的 JSON"),
    ],
)
async def test_what_is_no_number_and_no_json_is_told_in_chinese(office: Office, sent: bytes, words: str) -> None:
    answer = await (await office.door.of("justice@330382", "state_figures")).send("/external", sent)
    assert answer.status_code == 422
    assert words in {one["zh"] for one in answer.json()["errors"]}


async def test_table_is_stated_signed_off_and_read_over_http(office: Office) -> None:
    keeper = await office.door.of("justice@330382", "state_figures")
    answer = await keeper.post("/external", {"statements": [legal_aid().model_dump(mode="json")]})
    assert answer.json()["stored"] == 1
    path, signature = "/external/yueqing-women-table-09/2026/sign-off", {"revision": 1, "worker": "F0001"}
    assert (await keeper.post(path, signature)).status_code == 403
    signer = await office.door.of(OFFICE, "sign_off", "read_statistics")
    assert (await signer.post(path, signature | {"worker": "王某"})).status_code == 422
    assert (await signer.post(path, signature | {"worker": "W0318"})).status_code == 422
    assert (await signer.post(path, signature | {"worker": "Ｆ0001"})).status_code == 422
    for worker in ("F0001", "F0002"):
        answer = (await signer.post(path, signature | {"worker": worker})).json()
        assert (answer["standing_zh"], answer["worker"]) == ("已签发", "F0001")
    rows = (await signer.get("/external", year=2026, region="330382")).json()["rows"]
    assert len(rows) == 19
    signed = {one["target"]: (one["standing_zh"], one["keeper_zh"], one["signed"]) for one in rows if one["newest"]}
    assert signed == {"yueqing-women-table-09": ("已签发", "司法局", SIGNED)}


# -- Kafka --------------------------------------------------------------------------------------------------------


async def send(settings: Settings, topic: Topic, said: Sequence[tuple[str, bytes]]) -> None:
    async with producing(settings.kafka_bootstrap) as producer:
        for id_, data in said:
            headers = {"ce_specversion": "1.0", "ce_id": id_, "ce_type": topic.types[0], "ce_source": "/keeper"}
            encoded = [(name, text.encode()) for name, text in headers.items()]
            await producer.send_and_wait(settings.namespace + topic.name, data, b"330382", headers=encoded)


async def test_statements_are_taken_from_kafka_once_and_bad_ones_are_held_while_their_neighbours_go_on(
    running: Running, admin_database: Database
) -> None:
    await set_clock(admin_database, NOW)
    async with running("statistics", create) as service:
        log = CaseLog()
        log.served()
        bad = [
            ("negative", calls(1).to_json().replace(b'"value":1,', b'"value":-1,')),
            ("differs", calls(121).to_json()),
            ("court", calls(1).to_json().replace(b"police-bureau@", b"court@")),
        ]
        good = [("first", calls(120).to_json()), ("again", calls(120).to_json())]
        await send_facts(service.settings, log.facts)
        await send(service.settings, DENOMINATORS, [*good, *bad, ("newer", calls(121, 2).to_json())])
        foreign = legal_aid(target="yueqing-women-table-01", unit="shelter@330382")
        told = [("aid", legal_aid()), ("future", legal_aid(year=2099)), ("foreign", foreign)]
        await send(service.settings, EXTERNAL, [(id_, said.to_json()) for id_, said in told])

        async def all_read() -> bool:
            async with service.db.connection() as conn:
                rows = await conn.fetch("SELECT topic, next_offset FROM fence")
            return {row["topic"]: row["next_offset"] for row in rows} | {"case.events": 0} == {
                "case.events": 0,
                DENOMINATORS.name: 6,
                EXTERNAL.name: 3,
            }

        await eventually(all_read)
        async with service.db.connection() as conn:
            stated = await store.list_denominator_revisions(conn, 2026, "330382")
            values = await store.list_external(conn, "330382", 2026)
            held = {one.reason for one in await list_quarantined(conn)}
        assert stated == [calls(120), calls(121, 2)]
        assert [one.newest for one in values if one.newest] == [legal_aid()]
        assert held == {
            "schema: value: greater_than_equal",
            "value: stated_differently",
            "schema: unit: unit_kind_wrong",
            "year: year_in_future",
            "may-not-speak-for-unit",
        }


# -- commands -----------------------------------------------------------------------------------------------------

Command = Callable[..., Awaitable[Result]]


@pytest.fixture
def command(office: Office, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`liandong indicators …` on the tables of the office."""

    @asynccontextmanager
    async def access(_home: Path) -> AsyncIterator[Access]:
        yield Access(admin_dsn=office.space.admin_dsn)

    @asynccontextmanager
    async def administrator(dsn: str, schema: str) -> AsyncIterator[Database]:
        db = Database(dsn, schema, namespace=office.space.namespace, size=1)
        await db.open()
        try:
            yield db
        finally:
            await db.close()

    monkeypatch.setattr(feeds_cli, "access", access)
    monkeypatch.setattr(feeds_cli, "administrator", administrator)

    async def run(*arguments: str | Path) -> Result:
        return await asyncio.to_thread(
            CliRunner(env={"COLUMNS": "200"}).invoke, indicators_app, [str(one) for one in arguments]
        )

    return run


async def test_file_of_denominators_is_taken_in_whole_or_not_at_all(
    office: Office, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "警情.csv"
    file.write_text(HEAD + CALLS + CALLS.replace("330382,2026", "330399,2026"), encoding="utf-8")
    refused = await command("denominators", "import", file)
    assert refused.exit_code == 1
    assert "第 3 行 地区：没有这个行政区划 / row 3, region: no such division" in refused.stderr
    assert await office.revisions("") == []
    file.write_text(HEAD + CALLS, encoding="utf-8")
    assert "保存 1 条，0 条此前已有" in (await command("denominators", "import", file)).stdout
    assert "保存 0 条，1 条此前已有" in (await command("denominators", "import", file)).stdout
    assert (await command("denominators", "list", "2026", "聊城")).stdout.startswith("没有记录")
    assert "温州市" in (await command("denominators", "list", "2026", "温洲")).stderr
    listed = (await command("denominators", "list", "2026", "温州")).stdout
    assert all(word in listed for word in ("家庭暴力警情", "330382 乐清市", "120", "乐公〔2027〕1号"))


async def test_template_of_denominators_is_filled_in_and_imported(
    office: Office, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "分母.csv"
    assert "10 行" in (await command("denominators", "template", "2026", "乐清", "--to", file)).stdout
    text = file.read_text(encoding="utf-8")
    line = "dv_police_incidents,家庭暴力警情,330382,2026,,"
    filled = f"{line}120,2026-12-31,police-bureau@330382,乐公〔2027〕1号,1"
    file.write_text(text.replace(f"{line},,,,1", filled), "utf-8")
    assert "保存 1 条" in (await command("denominators", "import", file)).stdout
    assert await office.revisions() == [calls(120, document="乐公〔2027〕1号")]
    await command("denominators", "template", "2026", "乐清", "--to", file)
    assert filled in file.read_text(encoding="utf-8")


async def test_import_tells_of_a_total_that_is_not_that_of_its_parts(
    office: Office, command: Command, tmp_path: Path
) -> None:
    await office.take(store.DENOMINATORS, *(calls(10, region=county) for county in parts_of("330800")))
    file = tmp_path / "city.csv"
    line = CALLS.replace("330382", "330800").replace("120", "61")
    file.write_text(HEAD + line, encoding="utf-8")
    assert (
        "衢州市（330800）家庭暴力警情 2026 报 61，下级合计 60" in (await command("denominators", "import", file)).stdout
    )


async def test_table_is_filled_in_imported_listed_and_signed_off(
    office: Office, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "乐清.csv"
    nowhere = await command("external", "template", "乐清", "2026", "--to", tmp_path / "no" / "table.csv")
    assert (nowhere.exit_code, "无法写入" in nowhere.output) == (1, True)
    assert "19 行" in (await command("external", "template", "乐清", "2026", "--to", file)).stdout
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("2026,,justice@330382,,,1", "2026,318,justice@330382,乐司〔2027〕5号,W0318,1"), "utf-8"
    )
    assert "保存 2 条" in (await command("external", "import", file)).stdout
    assert "待签发" in (await command("external", "list", "330382", "2026")).stdout
    sign = ("external", "sign-off", "yueqing-women-table-09", "2026", "--unit", OFFICE, "--by")
    refused = (await command(*sign, "W0318")).stderr
    assert "请换一人" in refused
    assert "行" not in refused
    assert (await command(*sign, "F0001")).stdout.startswith("已签发")
    again = f"此前已由 {OFFICE} F0001 于 2027-03-01 签发"
    assert (await command(*sign, "F0002")).stdout.startswith(again)
    assert f"签发 / signed {OFFICE} F0001 2027-03-01" in (await command("external", "list", "乐清", "2026")).stdout
    assert await office.standing() == ("signed", 318)
    assert await office.standing("yueqing-children-table-08") == ("unsigned", None)
    assert "没有统计表" in (await command("external", "list", "聊城", "2026")).stderr


@pytest.mark.parametrize(
    ("target", "unit", "worker", "words"),
    [
        ("yueqing-woman-table-09", OFFICE, "F0001", "相近的有：yueqing-women-table-09"),
        ("nope", OFFICE, "F0001", "目录中没有目标“nope”；列表：liandong indicators list"),
        ("yueqing-women-table-09", "妇儿工委", "F0001", "如 statistics@330300"),
        ("yueqing-women-table-09", OFFICE, "wang", "至少含一位数字"),
        ("yueqing-women-table-09", OFFICE, "F0001", "2026 年没有第 1 次修订，尚未报送"),
    ],
)
async def test_sign_off_that_is_wrong_says_what_would_be_right(
    command: Command, target: str, unit: str, worker: str, words: str
) -> None:
    refused = await command("external", "sign-off", target, "2026", "--unit", unit, "--by", worker)
    assert (refused.exit_code, words in refused.stderr, "行" in refused.stderr) == (1, True, False), refused.stderr
