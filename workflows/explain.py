"""Why a date is what it is: every deadline of a case with its law, its count of days and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts import cases as facts
from workflows.clocks import Count, Due, Pause, count, reproject
from workflows.loader import Workflow
from workflows.model import Case, evolve
from workflows.rules import Rule

Standing = Literal["running", "paused", "met", "missed", "met_late", "cancelled"]


@dataclass(frozen=True)
class Explanation:
    """One deadline. `due` is recomputed; it differs from the `recorded` one where the packs say otherwise today.

    `rule` is None when no pack has the rule for this case any more: then nothing can be recomputed.
    """

    recorded: facts.Deadline
    standing: Standing
    pauses: tuple[Pause, ...]
    paused_since: datetime | None
    ended_at: datetime | None
    reason: str | None
    rule: Rule | None
    due: Due | None
    count: Count
    breach_unsettled: bool = False
    """Whether only the record of a breach depends on a holiday notice that is not out."""

    @property
    def as_recorded(self) -> bool:
        """Whether the packs of today give the dates that the case has."""
        kept = self.recorded
        return self.due is None or self.due == Due(kept.due_at, kept.breach_at, kept.latest_due_at)


@dataclass
class _Found:
    """A deadline while its log is read; `kept` follows what resuming and moving changed."""

    kept: facts.Deadline
    pauses: tuple[Pause, ...]
    paused_since: datetime | None
    standing: Standing = "running"
    ended_at: datetime | None = None
    reason: str | None = None


def explain(log: Iterable[facts.Fact], workflow: Workflow) -> tuple[Explanation, ...]:
    """Every deadline the case ever had, in the order they began. Raises ValueError for a broken log."""
    case: Case | None = None
    found: dict[str, _Found] = {}
    for fact in log:
        case = evolve(case, fact)
        for started in fact.of(facts.DeadlineStarted):
            deadline = started.deadline
            found[deadline.deadline_id] = _Found(deadline, started.pauses, None)
        for clock in case.clocks.values():
            one = found[clock.deadline.deadline_id]
            one.kept, one.pauses, one.paused_since = clock.deadline, clock.pauses, clock.paused_at
            one.standing = "missed" if clock.status == "breached" else clock.status
        for effect in fact.effects:
            _follow(found, effect, fact.decided_at)
    return tuple(_explain(one, case, workflow) for one in found.values()) if case else ()


def _follow(found: dict[str, _Found], effect: facts.Effect, decided_at: datetime) -> None:
    """What a case forgets: a deadline that ended, also one that began in the same fact."""
    if isinstance(effect, facts.DeadlineBreached):
        found[effect.deadline_id].standing = "missed"
    elif isinstance(effect, facts.DeadlineMet):
        one = found[effect.deadline_id]
        one.standing, one.ended_at = ("met_late" if one.standing == "missed" else "met"), effect.at
    elif isinstance(effect, facts.DeadlineCancelled):
        one = found[effect.deadline_id]
        one.standing, one.ended_at, one.reason = "cancelled", decided_at, effect.reason


def _explain(one: _Found, case: Case, workflow: Workflow) -> Explanation:
    kept = one.kept
    day = kept.started_at.date()
    known = kept.rule in workflow.policy
    rule = workflow.policy.find_rule(kept.rule, case.region, day, minor=case.minor) if known else None
    calendar = workflow.calendar(case.region)
    end = reproject(kept, one.pauses, rule, calendar) if rule else None
    return Explanation(
        recorded=kept,
        standing=one.standing,
        pauses=one.pauses,
        paused_since=one.paused_since,
        ended_at=one.ended_at,
        reason=one.reason,
        rule=rule,
        due=end,
        count=count(rule, kept.started_at, one.pauses, calendar, kept.until) if rule else Count(),
        breach_unsettled=end is not None
        and end.breach_at > end.due_at
        and not calendar.is_settled(end.breach_at.date()),
    )
