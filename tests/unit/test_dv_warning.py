"""SM-B 家庭暴力告诫, told as stories."""

from datetime import timedelta
from uuid import UUID

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
from workflows.triggers import Begun


def penalty_story() -> Story:
    """Assessed as violence that paragraph 20 leaves to a penalty."""
    found = assessment(penalty_grounds=["multiple_times"], criteria_met=False)
    return dv_story().act("dispatch").act("assess", **found)


def test_alarm_for_what_the_law_wants_at_once_is_never_shown_as_law() -> None:
    deadline = dv_story().clock("dv-dispatch").deadline
    assert deadline.law_class == "PLAT"
    assert deadline.article == "反家庭暴力法第十五条（及时出警）；平台提醒 30 分钟"


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
    reached = {milestone.name: milestone.dimensions for milestone in story.last.of(Milestone)}
    assert reached.keys() == {"warning.assessed", "case.substantiated"}
    assert reached["warning.assessed"]["criteria_met"] is True


def test_disputed_facts_need_one_corroborating_item() -> None:
    story = dv_story().act("dispatch")
    assert story.refused("assess", **assessment(disputed=True)).code == "guard"
    story.act("assess", **assessment(disputed=True, evidence=["victim_statement", "injury"]))


def test_letter_may_not_replace_a_penalty_where_paragraph_20_applies() -> None:
    story = (
        dv_story().act("dispatch").act("assess", **assessment(penalty_grounds=["multiple_times"], criteria_met=False))
    )
    assert story.refused("assess", **assessment(penalty_grounds=["multiple_times"])).code == "guard"
    assert "第二十条" in story.refused("warn", letter_number="告诫字1号").zh
    story.act("penalise", reason_no_letter="penalty_instead")


def test_officer_who_issues_no_letter_although_criteria_are_met_gives_a_reason() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment(criticism_grounds=["slight_and_forgiven"]))
    assert [problem.field for problem in story.refused("criticise").problems] == ["reason_no_letter"]
    assert "理由" in story.refused("criticise", reason_no_letter="not_due").zh
    story.act("criticise", reason_no_letter="slight_and_forgiven")
    assert [m.dimensions["reason_no_letter"] for m in story.last.of(Milestone)] == ["slight_and_forgiven"]


def test_service_by_signature_opens_the_three_notices_and_the_visit_within_seven_days() -> None:
    story = served_story()
    told = {task.addressee for task in story.is_.tasks.values() if task.template}
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


def test_case_does_not_close_over_work_that_is_owed_but_notices_outlive_it_with_their_clocks() -> None:
    story = served_story().later(days=6).act("raise_urgent_danger")
    for _ in range(3):
        story.act("record_visit", **visit(story)).later(days=80)
    refusal = story.refused("record_visit", **visit(story))
    assert (refusal.code, "紧急危险处置" in refusal.zh) == ("open_tasks", True)
    [urgent] = story.tasks("urgent_response")
    story.act("complete_task", unit=COMMAND, task=urgent.task_id, measure="safe")
    story.act("record_visit", **visit(story))
    assert story.is_.final
    assert {task.kind for task in story.is_.tasks.values() if task.template} >= {"notify_village", "notify_federation"}
    assert "dv-notice" in story.rules()


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


def test_recurrence_during_a_handover_is_dealt_with_by_the_station_that_has_the_case() -> None:
    story = served_story().later(days=1).act("change_station", new_station=NEIGHBOUR, handover_note="移交1号")
    story.act("report_recurrence", learned_at=story.now.isoformat(), breach="violence", order_in_force=False)
    assert (story.is_.state, story.is_.accountable) == ("recurred", STATION)
    assert not story.tasks("accept_handover")
    assert "dv-recurrence" in story.rules()


def test_handover_can_be_withdrawn() -> None:
    story = (
        served_story().act("change_station", new_station=NEIGHBOUR, handover_note="移交1号").act("withdraw_handover")
    )
    assert (story.is_.state, "receiving-station" in story.is_.placements) == ("first_visit", False)


def test_new_violence_does_not_wait_for_old_notices_and_its_hours_count_from_when_it_was_learned() -> None:
    story = served_story().later(days=3)
    learned = story.now - timedelta(hours=10)
    story.act("report_recurrence", learned_at=learned.isoformat(), breach="violence", order_in_force=False).act(
        "open_new_case"
    )
    [child] = story.last.of(ChildOpened)
    assert child.since == learned


