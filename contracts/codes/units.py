"""The kinds of agency unit, and which unit serves a region."""

from typing import Final, Literal, Self

from contracts.base import Region, UnitId
from contracts.codes.lists import CodeList

Level = Literal["township", "county", "opaque"]


class UnitKind(CodeList):
    """Kinds of agency unit. `level` says how a unit is placed: by township, by county, or by an opaque id."""

    level: Level

    def __new__(cls, code: str, label_zh: str, level: Level) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        member.level = level
        return member

    POLICE_STATION = "police-station", "派出所", "township"
    POLICE_BUREAU = "police-bureau", "县（市、区）公安局", "county"
    POLICE_COMMAND = "police-command", "公安指挥中心", "county"
    PROCURATORATE = "procuratorate", "人民检察院", "county"
    COURT = "court", "人民法院", "county"
    JUSTICE = "justice", "司法局", "county"
    POLITICAL_LEGAL_COMMITTEE = "political-legal-committee", "党委政法委", "county"
    CIVIL_AFFAIRS = "civil-affairs", "民政局", "county"
    CHILD_PROTECTION = "child-protection", "未成年人救助保护机构", "county"
    WOMENS_FEDERATION = "womens-federation", "妇女联合会", "county"
    DISABLED_PERSONS_FEDERATION = "disabled-persons-federation", "残疾人联合会", "county"
    YOUTH_LEAGUE = "youth-league", "共青团", "county"
    SHELTER = "shelter", "庇护所", "county"
    EDUCATION = "education", "教育局", "county"
    HEALTH = "health", "卫生健康局", "county"
    MCH_HOSPITAL = "mch-hospital", "妇幼保健院", "county"
    WOMENS_CHILDREN_COMMITTEE = "womens-children-committee", "妇儿工委办公室", "county"
    HOTLINE = "hotline", "热线（12338、12355、12345）", "county"
    DUTY_DESK = "duty-desk", "值班台", "county"
    TOWNSHIP_GOVERNMENT = "township-government", "乡镇人民政府（街道办事处）", "township"
    TOWNSHIP_WOMENS_FEDERATION = "township-womens-federation", "乡镇（街道）妇联", "township"
    COMPREHENSIVE_GOVERNANCE = "comprehensive-governance", "乡镇（街道）综治中心", "township"
    CHILDRENS_SUPERVISOR = "childrens-supervisor", "儿童督导员", "township"
    VILLAGE_COMMITTEE = "village-committee", "村（居）民委员会", "opaque"
    SCHOOL = "school", "学校", "opaque"
    KINDERGARTEN = "kindergarten", "幼儿园", "opaque"
    HOSPITAL = "hospital", "医院", "opaque"
    HEALTH_CENTRE = "health-centre", "乡镇卫生院、社区卫生服务中心", "opaque"
    SCREENING_SITE = "screening-site", "筛查点", "opaque"
    HOTEL = "hotel", "旅馆", "opaque"
    WELFARE_INSTITUTION = "welfare-institution", "福利、救助机构", "opaque"
    SOCIAL_WORK = "social-work", "社会工作服务机构", "opaque"
    NETWORK_SERVICE = "network-service", "网络服务提供者", "opaque"


class NoSuchUnitError(ValueError):
    """A unit that a region alone does not name: a school or a village is known by its own opaque id."""


_COUNTY_DESKS: Final = {
    UnitKind.POLICE_STATION: UnitKind.POLICE_COMMAND,
    UnitKind.COMPREHENSIVE_GOVERNANCE: UnitKind.COMPREHENSIVE_GOVERNANCE,
    UnitKind.CHILDRENS_SUPERVISOR: UnitKind.CHILD_PROTECTION,
    UnitKind.TOWNSHIP_GOVERNMENT: UnitKind.CIVIL_AFFAIRS,
    UnitKind.TOWNSHIP_WOMENS_FEDERATION: UnitKind.WOMENS_FEDERATION,
}


def unit_at(kind: str, region: Region) -> UnitId:
    """The unit of that kind which serves the region.

    Where a township is needed but only the county is known, it is the county's desk that will find the township
    (the command centre for a police station), so that nothing is laid before a unit that does not exist.
    Raises `NoSuchUnitError` for kinds that go by an opaque id and for unknown kinds.
    """
    known = UnitKind.known(kind)
    if known is None or known.level == "opaque":
        raise NoSuchUnitError(f"no {kind} follows from a region")
    if known.level == "county":
        return f"{known}@{region[:6]}"
    return f"{known if len(region) == 9 else _COUNTY_DESKS[known]}@{region}"
