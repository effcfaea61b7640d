"""What a city's plans want, for its workbook: their own tables, and the sentences that indicators evidence. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from contracts.codes import UnitKind
from services.statistics import catalogue
from services.statistics.catalogue import Keeper, Plan, Target
from services.statistics.export.workbook import PlanRow, PlanTable

PLANS_ZH: Final[Mapping[Plan, str]] = {"women": "妇女发展规划", "children": "儿童发展规划"}
KEEPERS: Final[Mapping[Keeper, UnitKind]] = {
    "justice": UnitKind.JUSTICE,
    "civil_affairs": UnitKind.CIVIL_AFFAIRS,
    "education": UnitKind.EDUCATION,
    "health": UnitKind.HEALTH,
    "police": UnitKind.POLICE_BUREAU,
    "court": UnitKind.COURT,
}


class Reported(NamedTuple):
    """What the keeper of a row has said of the year: the value, how far it stands, and who the keeper is."""

    value: float | str
    status: str
    keeper: str = ""


def tables_of(city: str, reported: Mapping[str, Reported]) -> tuple[PlanTable, ...]:
    """Part 1 of the workbook. Of a plan without a table it has the numbered targets of the text, those from outside."""
    rows = catalogue.list_targets(city=city)
    found = []
    for plan, title in PLANS_ZH.items():
        own = [row for row in rows if row.plan == plan]
        table = [row for row in own if row.kind == "table"]
        numbered = [row for row in own if row.target is not None and not row.computable]
        if chosen := table or numbered:
            name = f"{chosen[0].city}{title}{'主要统计指标' if table else '有数值的文本目标（规划未设统计表）'}"
            found.append(PlanTable(name, tuple(_row(row, reported.get(row.id)) for row in chosen)))
    return tuple(found)


def sentences_of(city: str) -> dict[str, tuple[str, ...]]:
    """The plans' words that each computable indicator speaks to; every indicator that counts anywhere is there."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(catalogue.indicators(), ())
    for row in catalogue.list_targets(city=city, computable=True):
        words = f"{PLANS_ZH[row.plan]}：{row.target_text}"
        if words not in found.get(row.key, ()):
            found[row.key] = (*found.get(row.key, ()), words)
    return found


def _row(row: Target, said: Reported | None) -> PlanRow:
    keeper = "、".join(KEEPERS[one].label_zh for one in row.keepers)
    known = (row.name, row.unit, row.baseline_text, row.target_text)
    return PlanRow(*known, said.keeper or keeper, said.value, said.status) if said else PlanRow(*known, keeper)
