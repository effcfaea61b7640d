"""Narrated cases of family violence: letters (version 2), protection orders, shelter; five of them were published.

The published cases give days and few hours. Hours, document numbers and what lies between are made up; who did what on
which day is not. Cases 10, 11 and 13 are told on days of 2026, under the law of 2026.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import SHANGHAI
from contracts.cases import ChildOpened
from tests.unit.stories import (
    BUREAU,
    MONDAY,
    NEIGHBOUR,
    PROCURATORATE,
    STATION,
    TOWN,
    VILLAGE,
    Story,
    assessment,
    dv_story,
    loaded,
    report,
    served_story,
    subject,
    visit,
)
from workflows.triggers import Begun

COURT = "court@330382"
FEDERATION = "womens-federation@330382"
CIVIL = "civil-affairs@330382"
SHELTER = "shelter@330382"
JUSTICE = "justice@330382"
OWN_WISH: dict[str, Any] = {"own_wish": True}
MEASURES = ["no_violence", "no_contact"]


def do(story: Story, task_kind: str, action: str = "complete_task", /, **fields: Any) -> Story:
    """The unit that has the task of this kind acts on it."""
    task = story.tasks(task_kind)[0]
    return story.act(action, unit=task.unit, task=task.task_id, **fields)


def same_incident(story: Story, *, same: bool = True) -> Story:
    finding = "same_incident" if same else "new_incident"
    kind = "new_report" if story.tasks("new_report") else "new_lead"
    return do(story, kind, "review_report", finding=finding)


# -- 告诫, version 2 --------------------------------------------------------------------------------------------


def letter_with_help() -> Story:
    """The facts are checked, the letter is signed; order, shelter and support are asked for; three clean visits."""
    story = dv_story(minor=False, children_present=1).later(minutes=20).act("dispatch").act("verify", reason="disputed")
    story.later(hours=5).act("assess", **assessment(disputed=True, evidence=["victim_statement", "injury"]))
    story.act("request_protection_order", order_wish="apply")
    story.act("request_shelter", urgent=True, children_along=1, asked_by="police")
    story.act("refer_support", to_unit=JUSTICE, needs=["legal_aid"]).act("warn", letter_number="告诫字21号")
    served: dict[str, Any] = {
        "served_at": story.now.isoformat(),
        "village_unit": VILLAGE,
        "signature_record": "回执-21",
    }
    story.act("serve", **served).later(hours=2).prove()
    do(do(story, "support", "accept_task"), "support", kind="legal_aid")
    do(story.later(days=5), "educate_perpetrator", educated_at=story.now.isoformat(), record="教育1号")
    story.act("record_attempt", attempted_at=story.now.isoformat(), reason="nobody_home").later(days=1)
    story.act("record_visit", **visit(story)).later(days=20).act("record_visit", unit=VILLAGE, **visit(story))
    for _ in range(3):
        story.later(days=70).act("record_visit", **visit(story))
    return story


def letter_of_the_polices_own_system() -> Story:
    """While the case waits for an officer, the police's own system reports the letter as served the day before."""
    story = dv_story(received_by_police_unit=STATION).act("dispatch").later(hours=60)
    decided, served = story.now - timedelta(hours=30), story.now - timedelta(hours=26)
    letter = {
        "letter_number": "告诫字22号",
        "decided_at": decided.isoformat(),
        "served_at": served.isoformat(),
        "service_mode": "signature",
        "station": STATION,
        "village_unit": VILLAGE,
        "relation": "spouse",
    }
    story.reported(report("dv_warning.recorded", story.now, 2, unit=None, **letter))
    return same_incident(story.later(minutes=10)).later(hours=3).prove()


def work_follows_the_station() -> Story:
    """They move before the notices are given: the new station has notices and clocks as the old one had them."""
    story = dv_story().act("dispatch").act("assess", **assessment()).act("warn", letter_number="告诫字23号")
    served: dict[str, Any] = {"served_at": story.now.isoformat(), "village_unit": VILLAGE}
    story.act("serve_refused", refusal_note="说明23号", video_reference="V-23", **served).later(hours=2)
    for end in ("withdraw_handover", "return_handover", "accept_handover"):
        story.act("change_station", new_station=NEIGHBOUR, handover_note="移23号").later(hours=2)
        reason: dict[str, Any] = {"reason": "papers_missing"} if end == "return_handover" else {}
        story.act(end, unit=STATION if end == "withdraw_handover" else NEIGHBOUR, **reason)
    return story.prove().later(days=4).act("record_visit", unit=NEIGHBOUR, **visit(story))


