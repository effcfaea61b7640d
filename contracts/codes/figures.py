"""Code lists of published figures, and of those that come from elsewhere."""

from typing import Self

from contracts.codes.lists import CodeList
from contracts.codes.units import UnitKind


class CountUnit(CodeList):
    """What an indicator counts; `label_zh` is the unit that a table shows."""

    CASE = "case", "件"
    PERSON = "person", "人"
    PAIR = "pair", "对"
    REPORT = "report", "份（报告）"
    DOCUMENT = "document", "份（文书）"
    REFERRAL = "referral", "件次（转介）"
    SERVICE = "service", "次"
    PLACE = "place", "个"


class CellStatus(CodeList):
    """Whether a published cell has a number, and what kind of number it is. The last three have none: none is not 0."""

    FINAL = "final", "最终数"
    PROVISIONAL = "provisional", "初步数"
    SUPPRESSED = "suppressed", "不公布"
    NO_DATA = "no_data", "无数据"
    IMMATURE = "immature", "未满观察期"

    @property
    def has_number(self) -> bool:
        return self in {CellStatus.FINAL, CellStatus.PROVISIONAL}


class DenominatorName(CodeList):
    """What is counted elsewhere and stated by its keeper.

    `keepers` are the kinds of unit that may state it; the office of the women's and children's committee may state
    whatever a body without a kind of its own (statistics, 统计局) has told it. `banded`: stated by age.
    """

    banded: bool
    keepers: frozenset[UnitKind]

    def __new__(cls, code: str, label_zh: str, banded: bool, *keepers: UnitKind) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        member.banded = banded
        member.keepers = frozenset({*keepers, UnitKind.WOMENS_CHILDREN_COMMITTEE})
        return member

    POPULATION_WOMEN = "population_women", "常住妇女人口", True, UnitKind.POLICE_BUREAU, UnitKind.HEALTH
    POPULATION_WOMEN_RURAL = "population_women_rural", "农村常住妇女人口", True, UnitKind.POLICE_BUREAU, UnitKind.HEALTH
    DV_POLICE_INCIDENTS = "dv_police_incidents", "家庭暴力警情", False, UnitKind.POLICE_BUREAU, UnitKind.POLICE_COMMAND
    VILLAGES = "villages", "村（社区）", False, UnitKind.CIVIL_AFFAIRS
    TOWNSHIPS = "townships", "乡镇（街道）", False, UnitKind.CIVIL_AFFAIRS
    COUNTIES = "counties", "县（市、区）", False, UnitKind.CIVIL_AFFAIRS
    ROSTER_ORPHANS = "roster_orphans", "在册散居孤儿、事实无人抚养儿童", False, UnitKind.CIVIL_AFFAIRS
    PRIORITY_CHILDREN = (
        *("priority_children", "名册内重点儿童", False),
        *(UnitKind.CIVIL_AFFAIRS, UnitKind.EDUCATION, UnitKind.JUSTICE),
    )
    SCREENING_TASK_CERVICAL = "screening_task_cervical", "上级下达的宫颈癌筛查任务数", False, UnitKind.HEALTH
    SCREENING_TASK_BREAST = "screening_task_breast", "上级下达的乳腺癌筛查任务数", False, UnitKind.HEALTH

    @property
    def levels(self) -> frozenset[str]:
        """The levels of division it is stated for."""
        return frozenset({"prefecture", "county"} | ({"township"} if self is DenominatorName.VILLAGES else set()))
