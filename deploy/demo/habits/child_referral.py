"""How child protection and its partners work on a referral (SM-C)."""

from typing import Final

from contracts.codes import unit_at
from deploy.demo.habits.desk import Desk, Fields, Habits, Move, plain, timed

ROAMING: Final = ("childrens-supervisor", "civil-affairs", "education", "womens-federation", "youth-league")


def _triage(desk: Desk) -> Move:
    return desk.move("triage", desk.hours(0, 0, late=(0.12, 1, 5)))


def _triaged(desk: Desk) -> Move:
    grade = desk.case.fields.get("grade")
    hours = {"red": 0.0, "yellow": desk.hours(1, 20, late=(0.1, 25, 40))}.get(str(grade), desk.hours(4, 60))
    if grade != "red" and desk.has(0.12) and not desk.owes:
        return desk.move("no_issue", hours)
    return desk.move("refer", hours)


def _referred(desk: Desk) -> Move:
    if desk.first("return_referral", 0.15):
        return desk.move("return_referral", desk.hours(3, 20), by="receiver")
    if desk.first("withdraw_referral", 0.05):
        return desk.move("withdraw_referral", desk.hours(100, 160))
    return desk.move("accept", desk.hours(2, 22, late=(0.08, 40, 90)), by="receiver")


def _in_service(desk: Desk) -> Move:
    if desk.case.counters.get("follow_ups", 0) >= 6 and not desk.owes:
        return desk.move("close", desk.hours(24, 100))
    if desk.first("relapse", 0.02):
        return desk.move("relapse", desk.hours(100, 500))
    return desk.move("follow_up", desk.hours(560, 690, late=(0.06, 760, 900)))


def _triage_fields(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    grade = desk.rng.choices(["red", "yellow", "blue", "green"], [8, 30, 45, 17])[0]
    return {"grade": grade, "child_seen": desk.has(0.9)}


def _refer(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"to_unit": unit_at(desk.rng.choice(ROAMING), desk.case.region), "needs": ["psychological", "living_aid"]}


def _follow_up(desk: Desk, now: str) -> Fields:
    return {"visited_at": now, "child_seen": True, "services": [desk.rng.choice(["psychological", "family_education"])]}


HABITS: Final = Habits(
    states={
        "received": _triage,
        "triaged": _triaged,
        "referred": _referred,
        "in_service": _in_service,
    },
    writers={
        "triage": _triage_fields,
        "refer": _refer,
        "no_issue": lambda desk, _: {"reason": "no_issue", "second_person": f"w-{desk.rng.randint(1000, 9999)}"},
        "return_referral": plain(reason="incomplete"),
        "follow_up": _follow_up,
        "relapse": timed("learned_at"),
    },
    closing=frozenset({"close", "no_issue"}),
)