def breach_of_the_letter() -> Story:
    """The visit finds that he keeps coming to her workplace: a breach of the letter, without new violence."""
    story = served_story().prove().later(days=5)
    learned: dict[str, Any] = {"learned_at": story.now.isoformat(), "breach": "letter", "order_in_force": True}
    story.act("report_recurrence", **learned).later(minutes=40).prove()
    story.act("penalise", penalty_basis="letter_breach", document="受24号").later(days=2)
    story.act("pause_for_appraisal", appraisal="鉴24号").later(days=10).act("resume_after_appraisal")
    story.act("extend_case", approval="延24号").later(days=9)
    return story.act("record_outcome", result="fine", document="处24号")


def violence_after_the_letter() -> Story:
    """A visit finds new violence. It is punished; reopened on new evidence, it goes on as a criminal case."""
    story = served_story().prove().later(days=5)
    story.act("record_visit", **visit(story, "recurrence", perpetrator_seen=False)).later(minutes=30).prove()
    story.act("penalise", penalty_basis="violence", document="受25号").later(days=20)
    do(story, "educate_perpetrator", educated_at=story.now.isoformat(), record="教育25号")
    story.act("record_outcome", result="detention", document="处25号").later(days=10).act(
        "reopen", reason="new_evidence"
    )
    story.act("assess", **assessment(penalty_grounds=["repeats_after_warning"], criteria_met=False))
    story.act("file_criminal", reason_no_letter="criminal_instead", document="立25号").later(days=60)
    return story.act("record_outcome", result="prosecuted", document="诉25号")


def violence_at_a_quarterly_visit() -> Story:
    """The village finds new violence at a quarterly visit; police file a criminal case."""
    story = served_story().prove().later(days=5)
    story.act("record_visit", **visit(story)).later(days=80)
    story.act("record_visit", unit=VILLAGE, **visit(story, "recurrence")).prove()
    return story.act("file_criminal", document="立26号")


def new_case_after_the_letter() -> Story:
    story = served_story().prove().later(days=3)
    story.act("report_recurrence", learned_at=story.now.isoformat(), breach="violence", order_in_force=False)
    return story.prove().later(hours=1).act("open_new_case")


def letter_declined_and_ordered() -> Story:
    """She asks for a letter, the officer criticises; the bureau reviews and has the station decide anew."""
    story = dv_story(victim_asks_warning=True).act("dispatch")
    story.act("assess", **assessment(criticism_grounds=["slight_and_forgiven"])).later(hours=1)
    story.act("criticise", reason_no_letter="slight_and_forgiven", document="记录27号").later(days=1)
    do(story, "review_declined", letter_review="should_issue").act("order_letter", unit=BUREAU).later(hours=4)
    return story.act("warn", letter_number="告诫字27号")


def criticism_that_stands() -> Story:
    slight = assessment(criteria_met=False, warning_grounds=[], criticism_grounds=["very_slight"])
    story = (
        dv_story()
        .act("dispatch")
        .act("assess", **slight)
        .act("criticise", reason_no_letter="not_due", document="记录28号")
        .later(days=1)
    )
    return story.prove().act("close")


def nothing_established() -> Story:
    found = assessment(facts_found="not_proved", criteria_met=False, warning_grounds=[])
    story = dv_story().act("dispatch").act("assess", **found).act("not_established", reason_no_letter="not_established")
    return story.prove().act("close")


def penalty_in_place_of_a_letter() -> Story:
    found = assessment(criteria_met=False, penalty_grounds=["multiple_times"])
    return dv_story().act("dispatch").act("assess", **found).act("penalise", reason_no_letter="penalty_instead")


def case_10_second_call() -> Story:
    """长沙 2015: a first call that stops nothing, a second on day 12, the federation confers, a letter on day 13."""
    story = dv_story().later(minutes=30).act("dispatch").act("verify", reason="party_absent").silence(days=12)
    second = report("dv_incident.reported", story.now, 2, relation="spouse", violence=["threat"])
    same_incident(story.reported(second).later(minutes=20)).later(hours=20)
    story.act("assess", **assessment(victim_advised=["protection_order", "shelter"]))
    return story.act("warn", letter_number="告诫字10号")


