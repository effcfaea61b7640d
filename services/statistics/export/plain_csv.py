"""A release as a CSV for people: one line per cell, Chinese headings."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from contracts.releases import Cell, Definition, Release
from services.statistics.export import table

HEADINGS: Final = (
    *("统计期", "版次", "地区代码", "地区", "指标代码", "分项代码", "主要统计指标"),
    *("单位", "当年值", "分子", "分母", "状态代码", "状态", "数据来源"),
)


def to_csv(release: Release) -> bytes:
    """UTF-8 with a byte order mark: without it a Chinese Excel reads the file as GBK and shows rubbish.

    Lines end in CR LF (RFC 4180). A cell without a number has empty number columns, and its status says why.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*HEADINGS[:7], *(one.title_zh for one in release.dimensions), *HEADINGS[7:]])
    writer.writerows(_row(release, definition, cell) for definition, cell in table.ordered(release))
    return text.getvalue().encode("utf-8-sig")


def _row(release: Release, definition: Definition, cell: Cell) -> Iterator[str]:
    yield from (release.period, str(release.edition), cell.region, table.place_zh(cell.region))
    yield from (definition.indicator, definition.part, definition.title_zh)
    yield from (table.entry_zh(dimension, cell) for dimension in release.dimensions)
    yield definition.unit_zh
    yield from (table.number(figure) for figure in (cell.value, cell.numerator, cell.denominator))
    yield from (str(cell.status), table.status_zh(cell), table.SOURCE)
