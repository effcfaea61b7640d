"""How screening sites, the maternal and child hospital and those they ask follow an abnormal result (SM-D)."""

from collections.abc import Callable
from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Move, Way, number, plain, timed, ways
from deploy.units import COUNTIES

_TO_TREAT: Final = frozenset(
    {"cin2", "cin3", "ais", "cervical_microinvasive", "cervical_invasive", "breast_atypical", "breast_in_situ"}
    | {"breast_invasive", "confirmed"}
)
_FOUND: Final = {
    "cervical": ("excluded", "benign", "cin1", "cin2", "cin3", "cervical_invasive"),
    "breast": ("excluded", "benign", "breast_atypical", "breast_in_situ", "breast_invasive"),
}


def _contacts(number_of: int) -> Callable[[Desk], bool]:
    return lambda desk: desk.counted("contacts") == number_of


def _refused(desk: Desk) -> bool:
    return desk.case.fields.get("result") == "refused" and desk.counted("contacts") > 0


def _is_tried(desk: Desk) -> bool:
    return desk.counted("contacts") >= 3 and not desk.awaits("home_visit")


_LADDER: Final = (
    Way("record_contact", (4, 20), verb="sms", when=_contacts(0)),
    Way("record_contact", (30, 60), verb="phone", when=_contacts(1)),
    Way("record_contact", (100, 160), verb="visit", when=_contacts(2)),
)
"""Message, telephone, visit: what loss to follow-up is proved by."""


def _diagnosed(desk: Desk) -> Move:
    if not desk.counted("diagnoses"):
        return desk.move("record_diagnosis", desk.hours(100, 300))
    found = desk.case.fields.get("diagnosis")
    hours = desk.hours(20, 150, late=(0.12, 380, 500))
    if found in _TO_TREAT:
        return desk.move("plan_treatment", hours)
    return desk.move("clear" if found == "excluded" else "plan_follow_up", hours)


def _notify(desk: Desk, now: str) -> Fields:
    return {
        "notified_at": now,
        "channel": "phone",
        "referral_slip": number(desk, "转诊"),
        "referral_unit": desk.near("hospital"),
    }


def _contact(means: str) -> Callable[[Desk, str], Fields]:
    def write(desk: Desk, now: str) -> Fields:
        result = desk.rng.choices(["no_answer", "wrong_number", "refused"], [70, 20, 10])[0]
        return {"contacted_at": now, "means": means, "result": result}

    return write


def _diagnose(desk: Desk, now: str) -> Fields:
    found = desk.rng.choice(_FOUND.get(str(desk.case.fields.get("cancer")), ("excluded", "confirmed")))
    stage = {"cervical_invasive": "advanced", "breast_invasive": "early"}.get(found, "precancer")
    return {
        "diagnosed_at": now,
        "diagnosis": found,
        "stage": stage,
        "told_in_person": desk.has(0.6),
        "hardship": desk.has(0.4),
    }


def _check(desk: Desk, now: str) -> Fields:
    return {"checked_at": now, "check": desk.rng.choices(["normal", "unchanged", "progressed"], [50, 35, 15])[0]}


def _elsewhere(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    county = desk.rng.choice([one for one in COUNTIES if one != desk.case.seat[:6]])
    return {"new_hospital": f"mch-hospital@{county}"}


_MOVES: Final = Way("hand_over", (150, 300), share=0.06, once=True)

HABITS: Final = Habits(
    states={
        "rescreen": ways(
            *_LADDER,
            Way("close_not_rescreened", (1500, 1700), when=_is_tried),
        ),
        "screened": ways(
            Way("record_contact", (10, 60), share=0.25, verb="sms"),
            Way("notify", (20, 110), late=(0.1, 200, 340)),
        ),
        "unreachable": ways(
            Way("close_declined", (170, 200), when=_refused),
            Way("notify", (25, 90), share=0.35),
            Way("ask_visit", (24, 50), share=0.5, once=True),
            *_LADDER,
            Way("lose", (180, 230), when=_is_tried),
        ),
        "lost": ways(
            Way("reject_loss", (50, 300), share=0.2, once=True),
            Way("confirm_loss", (100, 500), share=0.5),
        ),
        "referred": ways(
            Way("report_crisis", (20, 100), share=0.04, once=True),
            _MOVES,
            Way("close_deceased", (300, 900), share=0.015),
            Way("no_show", (760, 1000), share=0.12, once=True),
            Way("record_examination", (200, 900), share=0.4),
            Way("record_diagnosis", (240, 1500), late=(0.1, 2200, 2700)),
        ),
        "diagnosed": _diagnosed,
        "follow_up": ways(
            _MOVES,
            Way("record_check", (3300, 4200), late=(0.1, 4500, 5500)),
        ),
        "to_treat": ways(
            Way("refuse_treatment", (100, 300), share=0.15, once=True),
            Way("start_treatment", (100, 600), late=(0.12, 760, 1000)),
        ),
        "refused_treatment": ways(
            Way("persuade", (100, 300), once=True),
            Way("agree_treatment", (310, 600), share=0.5),
            Way("close_refused", (610, 700)),
        ),
        "treated": ways(
            Way("plan_follow_up", (300, 900), share=0.15, once=True),
            Way("close", (100, 300), when=lambda desk: desk.case.fields.get("progress") == "finished"),
            Way("record_treatment", (900, 2000), late=(0.1, 2300, 2600)),
        ),
        "handing_over": ways(
            Way("return_handover", (10, 40), share=0.2, by="receiver"),
            Way("accept_handover", (10, 60), by="receiver"),
        ),
    },
    left=frozenset({"accept_handover"}),
    hours={
        "home_visit": (5, 60),
        "arrival": (100, 600),
        "check_up": (2800, 3200),
        "treat": (600, 900),
        "care": (50, 300),
    },
    writers={
        "notify": _notify,
        "sms": _contact("sms"),
        "phone": _contact("phone"),
        "visit": _contact("visit"),
        "record_diagnosis": _diagnose,
        "record_examination": lambda desk, now: {
            "examined_at": now,
            "examination": desk.rng.choice(["biopsy", "other"]),
        },
        "plan_treatment": lambda desk, _: {"federation_consent": desk.has(0.7), "aid_consent": desk.has(0.8)},
        "start_treatment": timed("started_at"),
        "record_treatment": lambda desk, now: {
            "recorded_at": now,
            "progress": desk.rng.choice(["ongoing", "finished"]),
        },
        "record_check": _check,
        "persuade": timed("persuaded_at"),
        "hand_over": _elsewhere,
        "return_handover": plain(reason="incomplete"),
        "report_crisis": timed("learned_at"),
        "arrival": lambda desk, _: {"attendance": "came" if desk.has(0.9) else "no_show"},
    },
)