def case_11_calls_that_were_mediated() -> Story:
    """遂平 2025: calls end in mediation. Here that needs a reason and a second person; the procuratorate reopens."""
    story = dv_story(prior_incidents=3).later(minutes=30).act("dispatch").later(hours=2)
    story.act("close_without_decision", no_decision_reason="mediated", second_person="W2").later(days=2).prove()
    do(story, "review_closing", closing_review="should_decide").later(days=20)
    story.act("reopen", unit=PROCURATORATE, reason="no_decision").silence(days=4)
    hurt = assessment(penalty_grounds=["multiple_times"], criteria_met=False, evidence=["perpetrator_statement"])
    hurt["evidence"] += ["victim_statement", "injury"]
    return story.act("assess", **hurt).act("file_criminal", reason_no_letter="criminal_instead", document="立11号")


def case_13_girl_beaten_by_her_mother() -> Story:
    """长丰 2020: criticism in June, new wounds 76 days later. Here the girl's referral opens with the first report."""
    story = dv_story(minor=True, relation="parent", victim_vulnerability=["minor"]).later(minutes=40).act("dispatch")
    found = assessment(warning_grounds=["vulnerable_victim"], criticism_grounds=["slight_and_forgiven"])
    story.act("assess", **found).act("refer_child")
    story.act("criticise", reason_no_letter="slight_and_forgiven", document="记录13号").later(days=2).prove()
    do(story, "review_declined", letter_review="upheld").later(days=74)
    again = report("dv_incident.reported", story.now, 2, relation="parent", violence=["beating", "injuring"])
    story.reported(again, minor=True, danger=True).later(minutes=5)
    do(story, "urgent_response", measure="removed")
    return same_incident(story, same=False).later(days=1).act("close")


# -- 人身安全保护令 ----------------------------------------------------------------------------------------------


def order_story(at: datetime = MONDAY, **fields: Any) -> Story:
    """A request for a protection order that came in at `at`."""
    asked: dict[str, Any] = {"relation": "spouse", "applied_by": "victim", "urgent": False, "measures": MEASURES}
    story = Story(loaded().get("protection_order"), now=at)
    return story.reported(report("protection_order.requested", at, **(asked | fields)))


def filing(story: Story, **changes: Any) -> dict[str, Any]:
    return {
        "filed_at": story.now.isoformat(),
        "to_court": COURT,
        "applied_by": "victim",
        "oral": False,
        "measures": MEASURES,
        "evidence": ["messages", "pledge"],
        "address_withheld": True,
    } | changes


def order(story: Story, days: int = 180, **changes: Any) -> dict[str, Any]:
    return {
        "granted_at": story.now.isoformat(),
        "decision_no": "民保令1号",
        "measures": MEASURES,
        "valid_until": (story.now + timedelta(days=days)).date().isoformat(),
        "station": STATION,
        "village_unit": VILLAGE,
        "address_withheld": True,
    } | changes


def violation(story: Story, hours: float = 1, **changes: Any) -> dict[str, Any]:
    return {
        "violated_at": (story.now - timedelta(hours=hours)).isoformat(),
        "learned_at": story.now.isoformat(),
        "violated": ["no_contact"],
        "found_by": "victim",
        "in_danger": False,
    } | changes


def filed_order(story: Story | None = None, **changes: Any) -> Story:
    story = (story or order_story()).later(hours=3)
    return story.act("file", unit=FEDERATION, **filing(story, **changes))


def deciding_order(story: Story | None = None, *, urgent: bool = False) -> Story:
    story = filed_order(story).later(hours=2)
    accepted: dict[str, Any] = {"accepted_at": story.now.isoformat(), "case_no": "民保1号", "urgent": urgent}
    return story.act("accept_application", unit=COURT, **accepted)


def granted_order(story: Story | None = None, **changes: Any) -> Story:
    story = deciding_order(story).later(hours=20)
    return story.act("grant", unit=COURT, **order(story, **changes))


def order_in_force(story: Story | None = None, **changes: Any) -> Story:
    story = granted_order(story, **changes).later(hours=6).prove()
    return story.act("serve", unit=COURT, served_at=story.now.isoformat(), assist_notice="协执1号")


