"""What statistics lets out on `statistics.releases`: the figures of one city and one period, signed off by a person.

A release is whole: the wording of its indicators, its grid and its cells stand together, so that a file made from it
years later is the same file. Nothing in it is internal; what must not be known is not in it. It travels as one message
for each indicator, for a message has its limit; `join` puts them together again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Code, Contract, Region, UnitId, WorkerNumber
from contracts.codes import CellStatus, CountUnit, Listed, label_zh
from contracts.refusals import Refusal, impersonal, refuse_any
from contracts.regions import is_within

RELEASE_TYPE: Final = "liandong.release.published.v1"

LEAST_FOR_MEDIAN: Final = 10
"""Medians of fewer members are not published."""

Period = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}(-S[12])?$")]
"""A calendar year in Shanghai time, or a half of it: `2026`, `2026-S1`, `2026-S2`."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
PartName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
DimensionCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Entry = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9@-][A-Za-z0-9_@-]{0,63}$")]
"""A code of a dimension. None begins with `_`: so begin the marks for all and for not recorded."""

Wording = Annotated[str, StringConstraints(min_length=1, max_length=200)]


FigureKind = Literal["share", "count", "median", "coverage", "ratio", "lowest", "breadth"]

UNITS_ZH: Final[Mapping[str, str]] = {
    "share": "%",
    "coverage": "%",
    "lowest": "%",
    "median": "小时",
    "ratio": "比值",
    "breadth": "种",
}
"""Of values; a count is in what it counts."""


class Definition(Contract):
    """One number of an indicator, in the wording it was published with.

    A `share` is a percentage with two decimals, a `count` a whole number, a `median` a number of hours. A `coverage` is
    a percentage of another number, which it may exceed, a `ratio` the same undivided by a hundred; the `lowest` is that
    of some percentages, the `breadth` in how many codes of a dimension there is somebody.
    """

    indicator: Key
    part: PartName
    version: int = Field(ge=1)
    kind: FigureKind
    counts: Listed[CountUnit] = Field(description="What the numerator and the denominator count.")
    title_zh: Wording
    title_en: Wording

    @property
    def key(self) -> tuple[str, str]:
        return self.indicator, self.part

    @property
    def unit_zh(self) -> str:
        """The unit of the value."""
        return UNITS_ZH.get(self.kind) or label_zh(CountUnit, self.counts)


class Dimension(Contract):
    """One dimension of the fixed grid, with all its codes and their Chinese labels."""

    code: DimensionCode
    title_zh: Wording
    title_en: Wording
    codes: dict[Entry, Wording]


class Cell(Contract):
    """One number, or the reason why there is none. `None` in a dimension means that it was not recorded.

    A dimension that is not named is summed over: a cell without dimensions is the region's own figure.
    """

    indicator: Key
    part: PartName
    region: Region
    dimensions: dict[DimensionCode, Entry | None] = Field(default_factory=dict)
    status: Listed[CellStatus]
    numerator: int | None = Field(default=None, ge=0, title="分子")
    denominator: int | None = Field(default=None, ge=0, title="分母", description="Of a median: how many members.")
    value: float | None = Field(default=None, ge=0, allow_inf_nan=False, title="数值")

    @property
    def key(self) -> tuple[str, str]:
        return self.indicator, self.part

    @property
    def place(self) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
        """Where the cell stands in the grid; no two cells of a release stand in one place."""
        return *self.key, self.region, tuple(sorted((name, code or "") for name, code in self.dimensions.items()))

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse_any("Cell", _contradictions(self))
        return self


