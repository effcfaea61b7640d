"""Code lists of published figures."""

from contracts.codes.lists import CodeList


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
