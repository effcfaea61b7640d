"""`liandong indicators publish, editions, compare, export, explain, warn` on a database of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from contracts.base import SHANGHAI
from deploy import cli
from deploy.installation import administrator
from services.platform import database
from services.platform.clock import DatabaseClock, set_simulated
from services.platform.provision import provision
from services.statistics.catalogue import define
from services.statistics.handlers import Statistics
from services.statistics.releases.figures import figures_of
from services.statistics.store import store_evaluated_with
from tests.integration.counted import Members
from tests.integration.platform_fixtures import Space, drop
from workflows.policy import load_policy

Run = Callable[..., Awaitable[Result]]

PROPOSER = "--unit", "statistics@330300", "--worker", "T001"
SIGNER = "--unit", "womens-children-committee@330300", "--worker", "fe-07"


@pytest.fixture
async def dsn(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The commands are pointed at a fresh database with 14 letters in each of two counties."""
    admin = await asyncpg.connect(postgres_dsn)
    await admin.execute("CREATE DATABASE of_commands")
    dsn = urlunsplit(urlsplit(postgres_dsn)._replace(path="/of_commands"))
    monkeypatch.setenv("LIANDONG_POSTGRES_DSN", dsn)
    await provision(dsn, "", {"statistics": "secret"}, ("statistics",))
    await fill(dsn)
    yield dsn
    await drop(Space("statistics", dsn))
    await admin.execute("DROP DATABASE of_commands WITH (FORCE)")
    await admin.close()


async def fill(dsn: str) -> None:
    statistics = Statistics(define(load_policy()))
    letters = next(one for one in figures_of(statistics.parts, "330300") if one.key == ("dv-warning-issued", "issued"))
    async with administrator(dsn, "statistics") as db:
        async with db.transaction() as conn:
            await set_simulated(conn, datetime(2027, 2, 1, 9, tzinfo=SHANGHAI))
        await statistics.reevaluate(db)
        await statistics.sweep(db, DatabaseClock())
        for region in ("330302", "330382"):
            await Members(db, number=int(region) * 100).add(14, letters, region, relation="spouse")


@pytest.fixture
def run(dsn: str, tmp_path: Path) -> Run:
    assert dsn

    async def run(*arguments: str) -> Result:
        runner = CliRunner(env={"COLUMNS": "200"})
        return await asyncio.to_thread(runner.invoke, cli.app, ["indicators", *arguments, "--home", str(tmp_path)])

    return run


async def test_from_proposal_to_files_by_commands(run: Run, tmp_path: Path) -> None:
    refused = await run("export", "温州", "2026", "--out", str(tmp_path / "out"))
    assert (refused.exit_code, "尚未发布，请先提出" in refused.output) == (1, True)
    proposed = await run("publish", "温州", "2026", "--propose", *PROPOSER)
    assert proposed.exit_code == 0, proposed.output
    assert "等待另一人签发" in proposed.stdout
    assert "正在冻结并检验，最长 120 秒" in proposed.stderr
    alone = await run("publish", "温州", "2026", "--sign-off", *PROPOSER)
    assert (alone.exit_code, "须由另一人签发" in alone.output) == (1, True)
    signed = await run("publish", "温州", "2026", "--sign-off", *SIGNER)
    assert "温州市 2026年 第1版 2027-02-01 发布" in signed.output
    assert "published" in (await run("editions", "温州", "2026")).output
    for name in ("xlsx", "csv", "sdmx", "sdmx-csv", "adx", "svg"):
        done = await run("export", "温州", "2026", "--format", name, "--out", str(tmp_path / "out"))
        assert done.exit_code == 0, done.output
    charts = list((tmp_path / "out" / "330300-2026-e1-charts").glob("*.svg"))
    assert "dv-warning-issued-issued.svg" in {path.name for path in charts}
    assert f"330300-2026-e1-charts：{len(charts)} 个文件" in done.output
    files = {path.name for path in (tmp_path / "out").iterdir()}
    (tmp_path / "file").touch()
    refused = await run("export", "温州", "2026", "--out", str(tmp_path / "file"))
    assert (refused.exit_code, "无法写入" in refused.output) == (1, True)
    assert {"330300-2026-e1.xlsx", "330300-2026-e1.csv", "330300-2026-e1.adx.xml"} <= files


async def test_what_came_later_is_compared_and_explained(run: Run, dsn: str) -> None:
    await run("publish", "温州", "2026", "--propose", *PROPOSER)
    await run("publish", "温州", "2026", "--sign-off", *SIGNER)
    assert "没有变化" in (await run("compare", "温州", "2026")).output
    async with administrator(dsn, "statistics") as db:
        statistics = figures_of(Statistics(define(load_policy())).parts, "330300")
        letters = next(one for one in statistics if one.key == ("dv-warning-issued", "issued"))
        (case,) = await Members(db, number=7).add(1, letters, "330382", relation="spouse")
    compared = (await run("compare", "温州", "2026")).output
    assert "新增 / came" in compared
    assert str(case) not in compared
    assert str(case) in (await run("compare", "温州", "2026", "--trace")).output
    explained = (await run("explain", "dv-warning-issued", "--city", "温州", "--year", "2026")).output
    assert "参数 / setting T: 72 小时 / hours（全国：" in explained
    assert "乐清市 330382" in explained
    assert "预警 / warnings:" in (await run("warn", "温州")).output


async def test_what_was_counted_with_other_settings_is_not_published_under_these(run: Run, dsn: str) -> None:
    """A pack was changed, and the service still counts with the one before."""
    async with administrator(dsn, "statistics") as db, db.transaction() as conn:
        await store_evaluated_with(conn, "those of a shorter window")
    refused = await run("publish", "温州", "2026", "--propose", *PROPOSER)
    assert (refused.exit_code, "请用同一版本的程序" in refused.output) == (1, True)
    assert "没有版次" in (await run("editions", "温州", "2026")).output


async def test_who_comes_while_another_holds_the_table_is_told_to_try_again(
    run: Run, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._SESSION, "lock_timeout", "1s")  # of whoever comes
    async with administrator(dsn, "statistics") as db, db.transaction() as conn:
        await conn.execute("LOCK TABLE sweep IN SHARE ROW EXCLUSIVE MODE")
        refused = await run("publish", "温州", "2026", "--propose", *PROPOSER)
    assert (refused.exit_code, "请再试一次" in refused.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("publish", "温州", "2027", "--propose", *PROPOSER), "2027-12-31 才结束"),
        (("publish", "温州", "2026", *PROPOSER), "--propose 或 --sign-off 之一"),
        (("publish", "杭州", "2026", "--propose", *PROPOSER), "目录中没有城市“杭州”"),
        (("publish", "温州", "2026", "--propose", "--unit", "statistics@330300", "--worker", "wang"), "至少含一位数字"),
        (("compare", "温州", "2026H1"), "应为 2026、2026-S1"),
        (("explain", "dv-letters", "--city", "温州", "--year", "2026"), "目录中没有可计算的指标"),
    ],
)
async def test_what_cannot_be_done_says_what_is_wrong(run: Run, arguments: tuple[str, ...], words: str) -> None:
    refused = await run(*arguments)
    assert (refused.exit_code, words in refused.output) == (1, True), refused.output
