"""Cases of screening and of relief: what the golden histories tell and the tests begin from."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.cases import ChildOpened
from tests.unit.stories import COMMAND, MCH, MONDAY, VILLAGE, Story, loaded, report
from workflows.triggers import Begun

SITE = "screening-site@" + "d" * 16
CLINIC = "health-centre@" + "e" * 16
SPECIALIST = "hospital@" + "f" * 16
HEALTH = "health@330382"
FEDERATION = "womens-federation@330382"
CIVIL = "civil-affairs@330382"
COMMITTEE = "womens-children-committee@330382"
ELSEWHERE = "mch-hospital@330381"


# -- screening --------------------------------------------------------------------------------------------------


def result(finding: str, at: datetime = MONDAY, number: int = 1, **fields: Any) -> Any:
    """One result of one method, taken three days before it is reported."""
    own = {"cancer": "cervical", "method": "hpv", "finding": finding, "site": SITE}
    screened = (at - timedelta(days=3)).isoformat()
    return report("screening.recorded", at, number, unit=SITE, screened_at=screened, **(own | fields))


def screened(finding: str = "abnormal", **fields: Any) -> Story:
    return Story(loaded().get("screening", 2)).reported(result(finding, **fields), roles=("examinee",))


def next_result(story: Story, finding: str, **fields: Any) -> Story:
    return story.reported(result(finding, story.now, 500 + len(story.log), **fields), roles=("examinee",))


def telling(story: Story, **changes: Any) -> dict[str, Any]:
    own = {"notified_at": story.now.isoformat(), "channel": "phone", "proof": "通话1号"}
    return own | {"referral_slip": "转1号", "referral_unit": SPECIALIST} | changes


def contact(story: Story, means: str = "phone", outcome: str = "no_answer") -> dict[str, Any]:
    return {"contacted_at": story.now.isoformat(), "means": means, "result": outcome}


def diagnosis(story: Story, found: str, **changes: Any) -> dict[str, Any]:
    own = {"diagnosed_at": story.now.isoformat(), "diagnosis": found, "report_no": "病理1号", "told_in_person": True}
    return own | changes


def referred(**fields: Any) -> Story:
    story = screened(**fields).later(days=1)
    return story.act("notify", unit=SITE, **telling(story))


def diagnosed(found: str, **fields: Any) -> Story:
    stage = {} if found in {"excluded", "benign", "cin1"} else {"stage": "early"}
    story = referred(**fields).later(days=20)
    return story.act("record_diagnosis", unit=SPECIALIST, **diagnosis(story, found, **stage))


def to_treat(found: str = "breast_invasive", **changes: Any) -> Story:
    story = diagnosed(found, cancer="breast", method="ultrasound").later(days=2)
    asked: dict[str, Any] = {"to_unit": SPECIALIST, "federation_consent": True, "aid_consent": True} | changes
    return story.act("plan_treatment", unit=MCH, **asked)


def in_follow_up(**fields: Any) -> Story:
    return diagnosed("benign", **fields).later(days=2).act("plan_follow_up", unit=MCH, to_unit=CLINIC)


def checked(story: Story, found: str) -> dict[str, Any]:
    return {"checked_at": story.now.isoformat(), "check": found}


def unreachable() -> Story:
    story = screened().later(days=1)
    return story.act("record_contact", unit=SITE, **contact(story, "sms"))


def lost() -> Story:
    """Three contacts by three means, each with its result; the village and the clinic know only whom to look for."""
    story = unreachable().later(days=1)
    story.act("record_contact", unit=MCH, **contact(story, "phone", "wrong_number"))
    story.act("ask_visit", unit=MCH, to_unit=VILLAGE).later(days=1)
    [visit] = story.tasks("home_visit")
    story.act("accept_task", unit=VILLAGE, task=visit.task_id).later(days=1)
    story.act("record_contact", unit=VILLAGE, **contact(story, "visit", "moved_away"))
    return story.act("lose", unit=MCH, loss_record="失访1号")


def normal_and_recalled() -> Story:
    """A normal result is one fact; five years on she is reminded, comes, is normal again, and later leaves."""
    story = screened("normal").silence(days=5 * 366)
    next_result(story, "normal", method="cytology").silence(days=3 * 366).silence(days=400)
    assert story.is_.outcome == "not_rescreened"
    return story


def inadequate_sample() -> Story:
    """The smear was no good; three contacts later she has not come, and that round ends."""
    story = screened("inadequate").later(days=2)
    for means in ("sms", "phone"):
        story.act("record_contact", unit=MCH, **contact(story, means, "promised")).later(days=5)
    story.act("ask_visit", unit=MCH, to_unit=CLINIC)
    story.act("record_contact", unit=CLINIC, **contact(story, "visit", "promised"))
    return story.act("close_not_rescreened", unit=MCH)


def too_old_for_the_programme() -> Story:
    story = next_result(screened("inadequate").later(days=9), "normal")
    return story.later(days=30).act("leave_programme", unit=MCH, reason="over_age")


def leaves_when_reminded() -> Story:
    story = screened("normal", cancer="breast", method="ultrasound").silence(days=3 * 366)
    return story.act("leave_programme", unit=MCH, reason="declined")


def newborn_is_healthy_after_all() -> Story:
    """The same table for a child's hearing: referred, examined, nothing found."""
    story = diagnosed("excluded", cancer="newborn_hearing", method="hearing").later(days=1)
    return story.act("clear", unit=MCH)