def responded(story: Story, response: str = "admonished", amount: int = 0) -> Story:
    return story.act("respond", unit=COURT, response=response, amount=amount, document="决1号")


def protection_order_case_08() -> Story:
    """谌某某 2018-19: made and served on one day; the court's visit on day 58 finds threats; detained on day 59."""
    story = granted_order(order_story(datetime(2018, 12, 17, 9, tzinfo=SHANGHAI)), days=182).later(hours=2).prove()
    story.act("serve", unit=COURT, served_at=story.now.isoformat(), assist_notice="协执8号")
    do(story.later(days=2), "first_check", checked_at=story.now.isoformat(), record="核查8号")
    story.silence(hours=(datetime(2019, 2, 14, 10, tzinfo=SHANGHAI) - story.now) / timedelta(hours=1))
    story.act("report_violation", unit=COURT, **violation(story, 24 * 9, found_by="court_visit")).later(days=1)
    return responded(story, "detained", 5)


def protection_order_case_09() -> Story:
    """吴某 2019: beaten for years, she goes to the federation, which applies for her; the order runs out unbroken."""
    story = order_story(datetime(2019, 4, 15, 9, tzinfo=SHANGHAI), applied_by="womens_federation").later(hours=2)
    ground: dict[str, Any] = {"to_unit": FEDERATION, "applicant_ground": "coerced"}
    do(story.act("ask_help", unit=FEDERATION, **ground), "help_apply", "accept_task").later(hours=20)
    shown = ["messages", "medical_record", "police_record", "statement"]
    story.act("file", unit=FEDERATION, **filing(story, applied_by="womens_federation", evidence=shown)).later(hours=3)
    accepted: dict[str, Any] = {"accepted_at": story.now.isoformat(), "case_no": "民保9号", "urgent": False}
    story.act("accept_application", unit=COURT, **accepted).later(hours=30)
    story.act("grant", unit=COURT, **order(story, 183)).later(hours=4).prove()
    story.act("serve", unit=COURT, served_at=story.now.isoformat(), assist_notice="协执9号").later(days=1)
    do(story, "first_check", checked_at=story.now.isoformat(), record="核查9号")
    for _ in range(6):
        story.silence(days=28)
        do(story, "regular_visit", visited_at=story.now.isoformat(), means="visit")
    story.silence(days=20).prove("tell_expiry", "tell_station_ended")
    return story.act("return_form", unit=VILLAGE, form_no="回访单9号", signed=True, wants_new_order=False).prove()


def order_broken_extended_revoked() -> Story:
    """Help is refused, the papers come back, it becomes urgent; broken before service and after; extended; revoked."""
    story = order_story().act("ask_help", unit=FEDERATION, to_unit=VILLAGE, applicant_ground="age")
    do(do(story, "help_apply", "reject_task", reason="other"), "returned", "withdraw_offer", reason="done")
    filed_order(story).act("return_application", unit=COURT, reason="papers_missing")
    deciding_order(story).act("mark_urgent", unit=COURT, urgent=True).later(hours=5)
    story.act("grant", unit=COURT, **order(story, 90, school_unit="school@" + "b" * 16)).later(hours=2)
    story.act("report_violation", unit=STATION, **violation(story, in_danger=True, violated=["no_violence"]))
    story.act("report_violation", unit=VILLAGE, **violation(story, 0.1, found_by="assisting_unit"))
    do(story, "urgent_response", measure="safe")
    responded(story.later(days=1), "fined", 800).prove()
    story.act("serve", unit=COURT, served_at=story.now.isoformat(), assist_notice="协执2号").later(hours=9)
    story.act("apply_reconsideration", unit=COURT, applied_at=story.now.isoformat()).later(days=6)
    do(story, "reconsider", review_result="upheld", document="复2号").silence(days=10)
    story.act("log_visit", unit=FEDERATION, visited_at=story.now.isoformat(), means="phone", record="访2号")
    return _changed(story)


