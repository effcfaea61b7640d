"""What was recorded by mistake is counted no more; the case stays where it is."""

from typing import Any

import pytest

from contracts.cases import Milestone
from tests.unit.stories import dv_story

MISTAKEN: dict[str, Any] = {"version": 1, "step": "case.opened", "reason": "recorded_in_error"}


def test_accountable_unit_takes_a_step_back_and_the_case_stays_as_it_is() -> None:
    story = dv_story().act("dispatch")
    before = story.is_
    story.act("correct_step", **MISTAKEN)
    [said] = story.last.of(Milestone)
    assert (said.name, said.dimensions["version"], said.dimensions["name"]) == ("milestone.withdrawn", 1, "case.opened")
    assert (story.is_.state, story.is_.clocks, story.is_.fields) == (before.state, before.clocks, before.fields)


def test_nobody_else_can() -> None:
    refusal = dv_story().act("dispatch").refused("correct_step", "womens-federation@330382", **MISTAKEN)
    assert refusal.code == "wrong_unit"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"version": 3}, "version"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"step": "letter.sent"}, "step"),
        ({"reason": None}, "reason"),
        ({"happened_at": "2099-01-01T00:00:00+08:00"}, "happened_at"),
        ({"happened_at": "yesterday"}, "happened_at"),
    ],
)
def test_what_cannot_be_corrected_is_told_with_its_field(wrong: dict[str, Any], field: str) -> None:
    refusal = dv_story().act("dispatch").refused("correct_step", **MISTAKEN | wrong)
    assert [problem.field for problem in refusal.problems] == [field]
