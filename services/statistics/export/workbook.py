"""A city's year as a workbook: part 1 the plan's own table, part 2 what was counted here beside the plan's words."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import groupby
from math import ceil
from operator import attrgetter
from typing import Final
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from contracts.releases import Cell, Definition, Release
from services.statistics.export import table

OWN_DATA_ONLY: Final = "仅为本系统内数据：只统计经本系统办理的案件，不代表全市总量。"
STATUSES_NOTE: Final = (
    "不公布：人数过少，为保护当事人隐私；未满观察期：规定期限尚未届满；"
    "无数据：没有可计算的对象，或总数尚未报送。均不等于 0。"
)
PART_ONE: Final = ("序号", "主要统计指标", "单位", "基期", "目标", "当年值", "状态", "数据来源")
PART_TWO: Final = ("序号", "主要统计指标", "对应规划内容", "单位", "当年值", "分子", "分母", "状态", "数据来源")
NOT_REPORTED: Final = "未报送"
KEEPER_UNKNOWN: Final = "规划未载明报送部门"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row of the plan's table. `value` comes from the keeper, in its own words; None until it has reported.

    Most plans do not say whose a number is; then `keeper` is empty.
    """

    name: str
    unit: str
    baseline: str
    target: str
    keeper: str = ""
    value: float | str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class PlanTable:
    """The table of one plan, such as 温州市妇女发展“十四五”规划, in its own order."""

    title: str
    rows: Sequence[PlanRow]


Sentences = Mapping[str, Sequence[str]]
"""Indicator to the sentences of the plans that it evidences, each with its plan."""


def to_workbook(release: Release, plans: Iterable[PlanTable] = (), sentences: Sentences | None = None) -> bytes:
    """One sheet per plan table, then part 2 and its districts. The same input gives the same bytes."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        book.set_properties(
            {"title": table.imprint(release), "created": datetime.combine(release.published_on, time(), UTC)}
        )
        styles = _styles(book)
        for number, plan in enumerate(plans, start=1):
            _add_plan(_sheet(book, f"第一部分 规划监测表{number}", PLAN_WIDTHS), release, plan, styles)
        _add_own(_sheet(book, "第二部分 本系统案件监测表", OWN_WIDTHS), release, sentences or {}, styles)
        if parts := [one for one in table.ordered(release) if _is_of_part(release, one[1])]:
            _add_regions(_sheet(book, "第二部分附表 分地区", REGION_WIDTHS), release, parts, styles)
    return data.getvalue()


# -- the sheets ----------------------------------------------------------------------------------------------------

PLAN_WIDTHS: Final = (6, 44, 12, 14, 20, 20, 12, 24)
OWN_WIDTHS: Final = (6, 40, 52, 12, 14, 10, 10, 14, 20)
REGION_WIDTHS: Final = (6, 40, 12, 12, 14, 10, 10, 14, 20)
EVIDENCE: Final = PART_TWO.index("对应规划内容")
REGIONAL: Final = ("序号", "主要统计指标", "地区", "单位", "当年值", "分子", "分母", "状态", "数据来源")

Styles = dict[str, Format]
Value = str | int | float | None
"""A whole number is written as it is, any other with two decimals."""


def _add_plan(sheet: Worksheet, release: Release, plan: PlanTable, styles: Styles) -> None:
    note = f"{table.period_zh(release.period)}，数值由牵头部门报送，本系统不计算。"
    _add_head(sheet, plan.title, note, PART_ONE, styles)
    for at, row in enumerate(plan.rows, start=1):
        missing = f"{NOT_REPORTED}（{row.keeper}）" if row.keeper else NOT_REPORTED
        said = (missing, NOT_REPORTED) if row.value is None else (_plain(row.value), row.status)
        values = (at, row.name, row.unit, row.baseline, row.target, *said, row.keeper or KEEPER_UNKNOWN)
        _add_row(sheet, at, values, PLAN_WIDTHS, styles)


def _add_own(sheet: Worksheet, release: Release, sentences: Sentences, styles: Styles) -> None:
    """The numbers of an indicator stand together, 1, 1.1, 1.2, with the plans' words once beside them."""
    _add_head(sheet, f"{table.place_zh(release.region)}本系统案件监测表", _subtitle(release), PART_TWO, styles)
    own = table.own_cells(release)
    known = (one for one in release.definitions if one.key in own)
    at = 1
    for number, (indicator, group) in enumerate(groupby(known, key=attrgetter("indicator")), start=1):
        definitions = list(group)
        evidence = "\n".join(sentences.get(indicator, ()))
        least = ceil(_lines(evidence, OWN_WIDTHS[EVIDENCE]) / len(definitions))
        for below, one in enumerate(definitions):
            name = (f"{number}.{below}", f"　{one.title_zh}") if below else (number, one.title_zh)
            _add_row(sheet, at + below, (*name, None, *_figures(one, own[one.key])), OWN_WIDTHS, styles, least=least)
        if evidence:
            _add_beside(sheet, at, len(definitions), evidence, styles)
        at += len(definitions)


