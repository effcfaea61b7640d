"""How units usually work: what they do in a state, after how long, and what they write. Pure; a file for each workflow.

A habit answers with a `Move`. All chance comes from a generator seeded by the case's own key and the step at hand.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from deploy.demo.habits import child_referral, dv_warning, mandatory_report, screening
from deploy.demo.habits.desk import Desk, Fields, Habits, Move

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
    """The fields of an action, as its unit fills them at `now`."""
    write = HABITS[desk.case.workflow].writers.get(move.filled_by)
    return (write(desk, now.isoformat()) if write else {}) | move.also


def closes(move: Move, desk: Desk) -> bool:
    return move.action in HABITS[desk.case.workflow].closing
