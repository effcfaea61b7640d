"""SM-D 筛查追踪, version 2: every row of its table, silence, danger, and what others may know."""

from datetime import datetime
from typing import Any

import pytest

from contracts.base import SHANGHAI
from contracts.cases import ChildOpened, Fact, Milestone, ReportProposed, StateEntered
from contracts.codes import Cancer
from tests.unit.health_stories import (
    CLINIC,
    ELSEWHERE,
    FEDERATION,
    HEALTH,
    SITE,
    SPECIALIST,
    checked,
    contact,
    diagnosed,
    diagnosis,
    every_state_can_move,
    in_follow_up,
    lost,
    next_result,
    progressed,
    referred,
    result,
    screened,
    telling,
    to_treat,
    treatment,
    unreachable,
)
from tests.unit.stories import COMMAND, MCH, STATION, VILLAGE, Story, loaded
from tests.unit.tables import Refusal, Row, refuse, take
from workflows.engine import decide
from workflows.migrate import get_migration
from workflows.triggers import Migrated

MOVE = {"new_hospital": ELSEWHERE, "handover_note": "移1号"}
PLAN: dict[str, Any] = {"to_unit": SPECIALIST, "federation_consent": False, "aid_consent": False}


def inadequate() -> Story:
    return screened("inadequate").later(days=1)


def tried(begin: Story, *means: str, outcome: str = "no_answer") -> Story:
    for one in means:
        begin.later(days=1).act("record_contact", unit=MCH, **contact(begin, one, outcome))
    return begin


def handing_over() -> Story:
    return referred().later(days=1).act("hand_over", unit=MCH, **MOVE)


def refused() -> Story:
    return to_treat().later(days=1).act("refuse_treatment", unit=MCH, refusal_slip="拒治1号")


def treated(progress: str | None = None) -> Story:
    story = to_treat().later(days=1).prove()
    story.act("start_treatment", unit=SPECIALIST, **treatment(story)).later(days=1)
    return story.act("record_treatment", unit=SPECIALIST, **progressed(story, progress)) if progress else story


def due() -> Story:
    return screened("normal").silence(days=5 * 366)


def closed_lost() -> Story:
    return lost().silence(days=32)


def now(story: Story, name: str, **fields: Any) -> dict[str, Any]:
    return {name: story.now.isoformat()} | fields


