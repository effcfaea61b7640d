"""A release in the words of SDMX 2.1 (ISO 17369): its dimensions, attributes and code lists, and its observations.

The data structure stands for the fixed grid: it has the grid's version. A cell is one observation, its value the
primary measure, its parts and its status attributes. A cell without a number is an observation without a value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from contracts.codes import CellStatus, CountUnit
from contracts.releases import Cell, Definition, Release
from services.statistics.export import table

AGENCY: Final = "LIANDONG"
STRUCTURE: Final = "CASE_MONITORING"
TOTAL: Final = "_T"
UNKNOWN: Final = "_U"


class Words(NamedTuple):
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """`of_sdmx`: a part of a cross-domain list kept by the SDMX sponsors, with their version."""

    id: str
    version: str
    words: Words
    codes: Mapping[str, Words]
    of_sdmx: bool = False

    @property
    def agency(self) -> str:
        return "SDMX" if self.of_sdmx else AGENCY


@dataclass(frozen=True, slots=True)
class Component:
    """A dimension, an attribute or the measure. Without a code list it has a type of plain values."""

    id: str
    words: Words
    codes: CodeList | None = None
    type: str = "String"
    mandatory: bool = True


FREQ: Final = CodeList(
    "CL_FREQ", "2.1", Words("频率", "Frequency"), {"A": Words("年", "Annual"), "S": Words("半年", "Half-yearly")}, True
)
OBS_STATUS: Final = CodeList(
    "CL_OBS_STATUS",
    "2.2",
    Words("观测状态", "Observation status"),
    {
        "A": Words("正常值", "Normal value"),
        "P": Words("初步数", "Provisional value"),
        "Q": Words("缺失：不公布", "Missing value; suppressed"),
        "M": Words("缺失：不存在数据", "Missing value; data cannot exist"),
        "O": Words("缺失", "Missing value"),
    },
    True,
)
CONF_STATUS: Final = CodeList(
    "CL_CONF_STATUS",
    "1.2",
    Words("保密状态", "Confidentiality status"),
    {
        "F": Words("可公布", "Free (free for publication)"),
        "C": Words("保密", "Confidential statistical information"),
    },
    True,
)
STATUS: Final[Mapping[CellStatus, tuple[str, str]]] = {
    CellStatus.FINAL: ("A", "F"),
    CellStatus.PROVISIONAL: ("P", "F"),
    CellStatus.SUPPRESSED: ("Q", "C"),
    CellStatus.NO_DATA: ("M", "F"),
    CellStatus.IMMATURE: ("O", "F"),
}
"""Status of observation and of confidentiality. That a cell was hidden for the sake of another is not told apart."""


def version(release: Release) -> str:
    return f"{release.grid}.0"


def dimensions(release: Release) -> list[Component]:
    """Without the period, which is the time dimension."""
    return [
        Component("FREQ", Words("频率", "Frequency"), FREQ),
        Component("INDICATOR", Words("指标", "Indicator"), _indicators(release)),
        Component("REF_AREA", Words("地区", "Region"), _regions(release)),
        *_grid(release),
    ]


def attributes(release: Release) -> list[Component]:
    """Of each observation."""
    return [
        Component("UNIT_MEASURE", Words("计量单位", "Unit of the value"), _units(release)),
        Component("UNIT_COUNT", Words("计数对象", "What is counted"), _counted(release)),
        Component("NUMERATOR", Words("分子", "Numerator"), type="Long", mandatory=False),
        Component("DENOMINATOR", Words("分母", "Denominator"), type="Long", mandatory=False),
        Component("OBS_STATUS", OBS_STATUS.words, OBS_STATUS),
        Component("CONF_STATUS", CONF_STATUS.words, CONF_STATUS),
        Component("RELEASE_STATUS", Words("发布状态", "Status in the release"), _statuses(release)),
    ]


def of_set() -> list[Component]:
    """Attributes of the whole data set: which release it is, and from what it was computed."""
    return [
        Component("EDITION", Words("版次", "Edition"), type="Integer"),
        Component("PUBLISHED_ON", Words("发布日期", "Published on")),
        Component("AS_OF", Words("数据截止日期", "Windows have run out up to")),
        Component("CALENDAR_VERSION", Words("工作日历版本", "Version of the calendar of working days")),
        Component("LOG_EPOCH", Words("案件日志纪元", "Epoch of the case log"), type="Integer"),
        Component("LOG_FACTS", Words("案件日志位置", "Facts of the case log counted"), type="Long"),
    ]


def set_values(release: Release) -> dict[str, str]:
    return {
        "EDITION": str(release.edition),
        "PUBLISHED_ON": release.published_on.isoformat(),
        "AS_OF": release.as_of.isoformat(),
        "CALENDAR_VERSION": release.calendar,
        "LOG_EPOCH": str(release.epoch),
        "LOG_FACTS": str(release.facts),
    }


def observations(release: Release) -> Iterator[dict[str, str]]:
    """Key, value and attributes of each cell; what a cell has not is absent."""
    for definition, cell in table.ordered(release):
        known = _key(release, cell) | _figures(definition, cell)
        yield {name: text for name, text in known.items() if text}


def _key(release: Release, cell: Cell) -> dict[str, str]:
    own = {one.code: cell.dimensions.get(one.code, TOTAL) or UNKNOWN for one in release.dimensions}
    return {
        "FREQ": "A" if len(release.period) == 4 else "S",
        "INDICATOR": table.code(*cell.key),
        "REF_AREA": cell.region,
        **{name.upper(): code for name, code in own.items()},
        "TIME_PERIOD": release.period,
    }


def _figures(definition: Definition, cell: Cell) -> dict[str, str]:
    of_observation, of_confidence = STATUS[table.status(cell)]
    return {
        "OBS_VALUE": table.number(cell.value),
        "UNIT_MEASURE": _unit(definition),
        "UNIT_COUNT": str(definition.counts),
        "NUMERATOR": table.number(cell.numerator),
        "DENOMINATOR": table.number(cell.denominator),
        "OBS_STATUS": of_observation,
        "CONF_STATUS": of_confidence,
        "RELEASE_STATUS": str(cell.status),
    }


def _unit(definition: Definition) -> str:
    return {"share": "PERCENT", "coverage": "PERCENT", "lowest": "PERCENT", "median": "HOURS"}.get(
        definition.kind, "PURE_NUMB"
    )


def _own(release: Release, name: str, zh: str, en: str, codes: Mapping[str, Words]) -> CodeList:
    return CodeList(f"CL_{name}", version(release), Words(zh, en), codes)


def _indicators(release: Release) -> CodeList:
    codes = {table.code(*one.key): Words(one.title_zh, one.title_en) for one in release.definitions}
    return _own(release, "INDICATOR", "指标", "Indicator", codes)


def _regions(release: Release) -> CodeList:
    codes = sorted({release.region, *(cell.region for cell in release.cells)})
    return _own(release, "AREA", "行政区划", "Region", {code: Words(table.place_zh(code), code) for code in codes})


def _grid(release: Release) -> Iterator[Component]:
    for one in release.dimensions:
        codes = {TOTAL: Words("全部", "Total"), UNKNOWN: Words("未登记", "Not recorded")}
        codes |= {code: Words(label, code) for code, label in one.codes.items()}
        listed = _own(release, one.code.upper(), one.title_zh, one.title_en, codes)
        yield Component(one.code.upper(), Words(one.title_zh, one.title_en), listed)


def _units(release: Release) -> CodeList:
    units = {"PERCENT": Words("%", "Percent"), "HOURS": Words("小时", "Hours"), "PURE_NUMB": Words("数", "Number")}
    return _own(release, "UNIT_MEASURE", "计量单位", "Unit of measure", units)


def _counted(release: Release) -> CodeList:
    units = {unit.value: Words(unit.label_zh, unit.value) for unit in CountUnit}
    return _own(release, "UNIT_COUNT", "计数对象", "Unit of count", units)


def _statuses(release: Release) -> CodeList:
    statuses = {status.value: Words(status.label_zh, status.value) for status in CellStatus}
    return _own(release, "RELEASE_STATUS", "发布状态", "Status in the release", statuses)
