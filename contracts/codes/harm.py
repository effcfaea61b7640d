"""强制报告, and duties to report that were not kept."""

from contracts.codes.lists import CodeList


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


class OmissionKind(CodeList):
    """How a duty to report was not kept (强制报告意见 arts 16–18; 未成年人保护法 art 117)."""

    NOT_REPORTED = "not_reported", "未报告"
    LATE = "late", "迟报"
    CONCEALED = "concealed", "瞒报"
    OBSTRUCTED = "obstructed", "阻碍他人报告"
    PRIVATE_SETTLEMENT = "private_settlement", "私下调解、私了"


class Sanction(CodeList):
    """What followed (强制报告意见 arts 16–18; 未成年人保护法 arts 117, 122)."""

    NONE = "none", "不予追责"
    CRITICISM = "criticism", "批评教育、通报批评"
    RECTIFICATION = "rectification", "责令改正"
    WARNING = "warning", "警告"
    FINE = "fine", "罚款"
    SUSPENSION = "suspension", "停业整顿、吊销许可"
    DISCIPLINE = "discipline", "处分"
    CRIMINAL = "criminal", "移送追究刑事责任"