ROWS = [
    Row(screened, "notify", SITE, telling, "referred", MCH, {"screening-diagnosis"}),
    Row(screened, "notify", MCH, telling, "referred", MCH, {"screening-diagnosis"}),
    Row(unreachable, "notify", MCH, telling, "referred", MCH, {"screening-diagnosis"}),
    Row(lost, "notify", MCH, telling, "referred", MCH, {"screening-diagnosis"}),
    Row(screened, "record_contact", SITE, contact, "unreachable", MCH, {"screening-recall-contact"}),
    Row(unreachable, "record_contact", MCH, contact, "unreachable", MCH, {"screening-recall-contact"}),
    Row(inadequate, "record_contact", MCH, contact, "rescreen", MCH, {"screening-rescreen"}),
    Row(unreachable, "ask_visit", MCH, {"to_unit": VILLAGE}, "unreachable", MCH, {"screening-recall-contact"}),
    Row(
        lambda: tried(inadequate(), "sms", "sms", "phone"), "close_not_rescreened", MCH, {}, "closed", MCH, set()
    ),  # one more means after two of the same
    Row(
        lambda: tried(unreachable(), "phone", outcome="refused"),
        "close_declined",
        MCH,
        {"refusal_slip": "拒1号"},
        "closed",
        MCH,
        set(),
    ),
    Row(
        lambda: tried(unreachable(), "phone", "phone"),
        "lose",
        MCH,
        {"loss_record": "失1号"},
        "lost",
        HEALTH,
        {"screening-loss-audit"},
    ),
    Row(lost, "confirm_loss", HEALTH, {"audit_record": "抽1号"}, "closed_lost", MCH, set()),
    Row(lost, "reject_loss", HEALTH, {"audit_record": "抽1号"}, "unreachable", MCH, {"screening-recall-contact"}),
    Row(referred, "no_show", MCH, {}, "unreachable", MCH, {"screening-recall-contact"}),
    Row(
        referred,
        "record_examination",
        SPECIALIST,
        lambda s: now(s, "examined_at", examination="colposcopy"),
        "diagnosed",
        MCH,
        {"screening-plan"},
    ),
    Row(referred, "record_diagnosis", MCH, lambda s: diagnosis(s, "benign"), "diagnosed", MCH, {"screening-plan"}),
    Row(lambda: diagnosed("excluded"), "clear", MCH, {}, "normal", MCH, {"screening-recall-hpv"}),
    Row(lambda: diagnosed("excluded", cancer="newborn_heart", method="heart"), "clear", MCH, {}, "closed", MCH, set()),
    Row(
        lambda: diagnosed("cin1"), "plan_follow_up", MCH, {"to_unit": CLINIC}, "follow_up", MCH, {"screening-follow-up"}
    ),
    Row(treated, "plan_follow_up", MCH, {"to_unit": CLINIC}, "follow_up", MCH, {"screening-follow-up"}),
    Row(in_follow_up, "record_check", CLINIC, lambda s: checked(s, "normal"), "normal", MCH, {"screening-recall-hpv"}),
    Row(
        lambda: in_follow_up(cancer="common"),
        "record_check",
        CLINIC,
        lambda s: checked(s, "normal"),
        "closed",
        MCH,
        set(),
    ),
    Row(
        in_follow_up, "record_check", MCH, lambda s: checked(s, "unchanged"), "follow_up", MCH, {"screening-follow-up"}
    ),
    Row(in_follow_up, "record_check", CLINIC, lambda s: checked(s, "progressed"), "diagnosed", MCH, {"screening-plan"}),
    Row(lambda: diagnosed("cin2"), "plan_treatment", MCH, PLAN, "to_treat", MCH, {"screening-treatment"}),
    Row(to_treat, "start_treatment", SPECIALIST, treatment, "treated", MCH, {"screening-treatment-progress"}),
    Row(
        treated,
        "record_treatment",
        SPECIALIST,
        lambda s: progressed(s, "ongoing"),
        "treated",
        MCH,
        {"screening-treatment-progress"},
    ),
    Row(
        to_treat,
        "refuse_treatment",
        MCH,
        {"refusal_slip": "拒治1号"},
        "refused_treatment",
        MCH,
        {"screening-persuasion"},
    ),
    Row(refused, "persuade", MCH, lambda s: now(s, "persuaded_at"), "refused_treatment", MCH, {"screening-persuasion"}),
    Row(refused, "agree_treatment", MCH, {}, "to_treat", MCH, {"screening-treatment"}),
    Row(
        lambda: refused().prove().act("persuade", unit=MCH, persuaded_at="2026-01-26T09:00:00+08:00"),
        "close_refused",
        MCH,
        {"refusal_slip": "拒治2号"},
        "closed",
        MCH,
        set(),
    ),
    Row(lambda: treated("finished"), "close", MCH, {}, "closed", MCH, set()),
    Row(screened, "close_deceased", SITE, {"certificate": "死1号"}, "closed", MCH, set()),
    Row(referred, "hand_over", MCH, MOVE, "handing_over", MCH, {"screening-diagnosis"}),
    Row(handing_over, "accept_handover", ELSEWHERE, {}, "referred", ELSEWHERE, {"screening-diagnosis"}),
    Row(handing_over, "return_handover", ELSEWHERE, {"reason": "incomplete"}, "referred", MCH, {"screening-diagnosis"}),
    Row(handing_over, "withdraw_handover", MCH, {}, "referred", MCH, {"screening-diagnosis"}),
    Row(screened, "report_crisis", STATION, lambda s: now(s, "learned_at"), "screened", SITE, {"screening-notice"}),
    Row(due, "leave_programme", MCH, {"reason": "over_age"}, "closed", MCH, set()),
    Row(
        lambda: treated("finished").act("close", unit=MCH),
        "reopen",
        MCH,
        {"to_unit": CLINIC, "reason": "new_result"},
        "follow_up",
        MCH,
        {"screening-follow-up"},
    ),
    Row(closed_lost, "reopen", MCH, telling, "referred", MCH, {"screening-diagnosis"}),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.state}")
