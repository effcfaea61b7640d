"""The deadlines of a decision in the making: started, met, paused, missed, each with its law."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from contracts import cases as facts
from contracts.base import SHANGHAI, Moment
from workflows import clocks
from workflows.definition import StartSpec
from workflows.effects import Effects, find_unit
from workflows.fields import as_day
from workflows.loader import Workflow
from workflows.model import Clock
from workflows.rules import Rule
from workflows.triggers import FieldProblem

SUPERVISE = "supervise"
REMIND = "remind"


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A rule as it holds for a period that begins on one day, and what every such deadline says of it.

    `end` is there when days are counted: it is the same for all that begin on that day and never stand still.
    """

    rule: Rule
    duties: tuple[str, ...]
    reminders: tuple[int, ...]
    printed: dict[str, Any]
    climbs: frozenset[str]
    end: clocks.Due | None


@lru_cache(maxsize=8192)
def find_law(workflow: Workflow, rule_id: str, region: str, day: date, minor: bool) -> Law | None:
    """None when no rule applies to this person."""
    rule = workflow.policy.find_rule(rule_id, region, day, minor=minor)
    if rule is None:
        return None
    printed = {
        "rule": rule.id,
        "title": rule.title,
        "article": rule.citation,
        "law_class": rule.shown_class,
        "jurisdiction": rule.jurisdiction,
        "value": rule.value,
        "time_unit": rule.unit,
        "term": rule.term,
    }
    begin = datetime.combine(day, time(), SHANGHAI)
    return Law(
        rule,
        tuple(duty.id for duty in workflow.policy.find_duties(rule_id, region, day, minor=minor)),
        tuple(sorted(rule.remind_days, reverse=True)),
        printed,
        frozenset(step.unit for step in rule.ladder),
        clocks.due(rule, begin, (), workflow.calendar(region)) if rule.length is None else None,
    )


def _rungs(law: Law, find_unit: Callable[[str], str | None]) -> tuple[facts.Rung, ...]:
    """A rung that nobody stands on is left out."""
    found = ((step.after_hours, find_unit(step.unit)) for step in law.rule.ladder)
    return tuple(facts.Rung(after_hours=hours, unit=unit) for hours, unit in found if unit)


@lru_cache(maxsize=8192)
def _rungs_at(law: Law, workflow: Workflow, region: str, seat: str) -> tuple[facts.Rung, ...]:
    """The ladder where a case that has placed none of its units is seated."""
    return _rungs(law, lambda kind: find_unit(workflow, kind, region, seat))


