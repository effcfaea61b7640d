"""SM-C as it stands in version 1."""

from typing import Any

import pytest

from tests.unit.stories import MONDAY, PROTECTION, Story, loaded, report

SUPERVISOR = "childrens-supervisor@330382001"


def referral_story(grade: str = "yellow") -> Story:
    made = report("child_referral.requested", MONDAY, proposed_grade="yellow")
    story = Story(loaded().get("child_referral")).reported(made, minor=True)
    return story.act("triage", unit=PROTECTION, grade=grade, child_seen=True)


def referred_story() -> Story:
    return referral_story().act("refer", unit=PROTECTION, to_unit=SUPERVISOR, needs=["psychological"])


@pytest.mark.parametrize(("grade", "rule"), [("red", "referral-red"), ("blue", "referral-blue")])
def test_grade_sets_the_clock(grade: str, rule: str) -> None:
    assert rule in referral_story(grade).rules()


def test_sender_stays_accountable_until_the_receiver_accepts() -> None:
    story = referred_story()
    assert story.is_.accountable == PROTECTION
    story.act("accept", unit=SUPERVISOR)
    assert story.is_.accountable == SUPERVISOR


def test_referral_escalates_when_the_receiver_is_silent() -> None:
    story = referred_story().silence(days=3)
    assert [task.unit for task in story.tasks("supervise")] == ["womens-children-committee@330382"]
    assert story.is_.accountable == PROTECTION


def test_referral_is_returned_once_only() -> None:
    story = referred_story().act("return_referral", unit=SUPERVISOR, reason="incomplete")
    story.act("refer", unit=PROTECTION, to_unit=SUPERVISOR, needs=["psychological"])
    assert story.refused("return_referral", unit=SUPERVISOR, reason="incomplete").code == "guard"
    story.act("withdraw_referral", unit=PROTECTION)


def test_service_ends_after_six_monthly_follow_ups_that_saw_the_child() -> None:
    story = referred_story().act("accept", unit=SUPERVISOR)
    for _ in range(6):
        assert story.refused("close", unit=SUPERVISOR).code == "guard"
        story.later(days=28)
        seen: dict[str, Any] = {"visited_at": story.now.isoformat(), "child_seen": True, "services": ["psychological"]}
        story.act("follow_up", unit=SUPERVISOR, **seen)
    story.act("close", unit=SUPERVISOR)
    assert story.is_.final