def test_row_leads_to_its_state_with_one_accountable_unit_and_its_clocks(row: Row) -> None:
    take(row)


REFUSALS = [
    Refusal(screened, "notify", CLINIC, telling, "wrong_unit"),
    Refusal(screened, "notify", SITE, lambda s: telling(s, notified_at="2025-12-01T09:00:00+08:00"), "guard"),
    Refusal(screened, "notify", SITE, lambda s: telling(s, referral_slip=None), "bad_fields"),
    Refusal(screened, "lose", SITE, {"loss_record": "失1号"}, "not_allowed_here"),
    Refusal(unreachable, "lose", MCH, {"loss_record": "失1号"}, "guard"),
    Refusal(lambda: tried(unreachable(), "sms", "sms", "sms"), "lose", MCH, {"loss_record": "失1号"}, "guard"),
    Refusal(lambda: tried(unreachable(), "phone"), "lose", MCH, {"loss_record": "失1号"}, "guard"),
    Refusal(lost, "confirm_loss", MCH, {"audit_record": "抽1号"}, "wrong_unit"),
    Refusal(lambda: tried(unreachable(), "phone"), "close_declined", MCH, {"refusal_slip": "拒1号"}, "guard"),
    Refusal(inadequate, "close_not_rescreened", MCH, {}, "guard"),
    Refusal(lambda: diagnosed("cin2"), "plan_follow_up", MCH, {"to_unit": CLINIC}, "guard"),
    Refusal(lambda: diagnosed("benign"), "plan_treatment", MCH, PLAN, "guard"),
    Refusal(lambda: diagnosed("benign"), "clear", MCH, {}, "guard"),
    Refusal(referred, "record_diagnosis", MCH, lambda s: diagnosis(s, "cin3"), "guard"),
    Refusal(referred, "record_diagnosis", CLINIC, lambda s: diagnosis(s, "benign"), "wrong_unit"),
    Refusal(refused, "close_refused", MCH, {"refusal_slip": "拒治2号"}, "guard"),
    Refusal(lambda: treated("ongoing"), "close", MCH, {}, "guard"),
    Refusal(treated, "close", MCH, {}, "guard"),
    Refusal(handing_over, "accept_handover", MCH, {}, "wrong_unit"),
]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.action}-{row.code}")
def test_what_the_table_does_not_allow_is_refused(row: Refusal) -> None:
    assert refuse(row)


# -- normal results, and the next round -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "rule", "law_class", "year"),
    [
        ("cytology", "screening-recall-cytology", "NORM", 2029),
        ("hpv", "screening-recall-hpv", "NORM", 2031),
        ("ultrasound", "screening-recall-other", "PLAT", 2029),
    ],
)
def test_normal_result_is_one_fact_and_no_queue_entry_and_is_due_again(
    method: str, rule: str, law_class: str, year: int
) -> None:
    story = screened("normal", method=method)
    deadline = story.clock(rule).deadline
    assert (len(story.log), story.is_.quiet, story.is_.tasks) == (1, True, {})
    assert (deadline.law_class, deadline.term, deadline.due_at.year) == (law_class, True, year)


@pytest.mark.parametrize("disease", ["common", "newborn_metabolic", "newborn_hearing", "newborn_heart"])
def test_normal_result_of_a_disease_without_a_cycle_is_closed(disease: str) -> None:
    story = screened("normal", cancer=disease, method=None)
    assert (story.is_.state, story.is_.final, story.is_.quiet, story.rules()) == ("excluded", True, True, set())


@pytest.mark.parametrize("disease", Cancer)
def test_every_disease_runs_through_the_same_table(disease: str) -> None:
    story = diagnosed("confirmed", cancer=disease, method=None)
    story.act("plan_treatment", unit=MCH, **PLAN)
    assert story.is_.state == "to_treat"


