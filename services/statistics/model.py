"""Facts to milestones, milestones to members, members to cells, cells to observations. Everything here is pure.

A case's members follow from its milestones alone, so a fact that comes late changes exactly them, in their own year.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from contracts import cases as facts
from contracts.codes import central_role
from contracts.statistics import Breakdown, Observation, Status
from services.statistics.formulas import BY_KEY, FORMULAS, Candidate, Formula, Milestone, Profile, Windows, by_name

KINDS: Final = (facts.Opened, facts.Milestone)
"""What is read of a fact."""


class Member(NamedTuple):
    """One member of the cohort of one formula in one year. `region` is the county, `dimensions` JSON."""

    case_id: UUID
    indicator: str
    part: str
    year: int
    member: str
    region: str
    dimensions: str
    in_denominator: bool
    in_numerator: bool
    matures_on: date | None

    @property
    def cell(self) -> "Cell":
        return Cell(self.indicator, self.part, self.year, self.region, self.dimensions)


class Cell(NamedTuple):
    """Where a member is counted."""

    indicator: str
    part: str
    year: int
    region: str
    dimensions: str


class Place(NamedTuple):
    """What an observation is about; a cell without its dimensions."""

    indicator: str
    part: str
    year: int
    region: str


class Sums(NamedTuple):
    numerator: int = 0
    denominator: int = 0

    def plus(self, other: "Sums") -> "Sums":
        return Sums(self.numerator + other.numerator, self.denominator + other.denominator)


Cells = Mapping[Cell, Sums]


class AsOf(NamedTuple):
    """With what an observation is computed: domain date, position in the log, windows."""

    day: date
    epoch: int
    facts: int
    windows: Windows


# -- facts to members ---------------------------------------------------------------------------------------------


def profiles(log: Iterable[facts.Fact]) -> list[Profile]:
    """The cases that facts open."""
    return [
        Profile(fact.case_id, opened.workflow, opened.region, _of_minor(opened))
        for fact in log
        for opened in fact.of(facts.Opened)
    ]


def _of_minor(opened: facts.Opened) -> bool:
    minor = {subject.role: subject.minor for subject in opened.subjects}
    return minor.get(central_role(minor.keys()) or "", False)


def milestones(log: Iterable[facts.Fact]) -> list[Milestone]:
    """The steps that facts report, each with its place in the log."""
    return [
        Milestone(
            fact.case_id, fact.version, position, effect.name, effect.occurred_at, fact.unit, dict(effect.dimensions)
        )
        for fact in log
        for position, effect in enumerate(fact.effects)
        if isinstance(effect, facts.Milestone)
    ]


def evaluate(profile: Profile, steps: Iterable[Milestone], windows: Windows, day: date) -> list[Member]:
    """Every member that a case has in any cohort, as of a domain date."""
    named = by_name(steps)
    return [
        _member(profile, formula, candidate, day)
        for formula in FORMULAS
        if formula.applies(profile)
        for candidate in formula.cohort(named, windows)
    ]


def _member(profile: Profile, formula: Formula, candidate: Candidate, day: date) -> Member:
    runs = candidate.matures_on is not None and candidate.matures_on > day
    return Member(
        case_id=profile.case_id,
        indicator=formula.indicator,
        part=formula.part,
        year=candidate.year,
        member=candidate.member,
        region=profile.region[:6],
        dimensions=formula.describe(candidate),
        in_denominator=not (formula.waits and runs),
        in_numerator=candidate.counts,
        matures_on=candidate.matures_on,
    )


# -- members to cells ---------------------------------------------------------------------------------------------


def compare(before: Iterable[Member], after: Iterable[Member]) -> tuple[list[Member], list[Member]]:
    """Which members go and which come; a changed one does both. Sorted."""
    old, new = set(before), set(after)
    return sorted(old - new, key=_order), sorted(new - old, key=_order)


def _order(member: Member) -> tuple[Any, ...]:
    return member[:5]


def add_up(come: Iterable[Member], gone: Iterable[Member] = ()) -> dict[Cell, Sums]:
    """By how much cells change; sorted, without those that do not change."""
    numerators: Counter[Cell] = Counter()
    denominators: Counter[Cell] = Counter()
    for sign, members in ((1, come), (-1, gone)):
        for member in members:
            if member.in_denominator:
                denominators[member.cell] += sign
                numerators[member.cell] += sign * member.in_numerator
    changed = {cell: Sums(numerators[cell], denominators[cell]) for cell in sorted(denominators)}
    return {cell: sums for cell, sums in changed.items() if sums != Sums()}


def count_pending(members: Iterable[Member], day: date) -> Counter[Place]:
    """How many members of each county are not sure yet."""
    return Counter(Place(*member.cell[:4]) for member in members if member.matures_on and member.matures_on > day)


# -- cells to observations ----------------------------------------------------------------------------------------


def covers(region: str, county: str) -> bool:
    """Whether a province (..0000), a prefecture (....00) or a county takes in a county."""
    if region.endswith("0000"):
        return county.startswith(region[:2])
    return county.startswith(region[:4]) if region.endswith("00") else county == region


def observe(cells: Cells, pending: Mapping[Place, int], at: AsOf) -> list[Observation]:
    """An observation for every formula, year, county and prefecture of which there is anything, in order."""
    counties = {Place(*cell[:4]) for cell in cells} | set(pending)
    places = counties | {place._replace(region=place.region[:4] + "00") for place in counties}
    return [observe_place(place, cells, pending, at) for place in sorted(places)]


def observe_place(place: Place, cells: Cells, pending: Mapping[Place, int], at: AsOf) -> Observation:
    """One observation, from all cells of the counties in its region."""
    formula = BY_KEY[place.indicator, place.part]
    lines: defaultdict[str, Sums] = defaultdict(Sums)
    for cell, sums in cells.items():
        if cell[:3] == place[:3] and covers(place.region, cell.region) and sums != Sums():
            lines[cell.dimensions] = lines[cell.dimensions].plus(sums)
    waiting = sum(n for of, n in pending.items() if of[:3] == place[:3] and covers(place.region, of.region))
    numerator = sum(line.numerator for line in lines.values())
    denominator = sum(line.denominator for line in lines.values())
    return Observation(
        **place._asdict(),
        kind=formula.kind,
        definition_version=formula.version,
        as_of=at.day,
        epoch=at.epoch,
        facts=at.facts,
        settings=formula.settings(at.windows),
        numerator=numerator,
        denominator=denominator,
        pending=waiting,
        value=_value(formula, numerator, denominator),
        status=_status(place.year, denominator, waiting, at.day),
        breakdown=tuple(_breakdown(lines)),
    )


def place_of(observation: Observation) -> Place:
    return Place(observation.indicator, observation.part, observation.year, observation.region)


def _value(formula: Formula, numerator: int, denominator: int) -> float | None:
    if denominator == 0:
        return None
    return float(numerator) if formula.kind == "count" else round(100 * numerator / denominator, 2)


def _status(year: int, denominator: int, waiting: int, day: date) -> Status:
    """Final when the year is over and every window has run out; a late fact may still change it."""
    if denominator == 0:
        return "no_data"
    return "provisional" if waiting or day.year <= year else "final"


def _breakdown(lines: Mapping[str, Sums]) -> Iterator[Breakdown]:
    for dimensions, (numerator, denominator) in sorted(lines.items()):
        yield Breakdown(dimensions=json.loads(dimensions), numerator=numerator, denominator=denominator)


# -- the whole log at once ------------------------------------------------------------------------------------------


@dataclass
class Recount:
    """What the stored cells must say, as of a domain date; for `verify`. Cases are added whole, a few at a time."""

    windows: Windows
    day: date
    length: int = 0
    cells: dict[Cell, Sums] = field(default_factory=dict)
    pending: Counter[Place] = field(default_factory=Counter)

    def add(self, log: Iterable[facts.Fact]) -> None:
        """The whole logs of some cases, in any order and perhaps more than once."""
        distinct = {(fact.case_id, fact.version): fact for fact in log}
        steps: defaultdict[UUID, list[Milestone]] = defaultdict(list)
        for step in milestones(distinct.values()):
            steps[step.case_id].append(step)
        members = [
            member
            for profile in profiles(distinct.values())
            for member in evaluate(profile, steps[profile.case_id], self.windows, self.day)
        ]
        for cell, sums in add_up(members).items():
            self.cells[cell] = self.cells.get(cell, Sums()).plus(sums)
        self.pending += count_pending(members, self.day)
        self.length += len(distinct)

    def observe(self, epoch: int = 0) -> list[Observation]:
        return observe(self.cells, self.pending, AsOf(self.day, epoch, self.length, self.windows))


def recount(log: Iterable[facts.Fact], windows: Windows, day: date, epoch: int = 0) -> list[Observation]:
    """What the stored cells must say after a whole log, as of a domain date."""
    counted = Recount(windows, day)
    counted.add(log)
    return counted.observe(epoch)


def find_differences(stored: Iterable[Observation], expected: Iterable[Observation]) -> list[Place]:
    """Where what is stored is not what a recount says; empty when all is well. For `verify`."""
    have = {place_of(one): one for one in stored}
    want = {place_of(one): one for one in expected}
    return [place for place in sorted(have.keys() | want.keys()) if have.get(place) != want.get(place)]
