"""SM-B 家庭暴力告诫, what version 2 adds: children, orders, shelter, letters from elsewhere, letters that were not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from contracts.cases import ChildOpened, Milestone, Subject
from tests.unit.golden_dv import FEDERATION, JUSTICE, do, same_incident
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
from workflows.triggers import Reported


def call(*subjects: Subject) -> Story:
    """A call about these people."""
    made = report("dv_incident.reported", MONDAY, relation="spouse")
    story = Story(loaded().get("dv_warning"))
    story.send(Reported("call", UUID(int=900), made, subjects, TOWN))
    return story


def referrals(story: Story) -> list[tuple[str, dict[str, str]]]:
    opened = [child for child in story.last.of(ChildOpened) if child.workflow == "child_referral"]
    return [(child.relation, child.roles) for child in opened]


WOMAN, MAN = subject("victim"), subject("perpetrator")
GIRL, SON, SIBLING = subject("victim", minor=True), subject("perpetrator", minor=True), subject("child", minor=True)


# -- children ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        ((WOMAN, MAN), []),
        ((GIRL, MAN), [("child_victim", {"victim": "child"})]),
        ((WOMAN, MAN, SIBLING), [("child_witness", {"victim": "guardian"})]),
        ((GIRL, MAN, SIBLING), [("child_victim", {"victim": "child"}), ("child_witness", {})]),
        ((GIRL, SON), [("child_victim", {"victim": "child"})]),
        ((WOMAN, SON), []),
    ],
)
def test_referral_opens_for_the_child_who_was_hurt_and_for_the_one_who_saw_it(
    subjects: tuple[Subject, ...], expected: list[tuple[str, dict[str, str]]]
) -> None:
    assert referrals(call(*subjects)) == expected


def test_letter_of_the_polices_own_system_opens_the_childs_referral_too() -> None:
    letter = report("dv_warning.recorded", MONDAY, relation="spouse", service_mode="signature")
    story = Story(loaded().get("dv_warning")).reported(letter, minor=True)
    assert ("child_victim", {"victim": "child"}) in referrals(story)


def test_child_may_be_referred_in_any_state_but_only_one_that_is_named() -> None:
    story = served_story(minor=True).act("refer_child", unit=FEDERATION)
    assert referrals(story)
    assert "列出" in served_story().refused("refer_child").zh


# -- orders, shelter, support -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("wish", "state"), [("apply", "drafting"), ("undecided", "advised")])
def test_her_wish_for_an_order_opens_one_where_she_stands(wish: str, state: str) -> None:
    story = dv_story().act("dispatch").act("request_protection_order", unit=FEDERATION, order_wish=wish)
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.state, child.carries) == ("protection_order", state, {"relation": "spouse"})


def test_need_for_shelter_opens_a_stay_for_an_adult_and_child_protection_for_a_minor() -> None:
    asked: dict[str, Any] = {"urgent": True, "children_along": 2, "asked_by": "police"}
    story = served_story().act("request_shelter", **asked)
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.carries) == ("shelter", asked)
    assert "转儿童保护" in served_story(minor=True).refused("request_shelter", **asked).zh


def test_support_is_offered_taken_and_given_and_counts_so() -> None:
    story = served_story().act("refer_support", to_unit=JUSTICE, needs=["legal_aid"])
    assert {m.name for m in story.last.of(Milestone)} == {"needs.assessed", "referral.sent"}
    do(story, "support", "accept_task")
    assert [m.name for m in story.last.of(Milestone)] == ["referral.acknowledged"]
    do(story, "support", kind="legal_aid")
    assert [(m.name, m.dimensions) for m in story.last.of(Milestone)] == [("service.delivered", {"kind": "legal_aid"})]


def test_perpetrators_education_is_the_villages_and_is_counted() -> None:
    story = served_story().later(days=9)
    [task] = story.tasks("educate_perpetrator")
    assert task.unit == VILLAGE
    do(story, "educate_perpetrator", educated_at=story.now.isoformat(), record="教育1号")
    assert [m.name for m in story.last.of(Milestone)] == ["perpetrator_education.completed"]


# -- a letter that another system has already -------------------------------------------------------------------


def letter(story: Story, *, served: bool = True) -> Story:
    """The police's own system reports the letter of this case: decided 30 hours ago, served 26 hours ago."""
    fields: dict[str, Any] = {
        "letter_number": "告诫字9号",
        "decided_at": (story.now - timedelta(hours=30)).isoformat(),
        "station": STATION,
        "village_unit": VILLAGE,
        "relation": "spouse",
    }
    if served:
        fields |= {"served_at": (story.now - timedelta(hours=26)).isoformat(), "service_mode": "signature"}
    return story.reported(report("dv_warning.recorded", story.now, 2, **fields))


