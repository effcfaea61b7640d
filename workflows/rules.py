"""A rule: a period with its law, whose it is, when it is in force, for whom; and when two do not go together."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from pydantic import Field, model_validator

from contracts.base import Code, Contract
from workflows.errors import PolicyError
from workflows.packs import LawClass

NATIONAL: Final = "000000"
UNITS_ZH: Final = {
    "clock_hours": "小时",
    "calendar_days": "日",
    "working_days": "个工作日",
    "months": "个月",
    "years": "年",
}
DATED: Final = frozenset({"calendar_days", "months", "years"})


class Step(Contract):
    """A rung before it is a unit: whom to tell, how many hours after the breach."""

    after_hours: int = 0
    unit: Code


class Row(Contract):
    """A period the law, a norm, a city or the platform sets. `value` of an `immediate` rule is the alarm in minutes.

    An alarm is the platform's own and is never shown as law: the law says 立即 and gives no number. `roll` says whether
    a last day that is a 法定休假日 rolls (民法典 art 203), and must be stated wherever days or months are counted.
    `beside` makes a duty of its own that begins with the rule it names, in addition and not instead. A `term` is a
    period that ends (an order, a stay), no duty to be late with. `remind_days` before the end the unit that has the
    clock is reminded.
    """

    title: str
    article: str
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
    ladder: tuple[Step, ...] = ()
    term: bool = False
    remind_days: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> "Row":
        if self.effective_to and self.effective_to < self.effective_from:
            ends = f"effective_to {self.effective_to} is before effective_from {self.effective_from}"
            raise ValueError(f"{ends}; correct one of them, or leave effective_to out while the rule is in force")
        if (self.unit in DATED) != (self.roll is not None):
            needs = "must state `roll`: none, breach_only or due" if self.unit in DATED else "never rolls; drop `roll`"
            raise ValueError(f"a rule in {self.unit} {needs}")
        if self.weekends_roll and not self.rolls:
            raise ValueError("weekends_roll says nothing without `roll: breach_only` or `roll: due`; drop it")
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
        persons = "any" in {self.applies_to, other.applies_to} or self.applies_to == other.applies_to
        return persons and self._begins_before_end(other) and other._begins_before_end(self)  # noqa: SLF001

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
                raise PolicyError(
                    f"{other.place}: {one.id} is set twice on one level, also by {one.place}; "
                    "end the older one (effective_to) the day before the newer begins, or drop one"
                )


def refuse_looser(versions: Sequence[Rule]) -> None:
    """A lower rule may shorten or add, never lengthen, unless the upper one delegates."""
    law = [rule for rule in versions if rule.binding]
    for upper in law:
        for lower in law:
            below = lower.jurisdiction != upper.jurisdiction and governs(upper.jurisdiction, lower.jurisdiction)
            if below and not upper.delegates and lower.meets(upper) and lower.looser_than(upper):
                raise PolicyError(
                    f"{lower.place}: {lower.id} is looser than {upper.place}; a lower rule may only shorten: "
                    f"set at most {upper.value} {upper.unit}, or `delegates: true` above where that law allows more"
                )


def find_gap(versions: Sequence[Rule], today: date | None) -> str | None:
    """What is wrong when versions, in order, leave days between them, or the last has ended before `today`."""
    for one, following in pairwise(versions):
        if one.effective_to and one.effective_to + timedelta(days=1) < following.effective_from:
            gap = f"no {one.id} is in force between {one.effective_to} and {following.effective_from}"
            return f"{following.place}: {gap}; close the gap to {one.place}"
    first, last = (versions[0], versions[-1]) if versions else (None, None)
    if first and today and first.effective_from > today:
        return f"{first.place}: {first.id} begins on {first.effective_from}; add the version in force until then"
    if last and last.effective_to and today and last.effective_to < today:
        return f"{last.place}: {last.id} ended on {last.effective_to} and none followed; add the version in force today"
    return None


def period_zh(value: int, unit: str) -> str:
    """A period as a user reads it; 立即 has no number but the platform's alarm."""
    return f"立即（平台 {value} 分钟提醒）" if unit == "immediate" else f"{value} {UNITS_ZH[unit]}"
