"""The dimensions of the fixed grid, with all their codes. A dimension that is not here stays inside.

Units are not here: a station is too small and changes too often for a grid that is the same every year.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from contracts.codes import Cancer, Channel, DvRelation, Need, ReporterCategory, Situation, SuspectRelation
from contracts.codes.lists import CodeList
from contracts.releases import Dimension

GRID: Final = 2
"""Version of the grid. Whoever changes a dimension or its codes raises it: editions of one period keep one grid."""

NOT_RECORDED: Final = "_"
"""The line of those for whom none of the codes was recorded."""


def _of(code: str, zh: str, en: str, *lists: type[CodeList], **said: str) -> Dimension:
    """With codes of lists, the first before the others; `said` stand in a workflow or a declaration and in no list."""
    codes = {entry.value: entry.label_zh for entry in chain(*reversed(lists))}
    return Dimension(code=code, title_zh=zh, title_en=en, codes=codes | said)


_ALL: Final = (
    _of("relation", "施暴人是受害人的", "What the perpetrator is to the victim", DvRelation),
    _of("suspect", "嫌疑人与受害人关系", "Relation of the suspect", SuspectRelation, DvRelation),
    _of("reporter_category", "报告主体", "Who reports", ReporterCategory),
    _of("reported_via", "报告渠道", "Channel", Channel),
    _of("situation", "强制报告情形", "Situation of mandatory reporting", Situation),
    _of("cancer", "癌种", "Cancer", Cancer),
    _of(
        *("kind", "服务种类", "Kind of service", Need),
        evaluation="调查评估",
        protection_order="代为申请人身安全保护令",
        temporary_aid="临时救助",
        medical_aid="医疗救助",
        local_fund="地方专项救助",
        lottery_fund="中央专项彩票公益金救助",
    ),
    _of("sex", "性别", "Sex", female="女", male="男"),
    _of(
        *("harm", "侵害类型", "Kind of harm"),
        physical="身体",
        sexual="性侵害",
        psychological="精神",
        abandonment="遗弃",
        trafficking="拐卖",
        other="其他",
    ),
    _of(
        *("reason_no_letter", "未出具告诫书的理由", "Why there is no letter"),
        not_due="不属于应当出具的情形",
        slight_and_forgiven="情节轻微且取得谅解",
        very_slight="情节特别轻微",
        penalty_instead="已予处罚",
        criminal_instead="已立刑事案件",
        not_established="未认定家庭暴力",
        other_recorded="其他（见文书）",
    ),
    _of(
        *("workflow", "案件类型", "Kind of case"),
        mandatory_report="侵害报告",
        child_referral="儿童保护转介",
        dv_warning="家庭暴力告诫",
        protection_order="人身安全保护令",
        shelter="庇护",
        hardship="困境儿童认定",
        guardianship="撤销监护",
        family_education="家庭教育指导",
        bullying="学生欺凌",
        omission="应报未报",
        screening="两癌筛查",
        relief="两癌救助",
        hotline_ticket="热线工单",
    ),
)

DIMENSIONS: Final[Mapping[str, Dimension]] = {one.code: one for one in sorted(_ALL, key=lambda one: one.code)}
