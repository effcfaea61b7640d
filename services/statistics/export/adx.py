"""A release as ADX (IHE QRPH Aggregate Data Exchange): a group per region, a data value per published number.

ADX has no way to say that a value is missing: `value` is a required decimal. So cells without a number are left out,
and a region without any number has no group; the SDMX files say why. A provisional number has an annotation.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET

from contracts.codes import CellStatus
from contracts.releases import Cell, Release
from services.statistics.errors import StatisticsError
from services.statistics.export import sdmx, table
from services.statistics.export.markup import add, published_at, to_xml

NAMESPACE: Final = "urn:ihe:qrph:adx:2015"
NUMBERS: Final = {"numerator": "分子", "denominator": "分母", "value": "数值"}


class NothingToSendError(StatisticsError):
    """ADX knows no empty message."""


def to_adx(release: Release) -> bytes:
    """Raises `NothingToSendError` when no cell of the release has a number."""
    message = ET.Element("adx", {"xmlns": NAMESPACE, "exported": published_at(release)})
    numbered = sorted((cell for _, cell in table.ordered(release) if cell.value is not None), key=_region)
    for region, cells in groupby(numbered, key=_region):
        of_group = {"orgUnit": region, "period": time_range(release.period), "dataSet": sdmx.STRUCTURE}
        group = add(message, "group", of_group)
        for cell in cells:
            _add_values(group, release, cell)
    if not numbered:
        raise NothingToSendError(
            "本次发布没有任何可公布的数值，无法生成 ADX。", "No cell of this release has a number."
        )
    return to_xml(message)


def time_range(period: str) -> str:
    """First day and length, as ADX wants it: `2026-01-01/P1Y`, `2026-07-01/P6M`."""
    return f"{period[:4]}-{'07' if period.endswith('S2') else '01'}-01/{'P1Y' if len(period) == 4 else 'P6M'}"


def _add_values(group: ET.Element, release: Release, cell: Cell) -> None:
    own = [one.code for one in release.dimensions if one.code in cell.dimensions]
    grid = {code: cell.dimensions[code] or sdmx.UNKNOWN for code in own}
    for name, figure in _figures(cell):
        known = {"dataElement": element(*cell.key, name), "value": table.number(figure)}
        value = add(group, "dataValue", known | grid)
        if cell.status == CellStatus.PROVISIONAL:
            add(value, "annotation").text = "初步数 provisional"


def _figures(cell: Cell) -> Iterator[tuple[str, float]]:
    for name in NUMBERS:
        figure = getattr(cell, name)
        if figure is not None:
            yield name, figure


def element(indicator: str, part: str, name: str) -> str:
    return f"{table.code(indicator, part)}_{name}"


def _region(cell: Cell) -> str:
    return cell.region
