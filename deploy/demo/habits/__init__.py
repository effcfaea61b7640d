"""How units usually work: what they do in a state, after how long, and what they write. Pure; a file for each workflow.

A habit answers with a `Move`. All chance comes from a generator seeded by the case's own key and the step at hand.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final

from deploy.demo.habits import (
    bullying,
    child_referral,
    dv_warning,
    family_education,
    guardianship,
    hardship,
    hotline_ticket,
    mandatory_report,
    omission,
    protection_order,
    relief,
    screening,
    shelter,
)
from deploy.demo.habits.desk import Desk, Fields, Habits, Move
from deploy.demo.habits.forms import answers
from workflows.definition import FieldSpec
from workflows.loader import Workflow, load_workflows
from workflows.model import Case

HABITS: Final[Mapping[str, Habits]] = {
    "shelter": shelter.HABITS,
    "omission": omission.HABITS,
    "hotline_ticket": hotline_ticket.HABITS,
    "hardship": hardship.HABITS,
    "bullying": bullying.HABITS,
    "child_referral": child_referral.HABITS,
    "dv_warning": dv_warning.HABITS,
    "family_education": family_education.HABITS,
    "guardianship": guardianship.HABITS,
    "mandatory_report": mandatory_report.HABITS,
    "protection_order": protection_order.HABITS,
    "relief": relief.HABITS,
    "screening": screening.HABITS,
}


def next_move(desk: Desk) -> Move | None:
    """What the unit means to do in the state the case is in; None when it does nothing."""
    habit = HABITS[desk.case.workflow].states.get(desk.case.state)
    return habit(desk) if habit else None


def fill(move: Move, desk: Desk, now: datetime) -> Fields:
    """The fields of an action, as its unit fills them at `now`; a plain answer where no writer says more."""
    write = HABITS[desk.case.workflow].writers.get(move.filled_by)
    written = (write(desk, now.isoformat()) if write else {}) | move.also
    rows = workflow_of(desk.case).definition.table.get((desk.case.state, move.action), [])
    known = desk.case.fields | written
    row = next((row for row in rows if not row.failing_field(known)), rows[0] if rows else None)
    return answers(row.fields if row else {}, desk, now, written)


def fill_task(kind: str, desk: Desk, now: datetime) -> Fields:
    """The fields of a task that is done at `now`."""
    spec = workflow_of(desk.case).definition.find_task(kind)
    specs: Mapping[str, FieldSpec] = spec.fields if spec else {}
    write = HABITS[desk.case.workflow].writers.get(kind)
    return answers(specs, desk, now, write(desk, now.isoformat()) if write else {})


@cache
def _find_workflow(name: str, version: int) -> Workflow:
    return _workflows().get(name, version)


_workflows = cache(load_workflows)


def workflow_of(case: Case) -> Workflow:
    return _find_workflow(case.workflow, case.definition_version)
