"""Stories of the three workflows of child protection: SM-C, SM-G and SM-F."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from contracts.cases import ChildOpened
from tests.unit.stories import MONDAY, PROTECTION, SCHOOL, STATION, TOWN, VILLAGE, Story, loaded, report, subject
from workflows.triggers import Begun

CIVIL = "civil-affairs@330382"
COURT = "court@330382"
FEDERATION = "womens-federation@330382"
EDUCATION = "education@330382"
COMMITTEE = "womens-children-committee@330382"
SUPERVISOR = "childrens-supervisor@330382001"
HARMED: dict[str, Any] = {"ground": "harmed", "child_view": "heard", "guardian_may_know": False}

Row = tuple[Callable[[], Story], str, str, Any, str, str, set[str]]
"""From which story, which action, of which unit, with which fields, to which state; who is accountable then, and
which clocks of the state run."""


def check_row(row: Row) -> None:
    tell, action, unit, fields, state, accountable, rules = row
    story = tell()
    story.act(action, unit=unit, **(fields(story) if callable(fields) else fields))
    assert (story.is_.state, story.is_.accountable) == (state, accountable)
    assert state_rules(story) == rules


def state_rules(story: Story) -> set[str]:
    return {clock.deadline.rule for clock in story.is_.clocks.values() if clock.deadline.task_id is None}


def now(*names: str, **fields: Any) -> Callable[[Story], dict[str, Any]]:
    """These time fields are this moment; the others as given."""
    return lambda story: dict.fromkeys(names, story.now.isoformat()) | fields


def opened(workflow: str, state: str, *, urgent: bool = False, places: Any = None, **carries: Any) -> Story:
    """A case about a child and a guardian that another case opened on Monday at nine."""
    return Story(loaded().get(workflow)).begun(begun(workflow, state, urgent=urgent, places=places, **carries))


def begun(workflow: str, state: str, *, urgent: bool = False, places: Any = None, **carries: Any) -> Begun:
    child = ChildOpened(
        case_id=UUID(int=900), workflow=workflow, state=state, relation="protection", carries=carries, urgent=urgent
    )
    people = (subject("child", minor=True), subject("guardian"))
    return Begun("begun-1", child, UUID(int=1), people, TOWN, STATION, MONDAY, placements=places or {})


# -- SM-C -------------------------------------------------------------------------------------------------------


def requested_story(event: str = "child_referral.requested", **fields: Any) -> Story:
    made = report(event, MONDAY, unit=SCHOOL, proposed_grade="yellow", **fields)
    return Story(loaded().get("child_referral")).reported(made, minor=True)


def triaged_story(grade: str = "yellow") -> Story:
    return requested_story().act("triage", unit=PROTECTION, grade=grade, child_seen=True)


def referred_story() -> Story:
    return triaged_story().act("refer", unit=PROTECTION, to_unit=SUPERVISOR, needs=["psychological"])


def served_story() -> Story:
    return referred_story().later(hours=3).act("accept", unit=SUPERVISOR)


def emergency_story() -> Story:
    """A child in danger in some other case."""
    return opened("child_referral", "emergency", urgent=True)


def hospital_story() -> Story:
    return emergency_story().later(minutes=20).act("to_hospital", hospital_unit="hospital@" + "c" * 16)


def removed(story: Story, **changes: Any) -> dict[str, Any]:
    return HARMED | {"removed_at": story.now.isoformat(), "rights_told": True} | changes


def cared_story() -> Story:
    """Taken away by the police on Monday at half past nine."""
    story = emergency_story().later(minutes=30)
    return story.act("remove_and_escort", **removed(story))


def assessing_story() -> Story:
    return cared_story().later(days=2).act("start_assessment", unit=PROTECTION)


def assessment(story: Story, **changes: Any) -> dict[str, Any]:
    found = {"risk_level": "high", "state_guardianship_required": False, "needs": ["psychological"]}
    return found | {"assessed_at": story.now.isoformat(), "report_document": "评1号", "child_view": "heard"} | changes


def conference_story(*invited: str, proposal: str = "return") -> Story:
    story = assessing_story().later(days=10)
    story.act("record_assessment", unit=PROTECTION, **assessment(story))
    members: list[str] = list(invited or (STATION, CIVIL, VILLAGE, SCHOOL))
    return story.later(days=1).act("call_conference", unit=PROTECTION, invited=members, proposal=proposal)


def say(story: Story, unit: str, opinion: str = "support", **more: Any) -> Story:
    [task] = [task for task in story.tasks("opinion") if task.unit == unit]
    return story.act("complete_task", unit=unit, task=task.task_id, opinion=opinion, **more)


def deliberated_story(proposal: str = "return") -> Story:
    story = conference_story(proposal=proposal).later(days=2)
    for unit in (STATION, CIVIL, VILLAGE):
        say(story, unit)
    return story


def conclusion(*decisions: str, **changes: Any) -> dict[str, Any]:
    said = {"conclusion": "会商1号", "child_view": "heard", "also_heard": ["relatives"], "dissent_answer": "none"}
    return said | {"decisions": list(decisions)} | changes


def concluded_story(action: str, *decisions: str) -> Story:
    story = deliberated_story()
    told: dict[str, Any] = {"told_at": story.now.isoformat()} if action == "conclude_return" else {}
    return story.act(action, unit=PROTECTION, **conclusion(*decisions, **told))


def awaited_story() -> Story:
    return concluded_story("conclude_return")


def collected(story: Story) -> dict[str, Any]:
    handed = {"collector": "guardian", "handover_document": "交1号", "village_unit": VILLAGE}
    return handed | {"collected_at": story.now.isoformat()}


def follow_up(story: Story, unit: str = SUPERVISOR, **changes: Any) -> Story:
    seen: dict[str, Any] = {"visited_at": story.now.isoformat(), "child_seen": True, "services": ["psychological"]}
    return story.act("follow_up", unit=unit, **(seen | changes))


def finish(story: Story, *kinds: str) -> Story:
    """Every open task of these kinds is done by its unit, accepted first where it was offered."""
    for task in [task for kind in kinds for task in story.tasks(kind)]:
        if task.status == "offered":
            story.act("accept_task", unit=task.unit, task=task.task_id)
        story.act("complete_task", unit=task.unit, task=task.task_id, **FINDINGS[task.kind](story.now.isoformat()))
    return story


FINDINGS: dict[str, Any] = {
    "receive_child": lambda now: {"received_at": now, "handover_document": "交1号"},
    "police_statement": lambda now: {"statement": "情况说明1号"},  # noqa: ARG005
    "health_check": lambda now: {"checked_at": now, "health_record": "检1号"},
    "find_guardian": lambda now: {"found": "admonished"},  # noqa: ARG005
    "treatment": lambda now: {"injuries": ["fracture"], "medical_record": "诊1号"},  # noqa: ARG005
    "referral_feedback": lambda now: {"services": ["psychological"]},  # noqa: ARG005
    "psychological_help": lambda now: {"helped_at": now},
    "schooling": lambda now: {"helped_at": now},
    "relief": lambda now: {"helped_at": now},
    "reply_suggestion": lambda now: {"reply": "复1号", "intent": "petition"},  # noqa: ARG005
    "guidance_report": lambda now: {"result": "improved", "report_document": "报1号"},  # noqa: ARG005
    "settle_registration": lambda now: {},  # noqa: ARG005
    "settle_schooling": lambda now: {},  # noqa: ARG005
    "settle_health": lambda now: {},  # noqa: ARG005
    "guide_family": lambda now: {},  # noqa: ARG005
    "coordinate_referral": lambda now: {},  # noqa: ARG005
}


# -- SM-G -------------------------------------------------------------------------------------------------------


def grounds_story() -> Story:
    return opened("guardianship", "grounds_found", places={"village-committee": VILLAGE, "school": SCHOOL})


def petition(story: Story, *grounds: str, by: str = "civil_affairs") -> dict[str, Any]:
    stated = {"filed_by": by, "document": "申请1号", "grounds": list(grounds or ("abuse",))}
    return stated | {"filed_at": story.now.isoformat()}


def filed_story(*grounds: str) -> Story:
    story = grounds_story().later(days=2)
    return story.act("petition", unit=CIVIL, **petition(story, *grounds))


def judgment(*proved: str, **changes: Any) -> dict[str, Any]:
    ruled = {"result": "revoked", "restoration": "may_apply", "appointed": "civil_affairs", "child_view": "heard"}
    return ruled | {"judgment": "民特1号", "proved": list(proved or ("abuse",))} | changes


def judged_story(*proved: str, **changes: Any) -> Story:
    return filed_story(*proved).later(days=20).act("judge", unit=COURT, **judgment(*proved, **changes))


def revoked_story(*proved: str, **changes: Any) -> Story:
    story = judged_story(*proved, **changes).later(days=1)
    return story.act("serve_judgment", unit=COURT, served_at=story.now.isoformat())


def restoration_filed_story() -> Story:
    story = revoked_story().silence(days=100)
    asked: dict[str, Any] = {"applied_at": story.now.isoformat(), "document": "申请2号", "applicant_barred": False}
    return story.act("apply_for_restoration", unit=COURT, **asked)


# -- SM-F -------------------------------------------------------------------------------------------------------


def proposed_story() -> Story:
    return opened("family_education", "proposed", places={"school": SCHOOL})


def order(kind: str = "court_order", **changes: Any) -> dict[str, Any]:
    said = {"order_kind": kind, "document": "令1号", "duties": ["attend_guidance"], "admonished": True}
    return said | {"supervising_unit": FEDERATION} | changes


def issued_story() -> Story:
    return proposed_story().later(days=3).act("issue", unit=COURT, **order())


def running_story(ends_on: str = "2026-07-08") -> Story:
    story = issued_story().later(hours=2)
    served = {"served_at": story.now.isoformat(), "ends_on": ends_on, "signature_record": "回证1号"}
    return story.act("serve", unit=COURT, **served)


def session(story: Story, **changes: Any) -> dict[str, Any]:
    held = {"guardian_attended": True, "child_seen": True, "mode": "individual"}
    return held | {"session_at": story.now.isoformat()} | changes


def breached_story() -> Story:
    story = running_story().later(days=5)
    return story.act("record_breach", unit=FEDERATION, learned_at=story.now.isoformat(), breach="absent")
