"""`liandong indicators denominators` and `external`: what keepers state, as CSV files."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from contracts.external import SignOff
from deploy import feeds_pages as pages
from deploy.installation import access, administrator
from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.terminal import fail, say, trying_once, writing
from services.platform.clock import DatabaseClock
from services.platform.database import Connection
from services.statistics import catalogue
from services.statistics.catalogue import CatalogueError
from services.statistics.feeds import store
from services.statistics.feeds.csv_files import read_denominators, read_external, write_template
from services.statistics.feeds.errors import FeedError, faults_of
from services.statistics.feeds.external import table_of
from services.statistics.feeds.model import Row, Settled

denominators_app = typer.Typer(help="外部分母。 / Denominators from outside.", no_args_is_help=True)
external_app = typer.Typer(help="规划统计表的当年值。 / The year's values of the plans' tables.", no_args_is_help=True)

T = TypeVar("T")

Home = Annotated[Path | None, typer.Option(help="数据目录。 / Data folder.", show_default=False)]
File = Annotated[Path, typer.Argument(help="CSV 文件，UTF-8。 / A CSV file in UTF-8.")]
City = Annotated[str, typer.Argument(help="城市名或区划代码。 / A city's name or code.")]
Year = Annotated[int, typer.Argument(help="年度。 / The year.", min=2015, max=2100)]


@denominators_app.command("import")
def denominators_import(file: File, home: Home = None) -> None:
    """导入一份 CSV：全部正确才保存。 / Take in a file: all of it, or nothing."""
    say([*_import(home, store.DENOMINATORS, read_denominators, file), *_contradictions(home)])


@denominators_app.command("list")
def denominators_list(
    year: Year,
    region: Annotated[str, typer.Argument(help="行政区划代码。 / Division code.")] = "",
    history: Annotated[bool, typer.Option("--history", help="包括历次修订。 / Every revision.")] = False,
    home: Home = None,
) -> None:
    """某年的分母及其来源。 / The denominators of a year, and where they come from."""

    listed = store.list_denominator_revisions if history else store.list_denominators
    rows = _run(home, lambda conn: listed(conn, year, region))
    say([*pages.of_denominators(rows), *_contradictions(home, year)])


def _contradictions(home: Path | None, year: int | None = None) -> list[str]:
    return list(pages.of_contradictions(_run(home, lambda conn: store.list_contradictions(conn, year))))


@external_app.command("import")
def external_import(file: File, home: Home = None) -> None:
    """导入一份 CSV：全部正确才保存；当年值为空的行略过。 / The same; lines without a value are passed over."""
    say(_import(home, store.EXTERNAL, read_external, file))


@external_app.command("list")
def external_list(city: City, year: Year, home: Home = None) -> None:
    """一城统计表的当年值、来源和签发情况。 / A city's table: values, keepers, and what is signed off."""
    region = _region(city)
    say(pages.of_external(_run(home, lambda conn: store.list_external(conn, region, year))))


@external_app.command("template")
def external_template(
    city: City, year: Year, to: Annotated[Path, typer.Option(help="写到。 / Where to.")], home: Home = None
) -> None:
    """写出待填的 CSV，每行一项指标。 / A CSV to fill in, a line for each row of the city's table."""
    region = _region(city)
    rows = _run(home, lambda conn: store.list_external(conn, region, year))
    with writing(to):
        to.write_text(write_template(rows, year), encoding="utf-8", newline="")
    say([f"{to}：{len(rows)} 行 / rows"])


@external_app.command("sign-off")
def external_sign_off(  # noqa: PLR0917 - one parameter for each option
    target: Annotated[str, typer.Argument(help="目标编号。 / Id of the target.")],
    year: Year,
    unit: Annotated[str, typer.Option(help="签发单位。 / Who signs: the unit.")],
    by: Annotated[str, typer.Option(help="签发人工号，不能是填报人。 / Their number, not that of whoever entered it.")],
    revision: Annotated[int, typer.Option(help="修订。 / Which revision.", min=1)] = 1,
    home: Home = None,
) -> None:
    """由第二人签发一个数值。 / A second person finds a value right."""
    who = _signer(unit, by)

    async def sign(conn: Connection) -> None:
        await store.sign_off(conn, (target, year), revision, who, await DatabaseClock().now(conn))

    _run(home, sign)
    say(["已签发。 / Signed off."])


def _signer(unit: str, by: str) -> SignOff:
    try:
        return SignOff(unit=unit, worker=by)
    except ValidationError as error:
        fail("\n".join(str(fault) for fault in faults_of(1, error)))


def _region(city: str) -> str:
    try:
        region = catalogue.get_city(city)
    except CatalogueError as error:
        fail(str(error))
    if not table_of(region):
        fail(f"{city} 的规划没有统计表。 / The plans of {city} have no table.")
    return region


def _import(home: Path | None, feed: store.Feed, read: Callable[[bytes], list[Row]], file: Path) -> Sequence[str]:
    try:
        rows = read(file.read_bytes())
    except OSError as error:
        fail(f"无法读取 / cannot read {file}: {error}")
    except FeedError as error:
        fail(pages.of_refusal(file, error))

    async def take(conn: Connection) -> Settled:
        return await store.take_all(conn, feed, rows, await DatabaseClock().now(conn))

    settled = _run(home, take, file)
    return [f"保存 {len(settled.new)} 条，{len(settled.repeated)} 条此前已有。 / Stored; the others were there before."]


def _run(home: Path | None, work: Callable[[Connection], Awaitable[T]], file: Path | None = None) -> T:
    """In one transaction on the tables of statistics; what is refused ends the command."""
    try:
        with trying_once():
            return asyncio.run(_in_transaction(home or paths.home(), work))
    except LocalError as error:
        fail(str(error))
    except FeedError as error:
        fail(pages.of_refusal(file, error) if file else str(error))


async def _in_transaction(home: Path, work: Callable[[Connection], Awaitable[T]]) -> T:
    async with access(home) as found, administrator(found.admin_dsn, "statistics") as db, db.transaction() as conn:
        return await work(conn)
