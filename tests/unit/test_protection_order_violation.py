"""SM-P 人身安全保护令: violations, from what happened to what the court did about it."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.cases import ChildOpened, Milestone
from tests.unit.golden_dv import COURT, FEDERATION, granted_order, order_in_force, responded, violation
from tests.unit.stories import BUREAU, SCHOOL, STATION, Story


def violated(**changes: Any) -> Story:
    story = order_in_force().later(days=5)
    return story.act("report_violation", unit=STATION, **violation(story, **changes))


def test_violation_has_a_moment_of_its_own_beside_the_one_when_it_was_learned() -> None:
    story = violated(hours=24 * 4)
    reached = {m.name: m.occurred_at for m in story.last.of(Milestone)}
    gap = reached["protection_order.violation_learned"] - reached["protection_order.violated"]
    assert gap == timedelta(days=4)
    assert (story.is_.state, story.is_.accountable) == ("violated", COURT)


def test_police_attend_at_once_and_tell_the_court_with_proof() -> None:
    story = violated()
    owed = {task.kind: (task.unit, task.addressee) for task in story.is_.tasks.values()}
    assert owed["attend_violation"] == (STATION, None)
    assert owed["tell_court"] == (STATION, COURT)
    assert story.clock("po-violation-response").deadline.due_at == story.now + timedelta(minutes=30)
    assert story.clock("po-violation-response").deadline.law_class == "PLAT", "the law says 及时 and gives no number"


def test_violation_before_the_order_or_learned_before_it_happened_is_refused() -> None:
    story = order_in_force().later(days=1)
    assert "作出之后" in story.refused("report_violation", unit=STATION, **violation(story, 24 * 9)).zh
    known_before: dict[str, Any] = violation(story, 0) | {"learned_at": (story.now - timedelta(hours=2)).isoformat()}
    assert "早于" in story.refused("report_violation", unit=STATION, **known_before).zh


def test_any_unit_may_report_a_violation_and_danger_calls_the_command_centre() -> None:
    story = order_in_force().later(days=1)
    story.act("report_violation", unit=SCHOOL, **violation(story, in_danger=True))
    assert story.is_.urgent
    assert story.tasks("urgent_response")


def test_violence_against_the_order_is_a_domestic_violence_call_as_well() -> None:
    story = violated(violated=["no_violence"])
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.state, child.since) == ("dv_warning", "on_scene", story.now)
    assert not violated(violated=["no_contact"]).last.of(ChildOpened)


@pytest.mark.parametrize(
    ("response", "amount", "right"),
    [
        ("fined", 1000, True),
        ("fined", 1001, False),
        ("fined", 0, False),
        ("detained", 15, True),
        ("detained", 16, False),
        ("admonished", 0, True),
        ("admonished", 5, False),
    ],
)
def test_response_stays_within_article_34(response: str, amount: int, *, right: bool) -> None:
    papers: dict[str, Any] = {"response": response, "amount": amount, "document": "决1号"}
    story = violated()
    if right:
        story.act("respond", unit=COURT, **papers)
    else:
        assert "第三十四条" in story.refused("respond", unit=COURT, **papers).zh


def test_crime_is_for_the_police_bureau_to_review() -> None:
    story = responded(violated(), "criminal")
    assert [task.unit for task in story.tasks("review_crime")] == [BUREAU]


def test_violation_before_service_leaves_the_service_owed() -> None:
    story = granted_order().later(hours=2)
    story.act("report_violation", unit=STATION, **violation(story))
    assert "po-service" in story.rules()
    responded(story)
    assert story.is_.state == "serving"


def test_violation_while_an_application_is_pending_leaves_it_pending() -> None:
    story = order_in_force().later(days=5)
    story.act("apply_change", unit=FEDERATION, asks="extend", applied_by="victim", own_wish=True).later(hours=5)
    story.act("report_violation", unit=STATION, **violation(story))
    assert responded(story).is_.state == "reviewing"


def test_violation_is_dealt_with_although_the_order_ran_out_meanwhile() -> None:
    story = order_in_force(days=30).silence(days=29)
    story.act("report_violation", unit=STATION, **violation(story)).silence(days=3)
    assert story.is_.state == "violated"
    assert responded(story).is_.state == "expired"
