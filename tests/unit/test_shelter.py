"""庇护: every row of the table, its refusals, its silences."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.cases import ChildOpened, DeadlineReminded, Milestone
from tests.unit.golden_dv import (
    CIVIL,
    FEDERATION,
    JUSTICE,
    OWN_WISH,
    SHELTER,
    begun_story,
    do,
    offered_stay,
    shelter_story,
    stay,
)
from tests.unit.stories import MONDAY, PROTECTION, STATION, Story, loaded

COMMITTEE = "womens-children-committee@330382"
IN_WRITING: dict[str, Any] = {"written_request": "申请1号", "ending": "relatives"}


def leaving(story: Story, **changes: Any) -> dict[str, Any]:
    return {"left_at": story.now.isoformat(), **IN_WRITING} | changes


def after_leaving() -> Story:
    story = stay(children=0).later(days=3)
    return story.act("leave", unit=SHELTER, **leaving(story))


def visited(*, safe: bool = True) -> Story:
    story = after_leaving().later(days=2)
    return story.act("contact", unit=FEDERATION, contacted_at=story.now.isoformat(), means="visit", safe=safe)


def overdue() -> Story:
    return stay(children=0).silence(days=11)


ADMITTED: dict[str, Any] = {"admitted_at": offered_stay().now.isoformat(), "children_along": 0, "record": "入住1号"}
LONGER: dict[str, Any] = {"reason": "treatment", **OWN_WISH}
GONE: dict[str, Any] = {"left_at": stay().now.isoformat(), "second_person": "W2"}


@pytest.mark.parametrize(
    ("given", "action", "unit", "fields", "then"),
    [
        (shelter_story, "offer", CIVIL, {"to_shelter": SHELTER}, ("offered", CIVIL, {"shelter-acceptance"})),
        (shelter_story, "withdraw", CIVIL, OWN_WISH, ("closed", CIVIL, set())),
        (
            offered_stay,
            "turn_away",
            SHELTER,
            {"reason": "no_capacity"},
            ("requested", CIVIL, {"shelter-placement-urgent"}),
        ),
        (offered_stay, "recall", CIVIL, {}, ("requested", CIVIL, {"shelter-placement-urgent"})),
        (offered_stay, "withdraw", CIVIL, OWN_WISH, ("closed", CIVIL, set())),
        (offered_stay, "admit", SHELTER, ADMITTED, ("in_stay", SHELTER, {"shelter-stay"})),
        (
            stay,
            "assess_needs",
            SHELTER,
            {"needs": ["medical"]},
            ("in_stay", SHELTER, {"shelter-stay", "shelter-children"}),
        ),
        (
            overdue,
            "refer_service",
            SHELTER,
            {"to_unit": JUSTICE},
            ("overdue", SHELTER, {"shelter-overdue", "shelter-service-answer"}),
        ),
        (overdue, "extend_stay", SHELTER, LONGER, ("in_stay", SHELTER, {"shelter-stay", "shelter-filing"})),
        (
            stay,
            "left_without_notice",
            SHELTER,
            GONE,
            ("aftercare", FEDERATION, {"shelter-aftercare", "shelter-safety-check", "shelter-children"}),
        ),
        (
            after_leaving,
            "return_to_shelter",
            FEDERATION,
            {"urgent": False},
            ("requested", CIVIL, {"shelter-placement"}),
        ),
        (visited, "close", FEDERATION, {}, ("closed", CIVIL, set())),
    ],
)
def test_row_leads_where_the_table_says(
    given: Callable[[], Story], action: str, unit: str, fields: dict[str, Any], then: tuple[str, str, set[str]]
) -> None:
    """`then`: the state, the accountable unit, the clocks that run."""
    story = given().act(action, unit=unit, **fields)
    assert (story.is_.state, story.is_.accountable, story.rules()) == then


def test_request_counts_as_a_service_asked_for_and_admission_as_one_given() -> None:
    asked, given = shelter_story().last.of(Milestone), stay().last.of(Milestone)
    assert [(m.name, m.dimensions) for m in (*asked, *given)] == [
        ("service.requested", {"kind": "shelter"}),
        ("service.delivered", {"kind": "shelter"}),
    ]


@pytest.mark.parametrize(("urgent", "hours"), [(True, 2), (False, 24)])
def test_place_is_found_within_hours_when_she_needs_it_today(urgent: bool, hours: int) -> None:
    story = shelter_story(urgent=urgent)
    [clock] = story.is_.clocks.values()
    assert clock.deadline.due_at == MONDAY + timedelta(hours=hours)
    assert clock.deadline.law_class == "PLAT"


def test_request_nobody_answers_climbs_to_the_committee() -> None:
    assert [task.unit for task in shelter_story().silence(hours=3).tasks("supervise")] == [COMMITTEE]


def test_civil_affairs_stay_accountable_until_the_shelter_admits() -> None:
    story = offered_stay().silence(hours=7)
    assert story.is_.accountable == CIVIL
    assert {task.unit for task in story.tasks("supervise")} == {CIVIL, COMMITTEE}
    story.act("admit", unit=SHELTER, **(ADMITTED | {"admitted_at": story.now.isoformat()}))
    assert story.is_.accountable == SHELTER


def test_shelter_may_turn_away_twice() -> None:
    story = shelter_story()
    for _ in range(2):
        offered_stay(story).act("turn_away", unit=SHELTER, reason="no_capacity")
    assert "上限" in offered_stay(story).refused("turn_away", unit=SHELTER, reason="no_capacity").zh


def test_minor_is_placed_by_child_protection_and_not_in_a_stay_of_its_own() -> None:
    story = shelter_story(minor=True)
    assert "未成年人" in story.refused("offer", unit=CIVIL, to_shelter=SHELTER).zh
    story.act("place_child", unit=CIVIL)
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.roles) == ("child_referral", {"victim": "child"})
    assert story.is_.outcome == "placed_as_child"
    assert shelter_story().refused("place_child", unit=CIVIL).code == "guard"


def test_children_who_come_along_are_looked_at() -> None:
    assert [task.unit for task in stay(children=2).tasks("check_children")] == [PROTECTION]
    assert not stay(children=0).tasks("check_children")


def test_stay_is_ten_days_with_reminders_and_its_end_puts_nobody_out() -> None:
    """Admitted on Monday 2026-01-05: ten days are over with Thursday 01-15."""
    story = stay(children=0)
    assert story.clock("shelter-stay").deadline.due_at.isoformat() == "2026-01-16T00:00:00+08:00"
    story.silence(days=11)
    assert [r.days for fact in story.log for r in fact.of(DeadlineReminded)] == [3, 1]
    assert (story.is_.state, story.is_.accountable) == ("overdue", SHELTER)


def test_stay_nobody_extends_or_ends_climbs_to_civil_affairs() -> None:
    assert [task.unit for task in overdue().silence(days=2).tasks("supervise")] == [CIVIL]


def test_each_extension_is_filed_with_civil_affairs_with_proof_and_lasts_ten_days() -> None:
    story = stay(children=0).later(days=8).act("extend_stay", unit=SHELTER, **LONGER)
    [filed] = story.tasks("file_extension")
    assert (filed.unit, filed.addressee, filed.template) == (SHELTER, CIVIL, "copy")
    assert story.clock("shelter-stay").deadline.due_at.date() == (story.now + timedelta(days=11)).date()


def test_adult_leaves_by_her_own_written_request() -> None:
    story = stay(children=0).later(days=2)
    assert story.refused("leave", unit=SHELTER, left_at=story.now.isoformat(), ending="relatives").code == "bad_fields"
    wrong = leaving(story, ending="left_without_notice")
    assert story.refused("leave", unit=SHELTER, **wrong).code == "guard"
    early = leaving(story, left_at=(story.now - timedelta(days=9)).isoformat())
    assert "早于" in story.refused("leave", unit=SHELTER, **early).zh
    story.act("leave", unit=SHELTER, **leaving(story))
    assert (story.is_.state, story.is_.accountable) == ("aftercare", FEDERATION)


def test_who_is_gone_without_a_word_is_looked_for_within_the_hour() -> None:
    story = stay(children=0).later(days=2)
    story.act("left_without_notice", unit=SHELTER, left_at=story.now.isoformat(), second_person="W2")
    [task] = story.tasks("check_safety")
    assert task.unit == STATION
    assert story.clock("shelter-safety-check").deadline.due_at == story.now + timedelta(hours=1)


def test_case_closes_only_after_a_visit_that_found_her_safe() -> None:
    assert "回访" in after_leaving().refused("close", unit=FEDERATION).zh
    story = visited(safe=False)
    assert story.refused("close", unit=FEDERATION).code == "guard"
    assert "shelter-aftercare" in story.rules(), "the next visit has its clock"


def test_service_is_offered_taken_and_given() -> None:
    story = stay(children=0).act("refer_service", unit=SHELTER, to_unit=JUSTICE)
    do(story, "service", "accept_task")
    assert [m.name for m in story.last.of(Milestone)] == ["referral.acknowledged"]
    do(story, "service", kind="legal_aid")
    assert [(m.name, m.dimensions["kind"]) for m in story.last.of(Milestone)] == [("service.delivered", "legal_aid")]


def test_closed_case_is_reopened_when_she_needs_the_place_again() -> None:
    story = visited().act("close", unit=FEDERATION).act("reopen", unit=CIVIL, urgent=True, reason="needed_again")
    assert (story.is_.state, story.rules()) == ("requested", {"shelter-placement-urgent"})


def test_warning_letter_case_opens_a_stay() -> None:
    story = begun_story("shelter", "requested", urgent=True, children_along=0, asked_by="police")
    assert (story.is_.accountable, story.rules()) == (CIVIL, {"shelter-placement-urgent"})


def test_no_field_says_where_she_is_or_goes() -> None:
    fields = dict(loaded().get("shelter").definition.all_fields)
    assert {spec.type for spec in fields.values()} <= {"code", "codes", "bool", "time", "unit", "reference", "number"}
    assert not [name for name in fields if "address" in name or "place" in name]
