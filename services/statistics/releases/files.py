"""The files of an edition, from what is stored with it: the same bytes however much later. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from contracts.releases import Release
from services.statistics.export import table
from services.statistics.export.adx import to_adx
from services.statistics.export.adx_structure import to_adx_structure
from services.statistics.export.chart import to_bar_chart, to_line_chart
from services.statistics.export.plain_csv import to_csv
from services.statistics.export.sdmx_data import to_sdmx_csv, to_sdmx_data
from services.statistics.export.sdmx_structure import to_sdmx_structure
from services.statistics.export.workbook import to_workbook
from services.statistics.releases.edition import Frozen
from services.statistics.releases.warning import ordered, project

Format = Literal["xlsx", "csv", "sdmx", "sdmx-csv", "adx", "svg"]
Files = dict[str, bytes]
"""File name, or path in a folder of their own, to content."""


def make(format_: Format, frozen: Frozen, releases: Sequence[Release]) -> Files:
    """The files of the last of a city's releases; those of earlier years are drawn in its charts.

    Raises `NothingToSendError` for an ADX without any number.
    """
    release = releases[-1]
    if format_ == "svg":
        return _charts(releases)
    if format_ == "xlsx":
        return {f"{stem(release)}.xlsx": to_workbook(release, frozen.plans, frozen.sentences, frozen.explained)}
    return {f"{stem(release)}{ending}": encode(release) for ending, encode in _ENCODERS[format_].items()}


_ENCODERS: Final[Mapping[Format, Mapping[str, Callable[[Release], bytes]]]] = {
    "csv": {".csv": to_csv},
    "sdmx": {".sdmx.xml": to_sdmx_data, ".sdmx-structure.xml": to_sdmx_structure},
    "sdmx-csv": {".sdmx.csv": to_sdmx_csv},
    "adx": {".adx.xml": to_adx, ".adx-structure.xml": to_adx_structure},
}


def _projected(releases: Sequence[Release], indicator: str, part: str) -> float | None:
    """What the year after the last will bring if it goes on like this; None while fewer than two years are known."""
    cells = {int(one.period[:4]): table.own_cells(one).get((indicator, part)) for one in releases}
    years = ordered({year: cell.value if cell else None for year, cell in cells.items()})
    kind = next(one.kind for one in releases[-1].definitions if one.key == (indicator, part))
    found = project(years, int(releases[-1].period[:4]) + 1) if len(years) > 1 else None
    return min(found, 100.0) if found is not None and kind == "share" else found


def stem(release: Release) -> str:
    return f"{release.region}-{release.period}-e{release.edition}"


def _charts(releases: Sequence[Release]) -> Files:
    """In a folder: a bar for each region of every number, and its line over the years where there is more than one."""
    release, files = releases[-1], {}
    shown = {cell.key for cell in release.cells if cell.value is not None}
    for indicator, part in sorted(shown):
        name = f"{stem(release)}-charts/{indicator}-{part}"
        files[f"{name}.svg"] = to_bar_chart(release, indicator, part)
        if len(releases) > 1:
            files[f"{name}-years.svg"] = to_line_chart(releases, indicator, part, _projected(releases, indicator, part))
    return files
