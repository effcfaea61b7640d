"""SM-B 家庭暴力告诫, told as stories."""

from datetime import timedelta

import pytest

from contracts.cases import ChildOpened, DeadlineBreached, DeadlineMet, Milestone
from tests.unit.stories import (
    BUREAU,
    COMMAND,
    MONDAY,
    NEIGHBOUR,
    PROCURATORATE,
    STATION,
    VILLAGE,
    Story,
    assessment,
    dv_story,
    loaded,
    report,
    served_story,
    visit,
)


def test_call_gives_the_station_72_hours_to_decide_from_acceptance() -> None:
    story = dv_story()
    assert story.is_.accountable == STATION
    assert story.clock("dv-decision").deadline.due_at == MONDAY + timedelta(hours=72)


@pytest.mark.parametrize("decision", ["warn", "criticise", "penalise", "file_criminal", "not_established"])
def test_no_decision_before_the_officers_assessment(decision: str) -> None:
    story = dv_story().act("dispatch")
    assert story.refused(decision).code == "not_allowed_here"


def test_assessment_is_a_milestone_with_its_criteria() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment())
    [milestone] = story.last.of(Milestone)
    assert (milestone.name, milestone.dimensions["criteria_met"]) == ("warning.assessed", True)


def test_disputed_facts_need_one_corroborating_item() -> None:
    story = dv_story().act("dispatch")
    assert story.refused("assess", **assessment(disputed=True)).code == "guard"
    story.act("assess", **assessment(disputed=True, evidence=["victim_statement", "injury"]))


def test_letter_may_not_replace_a_penalty_where_paragraph_20_applies() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment(penalty_grounds=["multiple_times"]))
    assert "第二十条" in story.refused("warn", letter_number="告诫字1号").zh
    story.act("penalise", reason_no_letter="penalty_instead")


def test_officer_who_issues_no_letter_although_criteria_are_met_gives_a_reason() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment(criticism_grounds=["slight_and_forgiven"]))
    assert "理由" in story.refused("criticise").zh
    story.act("criticise", reason_no_letter="slight_and_forgiven")
    assert [m.dimensions["reason_no_letter"] for m in story.last.of(Milestone)] == ["slight_and_forgiven"]


def test_service_by_signature_opens_the_three_notices_and_the_visit_within_seven_days() -> None:
    story = served_story()
    told = {task.addressee for task in story.is_.tasks.values()}
    assert told == {VILLAGE, "womens-federation@330382", "comprehensive-governance@330382001"}
    assert story.clock("dv-first-visit").deadline.due_at.isoformat() == "2026-01-13T00:00:00+08:00"


def test_childrens_supervisor_is_told_when_a_child_was_present() -> None:
    assert served_story(children_present=1).tasks("notify_childrens_supervisor")


def test_refused_letter_is_deemed_served_by_note_and_video() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment()).act("warn", letter_number="告诫字1号")
    served = story.now.isoformat()
    assert story.refused("serve_refused", served_at=served, village_unit=VILLAGE).code == "bad_fields"
    story.act("serve_refused", served_at=served, village_unit=VILLAGE, refusal_note="说明1号", video_reference="V-1")
    assert story.is_.state == "first_visit"
    assert "dv-first-visit" in story.rules()


def test_seven_day_visit_does_not_count_and_three_clean_quarterly_visits_close_the_case() -> None:
    story = served_story().prove().later(days=6)
    story.act("record_visit", **visit(story))
    for expected in ("quarterly_visits", "quarterly_visits", "closed"):
        story.later(days=80)
        story.act("record_visit", **visit(story))
        assert story.is_.state == expected
    assert story.is_.outcome == "three_clean_visits"


def test_quarterly_visit_is_due_three_months_after_the_last_visit() -> None:
    story = served_story().later(days=6)
    story.act("record_visit", **visit(story))
    assert story.clock("dv-quarterly-visit").deadline.due_at.isoformat() == "2026-04-12T00:00:00+08:00"


def test_recurrence_starts_the_count_anew_and_a_letter_can_no_longer_replace_a_penalty() -> None:
    story = served_story().prove().later(days=5)
    story.act("record_visit", **visit(story, "recurrence"))
    assert story.is_.state == "recurred"
    assert story.refused("warn", letter_number="告诫字2号").code == "not_allowed_here"
    story.prove().act("open_new_case")
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.state, child.carries["prior_warning"]) == ("dv_warning", "on_scene", True)


def test_visit_that_meets_nobody_is_an_attempt_and_stops_no_clock() -> None:
    story = served_story().later(days=3)
    assert story.refused("record_visit", **visit(story, victim_seen=False)).code == "guard"
    story.act("record_attempt", attempted_at=story.now.isoformat(), reason="nobody_home")
    assert "dv-first-visit" in story.rules()


