"""How townships and civil affairs work on an application of a child in hardship (SM-W)."""

from datetime import date, datetime, timedelta
from typing import Final

from contracts.codes import unit_at
from deploy.demo.habits.desk import Desk, Fields, Habits, Way, number, plain, timed, ways


def _next_month(now: str) -> str:
    day = datetime.fromisoformat(now).date().replace(day=1)
    first: date = (day + timedelta(days=32)).replace(day=1)
    return first.isoformat()


def _complete(desk: Desk, now: str) -> Fields:
    return {"papers_complete_at": now, "cross_province": bool(desk.case.fields.get("cross_province"))}


def _is_elsewhere(desk: Desk) -> bool:
    """The home is in another province, and in none of the townships that are here."""
    return bool(desk.case.fields.get("cross_province")) and not desk.case.fields.get("home_unit")


def _push(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    home = str(desk.case.fields.get("home_unit") or desk.near("township-government"))
    return {"home_unit": home, "home_civil_affairs": unit_at("civil-affairs", home.partition("@")[2])}


def _confirm(desk: Desk, now: str) -> Fields:
    stated = desk.case.fields.get("applied_for") or "in_hardship"
    return {"recognised_as": stated, "decided_at": now, "entitled_from": _next_month(now)}


def _recheck(desk: Desk, now: str) -> Fields:
    care = desk.rng.choice(["good", "fair", "poor"])
    return {"checked_at": now, "child_seen": True, "still_eligible": desk.has(0.85), "care": care}


_REFUSAL: Final = {"refusal": "grounds_not_met"}

HABITS: Final = Habits(
    states={
        "applied": ways(
            Way("ask_papers", (4, 22), share=0.35, once=True),
            Way("papers_complete", (4, 60), late=(0.1, 80, 150)),
        ),
        "papers_missing": ways(
            Way("withdraw", (100, 200), share=0.1),
            Way("papers_complete", (50, 300)),
        ),
        "entering": ways(
            Way("push_elsewhere", (5, 60), when=_is_elsewhere),
            Way("enter_and_push", (5, 60), late=(0.1, 90, 200)),
        ),
        "elsewhere": ways(Way("record_elsewhere", (200, 600))),
        "checking": ways(
            Way("refer_protection", (20, 50), share=0.08, once=True),
            Way("check_failed", (60, 200), share=0.15),
            Way("check", (60, 220), late=(0.12, 380, 500)),
        ),
        "deciding": ways(
            Way("send_back", (20, 60), share=0.1, once=True),
            Way("refuse", (40, 150), share=0.08),
            Way("confirm", (40, 200), late=(0.12, 380, 500)),
        ),
        "confirmed": ways(Way("pay", (750, 1000))),
        "paying": ways(
            Way("report_change", (1500, 5000), share=0.18, once=True, by="childrens-supervisor"),
            Way("recheck", (4300, 8000)),
        ),
        "stopping": ways(
            Way("keep", (20, 100), share=0.3),
            Way("stop", (20, 200)),
        ),
        "refused": ways(
            Way("reapply", (100, 400), share=0.2, once=True),
            Way("close", (50, 250)),
        ),
    },
    hours={"consider_relief": (20, 150)},
    writers={
        "papers_complete": _complete,
        "enter_and_push": _push,
        "record_elsewhere": lambda desk, now: {
            "decision": desk.rng.choice(["confirmed", "refused"]),
            "decided_at": now,
        },
        "check": plain(posted_publicly=False, data_compared=True, visited=True),
        "check_failed": plain(**_REFUSAL),
        "refuse": plain(**_REFUSAL),
        "send_back": plain(reason="incomplete"),
        "confirm": _confirm,
        "pay": timed("paid_at"),
        "recheck": _recheck,
        "report_change": lambda desk, now: {
            "changed_at": now,
            "change": desk.rng.choice(["parent_able", "moved_away"]),
        },
        "keep": lambda desk, _: {"second_person": number(desk, "复核")},
        "stop": lambda _, now: {"end": "parent_able", "stopped_from": _next_month(now)},
        "reapply": plain(applied_for="in_hardship"),
    },
)
