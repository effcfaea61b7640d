"""Steps, cases and persons of a whole log, as services/statistics/indicators/README.md defines them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import SHANGHAI
from contracts.cases import (
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

PHYSICAL = ("beating", "binding", "injuring", "restricting_liberty", "freezing_or_starving")
HARM_OF = {
    "mr1": "sexual",
    "mr2": "sexual",
    "mr3": "sexual",
    "mr4": "physical",
    "mr5": "physical",
    "mr6": "abandonment",
    "mr7": "trafficking",
    "mr8": "trafficking",
}


@dataclass(eq=False)
class Case:
    id: UUID
    workflow: str
    subjects: tuple[Subject, ...] = ()
    opened_on: date | None = None
    steps: list["Step"] = field(default_factory=list)

    def all(self, *names: str) -> list["Step"]:
        return named(self.steps, *names)

    def persons(self, *roles: str, minor: bool | None = None, sex: str | None = None) -> list[Subject]:
        return [
            one for one in self.subjects if one.role in roles and minor in (None, one.minor) and sex in (None, one.sex)
        ]

    @property
    def children(self) -> list[Subject]:
        return self.persons("victim", "child", minor=True)


@dataclass(eq=False)
class Step:
    """Equal only to itself: a step is never its own answer."""

    case: Case
    version: int
    position: int
    name: str
    at: datetime
    region: str
    unit: str | None
    dimensions: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """A dimension; `x.kind` is what stands before the @ of a unit, `unit` and `workflow` are the step's."""
        if name.endswith(".kind"):
            return kind_of(self[name.removesuffix(".kind")])
        return {"unit": self.unit, "workflow": self.case.workflow}.get(name) or self.dimensions.get(name)

    @property
    def day(self) -> date:
        return self.at.astimezone(SHANGHAI).date()

    @property
    def order(self) -> tuple[datetime, UUID, int, int]:
        return self.at, self.case.id, self.version, self.position

    def says(self, name: str, *values: object) -> bool:
        """Whether the dimension is one of the values; a list is each of its entries."""
        value = self[name]
        return any(one == wanted and type(one) is type(wanted) for one in entries(value) for wanted in values)

    def knows(self, *names: str) -> bool:
        """Whether any of the dimensions is known."""
        return any(entries(self[name]) not in ([], [None], [""]) for name in names)


class Log:
    def __init__(self, facts: Iterable[Fact]) -> None:
        once = {(fact.case_id, fact.version): fact for fact in facts}
        self.cases: dict[UUID, Case] = {}
        self.acts: list[Step] = []
        for _, fact in sorted(once.items()):
            self._read(self.cases.setdefault(fact.case_id, Case(fact.case_id, fact.workflow)), fact)
        self._cases_of: dict[tuple[str, str], list[Case]] = {}
        for case in self.cases.values():
            case.steps = without_withdrawn(case.steps)
            case.steps += [second for step in case.steps for second in second_names(step)]
            case.steps.sort(key=lambda step: step.order)
            for part in {(one.pseudonym, one.role) for one in case.subjects}:
                self._cases_of.setdefault(part, []).append(case)

    def _read(self, case: Case, fact: Fact) -> None:
        for opened in fact.of(Opened):
            case.subjects, case.opened_on = opened.subjects, fact.occurred_at.astimezone(SHANGHAI).date()
        case.steps += steps_of(case, fact)
        if fact.unit:
            self.acts.append(Step(case, fact.version, 0, "any act", fact.occurred_at, fact.region, fact.unit, {}))

    def of(self, *workflows: str) -> Iterator[Case]:
        return (case for case in self.cases.values() if case.workflow in workflows)

    def acts_in(self, *workflows: str) -> Iterator[Step]:
        return (act for act in self.acts if act.case.workflow in workflows)

    def cases_of(self, persons: Collection[str], roles: Collection[str], *workflows: str) -> list[Case]:
        """The cases of these workflows in which one of the persons has one of the roles."""
        found = {
            id(case): case
            for person in persons
            for role in roles
            for case in self._cases_of.get((person, role), ())
            if case.workflow in workflows
        }
        return list(found.values())

    def seen(self, person: str, roles: Collection[str], *workflows: str, also: Collection[str] = ()) -> list[Step]:
        """All steps of the person's cases in these roles, and in whatever role of the other workflows."""
        return together({*self.cases_of([person], roles, *workflows), *self.cases_of([person], self._roles, *also)})

    def also(self, case: Case, persons: Iterable[Subject], *workflows: str) -> list[Step]:
        """All steps of the case, and of the cases of these workflows in which one of its persons takes part."""
        return together({case, *self.cases_of([one.pseudonym for one in persons], self._roles, *workflows)})

    @property
    def _roles(self) -> set[str]:
        return {role for _, role in self._cases_of}


def steps_of(case: Case, fact: Fact) -> Iterator[Step]:
    recorded = {name: value for one in fact.of(Recorded) for name, value in one.fields.items()}
    reports = [*fact.of(ReportProposed), *fact.of(ReportAttached)]
    beneath = {name: value for one in reports for name, value in said_by(one.report).items()} | recorded
    for position, effect in enumerate(fact.effects):
        for name, at, unit, own in _told(effect, fact):
            yield Step(case, fact.version, position, name, at, fact.region, unit, beneath | own)


