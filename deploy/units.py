"""Who takes part in a demonstration: every agency of some counties of the five cities, and bodies that stay opaque."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contracts import regions
from contracts.base import Region, UnitId, unit_kind
from contracts.codes import UnitKind, unit_at
from contracts.topics import DENOMINATORS
from services.platform.auth import Role

COUNTIES: Final = ("330382", "330302", "330802", "371502", "520302")
"""乐清 and 鹿城 (both 温州), 柯城 (衢州), 东昌府 (聊城), 红花岗 (遵义)."""

MOST_TOWNSHIPS: Final = 8
"""Of one county: enough to move between stations, few enough to start quickly."""

CITIES: Final = ("330382", "330300", "330800", "371500", "520300")
"""乐清, 温州, 衢州, 聊城, 遵义: each publishes its year. 乐清 is in 温州, and told first."""

SERVICES: Final = "services@330300"
"""The services themselves, when one calls another."""

region_names: Final = regions.region_names

_LABELS: Final = {kind.value: kind.label_zh for kind in UnitKind}

_BODIES_OF_COUNTY: Final = {
    UnitKind.HOSPITAL: 1,
    UnitKind.SCHOOL: 2,
    UnitKind.KINDERGARTEN: 1,
    UnitKind.HOTEL: 1,
    UnitKind.SCREENING_SITE: 2,
    UnitKind.WELFARE_INSTITUTION: 1,
    UnitKind.SOCIAL_WORK: 1,
    UnitKind.NETWORK_SERVICE: 1,
}
_BODIES_OF_TOWNSHIP: Final = {UnitKind.VILLAGE_COMMITTEE: 2, UnitKind.HEALTH_CENTRE: 1}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, the region it serves or stands in, what to call it, and what its token may do."""

    unit: UnitId
    region: str
    name: str
    roles: tuple[Role, ...]


def townships(county: Region) -> list[Region]:
    """The first townships of a county, in the order of their codes."""
    return sorted(code for code in region_names() if len(code) == 9 and code.startswith(county))[:MOST_TOWNSHIPS]


def body_at(kind: UnitKind, region: Region, ordinal: int = 1) -> UnitId:
    """The opaque unit of a body: the same for the same kind, region and ordinal (from 1)."""
    return f"{kind}@{hashlib.sha256(f'{kind}/{region}/{ordinal}'.encode()).hexdigest()[:16]}"


def demo_units() -> list[Unit]:
    """Everyone who holds a token, each unit once."""
    return [
        *(unit for county in COUNTIES for unit in _of_county(county)),
        *(unit for city in CITIES for unit in _of_city(city)),
        Unit(SERVICES, "330300", "联动平台", ("service",)),
    ]


def _of_city(city: Region) -> Iterator[Unit]:
    """Its statistics office; and who states and signs off figures, where its county's units do not stand for it."""
    name = f"{regions.region_name(city)} 统计监测"
    yield Unit(f"statistics@{city}", city, name, ("read_statistics", "propose_release", "trace_members"))
    if city not in COUNTIES:
        yield from (_agency(f"{kind}@{city}", city) for kind in DENOMINATORS.speaks_for)


def _of_county(county: Region) -> Iterator[Unit]:
    agencies = [kind for kind in UnitKind if kind.level != "opaque"]
    desks = dict.fromkeys(unit_at(kind, county) for kind in agencies)
    yield from (_agency(unit, county) for unit in desks)
    yield from _bodies(county, _BODIES_OF_COUNTY)
    for township in townships(county):
        yield from (_agency(unit_at(kind, township), township) for kind in agencies if kind.level == "township")
        yield from _bodies(township, _BODIES_OF_TOWNSHIP)


def _agency(unit: UnitId, region: Region) -> Unit:
    kind = unit_kind(unit)
    roles: tuple[Role, ...] = ("report", "act")
    if kind in DENOMINATORS.speaks_for:
        roles += ("state_figures",)
    if kind == UnitKind.WOMENS_CHILDREN_COMMITTEE:
        roles += ("sign_off", "sign_release", "read_statistics")
    return Unit(unit, region, f"{regions.region_name(region)} {_LABELS[kind]}", roles)


def _bodies(region: Region, numbers: dict[UnitKind, int]) -> Iterator[Unit]:
    for kind, number in numbers.items():
        for ordinal in range(1, number + 1):
            name = f"{regions.region_name(region)} {kind.label_zh} {ordinal}"
            yield Unit(body_at(kind, region, ordinal), region, name, ("report", "act"))  # 报备 is theirs to do
