"""Facts to steps, and sums to observations. Everything here is pure; what lies between is SQL (`compile`).

What a case's steps say follows from its facts alone, so a fact that comes late changes exactly its own members.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from contracts import cases as facts
from contracts.regions import is_within
from contracts.releases import scale_of
from contracts.statistics import Breakdown, Observation, Status
from services.statistics.catalogue import Defined
from services.statistics.declaration import Part
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
"""A step that takes back the one of the same case that its dimensions `version` and `name` tell, and what followed from
it; with `at` both are said anew, of that time."""

TOLD_ANYWAY: Final = frozenset({"case.opened", "report.submitted"})
"""Milestones that only some workflows tell; what they tell is in other effects of every workflow."""


class Step(NamedTuple):
    """What indicators count, at a place of the log. `region` is the case's at that time; `unit` is who took it.

    `source` is the step that it follows from, its own name when it was told.
    """

    case_id: UUID
    version: int
    position: int
    name: str
    source: str
    at: datetime
    workflow: str
    region: str
    unit: str | None
    dimensions: dict[str, Any]


class Correction(NamedTuple):
    """A step of a fact, with what follows from it, is counted no more, or at another time, since a later fact."""

    case_id: UUID
    version: int
    source: str
    at: datetime | None
    since: int


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
        Step(fact.case_id, fact.version, place, name, source, at, fact.workflow, fact.region, unit, dimensions)
        for fact in log
        for place, (source, (name, at, unit, dimensions)) in enumerate(_name(fact, derived))
    ]


def _name(fact: facts.Fact, derived: Derivations) -> Iterator[tuple[str, Named]]:
    """Each step behind the name of that which it follows from."""
    for told in _tell(fact):
        if told.name != ACT and not told.name.startswith(OF_STATE):
            yield told.name, told
        for named in derived.of(fact.workflow, told):
            yield told.name, named


def _tell(fact: facts.Fact) -> Iterator[Named]:
    if fact.unit:
        yield Named(ACT, fact.occurred_at, fact.unit, {})
    beneath = _beneath(fact)
    for effect in fact.effects:
        say = _SAID.get(type(effect))
        if say and (named := say(fact, effect, beneath)):
            yield named


_REPORTED: Final = (facts.ReportAttached, facts.ReportProposed)


def _beneath(fact: facts.Fact) -> dict[str, Any]:
    """Dimensions of every step of a fact: the fields that it records, and those of the report that it is about."""
    beneath: dict[str, Any] = {}
    for effect in fact.effects:
        if isinstance(effect, facts.Recorded):
            beneath = beneath | effect.fields
        elif isinstance(effect, _REPORTED):
            report = effect.report
            about = {"reporter_category": report.reporter_category, "under_duty": report.under_duty}
            beneath = report.fields | about | {"event_type": report.event_type} | beneath
    return beneath


def _of_milestone(fact: facts.Fact, told: facts.Milestone, beneath: dict[str, Any]) -> Named | None:
    if told.name in TOLD_ANYWAY:
        return None
    return Named(told.name, told.occurred_at, fact.unit, beneath | told.dimensions)


def _of_opening(fact: facts.Fact, opened: facts.Opened, beneath: dict[str, Any]) -> Named:
    return Named("case.opened", fact.occurred_at, fact.unit, beneath | {"opened_as": opened.relation})


def _of_state(fact: facts.Fact, entered: facts.StateEntered, beneath: dict[str, Any]) -> Named:
    name = "case.closed" if entered.final else OF_STATE + entered.state
    said = beneath | {"state": entered.state, "outcome": entered.outcome}
    return Named(name, fact.occurred_at, fact.unit, said)


def _of_attached(_fact: facts.Fact, attached: facts.ReportAttached, beneath: dict[str, Any]) -> Named:
    report = attached.report
    return Named("report.submitted", report.submitted_at, report.reporter_unit, beneath | _of_report(report))


_SAID: Final[Mapping[type, Callable[[facts.Fact, Any, dict[str, Any]], Named | None]]] = {
    facts.Milestone: _of_milestone,
    facts.Opened: _of_opening,
    facts.StateEntered: _of_state,
    facts.ReportAttached: _of_attached,
}
"""What an effect says. By its type: a fact has five effects, most of which say nothing."""


def _of_report(report: facts.Report) -> dict[str, Any]:
    learned = report.learned_at
    return report.fields | {
        "report_id": str(report.report_id),
        "event_type": report.event_type,
        "reporter_category": report.reporter_category,
        "under_duty": report.under_duty,
        "delay_minutes": None if learned is None else int((report.submitted_at - learned).total_seconds() // 60),
    }


def corrections(log: Iterable[Step]) -> list[Correction]:
    """In the order of the log."""
    return [
        Correction(
            step.case_id,
            step.dimensions["version"],
            step.dimensions["name"],
            datetime.fromisoformat(at) if (at := step.dimensions.get("at")) else None,
            step.version,
        )
        for step in log
        if step.name == WITHDRAWN
    ]


# -- sums to observations ------------------------------------------------------------------------------------------


def observe(parts: Collection[Defined], counted: Counted, at: AsOf) -> list[Observation]:
    """An observation of every part, year, county and prefecture of which there is anything, in order."""
    lines, waiting = _add_up(counted, _around)
    known = {(place.indicator, place.year, place.region) for place in lines.keys() | waiting.keys()}
    sight = _Sight({one.key: one for one in parts}, lines, waiting, counted, at)
    return [
        sight.observe(Place(*one.key, year, region))
        for one in sorted(parts, key=lambda one: one.key)
        for indicator, year, region in sorted(known)
        if indicator == one.indicator and year <= at.day.year
    ]


def observe_region(parts: Collection[Defined], year: int, region: str, counted: Counted, at: AsOf) -> list[Observation]:
    """Every part in a region, also where there is nothing to observe."""
    lines, waiting = _add_up(counted, lambda place: [place._replace(region=region)] * is_within(place.region, region))
    sight = _Sight({one.key: one for one in parts}, lines, waiting, counted, at)
    return [sight.observe(Place(*one.key, year, region)) for one in parts]


def observe_nothing(one: Defined, place: Place, at: AsOf) -> Observation:
    """Where there was something, and is no more."""
    return _Sight({one.key: one}, {}, {}, Counted({}, {}, {}, {}), at).observe(place)


def _around(county: Place) -> Sequence[Place]:
    return county, county._replace(region=county.region[:4] + "00")


def _add_up(
    counted: Counted, around: Callable[[Place], Sequence[Place]]
) -> tuple[dict[Place, dict[str, Sums]], dict[Place, int]]:
    """Sums by dimensions, and who still waits, of the regions around each county."""
    lines: defaultdict[Place, defaultdict[str, Sums]] = defaultdict(lambda: defaultdict(Sums))
    waiting: defaultdict[Place, int] = defaultdict(int)
    for cell, sums in counted.cells.items():
        for place in around(Place(*cell[:4])):
            lines[place][cell.dimensions] = lines[place][cell.dimensions].plus(sums)
    for county, members in counted.pending.items():
        for place in around(county):
            waiting[place] += members
    return {place: dict(of) for place, of in lines.items()}, dict(waiting)


@dataclass(frozen=True)
class _Sight:
    """What can be seen of all parts in some places."""

    parts: Mapping[tuple[str, str], Defined]
    lines: Mapping[Place, Mapping[str, Sums]]
    waiting: Mapping[Place, int]
    counted: Counted
    at: AsOf

    def observe(self, place: Place) -> Observation:
        one, sums = self.parts[place[:2]], self._sums(place)
        stated, value, waiting = self._stated(place), self._value(place), self._waiting(place)
        return Observation(
            **place._asdict(),
            kind=one.part.kind,
            definition_version=one.part.version,
            as_of=self.at.day,
            epoch=self.at.epoch,
            facts=self.at.facts,
            settings=one.settings(place.region),
            numerator=sums.numerator,
            denominator=sums.denominator,
            stated=stated,
            pending=waiting,
            value=None if value is None else round(value, 2),
            status=_status(place.year, value is not None, waiting, self.at.day),
            breakdown=() if one.part.of == "place" else tuple(_breakdown(self.lines.get(place, {}))),
        )

    def _value(self, place: Place) -> float | None:
        part, sums = self.parts[place[:2]].part, self._sums(place)
        match part.kind:
            case "count":
                return float(sums.denominator) if sums.denominator else None
            case "share":
                return _divide(scale_of(part.kind) * sums.numerator, sums.denominator)
            case "median":
                return self.counted.medians.get(place)
            case "lowest":
                values = [self._value(place._replace(part=name)) for name in part.lowest_of]
                return None if None in values else min(value for value in values if value is not None)
            case "breadth":
                return self._breadth(place, part)
        return _divide(scale_of(part.kind) * sums.numerator, self._stated(place))

    def _breadth(self, place: Place, part: Part) -> float | None:
        assert part.over_part is not None
        lines = self.lines.get(place._replace(part=part.over_part), {})
        codes = {json.loads(line).get(part.by[0]) for line, sums in lines.items() if sums.denominator}
        return float(len(codes - {None})) if lines else None

    def _stated(self, place: Place) -> float | None:
        """What those who count are divided by, where that is not the members."""
        one = self.parts[place[:2]]
        if one.part.over is None:
            if one.part.over_part is None or one.part.kind == "breadth":
                return None
            return float(self._sums(place._replace(part=one.part.over_part)).numerator)
        stated = self.counted.stated.get((one.part.over, one.band(place.region), place.year, place.region))
        if stated is None or one.part.plus is None:
            return stated
        return stated + self._sums(place._replace(part=one.part.plus)).denominator

    def _sums(self, place: Place) -> Sums:
        """Of places, how many there are."""
        lines = self.lines.get(place, {}).values()
        if self.parts[place[:2]].part.of == "place":
            return Sums(sum(line.numerator > 0 for line in lines), sum(line.denominator > 0 for line in lines))
        return Sums(sum(line.numerator for line in lines), sum(line.denominator for line in lines))

    def _waiting(self, place: Place) -> int:
        part = self.parts[place[:2]].part
        of = (place.part, *part.lowest_of, *filter(None, (part.over_part, part.plus)))
        return sum(self.waiting.get(place._replace(part=name), 0) for name in of)


def _divide(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None


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