def lesion_excluded() -> Story:
    return diagnosed("excluded").later(days=1).act("clear", unit=MCH)


def lost_and_found() -> Story:
    """The audit does not believe the first loss; the second stands unchecked; then she is found after all."""
    story = lost().later(days=3).act("reject_loss", unit=HEALTH, audit_record="抽1号")
    for means in ("sms", "phone", "visit"):
        story.later(days=2).act("record_contact", unit=MCH, **contact(story, means))
    story.act("lose", unit=MCH, loss_record="失访2号").silence(days=31)
    story.later(days=60).act("reopen", unit=MCH, **telling(story))
    story.later(days=10).act("no_show", unit=MCH).later(days=2)
    story.act("record_contact", unit=MCH, **contact(story, "phone", "refused"))
    return story.act("close_declined", unit=MCH, refusal_slip="拒1号")


def loss_found_true() -> Story:
    return lost().later(days=9).act("confirm_loss", unit=HEALTH, audit_record="抽2号")


def found_during_the_audit() -> Story:
    story = lost().later(days=4)
    return story.act("notify", unit=MCH, **telling(story, channel="visit"))


def follow_up_loop() -> Story:
    """Low-grade: unchanged after six months, then suspicious, examined again, benign, normal: back to the cycle."""
    story = in_follow_up().later(days=170)
    story.act("record_contact", unit=MCH, **contact(story, "sms", "promised"))
    story.act("record_check", unit=CLINIC, **checked(story, "unchanged")).later(days=170)
    story.act("record_check", unit=CLINIC, **checked(story, "progressed")).later(days=9)
    story.act("record_diagnosis", unit=MCH, **diagnosis(story, "cin1", told_in_person=False)).later(hours=2).prove()
    story.act("plan_follow_up", unit=MCH, to_unit=CLINIC).later(days=180)
    return story.act("record_check", unit=CLINIC, **checked(story, "normal"))


def common_disease_cured() -> Story:
    story = in_follow_up(cancer="common", method="gynaecological").later(days=90)
    story.act("record_check", unit=CLINIC, **checked(story, "normal"))
    return story.later(days=20).act("reopen", unit=MCH, to_unit=CLINIC, reason="new_result")


def will_not_come_again() -> Story:
    story = in_follow_up().later(days=100)
    story.act("record_contact", unit=MCH, **contact(story, "phone", "refused"))
    return story.act("close_declined", unit=MCH, refusal_slip="拒2号")


def refuses_before_diagnosis() -> Story:
    story = referred().later(days=9)
    story.act("record_contact", unit=MCH, **contact(story, "visit", "refused"))
    return story.act("close_declined", unit=MCH, refusal_slip="拒3号")


def refuses_new_sample() -> Story:
    story = screened("inadequate").later(days=9)
    story.act("record_contact", unit=MCH, **contact(story, "phone", "refused"))
    return story.act("close_declined", unit=MCH, refusal_slip="拒4号")


def refuses_treatment() -> Story:
    """She refuses, is persuaded once, refuses again in writing; the federation calls on her and knows no diagnosis."""
    story = to_treat().later(days=5)
    story.prove().act("record_contact", unit=MCH, **contact(story, "visit", "refused"))
    story.act("refuse_treatment", unit=MCH, refusal_slip="拒治1号").later(days=5)
    story.act("record_contact", unit=MCH, **contact(story, "phone", "promised"))
    story.act("persuade", unit=MCH, persuaded_at=story.now.isoformat()).act("agree_treatment", unit=MCH).later(days=3)
    story.act("refuse_treatment", unit=MCH, refusal_slip="拒治2号").later(days=9)
    story.act("persuade", unit=MCH, persuaded_at=story.now.isoformat())
    return story.act("close_refused", unit=MCH, refusal_slip="拒治3号")


