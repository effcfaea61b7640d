"""A rule: a period with its law, whose it is, when it is in force, for whom; and when two do not go together."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Code, Contract
from workflows.calendar import LAST
from workflows.definition import Text
from workflows.errors import PackError
from workflows.packs import LawClass, Listing

NATIONAL: Final = "000000"
UNITS_ZH: Final = {
    "clock_hours": "小时",
    "calendar_days": "日",
    "working_days": "个工作日",
    "months": "个月",
    "years": "年",
}
DATED: Final = frozenset({"calendar_days", "months", "years"})
FOUNDED: Final = date(1949, 10, 1)
LONGEST: Final = 24 * 366 * 20
"""Hours of twenty years: no law sets a longer period here, and a longer one is a slip of the hand."""


class Step(Contract):
    """A rung before it is a unit: whom to tell, how many hours after the breach."""

    after_hours: int = Field(default=0, ge=0)
    unit: Code


class Row(Contract):
    """A period the law, a norm, a city or the platform sets. `value` of an `immediate` rule is the alarm in minutes.

    An alarm is the platform's own and is never shown as law: the law says 立即 and gives no number. `roll` says whether
    a last day that is a 法定休假日 rolls (民法典 art 203), and must be stated wherever days or months are counted.
    `beside` makes a duty of its own that begins with the rule it names, in addition and not instead. A `term` is a
    period that ends (an order, a stay), no duty to be late with. `remind_days` before the end the unit that has the
    clock is reminded.
    """

    title: Text
    article: Text
    law_class: LawClass
    value: int = Field(gt=0)
    unit: Literal["immediate", "clock_hours", "calendar_days", "working_days", "months", "years"]
    effective_from: date
    effective_to: date | None = None
    applies_to: Literal["any", "minor", "adult"] = "any"
    roll: Literal["none", "breach_only", "due"] | None = None
    weekends_roll: bool = False
    delegates: bool = False
    beside: Code | None = None
    ladder: Listing[Step] = ()
    term: bool = False
    remind_days: Listing[int] = ()

    @field_validator("ladder")
    @classmethod
    def _climbs(cls, ladder: tuple[Step, ...]) -> tuple[Step, ...]:
        hours = [step.after_hours for step in ladder]
        if hours != sorted(hours):
            said = f"各级 after_hours 应由早到晚 / after_hours must not go back: {hours}; write {sorted(hours)}"
            raise PydanticCustomError("ladder_unordered", said)
        if hours and hours[-1] > LONGEST:
            raise PydanticCustomError(
                "over_20_years", f"after_hours 超过二十年 / after_hours is over 20 years: {hours[-1]}"
            )
        return ladder

    @field_validator("effective_from", "effective_to")
    @classmethod
    def _is_near(cls, day: date | None) -> date | None:
        if day and not FOUNDED <= day <= LAST:
            said = f"应在 {FOUNDED} 至 {LAST} 之间 / must be from {FOUNDED} to {LAST}, not {day}; correct the year"
            raise PydanticCustomError("day_out_of_range", said)
        return day

    @model_validator(mode="after")
    def _is_in_force_once(self) -> "Row":
        if self.effective_to and self.effective_to < self.effective_from:
            zh = "失效早于生效，请改正其一；现行有效的不写 effective_to"
            en = f"effective_to {self.effective_to} is before effective_from {self.effective_from}; correct one of them"
            en += ", or leave effective_to out while the rule is in force"
            raise PydanticCustomError("ends_before_it_starts", f"{zh} / {en}")
        return self

    @model_validator(mode="after")
    def _rolls_or_not(self) -> "Row":
        if self.unit in DATED and self.roll is None:
            said = "须写明 `roll` / must state `roll`: none, breach_only or due"
            raise PydanticCustomError("roll_unstated", f"以 {self.unit} 计的期限{said}")
        if self.roll is not None and self.unit not in DATED:
            said = "不顺延，请删去 `roll` / never rolls; drop `roll`"
            raise PydanticCustomError("roll_unused", f"以 {self.unit} 计的期限{said}")
        if self.weekends_roll and not self.rolls:
            zh, en = "不顺延则 weekends_roll 无意义，请删去", "weekends_roll says nothing without"
            raise PydanticCustomError("roll_unused", f"{zh} / {en} `roll: breach_only` or `roll: due`; drop it")
        return self

    @model_validator(mode="after")
    def _has_a_length(self) -> "Row":
        if self.bounds[0] > LONGEST:
            said = f"{self.value} {self.unit} 超过二十年，请改正 / is over 20 years; correct it"
            raise PydanticCustomError("over_20_years", said)
        idle = [days for days in self.remind_days if not 0 < days * 24 <= self.bounds[0]]
        if idle:
            said = f"提醒日 {idle} 不在期限之内，请改正 / remind_days {idle} are outside the period; correct them"
            raise PydanticCustomError("reminder_outside", said)
        return self

    @property
    def rolls(self) -> bool:
        return self.roll in {"breach_only", "due"}

    @property
    def length(self) -> timedelta | None:
        """The period, when it is a stretch of time; None when days are counted."""
        if self.unit == "immediate":
            return timedelta(minutes=self.value)
        return timedelta(hours=self.value) if self.unit == "clock_hours" else None

    @property
    def binding(self) -> bool:
        return self.law_class != "PLAT"

    @property
    def shown_class(self) -> LawClass:
        """The class of what can be missed. The law's 立即 has no number, so its alarm is the platform's own."""
        return "PLAT" if self.unit == "immediate" else self.law_class

    @property
    def citation(self) -> str:
        """The article as it is shown, with the platform's alarm named as one."""
        if self.unit != "immediate" or "平台提醒" in self.article:
            return self.article
        return f"{self.article}；平台提醒 {self.value} 分钟"

    @property
    def bounds(self) -> tuple[float, float]:
        """The longest and the shortest it can be, in hours; a period of days has what is left of its first day too."""
        per_unit = {"clock_hours": (1, 1), "calendar_days": (24, 24), "months": (744, 672), "years": (8784, 8760)}
        if self.unit == "immediate":
            return self.value / 60, self.value / 60
        if self.unit == "working_days":  # two days off in seven, and one long holiday on the way
            return 24 * (1 + self.value + 2 * (self.value // 5 + 1) + 10), 24 * self.value
        longest, shortest = per_unit[self.unit]
        return self.value * longest + (24 if self.unit in DATED else 0), self.value * shortest

    @property
    def rolling(self) -> int:
        """How many hours later it can end because its last day rolls: over a holiday of nine days, and a weekend."""
        return 24 * (9 + 2 * self.weekends_roll) if self.roll == "due" else 0

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Rule(Row):
    """A row with its id, whose rule it is, and where it stands (`file:line`)."""

    id: Code
    jurisdiction: str = NATIONAL
    source: str = Field(default="", repr=False)

    @property
    def place(self) -> str:
        """Who says what, where: for errors."""
        said = f"{self.jurisdiction} {self.value} {self.unit}, {self.law_class}, {self.article}"
        return f"{self.source} ({said})" if self.source else said

    def looser_than(self, upper: "Rule") -> bool:
        if self.unit == upper.unit and self.rolling <= upper.rolling:
            return self.value > upper.value
        longest, longest_above = self.bounds[0] + self.rolling, upper.bounds[0] + upper.rolling
        return longest > longest_above or self.bounds[1] > upper.bounds[1]

    def meets(self, other: "Rule") -> bool:
        """Whether both can apply to one person on one day."""
        return self.concerns(other) and self._begins_before_end(other) and other._begins_before_end(self)  # noqa: SLF001

    def concerns(self, other: "Rule") -> bool:
        """Whether there are persons to whom both apply."""
        return "any" in {self.applies_to, other.applies_to} or self.applies_to == other.applies_to

    def _begins_before_end(self, other: "Rule") -> bool:
        return other.effective_to is None or self.effective_from <= other.effective_to


def applies(rule: Rule, region: str, day: date, *, minor: bool) -> bool:
    """Whether a rule binds this person there on that day."""
    for_person = rule.applies_to in {"any", "minor" if minor else "adult"}
    return for_person and rule.in_force(day) and governs(rule.jurisdiction, region)


def _prefix(jurisdiction: str) -> str:
    prefix = jurisdiction
    while prefix.endswith("00") and len(prefix) <= 6:
        prefix = prefix[:-2]
    return prefix


def depth(jurisdiction: str) -> int:
    """The larger, the lower the division."""
    return len(_prefix(jurisdiction))


def governs(jurisdiction: str, region: str) -> bool:
    """Whether a division code is `region` or above it: 000000 nation, 330000 province, 330300 city, 330382 county."""
    return region.startswith(_prefix(jurisdiction))


def refuse_two_on_one_level(versions: Sequence[Rule]) -> None:
    """One jurisdiction says one thing to one person on one day."""
    for n, one in enumerate(versions):
        for other in versions[n + 1 :]:
            if one.jurisdiction == other.jurisdiction and one.meets(other):
                zh = "同级重复规定，请将旧的一项止于新的一项生效前一日，或删去其一"
                en = f"{one.id} is set twice on one level, also by {one.place}; "
                en += "end the older one (effective_to) the day before the newer begins, or drop one"
                raise PackError("two_on_one_level", other.place, f"{zh} / {en}")


def refuse_looser(versions: Sequence[Rule]) -> None:
    """A lower rule may shorten or add, never lengthen, unless the upper one delegates."""
    law = [rule for rule in versions if rule.binding]
    for upper in law:
        for lower in law:
            below = lower.jurisdiction != upper.jurisdiction and governs(upper.jurisdiction, lower.jurisdiction)
            if below and not upper.delegates and lower.meets(upper) and lower.looser_than(upper):
                zh = f"下位规定宽于上位规定，至多 {period_zh(upper.value, upper.unit)}；"
                zh += "上位法允许延长的，上位写 delegates: true"
                en = f"{lower.id} is looser than {upper.place}; a lower rule may only shorten: set at most "
                en += f"{upper.value} {upper.unit}, or `delegates: true` above where that law allows more"
                raise PackError("looser_than_above", lower.place, f"{zh} / {en}")


def refuse_idle_duty(duty: Rule, hosts: Sequence[Rule]) -> None:
    """A duty beside a rule begins with it: somewhere both must hold for one person."""
    related = (host for host in hosts if _one_holds_in_the_other(host.jurisdiction, duty.jurisdiction))
    if duty.id == duty.beside or not any(host.concerns(duty) for host in related):
        zh = "并行义务与其所附规则从不同时适用，永不起算；请改 beside 或适用对象"
        en = f"{duty.id} never begins, for {duty.beside} never holds where and for whom it does"
        raise PackError("duty_never_begins", duty.place, f"{zh} / {en}; correct `beside` or `applies_to`")


def _one_holds_in_the_other(one: str, other: str) -> bool:
    return governs(one, other) or governs(other, one)


def find_gap(versions: Sequence[Rule], today: date | None) -> PackError | None:
    """What is wrong when versions, in order, leave days between them, or the last has ended before `today`."""
    for one, following in pairwise(versions):
        if one.effective_to and one.effective_to + timedelta(days=1) < following.effective_from:
            zh = f"{one.effective_to} 至 {following.effective_from} 之间无规则，请补上"
            en = f"no {one.id} is in force between {one.effective_to} and {following.effective_from}"
            return PackError("gap", following.place, f"{zh} / {en}; close the gap to {one.place}")
    first, last = (versions[0], versions[-1]) if versions else (None, None)
    if first and today and first.effective_from > today:
        zh, en = "尚未生效，请补上此前有效的版本", f"{first.id} begins on {first.effective_from}"
        return PackError("gap", first.place, f"{zh} / {en}; add the version in force until then")
    if last and last.effective_to and today and last.effective_to < today:
        zh, en = "已失效而无后续，请补上现行版本", f"{last.id} ended on {last.effective_to} and none followed"
        return PackError("gap", last.place, f"{zh} / {en}; add the version in force today")
    return None


def period_zh(value: int, unit: str) -> str:
    """A period as a user reads it; 立即 has no number but the platform's alarm."""
    return f"立即（平台 {value} 分钟提醒）" if unit == "immediate" else f"{value} {UNITS_ZH[unit]}"
