"""The narrated cases of child protection; three replay published cases with the published intervals."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import structs

from contracts.base import SHANGHAI
from tests.unit.child_stories import (
    CIVIL,
    COMMITTEE,
    COURT,
    EDUCATION,
    FEDERATION,
    HARMED,
    SUPERVISOR,
    assessment,
    breached_story,
    collected,
    concluded_story,
    conclusion,
    deliberated_story,
    emergency_story,
    filed_story,
    finish,
    follow_up,
    grounds_story,
    hospital_story,
    issued_story,
    judged_story,
    judgment,
    order,
    petition,
    proposed_story,
    referred_story,
    removed,
    restoration_filed_story,
    revoked_story,
    say,
    served_story,
    session,
)
from tests.unit.stories import (
    COMMAND,
    MONDAY,
    PROCURATORATE,
    PROTECTION,
    SCHOOL,
    STATION,
    VILLAGE,
    Story,
    loaded,
    report,
)

LEAGUE = "youth-league@330382"


def child_referral_abandoned_child_returns() -> Story:
    """CASE-17: left at a village committee; ten months until the home was assessed; guidance, no petition."""
    made = report("child_referral.requested", MONDAY, unit=VILLAGE, proposed_grade="red", situations=["mr6"])
    made = structs.replace(made, reporter_category="village_committee")
    story = (
        Story(loaded().get("child_referral"))
        .reported(made, minor=True)
        .act("triage", unit=PROTECTION, grade="red", child_seen=True)
    )
    taken = {
        "taken_in_at": story.now.isoformat(),
        "document": "临1号",
        "ground": "guardian_missing",
        "placement": "foster_family",
    }
    story.act("take_in", unit=PROTECTION, child_view="too_young", guardian_may_know=False, **taken)
    finish(story.later(hours=3), "health_check")
    story.silence(days=305).act("start_assessment", unit=PROTECTION).later(days=3)
    found = assessment(story, child_view="too_young", risk_level="medium", needs=["family_education"])
    story.act("record_assessment", unit=PROTECTION, **found)
    members = [STATION, CIVIL, VILLAGE, PROCURATORATE, FEDERATION, LEAGUE]
    story.act("call_conference", unit=PROTECTION, invited=members, proposal="return_home").later(days=2)
    for unit in members:
        say(story, unit)
    agreed = conclusion("family_education", child_view="too_young", also_heard=["guardian"])
    story.act("conclude_return", unit=PROTECTION, told_at=story.now.isoformat(), **agreed).later(days=1)
    story.act("collected", unit=PROTECTION, **collected(story)).prove()
    for _ in range(6):
        follow_up(story.later(days=28), unit=PROTECTION)
    return story.act("close", unit=PROTECTION)


def child_referral_removal_and_dissent() -> Story:
    """Taken away by the police, a dissent at the conference, a petition, long-term guardianship after the judgment."""
    story = emergency_story().later(minutes=25)
    story.act("remove_and_escort", **removed(story)).later(hours=1)
    finish(story, "receive_child", "health_check").later(days=3)
    finish(story, "police_statement").act("start_assessment", unit=PROTECTION).later(days=14)
    found = assessment(story, state_guardianship_required=True)
    story.act("record_assessment", unit=PROTECTION, **found)
    story.act("call_conference", unit=PROTECTION, invited=[STATION, CIVIL, SCHOOL], proposal="return_home").later(
        days=2
    )
    say(say(story, STATION, "dissent", dissent_reason="danger_remains", document="意1号"), SCHOOL)
    say(story, CIVIL)
    adopted = conclusion("psychological", dissent_answer="adopted")
    story.act("conclude_petition", unit=PROTECTION, **adopted).later(days=5)
    finish(story, "psychological_help").later(days=30)
    story.act("start_long_term", unit=PROTECTION, long_term_ground="revoked", document="民特1号").later(days=10)
    finish(story, "settle_registration", "settle_schooling", "settle_health").later(days=170)
    checked = {"assessed_at": story.now.isoformat(), "risk_level": "low", "child_view": "heard"}
    return story.act("record_check", unit=CIVIL, **checked)


def child_referral_returned_then_unanswered() -> Story:
    """Returned once, sent straight back, unanswered, and routed on."""
    story = referred_story().later(hours=4).act("return_referral", unit=SUPERVISOR, reason="incomplete").later(hours=2)
    story.act("refer_again", unit=PROTECTION, supplement="补1号").silence(days=5)
    return story.act("accept", unit=CIVIL)


def guardianship_village_petitions() -> Story:
    """CASE-14: the village committee petitions 15 days after the knife; the boy is heard; judgment after 21 days."""
    story = grounds_story()
    story.now = datetime(2026, 1, 20, 9, tzinfo=SHANGHAI)
    story.act("petition", unit=VILLAGE, **petition(story, by="village_committee")).later(days=21)
    story.act("judge", unit=COURT, **judgment(appointed="village_committee")).later(days=1)
    story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat()).prove()
    return story.silence(days=100)


def guardianship_prosecutor_suggests() -> Story:
    """CASE-15: suggestion, petition after two days, support on the third, both parents revoked 28 days later."""
    story = grounds_story().act("suggest_petition", unit=PROCURATORATE, suggestion="检建1号").later(days=2)
    finish(story, "reply_suggestion")
    story.act("petition", unit=CIVIL, **petition(story)).later(days=1)
    story.act("support_petition", unit=PROCURATORATE, support_document="支1号").later(days=27)
    ruled = judgment(restoration="some_may_apply", barred_by=["sexual_assault", "intentional_crime"])
    story.act("judge", unit=COURT, **ruled).later(days=1)
    story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat()).prove()
    return story.silence(days=420)


def family_education_guidance_order() -> Story:
    """CASE-17, the order: supervision by the procuratorate with the police, guidance by the women's federation."""
    story = proposed_story().later(days=4)
    story.act("issue", unit=PROCURATORATE, **order("supervision_order", duties=["attend_guidance", "care"]))
    served = {"served_at": story.now.isoformat(), "period_ends_on": "2026-04-10", "signature_record": "回证1号"}
    story.act("serve", unit=PROCURATORATE, **served).prove()
    story.act("accept_task", unit=FEDERATION, task=story.tasks("guide_family")[0].task_id)
    for _ in range(3):
        story.silence(days=25).act("record_session", unit=FEDERATION, **session(story))
    story.silence(days=20)
    finish(story, "guidance_report")
    return story.act("conclude", unit=PROCURATORATE, result="improved", document="评1号")