def treated_and_followed() -> Story:
    """Operation, chemotherapy, checks afterwards: a biopsy first, treatment to its end, and the case is closed."""
    story = referred(cancer="breast", method="ultrasound").later(days=5)
    story.act("record_examination", unit=SPECIALIST, examined_at=story.now.isoformat(), examination="biopsy")
    story.later(days=6)
    known = diagnosis(story, "breast_invasive", stage="early", hardship=False)
    story.act("record_diagnosis", unit=SPECIALIST, **known).later(days=1)
    story.act("plan_treatment", unit=MCH, to_unit=SPECIALIST, federation_consent=False, aid_consent=False)
    story.later(days=3).act("start_treatment", unit=SPECIALIST, **treatment(story))
    for progress in ("ongoing", "finished"):
        story.later(days=80).act("record_treatment", unit=SPECIALIST, **progressed(story, progress))
    return story.act("close", unit=MCH)


def treatment(story: Story, kind: str = "surgery") -> dict[str, Any]:
    return {"started_at": story.now.isoformat(), "treatment": kind}


def progressed(story: Story, progress: str) -> dict[str, Any]:
    return {"recorded_at": story.now.isoformat(), "progress": progress}


def xinmi_screening() -> Story:
    """新密: a breast finding, cancer, operation and chemotherapy; in despair she thinks of ending her life. What the
    source does not tell is told here as it should be: danger answered, the federation told with her consent."""
    story = diagnosed("breast_invasive", cancer="breast", method="ultrasound", rural=True).later(days=2)
    asked: dict[str, Any] = {"to_unit": SPECIALIST, "federation_consent": True, "aid_consent": True}
    story.act("plan_treatment", unit=MCH, **asked).later(hours=3).prove()
    [offer] = story.tasks("treat")
    story.act("accept_task", unit=SPECIALIST, task=offer.task_id).later(days=6)
    story.act("start_treatment", unit=SPECIALIST, **treatment(story)).later(days=10)
    story.act("report_crisis", unit=FEDERATION, learned_at=story.now.isoformat()).later(minutes=8)
    [urgent], [crisis] = story.tasks("urgent_response"), story.tasks("crisis_support")
    story.act("complete_task", unit=COMMAND, task=urgent.task_id, measure="safe").later(hours=5)
    story.act("complete_task", unit=HEALTH, task=crisis.task_id).later(days=60)
    story.act("record_treatment", unit=SPECIALIST, **progressed(story, "finished"))
    return story.later(days=1).act("plan_follow_up", unit=MCH, to_unit=CLINIC)


def moves_to_another_county() -> Story:
    """Withdrawn, returned for its papers, then taken: from then on the other county's units have her."""
    story = referred().later(days=4)
    moved = {"new_hospital": ELSEWHERE, "handover_note": "移1号"}
    story.act("hand_over", unit=MCH, **moved).act("withdraw_handover", unit=MCH)
    story.act("hand_over", unit=MCH, **moved).later(days=1)
    story.act("return_handover", unit=ELSEWHERE, reason="incomplete")
    story.act("hand_over", unit=MCH, **moved).later(days=1).act("accept_handover", unit=ELSEWHERE)
    return story.later(days=100).silence(days=1)


def every_state_can_move() -> tuple[Story, ...]:
    rescreen = screened("inadequate")
    return tuple(
        _moved(story) for story in (rescreen, unreachable(), in_follow_up(), to_treat(), _refused(), _in_care())
    )


def _moved(story: Story) -> Story:
    moved = {"new_hospital": ELSEWHERE, "handover_note": "移2号"}
    return story.later(days=1).act("hand_over", unit=MCH, **moved).act("accept_handover", unit=ELSEWHERE)


def _refused() -> Story:
    return to_treat().later(days=1).act("refuse_treatment", unit=MCH, refusal_slip="拒治4号")


def _in_care() -> Story:
    story = to_treat().later(days=1)
    return story.act("start_treatment", unit=SPECIALIST, **treatment(story))


def dies_on_the_way() -> Story:
    story = to_treat().later(days=1).prove()
    return story.act("close_deceased", unit=MCH, certificate="死1号")


# -- relief -----------------------------------------------------------------------------------------------------


def identified() -> Story:
    """Opened by a screening case whose woman agrees."""
    child = ChildOpened(
        case_id=UUID(int=901), workflow="relief", state="identified", relation="relief", carries={"cancer": "breast"}
    )
    begun = Begun("screening-9", child, UUID(int=900), (), "330382001", MCH, MONDAY)
    return Story(loaded().get("relief")).begun(begun)


def applied(**fields: Any) -> Story:
    own: dict[str, Any] = {
        "diagnosis": "breast_invasive",
        "income": "subsistence",
        "applied_at": VILLAGE,
        "earlier_relief": False,
    }
    made = report("relief.applied", MONDAY, unit=VILLAGE, **(own | fields))
    return Story(loaded().get("relief")).reported(made, roles=("applicant",))


