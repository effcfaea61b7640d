"""Small parts of indicators, and cases told step by step: the engine is judged by them, whatever the catalogue says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import yaml

from contracts.cases import Fact, Milestone, Opened, Scalar, Subject
from services.statistics.catalogue import Defined
from services.statistics.compile import Value
from services.statistics.declaration import Part
from tests.case_logs import START, STATION, TOWN

PARTS: Final = """
dv-warning-issued:
  main:
    {kind: share, of: case, in: [dv_warning], each: {step: warning.assessed, where: {criteria_met: true}},
     counts: {step: warning.issued, within: {hours: T}}, waits: [T], by: [relation]}
  issued: {kind: count, of: step, in: [dv_warning], each: {step: warning.issued}, by: [relation]}
  hours: {kind: median, of: case, in: [dv_warning], each: {step: warning.assessed}, hours_to: {step: warning.issued}}
  again:
    {kind: share, of: person, in: [dv_warning], who: {role: [victim]}, each: {step: warning.issued},
     counts: {step: warning.issued, within: {days: 365}}, by: [sex]}
  couples:
    {kind: share, of: pair, in: [dv_warning], each: {step: warning.issued},
     counts: {step: warning.assessed, within: {days: 365}}, years_later: 1}
dv-follow-up-visit:
  main:
    {kind: share, of: case, in: [dv_warning], each: {step: warning.issued},
     counts: {step: followup.visited, within: {days: D}}, waits: [D]}
mandatory-report-system:
  main:
    {kind: share, of: report, in: [dv_warning, mandatory_report], each: {step: report.submitted},
     counts: {is: {step: report.submitted, where: {delay_minutes: {at_most: {hours: T}}}}}, by: [reporter_category]}
village-level-reporting:
  main: {kind: count, of: place, level: township, in: [dv_warning], each: {step: warning.issued}}
  told:
    {kind: count, of: step, in: [dv_warning, mandatory_report],
     each: {step: [case.opened, case.accepted, case.closed]}}
"""
VALUES: Final[Mapping[str, Mapping[str, Value]]] = {
    "dv-warning-issued": {"T": 72},
    "dv-follow-up-visit": {"D": 7},
    "mandatory-report-system": {"T": 24},
    "village-level-reporting": {},
}


def define_parts(text: str = PARTS, **values: Value) -> tuple[Defined, ...]:
    """As the catalogue would, with other values of settings where they are given."""
    return tuple(
        Defined(key, name, read_part(part), (name, name), {one: {"": values.get(one, of)} for one, of in own.items()})
        for key, parts in yaml.safe_load(text).items()
        for name, part in parts.items()
        for own in [VALUES[key]]
    )


def read_part(part: Mapping[str, Any]) -> Part:
    return Part.model_validate(part, strict=False)


@dataclass
class Told:
    """A case of domestic violence, told milestone by milestone."""

    number: int
    people: tuple[str, str] = ("victim", "perpetrator")
    region: str = TOWN
    facts: list[Fact] = field(default_factory=list)

    def say(self, at: datetime, *milestones: Milestone) -> Fact:
        """Everything in one fact."""
        victim, perpetrator = self.people
        subjects = (
            Subject(role="victim", pseudonym=victim, sex="female", minor=False),
            Subject(role="perpetrator", pseudonym=perpetrator, sex="male", minor=False),
        )
        case_id, version = UUID(int=self.number), len(self.facts) + 1
        opened = () if self.facts else (Opened("dv_warning", 1, self.region, subjects),)
        trigger, effects = "told" if self.facts else "reported", (*opened, *milestones)
        self.facts.append(
            Fact(case_id, version, f"c{version}", trigger, at, at, "dv_warning", self.region, effects, STATION)
        )
        return self.facts[-1]

    def assessed(self, at: datetime = START, **dimensions: Scalar) -> Fact:
        said: dict[str, Scalar] = {"criteria_met": True, "relation": "spouse"}
        return self.say(at, milestone("warning.assessed", at, **said | dimensions))

    def issued(self, at: datetime = START) -> Fact:
        return self.say(at, milestone("warning.issued", at, relation="spouse"))

    def withdrawn(self, at: datetime, fact: Fact, name: str, *instead: Milestone) -> Fact:
        """What an earlier fact said is taken back, and something else said in its stead."""
        return self.say(at, milestone("milestone.withdrawn", at, version=fact.version, name=name), *instead)


def milestone(name: str, at: datetime, /, **dimensions: Scalar) -> Milestone:
    return Milestone(name, at, dimensions)
