"""How screening sites and the maternal and child hospital follow an abnormal result (SM-D)."""

from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Move, number


def _screened(desk: Desk) -> Move:
    if desk.first("record_attempt", 0.15):
        return desk.move("record_attempt", desk.hours(10, 60))
    return desk.move("notify", desk.hours(20, 130, late=(0.1, 200, 340)))


def _diagnosis(desk: Desk) -> Move | None:
    if desk.has(0.04):
        return None  # she never comes; the clock shows it
    return desk.move("record_diagnosis", desk.hours(240, 1500, late=(0.08, 2200, 2700)))


def _notify(desk: Desk, now: str) -> Fields:
    return {"notified_at": now, "channel": "phone", "referral_slip": number(desk, "转诊")}


def _diagnose(desk: Desk, now: str) -> Fields:
    found = ["benign", "benign", "cin1", "precancer", "cancer"]
    return {"diagnosed_at": now, "diagnosis": desk.rng.choice(found)}


HABITS: Final = Habits(
    states={
        "screened": _screened,
        "referred": _diagnosis,
    },
    writers={
        "record_attempt": lambda _, now: {"attempted_at": now, "channel": "phone"},
        "notify": _notify,
        "record_diagnosis": _diagnose,
    },
    closing=frozenset({"record_diagnosis"}),
)
