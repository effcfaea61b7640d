"""A city's year as a workbook: part 1 the plans' own tables, part 2 what was counted here beside the plans' words, and
how to read both."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import groupby
from math import ceil
from operator import attrgetter
from typing import Final
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from contracts.codes import CellStatus
from contracts.releases import Cell, Definition, Release
from services.statistics.export import table

OWN_DATA_ONLY: Final = "仅为本系统内数据：只统计经本系统办理的案件，不代表全市总量。"
STATUSES: Final[Mapping[CellStatus, str]] = {
    CellStatus.FINAL: "作为最终版发布，更改须另出版次并写明理由",
    CellStatus.PROVISIONAL: "作为初步版发布，以后的版次可能更改",
    CellStatus.SUPPRESSED: "人数过少，为保护当事人隐私",
    CellStatus.IMMATURE: "规定期限尚未届满",
    CellStatus.NO_DATA: "没有可计算的对象，或总数尚未报送",
}
STATUSES_NOTE: Final = (
    "；".join(f"{status.label_zh}：{words}" for status, words in STATUSES.items()) + "。后三种没有数值，均不等于 0。"
)
STANDINGS_NOTE: Final = (
    "未报送：尚未收到当年值；待签发：已报送，经另一人签发后列出；已签发：列出的数值经另一人签发；"
    "更正待签发：又报送了更正，列出的仍是已签发的数值。"
)
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
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanTable:
    """The table of one plan, such as 温州市妇女发展“十四五”规划, in its own order. `name` is that of its sheet.

    The years are those of all its baselines and targets, None where the rows do not share one.
    """

    title: str
    rows: Sequence[PlanRow]
    name: str = ""
    baseline_year: int | None = None
    target_year: int | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """How an indicator is counted, in words. `notes` by part: what must be known to read its number."""

    meaning: str
    formula: str
    settings: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


Sentences = Mapping[str, Sequence[str]]
"""Indicator to the sentences of the plans that it evidences, each with its plan."""


def to_workbook(
    release: Release,
    plans: Iterable[PlanTable] = (),
    sentences: Sentences | None = None,
    explained: Mapping[str, Explained] | None = None,
) -> bytes:
    """One sheet per plan table, then part 2, its districts and how to read it. The same input gives the same bytes."""
    words = explained or {}
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        book.set_properties(
            {"title": table.imprint(release), "created": datetime.combine(release.published_on, time(), UTC)}
        )
        styles = _styles(book)
        for number, plan in enumerate(plans, start=1):
            _add_plan(_sheet(book, f"第一部分 {plan.name or f'规划监测表{number}'}", PART_ONE), release, plan, styles)
        own = _sheet(book, "第二部分 本系统案件监测表", PART_TWO)
        _add_own(own, release, sentences or {}, words, styles)
        if parts := [one for one in table.ordered(release) if _is_of_part(release, one[1])]:
            _add_regions(_sheet(book, "第二部分附表 分地区", REGIONAL), release, parts, words, styles)
        _add_reading(_sheet(book, "说明", READING), release, words, styles)
    return data.getvalue()


# -- the sheets ----------------------------------------------------------------------------------------------------

Columns = Mapping[str, int]
"""Headings and how wide the columns are, in digits."""

TOLD: Final[Columns] = {"单位": 12, "当年值": 14, "分子": 9, "分母": 9, "状态": 13, "数据来源": 20, "备注": 32}
WANTED: Final[Columns] = {"单位": 12, "基期": 16, "目标": 22, "当年值": 20, "状态": 14, "数据来源": 22, "备注": 40}
PART_ONE: Final[Columns] = {"序号": 6, "主要统计指标": 40, **WANTED}
PART_TWO: Final[Columns] = {"序号": 6, "主要统计指标": 38, "对应规划内容": 48, **TOLD}
REGIONAL: Final[Columns] = {"序号": 6, "主要统计指标": 38, "地区": 12, **TOLD}
READING: Final[Columns] = {"序号": 6, "主要统计指标": 30, "含义": 50, "算法": 100, "参数": 30}
SAME: Final = "同上"

Styles = dict[str, Format]
Value = str | int | float | None
"""A whole number is written as it is, any other with two decimals."""


def _add_plan(sheet: Worksheet, release: Release, plan: PlanTable, styles: Styles) -> None:
    note = f"{table.period_zh(release.period)}，数值由牵头部门报送，本系统不计算。\n{STANDINGS_NOTE}"
    years = {"基期": plan.baseline_year, "目标": plan.target_year}
    columns = {f"{head}（{years[head]}年）" if years.get(head) else head: width for head, width in PART_ONE.items()}
    _add_head(sheet, plan.title, note, columns, styles)
    for at, row in enumerate(plan.rows, start=1):
        missing = f"{NOT_REPORTED}（{row.keeper}）" if row.keeper else NOT_REPORTED
        said = (missing, NOT_REPORTED) if row.value is None else (_plain(row.value), row.status)
        values = (at, row.name, row.unit, row.baseline, row.target, *said, row.keeper or KEEPER_UNKNOWN, row.note)
        _add_row(sheet, at, values, PART_ONE, styles)


def _add_own(
    sheet: Worksheet, release: Release, sentences: Sentences, explained: Mapping[str, Explained], styles: Styles
) -> None:
    """The numbers of an indicator stand together, 1, 1.1, 1.2; the plans' words beside the first, for a block of rows
    that are merged is cut where a page ends."""
    _add_head(sheet, f"{table.place_zh(release.region)}本系统案件监测表", _subtitle(release), PART_TWO, styles)
    own, at = table.own_cells(release), 0
    for number, definitions in _numbered(release):
        evidence = "\n".join(sentences.get(definitions[0].indicator, ())) or None
        for below, one in enumerate(definitions):
            name = (f"{number}.{below}", f"　{one.title_zh}") if below else (number, one.title_zh)
            words = SAME if below and evidence else evidence
            _add_row(sheet, at := at + 1, (*name, words, *_figures(one, own[one.key], explained)), PART_TWO, styles)


def _numbered(release: Release) -> Iterator[tuple[int, list[Definition]]]:
    """The numbers that the city has, by indicator."""
    own = table.own_cells(release)
    known = (one for one in release.definitions if one.key in own)
    for number, (_, group) in enumerate(groupby(known, key=attrgetter("indicator")), start=1):
        yield number, list(group)


def _add_regions(
    sheet: Worksheet,
    release: Release,
    parts: Iterable[tuple[Definition, Cell]],
    explained: Mapping[str, Explained],
    styles: Styles,
) -> None:
    title = f"{table.place_zh(release.region)}本系统案件监测表（分地区）"
    _add_head(sheet, title, _subtitle(release), REGIONAL, styles)
    for at, (definition, cell) in enumerate(parts, start=1):
        name = at, definition.title_zh, table.place_zh(cell.region)
        _add_row(sheet, at, (*name, *_figures(definition, cell, explained)), REGIONAL, styles)


def _add_reading(sheet: Worksheet, release: Release, explained: Mapping[str, Explained], styles: Styles) -> None:
    """Which edition it is, what the statuses mean, and how each indicator was counted."""
    edition = (
        f"{table.imprint(release)}。签发：{release.signed_off_unit} {release.signed_off_worker}。"
        f"工作日历 {release.calendar}，案件记录第 {release.epoch} 期 {release.facts} 条，统计格第 {release.grid} 版。"
    )
    note = "\n".join((edition, OWN_DATA_ONLY, STATUSES_NOTE, STANDINGS_NOTE, f"算法：{table.READING_ZH}"))
    _add_head(sheet, f"{table.place_zh(release.region)}监测表说明", note, READING, styles)
    for number, (main, *_) in _numbered(release):
        said = explained.get(main.indicator, Explained("", ""))
        row = number, main.title_zh, said.meaning, said.formula, said.settings or None
        _add_row(sheet, number, row, READING, styles)


def _is_of_part(release: Release, cell: Cell) -> bool:
    return cell.region != release.region and not cell.dimensions


def _figures(definition: Definition, cell: Cell, explained: Mapping[str, Explained]) -> tuple[Value, ...]:
    """A cell without a number says why, also in the column of the value: an empty place could be read as 0."""
    value: Value = table.status_zh(cell) if cell.value is None else cell.value
    if isinstance(value, float) and definition.kind in table.WHOLE:
        value = int(value)
    said = explained.get(definition.indicator)
    note = said.notes.get(definition.part, "") if said else ""
    return definition.unit_zh, value, cell.numerator, cell.denominator, table.status_zh(cell), table.SYSTEM, note


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


def _sheet(book: xlsxwriter.Workbook, name: str, columns: Columns) -> Worksheet:
    """A sheet that prints on A4 across, its head on every page."""
    sheet: Worksheet = book.add_worksheet(name)
    for column, width in enumerate(columns.values()):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, HEAD_ROWS - 1)
    sheet.freeze_panes(HEAD_ROWS, 2)
    return sheet


def _add_head(sheet: Worksheet, title: str, note: str, columns: Columns, styles: Styles) -> None:
    last = len(columns) - 1
    sheet.merge_range(0, 0, 0, last, title, styles["title"])
    sheet.merge_range(1, 0, 1, last, note, styles["note"])
    sheet.set_row(0, 30)
    sheet.set_row(1, LINE_POINTS * _lines(note, sum(columns.values())) + 2)
    sheet.write_row(HEAD_ROWS - 1, 0, columns, styles["head"])


def _add_row(sheet: Worksheet, at: int, values: Sequence[Value], columns: Columns, styles: Styles) -> None:
    """Text goes in as text, so that nothing that begins with `=` is ever a formula."""
    row, widths = HEAD_ROWS - 1 + at, list(columns.values())
    for column, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(row, column, value, styles["text" if widths[column] >= WIDE else "word"])
        elif value is None:
            sheet.write_string(row, column, "—", styles["absent"])
        else:
            sheet.write_number(row, column, value, styles["word" if isinstance(value, int) else "decimal"])
    lines = (_lines(value, width) for value, width in zip(values, widths, strict=True) if isinstance(value, str))
    sheet.set_row(row, LINE_POINTS * max(lines, default=1) + 6)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; Chinese characters are two digits wide. Excel asks for a height."""
    wide = [sum(1 + (east_asian_width(character) in "WF") for character in line) for line in text.split("\n")]
    return sum(max(1, ceil(columns / (width - 1))) for columns in wide)