def _told(effect: object, fact: Fact) -> Iterator[tuple[str, datetime, str | None, dict[str, Any]]]:
    match effect:
        case Opened(relation=relation):
            yield "case.opened", fact.occurred_at, fact.unit, {"opened_as": relation}
        case StateEntered(state=state, final=True, outcome=outcome):
            yield "case.closed", fact.occurred_at, fact.unit, {"state": state, "outcome": outcome}
        case StateEntered(state=state):
            yield f"state.{state}", fact.occurred_at, fact.unit, {}
        case ReportAttached(report=report):
            own = said_by(report) | {"report_id": str(report.report_id), "delay_minutes": delay_of(report)}
            yield "report.submitted", report.submitted_at, report.reporter_unit, own
        case Milestone(name=name) if name not in ("case.opened", "case.closed", "report.submitted"):
            yield name, effect.occurred_at, fact.unit, dict(effect.dimensions)


def said_by(report: Report) -> dict[str, Any]:
    return report.fields | {
        "reporter_category": report.reporter_category,
        "under_duty": report.under_duty,
        "event_type": report.event_type,
    }


def delay_of(report: Report) -> int | None:
    return (report.submitted_at - report.learned_at) // timedelta(minutes=1) if report.learned_at else None


def without_withdrawn(steps: list[Step]) -> list[Step]:
    """Steps taken back are gone; where a time is told, they are said anew of that time, in the fact that says so."""
    standing: list[Step] = []
    for step in steps:
        if step.name != "milestone.withdrawn":
            standing.append(step)
            continue
        gone = [one for one in standing if (one.version, one.name) == (step["version"], step["name"])]
        standing = [one for one in standing if one not in gone]
        if step["at"]:
            at = datetime.fromisoformat(step["at"])
            standing += [replace(one, version=step.version, position=step.position, at=at) for one in gone]
    return standing


def second_names(step: Step) -> Iterator[Step]:
    """What the README gives a name of its own: each is a step beside the one that it comes from."""
    named_anew = _taken_up(step) or _services(step) or _found(step)
    if named_anew:
        name, own = named_anew
        yield replace(step, name=name, dimensions=step.dimensions | own)


Renamed = tuple[str, dict[str, Any]] | None


def _taken_up(step: Step) -> Renamed:
    match step.name, step.case.workflow:
        case ("case.accepted", _) | ("case.filed", "mandatory_report"):
            return "case.taken_up", {}
        case ("state.on_scene" | "state.verifying", "dv_warning"):
            return "case.taken_up", {}
        case ("verification.completed", _) | ("state.triaged", "child_referral"):
            return "report.verified", {}
    return None


def _services(step: Step) -> Renamed:
    match step.name, step.case.workflow:
        case "service.delivered", _:
            return "service.given", {"kind": kinds_given(step)}
        case "service.requested", _:
            return "service.asked", {}
        case "needs.assessed", "dv_warning" | "shelter":
            return "service.asked", {"kind": entries(step["needs"])}
        case "needs.assessed", "hardship":
            return "child.recognised", {}
    return None


def _found(step: Step) -> Renamed:
    match step.name, step.case.workflow:
        case "report.omission_found", _:
            return "report.omitted", {"reporter_category": step["duty_holder"]}
        case "case.substantiated", "dv_warning":
            harm = "physical" if step.says("violence", *PHYSICAL) else "psychological"
            return "harm.substantiated", {"harm": harm, "suspect": step["relation"]}
        case "case.substantiated", "mandatory_report" if not step.knows("dv_relation"):
            harm = HARM_OF.get(str(step["situation"]), "other")
            return "harm.substantiated", {"harm": harm, "suspect": step["suspect_relation"]}
    return None


def kinds_given(step: Step) -> list[str]:
    if step.case.workflow == "hardship":
        return ["economic_aid"]
    if step.knows("kind"):
        return entries(step["kind"])
    return ["economic_aid" if kind == "economic" else kind for kind in entries(step["services"]) if kind]


# -- steps and time ---------------------------------------------------------------------------------------------------


def named(steps: Iterable[Step], *names: str) -> list[Step]:
    return [step for step in steps if step.name in names]


def together(cases: Iterable[Case]) -> list[Step]:
    return sorted((step for case in cases for step in case.steps), key=lambda step: step.order)


def after(anchor: Step, steps: Iterable[Step]) -> list[Step]:
    """At the same moment or later, and never the step itself."""
    return [step for step in steps if step is not anchor and step.at >= anchor.at]


def within_hours(anchor: Step, hours: float, steps: Iterable[Step]) -> list[Step]:
    return [step for step in after(anchor, steps) if step.at - anchor.at <= timedelta(hours=hours)]


def within_days(anchor: Step, days: int, steps: Iterable[Step]) -> list[Step]:
    return [step for step in after(anchor, steps) if (step.day - anchor.day).days <= days]


def by_31_march(anchor: Step, steps: Iterable[Step]) -> list[Step]:
    return [step for step in after(anchor, steps) if step.day <= march_31_after(anchor)]


def march_31_after(anchor: Step) -> date:
    return date(anchor.day.year + 1, 3, 31)


def before_closing(anchor: Step, steps: Iterable[Step]) -> list[Step]:
    """On or after the anchor, and before its case is closed at a later moment, if it is."""
    closings = [closing.at for closing in anchor.case.all("case.closed") if closing.at > anchor.at]
    return [step for step in after(anchor, steps) if not closings or step.at < min(closings)]


def first(steps: list[Step]) -> list[Step]:
    """The first of them, or none."""
    return sorted(steps, key=lambda step: step.order)[:1]


# -- values -----------------------------------------------------------------------------------------------------------


def entries(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value is None else [value]


def kind_of(unit: Any) -> str | None:
    return str(unit).partition("@")[0] if unit else None


def place_of(unit: str) -> str:
    return unit.partition("@")[2]


def age_at(person: Subject, step: Step) -> int | None:
    if person.age_years is None or step.case.opened_on is None:
        return None
    born, now = step.case.opened_on, step.day
    return person.age_years + max(0, now.year - born.year - ((now.month, now.day) < (born.month, born.day)))
