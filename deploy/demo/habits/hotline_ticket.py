"""How hotline desks and the units they dispatch to work on a ticket (SM-E)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Move, Way, plain, timed, ways

_HANDLERS: Final = {"health": "health", "rights": "womens-federation", "other": "civil-affairs"}


def _is(name: str, *values: object) -> Callable[[Desk], bool]:
    return lambda desk: desk.case.fields.get(name) in values


def _only_asks(desk: Desk) -> bool:
    return desk.case.fields.get("category") == "consult" and not any(subject.minor for subject in desk.case.subjects)


def _replied(desk: Desk) -> Move:
    """The caller is called back, on the next day again when nobody answers."""
    if desk.first("send_back", 0.1):
        return desk.move("send_back", desk.hours(4, 30))
    return desk.move("record_callback", desk.hours(4, 60, late=(0.1, 80, 120)) + 24 * desk.counted("callbacks"))


def _open_case(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    """A child's own call is about the child; a woman's of sexual or domestic violence about her."""
    topic = desk.case.fields.get("topic")
    caller = desk.case.subjects[0]
    if topic == "dv" and not caller.minor:
        return {"case_kind": "dv", "caller_is_victim": True, "relation": "spouse"}
    if topic == "sexual_violence" and not caller.minor and caller.sex == "female":
        return {"case_kind": "harm_to_woman", "caller_is_victim": True}
    if topic == "child" and desk.has(0.4):
        return {"case_kind": "child_in_hardship", "caller_is_victim": caller.minor}
    return {"case_kind": "harm_to_minor", "caller_is_victim": caller.minor, "situation": "mr9"}


def _classify(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {name: desk.case.fields.get(name) for name in ("category", "topic", "urgency")}


def _handler(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"to_unit": desk.near(_HANDLERS.get(str(desk.case.fields.get("topic")), "civil-affairs"))}


def _callback(desk: Desk, now: str) -> Fields:
    if desk.counted("callbacks"):
        return {"called_at": now, "satisfaction": "satisfied"}
    rated = desk.rng.choices(["satisfied", "fair", "dissatisfied", "not_reached"], [55, 20, 15, 10])[0]
    return {"called_at": now, "satisfaction": rated}


def _later(now: str, days: int) -> str:
    return (datetime.fromisoformat(now) + timedelta(days=days)).date().isoformat()


HABITS: Final = Habits(
    states={
        "urgent": ways(
            Way("not_urgent", (0, 0.1), share=0.15),
            Way("call_110", (0, 0), late=(0.1, 1, 3)),
        ),
        "sensitive": ways(
            Way("answer_protected", (0, 3), when=_only_asks, share=0.6),
            Way("link_report", (1, 5), share=0.15),
            Way("open_case", (0, 2), late=(0.15, 4, 20)),
        ),
        "out_of_hours": ways(Way("take_up", (9, 14))),
        "accepted": ways(
            Way("answer", (0, 2), share=0.4, when=_is("topic", "health", "rights", "other")),
            Way("withdraw", (2, 8), share=0.04),
            Way("classify", (0, 3), late=(0.1, 12, 30)),
        ),
        "dispatching": ways(Way("dispatch", (0, 3), late=(0.1, 12, 40))),
        "dispatched": ways(
            Way("return_ticket", (1, 6), share=0.14, once=True, by="handler"),
            Way("withdraw_dispatch", (3, 8), share=0.04, once=True),
            Way("sign", (0.5, 6), late=(0.12, 20, 60), by="handler"),
        ),
        "handling": ways(
            Way("record_first_answer", (4, 20), late=(0.15, 30, 60), once=True),
            Way("mark_sensitive", (20, 30), share=0.04, also={"topic": "dv"}),
            Way("ask_coordination", (20, 40), share=0.08, once=True),
            Way("ask_extension", (30, 60), share=0.15, once=True),
            Way("reply", (24, 110), late=(0.15, 150, 300)),
        ),
        "extension_asked": ways(
            Way("refuse_extension", (2, 18), share=0.25),
            Way("approve_extension", (2, 18)),
        ),
        "coordinating": ways(Way("assign", (20, 60), when=lambda desk: not desk.awaits("opinion"))),
        "overdue": ways(
            Way("supervise_overdue", (10, 30), share=0.4, once=True, by="desk"),
            Way("record_first_answer", (5, 20), once=True),
            Way("reply", (20, 80)),
        ),
        "replied": _replied,
        "redo": ways(Way("reply", (20, 60), late=(0.15, 120, 200))),
    },
    left=frozenset({"sign"}),
    hours={"opinion": (2, 18)},
    writers={
        "open_case": _open_case,
        "classify": _classify,
        "dispatch": _handler,
        "assign": _handler,
        "ask_coordination": lambda desk, _: {"invited": [desk.near("justice"), desk.near("womens-federation")]},
        "approve_extension": lambda _, now: {"new_due": _later(now, 5)},
        "return_ticket": plain(reason="wrong_jurisdiction"),
        "reply": lambda desk, _: {"result": desk.rng.choice(["resolved", "resolved", "explained"])},
        "record_callback": _callback,
        "answer": timed("answered_at"),
        "answer_protected": timed("answered_at"),
        "withdraw": timed("withdrawn_at"),
    },
)
