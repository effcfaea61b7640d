"""SM-F 家庭教育指导令、责令、督促监护令, told as stories."""

from typing import Any

import pytest

from contracts.cases import ChildOpened, DeadlineBreached, Milestone
from tests.unit.child_stories import (
    COURT,
    EDUCATION,
    FEDERATION,
    Row,
    breached_story,
    check_row,
    finish,
    issued_story,
    now,
    order,
    proposed_story,
    running_story,
    session,
)
from tests.unit.stories import BUREAU, MONDAY, PROCURATORATE, PROTECTION, SCHOOL, STATION, Story, loaded, report
from workflows.loader import load_workflows

SERVICE, OBJECTION = "family-education-service", "family-education-objection"
BREACH, EVALUATION = "family-education-breach", "family-education-evaluation"
TERM = {"family-education-term", "family-education-session"}
DOCUMENT = {"document": "决1号"}


def accepted_story() -> Story:
    story = running_story()
    return story.act("accept_task", unit=FEDERATION, task=story.tasks("guide_family")[0].task_id)


def objected_story() -> Story:
    story = running_story().later(days=1)
    return story.act("object", unit=COURT, objected_at=story.now.isoformat())


def evaluated_story() -> Story:
    return accepted_story().silence(days=190)


def reported_story() -> Story:
    return finish(evaluated_story(), "guidance_report")


def closed_story() -> Story:
    return proposed_story().act("not_ordered", unit=PROCURATORATE, not_ordered="not_needed", second_person="P-2")


