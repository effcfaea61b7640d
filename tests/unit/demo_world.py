"""The demonstration without servers: the same scenario and the same units on the pure engine."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from msgspec import structs

from contracts.cases import ChildOpened, Fact
from contracts.submission import complete, read_submission, split
from deploy.demo.agents import Act, Known, key_of_child, plan
from deploy.demo.scenario import Scenario, Sent, ticks
from services.casework.api import is_visible
from services.casework.batch import NEW_INCIDENT
from services.casework.batch import _renamed as renamed
from services.casework.model import Incoming, Person, incoming_report, join_key
from workflows.engine import decide
from workflows.loader import Workflow, Workflows, load_workflows
from workflows.model import Case, evolve
from workflows.triggers import Acted, Begun, Expired, Proved, Rejection, Reported, Trigger

MOST_ACTS_IN_A_TICK = 20


@dataclass
class World:
    scenario: Scenario
    workflows: Workflows = field(default_factory=load_workflows)
    cases: dict[UUID, Case] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    keys: dict[tuple[str, str], UUID] = field(default_factory=dict)
    persons: dict[UUID, list[Person]] = field(default_factory=dict)
    known: dict[UUID, Known] = field(default_factory=dict)
    done: dict[UUID, Counter[str]] = field(default_factory=dict)
    sent_as: dict[UUID, Sent] = field(default_factory=dict)
    refused: list[tuple[str, str, Rejection]] = field(default_factory=list)
    next_act: dict[UUID, tuple[int, datetime | None]] = field(default_factory=dict)
    ids: int = 0

    def run(self, moments: list[datetime] | None = None) -> "World":
        waiting = list(self.scenario.sent)
        for now in moments or ticks(self.scenario):
            self._fire(now)
            while waiting and waiting[0].at <= now:
                self._report(waiting.pop(0), now)
            self._fire(now)
            awake = [
                case_id for case_id, case in self.cases.items() if not case.quiet and (case.tasks or not case.final)
            ]
            for phase in (self._work, self._prove):
                for case_id in awake:
                    phase(case_id, now)
                self._fire(now)
        return self

    def _new_id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def _report(self, sent: Sent, now: datetime) -> None:
        if sent.label == "repeat":
            return
        fields, sealed = split(read_submission(sent.content))
        report_id = self._new_id()
        tokens = {str(role): f"p-{who.id_number or report_id}".lower() for role, who in sealed.persons.items()}
        event = complete(fields, report_id, sent.unit, tokens)
        item = incoming_report(event, self.workflows, self._new_id(), b"key")
        assert item is not None
        assert isinstance(item.trigger, Reported)
        self.sent_as[report_id] = sent
        self._place(item, item.trigger, now)

    def _place(self, item: Incoming, trigger: Reported, now: datetime) -> None:
        held = self.keys.get((item.workflow, item.join_key)) if item.join_key else None
        case = self.cases[held] if held else None
        workflow = self.workflows.get(item.workflow, case.definition_version if case else None)
        result = decide(workflow, case, trigger, now)
        assert isinstance(result, Fact), result
        self.persons.setdefault(result.case_id, []).extend(item.persons)
        if case is None and item.join_key:
            self.keys[item.workflow, item.join_key] = result.case_id
        self._apply(result, now)

    def _know(self, case: Case) -> Known:
        """The key of its first report, or of the case it came from."""
        sent = next((self.sent_as[r.report_id] for r in case.reports.values() if r.report_id in self.sent_as), None)
        if sent:
            return Known(self.scenario.seed, sent.key, self._incident, sent.script, sent.first_day)
        assert case.parent_case_id, case
        parent = self.known[case.parent_case_id]
        return Known(self.scenario.seed, key_of_child(parent.key, case), self._incident)

    def _incident(self, report_id: UUID) -> str:
        if report_id in self.sent_as:
            return self.sent_as[report_id].incident
        return self.known[report_id].key if report_id in self.known else ""

    def _apply(self, fact: Fact, now: datetime) -> None:
        before = self.cases.get(fact.case_id)
        after = evolve(before, fact)
        self.cases[fact.case_id] = after
        if before is None:
            self.known[after.case_id] = self._know(after)
            self.done[after.case_id] = Counter()
        place = len(self.facts)
        self.facts.append(fact)
        self._settle_keys(after)
        effects = [
            self._begin(before, after, effect, fact, now) if isinstance(effect, ChildOpened) else effect
            for effect in fact.effects
        ]
        self.facts[place] = structs.replace(fact, effects=tuple(effects))

    def _settle_keys(self, after: Case) -> None:
        """What `Batch` does: a case that closes lets its key go, to the case it came from if that is open."""
        if not after.final:
            return
        parent = self.cases.get(after.parent_case_id) if after.parent_case_id else None
        heir = parent.case_id if parent and not parent.final and after.relation == NEW_INCIDENT else None
        for key in [key for key, held in self.keys.items() if held == after.case_id]:
            del self.keys[key]
            if heir:
                self.keys[key] = heir

    def _begin(self, before: Case | None, parent: Case, child: ChildOpened, fact: Fact, now: datetime) -> ChildOpened:
        """As `Batch` opens what a case calls for, or lays it before the open case that is about the same people."""
        reports = list(before.proposed.values()) if before else []
        reports += [lead.report for lead in before.leads.values() if lead.report] if before else []
        known = self.persons.get(parent.case_id, [])
        wanted = child.report_id if child.report_id in {p.report_id for p in known} else None
        wanted = wanted or (known[0].report_id if known else None)
        people = renamed([p for p in known if p.report_id == wanted], child.roles)
        trigger = Begun(
            fact.cause, child, parent.case_id, tuple(p.subject for p in people), parent.region,
            fact.unit or parent.accountable, fact.occurred_at,
            next((r for r in reports if r.report_id == child.report_id), None), parent.placements,
        )  # fmt: skip
        tokens = {person.role: person.token for person in people}
        key = join_key(self.workflows.get(child.workflow).definition, tokens, child.carries)
        held = self.keys.get((child.workflow, key)) if key and child.relation != NEW_INCIDENT else None
        holder = self.cases[held] if held else None
        if holder is None:
            self.persons[child.case_id] = people
            if key:
                self.keys[child.workflow, key] = child.case_id
        workflow = self.workflows.get(child.workflow, holder.definition_version if holder else None)
        opened = decide(workflow, holder, trigger, now)
        assert isinstance(opened, Fact), opened
        self._apply(opened, now)
        return structs.replace(child, case_id=holder.case_id, joined=True) if holder else child

    def _fire(self, now: datetime) -> None:
        """Every alarm that is due, oldest first."""
        for case_id in [case_id for case_id, case in self.cases.items() if case.clocks]:
            while alarms := sorted(
                (alarm, name)
                for name, c in self.cases[case_id].clocks.items()
                if (alarm := c.next_alarm) and alarm <= now
            ):
                self._send(case_id, Expired(f"alarm-{self._new_id()}", alarms[0][1]), now)

    def _workflow_of(self, case: Case) -> Workflow:
        return self.workflows.get(case.workflow, case.definition_version)

    def _send(self, case_id: UUID, trigger: Trigger, now: datetime) -> bool:
        case = self.cases[case_id]
        result = decide(self._workflow_of(case), case, trigger, now)
        if isinstance(result, Fact):
            self._apply(result, now)
        elif isinstance(result, Rejection):
            name = trigger.action if isinstance(trigger, Acted) else type(trigger).__name__
            self.refused.append((case.workflow, f"{case.state}/{name}", result))
        return isinstance(result, Fact)

    def _plan(self, case_id: UUID, now: datetime) -> list[Act]:
        """What is due; of a case in which nothing changed only when its next act is."""
        case = self.cases[case_id]
        version, at = self.next_act.get(case_id, (-1, None))
        if version == case.version and (at is None or at > now):
            return []
        acts = plan(case, self.known[case_id], self.done[case_id], now)
        self.next_act[case_id] = case.version, min((act.at for act in acts), default=None)
        return [act for act in acts if act.at <= now]

    def _work(self, case_id: UUID, now: datetime) -> None:
        for _ in range(MOST_ACTS_IN_A_TICK):
            acts = [act for act in self._plan(case_id, now) if act.kind == "action"]
            if not acts:
                return
            act = acts[0]
            if not is_visible(self._workflow_of(self.cases[case_id]), self.cases[case_id], act.unit):
                hidden = Rejection("no_such_case", "没有这个案件", f"{act.unit} does not see it")
                self.refused.append((self.cases[case_id].workflow, act.name, hidden))
            trigger = Acted(
                f"act-{self._new_id()}", act.name, act.unit, "w-1", now,
                self.cases[case_id].version, act.task_id, act.fields,
            )  # fmt: skip
            if not self._send(case_id, trigger, now):
                return
            self.done[case_id][act.name] += 1
        raise AssertionError(f"{self.known[case_id].key} goes round in circles: {acts}")

    def _prove(self, case_id: UUID, now: datetime) -> None:
        for act in self._plan(case_id, now):
            if act.kind != "action":
                self._send(case_id, Proved(f"proof-{self._new_id()}", act.task_id or "", act.unit, "p-1", now), now)
