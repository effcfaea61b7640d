"""SM-A 强制报告 version 2: every row, first knowledge, transfer and its feedback, referral, the closed case."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.cases import ChildOpened, Deadline, DeadlineBreached, DeadlineMet, DeadlineStarted, Milestone
from contracts.intake import ReportSubmitted
from services.casework.model import incoming_report
from tests.unit.golden_reports import (
    HEALTH,
    RECEIPT,
    case_01_nurse_reports,
    case_05_authority_first,
    omitted,
    referral_story,
    told_story,
    transferred_story,
)
from tests.unit.golden_school import opened_by
from tests.unit.rows import Row, check, missing, row
from tests.unit.stories import (
    BUREAU,
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
)

EDUCATION = "education@330382"
SECOND: dict[str, Any] = {"reason": "duplicate", "second_person": "W2", "told_reporter_at": MONDAY.isoformat()}
DOCUMENT = {"document": "文1号"}
TRANSFER = {"new_station": NEIGHBOUR, "transfer_note": "移1号"}


def not_received() -> Story:
    return harm_story().silence(hours=2)


def received() -> Story:
    return received_story(track="criminal")


def filed_with_authority(story: Story) -> Story:
    for task in story.tasks("file_to_authority"):
        filed = {"filed_at": story.now.isoformat(), "authority": "education"}
        story.act("complete_task", task.unit, task.task_id, **filed)
    return story


def admin() -> Story:
    return received_story().act("accept_admin", **DOCUMENT).later(hours=1).prove()


def paused() -> Story:
    return admin().act("pause_for_appraisal", appraisal="鉴1号")


def criminal() -> Story:
    return received().act("file_criminal", **DOCUMENT).later(hours=1).prove()


def told_before() -> Story:
    return criminal().act("tell_before_transfer").prove()


def prosecution() -> Story:
    return told_before().act("transfer_for_prosecution", **DOCUMENT)


def not_filed() -> Story:
    return received().act("not_file", document="不立1号", reason="no_crime").prove()


def referral_not_filed() -> Story:
    return referral_story().act("not_file", document="不立1号", reason="no_crime").prove()


def review() -> Story:
    return not_filed().act("apply_reconsideration", applied_at=MONDAY.isoformat())


def referral_review() -> Story:
    return referral_not_filed().act("apply_referral_review", HEALTH, applied_at=MONDAY.isoformat())


def supervision() -> Story:
    return not_filed().act("ask_supervision", PROCURATORATE)


def reasons_given() -> Story:
    return supervision().act("give_reasons", PROCURATORATE, **DOCUMENT)


def told_to_file() -> Story:
    return reasons_given().act("notify_to_file", PROCURATORATE, **DOCUMENT)


def decided() -> Story:
    return filed_with_authority(admin().act("decide_penalty", **DOCUMENT).later(hours=1).prove())


def withdrawn() -> Story:
    return filed_with_authority(criminal().act("withdraw", **DOCUMENT).prove())


def closed() -> Story:
    return decided().act("close")


def transferred() -> Story:
    return transferred_story()


def sent_and_filed() -> Story:
    story = transferred().act("receive_transfer", NEIGHBOUR, **RECEIPT)
    return story.act("file_criminal", NEIGHBOUR, **DOCUMENT).later(hours=1).prove()


def provable() -> Story:
    """Nothing is owed any more but the row at hand."""
    return filed_with_authority(received().prove())


FED_BACK = {"outcome_there": "filed", "feedback_note": "反1号"}
OMITTED = omitted(MONDAY - timedelta(days=2))
APPLIED = {"applied_at": MONDAY.isoformat()}
INTERVIEW: dict[str, Any] = {"interviewed_at": MONDAY.isoformat(), "one_stop": True, "appropriate_adult": True}
ATTENDED: dict[str, Any] = {"attended_at": MONDAY.isoformat(), "advice": ["evidence"], "document": "介1号"}
RECEIPT_FIELDS = {"receipt_no": "回执1号", "track": "administrative"}

ROWS = [
    row(harm_story, "receive", STATION, "received", STATION, fields=RECEIPT_FIELDS, tasks="receipt",
        rules="admin-review receipt-slip", gone="report-receipt report-silence"),
    row(not_received, "receive", COMMAND, "received", STATION, fields=RECEIPT, rules="criminal-review"),
    row(harm_story, "receive_referral", STATION, "referred_in", STATION, fields=RECEIPT, tasks="receipt",
        rules="referral-review", gone="criminal-review"),
    row(referral_story, "tell_incomplete", STATION, "referred_in", STATION, fields=DOCUMENT,
        tasks="tell_incomplete supplement", rules="referral-papers referral-supplement referral-review"),
    row(not_received, "resend", COMMAND, "reported", STATION, fields={"call_reference": "电话1号"},
        rules="report-receipt report-silence"),
    row(not_received, "ask_supervision", PROCURATORATE, "supervision", PROCURATORATE, tasks="explain_reasons"),
    row(received, "transfer_jurisdiction", STATION, "transferred", NEIGHBOUR, fields=TRANSFER,
        tasks="await_feedback tell_transfer", rules="jurisdiction-transfer", gone="transfer-feedback criminal-review"),
    row(transferred, "receive_transfer", NEIGHBOUR, "received", NEIGHBOUR, fields=RECEIPT,
        tasks="await_feedback owe_feedback", rules="transfer-feedback criminal-review", gone="jurisdiction-transfer"),
    row(transferred, "return_transfer", NEIGHBOUR, "received", STATION, fields={"reason": "wrong_jurisdiction"},
        gone="jurisdiction-transfer transfer-feedback"),
    row(transferred, "redirect_transfer", BUREAU, "transferred", NEIGHBOUR, fields=TRANSFER, tasks="await_feedback"),
    row(sent_and_filed, "feed_back", NEIGHBOUR, "criminal_case", NEIGHBOUR, fields=FED_BACK, gone="transfer-feedback"),
    row(received, "extend_review", STATION, "received", STATION, fields={"extension": "leads", "approval": "批1号"},
        rules="criminal-review-leads", gone="criminal-review"),
    row(received, "accept_admin", STATION, "admin_case", STATION, fields=DOCUMENT, tasks="feedback",
        rules="public-security-case report-feedback"),
    row(referral_story, "file_criminal", STATION, "criminal_case", STATION, fields=DOCUMENT, tasks="feedback",
        gone="referral-review"),
    row(told_to_file, "file_criminal", BUREAU, "criminal_case", STATION, fields=DOCUMENT, gone="supervision-filing"),
    row(admin, "upgrade_criminal", STATION, "criminal_case", STATION, fields=DOCUMENT, gone="public-security-case"),
    row(received, "not_file", STATION, "not_filed", STATION, fields={"document": "不1号", "reason": "no_crime"},
        tasks="tell_outcome", gone="criminal-review"),
    row(provable, "close_not_police_matter", STATION, "closed", STATION, fields=SECOND),
    row(provable, "close_duplicate", STATION, "closed", STATION, fields=SECOND),
    row(admin, "decide_penalty", STATION, "decided", STATION, fields=DOCUMENT, tasks="decision_copy tell_outcome",
        rules="decision-copy"),
    row(admin, "decide_no_penalty", STATION, "decided", STATION, fields=DOCUMENT, tasks="decision_copy"),
    row(admin, "decide_warning", STATION, "decided", STATION, fields=DOCUMENT | {"dv_relation": "parent"},
        opens="dv_warning"),
    row(admin, "extend_case", STATION, "admin_case", STATION, fields={"approval": "延1号"},
        rules="public-security-case-extended", gone="public-security-case"),
    row(admin, "pause_for_appraisal", STATION, "admin_case", STATION, fields={"appraisal": "鉴1号"}),
    row(paused, "resume_after_appraisal", STATION, "admin_case", STATION, rules="public-security-case"),
    row(criminal, "tell_before_transfer", STATION, "criminal_case", STATION, tasks="feedback_before_transfer"),
    row(told_before, "transfer_for_prosecution", STATION, "prosecution", PROCURATORATE, fields=DOCUMENT),
    row(criminal, "withdraw", STATION, "withdrawn", STATION, fields=DOCUMENT, tasks="tell_withdrawal",
        rules="withdrawal-notice"),
    row(lambda: filed_with_authority(prosecution()), "judged", PROCURATORATE, "closed", STATION, fields=DOCUMENT,
        tasks="tell_outcome"),
    row(lambda: filed_with_authority(prosecution()), "not_prosecuted", PROCURATORATE, "closed", STATION,
        fields=DOCUMENT, tasks="tell_outcome"),
    row(not_filed, "apply_reconsideration", STATION, "review", BUREAU, fields=APPLIED, rules="review-decision"),
    row(referral_not_filed, "apply_referral_review", HEALTH, "referral_review", BUREAU, fields=APPLIED,
        rules="referral-reconsideration"),
    row(review, "overturn", BUREAU, "criminal_case", STATION, fields=DOCUMENT, gone="review-decision"),
    row(referral_review, "uphold", BUREAU, "not_filed", STATION, fields=DOCUMENT, gone="referral-reconsideration"),
    row(supervision, "give_reasons", PROCURATORATE, "reasons_given", PROCURATORATE, fields=DOCUMENT,
        gone="supervision-reasons"),
    row(reasons_given, "accept_reasons", PROCURATORATE, "not_filed", STATION),
    row(reasons_given, "notify_to_file", PROCURATORATE, "told_to_file", BUREAU, fields=DOCUMENT,
        rules="supervision-filing supervision-filing-at-once"),
    row(received, "request_protection", SCHOOL, "received", STATION, tasks="protection_services",
        rules="protection-services"),
    row(prosecution, "refer_protection", PROCURATORATE, "prosecution", PROCURATORATE, opens="child_referral"),
    row(admin, "refer_bullying", STATION, "admin_case", STATION, opens="bullying"),
    row(received, "intervene_early", PROCURATORATE, "received", STATION, fields=ATTENDED, rules="criminal-review"),
    row(received, "record_interview", STATION, "received", STATION, fields=INTERVIEW),
    row(received, "copy_procuratorate", SCHOOL, "received", STATION, tasks="copy_procuratorate",
        rules="copy-procuratorate"),
    row(received, "find_omission", PROCURATORATE, "received", STATION, fields=OMITTED, opens="omission"),
    row(closed, "find_omission", EDUCATION, "closed", STATION, fields=OMITTED, opens="omission"),
    row(closed, "ask_outcome", SCHOOL, "closed", STATION, tasks="answer_reporter", rules="report-outcome"),
    row(decided, "close", STATION, "closed", STATION),
    row(withdrawn, "close", STATION, "closed", STATION),
    row(closed, "reopen", STATION, "received", STATION, fields={"reason": "new_evidence", "track": "criminal"},
        rules="criminal-review"),
]  # fmt: skip


@pytest.mark.parametrize("line", ROWS, ids=str)
def test_row(line: Row) -> None:
    check(line)


def test_every_row_has_a_line() -> None:
    assert not missing(loaded().get("mandatory_report").definition, ROWS)


# -- first knowledge ----------------------------------------------------------------------------------------------


def duty(story: Story) -> tuple[Deadline, datetime, bool]:
    """The reporting unit's own duty to report at once: its clock, when it was done, and whether too late."""
    fact = story.log[0]
    [begun] = [s.deadline for s in fact.of(DeadlineStarted) if s.deadline.rule == "report-at-once"]
    [met] = [m for m in fact.of(DeadlineMet) if m.deadline_id == begun.deadline_id]
    return begun, met.at, any(b.deadline_id == begun.deadline_id for b in fact.of(DeadlineBreached))