def family_education_order_not_kept() -> Story:
    """The guardian stays away, is admonished, stays away again; the case goes to a petition."""
    story = breached_story().later(days=2).act("admonish", unit=COURT, document="训1号").later(days=20)
    story.act("record_breach", unit=COURT, learned_at=story.now.isoformat(), breach="refuses").later(days=1)
    story.act("refer_petition", unit=COURT).later(days=1)
    ended = {"result": "not_improved", "document": "评1号", "second_person": "P-2"}
    return story.act("conclude_without_report", unit=COURT, **ended)


# -- the other ways through the tables ---------------------------------------------------------------------------


def again(story: Story, *units: str) -> Story:
    """Assessed anew and discussed anew."""
    if story.is_.state == "temporary_care":
        story.act("start_assessment", unit=PROTECTION)
    story.later(days=5).act("record_assessment", unit=PROTECTION, **assessment(story))
    members = list(units or (STATION, CIVIL, VILLAGE))
    story.act("call_conference", unit=PROTECTION, invited=members, proposal="return_home").later(days=1)
    for unit in members:
        say(story, unit)
    return story


def told(story: Story) -> dict[str, Any]:
    return {"told_at": story.now.isoformat()}


def child_referral_hospital_then_relative() -> Story:
    """First to hospital, then to relatives; nobody is home, it gets worse again, and in the end there is no issue."""
    story = finish(hospital_story(), "treatment").later(days=3).act("record_stay", child_seen=True).later(days=2)
    story.act("discharge_to_care", discharged_at=story.now.isoformat(), **HARMED)
    finish(story, "receive_child", "health_check", "police_statement")
    story.act("name_school", unit=PROTECTION, school_unit=SCHOOL).later(days=1)
    kin: dict[str, Any] = {"confirmed_by": "village", "document": "确1号", "child_view": "heard"}
    story.act("hand_to_relative", unit=PROTECTION, **kin, **told(story)).later(hours=5)
    story.act("collected", unit=PROTECTION, **collected(story)).prove().later(days=8)
    follow_up(story, unit=PROTECTION).later(days=3)
    missed = {"attempted_at": story.now.isoformat(), "reason": "nobody_home"}
    story.act("record_attempt", unit=PROTECTION, **missed)
    story.act("relapse", unit=PROTECTION, learned_at=story.now.isoformat())
    story.act("triage", unit=PROTECTION, grade="green", child_seen=True).later(days=1)
    story.act("no_issue", unit=PROTECTION, reason="no_issue", second_person="W-2").later(days=30)
    return story.act("reopen", unit=PROTECTION, reason="new_evidence")