def test_due_woman_is_reminded_by_message_and_nobody_has_a_queue_entry() -> None:
    story = due()
    [notice] = story.tasks("recall_notice")
    assert (story.is_.state, story.is_.quiet) == ("recall_due", True)
    assert (notice.addressee_role, notice.template) == ("examinee", "recall")


@pytest.mark.parametrize("begin", [lambda: screened("normal"), due, inadequate])
def test_next_result_moves_the_case_that_waits_for_it(begin: Any) -> None:
    story = next_result(begin(), "abnormal")
    assert (story.last.trigger, story.is_.state, story.is_.accountable) == ("renewed", "screened", SITE)
    assert story.rules() == {"screening-notice"}
    assert [milestone.name for milestone in story.last.of(Milestone)] == ["screening.completed"]
    assert not story.is_.tasks


def test_second_result_while_she_is_followed_is_proposed_to_a_person() -> None:
    story = next_result(referred(), "normal")
    assert story.last.of(ReportProposed)
    assert story.is_.state == "referred"


def test_inadequate_sample_is_recalled_to_be_taken_again() -> None:
    story = screened("inadequate")
    assert (story.is_.state, story.is_.accountable) == ("rescreen", MCH)
    assert story.tasks("recall_notice")
    story.silence(days=61)
    assert {task.unit for task in story.tasks("supervise")} == {HEALTH}


# -- silence ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "days", "rule", "unit"),
    [
        (screened, 9, "screening-notice", MCH),
        (screened, 14, "screening-notice", HEALTH),
        (unreachable, 17, "screening-recall-contact", HEALTH),
        (referred, 92, "screening-diagnosis", HEALTH),
        (lambda: diagnosed("benign"), 40, "screening-plan", HEALTH),
        (in_follow_up, 190, "screening-follow-up", HEALTH),
        (to_treat, 40, "screening-treatment", HEALTH),
        (refused, 32, "screening-persuasion", HEALTH),
        (treated, 92, "screening-treatment-progress", HEALTH),
    ],
)
def test_silence_breaches_the_clock_and_climbs_its_ladder(begin: Any, days: int, rule: str, unit: str) -> None:
    story = begin().silence(days=days)
    clock = story.clock(rule)
    about = [task.unit for task in story.tasks("supervise") if task.about_deadline == clock.deadline.deadline_id]
    assert (clock.status, clock.deadline.law_class) == ("breached", "PLAT")
    assert unit in about


def test_loss_that_nobody_checks_stands_when_the_audit_ends() -> None:
    story = closed_lost()
    assert (story.is_.state, story.is_.outcome, story.last.trigger) == ("closed_lost", "lost", "end_loss_audit")


def test_contacts_count_anew_after_she_was_reached() -> None:
    story = tried(unreachable(), "phone", "visit")
    story.act("notify", unit=MCH, **telling(story)).later(days=9).act("no_show", unit=MCH)
    tried(story, "phone", "phone", "phone")
    assert "两种方式" in story.refused("lose", unit=MCH, loss_record="失1号").zh
    tried(story, "visit").act("lose", unit=MCH, loss_record="失1号")


def test_follow_up_reminds_a_month_before_it_is_due() -> None:
    story = in_follow_up().silence(days=155)
    [reminder] = story.tasks("remind")
    assert reminder.unit == MCH


def test_clinic_that_cannot_do_the_check_gives_it_back() -> None:
    story = in_follow_up()
    [offer] = story.tasks("check_up")
    story.act("reject_task", unit=CLINIC, task=offer.task_id, reason="other")
    [back] = story.tasks("returned")
    assert back.unit == story.is_.accountable == MCH
    story.act("offer_again", unit=MCH, task=back.task_id, to_unit="health-centre@" + "9" * 16)
    assert story.tasks("check_up")


# -- who knows what ---------------------------------------------------------------------------------------------


def test_federation_is_told_only_with_consent_and_never_the_diagnosis() -> None:
    told, untold = to_treat(), to_treat(federation_consent=False, aid_consent=False)
    [notice] = told.tasks("tell_federation")
    assert (notice.addressee, notice.template) == (FEDERATION, "copy")
    assert "癌" not in notice.title
    assert not untold.tasks("tell_federation")
    assert not untold.last.of(ChildOpened)


