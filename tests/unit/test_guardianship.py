"""SM-G 撤销监护人资格, told as stories."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.cases import ChildOpened, DeadlineBreached, Milestone
from tests.unit.child_stories import (
    CIVIL,
    COURT,
    FEDERATION,
    Row,
    check_row,
    filed_story,
    finish,
    grounds_story,
    judged_story,
    judgment,
    now,
    petition,
    restoration_filed_story,
    revoked_story,
)
from tests.unit.stories import PROCURATORATE, PROTECTION, SCHOOL, STATION, VILLAGE, Story
from workflows.loader import load_workflows

PETITION, JUDGMENT = {"guardianship-petition"}, {"guardianship-judgment"}
DECLINED = {"not_petitioned": "guardian_reformed", "document": "评2号", "second_person": "P-2"}
ENDED = {"ending": "adopted", "document": "收1号"}


def dismissed_story() -> Story:
    return judged_story(result="dismissed", restoration=None, appointed=None)


def window_story() -> Story:
    return revoked_story().silence(days=100)


def closed_story() -> Story:
    return grounds_story().act("decline", unit=CIVIL, **DECLINED)


ROWS: list[Row] = [
    (grounds_story, "suggest_petition", PROCURATORATE, {"suggestion": "检建1号"}, "grounds_found", CIVIL, PETITION),
    (grounds_story, "name_petitioner", CIVIL, {"local_unit": SCHOOL}, "grounds_found", CIVIL, PETITION),
    (grounds_story, "petition", CIVIL, petition, "filed", COURT, JUDGMENT),
    (grounds_story, "petition", VILLAGE, petition, "filed", COURT, JUDGMENT),
    (grounds_story, "petition", FEDERATION, petition, "filed", COURT, JUDGMENT),
    (grounds_story, "decline", CIVIL, DECLINED, "closed", CIVIL, set()),
    (filed_story, "support_petition", PROCURATORATE, {"support_document": "支1号"}, "filed", COURT, JUDGMENT),
    (
        filed_story,
        "extend",
        COURT,
        {"approval": "批1号", "extended_to": "2026-03-20"},
        "filed",
        COURT,
        {"guardianship-judgment-extended"},
    ),
    (filed_story, "withdraw_petition", CIVIL, {"document": "裁1号"}, "closed", CIVIL, set()),
    (filed_story, "judge", COURT, judgment(), "judged", COURT, {"guardianship-service"}),
    (filed_story, "judge", COURT, judgment(result="dismissed"), "judged", COURT, {"guardianship-service"}),
    (filed_story, "order_guidance", COURT, {}, "filed", COURT, JUDGMENT),
    (judged_story, "serve_judgment", COURT, now("served_at"), "revoked", CIVIL, {"guardianship-restoration-opens"}),
    (dismissed_story, "serve_judgment", COURT, now("served_at"), "closed", CIVIL, set()),
    (
        window_story,
        "apply_for_restoration",
        CIVIL,
        now("applied_at", document="申请2号", applicant_barred=False),
        "restoration_filed",
        COURT,
        {"guardianship-restoration-judgment"},
    ),
    (restoration_filed_story, "restore", COURT, {"judgment": "民特2号", "child_view": "heard"}, "closed", CIVIL, set()),
    (
        restoration_filed_story,
        "refuse_restoration",
        COURT,
        {"judgment": "民特2号", "child_view": "heard"},
        "restoration_open",
        CIVIL,
        {"guardianship-restoration-window"},
    ),
    (revoked_story, "end", CIVIL, ENDED, "closed", CIVIL, set()),
    (window_story, "end", CIVIL, ENDED, "closed", CIVIL, set()),
    (closed_story, "reopen", CIVIL, {"reason": "new_evidence"}, "grounds_found", CIVIL, PETITION),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_row_leads_to_its_state_its_accountable_unit_and_its_clocks(row: Row) -> None:
    check_row(row)


def test_every_row_is_told_here_or_has_a_test_of_its_own() -> None:
    rows = load_workflows().get("guardianship").definition.actions
    assert {row.name for row in rows} == {row[1] for row in ROWS} | {"window_opens", "window_closes"}


def test_grounds_are_civil_affairs_to_act_on_and_silence_climbs_to_the_procuratorate() -> None:
    story = grounds_story()
    assert (story.is_.accountable, story.clock("guardianship-petition").deadline.law_class) == (CIVIL, "PLAT")
    story.silence(days=32)
    assert [task.unit for task in story.tasks("supervise")] == [PROCURATORATE]


def test_prosecutors_written_suggestion_is_answered_within_a_month_or_by_the_petition_itself() -> None:
    story = grounds_story().act("suggest_petition", unit=PROCURATORATE, suggestion="检建1号")
    reply = story.clock("guardianship-suggestion-reply").deadline
    assert (reply.unit, reply.law_class, reply.due_at.isoformat()) == (CIVIL, "STAT", "2026-02-06T00:00:00+08:00")
    assert story.refused("decline", unit=CIVIL, **DECLINED).code == "open_tasks"
    finish(story, "reply_suggestion").act("decline", unit=CIVIL, **DECLINED)
    story = grounds_story().act("suggest_petition", unit=PROCURATORATE, suggestion="检建1号")
    story.act("petition", unit=CIVIL, **petition(story))
    assert not story.tasks("reply_suggestion")


@pytest.mark.parametrize("unit", [STATION, PROCURATORATE])
def test_who_the_law_does_not_name_cannot_petition(unit: str) -> None:
    story = grounds_story()
    assert story.refused("petition", unit=unit, **petition(story)).code == "wrong_unit"


def test_only_the_procuratorate_suggests_and_supports() -> None:
    assert grounds_story().refused("suggest_petition", unit=CIVIL, suggestion="建1号").code == "wrong_unit"
    assert filed_story().refused("support_petition", unit=CIVIL, support_document="支1号").code == "wrong_unit"


def test_school_named_as_petitioner_may_petition() -> None:
    story = grounds_story().act("name_petitioner", unit=PROCURATORATE, local_unit=SCHOOL)
    story.act("petition", unit=SCHOOL, **petition(story, by="school"))
    assert [m.dimensions for m in story.last.of(Milestone)] == [{"kind": "revocation_applied"}]


def test_court_judges_within_a_month_and_its_president_extends() -> None:
    story = filed_story()
    clock = story.clock("guardianship-judgment").deadline
    assert (clock.law_class, clock.due_at.isoformat()) == ("NORM", "2026-02-08T00:00:00+08:00")
    late = {"approval": "批1号", "extended_to": "2026-09-01"}
    assert story.refused("extend", unit=COURT, **late).problems[0].field == "extended_to"
    story.act("extend", unit=COURT, approval="批1号", extended_to="2026-03-20")
    extended = story.clock("guardianship-judgment-extended").deadline
    assert (extended.law_class, extended.due_at.isoformat()) == ("PLAT", "2026-03-21T00:00:00+08:00")
    story.act("extend", unit=COURT, approval="批2号", extended_to="2026-04-01")
    assert story.clock("guardianship-judgment-extended").deadline.due_at.isoformat() == "2026-04-02T00:00:00+08:00"


def test_late_judgment_climbs() -> None:
    story = filed_story().silence(days=40)
    assert [task.unit for task in story.tasks("supervise")] == [COURT, PROCURATORATE]


def test_judgment_hears_the_child_and_names_a_guardian() -> None:
    story = filed_story()
    assert "听取儿童意见" in story.refused("judge", unit=COURT, **judgment(child_view="not_yet")).zh
    assert "指定的监护人" in story.refused("judge", unit=COURT, **judgment(appointed=None)).zh
    assert story.refused("judge", unit=CIVIL, **judgment()).code == "wrong_unit"


def test_revocation_is_told_to_civil_affairs_village_and_school_and_parents_are_told_to_keep_paying() -> None:
    story = judged_story()
    assert {(t.kind, t.addressee) for t in story.is_.tasks.values()} == {
        ("tell_civil_affairs", CIVIL),
        ("tell_village", VILLAGE),
        ("tell_school", SCHOOL),
        ("tell_parents_pay", None),
    }
    assert story.tasks("tell_parents_pay")[0].addressee_role == "guardian"
    assert [m.dimensions["kind"] for m in story.last.of(Milestone)] == ["revocation", "state_guardianship"]


def test_child_protection_hears_of_the_judgment() -> None:
    [child] = revoked_story().last.of(ChildOpened)
    assert (child.workflow, child.state, child.carries["appointed"]) == ("child_referral", "received", "civil_affairs")


def test_restoration_can_be_asked_for_after_three_months_and_within_a_year() -> None:
    story = revoked_story()
    asked: dict[str, Any] = {"applied_at": story.now.isoformat(), "document": "申请2号", "applicant_barred": False}
    assert story.refused("apply_for_restoration", unit=COURT, **asked).code == "not_allowed_here"
    story.silence(days=91)
    assert story.is_.state == "restoration_open"
    assert story.refused("apply_for_restoration", unit=COURT, **(asked | {"applicant_barred": True})).code == "guard"
    story.silence(days=320)
    assert (story.is_.final, story.is_.outcome) == (True, "restoration_period_over")
    assert not [effect for fact in story.log for effect in fact.of(DeadlineBreached) if "restoration" in fact.trigger]


def test_sexual_assault_and_sale_are_never_restored() -> None:
    story = filed_story("sexual_assault").later(days=20)
    refusal = story.refused("judge", unit=COURT, **judgment("sexual_assault", restoration="may_apply"))
    assert "第四十条" in refusal.zh
    story.act("judge", unit=COURT, **judgment("sexual_assault", restoration="barred"))
    story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat())
    assert (story.is_.final, story.is_.outcome) == (True, "revoked_for_good")


def test_refused_restoration_leaves_what_is_left_of_the_year() -> None:
    story = restoration_filed_story().later(days=20)
    since = story.is_.moments["revoked_at"]
    story.act("refuse_restoration", unit=COURT, judgment="民特2号", child_view="heard")
    clock = story.clock("guardianship-restoration-window").deadline
    assert (clock.started_at, clock.term) == (since, True)
    assert clock.due_at > since + timedelta(days=364)


def test_restoration_hears_the_child() -> None:
    refusal = restoration_filed_story().refused("restore", unit=COURT, judgment="民特2号", child_view="not_yet")
    assert "听取儿童意见" in refusal.zh


def test_dismissal_may_come_with_an_order_of_guidance() -> None:
    story = dismissed_story().act("order_guidance", unit=COURT)
    assert [(c.workflow, c.state) for c in story.last.of(ChildOpened)] == [("family_education", "proposed")]
    assert not story.tasks("tell_parents_pay")


def test_danger_opens_an_emergency_of_the_child() -> None:
    story = grounds_story().act("raise_urgent_danger", unit=PROTECTION)
    assert [(c.workflow, c.state) for c in story.last.of(ChildOpened)] == [("child_referral", "emergency")]
