"""The structure of the ADX message, as the profile asks for it: an SDMX 2.1 data structure from which receivers derive
their schema.

The dimensions `dataElement`, `orgUnit` and `TIME_PERIOD` and the measure `value` are concepts of the profile; those of
the grid come with our own. Organisation unit and period stand on the group, all others on the data value.
"""

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

from contracts.releases import Release
from services.statistics.export import adx, sdmx, table
from services.statistics.export.markup import MESSAGE, STRUCTURE, add, add_header, add_name, to_xml

MANDATORY: Final = {
    "dataElement": ("数据元", "Subject of the data measure"),
    "orgUnit": ("地区", "Spatial dimension of the measure"),
    "period": ("统计期", "Temporal dimension of the measure"),
    "value": ("数值", "Value of the data measure"),
}
PROFILE: Final = {"maintainableParentID": "ADX_MANDATORY_CONCEPTS", "agencyID": "IHE_QRPH"}
OWN: Final = {"maintainableParentID": "ADX_CONCEPTS", "agencyID": sdmx.AGENCY}

Codes = Mapping[str, tuple[str, str]]


def to_adx_structure(release: Release) -> bytes:
    message = ET.Element(f"{MESSAGE}Structure")
    add_header(message, release, "ADX_STRUCTURE")
    structures = add(message, f"{MESSAGE}Structures")
    lists = add(structures, f"{STRUCTURE}Codelists")
    for name, codes in _codes(release).items():
        _add_items(lists, "Codelist", "Code", {"id": f"CL_{name}", "agencyID": sdmx.AGENCY}, codes)
    concepts = add(structures, f"{STRUCTURE}Concepts")
    own = {one.code: (one.title_zh, one.title_en) for one in release.dimensions}
    for scheme, words in ((PROFILE, MANDATORY), (OWN, own)):
        known = {"id": scheme["maintainableParentID"], "agencyID": scheme["agencyID"]}
        _add_items(concepts, "ConceptScheme", "Concept", known, words)
    _add_structure(add(structures, f"{STRUCTURE}DataStructures"), release)
    return to_xml(message)


def _codes(release: Release) -> dict[str, Codes]:
    elements = {
        adx.element(*one.key, name): (f"{one.title_zh}·{zh}", f"{one.title_en}: {name}")
        for one in release.definitions
        for name, zh in adx.NUMBERS.items()
    }
    regions = sorted({release.region, *(cell.region for cell in release.cells)})
    grid = {
        one.code: {sdmx.UNKNOWN: (table.NOT_RECORDED, "Not recorded")}
        | {code: (zh, code) for code, zh in one.codes.items()}
        for one in release.dimensions
    }
    return {"dataElement": elements, "orgUnit": {code: (table.place_zh(code), code) for code in regions}, **grid}


def _add_items(parent: ET.Element, scheme: str, item: str, known: dict[str, str], items: Codes) -> None:
    listed = add(parent, f"{STRUCTURE}{scheme}", known | {"version": "1.0"})
    add_name(listed, known["id"], known["id"])
    for code, (zh, en) in items.items():
        add_name(add(listed, f"{STRUCTURE}{item}", {"id": code}), zh, en)


def _add_structure(parent: ET.Element, release: Release) -> None:
    structure = add(parent, f"{STRUCTURE}DataStructure", {"id": "ADX", "agencyID": sdmx.AGENCY, "version": "1.0"})
    add_name(structure, "案件监测指标", "Monitoring indicators of joint cases")
    parts = add(structure, f"{STRUCTURE}DataStructureComponents")
    _add_dimensions(add(parts, f"{STRUCTURE}DimensionList"), release)
    outer = add(parts, f"{STRUCTURE}Group", {"id": "OUTER_DIMENSIONS"})
    for name in ("orgUnit", "TIME_PERIOD"):
        of_group = add(add(outer, f"{STRUCTURE}GroupDimension"), f"{STRUCTURE}DimensionReference")
        add(of_group, "Ref", {"id": name})
    _add_concept(add(add(parts, f"{STRUCTURE}MeasureList"), f"{STRUCTURE}PrimaryMeasure"), "value", PROFILE)


def _add_dimensions(parent: ET.Element, release: Release) -> None:
    coded = {"dataElement": PROFILE, "orgUnit": PROFILE} | {one.code: OWN for one in release.dimensions}
    for name, scheme in coded.items():
        dimension = add(parent, f"{STRUCTURE}Dimension", {"id": name})
        _add_concept(dimension, name, scheme)
        local = add(dimension, f"{STRUCTURE}LocalRepresentation")
        listed = {"agencyID": sdmx.AGENCY, "id": f"CL_{name}", "version": "1.0"}
        add(add(local, f"{STRUCTURE}Enumeration"), "Ref", listed)
    time = add(parent, f"{STRUCTURE}TimeDimension", {"id": "TIME_PERIOD"})
    _add_concept(time, "period", PROFILE)
    add(add(time, f"{STRUCTURE}LocalRepresentation"), f"{STRUCTURE}TextFormat", {"textType": "TimeRange"})


def _add_concept(parent: ET.Element, name: str, scheme: Mapping[str, str]) -> None:
    concept = {"id": name, "maintainableParentVersion": "1.0", **scheme}
    add(add(parent, f"{STRUCTURE}ConceptIdentity"), "Ref", concept)