def child_referral_danger_ended_at_home() -> Story:
    """Seen in hospital and sent home; danger again, and this time the police end it there."""
    story = finish(hospital_story(), "treatment").later(days=1)
    story.act("discharge_home", discharged_at=story.now.isoformat()).act("emergency", unit=PROTECTION)
    [urgent] = story.tasks("urgent_response")
    story.later(minutes=15).act("complete_task", unit=COMMAND, task=urgent.task_id, measure="safe")
    return story.act("safe_at_home", scene="danger_ended", document="警1号")


def child_referral_nobody_collects() -> Story:
    """Not collected, refused, continued, a year over twice, two petitions; another guardian at last."""
    story = finish(concluded_story("conclude_return"), "receive_child", "health_check", "police_statement")
    finish(story.silence(days=4), "find_guardian")
    again(story).act("conclude_return", unit=PROTECTION, **conclusion(), **told(story)).later(days=1)
    finish(story.act("refused_to_collect", unit=PROTECTION, document="记1号"), "find_guardian")
    again(story).act("conclude_continue", unit=PROTECTION, **conclusion()).silence(days=350)
    story.act("continue_after_term", unit=CIVIL, approval="批1号").silence(days=368)
    story.act("petition_after_term", unit=CIVIL, approval="批2号").later(days=40)
    story.act("petition_failed", unit=PROTECTION, judgment="民特1号")
    again(story).act("conclude_petition", unit=PROTECTION, **conclusion()).later(days=30)
    story.act("new_guardian", unit=PROTECTION, judgment="民特2号", **told(story)).later(days=2)
    return story.act("collected", unit=PROTECTION, **collected(story) | {"collector": "new_guardian"})


def child_referral_long_term_until_grown_up() -> Story:
    """Long-term guardianship by conclusion; the guardian comes back and fails; it lasts until the child is grown up."""
    owed = ("receive_child", "police_statement", "health_check")
    settled = ("settle_registration", "settle_schooling", "settle_health")
    story = finish(deliberated_story().act("conclude_long_term", unit=PROTECTION, **conclusion()), *owed, *settled)
    story.later(days=90).act("guardian_restored", unit=CIVIL, document="裁1号", **told(story)).later(days=1)
    story.act("refused_to_collect", unit=PROTECTION, document="记1号")
    long_term = {"long_term_ground": "revoked", "document": "民特1号"}
    finish(story.act("start_long_term", unit=CIVIL, **long_term), "find_guardian", *settled)
    return story.later(days=900).act("end_long_term", unit=CIVIL, ending="adult", document="证1号", second_person="W-2")


def child_referral_passed_on() -> Story:
    """Service passed on twice in vain, then taken; a referral taken back, one that nobody takes; service ends early."""
    story = finish(served_story(), "referral_feedback").later(days=3)
    for end, unit in (("withdraw_next", SUPERVISOR), ("return_next", FEDERATION), ("accept_next", FEDERATION)):
        story.act("pass_on", unit=SUPERVISOR, to_unit=FEDERATION).later(hours=6)
        story.act(end, unit=unit, **({"reason": "no_capacity"} if end == "return_next" else {}))
    story.act("relapse", unit=FEDERATION, learned_at=story.now.isoformat())
    story.act("triage", unit=PROTECTION, grade="blue", child_seen=True)
    asked: dict[str, Any] = {"to_unit": EDUCATION, "needs": ["school_transfer"]}
    story.act("refer", unit=PROTECTION, **asked).act("withdraw_referral", unit=PROTECTION)
    story.act("refer", unit=PROTECTION, **asked).later(hours=2)
    story.act("return_referral", unit=EDUCATION, reason="other_unit_in_charge")
    story.act("handle_otherwise", unit=PROTECTION).act("refer", unit=PROTECTION, **asked).silence(days=5)
    story.act("assign_receiver", unit=COMMITTEE, to_unit=SUPERVISOR).act("accept", unit=SUPERVISOR).later(days=20)
    finish(story, "referral_feedback")
    return story.act("end_service", unit=SUPERVISOR, ending="moved_away", document="移1号", second_person="W-2")


