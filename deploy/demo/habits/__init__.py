"""How units usually work: what they do in a state, after how long, and what they write. Pure; a file for each workflow.

A habit answers with a `Move`. All chance comes from a generator seeded by the case's own key and the step at hand.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final

from deploy.demo.habits import child_referral, dv_warning, mandatory_report, screening
from deploy.demo.habits.desk import Desk, Fields, Habits, Move
from deploy.demo.habits.forms import answers
from workflows.definition import Definition, FieldSpec
from workflows.loader import load_workflows

HABITS: Final[Mapping[str, Habits]] = {
    "child_referral": child_referral.HABITS,
    "dv_warning": dv_warning.HABITS,
    "mandatory_report": mandatory_report.HABITS,
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
    row = definition_of(desk).table.get((desk.case.state, move.action))
    return answers(row[0].fields if row else {}, desk, now, written)


def fill_task(kind: str, desk: Desk, now: datetime) -> Fields:
    """The fields of a task that is done at `now`."""
    spec = definition_of(desk).find_task(kind)
    specs: Mapping[str, FieldSpec] = spec.fields if spec else {}
    write = HABITS[desk.case.workflow].writers.get(kind)
    return answers(specs, desk, now, write(desk, now.isoformat()) if write else {})


def definition_of(desk: Desk) -> Definition:
    return _definition(desk.case.workflow, desk.case.definition_version)


@cache
def _definition(workflow: str, version: int) -> Definition:
    return _workflows().get(workflow, version).definition


_workflows = cache(load_workflows)


def closes(move: Move, desk: Desk) -> bool:
    return move.action in HABITS[desk.case.workflow].closing
