"""SM-E 热线工单: every row of its table, two clocks, silence, sensitive calls, local limits."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.base import SHANGHAI
from contracts.cases import ChildOpened
from tests.unit.health_stories import CIVIL, COMMITTEE, FEDERATION
from tests.unit.hotline_stories import (
    HANDLER,
    HOTLINE,
    callback,
    dispatched,
    handling,
    kinds,
    overdue_twice_dissatisfied,
    replied,
    ticket,
)
from tests.unit.stories import COMMAND, MONDAY, PROTECTION, Story, report
from tests.unit.tables import Refusal, Row, refuse, take
from workflows.loader import load_workflows
from workflows.policy import PACKS

CLOCKS = {"hotline-first-answer", "hotline-help"}
SIGNED = {"call_reference": "通话1号"}
PROFILES = Path(__file__).parents[1] / "data" / "hotline"
TOPIC = {"topic": "dv"}
MEETING: dict[str, Any] = {"invited": [CIVIL, FEDERATION]}


def classified(**fields: Any) -> Story:
    return ticket(**fields).later(minutes=5).act("classify", unit=HOTLINE, **kinds(**fields))


def urgent() -> Story:
    return ticket(category="emergency")


def sensitive() -> Story:
    return ticket(topic="dv")


def at_night() -> Story:
    return ticket(out_of_hours=True)


def asked() -> Story:
    return handling().later(days=1).act("ask_extension", unit=HANDLER, reason="complex")


def extended() -> Story:
    return asked().act("approve_extension", unit=HOTLINE, new_due="2026-01-20").prove()


def conferring() -> Story:
    story = handling().later(hours=1).act("ask_coordination", unit=HANDLER, **MEETING)
    for task in story.tasks("opinion"):
        story.act("complete_task", unit=task.unit, task=task.task_id, opinion="assist")
    return story


def overdue() -> Story:
    return handling().silence(days=9).prove()


def answered() -> Story:
    return replied(handling())


def closed(topic: str = "rights") -> Story:
    story = ticket(topic=topic, category="consult")
    if topic == "rights":
        return story.act("answer", unit=HOTLINE, answered_at=story.now.isoformat())
    return story.act("link_report", unit=HOTLINE, report_receipt="回执1号")


def case_of(kind: str, *, own: bool = False) -> dict[str, Any]:
    return {"case_kind": kind, "caller_is_victim": own}


ROWS = [
    Row(urgent, "call_110", HOTLINE, SIGNED, "dispatching", HOTLINE, {"hotline-dispatch"}),
    Row(
        lambda: ticket(urgency="critical", topic="other"),
        "call_110",
        HOTLINE,
        SIGNED,
        "dispatching",
        HOTLINE,
        {"hotline-dispatch-urgent"},
    ),
    Row(
        lambda: ticket(category="emergency", topic="child"),
        "call_110",
        HOTLINE,
        SIGNED,
        "sensitive",
        HOTLINE,
        {"hotline-protected"},
    ),
    Row(answered, "call_110", HOTLINE, SIGNED, "replied", HOTLINE, {"hotline-callback"}),
    Row(handling, "call_110", HOTLINE, SIGNED, "handling", HANDLER, CLOCKS),
    Row(
        urgent,
        "not_urgent",
        HOTLINE,
        {"reason": "misdialled", "second_person": "W2"},
        "accepted",
        HOTLINE,
        {"hotline-classify"},
    ),
    Row(at_night, "take_up", HOTLINE, {}, "accepted", HOTLINE, {"hotline-classify"}),
    Row(ticket, "answer", HOTLINE, lambda s: {"answered_at": s.now.isoformat()}, "closed", HOTLINE, set()),
    Row(ticket, "classify", HOTLINE, kinds(topic="child"), "sensitive", HOTLINE, {"hotline-protected"}),
    Row(ticket, "classify", HOTLINE, kinds(urgency="critical"), "urgent", HOTLINE, {"hotline-110"}),
    Row(ticket, "classify", HOTLINE, kinds(category="emergency"), "urgent", HOTLINE, {"hotline-110"}),
    Row(ticket, "classify", HOTLINE, kinds(urgency="urgent"), "dispatching", HOTLINE, {"hotline-dispatch-urgent"}),
    Row(ticket, "classify", HOTLINE, kinds(), "dispatching", HOTLINE, {"hotline-dispatch"}),
    Row(sensitive, "open_case", HOTLINE, case_of("dv"), "closed", HOTLINE, set()),
    Row(sensitive, "link_report", HOTLINE, {"report_receipt": "回执1号"}, "closed", HOTLINE, set()),
    Row(
        lambda: ticket(topic="dv", category="consult"),
        "answer_protected",
        HOTLINE,
        lambda s: {"answered_at": s.now.isoformat(), "second_person": "W2"},
        "closed",
        HOTLINE,
        set(),
    ),
    Row(overdue, "mark_sensitive", HANDLER, TOPIC, "sensitive", HOTLINE, {"hotline-protected"}),
    Row(classified, "dispatch", HOTLINE, {"to_unit": HANDLER}, "dispatched", HOTLINE, set()),
    Row(dispatched, "sign", HANDLER, {}, "handling", HANDLER, CLOCKS),
    Row(
        dispatched,
        "return_ticket",
        HANDLER,
        {"reason": "wrong_jurisdiction"},
        "dispatching",
        HOTLINE,
        {"hotline-dispatch"},
    ),
    Row(dispatched, "withdraw_dispatch", HOTLINE, {}, "dispatching", HOTLINE, {"hotline-dispatch"}),
    Row(handling, "record_first_answer", HANDLER, {"channel": "phone"}, "handling", HANDLER, {"hotline-help"}),
    Row(
        handling,
        "reply",
        HANDLER,
        {"result": "resolved", "reply_no": "办1号"},
        "replied",
        HOTLINE,
        {"hotline-callback"},
    ),
    Row(
        overdue,
        "reply",
        HANDLER,
        {"result": "explained", "reply_no": "办1号"},
        "replied",
        HOTLINE,
        {"hotline-callback"},
    ),
    Row(
        handling,
        "ask_extension",
        HANDLER,
        {"reason": "complex"},
        "extension_asked",
        HOTLINE,
        CLOCKS | {"hotline-extension-answer"},
    ),
    Row(
        asked,
        "approve_extension",
        HOTLINE,
        {"new_due": "2026-01-20"},
        "handling",
        HANDLER,
        {"hotline-first-answer", "hotline-extension"},
    ),
    Row(asked, "refuse_extension", HOTLINE, {}, "handling", HANDLER, CLOCKS),
    Row(handling, "ask_coordination", HANDLER, MEETING, "coordinating", HOTLINE, CLOCKS | {"hotline-coordination"}),
    Row(conferring, "assign", HOTLINE, {"to_unit": CIVIL, "minutes_no": "纪要1号"}, "handling", CIVIL, CLOCKS),
    Row(
        overdue,
        "supervise_overdue",
        COMMITTEE,
        {"supervision_no": "督1号"},
        "overdue",
        HANDLER,
        CLOCKS | {"hotline-overdue"},
    ),
    Row(answered, "send_back", HOTLINE, {"reason": "no_evidence"}, "redo", HANDLER, {"hotline-redo"}),
    Row(answered, "record_callback", HOTLINE, lambda s: callback(s, "fair"), "closed", HOTLINE, set()),
    Row(answered, "record_callback", HOTLINE, lambda s: callback(s, "dissatisfied"), "redo", HANDLER, {"hotline-redo"}),
    Row(
        answered,
        "record_callback",
        HOTLINE,
        lambda s: callback(s, "not_reached"),
        "replied",
        HOTLINE,
        {"hotline-callback"},
    ),
    Row(handling, "withdraw", HOTLINE, lambda s: {"withdrawn_at": s.now.isoformat()}, "closed", HOTLINE, set()),
    Row(closed, "reopen", HOTLINE, {"reason": "called_again"}, "dispatching", HOTLINE, {"hotline-dispatch"}),
    Row(
        lambda: closed("dv"), "reopen", HOTLINE, {"reason": "called_again"}, "sensitive", HOTLINE, {"hotline-protected"}
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.state}")
def test_row_leads_to_its_state_with_one_accountable_unit_and_its_clocks(row: Row) -> None:
    take(row)


REFUSALS = [
    Refusal(ticket, "answer", HANDLER, lambda s: {"answered_at": s.now.isoformat()}, "wrong_unit"),
    Refusal(lambda: ticket(minor=True), "answer", HOTLINE, lambda s: {"answered_at": s.now.isoformat()}, "guard"),
    Refusal(sensitive, "dispatch", HOTLINE, {"to_unit": HANDLER}, "not_allowed_here"),
    Refusal(
        sensitive,
        "answer_protected",
        HOTLINE,
        lambda s: {"answered_at": s.now.isoformat(), "second_person": "W2"},
        "guard",
    ),
    Refusal(
        lambda: ticket(minor=True).act("classify", unit=HOTLINE, **kinds()),
        "dispatch",
        HOTLINE,
        {"to_unit": HANDLER},
        "guard",
    ),
    Refusal(dispatched, "sign", HOTLINE, {}, "wrong_unit"),
    Refusal(dispatched, "reply", HANDLER, {"result": "resolved", "reply_no": "办1号"}, "not_allowed_here"),
    Refusal(overdue, "ask_extension", HANDLER, {"reason": "complex"}, "not_allowed_here"),
    Refusal(extended, "ask_extension", HANDLER, {"reason": "complex"}, "guard"),
    Refusal(asked, "approve_extension", HANDLER, {"new_due": "2026-01-20"}, "wrong_unit"),
    Refusal(asked, "approve_extension", HOTLINE, {"new_due": "2026-06-01"}, "bad_fields"),
    Refusal(ticket, "mark_sensitive", HOTLINE, {"topic": "rights"}, "guard"),
    Refusal(answered, "record_callback", HANDLER, lambda s: callback(s, "satisfied"), "wrong_unit"),
]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.action}-{row.code}")
def test_what_the_table_does_not_allow_is_refused(row: Refusal) -> None:
    assert refuse(row)


# -- at the line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [HOTLINE, FEDERATION, "youth-league@330382", PROTECTION])
def test_who_answers_the_call_first_has_the_ticket(unit: str) -> None:
    story = ticket(unit)
    assert story.is_.accountable == unit
    story.act("answer", unit=unit, answered_at=story.now.isoformat())


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "accepted"),
        ({"out_of_hours": True}, "out_of_hours"),
        ({"topic": "sexual_violence", "out_of_hours": True}, "sensitive"),
        ({"topic": "child"}, "sensitive"),
        ({"urgency": "critical"}, "urgent"),
        ({"category": "emergency", "topic": "child", "out_of_hours": True}, "urgent"),
    ],
)
def test_ticket_opens_where_its_danger_topic_and_hour_put_it(fields: dict[str, Any], state: str) -> None:
    assert ticket(**fields).is_.state == state


def test_immediate_danger_reaches_the_command_centre_with_the_ticket() -> None:
    story = ticket()
    urgent_call = report("hotline_ticket.opened", MONDAY, 2, unit=HOTLINE, line="hotline_12338", category="emergency")
    story.reported(urgent_call, danger=True, roles=("caller",))
    assert [task.unit for task in story.tasks("urgent_response")] == [COMMAND]


def test_three_way_call_raises_danger_and_the_ticket_goes_on() -> None:
    story = urgent().act("call_110", unit=HOTLINE, **SIGNED)
    assert story.is_.urgent
    assert story.clock("urgent-danger").deadline.unit == COMMAND


@pytest.mark.parametrize(
    ("kind", "own", "workflow", "roles"),
    [
        ("harm_to_minor", False, "mandatory_report", {}),
        ("harm_to_minor", True, "mandatory_report", {"caller": "victim"}),
        ("harm_to_woman", False, "mandatory_report", {}),
        ("harm_to_woman", True, "mandatory_report", {"caller": "victim"}),
        ("dv", False, "dv_warning", {}),
        ("dv", True, "dv_warning", {"caller": "victim"}),
        ("child_in_hardship", False, "child_referral", {}),
        ("child_in_hardship", True, "child_referral", {"caller": "child"}),
    ],
)
def test_sensitive_ticket_opens_the_right_case_and_keeps_the_reference(
    kind: str, own: bool, workflow: str, roles: dict[str, str]
) -> None:
    story = sensitive().act("open_case", unit=HOTLINE, **case_of(kind, own=own))
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.roles, child.reporter_category) == (workflow, roles, "hotline")
    assert child.carries["reported_via"] == "hotline_12345"
    assert (story.is_.outcome, story.is_.placements) == ("referred", {"desk": HOTLINE})


# -- two clocks, silence ----------------------------------------------------------------------------------------


def test_both_clocks_run_from_the_call_and_are_nobodys_law() -> None:
    story = dispatched().later(days=1).act("sign", unit=HANDLER)
    clocks = [story.clock(rule).deadline for rule in sorted(CLOCKS)]
    assert {clock.started_at for clock in clocks} == {MONDAY}
    assert {clock.law_class for clock in clocks} == {"PLAT"}


def test_returning_a_ticket_is_possible_once() -> None:
    story = dispatched().act("return_ticket", unit=HANDLER, reason="duplicate")
    story.act("dispatch", unit=HOTLINE, to_unit=HANDLER)
    assert "退单已达 1 次上限" in story.refused("return_ticket", unit=HANDLER, reason="duplicate").zh
    story.act("sign", unit=HANDLER)


def test_nobody_signs_and_the_ticket_stays_with_the_line() -> None:
    story = dispatched().silence(days=3)
    assert story.is_.accountable == HOTLINE
    assert [task.title for task in story.tasks("supervise")] == ["督办：签收"]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"urgency": "urgent"}, "hotline-urgent"),
        ({"category": "consult"}, "hotline-consult"),
        ({"category": "help"}, "hotline-help"),
        ({"category": "complaint"}, "hotline-complaint"),
        ({"category": "report_lead"}, "hotline-complaint"),
        ({"category": "suggestion"}, "hotline-suggestion"),
    ],
)
def test_category_sets_the_limit_and_silence_brings_the_urging_letter(fields: dict[str, str], rule: str) -> None:
    story = handling(**fields)
    assert story.rules() == {"hotline-first-answer", rule}
    story.silence(days=28)
    [letter] = story.tasks("urge")
    assert (story.is_.state, story.is_.accountable, letter.addressee) == ("overdue", HANDLER, HANDLER)
    assert story.clock(rule).status == "breached"


def test_still_overdue_after_five_days_climbs_to_the_committee() -> None:
    story = handling().silence(days=20)
    assert COMMITTEE in {task.unit for task in story.tasks("supervise")}


def test_extension_is_asked_before_the_end_answered_and_told_to_the_caller() -> None:
    story = asked().act("approve_extension", unit=HOTLINE, new_due="2026-01-20")
    [notice] = story.tasks("tell_extension")
    assert (notice.unit, notice.addressee_role) == (HOTLINE, "caller")
    assert story.clock("hotline-extension").deadline.due_at == datetime(2026, 1, 21, tzinfo=SHANGHAI)


@pytest.mark.parametrize("begin", [asked, conferring])
def test_limit_that_ends_while_others_consider_is_a_breach_of_the_ticket(begin: Any) -> None:
    story = begin().silence(days=9)
    assert (story.is_.state, story.is_.accountable) == ("overdue", HANDLER)
    assert story.rules() >= {"hotline-help", "hotline-overdue"}
    assert "hotline-extension-answer" not in story.rules()


def test_new_unit_gets_the_running_clocks_with_the_ticket() -> None:
    story = conferring().act("assign", unit=HOTLINE, to_unit=CIVIL, minutes_no="纪要1号")
    assert {clock.deadline.unit for clock in story.is_.clocks.values()} == {CIVIL}


def test_redo_is_possible_twice_and_then_the_ticket_closes_dissatisfied() -> None:
    assert overdue_twice_dissatisfied().is_.outcome == "dissatisfied"


def test_caller_who_is_not_reached_three_times_ends_the_ticket() -> None:
    story = answered()
    for _ in range(3):
        story.later(hours=2).act("record_callback", unit=HOTLINE, **callback(story, "not_reached"))
    assert story.is_.outcome == "not_reached"


# -- limits are local -------------------------------------------------------------------------------------------


def local(tmp_path: Path, profile: str, **fields: str) -> Story:
    shutil.copytree(PACKS, tmp_path, dirs_exist_ok=True)
    shutil.copy(PROFILES / f"{profile}.yaml", tmp_path / f"330300-{profile}.yaml")
    story = Story(load_workflows(packs=tmp_path).get("hotline_ticket"))
    own: dict[str, Any] = {"line": "hotline_12345", "category": "help", "topic": "rights", "urgency": "normal"}
    own |= fields
    story.reported(report("hotline_ticket.opened", MONDAY, unit=HOTLINE, **own), roles=("caller",))
    return dispatched(story, **fields).act("sign", unit=HANDLER)


@pytest.mark.parametrize(
    ("profile", "fields", "rule", "due"),
    [
        ("p1", {"category": "consult"}, "hotline-consult", datetime(2026, 1, 9, tzinfo=SHANGHAI)),
        ("p1", {"category": "complaint"}, "hotline-complaint", datetime(2026, 1, 23, tzinfo=SHANGHAI)),
        ("p1", {"urgency": "urgent"}, "hotline-urgent", MONDAY + timedelta(hours=8)),
        ("p2", {"category": "consult"}, "hotline-consult", datetime(2026, 1, 8, tzinfo=SHANGHAI)),
        ("p2", {"category": "complaint"}, "hotline-complaint", datetime(2026, 2, 3, tzinfo=SHANGHAI)),
        ("p2", {"category": "help"}, "hotline-first-answer", datetime(2026, 1, 7, tzinfo=SHANGHAI)),
    ],
)
def test_citys_own_limit_goes_before_the_platforms_default_longer_or_shorter(
    tmp_path: Path, profile: str, fields: dict[str, str], rule: str, due: datetime
) -> None:
    deadline = local(tmp_path, profile, **fields).clock(rule).deadline
    assert (deadline.law_class, deadline.due_at) == ("LOCAL", due)
