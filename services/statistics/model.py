"""Facts to steps, and sums to observations. Everything here is pure; what lies between is SQL (`compile`).

What a case's steps say follows from its facts alone, so a fact that comes late changes exactly its own members.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from contracts import cases as facts
from contracts.statistics import Breakdown, Observation, Status
from services.statistics.catalogue import Defined
from services.statistics.milestones import ACT, OF_STATE, Derivations, Named

KINDS: Final = (
    facts.Opened,
    facts.Recorded,
    facts.ReportAttached,
    facts.ReportProposed,
    facts.StateEntered,
    facts.Milestone,
)
"""What is read of a fact."""

WITHDRAWN: Final = "milestone.withdrawn"
"""A step that takes back the one of the same case that its dimensions `version` and `name` tell."""


TOLD_ANYWAY: Final = frozenset({"case.opened", "report.submitted"})
"""Milestones that only some workflows tell; what they tell is in other effects of every workflow."""


class Step(NamedTuple):
    """What indicators count, at a place of the log. `region` is the case's at that time; `unit` is who took it."""

    case_id: UUID
    version: int
    position: int
    name: str
    at: datetime
    workflow: str
    region: str
    unit: str | None
    dimensions: dict[str, Any]


class Subject(NamedTuple):
    """Whom a case is about."""

    case_id: UUID
    role: str
    pseudonym: str
    sex: str
    minor: bool
    age_years: int | None


class Place(NamedTuple):
    """What an observation is about."""

    indicator: str
    part: str
    year: int
    region: str


class Cell(NamedTuple):
    """Where members are counted."""

    indicator: str
    part: str
    year: int
    region: str
    dimensions: str


class Sums(NamedTuple):
    numerator: int = 0
    denominator: int = 0

    def plus(self, other: "Sums") -> "Sums":
        return Sums(self.numerator + other.numerator, self.denominator + other.denominator)


class Counted(NamedTuple):
    """All that observations are made of. `stated` are denominators from outside, by name, band, year and region."""

    cells: Mapping[Cell, Sums]
    pending: Mapping[Place, int]
    medians: Mapping[Place, float]
    stated: Mapping[tuple[str, str, int, str], float]


class AsOf(NamedTuple):
    """As of what an observation is computed: domain date, position in the log."""

    day: date
    epoch: int
    facts: int


# -- facts to steps ------------------------------------------------------------------------------------------------


def subjects(log: Iterable[facts.Fact]) -> list[Subject]:
    """Whom the cases that facts open are about."""
    return [
        Subject(fact.case_id, one.role, one.pseudonym, one.sex, one.minor, one.age_years)
        for fact in log
        for opened in fact.of(facts.Opened)
        for one in opened.subjects
    ]


def steps(log: Iterable[facts.Fact], derived: Derivations) -> list[Step]:
    """The steps that facts report, each with its place in the log."""
    return [
        Step(fact.case_id, fact.version, place, name, at, fact.workflow, fact.region, unit, dimensions)
        for fact in log
        for place, (name, at, unit, dimensions) in enumerate(_name(fact, derived))
    ]


def _name(fact: facts.Fact, derived: Derivations) -> Iterator[Named]:
    told = [Named(ACT, fact.occurred_at, fact.unit, {})] if fact.unit else []
    beneath = _beneath(fact)
    told += [named for effect in fact.effects if (named := _of_effect(fact, effect, beneath))]
    for named in told:
        if not named.name.startswith(OF_STATE) and named.name != ACT:
            yield named
        yield from derived.of(fact, named)


def _beneath(fact: facts.Fact) -> dict[str, Any]:
    """Dimensions of every step of a fact: the fields that it records, and those of the report that it is about."""
    beneath: dict[str, Any] = {}
    for effect in fact.effects:
        if isinstance(effect, facts.ReportAttached | facts.ReportProposed):
            report = effect.report
            about = {"reporter_category": report.reporter_category, "under_duty": report.under_duty}
            beneath = report.fields | about | {"event_type": report.event_type} | beneath
        elif isinstance(effect, facts.Recorded):
            beneath = beneath | effect.fields
    return beneath


def _of_effect(fact: facts.Fact, effect: facts.Effect, beneath: dict[str, Any]) -> Named | None:
    match effect:
        case facts.Milestone(name=name, occurred_at=at, dimensions=dimensions) if name not in TOLD_ANYWAY:
            return Named(name, at, fact.unit, beneath | dimensions)
        case facts.Opened(relation=relation):
            return Named("case.opened", fact.occurred_at, fact.unit, beneath | {"opened_as": relation})
        case facts.StateEntered(state=state, final=final, outcome=outcome):
            name = "case.closed" if final else OF_STATE + state
            return Named(name, fact.occurred_at, fact.unit, beneath | {"state": state, "outcome": outcome})
        case facts.ReportAttached(report=report):
            return Named("report.submitted", report.submitted_at, report.reporter_unit, _of_report(report))
    return None