def waiting(*steps: str) -> Story:
    """A case in the hands of an officer, forty hours after the call."""
    fields: dict[str, dict[str, Any]] = {
        "verify": {"reason": "disputed"},
        "assess": assessment(),
        "warn": {"letter_number": "告诫字9号"},
    }
    story = dv_story()
    for step in steps:
        story.act(step, **fields.get(step, {}))
    return story.later(hours=40)


@pytest.mark.parametrize(
    "steps",
    [(), ("dispatch",), ("dispatch", "verify"), ("dispatch", "assess"), ("dispatch", "assess", "warn")],
)
def test_letter_confirmed_as_the_same_incident_moves_the_case_to_the_visits(steps: tuple[str, ...]) -> None:
    story = waiting(*steps)
    before = story.is_.state
    assert letter(story).is_.state == before, "nothing moves before a person has looked"
    same_incident(story)
    assert (story.is_.state, story.is_.accountable) == ("first_visit", STATION)
    assert story.clock("dv-first-visit").deadline.started_at == story.now - timedelta(hours=26)
    assert "dv-decision" not in story.rules()
    assert len(story.tasks("notify_village")) == 1


def test_assessment_and_letter_are_counted_once_and_at_their_own_times() -> None:
    untouched, assessed = (
        same_incident(letter(waiting("dispatch"))),
        same_incident(letter(waiting("dispatch", "assess"))),
    )
    reached = {m.name: m.occurred_at for m in untouched.last.of(Milestone)}
    assert reached == {
        "warning.assessed": untouched.now - timedelta(hours=30),
        "warning.issued": untouched.now - timedelta(hours=26),
    }
    assert [m.name for m in assessed.last.of(Milestone)] == ["warning.issued"]


def test_decision_in_time_meets_its_clock_however_late_it_is_looked_at() -> None:
    story = letter(waiting("dispatch")).later(hours=40)
    same_incident(story)
    ended = {e.effect for e in story.last.effects if getattr(e, "deadline_id", "") == "d2"}
    assert ended == {"deadline_met"}


def test_letter_not_yet_served_moves_the_case_to_its_service() -> None:
    story = same_incident(letter(waiting("dispatch"), served=False))
    assert (story.is_.state, "dv-decision" in story.rules()) == ("issuing", False)


def test_letter_about_something_new_moves_nothing() -> None:
    story = same_incident(letter(waiting("dispatch")), same=False)
    assert story.is_.state == "on_scene"
    [child] = story.last.of(ChildOpened)
    assert (child.relation, child.state) == ("new_incident", "first_visit")


def test_second_letter_in_a_case_that_has_one_is_only_attached() -> None:
    story = served_story().prove().later(days=5)
    story.act("record_visit", **visit(story))
    same_incident(letter(story))
    assert (story.is_.state, len(story.is_.reports)) == ("quarterly_visits", 2)


# -- a change of station ----------------------------------------------------------------------------------------


def test_notices_and_reports_to_look_at_follow_the_station_with_their_clocks() -> None:
    story = served_story().later(hours=2).reported(report("dv_incident.reported", MONDAY, 2, relation="spouse"))
    due = {c.deadline.deadline_id: c.deadline.due_at for c in story.is_.clocks.values()}
    story.act("change_station", new_station=NEIGHBOUR, handover_note="移1号").act("accept_handover", unit=NEIGHBOUR)
    units = {task.kind: task.unit for task in story.is_.tasks.values()}
    assert {units[kind] for kind in ("notify_village", "notify_federation", "new_report")} == {NEIGHBOUR}
    assert units["educate_perpetrator"] == VILLAGE
    moved = {c.deadline.deadline_id: c.deadline for c in story.is_.clocks.values()}
    assert all(moved[key].due_at == at for key, at in due.items() if key in moved)
    assert {d.unit for d in moved.values()} == {NEIGHBOUR, VILLAGE}
    story.act("review_report", unit=NEIGHBOUR, task=story.tasks("new_report")[0].task_id, finding="same_incident")


def test_handover_that_comes_back_moves_no_work() -> None:
    story = served_story().act("change_station", new_station=NEIGHBOUR, handover_note="移1号")
    story.act("return_handover", unit=NEIGHBOUR, reason="not_resident")
    assert {task.unit for task in story.is_.tasks.values() if task.template} == {STATION}


# -- letters that were not issued, calls that were not decided --------------------------------------------------


@pytest.mark.parametrize("found", [{"criteria_met": False, "warning_grounds": []}, {"warning_grounds": []}])
def test_letter_she_asked_for_is_declined_with_a_reason_and_reviewed_by_the_bureau(found: dict[str, Any]) -> None:
    story = dv_story(victim_asks_warning=True).act("dispatch")
    story.act("assess", **assessment(criticism_grounds=["very_slight"], **found))
    assert "理由" in story.refused("criticise", reason_no_letter="not_due").zh
    story.act("criticise", reason_no_letter="very_slight")
    assert [m.dimensions["reason_no_letter"] for m in story.last.of(Milestone)] == ["very_slight"]
    assert [task.unit for task in story.tasks("review_declined")] == [BUREAU]


