"""What must hold, how many there are of it, and where it does not hold."""

from collections import Counter
from dataclasses import dataclass, field

MOST_KEPT = 1000
"""Differences of one check that are kept word for word; beyond that they are only counted."""


@dataclass
class Check:
    """One invariant, or one side of it, with its sentence."""

    name: str
    zh: str
    en: str
    count: int = 0
    differences: list[str] = field(default_factory=list)
    more: int = 0

    def expect(self, holds: bool, where: object, zh: str, en: str) -> None:
        """Count one more; note the difference when it does not hold."""
        self.count += 1
        if not holds:
            self.note(f"{where}：{zh} / {en}")

    def note(self, difference: str) -> None:
        if len(self.differences) < MOST_KEPT:
            self.differences.append(difference)
        else:
            self.more += 1

    @property
    def failed(self) -> int:
        return len(self.differences) + self.more


class Verdict:
    """What was found. `outcomes` of records that were consumed, by reader and outcome."""

    def __init__(self) -> None:
        self.cases = 0
        self.facts = 0
        self.waiting = 0
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.lost = Check("I1", "已受理的都在案", "what was accepted is in a case")
        self.doubled = Check("I1", "触发各办一次", "every cause had its effect once")
        self.logs = Check("I2", "案件版本从 1 起连续、可读", "versions are 1 to n without gap or repeat, and readable")
        self.states = Check("I3", "案件行与日志一致", "case rows are the folded logs")
        self.causes = Check("I4", "触发与事实对应", "causes and facts belong together")
        self.published = Check("I4", "事实都已按版本发布", "every fact is on its topic, in order of versions")
        self.table = Check(
            "I5", "每一步都在流程表内、由有权单位办理", "every step is in the table and by whom it names"
        )
        self.accountable = Check("I5", "每一版本都有唯一责任单位", "one accountable unit always")
        self.timers = Check("I6", "定时器与期限一致", "timers are the next alarms")
        self.alarms = Check("I6", "每次到时只触发一次", "no alarm rang twice or early")
        self.queues = Check("I7", "待办与日志一致", "queue items follow from the logs")
        self.statistics = Check("I7", "监测值与重算一致", "observations equal a recount")
        self.sums = Check("I8", "各状态案件之和等于案件数", "the sum over states is the number of cases")
        self.consumed = Check("I9", "读过的记录都有结果", "every record that was consumed has its outcome")
        self.fences = Check("I10", "读取位置不后退", "no fence moved back, and nothing has effect beyond it")
        self.personal = Check(
            "I11", "日志、主题、统计中没有个人信息", "nothing personal in logs, topics and statistics"
        )
        self.readers = Check("I12", "各服务已读到日志末尾", "readers have reached the end")
        self.settled = Check("I12", "在途的都已办完", "what was on its way has arrived")

    @property
    def checks(self) -> tuple[Check, ...]:
        """In the order of their names."""
        return tuple(value for value in vars(self).values() if isinstance(value, Check))

    @property
    def violations(self) -> int:
        return sum(check.failed for check in self.checks)

    @property
    def differences(self) -> int:
        """All but what is lost or doubled, which have counts of their own."""
        return self.violations - self.lost.failed - self.doubled.failed

    @property
    def well(self) -> bool:
        return not self.violations

    @property
    def summary(self) -> str:
        return (
            f"verify: {self.cases} cases, {self.facts} facts, {self.lost.failed} lost, "
            f"{self.doubled.failed} doubled, {self.differences} differences"
        )
