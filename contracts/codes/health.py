"""Health: screening and what follows it, 两癌救助."""

from typing import Final, Self

from contracts.codes.lists import CodeList


class Cancer(CodeList):
    """What is screened for. The name is that of the first two; the same follow-up serves the others."""

    CERVICAL = "cervical", "宫颈癌"
    BREAST = "breast", "乳腺癌"
    COMMON = "common", "妇女常见病"
    NEWBORN_METABOLIC = "newborn_metabolic", "新生儿遗传代谢病"
    NEWBORN_HEARING = "newborn_hearing", "新生儿听力障碍"
    NEWBORN_HEART = "newborn_heart", "新生儿先天性心脏病"


NEWBORN: Final = frozenset({Cancer.NEWBORN_METABOLIC, Cancer.NEWBORN_HEARING, Cancer.NEWBORN_HEART})
"""Birth defects (新生儿疾病筛查管理办法): the child is examined."""


class ScreeningMethod(CodeList):
    """A method, and what it screens for."""

    cancer: Cancer

    def __new__(cls, code: str, label_zh: str, cancer: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        member.cancer = Cancer[cancer.upper()]
        return member

    HPV = "hpv", "高危型HPV检测", "cervical"
    CYTOLOGY = "cytology", "宫颈细胞学（TBS）", "cervical"
    VISUAL = "visual", "醋酸/碘染色肉眼观察（VIA/VILI）", "cervical"
    BREAST_EXAM = "breast_exam", "乳腺临床检查", "breast"
    ULTRASOUND = "ultrasound", "乳腺超声（BI-RADS）", "breast"
    MAMMOGRAPHY = "mammography", "乳腺X线（BI-RADS）", "breast"
    GYNAECOLOGICAL = "gynaecological", "妇科检查", "common"
    HEEL_BLOOD = "heel_blood", "足跟血检测", "newborn_metabolic"
    HEARING = "hearing", "听力筛查（耳声发射、听性脑干反应）", "newborn_hearing"
    HEART = "heart", "心脏听诊和经皮血氧饱和度", "newborn_heart"


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
    GYNAECOLOGICAL_NORMAL = "gynaecological.normal", "妇科检查正常", "normal", "gynaecological"
    GYNAECOLOGICAL_ABNORMAL = "gynaecological.abnormal", "妇科检查异常", "abnormal", "gynaecological"
    HEEL_BLOOD_NEGATIVE = "heel_blood.negative", "足跟血阴性", "normal", "heel_blood"
    HEEL_BLOOD_SUSPECT = "heel_blood.suspect", "足跟血可疑阳性，需召回复查", "abnormal", "heel_blood"
    HEEL_BLOOD_UNSATISFACTORY = "heel_blood.unsatisfactory", "血片不合格", "inadequate", "heel_blood"
    HEARING_PASSED = "hearing.passed", "听力筛查通过", "normal", "hearing"
    HEARING_REFERRED = "hearing.referred", "听力筛查未通过，需复筛", "abnormal", "hearing"
    HEART_NEGATIVE = "heart.negative", "心脏筛查阴性", "normal", "heart"
    HEART_POSITIVE = "heart.positive", "心脏筛查阳性", "abnormal", "heart"


class Diagnosis(CodeList):
    """What the further examination found (国卫办妇幼函〔2021〕635号). `to_treat`: CIN2 and above, and the like."""

    to_treat: bool

    def __new__(cls, code: str, label_zh: str, to_treat: bool) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        member.to_treat = to_treat
        return member

    EXCLUDED = "excluded", "未见异常、排除", False
    BENIGN = "benign", "良性病变", False
    CIN1 = "cin1", "宫颈上皮内瘤变1级（CIN1）", False
    CIN2 = "cin2", "宫颈上皮内瘤变2级（CIN2）", True
    CIN3 = "cin3", "宫颈上皮内瘤变3级（CIN3）", True
    AIS = "ais", "宫颈原位腺癌（AIS）", True
    CERVICAL_MICROINVASIVE = "cervical_microinvasive", "宫颈微小浸润癌（ⅠA期）", True
    CERVICAL_INVASIVE = "cervical_invasive", "宫颈浸润癌（ⅠB期及以上）", True
    BREAST_ATYPICAL = "breast_atypical", "乳腺不典型增生", True
    BREAST_IN_SITU = "breast_in_situ", "乳腺原位癌", True
    BREAST_INVASIVE = "breast_invasive", "乳腺浸润癌", True
    CONFIRMED = "confirmed", "确诊（出生缺陷、妇女常见病）", True


class CancerStage(CodeList):
    """For the rate of early diagnosis: what counts as early is the health authority's to say."""

    PRECANCER = "precancer", "癌前病变"
    EARLY = "early", "早期"
    ADVANCED = "advanced", "中晚期"
    UNKNOWN = "unknown", "分期不详"


class BiRads(CodeList):
    """Of the further imaging: 4 and 5 go to biopsy."""

    ZERO = "birads.0", "BI-RADS 0类（需结合其他检查）"
    ONE = "birads.1", "BI-RADS 1类（阴性）"
    TWO = "birads.2", "BI-RADS 2类（良性）"
    THREE = "birads.3", "BI-RADS 3类（可能良性）"
    FOUR = "birads.4", "BI-RADS 4类（可疑）"
    FIVE = "birads.5", "BI-RADS 5类（高度可疑）"
    SIX = "birads.6", "BI-RADS 6类（已证实恶性）"


class Treatment(CodeList):
    EXCISION = "excision", "宫颈锥切、LEEP"
    SURGERY = "surgery", "手术"
    RADIOTHERAPY = "radiotherapy", "放疗"
    CHEMOTHERAPY = "chemotherapy", "化疗"
    MEDICATION = "medication", "药物治疗（含内分泌、靶向）"
    INTERVENTION = "intervention", "听力、饮食等康复干预"
    OTHER = "other", "其他治疗"


class IncomeCategory(CodeList):
    """Who may have 两癌救助 (财政部、全国妇联 2021 办法)."""

    SUBSISTENCE = "subsistence", "最低生活保障对象"
    EXTREME_POVERTY = "extreme_poverty", "特困人员"
    NEAR_POVERTY = "near_poverty", "易返贫致贫人口"
    EXPENDITURE = "expenditure", "支出型困难家庭"


class ReliefDiagnosis(CodeList):
    """For 两癌救助: cervical cancer of ⅡB or above, or invasive breast cancer."""

    CERVICAL_BELOW_IIB = "cervical_below_iib", "宫颈癌ⅡB以下"
    CERVICAL_IIB_OR_ABOVE = "cervical_iib_or_above", "宫颈浸润癌ⅡB及以上"
    BREAST_IN_SITU = "breast_in_situ", "乳腺原位癌"
    BREAST_INVASIVE = "breast_invasive", "乳腺浸润癌"


class ReliefRefusal(CodeList):
    STAGE_BELOW = "stage_below", "分期低于ⅡB"
    NOT_INVASIVE = "not_invasive", "非浸润癌"
    NOT_ON_LIST = "not_on_list", "不在低收入名单内"
    ALREADY_PAID = "already_paid", "已救助过"
    PAPERS_MISSING = "papers_missing", "材料不全"
