"""Golden histories of child protection; three replay published cases with today's clocks and the published intervals.

To accept a change, run with LIANDONG_ACCEPT_HISTORIES=1 and read the difference.
"""

import os
from collections.abc import Callable
from datetime import datetime

import pytest

from contracts.base import SHANGHAI
from contracts.cases import Fact
from tests.unit.child_stories import (
    CIVIL,
    COURT,
    FEDERATION,
    SUPERVISOR,
    assessment,
    breached_story,
    collected,
    conclusion,
    emergency_story,
    finish,
    follow_up,
    grounds_story,
    judgment,
    order,
    petition,
    proposed_story,
    referred_story,
    removed,
    say,
    session,
)
from tests.unit.stories import MONDAY, PROCURATORATE, PROTECTION, SCHOOL, STATION, VILLAGE, Story, loaded, report
from tests.unit.test_histories import KEPT, render
from workflows.model import fold

LEAGUE = "youth-league@330382"


def abandoned_child_returns_with_guidance() -> Story:
    """CASE-17: left at a village committee; ten months until the home was assessed; guidance, no petition."""
    made = report("child_referral.requested", MONDAY, unit=VILLAGE, proposed_grade="red", situations=["mr6"])
    made = made.model_copy(update={"reporter_category": "village_committee"})
    story = (
        Story(loaded().get("child_referral"))
        .reported(made, minor=True)
        .act("triage", unit=PROTECTION, grade="red", child_seen=True)
    )
    taken = {"taken_in_at": story.now.isoformat(), "document": "临1号", "ground": "guardian_missing"}
    story.act("take_in", unit=PROTECTION, child_view="too_young", guardian_may_know=False, **taken)
    finish(story.later(hours=3), "health_check")
    story.silence(days=305).act("start_assessment", unit=PROTECTION).later(days=3)
    found = assessment(story, child_view="too_young", risk_level="medium", needs=["family_education"])
    story.act("record_assessment", unit=PROTECTION, **found)
    members = [STATION, CIVIL, VILLAGE, PROCURATORATE, FEDERATION, LEAGUE]
    story.act("call_conference", unit=PROTECTION, invited=members, proposal="return").later(days=2)
    for unit in members:
        say(story, unit)
    agreed = conclusion("family_education", child_view="too_young", also_heard=["guardian"])
    story.act("conclude_return", unit=PROTECTION, told_at=story.now.isoformat(), **agreed).later(days=1)
    story.act("collected", unit=PROTECTION, **collected(story)).prove()
    for _ in range(6):
        follow_up(story.later(days=28), unit=PROTECTION)
    return story.act("close", unit=PROTECTION)


def removed_child_and_a_dissent() -> Story:
    """Taken away by the police, a dissent at the conference, a petition, long-term guardianship after the judgment."""
    story = emergency_story().later(minutes=25)
    story.act("remove_and_escort", **removed(story)).later(hours=1)
    finish(story, "receive_child", "health_check").later(days=3)
    finish(story, "police_statement").act("start_assessment", unit=PROTECTION).later(days=14)
    found = assessment(story, state_guardianship_required=True)
    story.act("record_assessment", unit=PROTECTION, **found)
    story.act("call_conference", unit=PROTECTION, invited=[STATION, CIVIL, SCHOOL], proposal="return").later(days=2)
    say(say(story, STATION, "dissent", dissent_reason="danger_remains", document="意1号"), SCHOOL)
    say(story, CIVIL)
    adopted = conclusion("psychological", dissent_answer="adopted")
    story.act("conclude_petition", unit=PROTECTION, **adopted).later(days=5)
    finish(story, "psychological_help").later(days=30)
    story.act("start_long_term", unit=PROTECTION, long_term_ground="revoked", document="民特1号").later(days=10)
    finish(story, "settle_registration", "settle_schooling", "settle_health").later(days=170)
    checked = {"assessed_at": story.now.isoformat(), "risk_level": "low", "child_view": "heard"}
    return story.act("record_check", unit=CIVIL, **checked)


