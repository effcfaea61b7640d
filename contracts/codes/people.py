"""Who reports, how a report came, and whose case it is."""

from collections.abc import Collection
from typing import Final, Self

from contracts.codes.lists import CodeList


class ReporterCategory(CodeList):
    """Who reports. `under_duty`: the law obliges this reporter (强制报告意见 arts 2–3, 未成年人保护法 art 11)."""

    under_duty: bool

    def __new__(cls, code: str, label_zh: str, under_duty: bool) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        member.under_duty = under_duty
        return member

    SCHOOL = "school", "中小学校", True
    KINDERGARTEN = "kindergarten", "幼儿园、托育机构", True
    TRAINING = "training", "校外培训、校外活动场所、校车服务", True
    MEDICAL = "medical", "医疗机构", True
    CHILD_WELFARE_INSTITUTION = "child_welfare_institution", "儿童福利机构、未成年人救助保护机构", True
    RELIEF_INSTITUTION = "relief_institution", "救助管理机构", True
    SOCIAL_WORK = "social_work", "社会工作服务机构", True
    VILLAGE_COMMITTEE = "village_committee", "村（居）民委员会", True
    HOTEL = "hotel", "旅馆、宾馆", True
    HOTLINE = "hotline", "热线", True
    WOMEN_FEDERATION = "women_federation", "妇联", True
    YOUTH_LEAGUE = "youth_league", "共青团", True
    GOVERNMENT_OFFICE = "government_office", "国家机关", True
    POLICE = "police", "公安机关", True
    NETWORK_SERVICE = "network_service", "网络服务提供者", True
    GUARDIAN = "guardian", "监护人", False
    VICTIM = "victim", "受害人本人", False
    OTHER = "other", "其他组织和个人", False


class Channel(CodeList):
    """How a report reached the unit that records it."""

    CALL_110 = "call_110", "110报警"
    WALK_IN = "walk_in", "到场报案、来访"
    HOTLINE_12338 = "hotline_12338", "12338妇女维权热线"
    HOTLINE_12355 = "hotline_12355", "12355青少年服务热线"
    HOTLINE_12345 = "hotline_12345", "12345热线"
    CHILD_LINE = "child_line", "未成年人保护热线"
    VISIT = "visit", "走访、排查发现"
    WORK = "work", "履职中发现"
    TRANSFER = "transfer", "其他单位移送、转办"
    ONLINE = "online", "网络、小程序"


class SuspectRelation(CodeList):
    """What the suspected person is to the victim."""

    PARENT = "parent", "父母"
    STEP_PARENT = "step_parent", "继父母"
    PARENTS_PARTNER = "parents_partner", "父母的同居人"
    OTHER_GUARDIAN = "other_guardian", "其他监护人"
    RELATIVE = "relative", "亲属"
    SPOUSE = "spouse", "配偶"
    FORMER_PARTNER = "former_partner", "前配偶、前恋人"
    TEACHER = "teacher", "教职员工"
    FELLOW_PUPIL = "fellow_pupil", "同学"
    EMPLOYER = "employer", "用人单位、雇主"
    NEIGHBOUR = "neighbour", "邻居"
    ACQUAINTANCE = "acquaintance", "熟人"
    ONLINE = "online", "网友"
    STRANGER = "stranger", "陌生人"
    SELF = "self", "本人"
    UNKNOWN = "unknown", "不详"


class SubjectRole(CodeList):
    VICTIM = "victim", "受害人"
    PERPETRATOR = "perpetrator", "施暴人"
    SUSPECT = "suspect", "嫌疑人"
    CHILD = "child", "儿童"
    GUARDIAN = "guardian", "监护人"
    SECOND_GUARDIAN = "second_guardian", "另一监护人"
    EXAMINEE = "examinee", "受检者"
    APPLICANT = "applicant", "申请人"
    CALLER = "caller", "来电人"


_CENTRAL: Final = (
    SubjectRole.VICTIM,
    SubjectRole.CHILD,
    SubjectRole.EXAMINEE,
    SubjectRole.APPLICANT,
    SubjectRole.CALLER,
)


def central_role(roles: Collection[str]) -> str | None:
    """Of these roles, whose case it is: the person harmed, in need, examined, who applies, or at last who calls."""
    return next((role for role in _CENTRAL if role in roles), None)
