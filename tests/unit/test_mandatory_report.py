"""SM-A 强制报告 and its adult variant, told as stories."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs

from contracts.base import unit_kind
from contracts.cases import ChildOpened, DeadlineMet, Milestone
from tests.unit.stories import (
    COMMAND,
    HOSPITAL,
    MONDAY,
    NEIGHBOUR,
    PROCURATORATE,
    PROTECTION,
    SCHOOL,
    STATION,
    Story,
    harm_story,
    loaded,
    received_story,
    report,
    subject,
)
from workflows.triggers import Reported

MINORS_ONLY = {"authority-filing", "supervision-filing-at-once"}


def test_report_is_the_polices_at_once_and_the_school_owes_its_filing_beside() -> None:
    story = harm_story()
    assert story.is_.accountable == STATION
    assert [task.unit for task in story.tasks("file_to_authority")] == [SCHOOL]
    assert story.last.of(Milestone)[0].dimensions["delay_minutes"] == 60


def test_proposed_report_counts_at_its_own_time_with_its_own_delay() -> None:
    story = harm_story().later(days=3)
    late = report("report.submitted", story.now, 2, HOSPITAL, kind="harm_to_minor")
    late = structs.replace(late, learned_at=story.now - timedelta(hours=24, seconds=1))
    story.reported(late, minor=True)
    [milestone] = story.last.of(Milestone)
    assert milestone.occurred_at == story.now
    assert milestone.dimensions["delay_minutes"] == 24 * 60 + 1, "a minute begun counts"


def test_silence_of_two_hours_moves_accountability_to_the_duty_desk_and_then_climbs_to_the_procuratorate() -> None:
    story = harm_story().silence(hours=2)
    assert (story.is_.state, story.is_.accountable) == ("not_received", COMMAND)
    story.silence(hours=4)
    assert PROCURATORATE in {task.unit for task in story.tasks("supervise")}


def test_duty_desk_can_receive_what_the_station_did_not() -> None:
    story = harm_story().silence(hours=3).act("receive", unit=COMMAND, receipt_no="回执1", track="criminal")
    assert (story.is_.state, story.is_.accountable) == ("received", STATION)


@pytest.mark.parametrize(
    ("track", "rule"),
    [("administrative", "admin-review"), ("undetermined", "admin-review"), ("criminal", "criminal-review")],
)
def test_review_runs_the_clock_of_its_track(track: str, rule: str) -> None:
    assert {rule} == received_story(track=track).rules() & {"admin-review", "criminal-review"}


def test_extended_review_counts_from_the_receipt() -> None:
    story = received_story(track="criminal").later(days=2).act("extend_review", extension="leads", approval="批1号")
    assert story.clock("criminal-review-leads").deadline.due_at.isoformat() == "2026-01-13T00:00:00+08:00"


def test_every_reporter_gets_feedback_within_three_days_of_acceptance() -> None:
    story = received_story().later(hours=10).act("accept_admin", document="受1号")
    [task] = story.tasks("feedback")
    assert task.addressee == SCHOOL
    clock = story.clock("report-feedback")
    assert clock.deadline.article == "强制报告意见第十条"
    assert clock.deadline.due_at.isoformat() == "2026-01-09T00:00:00+08:00"


def test_hospital_that_joins_after_acceptance_gets_its_own_feedback_clock() -> None:
    story = received_story().act("accept_admin", document="受1号").later(days=5)
    joined = report("report.submitted", story.now, 2, HOSPITAL, kind="harm_to_minor")
    story.reported(joined, minor=True)
    story.act("review_report", task=story.tasks("new_report")[0].task_id, finding="same_incident")
    assert [task.addressee for task in story.tasks("feedback")] == [SCHOOL, HOSPITAL]
    assert len(story.is_.reports) == 2


def test_second_harm_while_the_prosecutor_has_the_first_becomes_a_linked_case() -> None:
    story = received_story(track="criminal").act("file_criminal", document="立1号").prove()
    story.act("tell_before_transfer").prove().act("transfer_for_prosecution", document="诉1号")
    assert story.is_.accountable == PROCURATORATE
    story.later(days=30).reported(report("report.submitted", story.now, 2, HOSPITAL, kind="harm_to_minor"), minor=True)
    [task] = story.tasks("new_report")
    assert task.unit == PROCURATORATE
    story.act("review_report", unit=PROCURATORATE, task=task.task_id, finding="new_incident")
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.state, child.relation) == ("mandatory_report", "reported", "new_incident")


def test_prosecution_waits_until_the_reporting_unit_has_been_told() -> None:
    story = received_story(track="criminal").act("file_criminal", document="立1号").prove()
    assert "第十条" in story.refused("transfer_for_prosecution", document="诉1号").zh
    story.act("tell_before_transfer")
    story.refused("transfer_for_prosecution", document="诉1号")
    story.prove().act("transfer_for_prosecution", document="诉1号")


def test_transfer_moves_accountability_with_the_report_and_runs_24_hours() -> None:
    story = received_story().act("transfer_jurisdiction", new_station=NEIGHBOUR, transfer_note="移1号")
    assert story.is_.accountable == NEIGHBOUR
    assert story.clock("jurisdiction-transfer").deadline.due_at == story.now + timedelta(hours=24)


def test_not_filed_goes_to_supervision_reasons_and_an_order_to_file() -> None:
    story = received_story(track="criminal").act("not_file", document="不立1号", reason="no_crime")
    story.act("ask_supervision", unit=PROCURATORATE)
    assert story.is_.accountable == PROCURATORATE
    [explain] = story.tasks("explain_reasons")
    assert story.clock("supervision-reasons").deadline.task_id == explain.task_id
    story.act("give_reasons", unit=PROCURATORATE, document="说明1号")
    story.act("notify_to_file", unit=PROCURATORATE, document="通知1号")
    story.act("file_criminal", unit="police-bureau@330382", document="立2号")
    assert (story.is_.state, story.is_.accountable) == ("criminal_case", STATION)


def test_no_deadline_made_for_minors_ever_shows_on_an_adults_case() -> None:
    story = received_story(minor=False).act("accept_admin", document="受1号")
    articles = {d.deadline.article for d in story.is_.clocks.values()}
    assert not any("强制报告" in article or "未成年" in article for article in articles)
    assert not story.tasks("file_to_authority")
    story.prove().act("decide_penalty", document="决1号")
    assert not {c.deadline.rule for c in story.is_.clocks.values()} & MINORS_ONLY
    assert not any("未成年" in c.deadline.article for c in story.is_.clocks.values())


def test_adults_case_goes_to_prosecution_without_the_minors_notice() -> None:
    story = received_story(minor=False, track="criminal").act("file_criminal", document="立1号").prove()
    story.act("transfer_for_prosecution", document="诉1号")


def test_protection_is_for_minors_and_opens_a_referral_with_the_victim_as_the_child() -> None:
    assert received_story(minor=False).refused("request_protection", unit="school@" + "b" * 16).code == "guard"
    story = received_story().act("accept_admin", document="受1号").act("refer_protection")
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.roles) == ("child_referral", {"victim": "child"})


def test_urgent_danger_can_be_raised_by_anyone_in_any_open_state() -> None:
    story = received_story().act("raise_urgent_danger", unit=PROTECTION)
    assert story.is_.urgent
    assert [task.unit for task in story.tasks("urgent_response")] == [COMMAND]


def test_warning_decided_in_a_mandatory_report_opens_the_letter_with_the_suspect_as_perpetrator() -> None:
    story = received_story().act("accept_admin", document="受1号")
    story.act("decide_warning", document="决1号", dv_relation="cohabitant")
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.state, child.roles) == ("dv_warning", "verifying", {"suspect": "perpetrator"})
    assert child.carries == {"relation": "cohabitant"}, "what he is to her, in the words of the letter's own list"


def test_report_that_police_have_already_begins_as_received_with_its_clock_from_their_receipt() -> None:
    received = MONDAY - timedelta(hours=3)
    story = harm_story(received_by_police_unit=NEIGHBOUR, police_received_at=received.isoformat())
    assert (story.is_.state, story.is_.accountable) == ("received", NEIGHBOUR)
    assert story.clock("admin-review").deadline.started_at == received
    assert "report-receipt" not in story.rules()


def test_each_reporter_under_duty_owes_its_own_filing() -> None:
    story = harm_story(filed_to_authority_at=MONDAY.isoformat())
    assert not story.tasks("file_to_authority")
    story.reported(report("report.submitted", story.now, 2, HOSPITAL, kind="harm_to_minor"), minor=True)
    story.act("review_report", task=story.tasks("new_report")[0].task_id, finding="same_incident")
    assert [task.unit for task in story.tasks("file_to_authority")] == [HOSPITAL]


def test_reporter_who_wants_no_feedback_still_gets_the_receipt_and_owes_the_filing() -> None:
    quiet = report("report.submitted", MONDAY, unit=SCHOOL, kind="harm_to_minor")
    quiet = structs.replace(quiet, wants_feedback=False)
    story = Story(loaded().get("mandatory_report")).reported(quiet, minor=True)
    story.act("receive", receipt_no="回执1", track="administrative").act("accept_admin", document="受1号")
    assert story.tasks("receipt")
    assert story.tasks("file_to_authority")
    assert not story.tasks("feedback")


def test_second_extension_replaces_the_first() -> None:
    story = received_story(track="criminal").act("extend_review", extension="leads", approval="批1号")
    story.act("extend_review", extension="major", approval="批2号")
    assert {rule for rule in story.rules() if "review" in rule} == {"criminal-review-major"}


def test_no_clock_of_a_state_is_left_behind_in_the_next() -> None:
    story = received_story().act("accept_admin", document="受1号").act("extend_case", approval="批1号").prove()
    story.act("decide_penalty", document="决1号")
    assert "public-security-case-extended" not in story.rules()


def test_duty_desk_that_calls_again_does_not_make_an_old_report_look_fresh() -> None:
    story = harm_story().silence(hours=5).act("resend", unit=COMMAND, call_reference="电1")
    assert story.clock("report-receipt").status == "breached"
    assert story.clock("report-receipt").deadline.started_at == MONDAY


def test_adults_case_stays_an_adults_case_when_a_child_is_named_in_it() -> None:
    made = report("report.submitted", MONDAY, unit=SCHOOL, kind="harm_to_woman")
    story = Story(loaded().get("mandatory_report"))
    subjects = (subject("victim"), subject("child", minor=True))
    story.send(Reported("r", UUID(int=1), made, subjects, "330382001"))
    assert not story.is_.minor
    assert not story.tasks("file_to_authority")


def test_school_can_file_after_the_case_is_closed() -> None:
    story = received_story()
    closing = {"reason": "duplicate", "second_person": "W2", "told_reporter_at": story.now.isoformat()}
    story.prove().act("close_duplicate", **closing)
    [task] = story.tasks("file_to_authority")
    filed = {"filed_at": story.now.isoformat(), "authority": "education"}
    story.act("complete_task", unit=SCHOOL, task=task.task_id, **filed)
    assert not story.is_.tasks
    assert story.last.of(DeadlineMet)


def test_report_of_hardship_belongs_to_child_protection() -> None:
    workflow = loaded().find_for("liandong.report.submitted.v1", {"kind": "child_in_hardship"})
    assert workflow is not None
    assert workflow.definition.workflow == "child_referral"
    story = Story(workflow).reported(report("report.submitted", MONDAY, unit=SCHOOL, kind="child_in_hardship"))
    assert unit_kind(story.is_.accountable) == "child-protection"