def referral_returned_then_unanswered() -> Story:
    """Returned once, sent straight back, unanswered, and routed on."""
    story = referred_story().later(hours=4).act("return_referral", unit=SUPERVISOR, reason="incomplete").later(hours=2)
    story.act("refer_again", unit=PROTECTION, supplement="补1号").silence(days=5)
    return story.act("accept", unit=CIVIL)


def village_petitions_for_revocation() -> Story:
    """CASE-14: the village committee petitions 15 days after the knife; the boy is heard; judgment after 21 days."""
    story = grounds_story()
    story.now = datetime(2026, 1, 20, 9, tzinfo=SHANGHAI)
    story.act("petition", unit=VILLAGE, **petition(story, "abuse", by="village_committee")).later(days=21)
    story.act("judge", unit=COURT, **judgment("abuse", appointed="village_committee")).later(days=1)
    story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat()).prove()
    return story.silence(days=100)


def prosecutor_suggests_and_civil_affairs_petitions() -> Story:
    """CASE-15: suggestion, petition after two days, support on the third, both parents revoked 28 days later."""
    story = grounds_story().act("suggest_petition", unit=PROCURATORATE, suggestion="检建1号").later(days=2)
    finish(story, "reply_suggestion")
    story.act("petition", unit=CIVIL, **petition(story, "sexual_assault", "abandonment")).later(days=1)
    story.act("support_petition", unit=PROCURATORATE, support_document="支1号").later(days=27)
    ruled = judgment("sexual_assault", "abandonment", restoration="some_may_apply")
    story.act("judge", unit=COURT, **ruled).later(days=1)
    story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat()).prove()
    return story.silence(days=420)


def guidance_instead_of_revocation() -> Story:
    """CASE-17, the order: supervision by the procuratorate with the police, guidance by the women's federation."""
    story = proposed_story().later(days=4)
    story.act("issue", unit=PROCURATORATE, **order("supervision_order", duties=["attend_guidance", "contact_child"]))
    served = {"served_at": story.now.isoformat(), "ends_on": "2026-04-10", "signature_record": "回证1号"}
    story.act("serve", unit=PROCURATORATE, **served).prove()
    story.act("accept_task", unit=FEDERATION, task=story.tasks("guide_family")[0].task_id)
    for _ in range(3):
        story.silence(days=25).act("record_session", unit=FEDERATION, **session(story))
    story.silence(days=20)
    finish(story, "guidance_report")
    return story.act("conclude", unit=PROCURATORATE, result="improved", document="评1号")


def order_that_is_not_kept() -> Story:
    """The guardian stays away, is admonished, stays away again; the case goes to a petition."""
    story = breached_story().later(days=2).act("admonish", unit=COURT, document="训1号").later(days=20)
    story.act("record_breach", unit=COURT, learned_at=story.now.isoformat(), breach="refuses").later(days=1)
    story.act("refer_petition", unit=COURT).later(days=1)
    ended = {"result": "not_improved", "document": "评1号", "second_person": "P-2"}
    return story.act("conclude_without_report", unit=COURT, **ended)


TOLD = [
    abandoned_child_returns_with_guidance,
    removed_child_and_a_dissent,
    referral_returned_then_unanswered,
    village_petitions_for_revocation,
    prosecutor_suggests_and_civil_affairs_petitions,
    guidance_instead_of_revocation,
    order_that_is_not_kept,
]


def file_name(tell: Callable[[], Story]) -> str:
    return f"{tell().workflow.definition.workflow}_{tell.__name__}.txt"


@pytest.mark.parametrize("tell", TOLD)
def test_history_is_as_it_was(tell: Callable[[], Story]) -> None:
    file = KEPT / file_name(tell)
    told = f"{tell.__doc__}\n\n{render(tell().log)}"
    if os.environ.get("LIANDONG_ACCEPT_HISTORIES"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("tell", TOLD)
def test_folding_the_published_log_gives_the_case(tell: Callable[[], Story]) -> None:
    story = tell()
    assert fold(Fact.read(fact.to_json()) for fact in story.log) == story.is_
