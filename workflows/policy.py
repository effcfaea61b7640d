"""Policy packs: every number with its law. Of the rules in force the strictest binding one wins (上位法优于下位法)."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from contracts.base import Code, Contract
from workflows.errors import PolicyError

PACKS = Path(__file__).parent / "policy"
NATIONAL = "000000"

_HOURS = {"immediate": 1 / 60, "clock_hours": 1, "calendar_days": 24, "working_days": 34, "months": 730, "years": 8760}


LawClass = Literal["STAT", "NORM", "LOCAL", "PLAT"]


class Step(Contract):
    """A rung before it is a unit: whom to tell, how many hours after the breach."""

    after_hours: int = 0
    unit: Code


class Rule(Contract):
    """A period the law, a norm, a city or the platform sets. `value` of an `immediate` rule is the alarm in minutes.

    An alarm is the platform's own and is never shown as law: the law says 立即 and gives no number.
    A `term` is a period that ends (an order, a stay), no duty to be late with. `remind_days` before the end the unit
    that has the clock is reminded.
    """

    id: Code
    title: str
    article: str
    law_class: LawClass
    value: int = Field(gt=0)
    unit: Literal["immediate", "clock_hours", "calendar_days", "working_days", "months", "years"]
    effective_from: date
    effective_to: date | None = None
    applies_to: Literal["any", "minor", "adult"] = "any"
    roll: Literal["none", "breach_only", "due"] = "none"
    weekends_roll: bool = False
    ladder: tuple[Step, ...] = ()
    term: bool = False
    remind_days: tuple[int, ...] = ()
    jurisdiction: str = NATIONAL

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
    def strictness(self) -> float:
        """Hours, roughly; smaller is stricter. Good only for comparing two rules of one id."""
        return self.value * _HOURS[self.unit]

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Policy:
    """The rules of all loaded packs."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.id, []).append(rule)
        for versions in self._rules.values():
            _refuse_looser(versions)

    def __contains__(self, rule_id: str) -> bool:
        return rule_id in self._rules

    def ladder_units(self) -> Iterator[tuple[str, str]]:
        """Every unit kind that a ladder names, with the rule's id."""
        for rules in self._rules.values():
            yield from ((rule.id, step.unit) for rule in rules for step in rule.ladder)

    def find_rule(self, rule_id: str, region: str, day: date, *, minor: bool) -> Rule | None:
        """The strictest rule in force on `day` in `region` for this person; None when none applies.

        Raises PolicyError when no pack knows the id.
        """
        if rule_id not in self._rules:
            raise PolicyError(f"no pack has a rule {rule_id!r}")
        band = {"any", "minor" if minor else "adult"}
        binding = (
            rule
            for rule in self._rules[rule_id]
            if rule.in_force(day) and rule.applies_to in band and governs(rule.jurisdiction, region)
        )
        return min(binding, key=lambda rule: rule.strictness, default=None)


def governs(jurisdiction: str, region: str) -> bool:
    """Whether a division code is `region` or above it: 000000 nation, 330000 province, 330300 city, 330382 county."""
    prefix = jurisdiction
    while prefix.endswith("00") and len(prefix) <= 6:
        prefix = prefix[:-2]
    return region.startswith(prefix)


def _refuse_looser(versions: list[Rule]) -> None:
    """A lower rule may shorten or add, never lengthen."""
    for upper in versions:
        for lower in versions:
            below = lower.jurisdiction != upper.jurisdiction and governs(upper.jurisdiction, lower.jurisdiction)
            if below and lower.strictness > upper.strictness:
                raise PolicyError(
                    f"{lower.id}: {lower.jurisdiction} sets {lower.value} {lower.unit} ({lower.article}), looser "
                    f"than {upper.value} {upper.unit} of {upper.jurisdiction} ({upper.article}); it may only shorten"
                )


def load_policy(folder: Path = PACKS) -> Policy:
    """All packs of a folder. Raises PolicyError naming the file and the rule."""
    return Policy(rule for file in sorted(folder.glob("*.yaml")) for rule in _read_pack(file))


def _read_pack(file: Path) -> list[Rule]:
    pack: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        return [
            Rule.model_validate({"id": key, "jurisdiction": str(pack["jurisdiction"])} | row, strict=False)
            for key, rows in pack["rules"].items()
            for row in (rows if isinstance(rows, list) else [rows])
        ]
    except (ValidationError, KeyError) as error:
        raise PolicyError(f"{file.name}: {error}") from error
