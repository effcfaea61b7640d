"""A decision in the making: effects are emitted one by one, and each is folded at once so that the next one sees it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts import cases as facts
from contracts.base import Moment
from contracts.codes import NoSuchUnitError, unit_at
from workflows import clocks
from workflows.definition import MilestoneSpec, StartSpec, TaskSpec
from workflows.fields import as_moment
from workflows.guards import GUARDS
from workflows.loader import Workflow
from workflows.model import Case, Clock, apply
from workflows.rules import Rule

SUPERVISE = "supervise"
URGENT = "urgent_response"

FEEDBACK = frozenset({"progress", "result"})
"""Templates of notices that a reporter may forgo; a receipt and the duty to file are owed all the same."""


@dataclass
class Draft:
    """One fact being written. `fields` are those of the trigger; guards see them over the case's own."""

    workflow: Workflow
    case_id: UUID
    case: Case | None
    cause: str
    trigger: str
    now: datetime
    occurred_at: datetime
    unit: str | None = None
    worker: str | None = None
    fields: dict[str, facts.Scalar] = field(default_factory=dict)
    effects: list[facts.Effect] = field(default_factory=list)

    @property
    def at(self) -> Case:
        """The case as the effects so far have made it."""
        assert self.case is not None, "a draft begins with `opened`"
        return self.case

    def emit(self, effect: facts.Effect) -> None:
        self.case = apply(self.case, effect, self.case_id, self.now)
        self.effects.append(effect)

    def fact(self) -> facts.Fact:
        return facts.Fact(
            case_id=self.case_id,
            version=self.at.version + 1,
            cause=self.cause,
            trigger=self.trigger,
            unit=self.unit,
            worker=self.worker,
            occurred_at=self.occurred_at,
            decided_at=self.now,
            workflow=self.workflow.definition.workflow,
            region=self.at.region,
            effects=tuple(self.effects),
        )

    def holds(self, guard: str | None, report: facts.Report | None = None) -> bool:
        """A guard sees the case's fields and over them the trigger's; about one report it sees only that report's."""
        if guard is None:
            return True
        fields = _report_fields(report) if report else self.at.fields | self.fields
        return GUARDS[guard].holds(self.at, fields)

    def unit_of(self, key: str, report: facts.Report | None = None) -> str | None:
        """The unit a key stands for; None for a reporter that is no unit, or an opaque body nobody has named."""
        if key == "accountable":
            return self.at.accountable
        if key == "reporter":
            return report.reporter_unit if report else None
        if key in self.at.placements:
            return self.at.placements[key]
        try:
            return unit_at(key, self.at.seat)
        except NoSuchUnitError:
            return None

    # -- states ---------------------------------------------------------------------------------------------

    def enter(self, name: str, outcome: str | None = None) -> None:
        """Leave the present state for `name`. Into and out of an interlude the clocks of the state keep running."""
        spec = self.workflow.definition.states[name]
        left = self.workflow.definition.states.get(self.at.state)
        resumes = left is not None and left.interlude and name == self.at.origin
        if left and not spec.interlude:
            lasting = {start.rule for start in spec.deadlines} if name != self.at.state else set[str]()
            self._end_state_clocks({*(start.rule for start in left.deadlines), *left.ends} - lasting)
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
        if resumes:
            self._move_clocks()
        else:
            self.start(spec.deadlines)
            self.open_tasks(spec.tasks)
        if spec.final:
            self._close()

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

    # -- clocks ---------------------------------------------------------------------------------------------

    def start(self, specs: Iterable[StartSpec]) -> None:
        """Start the clocks whose rule applies to this person and whose guard holds; a running one is re-armed."""
        for spec in specs:
            if not self.holds(spec.when):
                continue
            if spec.replaces:
                self._replace(spec.rule, spec.replaces)
            elif not (lasting := self.at.clock_of(spec.rule)) or lasting.deadline.started_at != self._since(spec):
                self.start_rule(spec.rule, self._since(spec))

    def _since(self, spec: StartSpec) -> datetime:
        return (self.at.moments.get(spec.since) if spec.since else None) or self.occurred_at

    def _replace(self, rule_id: str, replaced: str) -> None:
        """The same period with another length: what stood still before does not count in the new one either."""
        if clock := self.at.clock_of(replaced):
            self.cancel(clock, "replaced")
            self.start_rule(rule_id, clock.deadline.started_at, pauses=clock.pauses)

    def start_rule(
        self, rule_id: str, begin: datetime, task: facts.Task | None = None, pauses: tuple[clocks.Pause, ...] = ()
    ) -> None:
        rule = self.workflow.policy.find_rule(rule_id, self.at.region, begin.date(), minor=self.at.minor)
        if rule is None:
            return
        if (running := self.at.clock_of(rule_id)) and task is None:
            self.cancel(running, "re_armed")
        self._start(rule, begin, task, pauses)
        for duty in self.workflow.policy.find_duties(rule_id, self.at.region, begin.date(), minor=self.at.minor):
            if all(task.kind != duty.id for task in self.at.tasks.values()):
                self._start(duty, begin, self._add_task(duty.id, duty.title, self.at.accountable))

    def _start(
        self, rule: Rule, begin: datetime, task: facts.Task | None, pauses: tuple[clocks.Pause, ...] = ()
    ) -> None:
        end = clocks.due(rule, begin, pauses, self.workflow.calendar(self.at.region))
        self.emit(facts.DeadlineStarted(deadline=self._deadline(rule, begin, end, task), pauses=pauses))

    def _deadline(self, rule: Rule, begin: datetime, end: clocks.Due, task: facts.Task | None) -> facts.Deadline:
        return facts.Deadline(
            deadline_id=f"d{self.at.serial + 1}",
            rule=rule.id,
            title=rule.title,
            article=rule.citation,
            law_class=rule.shown_class,
            jurisdiction=rule.jurisdiction,
            value=rule.value,
            time_unit=rule.unit,
            unit=task.unit if task else self.at.accountable,
            task_id=task.task_id if task else None,
            started_at=begin,
            due_at=end.due_at,
            breach_at=end.breach_at,
            latest_due_at=end.latest_due_at,
            ladder=self._ladder(rule),
        )

    def _ladder(self, rule: Rule) -> tuple[facts.Rung, ...]:
        return tuple(facts.Rung(after_hours=s.after_hours, unit=self.unit_of(s.unit) or "") for s in rule.ladder)

    def _move_clocks(self) -> None:
        """The clocks of the state follow accountability to another unit."""
        for clock in list(self.at.clocks.values()):
            deadline = clock.deadline
            if deadline.task_id is None and deadline.unit != self.at.accountable:
                rule = self._rule_of(deadline)
                moved = facts.DeadlineMoved(
                    deadline_id=deadline.deadline_id, unit=self.at.accountable, ladder=self._ladder(rule)
                )
                self.emit(moved)

    def _rule_of(self, deadline: facts.Deadline) -> Rule:
        day = deadline.started_at.date()
        rule = self.workflow.policy.find_rule(deadline.rule, self.at.region, day, minor=self.at.minor)
        assert rule is not None, "a running clock has its rule"
        return rule

    def meet(self, clock: Clock) -> None:
        """The duty is done. Done too late, the breach is recorded first."""
        deadline = clock.deadline
        if clock.status == "running" and self.occurred_at >= deadline.breach_at:
            self.emit(facts.DeadlineBreached(deadline_id=deadline.deadline_id, at=deadline.breach_at))
        self.emit(facts.DeadlineMet(deadline_id=deadline.deadline_id, at=self.occurred_at))
        self._end_supervision(deadline.deadline_id)

    def meet_rules(self, rules: Iterable[str]) -> None:
        for rule in rules:
            if clock := self.at.clock_of(rule):
                self.meet(clock)

    def cancel(self, clock: Clock, reason: str) -> None:
        self.emit(facts.DeadlineCancelled(deadline_id=clock.deadline.deadline_id, reason=reason))
        self._end_supervision(clock.deadline.deadline_id)

    def cancel_rules(self, rules: Iterable[str]) -> None:
        for rule in rules:
            if clock := self.at.clock_of(rule):
                self.cancel(clock, "not_needed")

    def pause(self, rule: str) -> None:
        clock = self.at.clock_of(rule)
        if clock and clock.status == "running":
            self.emit(
                facts.DeadlinePaused(deadline_id=clock.deadline.deadline_id, at=self.occurred_at, reason=self.trigger)
            )

    def resume(self, rule: str) -> None:
        """The days the clock stood still do not count; the new end is computed from the ledger."""
        clock = self.at.clock_of(rule)
        if clock is None or clock.paused_at is None:
            return
        pauses: tuple[tuple[Moment, Moment], ...] = (*clock.pauses, (clock.paused_at, self.occurred_at))
        end = clocks.reproject(
            clock.deadline, pauses, self._rule_of(clock.deadline), self.workflow.calendar(self.at.region)
        )
        self.emit(
            facts.DeadlineResumed(
                deadline_id=clock.deadline.deadline_id,
                at=self.occurred_at,
                due_at=end.due_at,
                breach_at=end.breach_at,
                latest_due_at=end.latest_due_at,
            )
        )

    def raise_danger(self) -> None:
        """Someone may be in danger now: the case is marked, and where the workflow has it the response is opened."""
        self.emit(facts.UrgentRaised())
        if URGENT in self.workflow.definition.tasks:
            self.open_tasks([URGENT])

    def climb(self, clock: Clock) -> None:
        """Record the breach and every rung whose hour has come; each rung is a 督办 task for its unit."""
        deadline = clock.deadline
        if clock.status == "running":
            self.emit(facts.DeadlineBreached(deadline_id=deadline.deadline_id, at=deadline.breach_at))
        while (alarm := self.at.clocks[deadline.deadline_id].next_alarm) and alarm <= self.now:
            rung = self.at.clocks[deadline.deadline_id].rung
            unit = deadline.ladder[rung].unit
            self.emit(facts.DeadlineEscalated(deadline_id=deadline.deadline_id, rung=rung, unit=unit))
            self._add_task(SUPERVISE, f"督办：{deadline.title}", unit, about=deadline.deadline_id)

    def _end_supervision(self, deadline_id: str) -> None:
        for task in list(self.at.tasks.values()):
            if task.about_deadline == deadline_id:
                self.emit(facts.TaskClosed(task_id=task.task_id, outcome="duty_ended"))

    # -- tasks ----------------------------------------------------------------------------------------------

    def open_tasks(self, kinds: Iterable[str], reports: Iterable[facts.Report] | None = None) -> None:
        """Open each kind once, or once for every report that wants feedback."""
        for kind in kinds:
            spec = self.workflow.definition.tasks[kind]
            if not spec.per_report:
                if self.holds(spec.when):
                    self._open_task(kind, spec, None)
                continue
            for report in list(self.at.reports.values() if reports is None else reports):
                wanted = report.wants_feedback or spec.template not in FEEDBACK
                if wanted and self.holds(spec.when, report):
                    self._open_task(kind, spec, report)

    def _open_task(self, kind: str, spec: TaskSpec, report: facts.Report | None) -> None:
        unit = self.unit_of(spec.unit, report)
        if unit is None:
            return
        addressee = self.unit_of(spec.addressee, report) if spec.addressee else None
        task = self._add_task(kind, spec.title, unit, report=report, addressee=addressee, template=spec.template)
        if spec.deadline:
            self.start_rule(spec.deadline, self.occurred_at, task)

    def _add_task(
        self,
        kind: str,
        title: str,
        unit: str,
        *,
        report: facts.Report | None = None,
        addressee: str | None = None,
        template: str | None = None,
        about: str | None = None,
    ) -> facts.Task:
        task = facts.Task(
            task_id=f"t{self.at.serial + 1}",
            kind=kind,
            title=title,
            unit=unit,
            opened_at=self.now,
            report_id=report.report_id if report else None,
            addressee=addressee,
            template=template,
            about_deadline=about,
        )
        self.emit(facts.TaskOpened(task=task))
        return task

    def propose(self, report: facts.Report) -> None:
        """A report that may belong to this case: the accountable unit must look at it, whatever the state."""
        task = self._add_task("new_report", "新报告待核", self.at.accountable, report=report)
        self.emit(facts.ReportProposed(report=report, task_id=task.task_id))
        self.start_rule("new-report-check", self.now, task)

    def close_task(self, task: facts.Task, outcome: str, proof: str | None = None) -> None:
        self.emit(facts.TaskClosed(task_id=task.task_id, outcome=outcome, proof=proof))
        for clock in list(self.at.clocks.values()):
            if clock.deadline.task_id == task.task_id:
                self.meet(clock)

    def close_kinds(self, kinds: Iterable[str]) -> None:
        wanted = frozenset(kinds)
        for task in list(self.at.tasks.values()):
            if task.kind in wanted:
                self.close_task(task, self.trigger)

    # -- what is remembered ---------------------------------------------------------------------------------

    def record(self, fields: dict[str, facts.Scalar]) -> None:
        if fields:
            self.emit(facts.Recorded(fields=fields))

    def mark(self, moment: str, source: str) -> None:
        at = self.occurred_at if source == "occurred" else as_moment(self.fields.get(source))
        if at:
            self.emit(facts.Marked(moment=moment, at=at))

    def place(self, key: str, source: str) -> None:
        """`source` is a unit field of the action, or a part already placed."""
        stated = self.fields.get(source)
        self.emit(facts.Placed(kind=key, unit=str(stated) if stated else self.unit_of(source)))

    def count(self, counter: str) -> None:
        self.emit(facts.Counted(counter=counter, value=self.at.counters.get(counter, 0) + 1))

    def reach(self, specs: Iterable[MilestoneSpec], report: facts.Report | None = None) -> None:
        for spec in specs:
            if not self.holds(spec.when, report):
                continue
            known = self.at.fields | self.fields | (_report_fields(report) if report else {})
            dimensions = {name: known.get(name) for name in spec.dimensions}
            self.emit(facts.Milestone(name=spec.name, occurred_at=self._moment(spec.at, report), dimensions=dimensions))

    def _moment(self, name: str | None, report: facts.Report | None) -> datetime:
        """A moment by its name, as the report at hand states it before the case's own; else when this happened."""
        if name is None:
            return self.occurred_at
        if report and name == "reported_at":
            return report.submitted_at
        stated = as_moment(report.fields.get(name)) if report else None
        return stated or self.at.moments.get(name) or self.occurred_at


def _report_fields(report: facts.Report) -> dict[str, facts.Scalar]:
    """What a report is judged and counted by. The delay runs from first knowledge to submission, in minutes begun."""
    delay = report.submitted_at - report.learned_at if report.learned_at else None
    return report.fields | {
        "report_id": str(report.report_id),
        "reporter_category": report.reporter_category,
        "reporter_unit": report.reporter_unit,
        "under_duty": report.under_duty,
        "delay_minutes": -int(-delay.total_seconds() // 60) if delay is not None else None,
    }