def test_case_does_not_close_over_an_unproved_notice() -> None:
    story = served_story().later(days=6)
    for _ in range(3):
        story.act("record_visit", **visit(story)).later(days=80)
    refusal = story.refused("record_visit", **visit(story))
    assert refusal.code == "open_tasks"
    assert "告知妇联" in refusal.zh


def test_change_of_station_moves_accountability_only_when_the_new_station_accepts() -> None:
    story = served_story().later(days=1).act("change_station", new_station=NEIGHBOUR, handover_note="移交1号")
    assert story.is_.accountable == STATION
    assert "dv-first-visit" in story.rules(), "the visit's clock does not wait for the handover"
    story.act("accept_handover", unit=NEIGHBOUR)
    assert (story.is_.state, story.is_.accountable) == ("first_visit", NEIGHBOUR)
    story.act("record_visit", unit=NEIGHBOUR, **visit(story))


def test_after_a_move_to_another_county_silence_climbs_to_the_new_countys_agencies() -> None:
    far = "police-station@330302006"
    story = served_story().prove().act("change_station", new_station=far, handover_note="移交1号")
    story.act("accept_handover", unit=far).silence(days=20)
    assert story.clock("dv-first-visit").deadline.unit == far
    assert {task.unit.partition("@")[2] for task in story.tasks("supervise")} == {"330302", "330302006"}


def test_village_committee_may_make_a_quarterly_visit_alone() -> None:
    story = served_story().prove().later(days=6)
    story.act("record_visit", **visit(story)).later(days=80)
    story.act("record_visit", unit=VILLAGE, **visit(story))
    assert story.is_.counters["clean_visits"] == 1


def test_returned_handover_leaves_the_case_where_it_was() -> None:
    story = served_story().act("change_station", new_station=NEIGHBOUR, handover_note="移交1号")
    story.act("return_handover", unit=NEIGHBOUR, reason="not_resident")
    assert (story.is_.state, story.is_.accountable) == ("first_visit", STATION)


def test_silence_after_service_climbs_to_bureau_then_governance_then_procuratorate() -> None:
    story = served_story().prove().silence(days=20)
    assert {task.unit for task in story.tasks("supervise")} == {
        BUREAU,
        "comprehensive-governance@330382001",
        PROCURATORATE,
    }
    assert story.clock("dv-first-visit").status == "breached"


def test_late_visit_is_done_late_and_ends_the_supervision() -> None:
    story = served_story().prove().silence(days=20)
    story.act("record_visit", **visit(story))
    assert not story.tasks("supervise")
    assert story.last.of(DeadlineMet)


def test_duty_done_too_late_before_any_alarm_fired_is_still_a_breach() -> None:
    story = dv_story().later(days=4).act("dispatch")
    breached = story.last.of(DeadlineBreached)
    assert [b.at for b in breached] == [MONDAY + timedelta(minutes=30)]


def test_unanswered_call_reaches_the_command_centre() -> None:
    story = dv_story().silence(hours=1)
    assert [task.unit for task in story.tasks("supervise")] == [COMMAND]


def test_letter_from_the_polices_own_system_begins_at_the_first_visit() -> None:
    letter = report("dv_warning.recorded", MONDAY, relation="spouse", service_mode="signature")
    story = Story(loaded().get("dv_warning")).reported(letter)
    assert story.is_.state == "first_visit"
    assert {m.name for m in story.last.of(Milestone)} == {"warning.assessed", "warning.issued"}


def test_second_call_about_the_same_couple_is_proposed_and_never_joined_silently() -> None:
    story = served_story().later(days=2).reported(report("dv_incident.reported", MONDAY, 2, relation="spouse"))
    [task] = story.tasks("new_report")
    assert task.unit == STATION
    assert len(story.is_.reports) == 1
    story.act("review_report", task=task.task_id, finding="new_incident")
    [child] = story.last.of(ChildOpened)
    assert child.relation == "new_incident"


def test_other_units_cannot_act() -> None:
    refusal = dv_story().refused("dispatch", unit=NEIGHBOUR)
    assert refusal.code == "wrong_unit"


def test_refusal_names_what_is_possible() -> None:
    assert "dispatch" in dv_story().refused("warn").allowed


def test_appraisal_stops_the_thirty_days_and_they_go_on_after_it() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment(penalty_grounds=["multiple_times"]))
    story.act("penalise", reason_no_letter="penalty_instead")
    before = story.clock("public-security-case").deadline.due_at
    story.later(days=5).act("pause_for_appraisal", appraisal="鉴1号").silence(days=40)
    assert story.clock("public-security-case").status == "paused"
    story.act("resume_after_appraisal")
    assert story.clock("public-security-case").deadline.due_at == before + timedelta(days=41)


def test_closed_case_can_only_be_reopened() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment(facts_found="not_dv", criteria_met=False))
    story.act("not_established").prove().act("close")
    assert story.refused("dispatch").code == "case_closed"
    story.act("reopen", reason="new_evidence")
    assert story.is_.state == "on_scene"
