"""A decision in the making: states, tasks and other cases. What it says of clocks is in `deadlines.py`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts import cases as facts
from contracts.base import unit_kind
from contracts.codes import UnitKind
from workflows.deadlines import Deadlines
from workflows.definition import ChildSpec, OpenSpec, StateSpec, TaskSpec
from workflows.fields import as_moment
from workflows.ids import derived_id
from workflows.model import Clock

URGENT = "urgent_response"
RETURNED = "returned"

FEEDBACK = frozenset({"progress", "result"})
"""Templates of notices that a reporter may forgo; a receipt and the duty to file are owed all the same."""

DROPPED = frozenset({"failed", "unattended", "cancelled"})
"""Endings of a task that leave its duty undone: its clock is neither met nor missed."""


class Draft(Deadlines):
    """What a draft does with states, tasks and other cases."""

    # -- states ---------------------------------------------------------------------------------------------

    def enter(self, name: str, outcome: str | None = None) -> None:
        """Leave the present state for `name`. Into an interlude and back the clocks of the state keep running.

        Who leaves an interlude for another state does not come back: what ran for the state before it falls away.
        """
        spec = self.workflow.definition.states[name]
        left = self.workflow.definition.states.get(self.at.state)
        resumes = left is not None and left.interlude and name == self.at.origin
        if left and not spec.interlude:
            lasting = {start.rule for start in spec.deadlines} if name != self.at.state else set[str]()
            self._end_state_clocks(_clocks_of(left) - lasting)
            if left.interlude and not resumes:
                self.cancel_rules(sorted(_clocks_of(self.workflow.definition.states[self.at.origin]) - lasting))
        before = self.at.accountable
        self._emit_state(name, spec, outcome)
        if resumes:
            self._hand_over(before)
        else:
            self.start(spec.deadlines)
            self.open_tasks(spec.tasks)
        if spec.final:
            self._close()

    def take_in(
        self, spec: OpenSpec, fields: dict[str, facts.Scalar], reporter: str | None, **moments: datetime
    ) -> None:
        """What a report or another case says: fields, times and units, under the names they have here."""
        self.record(fields | dict(spec.fields))
        times = {name: moment for name, value in fields.items() if (moment := as_moment(value))}
        times |= {name: times[source] for name, source in spec.marks.items() if source in times}
        for name, moment in (moments | times).items():
            self.emit(facts.Marked(moment=name, at=moment))
        for kind, source in spec.places.items():
            named = UnitKind.known(kind)
            fitting = reporter if reporter and named in {None, UnitKind.known(unit_kind(reporter))} else None
            if unit := fitting if source == "reporter" else fields.get(source):
                self.emit(facts.Placed(kind=kind, unit=str(unit)))

    def attach(self, report: facts.Report) -> None:
        """A report that is about this case. One from an agency's own system may move the case on to where that is."""
        definition = self.workflow.definition
        self.emit(facts.ReportAttached(report=report))
        self.open_tasks(definition.join.tasks, [report])
        spec = definition.find_opening(report.event_type, report.fields)
        if spec is None or spec.moves is None or self.at.state not in spec.moves.source:
            return
        self.take_in(spec, report.fields, report.reporter_unit)
        for rule, met_at in spec.moves.meets.items():
            self.occurred_at = self._moment(met_at, report)
            self.meet_rules([rule])
        self.occurred_at = self._moment(spec.moves.at, report)
        self.enter(spec.state)
        counted = {milestone.name for milestone in definition.join.milestones}
        self.reach([milestone for milestone in spec.milestones if milestone.name not in counted], report)

    def _hand_over(self, before: str) -> None:
        """The clocks of the state follow accountability to another unit, and so does the work it brings, with its own.

        What the unit before owes for another reason, as the one that reported, stays with it.
        """
        for task in list(self.at.tasks.values()) if before != self.at.accountable else ():
            spec = self.workflow.definition.find_task(task.kind)
            if spec and not spec.each and task.unit == before and self.unit_of(spec.unit) == self.at.accountable:
                self.emit(facts.TaskMoved(task_id=task.task_id, unit=self.at.accountable))
                self._move_clocks(task)
        self._move_clocks()

    def migrate(self, name: str) -> None:
        """Into a state of another version: its clocks that run go on, those it has not are cancelled, others start."""
        spec = self.workflow.definition.states[name]
        kept = {*(start.rule for start in spec.deadlines), *spec.ends, *self._opening_rules()}
        if spec.interlude:
            kept |= {clock.deadline.rule for clock in self.at.clocks.values()}
        for clock in list(self.at.clocks.values()):
            if clock.deadline.task_id is None and clock.deadline.rule not in kept:
                self.cancel(clock, "migrated")
        self._emit_state(name, spec)
        self._move_clocks()
        self.start([start for start in spec.deadlines if not self.at.clock_of(start.rule)])

    def _opening_rules(self) -> set[str]:
        return {start.rule for spec in self.workflow.definition.opens for start in spec.starts}

    def _emit_state(self, name: str, spec: StateSpec, outcome: str | None = None) -> None:
        self.emit(
            facts.StateEntered(
                state=name,
                title=spec.title,
                accountable=self.unit_of(spec.owner) or self.at.accountable,
                public_state=spec.public,
                final=spec.final,
                quiet=spec.quiet,
                outcome=outcome,
            )
        )

    def _end_state_clocks(self, rules: Iterable[str]) -> None:
        """A step its unit took meets the clocks of the state; one that a timer took does not.

        A clock that the next state has too goes on.
        """
        for rule in sorted(rules):
            if clock := self.at.clock_of(rule):
                self.meet(clock) if self.unit else self.cancel(clock, "escalated")

    def _close(self) -> None:
        for clock in list(self.at.clocks.values()):
            if clock.deadline.task_id is None:
                self.cancel(clock, "case_closed")

    # -- tasks ----------------------------------------------------------------------------------------------

    def open_tasks(self, kinds: Iterable[str], reports: Iterable[facts.Report] | None = None) -> None:
        """Open each kind once, or for every unit of a conference, or for every report that wants feedback."""
        for kind in kinds:
            spec = self.workflow.definition.find_task(kind)
            assert spec is not None, "the proofs know every task"
            if not spec.per_report:
                if self.holds(spec):
                    self._open_round(kind, spec)
                continue
            for report in list(self.at.reports.values() if reports is None else reports):
                wanted = report.wants_feedback or spec.template not in FEEDBACK
                if wanted and self.holds(spec, report):
                    self.open_task(kind, spec, self.unit_of(spec.unit, report), report)

    def _open_round(self, kind: str, spec: TaskSpec) -> None:
        if spec.tally and not any(task.kind == kind for task in self.at.tasks.values()):
            for counter in [name for name in self.at.counters if name.startswith(f"{kind}.")]:
                self.emit(facts.Counted(counter=counter, value=0))
        invited = self.known.get(spec.each) if spec.each else None
        for unit in invited if isinstance(invited, list) else [self.unit_of(spec.unit)]:
            self.open_task(kind, spec, unit)

    def open_task(self, kind: str, spec: TaskSpec, unit: str | None, report: facts.Report | None = None) -> None:
        """Nothing is opened for a reporter that is no unit, or a body that nobody has named."""
        if unit is None:
            return
        addressee = self.unit_of(spec.addressee, report) if spec.addressee else None
        status: facts.Status = "offered" if spec.acceptance else "open"
        task = self.add_task(
            kind,
            spec.title,
            unit,
            report,
            addressee=addressee,
            addressee_role=spec.addressee_role,
            template=spec.template,
            status=status,
        )
        if rule := spec.answer or spec.deadline:
            self.start_rule(rule, self._moment(spec.since, report), task)
        if spec.tally:
            self.count(f"{kind}.opened")
        if spec.done:
            self._end_before(task, self._moment(spec.done, report))

    def _end_before(self, task: facts.Task, at: datetime) -> None:
        """What the task asks for had been done at `at`, before anybody opened it."""
        opened, self.occurred_at = self.occurred_at, at
        self.close_task(task, "done")
        self.occurred_at = opened

    def propose(self, report: facts.Report) -> None:
        """A report that may belong to this case: the accountable unit must look at it, whatever the state."""
        task = self.add_task("new_report", "新报告待核", self.at.accountable, report)
        self.emit(facts.ReportProposed(report=report, task_id=task.task_id))
        self.start_rule("new-report-check", self.now, task)

    def lead(self, child: facts.ChildOpened, parent: UUID, report: facts.Report | None) -> None:
        """What another case found may belong to this one: the accountable unit must look at it, whatever the state."""
        task = self.add_task("new_lead", "新线索待核", self.at.accountable, report, about_case=parent)
        self.emit(facts.LeadProposed(task_id=task.task_id, lead=child, report=report))
        self.start_rule("urgent-danger" if child.urgent else "new-lead-check", self.now, task)

    def accept(self, task: facts.Task, spec: TaskSpec) -> None:
        """The unit takes the task on: the clock for an answer ends, the clock for the work begins."""
        self.emit(facts.TaskAccepted(task_id=task.task_id, at=self.occurred_at))
        for clock in self._clocks_of(task):
            self.meet(clock) if clock.deadline.unit == task.unit else self.cancel(clock, "rerouted")
        if spec.deadline:
            self.start_rule(spec.deadline, self.occurred_at, task)
        self.reach(spec.accepted)

    def reroute(self, task: facts.Task) -> None:
        """Nobody answered: the missed clock goes on climbing until somebody does, and another unit is asked, once."""
        spec = self.workflow.definition.find_task(task.kind)
        unit = self.unit_of(spec.reroute) if spec and spec.reroute and not task.rerouted else None
        if spec and spec.answer and unit and unit != task.unit and task.status == "offered":
            self.emit(facts.TaskMoved(task_id=task.task_id, unit=unit))
            self.start_rule(spec.answer, self.now, self.at.tasks[task.task_id])

    def close_task(
        self, task: facts.Task, outcome: str, *, proof: str | None = None, reason: str | None = None
    ) -> None:
        self.emit(facts.TaskClosed(task_id=task.task_id, outcome=outcome, proof=proof, reason=reason))
        for clock in self._clocks_of(task):
            if outcome in DROPPED or self.unit is None:  # an alarm ends a task that nobody did
                self.cancel(clock, outcome)
            elif clock.deadline.unit != task.unit:
                self.cancel(clock, "rerouted")
            else:
                self.meet(clock)
        if outcome in {"done", "proved"}:
            self._count_in(task)
        if task.kind == URGENT and self.at.urgent and not any(t.kind == URGENT for t in self.at.tasks.values()):
            self.emit(facts.UrgentEnded())

    def _clocks_of(self, task: facts.Task) -> list[Clock]:
        return [clock for clock in self.at.clocks.values() if clock.deadline.task_id == task.task_id]

    def _count_in(self, task: facts.Task) -> None:
        """What a task that is done counts for: its milestones, and the tally of its round."""
        spec = self.workflow.definition.find_task(task.kind)
        if spec is None:
            return
        self.reach(spec.milestones, self.at.reports.get(str(task.report_id)))
        if spec.tally:
            value = self.fields.get(spec.tally)
            values = value if isinstance(value, list) else [] if value is None else [str(value).lower()]
            for name in ("done", unit_kind(task.unit), *values):
                self.count(f"{task.kind}.{name}")
        if spec.again and not self.at.final:
            self.open_tasks([task.kind])

    def give_back(self, task: facts.Task) -> None:
        """A referral that came to nothing is the accountable unit's to deal with: to offer again, or to withdraw."""
        title = f"另行安排：{task.title}"
        back = self.add_task(RETURNED, title, self.at.accountable, about_kind=task.kind)
        self.start_rule("task-returned", self.occurred_at, back)

    def close_kinds(self, kinds: Iterable[str], outcome: str | None = None) -> None:
        wanted = frozenset(kinds)
        for task in list(self.at.tasks.values()):
            if task.kind in wanted:
                self.close_task(task, outcome or self.trigger)

    # -- danger and other cases -----------------------------------------------------------------------------

    def raise_danger(self) -> None:
        """Someone may be in danger now: the response is opened, and for a child the emergency case of the child."""
        known, emergency = self.at.urgent, self.workflow.emergency
        self.emit(facts.UrgentRaised())
        self.open_tasks([URGENT])
        child = self.at.child_role
        if emergency and child and not known and emergency.workflow != self.at.workflow:
            self.emit(
                facts.ChildOpened(
                    case_id=self._new_id(),
                    workflow=emergency.workflow,
                    state=emergency.state,
                    relation="urgent_danger",
                    since=self.occurred_at,
                    roles={child: emergency.role} if child != emergency.role else {},
                    urgent=True,
                )
            )

    def open_children(self, specs: Iterable[ChildSpec]) -> None:
        for child in specs:
            if not self.holds(child):
                continue
            carried = {there: self.known[here] for there, here in child.carries.items() if here in self.known}
            self.emit(
                facts.ChildOpened(
                    case_id=self._new_id(),
                    workflow=child.workflow,
                    state=child.state,
                    relation=child.relation,
                    since=self.at.moments.get(child.since) if child.since else None,
                    roles=child.roles,
                    carries=carried | dict(child.sets),
                    reporter_category=child.reporter,
                )
            )

    def open_incident(self, state: str, **details: Any) -> None:
        """Another case of this workflow, about the same people."""
        workflow = self.workflow.definition.workflow
        self.emit(
            facts.ChildOpened(
                case_id=self._new_id(), workflow=workflow, state=state, relation="new_incident", **details
            )
        )

    def _new_id(self) -> UUID:
        """A UUIDv7 that follows from this case and version, so that deciding again yields the same."""
        return derived_id(f"{self.case_id}/{self.at.version}/{len(self.effects)}", int(self.now.timestamp() * 1000))


def _clocks_of(state: StateSpec) -> set[str]:
    """The rules of the clocks that end with a state."""
    return {*(start.rule for start in state.deadlines), *state.ends}