def test_unit_that_reported_within_the_hour_has_done_its_duty() -> None:
    begun, at, late = duty(harm_story())
    assert (begun.unit, begun.started_at, at, late) == (SCHOOL, MONDAY - timedelta(hours=1), MONDAY, False)
    assert begun.law_class == "PLAT", "立即 is no number; the alarm is the platform's"


def test_late_report_is_the_missed_duty_of_the_unit_that_reported_and_never_of_the_police() -> None:
    story = told_story("2026-01-05T09:00", HOSPITAL, "medical", "2026-01-02T09:00", situation="mr4")
    begun, _, late = duty(story)
    assert (begun.unit, late) == (HOSPITAL, True)
    missed = {b.deadline_id for fact in story.log for b in fact.of(DeadlineBreached)}
    police = [s.deadline for s in story.log[0].of(DeadlineStarted) if s.deadline.unit == STATION]
    assert not missed & {deadline.deadline_id for deadline in police}
    assert story.log[0].of(Milestone)[0].dimensions["delay_minutes"] == 3 * 24 * 60


def test_delay_runs_from_the_first_knowledge_of_anybody_and_names_who_knew() -> None:
    story = case_01_nurse_reports()
    counted = story.log[0].of(Milestone)[0].dimensions
    assert (counted["delay_minutes"], counted["first_known_by"]) == (5 * 24 * 60 + 15 * 60, "hospital")
    begun, _, late = duty(story)
    assert (begun.unit, late) == ("womens-federation@330382", False), "who passed it on at once has missed nothing"


