"""Children: protection and placement, hardship, guardianship, family education, bullying."""

from contracts.codes.lists import CodeList


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


class Placement(CodeList):
    """Where a child lives under temporary or long-term guardianship (未成年人保护法 arts 93, 96)."""

    RELATIVES = "relatives", "委托亲属抚养"
    FOSTER_FAMILY = "foster_family", "家庭寄养"
    PROTECTION_INSTITUTION = "protection_institution", "未成年人救助保护机构收留、抚养"
    WELFARE_INSTITUTION = "welfare_institution", "儿童福利机构收留、抚养"
    HOSPITAL = "hospital", "住院治疗"


class AssessmentConclusion(CodeList):
    """Of the guardianship (法发〔2014〕24号 items 17–20; 未成年人保护法 art 94)."""

    FIT = "fit", "监护能力适当，可以回归"
    FIT_WITH_SUPPORT = "fit_with_support", "经指导帮扶可以回归"
    UNFIT = "unfit", "暂不适宜监护"
    GROUNDS_FOR_REVOCATION = "grounds_for_revocation", "具备撤销监护人资格情形"


class ConferenceDecision(CodeList):
    """What a conference of agencies (会商) decides for the child."""

    RETURN_HOME = "return_home", "由监护人领回"
    CONTINUE = "continue", "继续临时监护"
    PETITION = "petition", "申请撤销监护人资格"
    LONG_TERM = "long_term", "由民政部门长期监护"
    SERVICES = "services", "在家服务、随访"


class ChildStatus(CodeList):
    """What a child is to be recognised as (国发〔2016〕36号; 民发〔2019〕62号)."""

    ORPHAN = "orphan", "孤儿"
    DE_FACTO_UNATTENDED = "de_facto_unattended", "事实无人抚养儿童"
    IN_HARDSHIP = "in_hardship", "困境儿童"


class ParentState(CodeList):
    """Of each parent, for the test of 事实无人抚养 (民发〔2019〕62号; 民发〔2020〕125号)."""

    DEAD = "dead", "死亡（含宣告死亡）"
    DECLARED_MISSING = "declared_missing", "宣告失踪"
    SEVERELY_DISABLED = "severely_disabled", "重残（一、二级，或三、四级精神、智力残疾）"
    SERIOUSLY_ILL = "seriously_ill", "重病"
    IN_PRISON = "in_prison", "服刑在押六个月以上"
    DETOX = "detox", "强制隔离戒毒六个月以上"
    RESTRICTED = "restricted", "被执行其他限制人身自由的措施六个月以上"
    LOST_CONTACT = "lost_contact", "失联六个月以上"
    GUARDIANSHIP_REVOKED = "guardianship_revoked", "被撤销监护资格"
    DEPORTED = "deported", "被遣送（驱逐）出境"
    ABLE = "able", "能够履行抚养义务"
    UNKNOWN = "unknown", "不详、查找不到"


class HardshipApplicant(CodeList):
    """民发〔2019〕62号: the guardian applies, a relative for them, in special cases the village committee."""

    GUARDIAN = "guardian", "监护人"
    RELATIVE = "relative", "受委托的近亲属"
    VILLAGE_COMMITTEE = "village_committee", "村（居）民委员会"
    INSTITUTION = "institution", "儿童福利、未成年人救助保护机构"


class HardshipRefusal(CodeList):
    """Why a child is not recognised; the applicant is told in writing."""

    GROUNDS_NOT_MET = "grounds_not_met", "父母情形不符合认定条件"
    PAPERS_MISSING = "papers_missing", "材料不全且未补正"
    DATA_DIFFER = "data_differ", "数据比对结果与申请不符"
    NOT_MINOR = "not_minor", "已满十八周岁"
    ALREADY_RECOGNISED = "already_recognised", "已认定或已享受同类保障"
    WITHDRAWN = "withdrawn", "申请人撤回"


class HardshipEnd(CodeList):
    """Why support stops from the next month."""

    COME_OF_AGE = "come_of_age", "年满十八周岁"
    PARENT_ABLE = "parent_able", "父母恢复抚养能力"
    ADOPTED = "adopted", "被依法收养"
    STATUS_CHANGED = "status_changed", "转为孤儿等其他保障"
    MOVED_AWAY = "moved_away", "户籍迁出"
    DECEASED = "deceased", "死亡"


class RevocationGround(CodeList):
    """The seven of 法发〔2014〕24号 item 35 (民法典 art 36)."""

    SEVERE_HARM = "severe_harm", "性侵害、出卖、遗弃、虐待、暴力伤害"
    LEFT_IN_DANGER = "left_in_danger", "置于无人监管和照看状态，面临死亡或严重伤害危险，经教育不改"
    DUTY_REFUSED = "duty_refused", "拒不履行监护职责六个月以上，流离失所或生活无着"
    UNABLE_AND_UNWILLING = "unable_and_unwilling", "吸毒、赌博、酗酒或服刑等无法履行且拒绝委托他人"
    BEGGING = "begging", "胁迫、诱骗、利用乞讨，三次以上批评教育拒不改正"
    CRIME = "crime", "教唆、利用实施违法犯罪，情节恶劣"
    OTHER = "other", "其他严重侵害合法权益行为"


class FamilyEducationOrder(CodeList):
    """家庭教育促进法 art 49; 法发〔2023〕7号; 未成年人保护法 art 118."""

    COURT_ORDER = "court_order", "家庭教育指导令（人民法院）"
    DIRECTIVE = "directive", "责令接受家庭教育指导（公安机关、检察院、法院）"
    SUPERVISION_ORDER = "supervision_order", "督促监护令（检察院）"


class GuardianDuty(CodeList):
    """What an order asks of a guardian (家庭教育促进法 arts 17, 49; 未成年人保护法 arts 16–17)."""

    ATTEND_GUIDANCE = "attend_guidance", "接受家庭教育指导"
    REPORT = "report", "定期报告履行情况"
    CARE = "care", "亲自照料、陪伴、沟通"
    SCHOOLING = "schooling", "保障接受义务教育"
    MAINTENANCE = "maintenance", "支付抚养费、保障生活"
    MEDICAL = "medical", "就医、接受心理辅导"
    RESTRAIN = "restrain", "管教、约束不良行为"
    NO_VIOLENCE = "no_violence", "不得实施家庭暴力"


class BullyingKind(CodeList):
    """The five of 未成年人学校保护规定 art 21."""

    BODY = "body", "侵犯身体"
    DIGNITY = "dignity", "侮辱人格"
    PROPERTY = "property", "侵犯财产"
    EXCLUSION = "exclusion", "恶意排斥、孤立"
    ONLINE = "online", "网络诽谤、传播隐私"


class BullyingFinding(CodeList):
    """What the school's committee finds (未成年人学校保护规定 art 23)."""

    BULLYING = "bullying", "构成学生欺凌"
    SERIOUS = "serious", "构成严重欺凌"
    NOT_BULLYING = "not_bullying", "不构成欺凌"


class BullyingMeasure(CodeList):
    """加强中小学生欺凌综合治理方案 (2017) and 未成年人学校保护规定 art 23."""

    APOLOGY = "apology", "赔礼道歉"
    CRITICISM = "criticism", "批评教育"
    DISCIPLINE = "discipline", "教育惩戒、纪律处分"
    ADMONITION = "admonition", "公安机关参与警示教育、训诫"
    SPECIAL_SCHOOL = "special_school", "转入专门学校"
    GUARDIANS = "guardians", "要求监护人加强管教"
    COUNSELLING = "counselling", "心理辅导、帮扶"
