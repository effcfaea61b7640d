"""`liandong indicators publish, editions, compare, export, explain, warn`: what leaves, and what became of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Annotated

import typer

from deploy import releases_pages as pages
from deploy.installation import access, administrator
from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.terminal import fail, say, trying_once, waiting, writing
from services.platform.clock import DatabaseClock
from services.platform.database import Connection, Database
from services.platform.problems import Problem
from services.statistics import catalogue
from services.statistics.catalogue import define
from services.statistics.errors import StatisticsError
from services.statistics.export import table as words
from services.statistics.handlers import Statistics
from services.statistics.releases import compare, grid, reading, store
from services.statistics.releases.checking import SECONDS
from services.statistics.releases.edition import Person
from services.statistics.releases.errors import NotThereError
from services.statistics.releases.figures import Figure
from services.statistics.releases.files import Format
from services.statistics.releases.grid import Scope
from services.statistics.releases.publish import Publisher, Sources
from services.statistics.releases.sources import sources_of
from services.statistics.releases.terms import get_scope
from workflows.policy import Policy, load_policy

City = Annotated[str, typer.Argument(help="城市名或区划代码。 / A city's name or code.")]
Period = Annotated[str, typer.Argument(help="2026、2026-S1 或 2026-S2。 / A year or a half of it.")]
Home = Annotated[Path | None, typer.Option(help="数据目录。 / Data folder.", show_default=False)]
EditionNumber = Annotated[int | None, typer.Option("--edition", help="哪一版，默认最新。 / Which edition.")]


@dataclass(frozen=True, slots=True)
class Office:
    """The statistics of an installation, as the administrator sees them."""

    db: Database
    statistics: Statistics
    policy: Policy
    sources: Sources

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.db, DatabaseClock(), self.sources)

    async def today(self, conn: Connection) -> date:
        return (await DatabaseClock().now(conn)).date()


Work = Callable[[Office], Awaitable[None]]


def publish(  # noqa: PLR0917 - one parameter for each option
    city: City,
    period: Period,
    unit: Annotated[str, typer.Option(help="经办单位。 / Unit of who decides, such as statistics@330300.")],
    worker: Annotated[str, typer.Option(help="经办人工号，如 T001，不能是姓名。 / Their number.")],
    propose: Annotated[bool, typer.Option("--propose", help="提出：冻结并检验。 / Freeze and check.")] = False,
    sign_off: Annotated[bool, typer.Option("--sign-off", help="签发他人提出的发布。 / Publish the proposal.")] = False,
    provisional: Annotated[
        bool, typer.Option("--provisional", help="初步版；还有对象未满观察期时必须加。 / While windows still run.")
    ] = False,
    reason: Annotated[str, typer.Option(help="新版次的理由。 / Why a new edition.")] = "",
    seconds: Annotated[float, typer.Option(help="检验最长秒数。 / Most seconds of the check.")] = SECONDS,
    home: Home = None,
) -> None:
    """提出或签发一次发布，须由两人分别办理。 / Propose a release, or sign one off; two persons.

    统计期结束后仍有对象未满观察期的，只能发布初步版，须加 --provisional。

    While windows still run after a period has ended, only a provisional edition can go out: add --provisional.
    """
    if propose == sign_off:
        fail("请选择 --propose 或 --sign-off 之一。 / Choose one of --propose and --sign-off.")

    async def work(office: Office) -> None:
        scope, by = get_scope(city, period), Person(unit, worker)
        if sign_off:
            say(pages.of_release(await office.publisher.sign_off(scope, by)))
        else:
            with waiting(f"正在冻结并检验，最长 {seconds:g} 秒 / freezing and checking, at most {seconds:g} s"):
                made = await office.publisher.propose(
                    scope, by, provisional=provisional, reason=reason, seconds=seconds
                )
            say(pages.of_proposal(made))

    _do(home, work)


def editions(city: City, period: Period, home: Home = None) -> None:
    """已发布和待签发的版次。 / Editions, published and proposed."""

    async def work(office: Office) -> None:
        async with office.db.connection() as conn:
            found = await store.list_editions(conn, get_scope(city, period))
        say(pages.of_editions(found) if found else ["没有版次。 / No editions."])

    _do(home, work)


def compare_editions(
    city: City,
    period: Period,
    edition: EditionNumber = None,
    trace: Annotated[bool, typer.Option("--trace", help="列出案件编号。 / With the cases' ids.")] = False,
    home: Home = None,
) -> None:
    """发布时与现在的差别，逐一说明。 / As published and as now known, member by member."""

    async def work(office: Office) -> None:
        scope = get_scope(city, period)
        async with office.sources.now() as conn:
            today, figures = await office.today(conn), office.sources.figures(scope.city)
            found = await reading.compare_with_now(conn, scope, today, figures, edition)
        say(pages.of_comparison(found, traceable=trace))

    _do(home, work)


def export(  # noqa: PLR0917 - one parameter for each option
    city: City,
    period: Period,
    out: Annotated[Path, typer.Option(help="写到哪个目录。 / Folder for the files.")],
    format_: Annotated[Format, typer.Option("--format", help="文件格式。 / Which files.")] = "xlsx",
    edition: EditionNumber = None,
    home: Home = None,
) -> None:
    """导出已发布的版次。 / The files of a published edition, always the same bytes."""

    async def work(office: Office) -> None:
        async with office.db.connection() as conn:
            made = await reading.export(conn, get_scope(city, period), format_, await office.today(conn), edition)
        with writing(out):
            for name, data in made.items():
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                (out / name).write_bytes(data)
        say(pages.of_files([out / name for name in made], out))

    _do(home, work)


def explain(
    key: Annotated[str, typer.Argument(help="指标代码。 / Key of an indicator.")],
    city: Annotated[str, typer.Option(help="城市名或区划代码。 / A city's name or code.")],
    year: Annotated[str, typer.Option(help="2026、2026-S1 或 2026-S2。 / A year or a half of it.")],
    trace: Annotated[bool, typer.Option("--trace", help="列出案件编号。 / With the cases' ids.")] = False,
    home: Home = None,
) -> None:
    """一个数从何而来：定义、参数、计数，及其案件。 / Where a number comes from."""

    async def work(office: Office) -> None:
        scope, indicator = get_scope(city, year), catalogue.get_indicator(key)
        figures = [one for one in office.sources.figures(scope.city) if one.indicator == key]
        say(pages.of_definition(key, indicator, figures, office.policy, scope.city))
        async with office.sources.now() as conn:
            say([pages.of_counts(await _count(conn, scope, figures), await _told(conn, office, scope))])
            for figure in figures if trace else ():
                say(pages.of_members(figure.part, await store.list_members(conn, scope, *figure.key)))

    _do(home, work)


async def _count(conn: Connection, scope: Scope, figures: list[Figure]) -> list[tuple[Figure, str, tuple[int, int]]]:
    """Numerator and denominator of each number in each region in which there is anything."""
    now = await reading.count_now(conn, scope, figures)
    places = product(figures, grid.regions_of(scope.city))
    counted = [(one, region, compare.counts_of(one, scope.period, region, now)) for one, region in places]
    return [one for one in counted if any(one[2]) or one[1] == scope.city]


async def _told(conn: Connection, office: Office, scope: Scope) -> dict[tuple[str, str, str], str]:
    try:
        edition = await reading.get_published(conn, scope, await office.today(conn))
    except NotThereError:
        return {}
    cells = (await reading.get_release(conn, edition)).cells
    return {(*cell.key, cell.region): words.shown(cell) for cell in cells if not cell.dimensions}


def warn(city: City, home: Home = None) -> None:
    """预警：按趋势达不到规划目标或大幅变动的指标。 / Numbers that will miss their target, or swing."""

    async def work(office: Office) -> None:
        async with office.sources.now() as conn:
            today = await office.today(conn)
            say(pages.of_expected(await reading.expect(conn, get_scope(city, str(today.year)), today)))

    _do(home, work)


def _do(home: Path | None, work: Work) -> None:
    async def run() -> None:
        async with _open(home or paths.home()) as office:
            await work(office)

    try:
        with trying_once():
            asyncio.run(run())
    except Problem as problem:
        fail(problem.body["title"])
    except (LocalError, StatisticsError) as error:
        fail(str(error))


@asynccontextmanager
async def _open(home: Path) -> AsyncIterator[Office]:
    policy = load_policy()
    statistics = Statistics(define(policy))
    async with access(home) as found, administrator(found.admin_dsn, "statistics") as db:
        yield Office(db, statistics, policy, sources_of(statistics, db, policy))