def test_silence_of_police_is_their_own_and_leaves_the_reporters_duty_met() -> None:
    story = harm_story().silence(hours=5)
    assert not duty(story)[2]
    late = story.clock("report-receipt")
    assert (late.deadline.unit, late.status) == (STATION, "breached")


def test_report_that_police_had_earlier_was_done_then() -> None:
    had = MONDAY - timedelta(minutes=50)
    story = harm_story(received_by_police_unit=STATION, police_received_at=had.isoformat())
    assert duty(story)[1] == had
    assert story.log[0].of(Milestone)[0].dimensions["delay_minutes"] == 10


def test_citizen_and_adults_case_have_no_such_duty() -> None:
    for story in (harm_story(unit=None), harm_story(minor=False)):
        assert not [s for s in story.log[0].of(DeadlineStarted) if s.deadline.rule == "report-at-once"]


def test_hops_of_an_event_become_first_knowledge() -> None:
    event = ReportSubmitted.model_validate(
        {
            "report_id": "019b8baa-0680-7000-8000-000000000001",
            "reporter": {"category": "women_federation", "unit": "womens-federation@330382"},
            "subjects": [{"role": "victim", "minor": True, "token": "t-1"}],
            "learned_at": "2026-01-08T10:00:00+08:00",
            "submitted_at": "2026-01-08T11:00:00+08:00",
            "region": "330382001",
            "kind": "harm_to_minor",
            "situation": "mr4",
            "hops": [{"unit_kind": "hospital", "at": "2026-01-02T20:00:00+08:00"}],
        },
        strict=False,
    )
    arrived = incoming_report(event, loaded(), event.report_id, b"k")
    assert arrived
    fields = arrived.trigger.report.fields  # type: ignore[union-attr]
    assert (fields["first_known_by"], fields["hops"]) == ("hospital", ["hospital"])
    assert fields["first_known_at"] == "2026-01-02T20:00:00+08:00"


