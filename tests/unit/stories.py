"""Given, when, then on the engine: a story is one case told from its first report."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from contracts.base import SHANGHAI
from contracts.cases import Fact, Report, Subject, Task
from workflows.engine import decide
from workflows.loader import Workflow, Workflows, load_workflows
from workflows.model import Case, Clock, evolve
from workflows.triggers import Acted, Begun, Expired, Proved, Rejection, Reported, Trigger

TOWN = "330382001"
STATION = f"police-station@{TOWN}"
NEIGHBOUR = "police-station@330382002"
BUREAU = "police-bureau@330382"
COMMAND = "police-command@330382"
PROCURATORATE = "procuratorate@330382"
PROTECTION = "child-protection@330382"
MCH = "mch-hospital@330382"
VILLAGE = "village-committee@" + "a" * 16
SCHOOL = "school@" + "b" * 16
HOSPITAL = "hospital@" + "c" * 16

MONDAY = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)

GIVEN = {
    "received_by_police_unit": STATION,
    "police_received_at": MONDAY.isoformat(),
    "school": SCHOOL,
    "first_known_at": MONDAY.isoformat(),
    "papers_complete_at": MONDAY.isoformat(),
}
"""What a report states where an opening asks for it."""


@cache
def loaded() -> Workflows:
    return load_workflows()


def report(event: str, at: datetime, number: int = 1, unit: str | None = None, **fields: Any) -> Report:
    return Report(
        report_id=UUID(int=number),
        event_type=f"liandong.{event}.v1",
        reporter_category="school" if unit else "victim",
        reporter_unit=unit,
        under_duty=unit is not None,
        learned_at=at - timedelta(hours=1),
        submitted_at=at,
        fields=fields,
    )


def subject(role: str, *, minor: bool = False) -> Subject:
    return Subject(role=role, pseudonym=f"p-{role}", sex="unknown", minor=minor)


@dataclass(repr=False)
class Story:
    """`now` is domain time; every step that changes the case is a line of `log`."""

    workflow: Workflow
    case: Case | None = None
    now: datetime = MONDAY
    log: list[Fact] = field(default_factory=list)
    said: list[tuple[int, str]] = field(default_factory=list)
    steps: int = 0

    def __repr__(self) -> str:
        return f"<{self.workflow.definition.workflow}: {' → '.join(fact.trigger for fact in self.log)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - how Hypothesis shows it
        printer.text(repr(self))

    def send(self, trigger: Trigger) -> Fact | Rejection | None:
        result = decide(self.workflow, self.case, trigger, self.now)
        if isinstance(result, Fact):
            self.case = evolve(self.case, result)
            self.log.append(result)
        return result

    def reported(
        self,
        *reports: Report,
        minor: bool = False,
        danger: bool = False,
        roles: tuple[str, ...] = ("victim", "perpetrator", "child", "examinee"),
    ) -> "Story":
        """The first report opens the case; the others are proposed to it."""
        for number, made in enumerate(reports, 1):
            subjects = tuple(subject(role, minor=minor and role in {"victim", "child"}) for role in roles)
            cause = f"report-{len(self.log) + number}"
            trigger = Reported(cause, UUID(int=900), made, subjects, TOWN, immediate_danger=danger)
            assert isinstance(self.send(trigger), Fact)
        return self

    def begun(self, begun: Begun) -> "Story":
        assert isinstance(self.send(begun), Fact)
        return self

    def tell(self, text: str) -> "Story":
        """A line of narration, kept in a golden history before the next fact."""
        self.said.append((len(self.log), text))
        return self

    def later(self, **time: float) -> "Story":
        self.now += timedelta(**time)
        return self

    def attempt(self, action: str, unit: str = STATION, task: str | None = None, **fields: Any) -> object:
        self.steps += 1
        return self.send(Acted(f"act-{self.steps}", action, unit, "w1", self.now, task_id=task, fields=fields))

    def act(self, action: str, unit: str = STATION, task: str | None = None, **fields: Any) -> "Story":
        result = self.attempt(action, unit, task, **fields)
        assert isinstance(result, Fact), f"{action} was refused: {result}"
        return self

    def refused(self, action: str, unit: str = STATION, task: str | None = None, **fields: Any) -> Rejection:
        result = self.attempt(action, unit, task, **fields)
        assert isinstance(result, Rejection), f"{action} was not refused"
        return result

    def prove(self, *kinds: str) -> "Story":
        """Prove the notices of these kinds, or all."""
        for task in list(self.is_.tasks.values()):
            if task.template and (not kinds or task.kind in kinds):
                self.steps += 1
                self.send(Proved(f"proof-{self.steps}", task.task_id, task.unit, "call-1", self.now))
        return self

    def silence(self, **time: float) -> "Story":
        """Time passes and every alarm that comes due fires, in order."""
        end = self.now + timedelta(**time)
        while alarms := sorted((a, key) for key, c in self.is_.clocks.items() if (a := c.next_alarm) and a <= end):
            self.now = max(self.now, alarms[0][0])
            self.steps += 1
            self.send(Expired(f"alarm-{self.steps}", alarms[0][1]))
        self.now = end
        return self

    @property
    def is_(self) -> Case:
        assert self.case is not None
        return self.case

    @property
    def last(self) -> Fact:
        return self.log[-1]

    def clock(self, rule: str) -> Clock:
        found = next((c for c in self.is_.clocks.values() if c.deadline.rule == rule), None)
        assert found, f"{rule} is not running; these are: {self.rules()}"
        return found

    def rules(self) -> set[str]:
        return {clock.deadline.rule for clock in self.is_.clocks.values()}

    def tasks(self, kind: str) -> list[Task]:
        return [task for task in self.is_.tasks.values() if task.kind == kind]


def dv_story(version: int | None = None, *, minor: bool = False, **fields: Any) -> Story:
    """A domestic-violence call from a wife, accepted on Monday at nine."""
    made = report("dv_incident.reported", MONDAY, **({"relation": "spouse"} | fields))
    return Story(loaded().get("dv_warning", version)).reported(made, minor=minor)


def assessment(**changes: Any) -> dict[str, Any]:
    """An officer's assessment that calls for a letter."""
    return {
        "facts_found": "established",
        "evidence": ["perpetrator_statement", "victim_statement"],
        "disputed": False,
        "warning_grounds": ["victim_asks"],
        "criticism_grounds": [],
        "penalty_grounds": [],
        "criteria_met": True,
        "victim_advised": ["protection_order", "shelter"],
    } | changes