def test_letter_that_was_not_due_is_not_reviewed() -> None:
    slight = assessment(criteria_met=False, warning_grounds=[], criticism_grounds=["very_slight"])
    story = dv_story().act("dispatch").act("assess", **slight).act("criticise", reason_no_letter="not_due")
    assert not story.tasks("review_declined")
    assert not story.last.of(Milestone)


def test_bureau_that_finds_a_letter_due_has_the_station_decide_anew_in_72_hours() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment(criticism_grounds=["very_slight"]))
    story.act("criticise", reason_no_letter="very_slight")
    assert story.refused("order_letter", unit=BUREAU).code == "guard"
    do(story.later(hours=9), "review_declined", letter_review="should_issue").act("order_letter", unit=BUREAU)
    assert (story.is_.state, story.is_.accountable) == ("assessed", STATION)
    assert story.clock("dv-decision").deadline.due_at == story.now + timedelta(hours=72)


def test_call_without_a_decision_ends_with_a_reason_a_second_person_and_a_review() -> None:
    story = dv_story().act("dispatch")
    assert story.refused("close_without_decision", no_decision_reason="mediated").code == "bad_fields"
    story.act("close_without_decision", no_decision_reason="mediated", second_person="W2")
    assert (story.is_.state, story.is_.outcome) == ("closed", "no_decision")
    owed = {task.kind: task.unit for task in story.is_.tasks.values()}
    assert owed == {"review_closing": BUREAU, "tell_no_decision": STATION, "notify_federation": STATION}
    assert {m.name for m in story.last.of(Milestone)} == {"case.closed_without_decision"}


def test_violence_that_was_established_cannot_be_mediated_away() -> None:
    story = dv_story().act("dispatch").act("assess", **assessment())
    refusal = story.refused("close_without_decision", no_decision_reason="mediated", second_person="W2")
    assert "已认定" in refusal.zh


def test_closing_does_not_hide_that_72_hours_had_passed() -> None:
    story = dv_story().act("dispatch").silence(hours=80)
    story.act("close_without_decision", no_decision_reason="withdrawn", second_person="W2")
    assert any(effect.effect == "deadline_breached" for fact in story.log for effect in fact.effects)


@pytest.mark.parametrize("unit", [STATION, BUREAU, PROCURATORATE])
def test_call_that_was_wrongly_ended_is_reopened_with_72_hours(unit: str) -> None:
    story = dv_story().act("dispatch").later(days=30)
    story.act("close_without_decision", no_decision_reason="mediated", second_person="W2").later(days=2)
    story.act("reopen", unit=unit, reason="no_decision")
    assert (story.is_.state, story.is_.accountable) == ("on_scene", STATION)
    assert story.clock("dv-decision").deadline.due_at == story.now + timedelta(hours=72)


# -- after the letter -------------------------------------------------------------------------------------------


def recurred(breach: str = "violence", *, order: bool = False) -> Story:
    story = served_story().prove().later(days=3)
    return story.act("report_recurrence", learned_at=story.now.isoformat(), breach=breach, order_in_force=order)


def test_breach_of_the_letter_is_punished_for_itself_and_is_an_outcome_of_its_own() -> None:
    story = recurred("letter")
    assert [m.name for m in story.last.of(Milestone)] == ["warning.breached"]
    story.prove().act("penalise", penalty_basis="letter_breach", document="受1号")
    assert [m.name for m in story.last.of(Milestone)] == ["warning.breach_penalised"]
    do(story, "educate_perpetrator", educated_at=story.now.isoformat(), record="教育1号")
    story.act("record_outcome", result="detention", document="处1号")
    assert story.is_.outcome == "breach_of_letter"


def test_breach_before_2026_is_not_punished_for_itself() -> None:
    story = recurred("letter")
    story.case = structs.replace(story.is_, moments=story.is_.moments | {"recurred_at": MONDAY - timedelta(days=30)})
    refusal = story.refused("penalise", penalty_basis="letter_breach", document="受1号")
    assert "2026" in refusal.zh


def test_new_violence_is_punished_as_violence_and_counts_as_established() -> None:
    story = recurred().prove().act("penalise", penalty_basis="violence", document="受1号")
    assert [m.name for m in story.last.of(Milestone)] == ["case.substantiated"]
    story.act("record_outcome", result="fine", document="处1号")
    assert story.is_.outcome == "handled"


def test_federation_is_told_of_new_violence_and_the_court_where_an_order_is_in_force() -> None:
    story = recurred(order=True)
    assert "womens-federation@330382" in {task.addressee for task in story.is_.tasks.values()}
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.relation) == ("protection_order", "possible_violation")
    assert not recurred(order=False).last.of(ChildOpened)
