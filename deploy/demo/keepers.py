"""What keepers state at the end of the demonstration's year: all made up, and each document says so, 虚构. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from contracts.base import Region, UnitId
from contracts.codes import DenominatorName, UnitKind
from deploy.units import CITIES, COUNTIES
from services.statistics import catalogue
from services.statistics.catalogue import KEEPERS, Target
from services.statistics.feeds.external import ordinal

YEAR: Final = 2026
DOCUMENT: Final = "虚构〔2027〕1号"
ENTERED_BY: Final = "tb-11"
FOUND_RIGHT_BY: Final = "qf-02"


class _Kept(NamedTuple):
    """By whom, and how many there are in each of `COUNTIES`: about what a week of reports can fill."""

    keeper: UnitKind
    numbers: tuple[int, int, int, int, int]
    band: str | None = None


_KEPT: Final[Mapping[DenominatorName, _Kept]] = {
    DenominatorName.POPULATION_WOMEN: _Kept(UnitKind.HEALTH, (240, 260, 230, 250, 220), "35-64"),
    DenominatorName.POPULATION_WOMEN_RURAL: _Kept(UnitKind.HEALTH, (150, 120, 130, 160, 140), "35-64"),
    DenominatorName.SCREENING_TASK_CERVICAL: _Kept(UnitKind.HEALTH, (90, 95, 85, 90, 80)),
    DenominatorName.SCREENING_TASK_BREAST: _Kept(UnitKind.HEALTH, (90, 95, 85, 90, 80)),
    DenominatorName.DV_POLICE_INCIDENTS: _Kept(UnitKind.POLICE_BUREAU, (24, 26, 20, 25, 22)),
    DenominatorName.VILLAGES: _Kept(UnitKind.CIVIL_AFFAIRS, (16, 16, 16, 16, 16)),
    DenominatorName.TOWNSHIPS: _Kept(UnitKind.CIVIL_AFFAIRS, (8, 8, 8, 8, 8)),
    DenominatorName.COUNTIES: _Kept(UnitKind.CIVIL_AFFAIRS, (1, 1, 1, 1, 1)),
    DenominatorName.ROSTER_ORPHANS: _Kept(UnitKind.CIVIL_AFFAIRS, (12, 10, 11, 14, 13)),
    DenominatorName.PRIORITY_CHILDREN: _Kept(UnitKind.CIVIL_AFFAIRS, (30, 28, 26, 32, 34)),
}


def state_denominators(city: Region) -> Iterator[dict[str, Any]]:
    """Of each county of the demonstration, and of a prefecture their sum. A city in a prefecture states its own."""
    for name, kept in _KEPT.items():
        within = {one: n for one, n in zip(COUNTIES, kept.numbers, strict=True) if city in {one, f"{one[:4]}00"}}
        told = {one: n for one, n in within.items() if one not in CITIES} | {city: sum(within.values())}
        for region, value in told.items():
            yield {
                "name": name,
                "region": region,
                "year": YEAR,
                "band": kept.band,
                "value": value,
                "as_of": date(YEAR, 12, 31).isoformat(),
                "unit": f"{kept.keeper}@{city}",
                "document": DOCUMENT,
            }


def report_values(city: Region) -> Iterator[tuple[dict[str, Any], bool]]:
    """Some rows of the plans' own tables, and whether a second person has found them right; of others nothing."""
    for row in catalogue.list_targets(city=city, kind="table"):
        at = ordinal(row) % 5
        if row.baseline is not None and at in {1, 2, 3}:
            yield (
                {
                    "target": row.id,
                    "year": YEAR,
                    "value": _half_way(row),
                    "unit": _keeper(row),
                    "document": DOCUMENT,
                    "worker": ENTERED_BY,
                },
                at != 3,
            )


def _half_way(row: Target) -> float:
    """Between where the plan began and what it wants."""
    began = row.baseline or 0.0
    wanted = row.target if row.comparator in {">=", "<=", "="} and row.target is not None else began
    return round((began + wanted) / 2, 2)


def _keeper(row: Target) -> UnitId:
    kinds = [KEEPERS[one] for one in row.keepers] or [UnitKind.WOMENS_CHILDREN_COMMITTEE]
    return f"{kinds[0]}@{row.region}"