class Release(Contract):
    """All published cells of a city and a period, as first published or corrected.

    `region` is the city, a prefecture (....00) with all its counties or a county-level city by itself. Editions of one
    city and period count up from 1; a later one takes the place of the earlier, which stays reproducible: `epoch` and
    `facts` say how much of the case log was counted, `calendar` by which calendar of working days.
    """

    region: str = Field(pattern=r"^[0-9]{6}$")
    period: Period
    edition: int = Field(ge=1)
    published_on: date
    as_of: date = Field(description="Domain date up to which windows have run out.")
    signed_off_unit: UnitId
    signed_off_worker: WorkerNumber = Field(title="签发人工号", description="The number of the worker, never a name.")
    calendar: Code = Field(description="Version of the calendar of working days.")
    epoch: int = Field(ge=0, description="Epoch of the case log.")
    facts: int = Field(ge=0, description="How many facts of the case log were counted: the position in it.")
    grid: int = Field(ge=1, description="Version of the fixed grid: of the dimensions and their codes.")
    definitions: tuple[Definition, ...]
    dimensions: tuple[Dimension, ...] = ()
    cells: tuple[Cell, ...]

    @property
    def begins_on(self) -> date:
        return date(int(self.period[:4]), 7 if self.period.endswith("S2") else 1, 1)

    @property
    def ends_on(self) -> date:
        """The last day of the period."""
        year = int(self.period[:4])
        return date(year, 6, 30) if self.period.endswith("S1") else date(year, 12, 31)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse_any(RELEASE_TYPE, [*_of_release(self), *_of_cells(self)])
        return self

    def split(self) -> "list[IndicatorRelease]":
        """One message for each indicator, in their order."""
        indicators = tuple(dict.fromkeys(one.indicator for one in self.definitions))
        return [self._only(indicator, indicators) for indicator in indicators]

    def _only(self, indicator: str, indicators: tuple[str, ...]) -> "IndicatorRelease":
        cells = tuple(cell for cell in self.cells if cell.indicator == indicator)
        used = {code for cell in cells for code in cell.dimensions}
        own = {
            "definitions": tuple(one for one in self.definitions if one.indicator == indicator),
            "dimensions": tuple(one for one in self.dimensions if one.code in used),
            "cells": cells,
        }
        whole = {name: getattr(self, name) for name in Release.model_fields}
        return IndicatorRelease(**(whole | own), indicator=indicator, indicators=indicators)


class IndicatorRelease(Release):
    """What one release says of one indicator. The release is there when its messages of all `indicators` are."""

    indicator: Key
    indicators: tuple[Key, ...] = Field(description="All indicators of this edition, in their order.")

    @property
    def message_key(self) -> str:
        return f"{self.region}/{self.period}/{self.indicator}"

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        about = {one.indicator for one in self.definitions} | {one.indicator for one in self.cells}
        if about - {self.indicator} or self.indicator not in self.indicators:
            zh, en = "一条消息只含一个指标，且该指标应在列表中。", "a message is about one indicator, and names it."
            refuse_any(RELEASE_TYPE, [Refusal("indicator_mixed", ("indicator",), zh, en)])
        return self


def join(messages: Iterable[IndicatorRelease]) -> Release | None:
    """The release that these messages of one city, period and edition make; None while one of them is missing.

    Dimensions come in the order of their codes, as they do in every release that statistics makes.
    """
    found = {message.indicator: message for message in messages}
    first = next(iter(found.values()), None)
    if first is None or found.keys() != set(first.indicators):
        return None
    ordered = [found[indicator] for indicator in first.indicators]
    dimensions = {one.code: one for message in ordered for one in message.dimensions}
    together = {
        "definitions": tuple(one for message in ordered for one in message.definitions),
        "dimensions": tuple(dimensions[code] for code in sorted(dimensions)),
        "cells": tuple(cell for message in ordered for cell in message.cells),
    }
    return Release(**({name: getattr(first, name) for name in Release.model_fields} | together))


def scale_of(kind: str) -> int:
    """By what a quotient is multiplied."""
    return 1 if kind == "ratio" else 100


ROUNDING: Final = 0.005 + 1e-9
"""By how much a percentage may differ from its parts: two decimals, halves rounded up, down or to even."""

RESERVED: Final = frozenset(
    {"freq", "indicator", "ref_area", "time_period", "obs_value", "obs_status", "conf_status", "release_status"}
    | {"unit_measure", "unit_count", "numerator", "denominator", "edition", "published_on", "as_of"}
    | {"calendar_version", "log_epoch", "log_facts"}
)
"""Columns that every release has in its files; no dimension may be called so."""


# -- what one cell says --------------------------------------------------------------------------------------------


def _contradictions(cell: Cell) -> Iterator[Refusal]:
    numbers = [name for name in ("numerator", "denominator", "value") if getattr(cell, name) is not None]
    status = CellStatus.known(cell.status)
    if status and not status.has_number:
        for name in numbers:
            yield Refusal(
                f"{status.value}_with_number",
                (name,),
                f"状态为“{status.label_zh}”的单元格不得带有数值；没有数值也不能写成 0。",
                f"a cell that is {status.value} must have no number; none is not 0 either.",
            )
    elif status and cell.value is None:
        yield Refusal(
            "value_missing",
            ("value",),
            f"状态为“{status.label_zh}”的单元格应有数值；没有数值时请改用“不公布”“无数据”或“未满观察期”。",
            f"a cell that is {status.value} must have a value; otherwise it is suppressed, no_data or immature.",
        )