def _add_beside(sheet: Worksheet, at: int, rows: int, evidence: str, styles: Styles) -> None:
    first = HEAD_ROWS - 1 + at
    if rows > 1:
        sheet.merge_range(first, EVIDENCE, first + rows - 1, EVIDENCE, "", styles["text"])
    sheet.write_string(first, EVIDENCE, evidence, styles["text"])


def _add_regions(sheet: Worksheet, release: Release, parts: Iterable[tuple[Definition, Cell]], styles: Styles) -> None:
    _add_head(
        sheet, f"{table.place_zh(release.region)}本系统案件监测表（分地区）", _subtitle(release), REGIONAL, styles
    )
    for at, (definition, cell) in enumerate(parts, start=1):
        place = table.place_zh(cell.region)
        _add_row(sheet, at, (at, definition.title_zh, place, *_figures(definition, cell)), REGION_WIDTHS, styles)


def _is_of_part(release: Release, cell: Cell) -> bool:
    return cell.region != release.region and not cell.dimensions


def _figures(definition: Definition, cell: Cell) -> tuple[Value, ...]:
    """A cell without a number says why, also in the column of the value: an empty place could be read as 0."""
    value: Value = table.status_zh(cell) if cell.value is None else cell.value
    if isinstance(value, float) and definition.kind in {"count", "breadth"}:
        value = int(value)
    return definition.unit_zh, value, cell.numerator, cell.denominator, table.status_zh(cell), table.SYSTEM


def _plain(value: float | str) -> Value:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _subtitle(release: Release) -> str:
    return f"{table.imprint(release)}。{OWN_DATA_ONLY}\n{STATUSES_NOTE}"


# -- how it looks --------------------------------------------------------------------------------------------------

HEAD_ROWS: Final = 3
LINE_POINTS: Final = 15
WIDE: Final = 30
"""From this width on a column holds sentences, which begin at the left; words stand in the middle."""


def _styles(book: xlsxwriter.Workbook) -> Styles:
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    cell = base | {"border": 1, "text_wrap": True}
    return {
        "title": book.add_format(base | {"bold": True, "font_size": 16, "align": "center"}),
        "note": book.add_format(base | {"align": "left", "text_wrap": True}),
        "head": book.add_format(cell | {"bold": True, "align": "center", "bg_color": "#DDEBF7"}),
        "text": book.add_format(cell),
        "word": book.add_format(cell | {"align": "center"}),
        "decimal": book.add_format(cell | {"align": "center", "num_format": "0.00"}),
        "absent": book.add_format(cell | {"align": "center", "font_color": "#7F7F7F"}),
    }


def _sheet(book: xlsxwriter.Workbook, name: str, widths: Sequence[int]) -> Worksheet:
    """A sheet that prints on A4 across, its head on every page."""
    sheet: Worksheet = book.add_worksheet(name)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, HEAD_ROWS - 1)
    sheet.freeze_panes(HEAD_ROWS, 2)
    return sheet


def _add_head(sheet: Worksheet, title: str, note: str, heads: Sequence[str], styles: Styles) -> None:
    last = len(heads) - 1
    sheet.merge_range(0, 0, 0, last, title, styles["title"])
    sheet.merge_range(1, 0, 1, last, note, styles["note"])
    sheet.set_row(0, 30)
    sheet.set_row(1, 32)
    sheet.write_row(HEAD_ROWS - 1, 0, heads, styles["head"])


def _add_row(
    sheet: Worksheet, at: int, values: Sequence[Value], widths: Sequence[int], styles: Styles, *, least: int = 1
) -> None:
    """Text goes in as text, so that nothing that begins with `=` is ever a formula. It has room for `least` lines."""
    row = HEAD_ROWS - 1 + at
    for column, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(row, column, value, styles["text" if widths[column] >= WIDE else "word"])
        elif value is None:
            sheet.write_string(row, column, "—", styles["absent"])
        else:
            sheet.write_number(row, column, value, styles["word" if isinstance(value, int) else "decimal"])
    lines = (_lines(value, width) for value, width in zip(values, widths, strict=True) if isinstance(value, str))
    sheet.set_row(row, LINE_POINTS * max(least, *lines) + 6)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; Chinese characters are two digits wide. Excel asks for a height."""
    wide = [sum(1 + (east_asian_width(character) in "WF") for character in line) for line in text.split("\n")]
    return sum(max(1, ceil(columns / (width - 1))) for columns in wide)