ROWS: list[Row] = [
    (proposed_story, "issue", COURT, order(), "issued", COURT, {SERVICE}),
    (proposed_story, "issue", BUREAU, order("directive"), "issued", BUREAU, {SERVICE}),
    (proposed_story, "issue", STATION, order("directive"), "issued", STATION, {SERVICE}),
    (proposed_story, "issue", PROCURATORATE, order("supervision_order"), "issued", PROCURATORATE, {SERVICE}),
    (
        proposed_story,
        "not_ordered",
        PROCURATORATE,
        {"not_ordered": "accepts_willingly", "second_person": "P-2"},
        "closed",
        PROCURATORATE,
        set(),
    ),
    (
        issued_story,
        "serve",
        COURT,
        now("served_at", period_ends_on="2026-07-08", signature_record="回证1号"),
        "running",
        COURT,
        TERM,
    ),
    (running_story, "record_session", FEDERATION, session, "running", COURT, TERM),
    (running_story, "change_supervisor", COURT, {"guidance_unit": EDUCATION}, "running", COURT, TERM),
    (running_story, "extend", COURT, {"approval": "批1号", "period_ends_on": "2026-12-31"}, "running", COURT, TERM),
    (evaluated_story, "extend", COURT, {"approval": "批1号", "period_ends_on": "2026-12-31"}, "running", COURT, TERM),
    (issued_story, "object", COURT, now("objected_at"), "objected", COURT, {SERVICE, OBJECTION}),
    (running_story, "object", COURT, now("objected_at"), "objected", COURT, TERM | {OBJECTION}),
    (objected_story, "uphold", COURT, DOCUMENT, "running", COURT, TERM),
    (objected_story, "overturn", COURT, DOCUMENT, "closed", COURT, set()),
    (running_story, "record_breach", COURT, now("learned_at", breach="refuses"), "breached", COURT, TERM | {BREACH}),
    (breached_story, "admonish", COURT, DOCUMENT, "running", COURT, TERM),
    (breached_story, "refer_protection", COURT, {}, "running", COURT, TERM),
    (breached_story, "refer_petition", COURT, {}, "evaluation", COURT, {EVALUATION}),
    (reported_story, "conclude", COURT, {"result": "improved", "document": "评1号"}, "closed", COURT, set()),
    (
        evaluated_story,
        "conclude_without_report",
        COURT,
        {"result": "partly", "document": "评1号", "second_person": "P-2"},
        "closed",
        COURT,
        set(),
    ),
    (closed_story, "reopen", PROCURATORATE, {"reason": "new_evidence"}, "evaluation", PROCURATORATE, {EVALUATION}),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_row_leads_to_its_state_its_accountable_unit_and_its_clocks(row: Row) -> None:
    check_row(row)


def test_every_row_is_told_here_or_has_a_test_of_its_own() -> None:
    rows = load_workflows().get("family_education").definition.actions
    assert {row.name for row in rows} == {row[1] for row in ROWS} | {"term_ends"}


def ordered_story(**stated: Any) -> Story:
    said: dict[str, Any] = {"order": "supervision_order", "duties": ["attend_guidance"], "issued_by": PROCURATORATE}
    made = report("family_education.ordered", MONDAY, unit=PROCURATORATE, **said, guidance_unit=FEDERATION, **stated)
    return Story(loaded().get("family_education")).reported(made, minor=True)


def test_order_that_is_reported_runs_from_its_service_or_is_to_be_served() -> None:
    story = ordered_story()
    assert (story.is_.state, story.is_.accountable) == ("issued", PROCURATORATE)
    assert [m.dimensions["kind"] for m in story.last.of(Milestone)] == ["supervision_order"]
    story = ordered_story(served_at=MONDAY.replace(day=2).isoformat(), period_ends_on="2026-06-30")
    assert (story.is_.state, story.is_.accountable) == ("running", PROCURATORATE)
    assert story.clock("family-education-term").deadline.due_at.isoformat() == "2026-07-01T00:00:00+08:00"
    assert [task.unit for task in story.tasks("guide_family")] == [FEDERATION]


@pytest.mark.parametrize(
    ("unit", "kind"), [(COURT, "supervision_order"), (STATION, "court_order"), (PROCURATORATE, "court_order")]
)
def test_each_organ_makes_its_own_order(unit: str, kind: str) -> None:
    refusal = proposed_story().refused("issue", unit=unit, **order(kind))
    assert (refusal.code, "文书种类" in refusal.zh) == ("guard", True)


def test_nobody_else_makes_one() -> None:
    assert proposed_story().refused("issue", unit=FEDERATION, **order()).code == "wrong_unit"


@pytest.mark.parametrize(
    ("kind", "counted"),
    [("supervision_order", "supervision_order"), ("directive", "family_education_order")],
)
def test_order_counts_by_its_kind(kind: str, counted: str) -> None:
    story = proposed_story().act("issue", unit=PROCURATORATE, **order(kind))
    assert [m.dimensions["kind"] for m in story.last.of(Milestone)] == [counted]


def test_silence_before_an_order_climbs_and_is_never_shown_as_law() -> None:
    story = proposed_story()
    assert story.clock("family-education-decision").deadline.law_class == "PLAT"
    story.silence(days=20)
    assert [task.unit for task in story.tasks("supervise")] == ["womens-children-committee@330382"]


def test_period_is_what_the_order_says_and_ends_without_a_breach() -> None:
    story = running_story("2026-07-08")
    term = story.clock("family-education-term").deadline
    assert (term.term, term.due_at.isoformat(), term.remind_days) == (True, "2026-07-09T00:00:00+08:00", (30, 7))
    story.silence(days=190)
    assert (story.is_.state, story.is_.accountable) == ("evaluation", COURT)
    breached = {e.deadline_id for fact in story.log for e in fact.of(DeadlineBreached)}
    assert term.deadline_id not in breached


def test_period_may_not_end_before_it_begins() -> None:
    story = issued_story()
    served = {"served_at": story.now.isoformat(), "period_ends_on": "2025-12-31", "signature_record": "回证1号"}
    assert story.refused("serve", unit=COURT, **served).problems[0].field == "period_ends_on"


def test_guidance_unit_is_asked_and_silence_goes_to_the_womens_federation() -> None:
    story = running_story()
    [task] = story.tasks("guide_family")
    assert (task.unit, task.status) == (FEDERATION, "offered")
    story.act("change_supervisor", unit=COURT, guidance_unit=EDUCATION)
    assert [t.unit for t in story.tasks("guide_family")] == [EDUCATION]
    story.silence(days=8)
    assert [t.unit for t in story.tasks("guide_family")] == [FEDERATION]
    assert [task.addressee for task in story.tasks("tell_school")] == [SCHOOL]


def test_session_is_a_service_delivered_and_moves_the_monthly_clock_only() -> None:
    story = running_story().later(days=20)
    term = story.clock("family-education-term").deadline.deadline_id
    story.act("record_session", unit=FEDERATION, **session(story))
    assert [m.dimensions for m in story.last.of(Milestone)] == [{"kind": "family_education"}]
    assert story.clock("family-education-session").deadline.started_at == story.now
    assert story.clock("family-education-term").deadline.deadline_id == term
    refusal = story.refused("record_session", unit=FEDERATION, **session(story, guardian_attended=False))
    assert "监护人到场应为是" in refusal.zh


def test_extension_sets_a_new_end_from_the_same_beginning() -> None:
    story = running_story()
    begun = story.clock("family-education-term").deadline.started_at
    story.later(days=30).act("extend", unit=COURT, approval="批1号", period_ends_on="2026-12-31")
    term = story.clock("family-education-term").deadline
    assert (term.started_at, term.due_at.isoformat()) == (begun, "2027-01-01T00:00:00+08:00")


def test_breach_is_answered_within_five_days_and_the_period_goes_on() -> None:
    story = breached_story()
    assert story.clock("family-education-breach").deadline.law_class == "PLAT"
    assert "family-education-term" in story.rules()
    story.silence(days=190)
    assert story.is_.state == "evaluation"


@pytest.mark.parametrize(
    ("action", "workflow"), [("refer_protection", "child_referral"), ("refer_petition", "guardianship")]
)
def test_breach_may_lead_to_protection_or_a_petition(action: str, workflow: str) -> None:
    assert [c.workflow for c in breached_story().act(action, unit=COURT).last.of(ChildOpened)] == [workflow]


def test_order_ends_with_the_report_of_who_gave_the_guidance() -> None:
    story = evaluated_story()
    [report] = story.tasks("guidance_report")
    assert report.unit == FEDERATION
    ended = {"result": "improved", "document": "评1号"}
    assert "期满报告须达 1 次" in story.refused("conclude", unit=COURT, **ended).zh
    finish(story, "guidance_report").act("conclude", unit=COURT, **ended)
    assert story.is_.outcome == "order_ended"
    again = reported_story().refused("conclude_without_report", unit=COURT, **ended, second_person="P-2")
    assert again.code == "guard"


def test_objection_that_succeeds_ends_the_order() -> None:
    story = objected_story().act("overturn", unit=COURT, document="决1号")
    assert (story.is_.outcome, story.rules()) == ("order_withdrawn", {"family-education-service"})


def test_danger_opens_an_emergency_of_the_child() -> None:
    story = running_story().act("raise_urgent_danger", unit=PROTECTION)
    assert [(c.workflow, c.state) for c in story.last.of(ChildOpened)] == [("child_referral", "emergency")]


def test_order_that_ends_while_an_objection_is_reviewed_leaves_no_clock_of_its_sessions_behind() -> None:
    story = objected_story()
    assert "family-education-session" in {clock.deadline.rule for clock in story.is_.clocks.values()}
    story.silence(days=400)
    assert story.is_.state == "evaluation"
    assert "family-education-session" not in {clock.deadline.rule for clock in story.is_.clocks.values()}
