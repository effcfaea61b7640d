"""`liandong indicators denominators` and `external`: what keepers state, as CSV files."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from contracts.external import SignOff
from contracts.regions import is_region
from deploy import feeds_pages as pages
from deploy.installation import access, administrator
from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.terminal import fail, say, trying_once, writing
from services.platform.clock import DatabaseClock
from services.platform.database import Connection
from services.statistics import catalogue
from services.statistics.catalogue import CatalogueError, define
from services.statistics.errors import StatisticsError
from services.statistics.feeds import store
from services.statistics.feeds.csv_files import read_denominators, read_external, write_denominators, write_external
from services.statistics.feeds.errors import FeedError
from services.statistics.feeds.external import Signature, table_of
from services.statistics.feeds.model import Row, Settled
from services.statistics.releases.edition import Person
from services.statistics.releases.terms import refuse_person
from workflows.policy import load_policy

denominators_app = typer.Typer(help="外部分母。 / Denominators from outside.", no_args_is_help=True)
external_app = typer.Typer(help="规划统计表的当年值。 / The year's values of the plans' tables.", no_args_is_help=True)

T = TypeVar("T")

Home = Annotated[Path | None, typer.Option(help="数据目录。 / Data folder.", show_default=False)]
File = Annotated[Path, typer.Argument(help="CSV 文件，UTF-8。 / A CSV file in UTF-8.")]
City = Annotated[str, typer.Argument(help="城市名或区划代码。 / A city's name or code.")]
Region = Annotated[str, typer.Argument(help="城市名或行政区划代码。 / A city's name, or a division's code.")]
Year = Annotated[int, typer.Argument(help="年度。 / The year.", min=2015, max=2100)]
To = Annotated[Path, typer.Option(help="写到。 / Where to.")]


@denominators_app.command("template")
def denominators_template(year: Year, region: Region, to: To, home: Home = None) -> None:
    """写出待填的 CSV，每行一个分母。 / A CSV to fill in, a line for each denominator."""
    division = _division(region)
    wanted = {(one.part.over, one.band(division)) for one in define(load_policy()) if one.part.over}
    stated = _run(home, lambda conn: store.list_denominators(conn, year, division))
    _write(to, write_denominators(wanted, stated, division, year))


@denominators_app.command("import")
def denominators_import(file: File, home: Home = None) -> None:
    """导入填好的 CSV：全部正确才保存，数值为空的行略过。 / Take in a file: all or nothing; empty lines are left out.

    列名见 template，也可用英文。年龄段为周岁，如 35-64，含两端，只填分年龄报送的；截至日期为数据所属或统计截止之日。

    band: full years of age, both included, only of what is stated by age; as_of: the day whose state it is.
    """
    say([*_import(home, store.DENOMINATORS, read_denominators, file), *_contradictions(home)])


@denominators_app.command("list")
def denominators_list(
    year: Year,
    region: Region = "",
    history: Annotated[bool, typer.Option("--history", help="包括历次修订。 / Every revision.")] = False,
    home: Home = None,
) -> None:
    """某年的分母及其来源。 / The denominators of a year, and where they come from."""

    listed = store.list_denominator_revisions if history else store.list_denominators
    division = _division(region) if region else ""
    rows = _run(home, lambda conn: listed(conn, year, division))
    say([*pages.of_denominators(rows), *_contradictions(home, year)])


def _contradictions(home: Path | None, year: int | None = None) -> list[str]:
    return list(pages.of_contradictions(_run(home, lambda conn: store.list_contradictions(conn, year))))


@external_app.command("template")
def external_template(city: City, year: Year, to: To, home: Home = None) -> None:
    """写出待填的 CSV，每行一项指标。 / A CSV to fill in, a line for each row of the city's table."""
    region = _region(city)
    _write(to, write_external(_run(home, lambda conn: store.list_external(conn, region, year)), year))


