"""Tasks that are offered to peers: accepted or rejected, unanswered and routed on, done or failed; never lost."""

from contracts.cases import Milestone, TaskClosed
from tests.unit.sample import BUREAU, CIVIL, FEDERATION, PROTECTION, sample_story
from tests.unit.stories import Story


def offered_story() -> Story:
    return sample_story().act("refer", unit=PROTECTION)


def support(story: Story) -> str:
    [task] = story.tasks("support")
    return task.task_id


def closing(story: Story) -> TaskClosed:
    found: TaskClosed = story.last.of(TaskClosed)[0]
    return found


def test_offer_runs_the_clock_for_an_answer_and_acceptance_the_clock_for_the_work() -> None:
    story = offered_story()
    assert story.tasks("support")[0].status == "offered"
    assert story.rules() == {"sample-answer"}
    story.later(hours=5).act("accept_task", unit=FEDERATION, task=support(story))
    assert story.tasks("support")[0].status == "accepted"
    assert story.clock("sample-work").deadline.started_at == story.now
    assert story.is_.accountable == PROTECTION


def test_work_cannot_be_done_before_it_is_accepted() -> None:
    story = offered_story()
    refusal = story.refused("complete_task", unit=FEDERATION, task=support(story))
    assert "接收任务" in refusal.zh
    assert {"accept_task", "reject_task"} <= set(refusal.allowed)


def test_rejected_offer_comes_back_and_is_offered_to_another_unit() -> None:
    story = offered_story()
    refusal = story.refused("reject_task", unit=FEDERATION, task=support(story))
    assert [problem.field for problem in refusal.problems] == ["reason"]
    story.act("reject_task", unit=FEDERATION, task=support(story), reason="wrong_jurisdiction")
    assert (closing(story).outcome, closing(story).reason) == ("rejected", "wrong_jurisdiction")
    [back] = story.tasks("returned")
    assert (back.unit, back.about_kind) == (PROTECTION, "support")
    assert story.clock("task-returned").deadline.task_id == back.task_id
    story.act("offer_again", unit=PROTECTION, task=back.task_id, to_unit=CIVIL)
    [again] = story.tasks("support")
    assert (again.unit, again.status) == (CIVIL, "offered")
    assert not story.tasks("returned")


def test_rejected_offer_can_be_withdrawn_with_a_reason() -> None:
    story = offered_story()
    story.act("reject_task", unit=FEDERATION, task=support(story), reason="incomplete")
    [back] = story.tasks("returned")
    story.act("withdraw_offer", unit=PROTECTION, task=back.task_id, reason="person_declined")
    assert not story.tasks("support")
    assert not story.tasks("returned")


def test_silence_climbs_and_is_routed_on_once() -> None:
    story = offered_story().silence(hours=25)
    [task] = story.tasks("support")
    assert (task.unit, task.rerouted, task.status) == (CIVIL, True, "offered")
    assert "womens-children-committee@330382" in {found.unit for found in story.tasks("supervise")}
    story.silence(days=3)
    assert story.tasks("support")[0].unit == CIVIL
    story.act("accept_task", unit=CIVIL, task=support(story))
    assert {clock.deadline.rule for clock in story.is_.clocks.values() if clock.deadline.task_id == task.task_id} == {
        "sample-work"
    }


def test_law_obliges_and_leaves_no_rejection() -> None:
    story = offered_story()
    [task] = story.tasks("police_help")
    assert story.refused("reject_task", unit=BUREAU, task=task.task_id, reason="incomplete").code == "duty"
    story.act("accept_task", unit=BUREAU, task=task.task_id)


def test_accepted_work_that_is_done_reaches_its_milestone_at_the_stated_time() -> None:
    story = offered_story()
    story.act("accept_task", unit=FEDERATION, task=support(story)).later(days=2)
    helped = story.now.isoformat()
    story.later(days=1).act("complete_task", unit=FEDERATION, task=support(story), helped_at=helped)
    [milestone] = story.last.of(Milestone)
    assert (milestone.name, milestone.occurred_at.isoformat()) == ("support.given", helped)
    assert closing(story).outcome == "done"


def test_work_that_failed_and_a_person_who_did_not_come_are_told_apart_and_come_back() -> None:
    for ending in ("failed", "unattended"):
        story = offered_story()
        story.act("accept_task", unit=FEDERATION, task=support(story))
        story.act("fail_task", unit=FEDERATION, task=support(story), ending=ending, reason="unreachable")
        assert closing(story).outcome == ending
        assert [task.unit for task in story.tasks("returned")] == [PROTECTION]
        assert "sample-work" not in story.rules()


def test_only_the_accountable_unit_cancels() -> None:
    story = offered_story()
    assert story.refused("cancel_task", unit=FEDERATION, task=support(story), reason="done").code == "wrong_unit"
    story.act("cancel_task", unit=PROTECTION, task=support(story), reason="person_declined")
    assert closing(story).outcome == "cancelled"
    assert not story.tasks("support")


def test_case_does_not_close_over_an_open_offer() -> None:
    assert offered_story().refused("close", unit=PROTECTION).code == "open_tasks"