def _changed(story: Story) -> Story:
    """Extended after a violation in between, changed, an application refused, and revoked at her own wish."""
    asked: dict[str, Any] = {"applied_by": "victim", "own_wish": True}
    story.act("apply_change", unit=FEDERATION, asks="extend", **asked).later(hours=2)
    story.act("report_violation", unit=STATION, **violation(story, found_by="police_call")).later(hours=20)
    responded(story, "criminal")
    until = (story.now + timedelta(days=150)).date().isoformat()
    story.act("extend", unit=COURT, decision_no="民保令3号", valid_until=until).later(days=20).prove()
    story.act("apply_change", unit=VILLAGE, asks="change", **asked)
    story.act("change_order", unit=COURT, decision_no="民保令4号", measures=["no_violence", "move_out"]).later(days=9)
    story.act("apply_change", unit=FEDERATION, asks="revoke", **asked)
    story.act("reject_change", unit=COURT, decision_no="民保令5号").later(days=30)
    story.act("apply_change", unit=FEDERATION, asks="revoke", **asked).prove()
    story.act("revoke", unit=COURT, decision_no="民保令6号").later(days=2)
    return story.act("reopen", unit=COURT, reason="closed_in_error")


def broken_on_the_last_days() -> Story:
    """Broken shortly before its end: it runs out while the court decides; nobody signs the form."""
    story = order_in_force(days=30).silence(days=29)
    story.act("report_violation", unit=STATION, **violation(story)).silence(days=2)
    responded(story, "not_proved").silence(days=1).prove()
    unsigned: dict[str, Any] = {"form_no": "回访单3号", "reason": "unreachable", "second_person": "W2"}
    return story.act("return_form_unsigned", unit=VILLAGE, **unsigned)


def another_order_is_wanted() -> Story:
    story = order_in_force(days=30).silence(days=31)
    return story.act("return_form", unit=VILLAGE, form_no="回访单4号", signed=True, wants_new_order=True)


def rejected_order(story: Story | None = None) -> Story:
    story = deciding_order(story).later(hours=20)
    papers: dict[str, Any] = {"rejected_at": story.now.isoformat(), "decision_no": "民保驳1号", "reason": "no_danger"}
    return story.act("reject", unit=COURT, **papers)


def rejection_upheld_and_asked_again() -> Story:
    """Rejected, upheld on reconsideration; she comes back with new facts and then withdraws of her own wish."""
    story = rejected_order().later(days=2)
    story.act("apply_reconsideration", unit=FEDERATION, applied_at=story.now.isoformat()).later(days=1)
    do(story, "safety_plan", measures_taken=["safety_plan", "legal_aid"])
    story.act("uphold", unit=COURT, document="复3号").later(days=30).prove()
    story.act("reopen", unit=FEDERATION, reason="new_facts").later(hours=5)
    return story.act("withdraw_application", unit=FEDERATION, second_person="W2", **OWN_WISH)


def rejection_overturned_and_order_revoked() -> Story:
    """Overturned on her reconsideration; then the order falls on his."""
    story = rejected_order().later(days=1)
    story.act("apply_reconsideration", unit=FEDERATION, applied_at=story.now.isoformat()).later(days=1)
    story.act("grant", unit=COURT, **order(story)).later(hours=3).prove()
    story.act("serve", unit=COURT, served_at=story.now.isoformat(), assist_notice="协执5号").later(days=1)
    story.act("apply_reconsideration", unit=COURT, applied_at=story.now.isoformat()).later(days=1)
    do(story, "reconsider", review_result="revoked", document="复5号")
    do(story, "safety_plan", measures_taken=["shelter"])
    return story.act("revoke_on_review", unit=COURT, decision_no="民保令7号")


def rejection_nobody_contests() -> Story:
    return rejected_order().silence(days=8)


def rejection_she_accepts() -> Story:
    return rejected_order().later(days=1).act("accept_rejection", unit=FEDERATION, **OWN_WISH)


def begun_story(workflow: str, state: str, *, minor: bool = False, **carries: Any) -> Story:
    """A case that a case of warning letters opened."""
    begun = Begun(
        cause="begun",
        child=ChildOpened(case_id=UUID(int=5), workflow=workflow, state=state, relation="x", carries=carries),
        parent_case_id=UUID(int=900),
        subjects=(subject("victim", minor=minor), subject("perpetrator")),
        region=TOWN,
        unit=STATION,
        occurred_at=MONDAY,
        placements={"police-station": STATION},
    )
    return Story(loaded().get(workflow)).begun(begun)