def _write(to: Path, text: str) -> None:
    with writing(to):
        to.write_text(text, encoding="utf-8", newline="")
    say([f"{to}：{len(text.splitlines()) - 1} 行 / rows"])


@external_app.command("import")
def external_import(file: File, home: Home = None) -> None:
    """导入填好的 CSV：全部正确才保存，无当年值的行略过。 / Take in a file: all or nothing; empty lines are left out."""
    say(_import(home, store.EXTERNAL, read_external, file))


@external_app.command("list")
def external_list(city: City, year: Year, home: Home = None) -> None:
    """一城统计表的当年值、来源和签发情况。 / A city's table: values, keepers, and what is signed off."""
    region = _region(city)
    say(pages.of_external(_run(home, lambda conn: store.list_external(conn, region, year))))


@external_app.command("sign-off")
def external_sign_off(  # noqa: PLR0917 - one parameter for each option
    target: Annotated[str, typer.Argument(help="目标编号，见 external list。 / Id of the target.")],
    year: Year,
    unit: Annotated[str, typer.Option(help="签发单位，如 womens-children-committee@330382。 / Whose unit.")],
    by: Annotated[str, typer.Option(help="签发人工号，不能是填报人。 / Their number, not that of whoever entered it.")],
    revision: Annotated[int, typer.Option(help="修订。 / Which revision.", min=1)] = 1,
    home: Home = None,
) -> None:
    """由第二人签发一个数值。 / A second person finds a value right."""
    try:
        refuse_person(Person(unit, by))
        catalogue.get_target(target)
    except StatisticsError as error:
        fail(str(error))

    async def sign(conn: Connection) -> Signature | None:
        who = SignOff(unit=unit, worker=by)
        return await store.sign_off(conn, (target, year), revision, who, await DatabaseClock().now(conn))

    if before := _run(home, sign):
        zh = f"此前已由 {before.unit} {before.worker} 于 {before.on} 签发，没有改变。"
        say([f"{zh} / Signed off before; nothing has changed."])
    else:
        say(["已签发。 / Signed off."])


def _division(name: str) -> str:
    if is_region(name):
        return name
    try:
        return catalogue.get_city(name)
    except CatalogueError as error:
        fail(str(error))


def _region(city: str) -> str:
    region = _division(city)
    if not table_of(region):
        fail(f"{city} 的规划没有统计表。 / The plans of {city} have no table.")
    return region


def _import(home: Path | None, feed: store.Feed, read: Callable[[bytes], list[Row]], file: Path) -> Sequence[str]:
    try:
        rows = read(file.read_bytes())
        settled = _in_database(home, lambda conn: _take(conn, feed, rows))
    except OSError as error:
        fail(f"无法读取 / cannot read {file}: {error}")
    except FeedError as error:
        fail(pages.of_refused_file(file, feed.model, error))
    return [f"保存 {len(settled.new)} 条，{len(settled.repeated)} 条此前已有。 / Stored; the others were there before."]


async def _take(conn: Connection, feed: store.Feed, rows: Sequence[Row]) -> Settled:
    return await store.take_all(conn, feed, rows, await DatabaseClock().now(conn))


def _run(home: Path | None, work: Callable[[Connection], Awaitable[T]]) -> T:
    """In one transaction on the tables of statistics; what is refused ends the command."""
    try:
        return _in_database(home, work)
    except FeedError as error:
        fail(pages.of_refusal(error))


def _in_database(home: Path | None, work: Callable[[Connection], Awaitable[T]]) -> T:
    """The same. Raises `FeedError`."""
    try:
        with trying_once():
            return asyncio.run(_in_transaction(home or paths.home(), work))
    except LocalError as error:
        fail(str(error))


async def _in_transaction(home: Path, work: Callable[[Connection], Awaitable[T]]) -> T:
    async with access(home) as found, administrator(found.admin_dsn, "statistics") as db, db.transaction() as conn:
        return await work(conn)
