"""The year's values of the plans' own tables: what may be stated, and how far a value is signed off. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from contracts.base import unit_kind
from contracts.codes import UnitKind, label_zh
from contracts.external import ExternalValueStated, SignOff
from contracts.identity import is_same_number
from contracts.refusals import Refusal
from contracts.regions import is_within
from services.statistics.catalogue import KEEPERS, Target, targets
from services.statistics.feeds.model import newest, not_yet

Standing = Literal["not_reported", "unsigned", "signed", "correction_unsigned"]

STANDINGS_ZH: Final[dict[Standing, str]] = {
    "not_reported": "未报送",
    "unsigned": "待签发",
    "signed": "已签发",
    "correction_unsigned": "更正待签发",
}


class Signature(NamedTuple):
    """Who found a value right, and the domain date in Shanghai."""

    unit: str
    worker: str
    on: date


@dataclass(frozen=True)
class Reported:
    """A row of a plan's table in one year. `newest` is the last that was stated, `final` the last that was signed."""

    target: Target
    newest: ExternalValueStated | None = None
    final: ExternalValueStated | None = None
    signed: Signature | None = None

    @property
    def standing(self) -> Standing:
        if self.newest is None:
            return "not_reported"
        if self.final is None:
            return "unsigned"
        return "signed" if self.final == self.newest else "correction_unsigned"

    @property
    def keeper_zh(self) -> str:
        """数据来源: who stated it, else whose the catalogue says it is; empty when nobody is known."""
        if self.newest is not None:
            return label_zh(UnitKind, unit_kind(self.newest.unit))
        return "、".join(KEEPERS[keeper].label_zh for keeper in self.target.keepers)


def table_of(region: str) -> list[Target]:
    """The rows of a city's tables, in their order; empty for a city whose plans have none."""
    return [row for row in targets().values() if row.kind == "table" and row.region == region]


def ordinal(target: Target) -> int:
    """序号: the place of a row in its plan's table, from 1."""
    return int(target.id.rpartition("-")[2])


def check(said: ExternalValueStated, today: date) -> Iterator[Refusal]:
    """Against the catalogue and the calendar."""
    yield from not_yet(said, today)
    target = targets().get(said.target)
    if target is None or target.kind != "table":
        zh, en = "规划统计表中没有这一行，见 indicators list --kind table。", "no such row in a plan's table."
        yield Refusal("target_unknown", ("target",), zh, en)
        return
    keepers = {KEEPERS[keeper] for keeper in target.keepers}
    if keepers and unit_kind(said.unit) not in keepers:
        zh = f"数据来源应为：{'、'.join(keeper.label_zh for keeper in sorted(keepers))}。"
        yield Refusal("unit_kind_wrong", ("unit",), zh, f"the keeper is {', '.join(sorted(keepers))}.")
    if not is_within(target.region, said.unit.partition("@")[2]):
        zh, en = f"该单位不管辖{target.city}。", f"is no unit of {target.region} or of what it is in."
        yield Refusal("unit_elsewhere", ("unit",), zh, en)


def check_sign_off(said: ExternalValueStated, last: int, by: SignOff, today: date) -> Iterator[Refusal]:
    """Why `by` may not sign a revision; `last` is the newest one."""
    region = targets()[said.target].region
    if not is_within(region, by.unit.partition("@")[2]):
        zh, en = "该单位不管辖这个城市。", f"is no unit of {region} or of what it is in."
        yield Refusal("unit_elsewhere", ("unit",), zh, en)
    if is_same_number(by.worker, said.worker):
        zh, en = "填报人不能签发自己填报的数值，请换一人。", "whoever entered a value cannot sign it off."
        yield Refusal("same_person", ("worker",), zh, en)
    if said.revision != last:
        zh, en = f"已有第 {last} 次修订，请签发最新的。", f"revision {last} is newer; sign that one off."
        yield Refusal("older_revision", ("revision",), zh, en)
    if said.year >= today.year:
        zh, en = f"{said.year} 年尚未结束，不能签发。", f"{said.year} is not over; its value is not final."
        yield Refusal("year_unfinished", ("year",), zh, en)


def report(
    rows: Iterable[Target], stated: Collection[ExternalValueStated], signed: dict[tuple[str, int], Signature]
) -> list[Reported]:
    """Each row with what was stated of it in one year. `signed` is by target and revision."""
    last = {one.target: one for one in newest(stated)}
    final = {one.target: one for one in newest(one for one in stated if (one.target, one.revision) in signed)}
    return [_reported(row, last.get(row.id), final.get(row.id), signed) for row in rows]


def _reported(
    row: Target,
    last: ExternalValueStated | None,
    final: ExternalValueStated | None,
    signed: dict[tuple[str, int], Signature],
) -> Reported:
    return Reported(row, last, final, signed[final.target, final.revision] if final else None)
