"""Random logs that hit what formulas turn on: ties, edges of windows, turns of the year, people of several cases."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from contracts.base import SHANGHAI
from contracts.cases import (
    Change,
    Fact,
    Milestone,
    Opened,
    Recorded,
    Report,
    ReportAttached,
    ReportProposed,
    StateEntered,
    Subject,
)
from tests.oracle.vocabulary import (
    COUNTIES,
    EVENTS,
    FIELDS,
    OPENED_AS,
    OTHER_VALUES,
    REPORTERS,
    ROLES,
    STATES,
    STEPS,
    UNITS,
    VALUES,
)

HOURS: Final = (24, 72, 96)
DAYS: Final = (7, 10, 14, 30, 60, 90, 365)
DELAYS: Final = (
    None,
    timedelta(0),
    timedelta(hours=24),
    timedelta(hours=24, seconds=1),
    timedelta(hours=24, seconds=60),
    timedelta(days=3),
    timedelta(minutes=-5),
)
TURNS: Final = (
    datetime(2025, 12, 31, 23, 59, 59, tzinfo=SHANGHAI),
    datetime(2026, 1, 1, tzinfo=SHANGHAI),
    datetime(2026, 6, 30, 23, 59, 59, tzinfo=SHANGHAI),
    datetime(2026, 7, 1, tzinfo=SHANGHAI),
    datetime(2026, 12, 31, 23, 30, tzinfo=SHANGHAI),
)
RICH: Final = ("dv_warning", "mandatory_report", "child_referral", "shelter", "screening") * 3

FIRST: Final = datetime(2025, 1, 1, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Person:
    pseudonym: str
    sex: Any
    minor: bool
    age: int | None


@dataclass
class RandomLog:
    """`cases` cases of so many people; the facts of a case have versions from 1 on, in no order of time."""

    seed: int
    cases: int = 200
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self._people = [self._person(number) for number in range(self.cases // 3 + 2)]
        self._times: dict[str, list[datetime]] = {}
        self._reports: list[Report] = []
        for _ in range(self.cases):
            self._tell_case(self.random.choice([*STEPS, *RICH]))

    def _person(self, number: int) -> Person:
        minor = self.random.random() < 0.5
        age = self.random.randint(3, 17) if minor else self.random.choice([34, 35, 36, 63, 64, 65, 40])
        sex = self.random.choice(["female", "female", "male", "unknown"])
        return Person(f"p-{number:04}", sex, minor, age if self._often(0.9) else None)

    def _often(self, share: float) -> bool:
        return self.random.random() < share

    def _id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    # -- cases --------------------------------------------------------------------------------------------------------

    def _tell_case(self, workflow: str) -> None:
        case_id, region = self._id(), self._region()
        subjects = tuple(self._subjects(workflow))
        known = [at for subject in subjects for at in self._times.get(subject.pseudonym, ())]
        begun = self._near(self.random.choice(known)) if known and self._often(0.5) else self._begin()
        times, told = [begun], [self._opening(case_id, workflow, region, subjects, begun)]
        for version in range(2, self.random.randint(3, 14 if workflow in RICH else 8)):
            region = self._region() if self._often(0.05) else region
            told.append(self._fact(case_id, version, workflow, region, self._near(self.random.choice(times)), times))
            if self._often(0.15):
                told[-1] = self._corrected(told[-1], told)
        for subject in subjects:
            self._times.setdefault(subject.pseudonym, []).extend(times)
        self.facts += told

    def _subjects(self, workflow: str) -> list[Subject]:
        found = []
        for role in ROLES[workflow]:
            for person in self.random.sample(self._people, self.random.choice([0, 1, 1, 1, 1, 2])):
                minor = person.minor if self._often(0.9) else not person.minor
                found.append(Subject(role, person.pseudonym, person.sex, minor, person.age))
        return found

    def _opening(self, case_id: UUID, workflow: str, region: str, subjects: tuple[Subject, ...], at: datetime) -> Fact:
        relation = self.random.choice(OPENED_AS)
        effects: list[Change] = [Opened(workflow, 1, region, subjects, relation=relation)]
        effects.append(Recorded(self._fields(workflow)))
        if relation is None:
            effects.append(ReportAttached(self._report(workflow, at)))
        effects += self._milestones(workflow, [at])[: self.random.choice([0, 0, 1])]
        return self._wrapped(case_id, 1, workflow, region, at, effects)

    def _fact(  # noqa: PLR0917
        self, case_id: UUID, version: int, workflow: str, region: str, at: datetime, times: list[datetime]
    ) -> Fact:
        effects: list[Change] = [Recorded(self._fields(workflow))] if self._often(0.3) else []
        effects += self._milestones(workflow, [at, at, at, self._near(self.random.choice(times))])
        if workflow in STATES and self._often(0.2):
            effects.append(StateEntered(self.random.choice(STATES[workflow]), "…", UNITS[0], "in_progress"))
        if self._often(0.15):
            effects.append(StateEntered("closed", "…", UNITS[0], "closed", final=True, outcome="done"))
        if self._often(0.1):
            report = self._report(workflow, at)
            effects.append(ReportAttached(report) if self._often(0.7) else ReportProposed(report, "task-1"))
        times.append(at)
        times += [one.occurred_at for one in effects if isinstance(one, Milestone)]
        return self._wrapped(case_id, version, workflow, region, at, effects)

    def _wrapped(  # noqa: PLR0917
        self, case_id: UUID, version: int, workflow: str, region: str, at: datetime, effects: list[Change]
    ) -> Fact:
        return Fact(
            case_id=case_id,
            version=version,
            cause=f"{case_id}/{version}",
            trigger="acted",
            occurred_at=at,
            decided_at=at,
            workflow=workflow,
            region=region,
            effects=tuple(effects),  # type: ignore[arg-type]
            unit=self._unit(effects),
        )

    def _unit(self, effects: list[Change]) -> str | None:
        """Referrals are often acknowledged by whom they were sent to."""
        receiving = any(isinstance(one, Milestone) and one.name == "referral.acknowledged" for one in effects)
        return self.random.choice(UNITS[:4] if receiving else [*UNITS, None, None])

    def _corrected(self, fact: Fact, told: list[Fact]) -> Fact:
        """A step of an earlier fact is taken back, and mostly said again in the same fact, otherwise."""
        earlier = [(one.version, step) for one in told for step in one.of(Milestone) if one.version < fact.version]
        earlier = [(version, step) for version, step in earlier if step.name != "milestone.withdrawn"]
        if not earlier:
            return fact
        version, step = self.random.choice(earlier)
        taken_back: dict[str, Any] = {"version": version, "name": step.name}
        if self._often(0.3):
            taken_back["at"] = self._near(step.occurred_at).isoformat()
        withdrawn = Milestone("milestone.withdrawn", fact.occurred_at, taken_back)
        anew = self._milestone(fact.workflow, step.name, step.dimensions, self._near(step.occurred_at))
        effects = (*fact.effects, withdrawn, *([anew] if "at" not in taken_back and self._often(0.7) else []))
        return Fact(**{name: getattr(fact, name) for name in fact.__struct_fields__} | {"effects": effects})

    # -- what is said -------------------------------------------------------------------------------------------------

    def _milestones(self, workflow: str, times: list[datetime]) -> list[Change]:
        names = self.random.sample(sorted(STEPS[workflow]), min(len(STEPS[workflow]), self.random.choice([1, 1, 2, 3])))
        return [self._milestone(workflow, name, STEPS[workflow][name], self.random.choice(times)) for name in names]

    def _milestone(self, workflow: str, name: str, dimensions: Iterable[str], at: datetime) -> Milestone:
        said = {}
        for one in dimensions:
            if self._often(0.9):
                values = OTHER_VALUES.get((name, one)) or OTHER_VALUES.get((workflow, one)) or one
                said[one] = self.random.choice(VALUES[values])
        return Milestone(name, at, said)

    def _fields(self, workflow: str) -> dict[str, Any]:
        return {name: self.random.choice(VALUES[name]) for name in FIELDS.get(workflow, []) if self._often(0.7)}

    def _report(self, workflow: str, at: datetime) -> Report:
        if self._reports and self._often(0.2):
            return self.random.choice(self._reports)
        delay = self.random.choice(DELAYS)
        report = Report(
            report_id=self._id(),
            event_type=self.random.choice(EVENTS),
            reporter_category=self.random.choice(REPORTERS),
            under_duty=self._often(0.6),
            submitted_at=at,
            reporter_unit=self.random.choice([None, *UNITS[-8:]]),
            learned_at=None if delay is None else at - delay,
            fields=self._fields(workflow),
        )
        self._reports.append(report)
        return report

    # -- where and when -----------------------------------------------------------------------------------------------

    def _region(self) -> str:
        return self.random.choice(COUNTIES) + self.random.choice(["", "001", "002"])

    def _begin(self) -> datetime:
        if self._often(0.3):
            return self.random.choice(TURNS)
        return FIRST + timedelta(hours=self.random.randint(0, 24 * 730))

    def _near(self, base: datetime) -> datetime:
        """Mostly soon; or on an edge of a window, of hours, of days, or of what waits until 31 March."""
        if self._often(0.5):
            return base + timedelta(hours=self.random.choice([-5, 0, 0, 0, 1, 5, 23, 30]))
        second = timedelta(seconds=self.random.choice([-1, 0, 0, 1]))
        if self._often(0.5):
            return base + timedelta(hours=self.random.choice(HOURS)) + second
        last = base.date() + timedelta(days=self.random.choice(DAYS))
        if self._often(0.1):
            last = date(base.year + 1, 3, 31)
        return datetime.combine(last, time(23, 59, 59), SHANGHAI) + second
