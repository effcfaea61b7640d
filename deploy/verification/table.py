"""I5: whether a fact is a step that the table has, by a unit that the table names. Pure.

Told from the fact alone, not by deciding again: a wrong `decide` would agree with itself.
"""

from typing import Final

from contracts.cases import Fact, ItemClaimed, ItemReleased, ReportAttached, StateEntered
from workflows.actions import GENERIC
from workflows.definition import ActionSpec
from workflows.engine import allowed_actions
from workflows.loader import Workflow
from workflows.model import Case

OPENING: Final = frozenset({"reported", "begun"})
STAYING: Final = frozenset({"proposed", "new_lead", "proved", "expired", "reprojected"})
"""What people and clocks cause besides actions; none of it moves a case along."""

TIMER: Final = "timer/"
"""How the cause of every alarm begins."""


def is_permitted(workflow: Workflow, before: Case | None, fact: Fact) -> bool:
    """`workflow` is the version the case is on after the fact."""
    entered = [effect.state for effect in fact.of(StateEntered)]
    if before is None:
        return fact.trigger in OPENING and len(entered) == 1 and _opens(workflow, fact, entered[0])
    if fact.trigger == "migrated":
        return fact.unit is None and set(entered) <= workflow.definition.states.keys()
    if fact.trigger == "renewed":
        return before.state in workflow.definition.join.renews and all(_opens(workflow, fact, one) for one in entered)
    if fact.trigger in STAYING:
        return not entered
    if fact.trigger in GENERIC:
        return not entered and _may_take_generic(workflow, before, fact)
    return _may_take(workflow, before, fact, entered)


def _opens(workflow: Workflow, fact: Fact, state: str) -> bool:
    """A report opens where the definition says; a case that another one opens, in any state that it has."""
    reports = [effect.report for effect in fact.of(ReportAttached)]
    if fact.trigger == "begun" or not reports:
        return fact.trigger == "begun" and state in workflow.definition.states
    spec = workflow.definition.find_opening(reports[0].event_type, reports[0].fields)
    return spec is not None and spec.state == state


def _may_take_generic(workflow: Workflow, before: Case, fact: Fact) -> bool:
    for effect in fact.effects:
        if isinstance(effect, ItemClaimed | ItemReleased):
            task = before.tasks.get(effect.item)
            return fact.unit == (before.accountable if effect.item == "state" else task.unit if task else None)
    if fact.trigger == "correct_step":
        return fact.unit == before.accountable
    return fact.unit is not None and fact.trigger in allowed_actions(workflow, before, fact.unit)


def _may_take(workflow: Workflow, before: Case, fact: Fact, entered: list[str]) -> bool:
    """Some row of this name leads from the state before to the one after, and is for this unit, or for the clock."""
    rows = [
        row
        for row in workflow.definition.rows_from(before.state)
        if row.name == fact.trigger and entered == _reached(row, before)
    ]
    if fact.unit is None:
        return fact.cause.startswith(TIMER) and any(row.timer is not None for row in rows)
    return any(row.timer is None for row in rows) and fact.trigger in allowed_actions(workflow, before, fact.unit)


def _reached(row: ActionSpec, before: Case) -> list[str]:
    target = before.origin if row.to == "origin" else row.to
    return [target] if target else []
