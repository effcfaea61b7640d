"""SM-P 人身安全保护令: every row of the table, its refusals, its silences."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from contracts.base import SHANGHAI
from contracts.cases import ChildOpened, DeadlineCancelled, DeadlineReminded, Milestone
from tests.unit.golden_dv import (
    COURT,
    FEDERATION,
    OWN_WISH,
    advised_order,
    deciding_order,
    do,
    filed_order,
    filing,
    granted_order,
    order,
    order_in_force,
    order_story,
    rejected_order,
    violation,
)
from tests.unit.stories import MONDAY, PROCURATORATE, SCHOOL, STATION, VILLAGE, Story, loaded, report
from workflows.loader import Workflow
from workflows.packs import Pack
from workflows.policy import Policy, load_policy
from workflows.rules import Rule

COMMITTEE = "womens-children-committee@330382"
ASKED: dict[str, Any] = {"applied_by": "victim", "own_wish": True}


def reviewing(asks: str = "extend") -> Story:
    return order_in_force().later(days=5).act("apply_change", unit=FEDERATION, asks=asks, **ASKED)


def violated(**changes: Any) -> Story:
    story = order_in_force().later(days=5)
    return story.act("report_violation", unit=STATION, **violation(story, **changes))


def expired() -> Story:
    return order_in_force(days=30).silence(days=31)


def reconsidering() -> Story:
    story = rejected_order()
    return story.act("apply_reconsideration", unit=FEDERATION, applied_at=story.now.isoformat())


def closed_without_order() -> Story:
    return rejected_order().act("accept_rejection", unit=FEDERATION, **OWN_WISH)


def revoked() -> Story:
    return reviewing("revoke").act("revoke", unit=COURT, decision_no="令9号")


UNTIL: dict[str, Any] = {"decision_no": "令9号", "valid_until": (MONDAY + timedelta(days=120)).date().isoformat()}
AT: dict[str, Any] = {"applied_at": MONDAY.isoformat()}
FORM: dict[str, Any] = {"form_no": "回访单1号", "signed": True, "wants_new_order": False}
UNSIGNED: dict[str, Any] = {"form_no": "回访单1号", "reason": "refused", "second_person": "W2"}
NEW: dict[str, Any] = {"reason": "new_facts"}


@pytest.mark.parametrize(
    ("given", "action", "unit", "fields", "then"),
    [
        (advised_order, "request", STATION, {"applied_by": "victim"}, ("drafting", FEDERATION, {"po-filing"})),
        (advised_order, "decline", FEDERATION, {"reason": "not_now", **OWN_WISH}, ("closed", FEDERATION, set())),
        (
            order_story,
            "ask_help",
            FEDERATION,
            {"to_unit": VILLAGE, "applicant_ground": "illness"},
            ("drafting", FEDERATION, {"po-filing", "po-help-answer"}),
        ),
        (order_story, "file", STATION, filing(order_story()), ("filed", COURT, {"po-acceptance"})),
        (filed_order, "return_application", COURT, {"reason": "wrong_court"}, ("drafting", FEDERATION, {"po-filing"})),
        (
            filed_order,
            "accept_application",
            COURT,
            {"accepted_at": filed_order().now.isoformat(), "case_no": "民保1号", "urgent": False},
            ("deciding", COURT, {"po-decision"}),
        ),
        (
            filed_order,
            "accept_application",
            COURT,
            {"accepted_at": filed_order().now.isoformat(), "case_no": "民保1号", "urgent": True},
            ("deciding", COURT, {"po-decision-urgent"}),
        ),
        (deciding_order, "mark_urgent", COURT, {"urgent": True}, ("deciding", COURT, {"po-decision-urgent"})),
        (
            filed_order,
            "withdraw_application",
            COURT,
            {**OWN_WISH, "second_person": "W2"},
            ("closed", FEDERATION, set()),
        ),
        (
            deciding_order,
            "grant",
            COURT,
            order(deciding_order()),
            ("serving", COURT, {"po-service", "po-term", "po-reconsideration", "po-notice"}),
        ),
        (
            deciding_order,
            "reject",
            COURT,
            {"rejected_at": deciding_order().now.isoformat(), "decision_no": "驳1号", "reason": "no_danger"},
            ("rejected", FEDERATION, {"po-reconsideration", "po-service", "po-safety-plan"}),
        ),
        (
            rejected_order,
            "apply_reconsideration",
            FEDERATION,
            AT,
            ("reconsidering", COURT, {"po-reconsideration-decision", "po-service", "po-safety-plan"}),
        ),
        (
            rejected_order,
            "accept_rejection",
            FEDERATION,
            OWN_WISH,
            ("closed", FEDERATION, {"po-service", "po-safety-plan"}),
        ),
        (
            reconsidering,
            "uphold",
            COURT,
            {"document": "复1号"},
            ("closed", FEDERATION, {"po-service", "po-safety-plan"}),
        ),
        (
            order_in_force,
            "apply_reconsideration",
            COURT,
            AT,
            (
                "in_force",
                COURT,
                {"po-term", "po-reconsideration", "po-reconsideration-decision", "po-first-check", "po-visit"},
            ),
        ),
        (
            order_in_force,
            "apply_change",
            VILLAGE,
            {"asks": "revoke", **ASKED},
            ("reviewing", COURT, {"po-change-decision", "po-term", "po-reconsideration", "po-first-check", "po-visit"}),
        ),
        (
            violated,
            "respond",
            COURT,
            {"response": "admonished", "amount": 0, "document": "决1号"},
            (
                "in_force",
                COURT,
                {"po-term", "po-reconsideration", "po-first-check", "po-visit", "po-end-notice"}
                | {"po-violation-response", "po-tell-court"},
            ),
        ),
        (expired, "return_form", VILLAGE, FORM, ("ended", COURT, {"po-return-form", "po-end-notice"})),
        (
            expired,
            "return_form_unsigned",
            FEDERATION,
            UNSIGNED,
            ("ended", COURT, {"po-return-form", "po-end-notice", "po-safety-plan"}),
        ),
        (
            closed_without_order,
            "reopen",
            FEDERATION,
            NEW,
            ("drafting", FEDERATION, {"po-filing"} | {"po-service", "po-safety-plan"}),
        ),
    ],
)
def test_row_leads_where_the_table_says(
    given: Callable[[], Story], action: str, unit: str, fields: dict[str, Any], then: tuple[str, str, set[str]]
) -> None:
    """`then`: the state, the accountable unit, the clocks that run."""
    story = given().act(action, unit=unit, **fields)
    assert (story.is_.state, story.is_.accountable, story.rules()) == then


@pytest.mark.parametrize(
    ("asks", "action", "fields", "state"),
    [
        ("extend", "extend", UNTIL, "in_force"),
        ("change", "change_order", {"decision_no": "令9号", "measures": ["move_out"]}, "in_force"),
        ("revoke", "revoke", {"decision_no": "令9号"}, "ended"),
        ("extend", "reject_change", {"decision_no": "令9号"}, "in_force"),
    ],
)
def test_court_decides_what_was_asked_and_nothing_else(
    asks: str, action: str, fields: dict[str, Any], state: str
) -> None:
    story = reviewing(asks)
    for other in {"extend", "change_order", "revoke"} - {action}:
        wrong: dict[str, Any] = {"extend": UNTIL, "change_order": {"decision_no": "令9号", "measures": []}}.get(
            other, {"decision_no": "令9号"}
        )
        assert action == "reject_change" or story.refused(other, unit=COURT, **wrong).code == "guard"
    story.act(action, unit=COURT, **fields)
    assert (story.is_.state, story.is_.accountable) == (state, COURT)
    assert story.tasks("serve_applicant")
    assert ("po-term" in story.rules()) is (state == "in_force")


# -- the court's hours ------------------------------------------------------------------------------------------


def test_court_has_72_clock_hours_from_acceptance_and_24_when_it_is_urgent() -> None:
    story = deciding_order()
    accepted = story.is_.moments["accepted_at"]
    deadline = story.clock("po-decision").deadline
    assert (deadline.due_at, deadline.law_class) == (accepted + timedelta(hours=72), "STAT")
    story.later(hours=30).act("mark_urgent", unit=COURT, urgent=True)
    assert story.clock("po-decision-urgent").deadline.due_at == accepted + timedelta(hours=24), (
        "counted from acceptance"
    )


def test_court_that_does_not_decide_in_72_hours_is_reported_to_the_procuratorate() -> None:
    story = deciding_order().silence(hours=97)
    assert story.clock("po-decision").status == "breached"
    assert {task.unit for task in story.tasks("supervise")} == {COURT, PROCURATORATE}


def test_order_is_served_within_24_hours_on_parties_police_and_village_each_with_proof() -> None:
    story = granted_order()
    made = story.is_.moments["effective_at"]
    owed = {task.kind: (task.addressee or task.addressee_role) for task in story.is_.tasks.values()}
    assert owed == {
        "serve_applicant": "victim",
        "serve_respondent": "perpetrator",
        "notify_station": STATION,
        "notify_village": VILLAGE,
        "notify_federation": FEDERATION,
    }
    law = [c.deadline for c in story.is_.clocks.values() if c.deadline.rule == "po-service"]
    assert len(law) == 5, "the court's own and one for each of parties, station and village"
    assert {(d.due_at, d.law_class) for d in law} == {(made + timedelta(hours=24), "NORM")}


def test_execution_begins_only_when_both_parties_were_served() -> None:
    story = granted_order().later(hours=1).prove("serve_applicant")
    served: dict[str, Any] = {"served_at": story.now.isoformat(), "assist_notice": "协执1号"}
    assert "双方当事人" in story.refused("serve", unit=COURT, **served).zh
    story.prove("serve_respondent").act("serve", unit=COURT, **served)
    assert {task.unit for task in story.is_.tasks.values() if not task.template} == {STATION, VILLAGE}


def test_school_and_child_protection_are_told_when_a_child_is_the_victim() -> None:
    story = Story(loaded().get("protection_order"))
    made = report("protection_order.requested", MONDAY, relation="parent", applied_by="child_protection", urgent=True)
    granted_order(story.reported(made, minor=True), school_unit=SCHOOL)
    assert {t.addressee for t in story.is_.tasks.values()} >= {SCHOOL, "child-protection@330382"}


# -- the term ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("until", "right"), [("2026-07-06", True), ("2026-07-07", False), ("2026-01-05", False)])
def test_order_ends_on_a_stated_day_within_six_months_of_being_made(until: str, *, right: bool) -> None:
    """Made on Tuesday 2026-01-06: six months end on 2026-07-06, the corresponding day (民法典 art 202)."""
    story = deciding_order().later(hours=20)
    story.now = datetime(2026, 1, 6, 10, tzinfo=SHANGHAI)
    stated = order(story, valid_until=until)
    if right:
        story.act("grant", unit=COURT, **stated)
        assert story.clock("po-term").deadline.due_at.isoformat() == "2026-07-07T00:00:00+08:00"
    else:
        assert [p.field for p in story.refused("grant", unit=COURT, **stated).problems] == ["valid_until"]


def test_court_is_reminded_30_14_and_7_days_before_the_end() -> None:
    story = order_in_force(days=180).silence(days=175)
    reminded = [(fact.decided_at.date(), r.days) for fact in story.log for r in fact.of(DeadlineReminded)]
    end = date(2026, 1, 6) + timedelta(days=180)
    assert [(end + timedelta(days=1) - day, days) for day, days in reminded] == [
        (timedelta(days=d), d) for d in (30, 14, 7)
    ]


def test_term_that_ends_is_no_breach_and_the_village_brings_the_form_back_to_the_court() -> None:
    story = expired()
    assert (story.is_.state, story.is_.accountable) == ("expired", VILLAGE)
    assert not [c for c in story.is_.clocks.values() if c.deadline.rule == "po-term"]
    assert "签名" in story.refused("return_form", unit=VILLAGE, **(FORM | {"signed": False})).zh
    story.act("return_form", unit=VILLAGE, **FORM)
    [form] = story.tasks("send_form")
    assert (form.unit, form.addressee) == (VILLAGE, COURT)


def test_form_nobody_returns_climbs_to_the_federation_and_the_court() -> None:
    story = expired().silence(days=12)
    silent = {t.unit for t in story.tasks("supervise") if t.title == "督办：到期回访单送交人民法院"}
    assert silent == {FEDERATION, COURT}


def test_who_still_wants_protection_gets_a_new_application() -> None:
    story = expired().act("return_form", unit=VILLAGE, **(FORM | {"wants_new_order": True}))
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.state, child.carries) == ("protection_order", "drafting", {"relation": "spouse"})


def test_extension_is_made_before_the_end_and_lasts_six_months_at_most_from_its_making() -> None:
    story = reviewing()
    day = story.now.date() + timedelta(days=200)
    refusal = story.refused("extend", unit=COURT, decision_no="令2号", valid_until=day.isoformat())
    assert [p.field for p in refusal.problems] == ["valid_until"]
    day = story.now.date() + timedelta(days=180)
    story.act("extend", unit=COURT, decision_no="令2号", valid_until=day.isoformat())
    assert story.clock("po-term").deadline.until == day
    assert expired().refused("apply_change", unit=FEDERATION, asks="extend", **ASKED).code == "not_allowed_here"


def test_order_that_ends_while_the_court_considers_it_has_ended() -> None:
    story = order_in_force(days=30).later(days=25)
    story.act("apply_change", unit=FEDERATION, asks="extend", **ASKED).silence(days=10)
    assert story.is_.state == "expired"


# -- reconsideration --------------------------------------------------------------------------------------------


def test_reconsideration_is_asked_within_five_days_and_once() -> None:
    story = order_in_force()
    story.act("apply_reconsideration", unit=COURT, applied_at=story.now.isoformat())
    assert "上限" in story.refused("apply_reconsideration", unit=COURT, applied_at=story.now.isoformat()).zh
    assert story.is_.state == "in_force", "it does not suspend the order"
    late = order_in_force().silence(days=8)  # the fifth day may be a weekend, and rolls to Monday
    assert "五日" in late.refused("apply_reconsideration", unit=COURT, applied_at=late.now.isoformat()).zh


def test_rejection_nobody_contests_in_five_days_closes_the_case() -> None:
    story = rejected_order().silence(days=8)  # the fifth day may be a weekend, and rolls to Monday
    assert (story.is_.state, story.is_.outcome) == ("closed", "rejected")
    assert story.tasks("safety_plan"), "the federation still owes her a plan"


def test_five_days_that_end_on_a_holiday_end_on_the_day_after_it() -> None:
    """Rejected on 2026-02-12: day 5 is 02-17, 春节; the notice gives days off until 02-23, so 02-24."""
    story = deciding_order(order_story(datetime(2026, 2, 11, 9, tzinfo=SHANGHAI))).later(hours=20)
    papers: dict[str, Any] = {"rejected_at": story.now.isoformat(), "decision_no": "驳1号", "reason": "no_danger"}
    story.act("reject", unit=COURT, **papers)
    assert story.clock("po-reconsideration").deadline.due_at.isoformat() == "2026-02-25T00:00:00+08:00"


def test_overturned_rejection_becomes_an_order() -> None:
    story = reconsidering().later(hours=5)
    story.act("grant", unit=COURT, **order(story))
    assert (story.is_.state, "po-reconsideration" in story.rules()) == ("serving", True)


def test_order_revoked_on_review_ends() -> None:
    story = order_in_force()
    assert story.refused("revoke_on_review", unit=COURT, decision_no="令3号").code == "guard"
    story.act("apply_reconsideration", unit=COURT, applied_at=story.now.isoformat())
    do(story, "reconsider", review_result="revoked", document="复2号")
    story.act("revoke_on_review", unit=COURT, decision_no="令3号")
    assert (story.is_.state, story.is_.outcome) == ("ended", "revoked_on_review")


# -- visits, help, wishes ---------------------------------------------------------------------------------------


def test_village_visits_every_month_and_each_visit_calls_for_the_next() -> None:
    story = order_in_force()
    first = story.tasks("regular_visit")[0]
    do(story.later(days=20), "regular_visit", visited_at=story.now.isoformat(), means="visit")
    [following] = story.tasks("regular_visit")
    assert following.task_id != first.task_id
    assert [m.name for m in story.last.of(Milestone)] == ["followup.visited"]
    story.later(days=10)
    story.act("log_visit", unit=FEDERATION, visited_at=story.now.isoformat(), means="phone", record="访1号")
    assert story.tasks("regular_visit")[0].task_id != following.task_id


def test_visit_nobody_makes_climbs_to_the_federation_and_then_the_court() -> None:
    story = order_in_force().silence(days=40)
    assert {t.unit for t in story.tasks("supervise") if t.title == "督办：定期回访"} == {FEDERATION, COURT}


def test_duties_of_an_order_that_ended_are_called_off_and_not_met() -> None:
    story = order_in_force().later(days=1)
    story.act("apply_change", unit=FEDERATION, asks="revoke", **ASKED)
    story.act("revoke", unit=COURT, decision_no="令1号")
    reasons = {cancelled.reason for cancelled in story.last.of(DeadlineCancelled)}
    assert "cancelled" in reasons
    assert not story.tasks("regular_visit")


def test_application_that_nobody_makes_climbs_to_the_committee() -> None:
    assert [t.unit for t in order_story().silence(hours=25).tasks("supervise")] == [COMMITTEE]


def test_federation_stays_accountable_while_another_unit_is_asked_to_apply() -> None:
    story = order_story().act("ask_help", unit=FEDERATION, to_unit=VILLAGE, applicant_ground="coerced")
    do(story, "help_apply", "accept_task")
    assert story.is_.accountable == FEDERATION
    story.act("file", unit=VILLAGE, **filing(story, applied_by="village_committee"))
    assert not story.tasks("help_apply")


def test_papers_come_back_twice_at_most() -> None:
    story = order_story()
    for _ in range(2):
        filed_order(story).act("return_application", unit=COURT, reason="papers_missing")
    assert "上限" in filed_order(story).refused("return_application", unit=COURT, reason="papers_missing").zh


@pytest.mark.parametrize(
    ("given", "action", "unit", "fields"),
    [
        (advised_order, "decline", FEDERATION, {"reason": "safe_now"}),
        (filed_order, "withdraw_application", COURT, {"second_person": "W2"}),
        (order_in_force, "apply_change", FEDERATION, {"asks": "revoke", "applied_by": "victim"}),
    ],
)
def test_nothing_is_given_up_unless_it_is_her_own_wish(
    given: Callable[[], Story], action: str, unit: str, fields: dict[str, Any]
) -> None:
    assert "真实意愿" in given().refused(action, unit=unit, own_wish=False, **fields).zh


def test_only_the_court_decides() -> None:
    story = deciding_order()
    for unit in (FEDERATION, STATION, VILLAGE):
        assert story.refused("grant", unit=unit, **order(story)).code == "wrong_unit"


# -- addresses --------------------------------------------------------------------------------------------------


def test_no_paper_that_states_her_address_is_filed_or_served() -> None:
    story = order_story()
    assert "现住址" in story.refused("file", unit=FEDERATION, **filing(story, address_withheld=False)).zh
    story = deciding_order()
    assert "现住址" in story.refused("grant", unit=COURT, **order(story, address_withheld=False)).zh


def test_no_field_can_hold_an_address() -> None:
    for name, spec in loaded().get("protection_order").definition.all_fields:
        assert spec.type in {"code", "codes", "bool", "time", "day", "unit", "reference", "number"}
        assert name == "address_withheld" or "address" not in name


# -- a city's own hours -----------------------------------------------------------------------------------------


def guangdong() -> Workflow:
    """As 《广东省实施〈反家庭暴力法〉办法》 art 33 has it, here for Zhejiang: police check within 24 hours."""
    local = Rule(
        id="po-first-check",
        title="核查被申请人",
        article="广东省实施《反家庭暴力法》办法第三十三条",
        law_class="LOCAL",
        value=24,
        unit="clock_hours",
        effective_from=date(2020, 10, 1),
        jurisdiction="330000",
    )
    shipped = loaded().get("protection_order")
    packs = [Pack(jurisdiction="330000", title="试用")]
    return Workflow(shipped.definition, Policy([*load_policy(), local], packs))


def test_province_may_give_the_police_24_hours_to_check_and_the_nation_gives_none() -> None:
    story = order_in_force()
    assert story.clock("po-first-check").deadline.law_class == "PLAT"
    local = order_in_force(order_story_in(guangdong()))
    deadline = local.clock("po-first-check").deadline
    assert (deadline.law_class, deadline.due_at) == ("LOCAL", local.now + timedelta(hours=24))


def order_story_in(workflow: Workflow) -> Story:
    story = order_story()
    return Story(workflow, story.case, story.now, story.log)