def advised_order() -> Story:
    """Opened by another case: she has been told and has not decided."""
    return begun_story("protection_order", "advised", relation="spouse")


def advised_then_asked() -> Story:
    return advised_order().later(hours=30).act("request", unit=FEDERATION, applied_by="victim")


def advised_and_declined() -> Story:
    return advised_order().silence(days=4).act("decline", unit=FEDERATION, reason="safe_now", **OWN_WISH)


# -- 庇护 -------------------------------------------------------------------------------------------------------


def shelter_story(*, minor: bool = False, **fields: Any) -> Story:
    asked: dict[str, Any] = {"asked_by": "police", "urgent": True, "children_along": 1} | fields
    story = Story(loaded().get("shelter"))
    return story.reported(report("shelter.requested", MONDAY, **asked), minor=minor)


def offered_stay(story: Story | None = None) -> Story:
    return (story or shelter_story()).later(minutes=30).act("offer", unit=CIVIL, to_shelter=SHELTER)


def stay(story: Story | None = None, children: int = 1) -> Story:
    story = offered_stay(story).later(minutes=40)
    admitted: dict[str, Any] = {"admitted_at": story.now.isoformat(), "children_along": children, "record": "入住1号"}
    return story.act("admit", unit=SHELTER, **admitted)


def shelter_with_her_child() -> Story:
    """Turned away once, taken; needs, legal aid; extended when the ten days end; she leaves in writing, is visited."""
    story = offered_stay().act("turn_away", unit=SHELTER, reason="no_capacity")
    stay(offered_stay(story).act("recall", unit=CIVIL))
    do(story.later(hours=3), "check_children", child_needs=["psychological"])
    story.act("assess_needs", unit=SHELTER, needs=["legal_aid", "psychological"])
    do(story.act("refer_service", unit=SHELTER, to_unit=JUSTICE), "service", "accept_task").later(days=2)
    do(story, "service", kind="legal_aid").silence(days=9)
    story.act("extend_stay", unit=SHELTER, reason="still_at_risk", **OWN_WISH).later(days=4).prove()
    left: dict[str, Any] = {"left_at": story.now.isoformat(), "written_request": "申请1号", "ending": "own_housing"}
    story.act("leave", unit=SHELTER, **left).later(days=5)
    story.act("contact", unit=FEDERATION, contacted_at=story.now.isoformat(), means="phone", safe=True)
    story.act("close", unit=FEDERATION).later(days=20).act("reopen", unit=CIVIL, urgent=False, reason="needed_again")
    return story.act("withdraw", unit=CIVIL, **OWN_WISH)


def shelter_left_without_a_word() -> Story:
    """One evening she is gone: police see whether she is safe, the federation finds that she needs the place again."""
    story = stay(shelter_story(children_along=0), 0).later(days=3)
    story.act("left_without_notice", unit=SHELTER, left_at=story.now.isoformat(), second_person="W2")
    do(story.later(minutes=50), "check_safety", safety="at_risk").later(days=1)
    story.act("contact", unit=FEDERATION, contacted_at=story.now.isoformat(), means="phone", safe=False)
    return story.act("return_to_shelter", unit=FEDERATION, urgent=True)


def shelter_for_a_child() -> Story:
    return shelter_story(minor=True).later(minutes=20).act("place_child", unit=CIVIL)


STORIES: tuple[Callable[[], Story], ...] = (
    letter_with_help,
    letter_of_the_polices_own_system,
    work_follows_the_station,
    breach_of_the_letter,
    violence_after_the_letter,
    violence_at_a_quarterly_visit,
    new_case_after_the_letter,
    letter_declined_and_ordered,
    criticism_that_stands,
    nothing_established,
    penalty_in_place_of_a_letter,
    case_10_second_call,
    case_11_calls_that_were_mediated,
    case_13_girl_beaten_by_her_mother,
    protection_order_case_08,
    protection_order_case_09,
    order_broken_extended_revoked,
    broken_on_the_last_days,
    another_order_is_wanted,
    rejection_upheld_and_asked_again,
    rejection_overturned_and_order_revoked,
    rejection_nobody_contests,
    rejection_she_accepts,
    advised_then_asked,
    advised_and_declined,
    shelter_with_her_child,
    shelter_left_without_a_word,
    shelter_for_a_child,
)