def test_danger_stated_in_the_call_calls_the_command_centre_within_ten_minutes() -> None:
    call = report("dv_incident.reported", MONDAY, relation="spouse")
    story = Story(loaded().get("dv_warning")).reported(call, danger=True)
    [task] = story.tasks("urgent_response")
    assert (story.is_.urgent, task.unit) == (True, COMMAND)
    assert "urgent-danger" in story.rules()


def test_72_hours_count_from_the_polices_own_receipt() -> None:
    received = MONDAY - timedelta(hours=5)
    story = dv_story(police_received_at=received.isoformat(), received_by_police_unit=NEIGHBOUR)
    assert story.clock("dv-decision").deadline.due_at == received + timedelta(hours=72)
    assert story.is_.accountable == NEIGHBOUR


def test_visit_before_service_is_refused_and_one_soon_after_another_does_not_count() -> None:
    story = served_story().prove().later(days=6)
    before = visit(story) | {"visited_at": (MONDAY - timedelta(days=2)).isoformat()}
    assert "早于" in story.refused("record_visit", **before).zh
    story.act("record_visit", **visit(story)).later(days=85).act("record_visit", **visit(story))
    due = story.clock("dv-quarterly-visit").deadline.due_at
    for _ in range(3):
        story.later(days=1).act("record_visit", **visit(story))
    assert (story.is_.state, story.is_.counters["clean_visits"]) == ("quarterly_visits", 1)
    assert story.clock("dv-quarterly-visit").deadline.due_at == due


def test_extension_keeps_the_days_that_the_appraisal_took() -> None:
    story = penalty_story().act("penalise", reason_no_letter="penalty_instead")
    story.later(days=1).act("pause_for_appraisal", appraisal="鉴1号")
    assert "鉴定" in story.refused("extend_case", approval="批1号").zh
    story.later(days=40).act("resume_after_appraisal")
    before = story.clock("public-security-case").deadline.due_at
    story.act("extend_case", approval="批1号")
    assert story.clock("public-security-case-extended").deadline.due_at == before + timedelta(days=30)
    story.act("record_outcome", result="detention", document="决1号")
    assert not story.rules() - {"dv-notice"}


def test_ground_of_paragraph_6_without_a_letter_needs_a_reason() -> None:
    story = (
        dv_story().act("dispatch").act("assess", **assessment(criteria_met=False, criticism_grounds=["very_slight"]))
    )
    assert "理由" in story.refused("criticise", reason_no_letter="not_due").zh


def test_victim_must_have_been_told_of_the_protection_order() -> None:
    assert "保护令" in dv_story().act("dispatch").refused("assess", **assessment(victim_advised=[])).zh


def test_letter_confirmed_as_a_new_incident_counts_its_seven_days_from_service() -> None:
    story = served_story().later(days=30)
    served = (story.now - timedelta(days=2)).isoformat()
    letter = report("dv_warning.recorded", story.now, 2, service_mode="signature", served_at=served, relation="spouse")
    story.reported(letter)
    begun = Begun(
        cause="x",
        child=ChildOpened(case_id=UUID(int=5), workflow="dv_warning", state="first_visit", relation="new_incident"),
        parent_case_id=story.is_.case_id,
        subjects=story.is_.subjects,
        region=story.is_.region,
        unit=STATION,
        occurred_at=story.now,
        report=letter,
    )
    child = Story(story.workflow, now=story.now).begun(begun)
    assert child.clock("dv-first-visit").deadline.started_at.isoformat() == served
    assert {m.name for m in child.last.of(Milestone)} == {"warning.assessed", "warning.issued"}


def test_station_that_does_not_exist_takes_nothing_over() -> None:
    refusal = served_story().refused("change_station", new_station="police-station@999999001", handover_note="移交1号")
    assert [problem.field for problem in refusal.problems] == ["new_station"]


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
    story = (
        dv_story().act("dispatch").act("assess", **assessment(penalty_grounds=["multiple_times"], criteria_met=False))
    )
    story.act("penalise", reason_no_letter="penalty_instead")
    before = story.clock("public-security-case").deadline.due_at
    story.later(days=5).act("pause_for_appraisal", appraisal="鉴1号").silence(days=40)
    assert story.clock("public-security-case").status == "paused"
    story.act("resume_after_appraisal")
    assert story.clock("public-security-case").deadline.due_at == before + timedelta(days=41)


def test_closed_case_can_only_be_reopened() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment(facts_found="not_dv", criteria_met=False))
    story.act("not_established", reason_no_letter="not_established").prove().act("close")
    assert story.refused("dispatch").code == "case_closed"
    story.act("reopen", reason="new_evidence")
    assert story.is_.state == "on_scene"
