"""Domestic violence: incidents, 告诫书, 人身安全保护令, 庇护."""

from contracts.codes.lists import CodeList


class DvRelation(CodeList):
    """What the perpetrator is to the victim (反家庭暴力法 arts 2, 37; 告诫意见 24; 妇女权益保障法 art 29)."""

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
    DATING = "dating", "恋爱、交友关系（含已终止）"


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


class OrderApplicant(CodeList):
    """Who applies for a protection order (反家庭暴力法 art 23; 法释〔2022〕17号 art 2)."""

    VICTIM = "victim", "受害人本人"
    NEAR_RELATIVE = "near_relative", "近亲属"
    POLICE = "police", "公安机关"
    WOMENS_FEDERATION = "womens_federation", "妇联"
    VILLAGE_COMMITTEE = "village_committee", "村（居）民委员会"
    RELIEF_INSTITUTION = "relief_institution", "救助管理机构"
    CIVIL_AFFAIRS = "civil_affairs", "民政部门"
    DISABLED_FEDERATION = "disabled_federation", "残联"
    ELDERLY_ORGANISATION = "elderly_organisation", "依法设立的老年人组织"
    CHILD_PROTECTION = "child_protection", "未成年人救助保护机构、未成年人保护组织"


class ApplicantGround(CodeList):
    """Why somebody else applies for the victim (反家庭暴力法 art 23; 法释〔2022〕17号 art 2)."""

    INCAPABLE = "incapable", "无民事行为能力、限制民事行为能力"
    COERCED = "coerced", "受到强制、威吓等无法申请"
    AGE = "age", "年老"
    DISABILITY = "disability", "残疾"
    ILLNESS = "illness", "重病"


class ProtectionMeasure(CodeList):
    """反家庭暴力法 art 29; 法释〔2022〕17号 art 10."""

    NO_VIOLENCE = "no_violence", "禁止实施家庭暴力"
    NO_CONTACT = "no_contact", "禁止骚扰、跟踪、接触申请人及其相关近亲属"
    MOVE_OUT = "move_out", "责令迁出申请人住所"
    NO_INSULTS = "no_insults", "禁止以电话、短信、即时通讯等方式侮辱、诽谤、威胁"
    STAY_AWAY = "stay_away", "禁止在住所、学校、工作单位等场所附近滋扰"
    OTHER = "other", "保护申请人人身安全的其他措施"


class DvEvidence(CodeList):
    """The eleven kinds of 法释〔2022〕17号 art 6."""

    STATEMENT = "statement", "当事人的陈述"
    POLICE_DECISION = "police_decision", "告诫书、行政处罚决定书"
    POLICE_RECORD = "police_record", "出警记录、笔录、接警记录、报警回执"
    PLEDGE = "pledge", "悔过书、保证书"
    RECORDING = "recording", "视听资料"
    MESSAGES = "messages", "电话录音、短信、即时通讯信息、电子邮件"
    MEDICAL_RECORD = "medical_record", "医疗机构的诊疗记录"
    COMPLAINT_RECORD = "complaint_record", "妇联、村（居）委会、单位等收到投诉、反映、求助的记录"
    WITNESS = "witness", "未成年子女、亲友、邻居等证人证言"
    APPRAISAL = "appraisal", "伤情鉴定意见"
    OTHER = "other", "其他证据"


class ViolationResponse(CodeList):
    """What followed a breach of an order (反家庭暴力法 art 34; 法释〔2022〕17号 art 12)."""

    ADMONISHED = "admonished", "训诫"
    FINED = "fined", "罚款（一千元以下）"
    DETAINED = "detained", "拘留（十五日以下）"
    CRIMINAL = "criminal", "移送追究刑事责任"
    NOT_PROVED = "not_proved", "经查未违反"


class ShelterSource(CodeList):
    """Who asks for a place in a shelter (反家庭暴力法 arts 15, 18)."""

    VICTIM = "victim", "受害人本人求助"
    POLICE = "police", "公安机关护送、通知"
    WOMENS_FEDERATION = "womens_federation", "妇联转介"
    VILLAGE_COMMITTEE = "village_committee", "村（居）民委员会转介"
    HOTLINE = "hotline", "热线转介"
    OTHER_UNIT = "other_unit", "其他单位转介"


class ShelterEnd(CodeList):
    """How a stay ended. An adult leaves by her written request."""

    RETURNED_HOME = "returned_home", "本人书面申请离开，返回住所"
    RELATIVES = "relatives", "投靠亲友"
    OWN_HOUSING = "own_housing", "另行居住"
    OTHER_INSTITUTION = "other_institution", "转送其他机构"
    LEFT_WITHOUT_NOTICE = "left_without_notice", "自行离开"
