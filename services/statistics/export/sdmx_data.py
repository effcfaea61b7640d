"""The figures of a release as SDMX-ML 2.1 structure-specific data, and as SDMX-CSV 2.0."""

import csv
import io
from typing import Final
from xml.etree import ElementTree as ET

from contracts.releases import Release
from services.statistics.export import sdmx
from services.statistics.export.markup import COMMON, MESSAGE, SPECIFIC, XSI, add, add_header, to_xml

_SET: Final = "S1"


def to_sdmx_data(release: Release) -> bytes:
    """A flat data set: every observation bears its whole key. It takes the place of what was sent before."""
    message = ET.Element(f"{MESSAGE}StructureSpecificData", {"xmlns:own": namespace(release)})
    header = add_header(message, release, "DATA")
    known = {"structureID": _SET, "namespace": namespace(release), "dimensionAtObservation": "AllDimensions"}
    structure = add(add(header, f"{MESSAGE}Structure", known), f"{COMMON}Structure")
    identity = {"id": sdmx.STRUCTURE, "agencyID": sdmx.AGENCY, "version": sdmx.version(release)}
    add(structure, "Ref", identity | {"class": "DataStructure"})
    add(header, f"{MESSAGE}DataSetAction").text = "Replace"
    own = {"structureRef": _SET, "dataScope": "DataStructure", "action": "Replace"}
    attributes = {f"{SPECIFIC}{name}": text for name, text in own.items()} | {f"{XSI}type": "own:DataSetType"}
    figures = add(message, f"{MESSAGE}DataSet", attributes | sdmx.set_values(release))
    for observation in sdmx.observations(release):
        add(figures, "Obs", observation)
    return to_xml(message)


def namespace(release: Release) -> str:
    """The name that the SDMX 2.1 guidelines give the schema derived from this structure."""
    structure = f"{sdmx.AGENCY}:{sdmx.STRUCTURE}({sdmx.version(release)})"
    return f"urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={structure}:ObsLevelDim:AllDimensions"


def to_sdmx_csv(release: Release) -> bytes:
    """UTF-8 without a byte order mark: a machine reads it. `_T` is a total, `_U` not recorded, empty no number."""
    text = io.StringIO()
    identity = f"{sdmx.AGENCY}:{sdmx.STRUCTURE}({sdmx.version(release)})"
    components = [*sdmx.dimensions(release), *sdmx.attributes(release), *sdmx.of_set()]
    names = [one.id for one in components]
    at = len(sdmx.dimensions(release))
    columns = [*names[:at], "TIME_PERIOD", "OBS_VALUE", *names[at:]]
    writer = csv.DictWriter(text, ["STRUCTURE", "STRUCTURE_ID", "ACTION", *columns], restval="")
    writer.writeheader()
    of_all = {"STRUCTURE": "dataflow", "STRUCTURE_ID": identity, "ACTION": "R"} | sdmx.set_values(release)
    writer.writerows(of_all | observation for observation in sdmx.observations(release))
    return text.getvalue().encode()
