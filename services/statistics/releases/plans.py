"""What a city's plans want, for its workbook: their own tables, and the sentences that indicators evidence. Pure."""

from collections.abc import Iterable

from services.statistics import catalogue
from services.statistics.catalogue import PLANS_ZH, year_of
from services.statistics.export.workbook import PlanRow, PlanTable
from services.statistics.feeds.external import STANDINGS_ZH, Reported


def tables_of(city: str, reported: Iterable[Reported] = ()) -> tuple[PlanTable, ...]:
    """Part 1 of the workbook. Of a plan without a table it has the numbered targets of the text, those from outside."""
    rows, said = catalogue.list_targets(city=city), {one.target.id: one for one in reported}
    found = []
    for plan, title in PLANS_ZH.items():
        own = [row for row in rows if row.plan == plan]
        table = [row for row in own if row.kind == "table"]
        numbered = [row for row in own if row.target is not None and not row.computable]
        if chosen := table or numbered:
            name = f"{chosen[0].city}{title}{'主要统计指标' if table else '有数值的文本目标（规划未设统计表）'}"
            lines = tuple(_row(said.get(row.id, Reported(row))) for row in chosen)
            years = year_of(row.baseline_year for row in chosen), year_of(row.target_year for row in chosen)
            found.append(PlanTable(name, lines, title, *years))
    return tuple(found)


def sentences_of(city: str) -> dict[str, tuple[str, ...]]:
    """The plans' words that each computable indicator speaks to; every indicator that counts anywhere is there."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(catalogue.indicators(), ())
    for row in catalogue.list_targets(city=city, computable=True):
        words = f"{PLANS_ZH[row.plan]}：{row.target_text}"
        if words not in found.get(row.key, ()):
            found[row.key] = (*found.get(row.key, ()), words)
    return found


def _row(said: Reported) -> PlanRow:
    """A number that nobody has signed off is not printed."""
    row, status = said.target, ""
    value: float | str | None = None
    if said.final is not None:
        corrected = "" if said.newest == said.final else f"，{STANDINGS_ZH['correction_unsigned']}"
        value, status = said.final.value, STANDINGS_ZH["signed"] + corrected
    elif said.newest is not None:
        value = status = STANDINGS_ZH["unsigned"]
    note = f"数值存疑，用前请核对原件：{row.note_zh}" if row.uncertain else ""
    return PlanRow(row.name, row.unit, row.baseline_text, row.target_text, said.keeper_zh, value, status, note)
