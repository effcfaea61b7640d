"""SM-D as it stands in version 1."""

from tests.unit.stories import MCH, MONDAY, Story, loaded, report


def screening_story(finding: str) -> Story:
    made = report("screening.recorded", MONDAY, cancer="cervical", finding=finding)
    return Story(loaded().get("screening")).reported(made)


def test_negative_result_is_one_fact_and_no_queue_entry() -> None:
    story = screening_story("normal")
    assert len(story.log) == 1
    assert story.is_.final
    assert story.is_.quiet
    assert not story.is_.clocks


def test_abnormal_result_is_told_and_referred_and_closed_by_a_diagnosis() -> None:
    story = screening_story("abnormal")
    assert story.clock("screening-notice").deadline.law_class == "PLAT"
    told = {"notified_at": story.now.isoformat(), "channel": "phone", "referral_slip": "转1号"}
    story.act("notify", unit=MCH, **told)
    story.later(days=20).act("record_diagnosis", unit=MCH, diagnosed_at=story.now.isoformat(), diagnosis="benign")
    assert story.is_.outcome == "diagnosed"
