"""What all files of a release have in common: the order of its cells, and the words that people read."""

from collections.abc import Iterator
from typing import Final

from contracts.codes import CellStatus, label_zh
from contracts.regions import region_names
from contracts.releases import Cell, Definition, Dimension, Release

ALL: Final = "全部"
NOT_RECORDED: Final = "未登记"
SYSTEM: Final = "联动系统案件记录"
SOURCE: Final = f"{SYSTEM}（仅为本系统内数据）"
"""Whose figures these are; a reader must not take them for those of the whole city."""

READING_ZH: Final = (
    "引号“”内是办理步骤，「」内是另一项数值。当年指计入的步骤发生在当年（上海时间）。儿童指未成年受害人和未成年的儿童角色，"
    "有儿童的案件指有其中任一人的案件。期限自计入的步骤起算，写明自此或某次某步骤后的，自该步骤起算；T 小时内按时刻，"
    "D 日内、至次年3月31日按日期。写明不论先后、不论何时的除外，所看的步骤都不早于起算的步骤。"
    "按件、份、次计的只看该案，按人、按对计的看其以同样角色参与的所列各类案件；写明也看的，另看同一人（不论角色）的该类案件。"
    "观察期未满的对象既不在分母也不在分子。一个对象一年只计一次：一年内计入的步骤有几个的，按最早的一个归入地区和分类，"
    "其中任一个符合即在分子，最后一个的观察期届满才计入。"
)
"""How the Chinese formulas of indicators are read."""

WHOLE: Final = frozenset({"count", "breadth"})
"""Kinds of figures that have no decimals; all others are printed with two."""


def ordered(release: Release) -> Iterator[tuple[Definition, Cell]]:
    """The cells with their definitions: as the definitions stand, then by region, sums before their parts."""
    rank = {one.key: at for at, one in enumerate(release.definitions)}
    cells = sorted(release.cells, key=lambda cell: (rank[cell.key], cell.region, len(cell.dimensions), cell.place))
    return ((release.definitions[rank[cell.key]], cell) for cell in cells)


def own_cells(release: Release) -> dict[tuple[str, str], Cell]:
    """The city's own figure of each indicator and part, as far as there is one."""
    return {cell.key: cell for cell in release.cells if cell.region == release.region and not cell.dimensions}


def code(indicator: str, part: str) -> str:
    """One code for one number of an indicator; an indicator has no `_`."""
    return f"{indicator}_{part}"


def number(value: float | None) -> str:
    """`92.68`, `41`; empty for None."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def shown(cell: Cell) -> str:
    """The number, or the reason in words why there is none; never an empty place and never 0 instead."""
    return number(cell.value) if cell.value is not None else status_zh(cell)


def printed(definition: Definition, cell: Cell) -> str:
    """As the workbook has it: `50.00`, and a count `50`."""
    return shown(cell) if cell.value is None or definition.kind in WHOLE else f"{cell.value:.2f}"


def status(cell: Cell) -> CellStatus:
    """Raises `KeyError` for a status that this version does not know."""
    return {known.value: known for known in CellStatus}[cell.status]


def status_zh(cell: Cell) -> str:
    return label_zh(CellStatus, cell.status)


def place_zh(region: str) -> str:
    return region_names().get(region, region)


def period_zh(period: str) -> str:
    """`2026年`, `2026年上半年`."""
    return f"{period[:4]}年" + {"-S1": "上半年", "-S2": "下半年"}.get(period[4:], "")


def entry_zh(dimension: Dimension, cell: Cell) -> str:
    """What a cell says about a dimension."""
    if dimension.code not in cell.dimensions:
        return ALL
    code = cell.dimensions[dimension.code]
    return NOT_RECORDED if code is None else dimension.codes[code]


def imprint(release: Release) -> str:
    """One line that says what was published when."""
    return (
        f"{place_zh(release.region)} {period_zh(release.period)} 第{release.edition}版 "
        f"{release.published_on.isoformat()} 发布，数据截至 {release.as_of.isoformat()}"
    )
