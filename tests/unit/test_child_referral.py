"""SM-C 儿童保护转介与临时监护, told as stories."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.cases import ChildOpened, DeadlineBreached, DeadlineCancelled, Milestone
from tests.unit.child_stories import (
    CARE,
    CIVIL,
    COMMITTEE,
    EDUCATION,
    ENDED,
    FEDERATION,
    SUPERVISOR,
    assessing_story,
    assessment,
    awaited_story,
    begun,
    cared_story,
    collected,
    concluded_story,
    conclusion,
    conference_story,
    deliberated_story,
    emergency_story,
    finish,
    follow_up,
    hospital_story,
    long_term_story,
    opened,
    pending_story,
    referred_story,
    removed,
    requested_story,
    rerouted_story,
    say,
    served_story,
    state_rules,
    triaged_story,
)
from tests.unit.stories import (
    BUREAU,
    COMMAND,
    MONDAY,
    PROCURATORATE,
    PROTECTION,
    SCHOOL,
    STATION,
    VILLAGE,
    received_story,
)
from workflows.loader import load_workflows

# -- openings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["child_in_hardship"])
def test_report_of_hardship_opens_a_case_that_is_graded_within_half_an_hour(kind: str) -> None:
    story = requested_story("report.submitted", kind=kind)
    assert (story.is_.state, story.is_.accountable) == ("received", PROTECTION)
    assert story.clock("referral-triage").deadline.due_at == MONDAY + timedelta(minutes=30)
    assert story.clock("referral-triage").deadline.law_class == "PLAT"


def test_report_is_a_milestone_with_its_delay() -> None:
    [milestone] = requested_story().last.of(Milestone)
    assert (milestone.name, milestone.dimensions["delay_minutes"]) == ("report.submitted", 60)


def test_other_case_opens_one_to_be_graded_or_an_emergency() -> None:
    assert opened("child_referral", "received").is_.accountable == PROTECTION
    assert opened("child_referral", "emergency").is_.accountable == STATION


def test_danger_to_a_child_in_another_case_opens_an_emergency_of_the_police_here() -> None:
    elsewhere = received_story().act("raise_urgent_danger")
    [child] = elsewhere.last.of(ChildOpened)
    assert (child.workflow, child.state, child.roles, child.urgent) == (
        "child_referral",
        "emergency",
        {"victim": "child"},
        True,
    )
    story = emergency_story()
    assert (story.is_.state, story.is_.accountable) == ("emergency", STATION)
    assert story.clock("child-emergency").deadline.article.startswith("反家庭暴力法第十五条")


def test_second_danger_about_the_same_child_is_a_lead_of_the_open_case() -> None:
    story = served_story().begun(begun("child_referral", "emergency", urgent=True))
    [lead] = story.tasks("new_lead")
    assert (lead.unit, story.is_.state) == (SUPERVISOR, "in_service")
    story.act("review_report", unit=SUPERVISOR, task=lead.task_id, finding="same_incident")
    story.act("emergency", unit=SUPERVISOR)
    assert story.is_.accountable == STATION


def test_silence_in_an_emergency_climbs_to_the_command_centre_and_the_procuratorate() -> None:
    story = emergency_story().silence(hours=4)
    assert [task.unit for task in story.tasks("supervise")] == [COMMAND, PROCURATORATE]


# -- C0, C1 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grade", "rule"),
    [("red", "referral-red"), ("yellow", "referral-yellow"), ("blue", "referral-blue"), ("green", "referral-blue")],
)
def test_grade_sets_the_clock(grade: str, rule: str) -> None:
    story = triaged_story(grade)
    assert rule in story.rules()
    assert ("emergency.not_needed" in {m.name for m in story.last.of(Milestone)}) == (grade != "red")


def test_only_child_protection_grades_and_a_case_without_issue_needs_a_second_person() -> None:
    assert requested_story().refused("triage", unit=CIVIL, grade="red", child_seen=True).code == "wrong_unit"
    assert triaged_story().refused("no_issue", unit=PROTECTION, reason="no_issue").code == "bad_fields"


def test_emergency_calls_the_command_centre_at_once() -> None:
    story = served_story().act("emergency", unit=SUPERVISOR)
    [task] = story.tasks("urgent_response")
    assert (story.is_.urgent, task.unit) == (True, COMMAND)
    assert "referral-follow-up" not in story.rules()


# -- C2, C3 --------------------------------------------------------------------------------------------------------


def test_only_the_police_take_a_child_away() -> None:
    story = emergency_story()
    assert story.refused("remove_and_escort", unit=PROTECTION, **removed(story)).code == "wrong_unit"


def test_removal_moves_the_duty_to_the_agency_that_must_receive_the_child_for_a_year_at_most() -> None:
    story = cared_story()
    term = story.clock("temporary-guardianship").deadline
    assert (term.unit, term.law_class, term.term) == (PROTECTION, "NORM", True)
    assert term.due_at.isoformat() == "2027-01-06T00:00:00+08:00"
    assert {m.name for m in story.last.of(Milestone)} == {
        "emergency.responded",
        "temporary_guardianship.started",
        "guardianship.intervened",
    }
    assert [m.dimensions for m in story.last.of(Milestone)][2] == {"kind": "temporary_guardianship"}


def test_police_owe_their_statement_within_five_working_days_and_their_bureau_hears_of_silence() -> None:
    story = cared_story()
    statement = story.clock("police-statement").deadline
    assert (statement.unit, statement.law_class) == (STATION, "NORM")
    assert statement.due_at.isoformat() == "2026-01-13T00:00:00+08:00"
    story.silence(days=10)
    assert {BUREAU, PROCURATORATE} <= {task.unit for task in story.tasks("supervise")}


def test_child_is_received_examined_and_the_guardian_told_only_when_that_is_safe() -> None:
    assert not cared_story().tasks("tell_guardian")
    story = emergency_story()
    story.act("remove_and_escort", **removed(story, guardian_may_know=True))
    [told] = story.tasks("tell_guardian")
    assert told.addressee_role == "guardian"
    finish(story, "receive_child", "health_check", "police_statement")
    assert {task.kind for task in story.is_.tasks.values()} == {"tell_guardian"}


def test_child_that_comes_without_police_needs_no_police_statement() -> None:
    story = triaged_story()
    taken = {
        "taken_in_at": story.now.isoformat(),
        "document": "临1号",
        "ground": "guardian_unable",
        "placement": "relatives",
    }
    story.act("take_in", unit=PROTECTION, child_view="too_young", guardian_may_know=True, **taken)
    assert {task.kind for task in story.is_.tasks.values()} == {"health_check", "tell_guardian"}


def test_hospital_says_what_it_found_and_the_police_look_in_every_week() -> None:
    story = finish(hospital_story(), "treatment")
    assert story.clock("hospital-stay-check").deadline.due_at.isoformat() == "2026-01-13T00:00:00+08:00"
    story.later(days=5).act("record_stay", child_seen=True)
    assert story.clock("hospital-stay-check").deadline.due_at.isoformat() == "2026-01-18T00:00:00+08:00"


def test_school_is_told_as_soon_as_it_is_known() -> None:
    story = cared_story()
    assert not story.tasks("tell_school")
    story.act("name_school", unit=PROTECTION, school_unit=SCHOOL)
    assert [task.addressee for task in story.tasks("tell_school")] == [SCHOOL]


def test_owner_is_reminded_sixty_thirty_and_seven_days_before_the_year_ends() -> None:
    story = finish(pending_story(), "receive_child", "health_check", "police_statement").silence(days=300)
    [reminder] = story.tasks("remind")
    assert (reminder.unit, "60" in reminder.title) == (PROTECTION, True)
    story.silence(days=46)
    assert "7 日" in story.tasks("remind")[0].title


def test_year_that_ends_without_a_decision_is_civil_affairs_to_decide_and_the_procuratorate_hears_of_silence() -> None:
    story = cared_story().silence(days=366)
    assert (story.is_.state, story.is_.accountable) == ("term_over", CIVIL)
    assert not any(c.deadline.rule == "temporary-guardianship" for c in story.is_.clocks.values())
    story.silence(days=10)
    assert PROCURATORATE in {task.unit for task in story.tasks("supervise")}


# -- C4, C5 --------------------------------------------------------------------------------------------------------


def test_assessment_is_a_platform_default_of_thirty_days_and_the_conference_of_sixty() -> None:
    story = cared_story()
    rules = ("care-assessment", "care-conference", "care-conference-latest")
    clocks = [story.clock(rule).deadline for rule in rules]
    assert {clock.law_class for clock in clocks} == {"PLAT"}
    assert [clock.due_at.date().isoformat() for clock in clocks] == ["2026-02-05", "2026-03-07", "2026-11-07"]


def test_no_conference_before_the_assessment_and_the_child_was_asked() -> None:
    story = assessing_story()
    invited: dict[str, Any] = {"invited": [STATION, CIVIL, VILLAGE], "proposal": "return_home"}
    assert "本轮评估" in story.refused("call_conference", unit=PROTECTION, **invited).zh
    refusal = story.refused("record_assessment", unit=PROTECTION, **assessment(story, child_view="not_yet"))
    assert "听取儿童意见" in refusal.zh
    story.act("record_assessment", unit=PROTECTION, **assessment(story))
    assert {m.name for m in story.last.of(Milestone)} == {"guardianship.assessed", "needs.assessed"}


@pytest.mark.parametrize("missing", [STATION, CIVIL, VILLAGE])
def test_police_civil_affairs_and_the_village_or_school_must_be_invited(missing: str) -> None:
    story = assessing_story()
    story.act("record_assessment", unit=PROTECTION, **assessment(story))
    invited = [unit for unit in (STATION, CIVIL, VILLAGE, EDUCATION) if unit != missing]
    assert story.refused("call_conference", unit=PROTECTION, invited=invited, proposal="return_home").code == "guard"


def test_conference_asks_every_member_and_ends_the_clock_of_the_assessment() -> None:
    story = conference_story()
    assert {task.unit for task in story.tasks("opinion")} == {STATION, CIVIL, VILLAGE, SCHOOL}
    assert state_rules(story) == CARE - {"care-assessment"}


def test_conclusion_needs_its_quorum_and_the_agencies_that_must_speak() -> None:
    story = conference_story(STATION, CIVIL, VILLAGE, SCHOOL, EDUCATION)
    told = conclusion(told_at=story.now.isoformat())
    say(say(say(story, CIVIL), SCHOOL), VILLAGE)
    assert "公安机关" in story.refused("conclude_return", unit=PROTECTION, **told).zh
    story = conference_story(STATION, CIVIL, VILLAGE)
    say(say(story, STATION), VILLAGE)
    assert "已表态单位须达 3 次" in story.refused("conclude_return", unit=PROTECTION, **told).zh
    say(story, CIVIL).act("conclude_return", unit=PROTECTION, **told)


def test_dissent_is_recorded_with_its_reason_and_must_be_answered() -> None:
    story = conference_story()
    say(say(story, STATION, "dissent", dissent_reason="danger_remains"), CIVIL)
    assert story.is_.fields["dissent_reason"] == "danger_remains"
    say(story, VILLAGE)
    assert "不同意见" in story.refused("conclude_continue", unit=PROTECTION, **conclusion()).zh
    story.act("conclude_continue", unit=PROTECTION, **conclusion(dissent_answer="adopted"))
    assert story.is_.counters["opinion.dissent"] == 1


def test_no_hand_back_without_a_conclusion_that_heard_the_child() -> None:
    assert assessing_story().refused("collected", unit=PROTECTION).code == "not_allowed_here"
    story = deliberated_story()
    unheard = conclusion(child_view="not_yet", told_at=story.now.isoformat())
    assert "听取儿童意见" in story.refused("conclude_return", unit=PROTECTION, **unheard).zh


def test_decisions_become_tasks_that_peers_accept_and_that_the_case_does_not_close_over() -> None:
    story = concluded_story("conclude_return", "psychological", "economic_aid")
    assert {(task.kind, task.unit) for task in story.is_.tasks.values() if task.status == "offered"} == {
        ("psychological_help", "health@330382"),
        ("relief", CIVIL),
    }
    [relief] = story.tasks("relief")
    assert story.refused("reject_task", unit=CIVIL, task=relief.task_id, reason="other").code == "duty"
    finish(story, "psychological_help", "relief")
    assert [m.dimensions for m in story.last.of(Milestone)] == [{"kind": "economic_aid"}]


def test_decision_for_guidance_opens_a_case_of_family_education() -> None:
    story = concluded_story("conclude_return", "family_education")
    assert [(c.workflow, c.state) for c in story.last.of(ChildOpened)] == [("family_education", "proposed")]


def test_decision_to_petition_opens_a_case_of_guardianship_and_the_child_stays_in_care() -> None:
    story = pending_story()
    assert [(c.workflow, c.state) for c in story.last.of(ChildOpened)] == [("guardianship", "grounds_found")]
    assert story.clock("temporary-guardianship").deadline.due_at.isoformat() == "2027-01-06T00:00:00+08:00"


def test_each_round_is_assessed_and_counted_anew() -> None:
    story = concluded_story("conclude_continue").later(days=5).act("start_assessment", unit=PROTECTION)
    invited: dict[str, Any] = {"invited": [STATION, CIVIL, VILLAGE], "proposal": "return_home"}
    assert story.refused("call_conference", unit=PROTECTION, **invited).code == "guard"
    story.act("record_assessment", unit=PROTECTION, **assessment(story))
    story.act("call_conference", unit=PROTECTION, **invited)
    assert story.is_.counters["opinion.done"] == 0
    assert story.clock("care-conference").deadline.started_at > MONDAY + timedelta(days=10)


# -- C6 ------------------------------------------------------------------------------------------------------------


def test_guardian_has_three_days_and_a_child_that_nobody_collects_is_back_in_care() -> None:
    story = awaited_story()
    collection = story.clock("child-collection").deadline
    assert (collection.law_class, collection.due_at.isoformat()) == ("NORM", "2026-01-24T00:00:00+08:00")
    story.silence(days=4)
    assert (story.is_.state, story.is_.accountable) == ("temporary_care", PROTECTION)
    assert [task.unit for task in story.tasks("find_guardian")] == [STATION]
    assert not [b for fact in story.log for b in fact.of(DeadlineBreached) if b.deadline_id == collection.deadline_id]


def test_after_the_return_school_police_and_village_are_told_and_the_agency_follows_the_child() -> None:
    story = awaited_story()
    story.act("collected", unit=PROTECTION, **collected(story))
    told = {task.addressee for task in story.is_.tasks.values() if task.kind in {"tell_police", "tell_village"}}
    assert told == {STATION, VILLAGE}
    story.act("pass_on", unit=PROTECTION, to_unit=SUPERVISOR).act("accept_next", unit=SUPERVISOR)
    assert story.is_.accountable == SUPERVISOR


def test_long_term_guardianship_is_looked_at_twice_a_year_and_starts_with_papers_school_and_health() -> None:
    story = long_term_story()
    assert {"settle_registration", "settle_schooling", "settle_health"} <= {t.kind for t in story.is_.tasks.values()}
    assert [m.dimensions["kind"] for m in story.last.of(Milestone)] == ["state_guardianship"]
    assert story.clock("guardianship-check").deadline.law_class == "PLAT"
    assert story.refused("end_long_term", unit=CIVIL, **ENDED).code == "open_tasks"


# -- C7 ------------------------------------------------------------------------------------------------------------


def test_sender_stays_accountable_until_the_receiver_accepts() -> None:
    story = referred_story()
    assert story.is_.accountable == PROTECTION
    assert {m.name for m in story.last.of(Milestone)} == {"referral.sent", "needs.assessed"}
    assert story.refused("accept", unit=FEDERATION).code == "wrong_unit"
    story.act("accept", unit=SUPERVISOR)
    assert story.is_.accountable == SUPERVISOR
    assert [m.name for m in story.last.of(Milestone)] == ["referral.acknowledged"]


def test_referral_is_returned_once_only_and_then_goes_straight_back_to_who_returned_it() -> None:
    story = referred_story()
    assert story.refused("return_referral", unit=SUPERVISOR).code == "bad_fields"
    story.act("return_referral", unit=SUPERVISOR, reason="incomplete")
    story.act("refer_again", unit=PROTECTION, supplement="补1号")
    assert [task.unit for task in story.tasks("accept_referral")] == [SUPERVISOR]
    refusal = story.refused("return_referral", unit=SUPERVISOR, reason="incomplete")
    assert refusal.zh == "退回已达 1 次上限"
    story.act("accept", unit=SUPERVISOR)


def test_nothing_goes_straight_back_that_nobody_returned() -> None:
    assert triaged_story().refused("refer_again", unit=PROTECTION, supplement="补1号").code == "not_allowed_here"


def test_silence_of_the_receiver_climbs_and_the_case_is_routed_on() -> None:
    story = referred_story().silence(days=1, hours=16)
    assert [(task.unit, task.kind) for task in story.tasks("supervise")] == [(COMMITTEE, "supervise")]
    assert [c.deadline.unit for c in story.is_.clocks.values() if c.status == "breached"] == [SUPERVISOR]
    story.silence(days=1)
    assert (story.is_.state, story.is_.accountable) == ("rerouted", PROTECTION)
    assert {(t.kind, t.unit) for t in story.is_.tasks.values()} == {
        ("accept_referral", CIVIL),
        ("coordinate_referral", COMMITTEE),
    }


def test_what_an_alarm_closes_is_not_counted_as_done() -> None:
    story = referred_story().silence(days=4)
    [routed] = [fact for fact in story.log if fact.trigger == "nobody_accepts"]
    assert {e.reason for e in routed.of(DeadlineCancelled)} == {"term_ended", "nobody_accepts"}


def test_committee_names_a_receiver_and_that_one_accepts() -> None:
    story = rerouted_story().act("assign_receiver", unit=COMMITTEE, to_unit=FEDERATION)
    story.act("accept", unit=FEDERATION)
    assert story.is_.accountable == FEDERATION
    assert {task.kind for task in story.is_.tasks.values()} == {"referral_feedback"}


def test_receiver_feeds_back_to_the_sender() -> None:
    story = finish(served_story(), "referral_feedback")
    assert [(m.name, m.dimensions["services"]) for m in story.last.of(Milestone)] == [
        ("referral.feedback", ["psychological"])
    ]


# -- C8, C9 --------------------------------------------------------------------------------------------------------


def test_service_ends_after_six_monthly_follow_ups_that_saw_the_child() -> None:
    story = finish(served_story(), "referral_feedback")
    for number in range(6):
        assert f"现为 {number} 次" in story.refused("close", unit=SUPERVISOR).zh
        follow_up(story.later(days=28))
    story.act("close", unit=SUPERVISOR)
    assert (story.is_.final, story.is_.outcome) == (True, "follow_up_done")
    assert [task.addressee for task in story.tasks("tell_outcome")] == [SCHOOL]


def test_follow_up_much_sooner_is_kept_and_not_counted_and_does_not_move_the_clock() -> None:
    story = follow_up(served_story().later(days=28))
    due = story.clock("referral-follow-up").deadline.due_at
    follow_up(story.later(days=7))
    assert (story.is_.counters["follow_ups"], story.is_.counters["early_follow_ups"]) == (1, 1)
    assert story.clock("referral-follow-up").deadline.due_at == due
    assert "followup.visited" in {m.name for m in story.last.of(Milestone)}


def test_follow_up_sees_the_child_and_comes_after_the_last_one() -> None:
    story = served_story().later(days=28)
    seen: dict[str, Any] = {"visited_at": story.now.isoformat(), "services": []}
    assert "见到儿童本人应为是" in story.refused("follow_up", unit=SUPERVISOR, child_seen=False, **seen).zh
    before: dict[str, Any] = {"visited_at": MONDAY.replace(day=4).isoformat(), "services": []}
    assert story.refused("follow_up", unit=SUPERVISOR, child_seen=True, **before).code == "guard"


def test_missed_month_climbs_to_the_protection_agency() -> None:
    story = served_story().silence(days=40)
    assert PROTECTION in {task.unit for task in story.tasks("supervise")}


def test_danger_can_be_raised_in_any_state_and_opens_no_second_case_here() -> None:
    story = served_story().act("raise_urgent_danger", unit=VILLAGE)
    assert story.tasks("urgent_response")
    assert not story.last.of(ChildOpened)


def test_cases_of_the_first_version_go_on_under_it() -> None:
    assert load_workflows().get("child_referral", 1).definition.states.keys() == {
        "received",
        "triaged",
        "referred",
        "in_service",
        "closed",
    }