def application() -> dict[str, Any]:
    return {"application_no": "申1号", "income": "subsistence", "data_consent": True}


def check_all(story: Story, *, income: bool = True, disease: str = "breast_invasive", paid: bool = False) -> Story:
    answers: dict[str, tuple[str, dict[str, Any]]] = {
        "check_income": (CIVIL, {"income_confirmed": income}),
        "check_disease": (HEALTH, {"disease_finding": disease}),
        "check_register": (FEDERATION, {"already_paid": paid}),
    }
    for kind, (unit, found) in answers.items():
        [task] = story.tasks(kind)
        story.act("complete_task", unit=unit, task=task.task_id, **found)
    return story


def refused_relief(refusal: str, **found: Any) -> Story:
    story = check_all(applied().later(days=2), **found)
    return story.act("reject", unit=FEDERATION, refusal=refusal, document="告1号")


def xinmi_relief() -> Story:
    """新密: the federation hears of her, explains the fund, applies in the window; 10,000 yuan come in October."""
    story = identified().later(days=1).prove()
    window = {"window_opens": "2026-03-20", "window_closes": "2026-04-02"}
    story.act("set_window", unit=FEDERATION, **window).silence(days=75)
    story.act("apply", unit=FEDERATION, **application()).later(days=5)
    check_all(story).act("list_applicant", unit=FEDERATION).later(days=3)
    story.act("submit_list", unit=FEDERATION, list_no="名单1号").later(days=60)
    story.act("approve", unit=FEDERATION, approval_no="批1号").later(days=120)
    paid: dict[str, Any] = {
        "paid_at": story.now.isoformat(),
        "kind": "lottery_fund",
        "amount": 10000,
        "payment_no": "付1号",
    }
    return story.act("record_payment", unit=FEDERATION, **paid).later(days=1).prove()


def stage_too_low_other_aid() -> Story:
    """Not ⅡB: told why, and civil affairs grant another aid; a year later her state is worse and she applies anew."""
    story = refused_relief("stage_below", disease="cervical_below_iib")
    [aid] = story.tasks("other_aid")
    granted = {"kind": "medical_aid", "granted_at": story.now.isoformat()}
    story.prove().act("complete_task", unit=CIVIL, task=aid.task_id, **granted).later(days=300)
    return story.act("reopen", unit=FEDERATION, reason="condition_changed").silence(days=20)


def missed_window() -> Story:
    """The window closes over her head: the breach stands, she waits for the next, then does not want it any more."""
    story = identified().later(days=1).prove()
    story.act("open_window", unit=FEDERATION, window_closes="2026-01-20").silence(days=20)
    story.act("set_window", unit=FEDERATION, window_opens="2027-03-01", window_closes="2027-03-20").later(days=2)
    story.act("report_crisis", unit=FEDERATION, learned_at=story.now.isoformat())
    for kind, unit in (("urgent_response", COMMAND), ("crisis_support", HEALTH)):
        [task] = story.tasks(kind)
        done = {"measure": "safe"} if kind == "urgent_response" else {}
        story.act("complete_task", unit=unit, task=task.task_id, **done)
    return story.prove().act("withdraw", unit=FEDERATION, reason="person_declined")


def papers_never_come() -> Story:
    story = applied().later(days=2).act("request_papers", unit=FEDERATION).later(days=3).prove()
    story.act("supply_papers", unit=FEDERATION).later(days=1).act("request_papers", unit=FEDERATION)
    return story.act("reject", unit=FEDERATION, refusal="papers_missing", document="告2号")


def refused_above() -> Story:
    story = check_all(applied()).act("list_applicant", unit=FEDERATION)
    story.act("submit_list", unit=FEDERATION, list_no="名单2号").later(days=30)
    return story.act("refuse_above", unit=FEDERATION, refusal="not_on_list", document="告3号")


TOLD: tuple[Callable[[], Story], ...] = (
    normal_and_recalled,
    inadequate_sample,
    too_old_for_the_programme,
    leaves_when_reminded,
    newborn_is_healthy_after_all,
    lesion_excluded,
    lost_and_found,
    loss_found_true,
    found_during_the_audit,
    follow_up_loop,
    common_disease_cured,
    will_not_come_again,
    refuses_before_diagnosis,
    refuses_new_sample,
    refuses_treatment,
    treated_and_followed,
    xinmi_screening,
    moves_to_another_county,
    dies_on_the_way,
    xinmi_relief,
    stage_too_low_other_aid,
    missed_window,
    papers_never_come,
    refused_above,
)
