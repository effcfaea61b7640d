"""SM-D2 低收入妇女“两癌”救助: every row of its table, reject codes, windows, silence, danger."""

from typing import Any

import pytest

from contracts.cases import Milestone
from tests.unit.health_stories import (
    CIVIL,
    COMMITTEE,
    FEDERATION,
    HEALTH,
    application,
    applied,
    check_all,
    identified,
    missed_window,
    refused_relief,
    stage_too_low_other_aid,
    xinmi_relief,
)
from tests.unit.stories import COMMAND, Story, report
from tests.unit.tables import Refusal, Row, refuse, take

WINDOW = {"window_opens": "2026-03-20", "window_closes": "2026-04-02"}
TOLD = {"refusal": "papers_missing", "document": "告1号"}


def waiting() -> Story:
    return identified().act("set_window", unit=FEDERATION, **WINDOW)


def window_open() -> Story:
    return waiting().silence(days=75)


def papers() -> Story:
    return applied().later(days=1).act("request_papers", unit=FEDERATION)


def listed() -> Story:
    return check_all(applied()).act("list_applicant", unit=FEDERATION)


def submitted() -> Story:
    return listed().act("submit_list", unit=FEDERATION, list_no="名单1号")


def approved() -> Story:
    return submitted().later(days=30).act("approve", unit=FEDERATION, approval_no="批1号")


def payment(story: Story) -> dict[str, Any]:
    return {"paid_at": story.now.isoformat(), "kind": "lottery_fund", "amount": 10000, "payment_no": "付1号"}


ROWS = [
    Row(identified, "set_window", FEDERATION, WINDOW, "waiting", FEDERATION, {"relief-window"}),
    Row(
        identified,
        "open_window",
        FEDERATION,
        {"window_closes": "2026-04-02"},
        "window_open",
        FEDERATION,
        {"relief-application"},
    ),
    Row(
        waiting,
        "open_window",
        FEDERATION,
        {"window_closes": "2026-04-02"},
        "window_open",
        FEDERATION,
        {"relief-application"},
    ),
    Row(identified, "apply", FEDERATION, application(), "checking", FEDERATION, {"relief-check"}),
    Row(window_open, "apply", FEDERATION, application(), "checking", FEDERATION, {"relief-check"}),
    Row(applied, "request_papers", FEDERATION, {}, "papers", FEDERATION, {"relief-papers"}),
    Row(papers, "supply_papers", FEDERATION, {}, "checking", FEDERATION, {"relief-check"}),
    Row(papers, "reject", FEDERATION, TOLD, "closed", FEDERATION, set()),
    Row(lambda: check_all(applied()), "list_applicant", FEDERATION, {}, "listed", FEDERATION, {"relief-list"}),
    Row(listed, "submit_list", FEDERATION, {"list_no": "名单1号"}, "submitted", FEDERATION, {"relief-approval"}),
    Row(submitted, "approve", FEDERATION, {"approval_no": "批1号"}, "approved", FEDERATION, {"relief-payment"}),
    Row(
        submitted,
        "refuse_above",
        FEDERATION,
        {"refusal": "not_on_list", "document": "告1号"},
        "closed",
        FEDERATION,
        set(),
    ),
    Row(approved, "record_payment", FEDERATION, payment, "paid", FEDERATION, set()),
    Row(waiting, "withdraw", FEDERATION, {"reason": "person_declined"}, "closed", FEDERATION, set()),
    Row(
        papers,
        "report_crisis",
        CIVIL,
        lambda s: {"learned_at": s.now.isoformat()},
        "papers",
        FEDERATION,
        {"relief-papers"},
    ),
    Row(
        lambda: refused_relief("not_on_list", income=False),
        "reopen",
        FEDERATION,
        {"reason": "condition_changed"},
        "identified",
        FEDERATION,
        {"relief-advice"},
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.state}")
def test_row_leads_to_its_state_with_one_accountable_unit_and_its_clocks(row: Row) -> None:
    take(row)


REFUSALS = [
    Refusal(identified, "apply", FEDERATION, application() | {"data_consent": False}, "guard"),
    Refusal(identified, "apply", CIVIL, application(), "wrong_unit"),
    Refusal(identified, "set_window", FEDERATION, WINDOW | {"window_opens": "2029-01-01"}, "bad_fields"),
    Refusal(applied, "list_applicant", FEDERATION, {}, "guard"),
    Refusal(lambda: check_all(applied(), income=False), "list_applicant", FEDERATION, {}, "guard"),
    Refusal(lambda: check_all(applied(), paid=True), "list_applicant", FEDERATION, {}, "guard"),
    Refusal(lambda: check_all(applied(), disease="breast_in_situ"), "list_applicant", FEDERATION, {}, "guard"),
    Refusal(
        lambda: check_all(applied()), "reject", FEDERATION, {"refusal": "already_paid", "document": "告1号"}, "guard"
    ),
    Refusal(applied, "reject", FEDERATION, {"refusal": "not_on_list", "document": "告1号"}, "guard"),
    Refusal(applied, "reject", FEDERATION, TOLD, "guard"),
    Refusal(xinmi_relief, "reopen", FEDERATION, {"reason": "condition_changed"}, "case_closed"),
]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.action}-{row.code}")
def test_what_the_table_does_not_allow_is_refused(row: Refusal) -> None:
    assert refuse(row)