class Deadlines(Effects):
    """What a draft does with clocks."""

    def start(self, specs: Iterable[StartSpec]) -> None:
        """Start the clocks whose rule applies to this person and whose guard holds; a running one is re-armed."""
        for spec in specs:
            if not self.holds(spec):
                continue
            if spec.replaces:
                self._replace(spec.rule, spec.replaces)
                continue
            begin, until = self._since(spec), as_day(self.known.get(spec.until)) if spec.until else None
            lasting = self.at.clock_of(spec.rule)
            if not lasting or (lasting.deadline.started_at, lasting.deadline.until) != (begin, until):
                self.start_rule(spec.rule, begin, until=until)
                self._judge_term(spec, until)

    def _judge_term(self, spec: StartSpec, until: date | None) -> None:
        """A day that was set must lie within what the rule allows; a clock never runs longer than that."""
        clock = self.at.clock_of(spec.rule)
        if until is None or clock is None or spec.until not in self.fields:
            return
        deadline = clock.deadline
        end = self._due(self._law_of(deadline), deadline.started_at, (), None)
        first, last = deadline.started_at.date(), end.due_at.date() - timedelta(days=1)
        if not first <= until <= last:
            zh, en = f"应在 {first} 至 {last} 之间（{deadline.article}）", f"must be from {first} to {last}"
            self.problems.append(FieldProblem(spec.until, zh, en))

    def _since(self, spec: StartSpec) -> datetime:
        return (self.at.moments.get(spec.since) if spec.since else None) or self.occurred_at

    def _replace(self, rule_id: str, replaced: str) -> None:
        """The same period with another length: what stood still before does not count in the new one either."""
        if clock := self.at.clock_of(replaced):
            self.cancel(clock, "replaced")
            self.start_rule(rule_id, clock.deadline.started_at, pauses=clock.pauses)

    def start_rule(
        self,
        rule_id: str,
        begin: datetime,
        task: facts.Task | None = None,
        pauses: tuple[clocks.Pause, ...] = (),
        until: date | None = None,
    ) -> None:
        law = self._find_law(rule_id, begin)
        if law is None:
            return
        if (running := self.at.clock_of(rule_id)) and task is None:
            self.cancel(running, "re_armed")
        self._start(law, begin, task, pauses, until)
        for duty in law.duties:
            added = self._find_law(duty, begin)
            if added and all(task.kind != duty for task in self.at.tasks.values()):
                self._start(added, begin, self.add_task(duty, added.rule.title, self.at.accountable))

    def _find_law(self, rule_id: str, begin: datetime) -> "Law | None":
        return find_law(self.workflow, rule_id, self.at.region, begin.date(), self.at.minor)

    def _start(
        self,
        law: "Law",
        begin: datetime,
        task: facts.Task | None,
        pauses: tuple[clocks.Pause, ...] = (),
        until: date | None = None,
    ) -> None:
        end = self._due(law, begin, pauses, until)
        deadline = facts.Deadline(
            **law.printed,
            deadline_id=f"d{self.at.serial + 1}",
            unit=task.unit if task else self.at.accountable,
            task_id=task.task_id if task else None,
            started_at=begin,
            due_at=end.due_at,
            breach_at=end.breach_at,
            latest_due_at=end.latest_due_at,
            ladder=self._ladder(law),
            until=until,
            remind_days=tuple(days for days in law.reminders if end.due_at - timedelta(days) > max(begin, self.now)),
        )
        self.emit(facts.DeadlineStarted(deadline=deadline, pauses=pauses))

    def _due(self, law: "Law", begin: datetime, pauses: tuple[clocks.Pause, ...], until: date | None) -> clocks.Due:
        if law.end and not pauses and until is None:
            return law.end
        return clocks.due(law.rule, begin, pauses, self.workflow.calendar(self.at.region), until)

    def _ladder(self, law: "Law") -> tuple[facts.Rung, ...]:
        if self.at.placements.keys() & law.climbs:
            return _rungs(law, self.unit_of)
        return _rungs_at(law, self.workflow, self.at.region, self.at.seat)

    def _move_clocks(self, task: facts.Task | None = None) -> None:
        """The clocks of the state, or of a task, follow accountability to another unit."""
        task_id = task.task_id if task else None
        for clock in list(self.at.clocks.values()):
            deadline = clock.deadline
            if deadline.task_id == task_id and deadline.unit != self.at.accountable:
                ladder = self._ladder(self._law_of(deadline))
                self.emit(
                    facts.DeadlineMoved(deadline_id=deadline.deadline_id, unit=self.at.accountable, ladder=ladder)
                )

    def _law_of(self, deadline: facts.Deadline) -> "Law":
        law = self._find_law(deadline.rule, deadline.started_at)
        assert law is not None, "a running clock has its rule"
        return law

    def meet(self, clock: Clock) -> None:
        """The duty is done. Done too late, the breach is recorded first. A term is no duty and only ends."""
        deadline = clock.deadline
        if deadline.term:
            self.cancel(clock, "ended")
            return
        if clock.status == "running" and self.occurred_at >= deadline.breach_at:
            self.emit(facts.DeadlineBreached(deadline_id=deadline.deadline_id, at=deadline.breach_at))
        self.emit(facts.DeadlineMet(deadline_id=deadline.deadline_id, at=self.occurred_at))
        self._end_tasks_about(deadline.deadline_id, "duty_ended")

    def meet_rules(self, rules: Iterable[str]) -> None:
        for rule in rules:
            if clock := self.at.clock_of(rule):
                self.meet(clock)

    def cancel(self, clock: Clock, reason: str) -> None:
        self.emit(facts.DeadlineCancelled(deadline_id=clock.deadline.deadline_id, reason=reason))
        self._end_tasks_about(clock.deadline.deadline_id, "duty_ended")

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
        end = self._due(self._law_of(clock.deadline), clock.deadline.started_at, pauses, clock.deadline.until)
        self.emit(
            facts.DeadlineResumed(
                deadline_id=clock.deadline.deadline_id,
                at=self.occurred_at,
                due_at=end.due_at,
                breach_at=end.breach_at,
                latest_due_at=end.latest_due_at,
            )
        )

    def reproject(self, reason: str) -> None:
        """Compute every open deadline anew with the calendar as it is now; what was missed stays missed."""
        for clock in list(self.at.clocks.values()):
            deadline = clock.deadline
            if clock.status == "breached" or clock.paused_at:
                continue
            end = self._due(self._law_of(deadline), deadline.started_at, clock.pauses, deadline.until)
            if (end.due_at, end.breach_at, end.latest_due_at) != (
                deadline.due_at,
                deadline.breach_at,
                deadline.latest_due_at,
            ):
                self.emit(
                    facts.DeadlineReprojected(
                        deadline_id=deadline.deadline_id,
                        was_due_at=deadline.due_at,
                        due_at=end.due_at,
                        breach_at=end.breach_at,
                        latest_due_at=end.latest_due_at,
                        reason=reason,
                    )
                )

    def ring(self, clock: Clock) -> bool:
        """An alarm whose hour has come: remind; at the end record the breach and climb. True when the end came now."""
        deadline = clock.deadline
        ends = clock.status == "running" and deadline.breach_at <= self.now
        if clock.status == "running" and not ends:
            self._remind(clock)
        elif ends and deadline.term:
            self.cancel(clock, "term_ended")
        else:
            self._climb(clock)
        return ends

    def _remind(self, clock: Clock) -> None:
        deadline, days = clock.deadline, 0
        while (at := self.at.clocks[deadline.deadline_id].next_reminder) and at <= self.now:
            days = deadline.remind_days[self.at.clocks[deadline.deadline_id].reminded]
            self.emit(facts.DeadlineReminded(deadline_id=deadline.deadline_id, days=days))
        self._end_tasks_about(deadline.deadline_id, "reminded_again")
        self.add_task(REMIND, f"到期前 {days} 日提醒：{deadline.title}", deadline.unit, about=deadline.deadline_id)

    def _climb(self, clock: Clock) -> None:
        """Record the breach and every rung whose hour has come; each rung is a 督办 task for its unit."""
        deadline = clock.deadline
        if clock.status == "running":
            self.emit(facts.DeadlineBreached(deadline_id=deadline.deadline_id, at=deadline.breach_at))
        while (alarm := self.at.clocks[deadline.deadline_id].next_alarm) and alarm <= self.now:
            rung = self.at.clocks[deadline.deadline_id].rung
            unit = deadline.ladder[rung].unit
            self.emit(facts.DeadlineEscalated(deadline_id=deadline.deadline_id, rung=rung, unit=unit))
            self.add_task(SUPERVISE, f"督办：{deadline.title}", unit, about=deadline.deadline_id)

    def _end_tasks_about(self, deadline_id: str, outcome: str) -> None:
        for task in list(self.at.tasks.values()):
            if task.about_deadline == deadline_id:
                self.emit(facts.TaskClosed(task_id=task.task_id, outcome=outcome))
