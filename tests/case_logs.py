"""Case logs made by the real engine: stories told step by step, and random walks through every workflow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from contracts.base import SHANGHAI
from contracts.cases import FACT_TYPE, Fact, Report, Scalar, Subject
from contracts.codes import unit_at
from services.platform.events import OutgoingEvent, Record, encode_headers
from workflows.definition import FieldSpec
from workflows.engine import allowed_actions, decide
from workflows.loader import Workflow, Workflows, load_workflows
from workflows.model import Case, evolve
from workflows.triggers import Acted, Expired, Proved, Reported, Trigger

TOWN = "330382001"
STATION = f"police-station@{TOWN}"
VILLAGE = "village-committee@00000000000000aa"
START = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)

DV = "liandong.dv_incident.reported.v1"
HARM = "liandong.report.submitted.v1"

ASSESSED: Mapping[str, Scalar] = {
    "facts_found": "established",
    "evidence": ["perpetrator_statement", "victim_statement", "injury"],
    "disputed": False,
    "warning_grounds": ["victim_asks"],
    "criticism_grounds": [],
    "penalty_grounds": [],
    "criteria_met": True,
    "victim_advised": ["protection_order"],
}


@cache
def workflows() -> Workflows:
    return load_workflows()


@dataclass
class CaseLog:
    """Cases and all their facts, in the order of the decisions. `now` is domain time and moves by hand.

    With so many `people` to a role they come again in other cases; 0: each case has its own.
    """

    seed: int = 0
    people: int = 0
    now: datetime = START
    cases: dict[UUID, Case] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self._causes = 0

    def wait(self, **period: float) -> None:
        self.now += timedelta(**period)

    def report(
        self,
        workflow: str = "dv_warning",
        event: str = DV,
        *,
        region: str = TOWN,
        danger: bool = False,
        delay: timedelta | None = timedelta(hours=1),
        category: str = "school",
        minor: bool = False,
        **fields: Scalar,
    ) -> UUID:
        """A report that opens a case; `delay` is how long the reporter knew of it."""
        case_id = self.new_id()
        report = self.new_report(event, delay, category, fields)
        subjects = tuple(
            Subject(role=role, pseudonym=self._pseudonym(case_id, role), sex="female", minor=minor and role == "victim")
            for role in ("victim", "perpetrator")
        )
        trigger = Reported(self._cause(), case_id, report, subjects, region, immediate_danger=danger)
        fact = decide(workflows().get(workflow), None, trigger, self.now)
        assert isinstance(fact, Fact), fact
        self._add(fact)
        return case_id

    def _pseudonym(self, case_id: UUID, role: str) -> str:
        person = case_id.int % (self.people + len(role)) if self.people else case_id.hex[:8]
        return f"{role}-{person}"

    def propose(self, case_id: UUID, event: str = DV, *, category: str = "school", **fields: Scalar) -> Fact:
        """Another report that may belong to the case."""
        report = self.new_report(event, timedelta(hours=2), category, fields)
        return self.take(case_id, Reported(self._cause(), case_id, report, self.cases[case_id].subjects, TOWN))

    def new_report(self, event: str, delay: timedelta | None, category: str, fields: Mapping[str, Scalar]) -> Report:
        return Report(
            report_id=self.new_id(),
            event_type=event,
            reporter_category=category,
            reporter_unit="school@00000000000000bb" if category == "school" else None,
            under_duty=category != "guardian",
            learned_at=None if delay is None else self.now - delay,
            submitted_at=self.now,
            fields=dict(fields),
        )

    def act(
        self,
        case_id: UUID,
        action: str,
        fields: Mapping[str, Scalar] | None = None,
        *,
        unit: str | None = None,
        task_id: str | None = None,
    ) -> Fact:
        """The accountable unit acts, unless another is named."""
        return self.take(case_id, self._acted(action, unit or self.cases[case_id].accountable, task_id, fields or {}))

    def prove(self, case_id: UUID, task_id: str, unit: str = VILLAGE) -> Fact:
        return self.take(case_id, Proved(self._cause(), task_id, unit, "proof-1", self.now))

    def expire(self) -> list[Fact]:
        """Let every alarm ring whose hour has come."""
        rung = []
        for case_id, case in list(self.cases.items()):
            for deadline_id in list(case.clocks):
                fact = self.attempt(case_id, Expired(f"timer/{self._cause()}", deadline_id))
                rung += [fact] if fact else []
        return rung

    def take(self, case_id: UUID, trigger: Trigger) -> Fact:
        answer = self._decide(case_id, trigger)
        assert isinstance(answer, Fact), answer
        self._add(answer)
        return answer

    def attempt(self, case_id: UUID, trigger: Trigger) -> Fact | None:
        answer = self._decide(case_id, trigger)
        if not isinstance(answer, Fact):
            return None
        self._add(answer)
        return answer

    def new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def assessed(self, *, region: str = TOWN, **findings: Scalar) -> UUID:
        """An incident that the police have looked into; the criteria for a letter are met unless told otherwise."""
        case_id = self.report(region=region, relation="spouse", children_present=True)
        self.act(case_id, "dispatch")
        self.act(case_id, "assess", {**ASSESSED, **findings})
        return case_id

    def served(self, *, region: str = TOWN, hours: float = 1) -> UUID:
        """A warning letter, served some hours after the assessment, with notices to send."""
        case_id = self.assessed(region=region)
        self.act(case_id, "warn", {"letter_number": "LQ-2026-1"})
        self.wait(hours=hours)
        served = {"served_at": self.now.isoformat(), "village_unit": VILLAGE, "signature_record": "S-1"}
        self.act(case_id, "serve", served)
        return case_id

    def visit(self, case_id: UUID, *, at: datetime | None = None) -> Fact:
        """A clean visit, recorded now."""
        return self.act(case_id, "record_visit", self._visited("clean", at or self.now))

    def _visited(self, result: str, at: datetime) -> dict[str, Scalar]:
        return {"visited_at": at.isoformat(), "result": result, "perpetrator_seen": True, "victim_seen": True}

    def _acted(self, action: str, unit: str, task_id: str | None, fields: Mapping[str, Scalar]) -> Acted:
        return Acted(self._cause(), action, unit, "worker-1", self.now, task_id=task_id, fields=dict(fields))

    def _cause(self) -> str:
        self._causes += 1
        return f"cause-{self._causes}"

    def _decide(self, case_id: UUID, trigger: Trigger) -> object:
        case = self.cases[case_id]
        return decide(workflows().get(case.workflow), case, trigger, self.now)

    def _add(self, fact: Fact) -> None:
        self.cases[fact.case_id] = evolve(self.cases.get(fact.case_id), fact)
        self.facts.append(fact)

    # -- random walks -------------------------------------------------------------------------------------------

    @property
    def _habits(self) -> list[Callable[[], object]]:
        seldom = [self._report_something, self._prove_something, self._warn_someone, self._visit_someone]
        return [*seldom, self._act_somehow, self._act_somehow, self._act_somehow]

    def stroll(self, steps: int) -> None:
        """Random reports, actions, proofs and silences; the engine refuses what is not possible."""
        for _ in range(steps):
            self.wait(hours=self.random.choice([0, 1, 5, 30, 200]))
            self.random.choice(self._habits)()
            self.expire()

    def _report_something(self) -> None:
        region = self.random.choice([TOWN, "330302002", "330382003", "371502001"])
        category = self.random.choice(["school", "medical", "guardian", "hotel"])
        delay = self.random.choice([None, timedelta(minutes=5), timedelta(hours=24), timedelta(days=3)])
        minor, danger = self.random.random() < 0.5, self.random.random() < 0.2
        if self.cases and self.random.random() < 0.3:
            case = self.random.choice(list(self.cases.values()))
            event = HARM if case.workflow == "mandatory_report" else DV
            self.attempt(
                case.case_id,
                Reported(
                    self._cause(), case.case_id, self.new_report(event, delay, category, {"kind": "harm_to_minor"}),
                    case.subjects, region, immediate_danger=danger,
                ),
            )  # fmt: skip
        elif self.random.random() < 0.5:
            self.report(region=region, danger=danger, delay=delay, category=category, minor=minor, relation="spouse")
        else:
            kind = "harm_to_minor" if minor else "harm_to_woman"
            self.report(
                "mandatory_report", HARM, region=region, danger=danger, delay=delay, category=category, minor=minor,
                kind=kind,
            )  # fmt: skip

    def _warn_someone(self) -> None:
        """Guesses alone would hardly ever get through the guards to a letter."""
        region = self.random.choice([TOWN, "330302002", "371502001"])
        if self.random.random() < 0.3:
            case_id = self.assessed(region=region)
            self.act(case_id, "penalise", {"reason_no_letter": "penalty_instead"})
        else:
            self.served(region=region, hours=self.random.choice([1, 71, 73, 200]))

    def _visit_someone(self) -> None:
        warned = [case for case in self.cases.values() if case.state in {"first_visit", "quarterly_visits"}]
        if warned:
            case, result = self.random.choice(warned), self.random.choice(["clean", "clean", "recurrence"])
            self.attempt(
                case.case_id, self._acted("record_visit", case.accountable, None, self._visited(result, self.now))
            )

    def _act_somehow(self) -> None:
        if not self.cases:
            return
        case = self.random.choice(list(self.cases.values()))
        unit = self.random.choice([case.accountable, *(task.unit for task in case.tasks.values())])
        workflow = workflows().get(case.workflow)
        action = self.random.choice([*allowed_actions(workflow, case, unit), "claim", "release"])
        mine = [task.task_id for task in case.tasks.values() if task.unit == unit]
        task_id = self.random.choice([None, *mine])
        self.attempt(case.case_id, self._acted(action, unit, task_id, self._fields(workflow, case, action)))

    def _fields(self, workflow: Workflow, case: Case, action: str) -> dict[str, Scalar]:
        if action == "review_report":
            return {"finding": "same_incident"}
        rows = workflow.definition.table.get((case.state, action), [])
        return {name: self._value(spec) for name, spec in (rows[0].fields.items() if rows else ())}

    def _value(self, spec: FieldSpec) -> Scalar:
        if spec.type == "codes":
            return self.random.sample(sorted(spec.codes), self.random.randint(0, len(spec.codes)))
        kind = spec.kinds[0] if spec.kinds else "police-station"
        values: dict[str, Scalar] = {
            "code": self.random.choice(sorted(spec.codes) or [""]),
            "bool": self.random.random() < 0.7,
            "time": (self.now - timedelta(hours=self.random.choice([0, 1, 100]))).isoformat(),
            "unit": VILLAGE if kind == "village-committee" else unit_at(kind, "330302006"),
            "reference": "R-1",
            "number": 3,
        }
        return values[spec.type]

    def _prove_something(self) -> None:
        notices = [(case, task) for case in self.cases.values() for task in case.tasks.values() if task.template]
        if notices:
            case, task = self.random.choice(notices)
            self.attempt(case.case_id, Proved(self._cause(), task.task_id, task.unit, "proof-2", self.now))


def as_event(fact: Fact, epoch: int = 1) -> OutgoingEvent:
    return OutgoingEvent("case.events", str(fact.case_id), fact.event_id, FACT_TYPE, fact.to_json(), epoch)


def as_records(facts: Iterable[Fact], *, epoch: int = 1, offset: int = 0, partition: int = 0) -> list[Record]:
    """Records of one partition, as Kafka would give them."""
    return [
        Record(
            "case.events",
            partition,
            offset + number,
            str(fact.case_id).encode(),
            fact.to_json(),
            tuple(encode_headers(as_event(fact, epoch), "casework", START)),
            0,
        )
        for number, fact in enumerate(facts)
    ]