@pytest.mark.parametrize(
    ("refusal", "found", "other_aid"),
    [
        ("stage_below", {"disease": "cervical_below_iib"}, True),
        ("not_invasive", {"disease": "breast_in_situ"}, True),
        ("not_on_list", {"income": False}, True),
        ("already_paid", {"paid": True}, False),
    ],
)
def test_every_refusal_rests_on_what_was_found_and_is_told_with_its_reason(
    refusal: str, found: dict[str, Any], other_aid: bool
) -> None:
    story = refused_relief(refusal, **found)
    [notice] = story.tasks("tell_refusal")
    assert (story.is_.outcome, notice.addressee_role) == ("refused", "applicant")
    assert bool(story.tasks("other_aid")) == other_aid


def test_each_department_checks_what_it_holds() -> None:
    story = applied()
    assert {task.kind: task.unit for task in story.tasks("check_income") + story.tasks("check_disease")} == {
        "check_income": CIVIL,
        "check_disease": HEALTH,
    }
    assert [task.unit for task in story.tasks("check_register")] == [FEDERATION]


def test_papers_are_asked_for_twice_at_most_and_checked_anew() -> None:
    story = applied()
    for _ in range(2):
        check_all(story).act("request_papers", unit=FEDERATION).prove().act("supply_papers", unit=FEDERATION)
    assert "补正已达 2 次上限" in story.refused("request_papers", unit=FEDERATION).zh
    assert "收入核对须达 1 次" in story.refused("list_applicant", unit=FEDERATION).zh


@pytest.mark.parametrize(
    ("diagnosed", "cancer"), [("cervical_iib_or_above", "cervical"), ("breast_invasive", "breast")]
)
def test_application_at_the_desk_begins_with_the_checks(diagnosed: str, cancer: str) -> None:
    story = applied(diagnosis=diagnosed)
    assert (story.is_.state, story.is_.accountable, story.is_.fields["cancer"]) == ("checking", FEDERATION, cancer)


def test_second_application_while_one_is_open_is_proposed_to_a_person() -> None:
    story = applied()
    again = report("relief.applied", story.now, 2, diagnosis="breast_invasive")
    story.reported(again, roles=("applicant",))
    assert story.tasks("new_report")


# -- windows, silence, danger -----------------------------------------------------------------------------------


def test_window_opens_by_itself_and_reminds_before_it_closes() -> None:
    story = window_open()
    assert (story.is_.state, story.last.trigger) == ("window_open", "window_opened")
    deadline = story.clock("relief-application").deadline
    assert (deadline.until.isoformat() if deadline.until else None, deadline.remind_days) == ("2026-04-02", (7, 3))
    story.silence(days=8)
    assert story.tasks("remind")


def test_missed_window_is_a_breach_and_waits_for_the_next() -> None:
    story = window_open().silence(days=20)
    assert (story.is_.state, story.is_.counters["missed_windows"]) == ("identified", 1)
    assert any(fact.trigger == "miss_window" for fact in story.log)
    assert missed_window().is_.outcome == "withdrawn"


@pytest.mark.parametrize(
    ("begin", "days", "rule"),
    [
        (identified, 20, "relief-advice"),
        (applied, 30, "relief-check"),
        (papers, 30, "relief-papers"),
        (listed, 20, "relief-list"),
        (submitted, 140, "relief-approval"),
        (approved, 200, "relief-payment"),
    ],
)
def test_silence_climbs_to_the_committee(begin: Any, days: int, rule: str) -> None:
    story = begin().silence(days=days)
    assert story.clock(rule).deadline.law_class == "PLAT"
    assert COMMITTEE in {task.unit for task in story.tasks("supervise")}


def test_aid_that_was_granted_is_a_milestone_with_its_kind() -> None:
    paid = [m for fact in xinmi_relief().log for m in fact.of(Milestone)]
    other = [m for fact in stage_too_low_other_aid().log for m in fact.of(Milestone)]
    assert [(m.name, m.dimensions) for m in paid + other] == [
        ("assistance.granted", {"cancer": "breast", "kind": "lottery_fund"}),
        ("assistance.granted", {"cancer": "breast", "kind": "medical_aid"}),
    ]


def test_crisis_raises_danger_in_a_relief_case_too() -> None:
    story = submitted().act("report_crisis", unit=FEDERATION, learned_at="2026-01-05T09:00:00+08:00")
    assert story.is_.urgent
    assert {task.unit for task in story.tasks("urgent_response")} == {COMMAND}
