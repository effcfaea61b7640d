"""Calls to the hotlines: what the golden histories tell and the tests begin from."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.unit.health_stories import CIVIL, COMMITTEE, FEDERATION
from tests.unit.stories import COMMAND, MONDAY, Story, loaded, report

HOTLINE = "hotline@330382"
HANDLER = "justice@330382"


def ticket(unit: str = HOTLINE, *, minor: bool = False, at: datetime = MONDAY, **fields: Any) -> Story:
    """A call on Monday at nine."""
    own = {"line": "hotline_12345", "category": "help", "topic": "rights", "urgency": "normal"}
    made = report("hotline_ticket.opened", at, unit=unit, external_ref="12345-2026-1", **(own | fields))
    roles = ("caller", "victim") if minor else ("caller",)
    return Story(loaded().get("hotline_ticket"), now=at).reported(made, minor=minor, roles=roles)


def kinds(**changes: str) -> dict[str, str]:
    return {"category": "help", "topic": "rights", "urgency": "normal"} | changes


def dispatched(story: Story | None = None, **fields: Any) -> Story:
    found = story or ticket(**fields)
    found.later(minutes=10).act("classify", unit=found.is_.accountable, **kinds(**fields)).later(minutes=10)
    return found.act("dispatch", unit=found.is_.accountable, to_unit=HANDLER)


def handling(**fields: Any) -> Story:
    return dispatched(**fields).later(hours=2).act("sign", unit=HANDLER)


def replied(story: Story, outcome: str = "resolved") -> Story:
    return story.later(hours=3).act("reply", unit=HANDLER, result=outcome, reply_no="办1号")


def callback(story: Story, satisfaction: str) -> dict[str, str]:
    return {"called_at": story.now.isoformat(), "satisfaction": satisfaction}


def answered_at_once() -> Story:
    story = ticket(category="consult").later(minutes=5)
    story.act("answer", unit=HOTLINE, answered_at=story.now.isoformat())
    return story.later(days=2).act("reopen", unit=HOTLINE, reason="called_again")


def complaint_to_satisfaction() -> Story:
    """Returned once, signed, answered by telephone, extended and the caller told, replied, called back: satisfied."""
    story = dispatched(category="complaint").later(hours=3)
    story.act("return_ticket", unit=HANDLER, reason="wrong_jurisdiction").later(minutes=20)
    story.act("dispatch", unit=HOTLINE, to_unit=CIVIL).act("withdraw_dispatch", unit=HOTLINE)
    story.act("dispatch", unit=HOTLINE, to_unit=HANDLER).later(hours=1).act("sign", unit=HANDLER)
    story.later(hours=2).act("record_first_answer", unit=HANDLER, channel="phone").later(days=8)
    story.act("ask_extension", unit=HANDLER, reason="appraisal").act("refuse_extension", unit=HOTLINE)
    story.act("ask_extension", unit=HANDLER, reason="complex").later(hours=2)
    story.act("approve_extension", unit=HOTLINE, new_due="2026-01-27").later(hours=1).prove()
    replied(story.later(days=7)).later(hours=20)
    return story.act("record_callback", unit=HOTLINE, **callback(story, "satisfied"))


def overdue_twice_dissatisfied() -> Story:
    """Nobody answers in time: urged, supervised; two answers do not satisfy, and it ends so, on the record."""
    story = handling().silence(days=9).prove()
    story.act("record_first_answer", unit=HANDLER, channel="sms")
    story.act("supervise_overdue", unit=COMMITTEE, supervision_no="督1号")
    replied(story).act("send_back", unit=HOTLINE, reason="not_answered").silence(days=9)
    replied(story.prove()).later(hours=20)
    for _ in range(2):
        story.act("record_callback", unit=HOTLINE, **callback(story, "dissatisfied"))
        if not story.is_.final:
            replied(story)
    return story


def nobody_picks_up() -> Story:
    story = replied(handling(category="suggestion"), "explained")
    for _ in range(3):
        story.later(hours=20).act("record_callback", unit=HOTLINE, **callback(story, "not_reached"))
    return story


def units_confer() -> Story:
    """Whose is it? Three units give their opinion, another unit is found, and the clock goes on."""
    story = handling().later(hours=2).act("ask_coordination", unit=HANDLER, invited=[HANDLER, CIVIL, FEDERATION])
    for task in story.tasks("opinion"):
        found = "lead" if task.unit == CIVIL else "not_ours"
        story.act("complete_task", unit=task.unit, task=task.task_id, opinion=found)
    return story.act("assign", unit=HOTLINE, to_unit=CIVIL, minutes_no="纪要1号")


def units_confer_over_what_is_overdue() -> Story:
    story = handling().silence(days=9).prove().act("ask_coordination", unit=HANDLER, invited=[CIVIL])
    [task] = story.tasks("opinion")
    story.act("complete_task", unit=CIVIL, task=task.task_id, opinion="assist")
    story.act("assign", unit=HOTLINE, to_unit=CIVIL, minutes_no="纪要2号").later(hours=4)
    return story.act("withdraw", unit=HOTLINE, withdrawn_at=story.now.isoformat())


def girl_on_the_child_line() -> Story:
    """A girl calls at night; 110 joins the call, a case is opened, and the ticket keeps only its number."""
    night = MONDAY.replace(hour=23)
    fields = {"line": "child_line", "category": "emergency", "topic": "child", "out_of_hours": True}
    story = ticket("child-protection@330382", minor=True, at=night, **fields).later(minutes=1)
    story.act("call_110", unit=story.is_.accountable, call_reference="通话2号").later(minutes=9)
    [urgent] = story.tasks("urgent_response")
    story.act("complete_task", unit=COMMAND, task=urgent.task_id, measure="safe").later(minutes=5)
    kind: dict[str, Any] = {"case_kind": "harm_to_minor", "caller_is_victim": False, "situation": "mr4"}
    return story.act("open_case", unit=story.is_.accountable, **kind)


def wife_asks_what_a_warning_letter_is() -> Story:
    story = ticket(FEDERATION, line="hotline_12338", topic="dv", category="consult").later(minutes=4)
    told = {"answered_at": story.now.isoformat(), "second_person": "W2"}
    return story.act("answer_protected", unit=FEDERATION, **told)


def night_call_taken_up() -> Story:
    """12338 after hours: taken up next morning; it proves to be violence at home, and a report was sent already."""
    story = ticket(FEDERATION, line="hotline_12338", out_of_hours=True).later(hours=11)
    story.act("take_up", unit=FEDERATION).act("classify", unit=FEDERATION, **kinds(topic="dv"))
    story.act("call_110", unit=FEDERATION, call_reference="通话3号")
    [urgent] = story.tasks("urgent_response")
    story.act("complete_task", unit=COMMAND, task=urgent.task_id, measure="dispatched")
    story.act("link_report", unit=FEDERATION, report_receipt="回执9号")
    return story.later(days=1).act("reopen", unit=FEDERATION, reason="called_again")


def not_urgent_after_all() -> Story:
    story = ticket(category="emergency").later(minutes=2)
    story.act("not_urgent", unit=HOTLINE, reason="no_danger", second_person="W2")
    for change in ({"urgency": "critical"}, {"category": "emergency"}):
        story.act("classify", unit=HOTLINE, **kinds(**change)).act("not_urgent", unit=HOTLINE, **_no_danger())
    return story.act("classify", unit=HOTLINE, **kinds(topic="health"))


def _no_danger() -> dict[str, str]:
    return {"reason": "no_danger", "second_person": "W2"}


def gas_leak() -> Story:
    story = ticket(urgency="critical", topic="other").later(minutes=1)
    return story.act("call_110", unit=HOTLINE, call_reference="通话4号").act("dispatch", unit=HOTLINE, to_unit=HANDLER)


def urgent_ticket_overdue() -> Story:
    return handling(urgency="urgent").silence(days=4)


def consult_overdue() -> Story:
    return handling(category="consult").silence(days=6)


def complaint_overdue_while_units_confer() -> Story:
    story = handling(category="complaint").later(days=10).act("ask_coordination", unit=HANDLER, invited=[CIVIL])
    return story.silence(days=20)


def suggestion_overdue_while_an_extension_is_asked() -> Story:
    story = handling(category="suggestion").later(days=15).act("ask_extension", unit=HANDLER, reason="complex")
    return story.silence(days=12)


def extension_overdue() -> Story:
    story = handling().later(days=3).act("ask_extension", unit=HANDLER, reason="third_party")
    return story.act("approve_extension", unit=HOTLINE, new_due="2026-01-20").silence(days=20)


def child_found_behind_a_complaint() -> Story:
    """While the unit works on it, it sees that a child is beaten: the ticket leaves its hands for a case."""
    story = handling(category="complaint").later(days=1).act("mark_sensitive", unit=HANDLER, topic="child")
    return story.act("open_case", unit=HOTLINE, case_kind="child_in_hardship", caller_is_victim=False)


TOLD: tuple[Callable[[], Story], ...] = (
    answered_at_once,
    complaint_to_satisfaction,
    overdue_twice_dissatisfied,
    nobody_picks_up,
    units_confer,
    units_confer_over_what_is_overdue,
    girl_on_the_child_line,
    wife_asks_what_a_warning_letter_is,
    night_call_taken_up,
    not_urgent_after_all,
    gas_leak,
    urgent_ticket_overdue,
    consult_overdue,
    complaint_overdue_while_units_confer,
    suggestion_overdue_while_an_extension_is_asked,
    extension_overdue,
    child_found_behind_a_complaint,
)
