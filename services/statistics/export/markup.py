"""XML as SDMX-ML 2.1 and ADX need it: namespaces, the header, and bytes that are the same every time."""

from typing import Final
from xml.etree import ElementTree as ET

from contracts.releases import Release

_SDMX: Final = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
MESSAGE: Final = f"{{{_SDMX}/message}}"
STRUCTURE: Final = f"{{{_SDMX}/structure}}"
COMMON: Final = f"{{{_SDMX}/common}}"
SPECIFIC: Final = f"{{{_SDMX}/data/structurespecific}}"
XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"

for _prefix, _namespace in {"mes": MESSAGE, "str": STRUCTURE, "com": COMMON, "ss": SPECIFIC}.items():
    ET.register_namespace(_prefix, _namespace[1:-1])


def add(parent: ET.Element, tag: str, attributes: dict[str, str] | None = None) -> ET.Element:
    return ET.SubElement(parent, tag, attributes or {})


def add_header(message: ET.Element, release: Release, what: str) -> ET.Element:
    """`Prepared` is the day of publication, not that of the export: the file stays the same."""
    header = add(message, f"{MESSAGE}Header")
    add(header, f"{MESSAGE}ID").text = f"{what}_{release.region}_{release.period}_{release.edition}"
    add(header, f"{MESSAGE}Test").text = "false"
    add(header, f"{MESSAGE}Prepared").text = published_at(release)
    add(header, f"{MESSAGE}Sender", {"id": "LIANDONG"})
    return header


def published_at(release: Release) -> str:
    """The first moment of the day of publication, in Shanghai."""
    return f"{release.published_on.isoformat()}T00:00:00+08:00"


def add_name(parent: ET.Element, zh: str, en: str) -> None:
    for language, text in (("zh", zh), ("en", en)):
        add(parent, f"{COMMON}Name", {"{http://www.w3.org/XML/1998/namespace}lang": language}).text = text


def to_xml(root: ET.Element) -> bytes:
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"
