"""What `liandong indicators denominators` and `external` print: Chinese first, then English."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.table import Table

from contracts.base import Contract, unit_kind
from contracts.codes import DenominatorName, UnitKind, label_zh
from contracts.denominators import DenominatorStated
from contracts.regions import region_name
from services.statistics.feeds.denominators import Contradiction
from services.statistics.feeds.errors import WHOLE_FILE, FeedError
from services.statistics.feeds.external import STANDINGS_ZH, Reported, ordinal


def of_refused_file(file: Path, model: type[Contract], error: FeedError) -> str:
    """Everything that is wrong with it; a column by its heading in Chinese, and by its name."""
    head = f"{file.name} 未导入，没有保存任何内容： / not taken in, nothing was stored:"
    titles = {name: field.title or name for name, field in model.model_fields.items()} | {WHOLE_FILE: "文件"}
    return "\n".join([head, *(fault.tell(titles) for fault in error.faults)])


def of_refusal(error: FeedError) -> str:
    """Why what was asked for by options cannot be done."""
    return "\n".join(f"{one.zh} / {one.column}: {one.en}" for one in error.faults)


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


def of_external(rows: Iterable[Reported]) -> Iterator[str]:
    """Lines and no table: an id that is cut or wrapped cannot be copied."""
    for one in rows:
        said = one.newest
        value = f"{_number(said.value)} {one.target.unit}" if said else f"（{one.target.unit}）"
        yield f"{one.target.id}  {ordinal(one.target)} {one.target.name}  {value}  {_standing(one)}"
        if said:
            entered = f"填报 / entered {said.worker}，第 {said.revision} 次 / revision"
            yield f"    {one.keeper_zh} {said.unit}  {said.document}  {entered}"
        elif one.keeper_zh:
            yield f"    {one.keeper_zh}"
        if one.signed:
            yield f"    签发 / signed {one.signed.unit} {one.signed.worker} {one.signed.on}"


def _standing(one: Reported) -> str:
    standing = STANDINGS_ZH[one.standing]
    if one.final and one.final != one.newest:
        standing += f"（已签发 {_number(one.final.value)}，第 {one.final.revision} 次）"
    return standing


def _number(value: float) -> str:
    """As it was stated: 84.27, 318."""
    return f"{value:.12g}"


def _unit(unit: str) -> str:
    return f"{label_zh(UnitKind, unit_kind(unit))} {unit}"