def guardianship_assault_is_never_restored() -> Story:
    """The school petitions, the president extends, nothing can be restored; what is said later is no ground."""
    story = grounds_story().act("name_petitioner", unit=CIVIL, local_unit=SCHOOL).later(days=3)
    story.act("petition", unit=SCHOOL, **petition(story, by="school")).later(days=28)
    story.act("extend", unit=COURT, approval="批1号", extended_to="2026-03-20").later(days=20)
    story.act("judge", unit=COURT, **judgment(restoration="barred", barred_by=["sexual_assault"])).later(days=1)
    story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat()).prove().later(days=90)
    story.act("reopen", unit=CIVIL, reason="closed_in_error")
    return story.act("decline", unit=CIVIL, not_petitioned="ground_not_met", document="评1号", second_person="W-2")


def guardianship_restored() -> Story:
    """Refused once, granted the second time."""
    story = restoration_filed_story().later(days=25)
    story.act("refuse_restoration", unit=COURT, judgment="民特2号", child_view="heard").later(days=60)
    asked = {"applied_at": story.now.isoformat(), "document": "申请3号"}
    story.act("apply_for_restoration", unit=COURT, applicant_barred=False, **asked).later(days=20)
    return story.act("restore", unit=COURT, judgment="民特3号", child_view="heard")


def guardianship_dismissed_with_guidance() -> Story:
    """The petition fails, and the court thinks of guidance."""
    story = judged_story(result="dismissed", restoration=None, appointed=None).act("order_guidance", unit=COURT)
    return story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat()).prove()


def guardianship_petition_withdrawn() -> Story:
    return filed_story().later(days=9).act("withdraw_petition", unit=CIVIL, document="裁1号")


def guardianship_adopted_within_the_year() -> Story:
    return revoked_story().prove().silence(days=200).act("end", unit=CIVIL, ending="adopted", document="收1号")


def family_education_objections() -> Story:
    """One objection fails; another unit guides; extended before and after the end; the second objection succeeds."""
    story = issued_story().later(hours=1)
    served = {"served_at": story.now.isoformat(), "period_ends_on": "2026-03-08", "signature_record": "回证1号"}
    story.act("serve", unit=COURT, **served).later(days=1)
    story.act("object", unit=COURT, objected_at=story.now.isoformat()).later(days=2)
    story.act("uphold", unit=COURT, document="决1号").act("change_supervisor", unit=COURT, guidance_unit=EDUCATION)
    story.act("extend", unit=COURT, approval="批1号", period_ends_on="2026-03-31").silence(days=85)
    story.act("extend", unit=COURT, approval="批2号", period_ends_on="2026-06-30").later(days=5)
    story.act("record_breach", unit=COURT, learned_at=story.now.isoformat(), breach="harms_again")
    story.act("refer_protection", unit=COURT).later(days=1)
    story.act("object", unit=COURT, objected_at=story.now.isoformat())
    return story.act("overturn", unit=COURT, document="决2号")


def family_education_guardian_willing() -> Story:
    """No order, because the guardian is willing; which was a mistake."""
    story = proposed_story().later(days=3)
    willing = {"not_ordered": "accepts_willingly", "second_person": "W-2"}
    story.act("not_ordered", unit=PROCURATORATE, **willing).later(days=40)
    return story.act("reopen", unit=PROCURATORATE, reason="closed_in_error")


CHILDREN: tuple[Callable[[], Story], ...] = (
    child_referral_abandoned_child_returns,
    child_referral_removal_and_dissent,
    child_referral_returned_then_unanswered,
    guardianship_village_petitions,
    guardianship_prosecutor_suggests,
    family_education_guidance_order,
    family_education_order_not_kept,
    child_referral_hospital_then_relative,
    child_referral_danger_ended_at_home,
    child_referral_nobody_collects,
    child_referral_long_term_until_grown_up,
    child_referral_passed_on,
    guardianship_assault_is_never_restored,
    guardianship_restored,
    guardianship_dismissed_with_guidance,
    guardianship_petition_withdrawn,
    guardianship_adopted_within_the_year,
    family_education_objections,
    family_education_guardian_willing,
)