def test_authority_first_relay_owes_no_second_filing_and_copies_the_procuratorate() -> None:
    story = case_05_authority_first()
    assert not [s for f in story.log for s in f.of(DeadlineStarted) if s.deadline.rule == "authority-filing"]
    assert "copy_procuratorate" in [fact.trigger for fact in story.log]
    assert "intervene_early" in [fact.trigger for fact in story.log]


# -- transfer and referral ----------------------------------------------------------------------------------------


def test_sender_keeps_an_open_item_until_the_outcome_is_fed_back() -> None:
    story = sent_and_filed()
    [task] = story.tasks("await_feedback")
    assert task.unit == STATION
    assert story.refused("feed_back", STATION, **FED_BACK).code == "wrong_unit"
    assert story.refused("complete_task", STATION, task.task_id).code == "bad_fields", "not without the outcome"
    story.act("feed_back", NEIGHBOUR, **FED_BACK)
    assert not story.tasks("await_feedback")
    names = [m.name for fact in story.log for m in fact.of(Milestone)]
    assert [n for n in names if n.startswith("referral.")] == [
        "referral.sent", "referral.acknowledged", "referral.feedback",
    ]  # fmt: skip


def test_receiver_that_never_feeds_back_is_late_itself_and_seen_by_the_bureau() -> None:
    story = sent_and_filed()
    assert story.clock("transfer-feedback").deadline.unit == NEIGHBOUR
    story.silence(days=12)
    assert BUREAU in {task.unit for task in story.tasks("supervise")}
    story.refused("feed_back", STATION, **FED_BACK)