def visit(story: Story, result: str = "clean", **changes: Any) -> dict[str, Any]:
    met: dict[str, Any] = {"perpetrator_seen": True, "victim_seen": True}
    return {"visited_at": story.now.isoformat(), "result": result} | met | changes


def served_story(version: int | None = None, **fields: Any) -> Story:
    """A letter served by signature on Monday at noon."""
    story = (
        dv_story(version, **fields).later(minutes=20).act("dispatch").later(minutes=40).act("assess", **assessment())
    )
    story.later(hours=1).act("warn", letter_number="告诫字2026-1号").later(hours=1)
    return story.act("serve", served_at=story.now.isoformat(), village_unit=VILLAGE, signature_record="回执-1")


def harm_story(*, minor: bool = True, unit: str | None = SCHOOL, version: int | None = None, **fields: Any) -> Story:
    """A report of harm that the station received within the half hour."""
    kind = "harm_to_minor" if minor else "harm_to_woman"
    made = report("report.submitted", MONDAY, unit=unit, **({"kind": kind} | fields))
    return Story(loaded().get("mandatory_report", version)).reported(made, minor=minor)


def received_story(*, track: str = "administrative", minor: bool = True, version: int | None = None) -> Story:
    return (
        harm_story(minor=minor, version=version).later(minutes=20).act("receive", receipt_no="回执2026-1", track=track)
    )