def _wrong_number(cell: Cell, definition: Definition) -> Iterator[tuple[str, str, str, str]]:
    """Code, field and words for a number that its kind of figure cannot have."""
    numerator, denominator = cell.numerator, cell.denominator
    match definition.kind:
        case "count" if cell.value != numerator or denominator is not None:
            yield (
                "count_wrong",
                "value",
                "计数的数值应等于分子，且没有分母。",
                "a count is its numerator, without denominator.",
            )
        case "share" | "coverage" | "ratio" if cell.value is not None and (numerator is None or denominator is None):
            yield (
                "rate_without_parts",
                "value",
                "比率只有在分子、分母均可公布时才能公布。",
                "a rate needs both its parts.",
            )
        case "share" | "coverage" | "ratio" if denominator == 0:
            yield "denominator_zero", "denominator", "分母为 0 时应为“无数据”。", "without members it is no_data."
        case "share" | "coverage" | "ratio" if numerator is not None and denominator is not None:
            if numerator > denominator and definition.kind == "share":
                yield "numerator_too_large", "numerator", "分子不能大于分母。", "the numerator exceeds the denominator."
            elif cell.value is None or abs(cell.value - scale_of(definition.kind) * numerator / denominator) > ROUNDING:
                yield (
                    "value_not_of_parts",
                    "value",
                    "数值应等于分子除以分母乘以 100（两位小数）。",
                    "100 × n / d, two decimals.",
                )
        case "lowest" | "breadth" if numerator is not None or denominator is not None:
            zh, en = "该类数值没有分子和分母。", "such a number has neither numerator nor denominator."
            yield "parts_not_its_own", "numerator", zh, en
        case "median" if cell.value is not None and (denominator or 0) < LEAST_FOR_MEDIAN:
            least = LEAST_FOR_MEDIAN
            yield "median_of_few", "denominator", f"中位数至少需要 {least} 个对象。", f"a median needs {least} members."


# -- what the cells say together -------------------------------------------------------------------------------------


def _of_release(release: Release) -> Iterator[Refusal]:
    yield from impersonal(release, "signed_off_worker")
    if release.published_on <= release.ends_on:
        yield Refusal(
            "period_unfinished",
            ("published_on",),
            f"统计期 {release.period} 到 {release.ends_on} 才结束，结束之前不得发布。",
            f"{release.period} ends on {release.ends_on}; nothing of it is published before.",
        )
    for name, count in Counter(one.key for one in release.definitions).items():
        if count > 1:
            yield Refusal("definition_twice", ("definitions",), f"指标 {name} 重复。", f"{name} is defined twice.")
    for code, count in Counter(one.code for one in release.dimensions).items():
        if count > 1:
            yield Refusal("dimension_twice", ("dimensions",), f"维度 {code} 重复。", f"{code} is in the grid twice.")
    for at, dimension in enumerate(release.dimensions):
        if dimension.code in RESERVED:
            words = f"维度代码 {dimension.code} 已被占用。", f"{dimension.code} is the name of another column."
            yield Refusal("dimension_reserved", ("dimensions", at, "code"), *words)


def _of_cells(release: Release) -> Iterator[Refusal]:
    definitions = {one.key: one for one in release.definitions}
    grid = {one.code: one.codes for one in release.dimensions}
    seen = Counter(cell.place for cell in release.cells)
    for at, cell in enumerate(release.cells):
        for code, field, zh, en in _wrong_cell(release, cell, definitions, grid):
            yield Refusal(code, ("cells", at, field), zh, en)
        if seen[cell.place] > 1:
            zh, en = "同一单元格出现多次。", "another cell stands in the same place."
            yield Refusal("cell_twice", ("cells", at), zh, en)


def _wrong_cell(
    release: Release,
    cell: Cell,
    definitions: Mapping[tuple[str, str], Definition],
    grid: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[str, str, str, str]]:
    definition = definitions.get(cell.key)
    if definition is None:
        yield (
            "definition_missing",
            "indicator",
            "该指标没有定义，请补充定义。",
            "nothing defines this indicator and part.",
        )
    else:
        yield from _wrong_number(cell, definition)
    if not is_within(cell.region, release.region):
        yield "region_outside", "region", f"该地区不属于 {release.region}。", f"this region is not in {release.region}."
    if not all(name in grid and (code is None or code in grid[name]) for name, code in cell.dimensions.items()):
        yield (
            "dimension_unknown",
            "dimensions",
            "该维度或代码不在固定统计格内。",
            "not in the fixed grid of this release.",
        )