def test_feedback_is_possible_after_the_receivers_case_is_closed() -> None:
    story = filed_with_authority(sent_and_filed().act("withdraw", NEIGHBOUR, **DOCUMENT).prove())
    story.act("close", NEIGHBOUR).act("feed_back", NEIGHBOUR, **FED_BACK)
    assert not story.is_.tasks


def test_nothing_to_feed_back_without_a_transfer() -> None:
    assert criminal().refused("feed_back", **FED_BACK).code == "guard"


def test_transfer_comes_back_once() -> None:
    story = transferred().act("return_transfer", NEIGHBOUR, reason="wrong_jurisdiction")
    story.act("transfer_jurisdiction", **TRANSFER)
    assert "上限" in story.refused("return_transfer", NEIGHBOUR, reason="wrong_jurisdiction").zh


def test_referral_of_an_authority_cannot_be_turned_away() -> None:
    story = referral_story()
    for action in ("close_not_police_matter", "close_duplicate"):
        assert story.refused(action, **SECOND).code == "not_allowed_here"
    deadline = story.clock("referral-review").deadline
    assert (deadline.law_class, deadline.due_at.isoformat()) == ("STAT", "2026-01-09T00:00:00+08:00")


def test_missing_papers_are_told_within_24_hours_of_the_receipt_and_come_within_three_days() -> None:
    story = referral_story().later(hours=30).act("tell_incomplete", **DOCUMENT)
    told = story.clock("referral-papers").deadline
    assert told.due_at == MONDAY + timedelta(minutes=20, hours=24)
    [supplement] = story.tasks("supplement")
    assert supplement.unit == HEALTH
    story.later(hours=1).prove("tell_incomplete")
    assert [b.deadline_id for b in story.last.of(DeadlineBreached)] == [told.deadline_id]


def test_only_a_referral_has_the_authoritys_review() -> None:
    assert not_filed().refused("apply_referral_review", STATION, **APPLIED).code == "guard"


# -- other cases, closed cases ------------------------------------------------------------------------------------


def test_abandoned_child_is_referred_to_protection_at_once() -> None:
    story = harm_story(situation="mr6", suspect_relation="parent")
    [child] = story.log[0].of(ChildOpened)
    assert (child.workflow, child.roles) == ("child_referral", {"victim": "child"})
    assert child.carries == {"situation": "mr6", "suspect_relation": "parent"}
    assert not harm_story(situation="mr4").log[0].of(ChildOpened)


def test_closed_case_answers_its_reporters_and_nobody_else() -> None:
    story = closed()
    assert story.refused("ask_outcome", HOSPITAL).code == "wrong_unit"
    story.act("ask_outcome", SCHOOL)
    [task] = story.tasks("answer_reporter")
    assert (task.unit, task.addressee, story.is_.final) == (STATION, SCHOOL, True)


def test_omission_found_after_closing_is_a_linked_case_and_the_closed_one_stays_closed() -> None:
    story = closed().act("find_omission", PROCURATORATE, **OMITTED)
    assert story.is_.final
    omission = opened_by(story, "omission")
    assert (omission.is_.parent_case_id, omission.is_.state) == (story.is_.case_id, "inquiry")


def test_omission_is_found_by_those_who_supervise_and_only_for_a_child() -> None:
    assert received().refused("find_omission", SCHOOL, **OMITTED).code == "wrong_unit"
    adult = received_story(minor=False)
    assert adult.refused("find_omission", PROCURATORATE, **OMITTED).code == "guard"


def test_protection_is_asked_for_by_anybody_and_delivered_by_child_protection() -> None:
    story = received().act("request_protection", HOSPITAL)
    [task] = story.tasks("protection_services")
    story.act("complete_task", PROTECTION, task.task_id, services=["medical", "psychological"])
    [reached] = story.last.of(Milestone)
    assert (reached.name, reached.dimensions) == ("service.delivered", {"services": ["medical", "psychological"]})


@pytest.mark.parametrize(
    ("measure", "name"), [("safe", "emergency.responded"), ("false_alarm", "emergency.not_needed")]
)
def test_answer_to_danger_reaches_its_milestone(measure: str, name: str) -> None:
    story = received().act("raise_urgent_danger", SCHOOL)
    [task] = story.tasks("urgent_response")
    story.act("complete_task", COMMAND, task.task_id, measure=measure)
    assert [m.name for m in story.last.of(Milestone)] == [name]