def _of_report(report: facts.Report) -> dict[str, Any]:
    learned = report.learned_at
    return report.fields | {
        "report_id": str(report.report_id),
        "event_type": report.event_type,
        "reporter_category": report.reporter_category,
        "under_duty": report.under_duty,
        "delay_minutes": None if learned is None else int((report.submitted_at - learned).total_seconds() // 60),
    }


def withdrawals(log: Iterable[Step]) -> list[tuple[UUID, int, str]]:
    """Case, version and name of the steps that are taken back."""
    return [
        (step.case_id, step.dimensions["version"], step.dimensions["name"]) for step in log if step.name == WITHDRAWN
    ]


# -- sums to observations ------------------------------------------------------------------------------------------


def covers(region: str, county: str) -> bool:
    """Whether a province (..0000), a prefecture (....00) or a county takes in a county."""
    if region.endswith("0000"):
        return county.startswith(region[:2])
    return county.startswith(region[:4]) if region.endswith("00") else county == region


def observe(parts: Collection[Defined], counted: Counted, at: AsOf) -> list[Observation]:
    """An observation of every part, year, county and prefecture of which there is anything, in order."""
    defined = {one.key: one for one in parts}
    lines: defaultdict[Place, defaultdict[str, Sums]] = defaultdict(lambda: defaultdict(Sums))
    waiting: defaultdict[Place, int] = defaultdict(int)
    for cell, sums in counted.cells.items():
        for place in _around(Place(*cell[:4])):
            lines[place][cell.dimensions] = lines[place][cell.dimensions].plus(sums)
    for county, members in counted.pending.items():
        for place in _around(county):
            waiting[place] += members
    return [
        observe_place(defined[place[:2]], place, lines[place], waiting[place], counted, at)
        for place in sorted(lines.keys() | waiting.keys())
        if place[:2] in defined and place.year <= at.day.year
    ]


def _around(county: Place) -> tuple[Place, Place]:
    return county, county._replace(region=county.region[:4] + "00")


def observe_region(parts: Collection[Defined], year: int, region: str, counted: Counted, at: AsOf) -> list[Observation]:
    """Every part in a region, also where there is nothing to observe."""
    observed = []
    for one in parts:
        place = Place(*one.key, year, region)
        lines: defaultdict[str, Sums] = defaultdict(Sums)
        for cell, sums in counted.cells.items():
            if cell[:3] == place[:3] and covers(region, cell.region):
                lines[cell.dimensions] = lines[cell.dimensions].plus(sums)
        waiting = sum(n for of, n in counted.pending.items() if of[:3] == place[:3] and covers(region, of.region))
        observed.append(observe_place(one, place, lines, waiting, counted, at))
    return observed


def observe_place(
    one: Defined, place: Place, lines: Mapping[str, Sums], waiting: int, counted: Counted, at: AsOf
) -> Observation:
    numerator = sum(line.numerator for line in lines.values())
    denominator = sum(line.denominator for line in lines.values())
    stated = (
        counted.stated.get((one.part.over, one.band(place.region), place.year, place.region)) if one.part.over else None
    )
    value = {
        "count": float(denominator),
        "share": 100 * numerator / denominator if denominator else None,
        "median": counted.medians.get(place),
        "coverage": 100 * numerator / stated if stated else None,
    }[one.part.kind]
    known = denominator > 0 if one.part.kind != "coverage" else stated is not None
    return Observation(
        **place._asdict(),
        kind=one.part.kind,
        definition_version=one.part.version,
        as_of=at.day,
        epoch=at.epoch,
        facts=at.facts,
        settings=one.settings(place.region),
        numerator=numerator,
        denominator=denominator,
        stated=stated,
        pending=waiting,
        value=None if value is None or not known else round(value, 2),
        status=_status(place.year, known, waiting, at.day),
        breakdown=tuple(_breakdown(lines)),
    )


def place_of(observation: Observation) -> Place:
    return Place(observation.indicator, observation.part, observation.year, observation.region)


def _status(year: int, known: bool, waiting: int, day: date) -> Status:
    """Final when the year is over and every window has run out; a late fact may still change it."""
    if not known:
        return "no_data"
    return "provisional" if waiting or day.year <= year else "final"


def _breakdown(lines: Mapping[str, Sums]) -> Iterator[Breakdown]:
    for dimensions, (numerator, denominator) in sorted(lines.items()):
        if (numerator, denominator) != (0, 0):
            yield Breakdown(dimensions=json.loads(dimensions), numerator=numerator, denominator=denominator)
