"""The code lists: English codes that travel, Chinese labels that people read.

A list is closed for whoever writes and open for whoever reads: `Listed[Situation]` refuses an unknown code, unless the
message is being read with `READING` as the validation context; then the code stays a plain string.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from contracts.base import Code, Region, UnitId


class NoSuchUnitError(ValueError):
    """A unit that a region alone does not name: a school or a village is known by its own opaque id."""


class CodeList(StrEnum):
    """A list of codes. The value travels; `label_zh` is what a user sees."""

    label_zh: str

    def __new__(cls, code: str, label_zh: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        return member

    @classmethod
    def known(cls, code: str) -> Self | None:
        return cls._value2member_map_.get(code)  # type: ignore[return-value]


READING: Final = {"codes": "open"}
"""Validation context of a consumer: a newer producer may know codes that this reader does not."""

_ANY_CODE: Final[TypeAdapter[str]] = TypeAdapter(Code)


def _open_to_readers(value: Any, known: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    try:
        return known(value)
    except ValidationError:
        if info.context != READING:
            raise
        return _ANY_CODE.validate_python(value)


C = TypeVar("C", bound=CodeList)
Listed = Annotated[C, WrapValidator(_open_to_readers), PlainSerializer(str, return_type=str)]
"""A code of list `C`: closed for writers, open for readers."""


def label_zh(codes: type[CodeList], code: str) -> str:
    """The Chinese label, or the code itself where this version does not know it."""
    known = codes.known(code)
    return known.label_zh if known else code


# Reports of harm to minors


class ReportKind(CodeList):
    HARM_TO_MINOR = "harm_to_minor", "侵害未成年人"
    CHILD_IN_HARDSHIP = "child_in_hardship", "儿童困境"
    HARM_TO_WOMAN = "harm_to_woman", "侵害妇女"


class Situation(CodeList):
    """The nine situations of 《关于建立侵害未成年人案件强制报告制度的意见（试行）》 art 4."""

    MR1 = "mr1", "生殖器官或隐私部位遭受或疑似遭受非正常损伤"
    MR2 = "mr2", "不满十四周岁女性遭受或疑似遭受性侵害、怀孕、流产"
    MR3 = "mr3", "十四周岁以上女性遭受或疑似遭受性侵害所致怀孕、流产"
    MR4 = "mr4", "身体多处损伤、严重营养不良、意识不清，存在或疑似存在家暴、欺凌、虐待、殴打或被麻醉"
    MR5 = "mr5", "因自杀、自残、工伤、中毒、被麻醉、殴打等非正常原因导致伤残、死亡"
    MR6 = "mr6", "被遗弃或长期处于无人照料状态"
    MR7 = "mr7", "来源不明、失踪或者被拐卖、收买"
    MR8 = "mr8", "被组织乞讨"
    MR9 = "mr9", "其他严重侵害身心健康或者正在面临不法侵害危险"


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


class Injury(CodeList):
    NONE_VISIBLE = "none_visible", "无可见损伤"
    BRUISES = "bruises", "瘀伤、挫伤"
    MULTIPLE = "multiple", "身体多处损伤"
    FRACTURE = "fracture", "骨折"
    BURN = "burn", "烧烫伤"
    HEAD = "head", "头部损伤"
    PRIVATE_PARTS = "private_parts", "生殖器官或隐私部位损伤"
    PREGNANCY = "pregnancy", "怀孕、流产"
    MALNUTRITION = "malnutrition", "严重营养不良"
    UNCONSCIOUS = "unconscious", "意识不清"
    POISONING = "poisoning", "中毒、被麻醉"
    SELF_HARM = "self_harm", "自残、自杀"
    DISABILITY = "disability", "致残"
    DEATH = "death", "死亡"
    OTHER = "other", "其他损伤"


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
    EXAMINEE = "examinee", "受检妇女"


def central_role(roles: Collection[str]) -> str | None:
    """Of these roles, whose case it is: the person harmed, else the one in need, else the one examined."""
    return next((role for role in (SubjectRole.VICTIM, SubjectRole.CHILD, SubjectRole.EXAMINEE) if role in roles), None)


# Domestic violence


class DvRelation(CodeList):
    """What the perpetrator is to the victim (反家庭暴力法 arts 2, 37; 告诫意见 24)."""

    SPOUSE = "spouse", "配偶"
    FORMER_SPOUSE = "former_spouse", "前配偶"
    PARENT = "parent", "父母"
    STEP_PARENT = "step_parent", "继父母"
    CHILD = "child", "子女"
    GRANDPARENT = "grandparent", "祖父母、外祖父母"
    GRANDCHILD = "grandchild", "孙子女、外孙子女"
    SIBLING = "sibling", "兄弟姐妹"
    IN_LAW = "in_law", "儿媳、女婿、公婆、岳父母"
    OTHER_RELATIVE = "other_relative", "其他家庭成员"
    COHABITANT = "cohabitant", "同居人"
    GUARDIANSHIP = "guardianship", "监护关系"
    SUPPORT = "support", "扶养关系"
    FOSTER = "foster", "寄养关系"
    OTHER_CO_RESIDENT = "other_co_resident", "其他共同生活的人"


class DvKind(CodeList):
    """反家庭暴力法 art 2; 法释〔2022〕17号 art 3."""

    BEATING = "beating", "殴打"
    BINDING = "binding", "捆绑"
    INJURING = "injuring", "残害"
    RESTRICTING_LIBERTY = "restricting_liberty", "限制人身自由"
    VERBAL_ABUSE = "verbal_abuse", "经常性谩骂"
    THREAT = "threat", "恐吓、威胁"
    FREEZING_OR_STARVING = "freezing_or_starving", "冻饿"
    INSULT = "insult", "经常性侮辱"
    DEFAMATION = "defamation", "诽谤"
    STALKING = "stalking", "跟踪"
    HARASSMENT = "harassment", "骚扰"
    OTHER = "other", "其他身体、精神侵害"


class Vulnerability(CodeList):
    """Victims for whom a warning is generally to be issued (告诫意见 6)."""

    MINOR = "minor", "未成年人"
    ELDERLY = "elderly", "老年人"
    DISABLED = "disabled", "残疾人"
    PREGNANT = "pregnant", "孕期妇女"
    NURSING = "nursing", "哺乳期妇女"
    SERIOUSLY_ILL = "seriously_ill", "重病患者"


class WarningGround(CodeList):
    """告诫意见 6: a warning letter is generally to be issued."""

    PREVIOUSLY_CRITICISED = "previously_criticised", "因家庭暴力被批评教育后再次实施"
    VULNERABLE_VICTIM = "vulnerable_victim", "对未成年人、老年人、残疾人、孕期和哺乳期妇女、重病患者实施"
    PUBLIC_PLACE = "public_place", "在公共场所实施"
    VICTIM_ASKS = "victim_asks", "受害人要求出具"
    OTHER = "other", "其他应当出具的情形"


class CriticismGround(CodeList):
    """告诫意见 7: criticism and education may be enough."""

    VERY_SLIGHT = "very_slight", "情节特别轻微"
    SLIGHT_AND_FORGIVEN = "slight_and_forgiven", "情节轻微且取得受害人谅解"


class PenaltyGround(CodeList):
    """告诫意见 20: a warning letter may not take the place of a penalty."""

    REFUSES_TO_STOP = "refuses_to_stop", "拒不停止施暴"
    VIOLENCE_DURING_MEDIATION = "violence_during_mediation", "调解过程中施暴"
    REPEATS_AFTER_WARNING = "repeats_after_warning", "被告诫或处罚后再次施暴"
    MULTIPLE_TIMES = "multiple_times", "多次实施"
    OTHER = "other", "其他不得以告诫代替处罚的情形"


class ServiceMode(CodeList):
    """告诫意见 10: how the letter reached the perpetrator."""

    SIGNATURE = "signature", "本人签名、捺指印"
    REFUSAL_ON_VIDEO = "refusal_on_video", "拒签注明并录音录像，视为送达"


class DangerLevel(CodeList):
    LOW = "low", "低危险"
    MEDIUM = "medium", "中危险"
    HIGH = "high", "高危险"


# Child protection


class RiskGrade(CodeList):
    RED = "red", "红色（一级）"
    YELLOW = "yellow", "黄色（二级）"
    BLUE = "blue", "蓝色（三级）"
    GREEN = "green", "绿色（四级）"


class Hardship(CodeList):
    ORPHAN = "orphan", "孤儿"
    DE_FACTO_UNATTENDED = "de_facto_unattended", "事实无人抚养"
    LEFT_BEHIND = "left_behind", "留守"
    POVERTY = "poverty", "家庭经济困难"
    DISABILITY = "disability", "自身残疾"
    ILLNESS = "illness", "自身患重病"
    NO_GUARDIAN = "no_guardian", "监护缺失"
    UNFIT_GUARDIAN = "unfit_guardian", "监护不当"
    STREET = "street", "流浪"
    OUT_OF_SCHOOL = "out_of_school", "失学辍学"
    NOT_REGISTERED = "not_registered", "无户籍"
    OTHER = "other", "其他困境"


class Need(CodeList):
    """A service that somebody needs; the kinds that `needs.assessed` and `service.delivered` count."""

    MEDICAL = "medical", "医疗救治"
    PSYCHOLOGICAL = "psychological", "心理疏导"
    SHELTER = "shelter", "临时庇护、安置"
    LEGAL_AID = "legal_aid", "法律援助"
    JUDICIAL_AID = "judicial_aid", "司法救助"
    ECONOMIC_AID = "economic_aid", "经济救助"
    LIVING_AID = "living_aid", "生活照料"
    TEMPORARY_GUARDIANSHIP = "temporary_guardianship", "临时监护"
    FAMILY_EDUCATION = "family_education", "家庭教育指导"
    SCHOOL_TRANSFER = "school_transfer", "就学、转学"
    REGISTRATION = "registration", "户口登记"


# Screening for the two cancers


class Cancer(CodeList):
    CERVICAL = "cervical", "宫颈癌"
    BREAST = "breast", "乳腺癌"


class ScreeningMethod(CodeList):
    HPV = "hpv", "高危型HPV检测"
    CYTOLOGY = "cytology", "宫颈细胞学（TBS）"
    VISUAL = "visual", "醋酸/碘染色肉眼观察（VIA/VILI）"
    BREAST_EXAM = "breast_exam", "乳腺临床检查"
    ULTRASOUND = "ultrasound", "乳腺超声（BI-RADS）"
    MAMMOGRAPHY = "mammography", "乳腺X线（BI-RADS）"

    @property
    def cancer(self) -> Cancer:
        cervical = {ScreeningMethod.HPV, ScreeningMethod.CYTOLOGY, ScreeningMethod.VISUAL}
        return Cancer.CERVICAL if self in cervical else Cancer.BREAST


class Finding(CodeList):
    """What a screening result means for what comes next. `abnormal`: somebody must follow her."""

    NORMAL = "normal", "正常"
    ABNORMAL = "abnormal", "异常或可疑"
    INADEQUATE = "inadequate", "标本或图像不满意，需重查"


class ScreeningResult(CodeList):
    """A result in the words of its method, and the finding it stands for."""

    methods: frozenset[ScreeningMethod]
    finding: Finding

    def __new__(cls, code: str, label_zh: str, finding: str, *methods: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        member.finding = Finding[finding.upper()]
        member.methods = frozenset(ScreeningMethod[method.upper()] for method in methods)
        return member

    HPV_NEGATIVE = "hpv.negative", "高危型HPV阴性", "normal", "hpv"
    HPV_16_18 = "hpv.16_18", "HPV16/18阳性", "abnormal", "hpv"
    HPV_OTHER = "hpv.other_high_risk", "其他高危型HPV阳性", "abnormal", "hpv"
    HPV_INVALID = "hpv.invalid", "HPV检测无效", "inadequate", "hpv"
    NILM = "tbs.nilm", "未见上皮内病变或恶性细胞（NILM）", "normal", "cytology"
    ASC_US = "tbs.asc_us", "意义不明的非典型鳞状细胞（ASC-US）", "abnormal", "cytology"
    ASC_H = "tbs.asc_h", "不除外高级别病变的非典型鳞状细胞（ASC-H）", "abnormal", "cytology"
    LSIL = "tbs.lsil", "低级别鳞状上皮内病变（LSIL）", "abnormal", "cytology"
    HSIL = "tbs.hsil", "高级别鳞状上皮内病变（HSIL）", "abnormal", "cytology"
    SCC = "tbs.scc", "鳞状细胞癌（SCC）", "abnormal", "cytology"
    AGC = "tbs.agc", "非典型腺细胞（AGC）", "abnormal", "cytology"
    AIS = "tbs.ais", "原位腺癌（AIS）", "abnormal", "cytology"
    ADENOCARCINOMA = "tbs.adenocarcinoma", "腺癌", "abnormal", "cytology"
    TBS_UNSATISFACTORY = "tbs.unsatisfactory", "标本不满意", "inadequate", "cytology"
    VISUAL_NORMAL = "visual.normal", "VIA/VILI正常", "normal", "visual"
    VISUAL_ABNORMAL = "visual.abnormal", "VIA/VILI异常或可疑", "abnormal", "visual"
    EXAM_NORMAL = "exam.normal", "乳腺临床检查正常", "normal", "breast_exam"
    EXAM_ABNORMAL = "exam.abnormal", "乳腺临床检查异常", "abnormal", "breast_exam"
    BIRADS_0 = "birads.0", "BI-RADS 0类（需进一步检查）", "abnormal", "ultrasound", "mammography"
    BIRADS_1 = "birads.1", "BI-RADS 1类", "normal", "ultrasound", "mammography"
    BIRADS_2 = "birads.2", "BI-RADS 2类", "normal", "ultrasound", "mammography"
    BIRADS_3 = "birads.3", "BI-RADS 3类", "abnormal", "ultrasound", "mammography"
    BIRADS_4 = "birads.4", "BI-RADS 4类", "abnormal", "ultrasound", "mammography"
    BIRADS_5 = "birads.5", "BI-RADS 5类", "abnormal", "ultrasound", "mammography"
    BIRADS_6 = "birads.6", "BI-RADS 6类", "abnormal", "ultrasound", "mammography"
    IMAGE_INADEQUATE = "birads.inadequate", "图像不满意", "inadequate", "ultrasound", "mammography"


# Work on cases


class Reason(CodeList):
    """Why a unit returns, declines, closes, pauses or cancels."""

    WRONG_JURISDICTION = "wrong_jurisdiction", "不属于本单位管辖"
    NOT_POLICE_MATTER = "not_police_matter", "不属于公安机关职责范围"
    DUPLICATE = "duplicate", "重复报告"
    NOT_PROVED = "not_proved", "证据不足，未能认定"
    NO_ISSUE = "no_issue", "经核查未发现问题"
    INCOMPLETE = "incomplete", "材料不全"
    PERSON_DECLINED = "person_declined", "本人不同意"
    UNREACHABLE = "unreachable", "无法联系"
    MOVED_AWAY = "moved_away", "已迁出"
    DECEASED = "deceased", "已死亡"
    APPRAISAL = "appraisal", "鉴定期间"
    RECORDED_IN_ERROR = "recorded_in_error", "误录"
    DONE = "done", "已办结"
    OTHER = "other", "其他"


class NoticeTemplate(CodeList):
    """A notice names neither the kind of case nor an address; its text says only what the addressee must do."""

    RECEIPT = "receipt", "接报回执"
    PROGRESS = "progress", "进展反馈"
    RESULT = "result", "结果告知"
    COPY = "copy", "情况通报"


# Agency units

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
    CIVIL_AFFAIRS = "civil-affairs", "民政局", "county"
    CHILD_PROTECTION = "child-protection", "未成年人救助保护机构", "county"
    WOMENS_FEDERATION = "womens-federation", "妇女联合会", "county"
    YOUTH_LEAGUE = "youth-league", "共青团", "county"
    EDUCATION = "education", "教育局", "county"
    HEALTH = "health", "卫生健康局", "county"
    MCH_HOSPITAL = "mch-hospital", "妇幼保健院", "county"
    WOMENS_CHILDREN_COMMITTEE = "womens-children-committee", "妇儿工委办公室", "county"
    HOTLINE = "hotline", "热线（12338、12355、12345）", "county"
    DUTY_DESK = "duty-desk", "值班台", "county"
    POLITICAL_LEGAL_COMMITTEE = "political-legal-committee", "党委政法委", "county"
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


_COUNTY_DESKS: Final = {
    UnitKind.POLICE_STATION: UnitKind.POLICE_COMMAND,
    UnitKind.COMPREHENSIVE_GOVERNANCE: UnitKind.COMPREHENSIVE_GOVERNANCE,
    UnitKind.CHILDRENS_SUPERVISOR: UnitKind.CHILD_PROTECTION,
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