def test_relief_opens_for_cancer_with_consent_and_carries_neither_stage_nor_diagnosis() -> None:
    [child] = to_treat().last.of(ChildOpened)
    assert (child.workflow, child.roles, child.carries) == ("relief", {"examinee": "applicant"}, {"cancer": "breast"})
    assert not to_treat("breast_atypical").last.of(ChildOpened)


def test_woman_is_told_her_diagnosis_unless_she_was_told_in_person() -> None:
    story = referred().later(days=9)
    story.act("record_diagnosis", unit=MCH, **diagnosis(story, "benign", told_in_person=False))
    [notice] = story.tasks("tell_diagnosis")
    assert notice.addressee_role == "examinee"
    assert not diagnosed("benign").tasks("tell_diagnosis")


def test_milestones_have_what_the_indicators_ask() -> None:
    story = referred(cancer="breast")
    story.act("record_diagnosis", unit=MCH, **diagnosis(story, "breast_in_situ", stage="early", hardship=True))
    reached = {m.name: m.dimensions for m in story.last.of(Milestone)}
    assert reached.keys() == {"diagnosis.concluded", "diagnosis.confirmed"}
    assert reached["diagnosis.confirmed"] == {
        "cancer": "breast",
        "diagnosis": "breast_in_situ",
        "stage": "early",
        "hardship": True,
    }


# -- moving, danger ---------------------------------------------------------------------------------------------


def test_whoever_follows_her_is_decided_by_where_she_lives() -> None:
    for story in every_state_can_move():
        assert story.is_.accountable == ELSEWHERE, story
        assert all(clock.deadline.unit != MCH for clock in story.is_.clocks.values() if not clock.deadline.task_id)
    story = every_state_can_move()[0].silence(days=90)
    assert "health@330381" in {task.unit for task in story.tasks("supervise")}


def test_handover_comes_back_twice_at_most() -> None:
    story = referred().later(days=1)
    for _ in range(2):
        story.act("hand_over", unit=MCH, **MOVE).act("return_handover", unit=ELSEWHERE, reason="incomplete")
    story.act("hand_over", unit=MCH, **MOVE)
    assert "2 次上限" in story.refused("return_handover", unit=ELSEWHERE, reason="incomplete").zh


def test_silence_at_a_handover_leaves_her_with_the_old_hospital() -> None:
    story = handing_over().silence(days=6)
    assert story.is_.accountable == MCH
    assert {task.unit for task in story.tasks("supervise")} == {HEALTH}


@pytest.mark.parametrize("begin", [screened, unreachable, to_treat, refused, treated, lost])
def test_psychological_crisis_raises_danger_at_once(begin: Any) -> None:
    story = begin()
    story.act("report_crisis", unit=FEDERATION, learned_at=story.now.isoformat())
    [urgent], [support] = story.tasks("urgent_response"), story.tasks("crisis_support")
    assert story.is_.urgent
    assert (urgent.unit, support.unit) == (COMMAND, HEALTH)
    assert story.clock("urgent-danger").deadline.value == 10
    story.act("complete_task", unit=COMMAND, task=urgent.task_id, measure="safe")
    assert not story.is_.urgent


def test_recall_is_due_on_the_day_the_cycle_ends() -> None:
    story = screened("normal", method="cytology")
    end = story.clock("screening-recall-cytology").deadline.due_at
    assert end == datetime(2029, 1, 3, tzinfo=SHANGHAI)


def test_open_cases_of_version_1_can_go_on_under_version_2() -> None:
    migration = get_migration(loaded().migrations, "screening", 1, 2)
    story = Story(loaded().get("screening", 1)).reported(result("abnormal"), roles=("examinee",))
    fact = decide(loaded().get("screening", 2), story.case, Migrated("m-1", 2, migration.states), story.now)
    assert isinstance(fact, Fact)
    [entered] = fact.of(StateEntered)
    assert (entered.state, entered.accountable) == ("unreachable", MCH)
