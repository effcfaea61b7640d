"""What `liandong indicators denominators` and `external` print: Chinese first, then English."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.table import Table

from contracts.base import unit_kind
from contracts.codes import DenominatorName, UnitKind, label_zh
from contracts.denominators import DenominatorStated
from contracts.regions import region_name
from services.statistics.feeds.denominators import Contradiction
from services.statistics.feeds.errors import FeedError
from services.statistics.feeds.external import STANDINGS_ZH, Reported, ordinal


def of_refusal(file: Path, error: FeedError) -> str:
    """Everything that is wrong with a file."""
    head = f"{file.name} 未导入，没有保存任何内容： / not taken in, nothing was stored:"
    return "\n".join([head, *map(str, error.faults)])


def of_denominators(rows: Iterable[DenominatorStated]) -> Iterator[Table | str]:
    table = Table("名称", "地区", "年度", "年龄段", "数值", "截至", "来源单位", "文件", "修订", box=None)
    for one in rows:
        name = f"{label_zh(DenominatorName, one.name)} {one.name}"
        place = f"{one.region} {region_name(one.region)}"
        cells = (one.year, one.band or "", one.value, one.as_of, _unit(one.unit), one.document, one.revision)
        table.add_row(name, place, *map(str, cells))
    yield table if table.row_count else "没有记录。 / Nothing."


def of_contradictions(found: Iterable[Contradiction]) -> Iterator[str]:
    for one in found:
        what = " ".join(filter(None, (label_zh(DenominatorName, one.name), one.band, str(one.year))))
        place = f"{region_name(one.region)}（{one.region}）"
        yield f"注意：{place}{what} 报 {one.stated}，下级合计 {one.total} / stated, and what its parts add up to"


def of_external(rows: Iterable[Reported]) -> Iterator[Table]:
    table = Table("目标编号", "序号", "主要统计指标", "单位", "当年值", "状态", "数据来源", "文件", "修订", box=None)
    for one in rows:
        said = one.newest
        value = _number(said.value) if said else ""
        standing = STANDINGS_ZH[one.standing]
        if one.final and one.final != said:
            standing += f"（已签发 {_number(one.final.value)}，第 {one.final.revision} 次）"
        rest = (said.document, str(said.revision)) if said else ("", "")
        words = (one.target.id, str(ordinal(one.target)), one.target.name, one.target.unit)
        table.add_row(*words, value, standing, one.keeper_zh, *rest)
    yield table


def _number(value: float) -> str:
    """As it was stated: 84.27, 318."""
    return f"{value:.12g}"


def _unit(unit: str) -> str:
    return f"{label_zh(UnitKind, unit_kind(unit))} {unit}"
