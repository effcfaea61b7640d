"""The structure message of a release (SDMX-ML 2.1): concepts, code lists, data structure and dataflow."""

from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from contracts.releases import Release
from services.statistics.export import sdmx
from services.statistics.export.markup import MESSAGE, STRUCTURE, add, add_header, add_name, to_xml
from services.statistics.export.sdmx import AGENCY, CodeList, Component, Words

CONCEPTS: Final = f"CS_{sdmx.STRUCTURE}"
PERIOD: Final = "ObservationalTimePeriod"


def to_sdmx_structure(release: Release) -> bytes:
    """What a reader needs to understand the data message and the SDMX-CSV."""
    message = ET.Element(f"{MESSAGE}Structure")
    add_header(message, release, "STRUCTURE")
    structures = add(message, f"{MESSAGE}Structures")
    _add_dataflow(add(structures, f"{STRUCTURE}Dataflows"), release)
    lists = add(structures, f"{STRUCTURE}Codelists")
    for codes in _lists(_components(release)):
        _add_codelist(lists, codes)
    _add_concepts(add(structures, f"{STRUCTURE}Concepts"), release)
    _add_structure(add(structures, f"{STRUCTURE}DataStructures"), release)
    return to_xml(message)


def _components(release: Release) -> list[Component]:
    return [*sdmx.dimensions(release), *sdmx.attributes(release), *sdmx.of_set()]


def _lists(components: Iterable[Component]) -> Iterable[CodeList]:
    return {one.codes.id: one.codes for one in components if one.codes}.values()


def _add_dataflow(parent: ET.Element, release: Release) -> None:
    flow = add(parent, f"{STRUCTURE}Dataflow", _identity(sdmx.STRUCTURE, release))
    add_name(flow, "案件监测指标", "Monitoring indicators of joint cases")
    _add_ref(add(flow, f"{STRUCTURE}Structure"), sdmx.STRUCTURE, release)


def _add_codelist(parent: ET.Element, codes: CodeList) -> None:
    known = {"id": codes.id, "agencyID": codes.agency, "version": codes.version}
    listed = add(parent, f"{STRUCTURE}Codelist", known | ({"isPartial": "true"} if codes.of_sdmx else {}))
    add_name(listed, *codes.words)
    for code, words in codes.codes.items():
        add_name(add(listed, f"{STRUCTURE}Code", {"id": code}), *words)


def _add_concepts(parent: ET.Element, release: Release) -> None:
    scheme = add(parent, f"{STRUCTURE}ConceptScheme", _identity(CONCEPTS, release))
    add_name(scheme, "案件监测指标的概念", "Concepts of the monitoring indicators")
    period, value = Words("统计期", "Period"), Words("数值", "Value")
    more = [Component("TIME_PERIOD", period, type=PERIOD), Component("OBS_VALUE", value, type="Double")]
    for one in [*_components(release), *more]:
        concept = add(scheme, f"{STRUCTURE}Concept", {"id": one.id})
        add_name(concept, *one.words)
        _add_representation(add(concept, f"{STRUCTURE}CoreRepresentation"), one)


def _add_structure(parent: ET.Element, release: Release) -> None:
    structure = add(parent, f"{STRUCTURE}DataStructure", _identity(sdmx.STRUCTURE, release))
    add_name(structure, "案件监测指标", "Monitoring indicators of joint cases")
    parts = add(structure, f"{STRUCTURE}DataStructureComponents")
    _add_dimensions(add(parts, f"{STRUCTURE}DimensionList", {"id": "DimensionDescriptor"}), release)
    attributes = add(parts, f"{STRUCTURE}AttributeList", {"id": "AttributeDescriptor"})
    for one in sdmx.attributes(release):
        related = _add_attribute(attributes, one, release)
        add(add(related, f"{STRUCTURE}PrimaryMeasure"), "Ref", {"id": "OBS_VALUE"})
    for one in sdmx.of_set():
        add(_add_attribute(attributes, one, release), f"{STRUCTURE}None")
    measures = add(parts, f"{STRUCTURE}MeasureList", {"id": "MeasureDescriptor"})
    _identify(add(measures, f"{STRUCTURE}PrimaryMeasure", {"id": "OBS_VALUE"}), "OBS_VALUE", release)


def _add_dimensions(parent: ET.Element, release: Release) -> None:
    dimensions = sdmx.dimensions(release)
    for at, one in enumerate(dimensions, start=1):
        _identify(add(parent, f"{STRUCTURE}Dimension", {"id": one.id, "position": str(at)}), one.id, release)
    time = add(parent, f"{STRUCTURE}TimeDimension", {"id": "TIME_PERIOD", "position": str(len(dimensions) + 1)})
    _identify(time, "TIME_PERIOD", release)
    add(add(time, f"{STRUCTURE}LocalRepresentation"), f"{STRUCTURE}TextFormat", {"textType": PERIOD})


def _add_attribute(parent: ET.Element, one: Component, release: Release) -> ET.Element:
    """The place where it says what it is attached to."""
    status = "Mandatory" if one.mandatory else "Conditional"
    attribute = add(parent, f"{STRUCTURE}Attribute", {"id": one.id, "assignmentStatus": status})
    _identify(attribute, one.id, release)
    return add(attribute, f"{STRUCTURE}AttributeRelationship")


def _identify(element: ET.Element, component: str, release: Release) -> None:
    """By its concept, which also says what its values are."""
    concept = {"id": component, "maintainableParentID": CONCEPTS, "maintainableParentVersion": sdmx.version(release)}
    concept |= {"agencyID": AGENCY, "package": "conceptscheme", "class": "Concept"}
    add(add(element, f"{STRUCTURE}ConceptIdentity"), "Ref", concept)


def _add_representation(parent: ET.Element, one: Component) -> None:
    if one.codes:
        listed = {"id": one.codes.id, "version": one.codes.version, "agencyID": one.codes.agency}
        add(add(parent, f"{STRUCTURE}Enumeration"), "Ref", listed | {"package": "codelist", "class": "Codelist"})
    else:
        add(parent, f"{STRUCTURE}TextFormat", {"textType": one.type})


def _identity(name: str, release: Release) -> dict[str, str]:
    return {"id": name, "agencyID": AGENCY, "version": sdmx.version(release), "isFinal": "true"}


def _add_ref(parent: ET.Element, name: str, release: Release) -> None:
    known = {"id": name, "agencyID": AGENCY, "version": sdmx.version(release)}
    add(parent, "Ref", known | {"package": "datastructure", "class": "DataStructure"})
