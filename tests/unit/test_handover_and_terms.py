"""States handed over and back, conferences, terms that end, reminders, conditions as data."""

from datetime import datetime, timedelta

import pytest

from contracts.base import SHANGHAI
from contracts.cases import DeadlineBreached, DeadlineCancelled
from tests.unit.sample import BUREAU, CIVIL, COURT, EDUCATION, FEDERATION, PROTECTION, sample_story
from tests.unit.stories import Story


def handed_story() -> Story:
    return sample_story().act("hand_over", unit=PROTECTION, to_unit=CIVIL)


def test_case_comes_back_as_often_as_the_table_allows_and_goes_straight_to_the_returner() -> None:
    story = handed_story()
    first = story.clock("sample-silence").deadline.due_at
    for _ in range(2):
        story.later(hours=1).act("hand_back", unit=CIVIL).act("hand_again", unit=PROTECTION)
    assert story.clock("sample-silence").deadline.due_at == first + timedelta(hours=2)
    refusal = story.refused("hand_back", unit=CIVIL)
    assert refusal.zh == "退回已达 2 次上限"
    assert "limit of 2" in refusal.en


def test_sender_is_accountable_until_the_receiver_accepts() -> None:
    story = handed_story()
    assert story.is_.accountable == PROTECTION
    assert story.act("accept", unit=CIVIL).is_.accountable == CIVIL


def test_silence_routes_the_case_on() -> None:
    story = handed_story().silence(hours=49)
    assert (story.is_.state, story.is_.accountable) == ("served", COURT)


def test_condition_names_the_field_and_its_labels() -> None:
    refusal = sample_story().refused("grade", unit=PROTECTION, grade="blue")
    assert (refusal.code, refusal.zh, refusal.en) == ("guard", "风险等级应为红、黄", "grade must be red, yellow")
    sample_story().act("grade", unit=PROTECTION, grade="red")


def meeting_story() -> Story:
    return sample_story().act("convene", unit=PROTECTION, members=[BUREAU, EDUCATION, CIVIL])


def say(story: Story, unit: str, view: str = "agree") -> None:
    [task] = [task for task in story.tasks("opinion") if task.unit == unit]
    story.act("complete_task", unit=unit, task=task.task_id, view=view)


def test_every_member_of_a_conference_is_asked() -> None:
    story = meeting_story()
    assert {task.unit for task in story.tasks("opinion")} == {BUREAU, EDUCATION, CIVIL}
    assert story.is_.counters["opinion.opened"] == 3


def test_conference_needs_its_quorum_and_its_required_agency() -> None:
    story = meeting_story()
    say(story, EDUCATION)
    assert "已表态单位须达 2 次" in story.refused("conclude", unit=PROTECTION, decisions=["guidance"]).zh
    say(story, CIVIL, "dissent")
    assert "公安机关表态须达 1 次" in story.refused("conclude", unit=PROTECTION, decisions=["guidance"]).zh
    say(story, BUREAU)
    story.act("conclude", unit=PROTECTION, decisions=["guidance"])
    assert {name: story.is_.counters[f"opinion.{name}"] for name in ("agree", "dissent", "done")} == {
        "agree": 2,
        "dissent": 1,
        "done": 3,
    }
    assert [task.unit for task in story.tasks("guidance")] == [FEDERATION]
    assert not story.tasks("shelter")


def test_each_round_is_counted_anew() -> None:
    story = meeting_story()
    say(story, BUREAU)
    say(story, CIVIL)
    story.act("conclude", unit=PROTECTION, decisions=["shelter"])
    story.act("convene", unit=PROTECTION, members=[BUREAU, EDUCATION])
    assert story.refused("conclude", unit=PROTECTION, decisions=["shelter"]).code == "guard"
    assert (story.is_.counters["opinion.opened"], story.is_.counters["opinion.done"]) == (2, 0)


def test_members_are_units_without_repeats_of_the_kinds_named() -> None:
    for members in ([], [BUREAU, BUREAU], [COURT], "x"):
        refusal = sample_story().refused("convene", unit=PROTECTION, members=members)
        assert [problem.field for problem in refusal.problems] == ["members"]


# -- terms ------------------------------------------------------------------------------------------------------


def test_term_ends_with_the_day_that_was_set() -> None:
    story = sample_story().act("grant", unit=PROTECTION, ends_on="2026-03-31")
    assert story.clock("sample-order").deadline.due_at == datetime(2026, 4, 1, tzinfo=SHANGHAI)


def test_term_without_a_day_is_as_long_as_the_law_allows() -> None:
    story = sample_story().act("grant", unit=PROTECTION)
    assert story.clock("sample-order").deadline.due_at == datetime(2026, 7, 6, tzinfo=SHANGHAI)


@pytest.mark.parametrize("day", ["2026-07-06", "2026-01-04"])
def test_day_outside_what_the_law_allows_is_refused(day: str) -> None:
    refusal = sample_story().refused("grant", unit=PROTECTION, ends_on=day)
    [problem] = refusal.problems
    assert problem.field == "ends_on"
    assert problem.en == "must be from 2026-01-05 to 2026-07-05"
    assert "grant" in refusal.allowed


def test_end_of_a_term_is_no_breach_and_moves_the_case() -> None:
    story = sample_story().act("grant", unit=PROTECTION).silence(days=200)
    assert story.is_.state == "expired"
    last = next(fact for fact in story.log if fact.trigger == "expire")
    assert [effect.reason for effect in last.of(DeadlineCancelled)] == ["term_ended"]
    assert not [effect for fact in story.log for effect in fact.of(DeadlineBreached)]


def test_owner_is_reminded_before_a_term_ends_one_reminder_at_a_time() -> None:
    story = sample_story().act("grant", unit=PROTECTION)
    end = story.clock("sample-order").deadline.due_at
    story.silence(days=(end - story.now).days - 31)
    assert not story.tasks("remind")
    for days in (30, 14, 7):
        story.silence(seconds=(end - timedelta(days=days) - story.now).total_seconds())
        assert [(task.unit, task.title) for task in story.tasks("remind")] == [
            (COURT, f"到期前 {days} 日提醒：sample-order")
        ]
    story.act("revoke", unit=COURT)
    assert not story.tasks("remind")


def test_short_term_is_not_reminded_of_what_lies_before_it_began() -> None:
    story = sample_story().act("grant", unit=PROTECTION, ends_on="2026-01-15")
    assert story.clock("sample-order").deadline.remind_days == (7,)


def test_term_that_ends_early_was_neither_met_nor_missed() -> None:
    story = sample_story().act("grant", unit=PROTECTION).later(days=3).act("revoke", unit=COURT)
    assert [effect.reason for effect in story.last.of(DeadlineCancelled)] == ["ended"]
