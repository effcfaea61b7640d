"""What can be asked of releases: their files, what has changed since, who is behind a number, what is to come."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from contracts.releases import Release
from services.platform.database import Connection
from services.statistics import catalogue
from services.statistics.disclosure.model import Release as Checked
from services.statistics.export import table
from services.statistics.export.adx import NothingToSendError
from services.statistics.releases import compare, files, grid, store, warning
from services.statistics.releases.compare import Change, Difference
from services.statistics.releases.edition import Edition, name_of
from services.statistics.releases.errors import NotThereError, RefusedError
from services.statistics.releases.figures import Figure
from services.statistics.releases.files import Files, Format
from services.statistics.releases.grid import Scope
from services.statistics.releases.warning import Warning_
from workflows.packs import Disclosure


class Compared(NamedTuple):
    """An edition and what is known now. `changes` are the members that make the difference, `reworded` the definitions.

    `published` is what the edition told of a region; `differences` are the true counts, then and now.
    """

    edition: Edition
    published: Release
    differences: list[Difference]
    changes: list[Change]
    reworded: list[tuple[str, str]]


class Expected(NamedTuple):
    """One number of a city, year by year, and what to say of it."""

    figure: Figure
    years: Mapping[int, float]
    warnings: list[Warning_]


async def get_published(conn: Connection, scope: Scope, today: date, number: int | None = None) -> Edition:
    """A published edition, the newest if none is named. Raises `NotThereError`, which says what there is instead."""
    if found := await store.find_published(conn, scope, number):
        return found
    editions = await store.list_editions(conn, scope)
    zh, en = _why_not(scope, today, number, editions)
    raise NotThereError("not_published", zh, en)


def _why_not(scope: Scope, today: date, number: int | None, editions: Sequence[Edition]) -> tuple[str, str]:
    city = f"{table.place_zh(scope.city)} {scope.period}"
    if today <= scope.ends_on:
        return (
            f"{city} 尚未结束（{scope.ends_on} 结束），不能导出。",
            f"{scope.city} {scope.period} ends on {scope.ends_on}; there is nothing to export before.",
        )
    published = [str(one.edition) for one in editions if one.stage == "published"]
    if published and number is not None:
        return (
            f"{city} 没有第 {number} 版；已发布：第 {'、'.join(published)} 版。",
            f"{scope.city} {scope.period} has no edition {number}; published: {', '.join(published)}.",
        )
    if any(one.stage == "proposed" for one in editions):
        return (
            f"{city} 已提出发布，等待另一人签发（publish --sign-off）。",
            f"{scope.city} {scope.period} is proposed and waits for the second person (publish --sign-off).",
        )
    return (
        f"{city} 尚未发布，请先提出（publish --propose）并由另一人签发。",
        f"{scope.city} {scope.period} is not published; propose it (publish --propose), then have it signed off.",
    )


async def export(conn: Connection, scope: Scope, format_: Format, today: date, number: int | None = None) -> Files:
    """The files of an edition. Raises `NotThereError` and `RefusedError`."""
    edition = await get_published(conn, scope, today, number)
    years = await store.list_years(conn, scope.city, edition.id)
    earlier = [await get_release(conn, one) for one in years if one.period < scope.period[:4]]
    try:
        return files.make(format_, edition.frozen, [*earlier, await get_release(conn, edition)])
    except NothingToSendError as error:
        raise RefusedError("nothing_to_send", error.zh, error.en) from error


async def get_release(conn: Connection, edition: Edition) -> Release:
    _, cells = await store.get_content(conn, edition.id)
    return edition.release(cells)


async def compare_with_now(
    conn: Connection, scope: Scope, today: date, figures: Sequence[Figure], number: int | None = None
) -> Compared:
    """`conn` sees one moment, with everything worked out. `figures` are those of now. Raises `NotThereError`."""
    edition = await get_published(conn, scope, today, number)
    was, cells = await store.get_content(conn, edition.id)
    own = edition.frozen.figures
    now = await count_now(conn, scope, own)
    return Compared(
        edition,
        edition.release(cells),
        compare.find_differences(scope, own, was, now),
        [compare.change_of(row) for row in await store.list_differences(conn, scope, edition.id)],
        compare.reworded(own, figures),
    )


async def count_now(conn: Connection, scope: Scope, figures: Sequence[Figure]) -> Checked:
    """The true counts of a period as they are now, none of them to be shown."""
    return grid.lay("now", scope.city, [scope.period], figures, await store.list_rows(conn, scope), rule=Disclosure())


async def expect(conn: Connection, scope: Scope, today: date) -> list[Expected]:
    """What the numbers of a city are heading for, from its published years and what the year that runs has brought.

    `conn` sees one moment, with everything worked out; definitions are those of the newest published year.
    """
    editions = await store.list_years(conn, scope.city)
    if not editions:
        return []
    figures = editions[-1].frozen.figures
    own = {int(one.period): table.own_cells(await get_release(conn, one)) for one in editions}
    running = await _count_running(conn, scope, figures, today)
    found = []
    for figure in figures:
        known = {year: cells[figure.key].value for year, cells in own.items() if figure.key in cells}
        years = warning.ordered({scope.year: running.get(figure.key), **known})
        wants = catalogue.list_targets(city=scope.city, key=figure.indicator) if figure.part == "main" else []
        target = warning.find_target(wants, figure.definition.unit_zh)
        found.append(Expected(figure, years, warning.warn(years, target)))
    return found


async def _count_running(
    conn: Connection, scope: Scope, figures: Sequence[Figure], today: date
) -> dict[tuple[str, str], float]:
    """What the running year will come to: counts scaled to the whole year, shares as they stand."""
    now, found = await count_now(conn, scope, figures), {}
    for figure in figures:
        numerator, denominator = compare.counts_of(figure, scope.period, scope.city, now)
        if figure.kind == "count":
            found[figure.key] = warning.of_whole_year(denominator, figure.kind, today)
        elif figure.kind == "share" and denominator:
            found[figure.key] = 100 * numerator / denominator
    return found


def title_of(edition: Edition) -> str:
    return name_of(table.place_zh(edition.region), edition.period, edition.edition)
