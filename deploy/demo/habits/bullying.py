"""How schools and the education bureau work on bullying (SM-Y)."""

from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Way, number, plain, timed, ways


def _are_invited(desk: Desk) -> bool:
    return not desk.awaits("invite_victim_side") and not desk.awaits("invite_other_side")


def _owes_report(desk: Desk) -> bool:
    return desk.awaits("report_serious")


def _stop(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    """Now and then a school does not call serious what is."""
    serious = bool(desk.case.fields.get("serious")) and desk.has(0.8)
    return {"stop_measures": ["guarded", "separated"], "serious": serious}


def _decide(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    finding = desk.rng.choices(["bullying", "serious", "not_bullying"], [50, 12, 38])[0]
    measures = [] if finding == "not_bullying" else ["apology", "criticism", "guardians"]
    heard = ["other", "other_guardian", "victim", "victim_guardian"]
    return {"finding": finding, "measures": measures, "decided_by": ["principal", "teachers"], "heard": heard}


def _review(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    result, found = desk.rng.choices(["upheld", "changed", "revoked"], [60, 28, 12])[0], desk.case.fields.get("finding")
    if result == "changed":
        found = "bullying" if found == "not_bullying" else "not_bullying"
    return {"review_result": result, "finding": found, "measures": [] if found == "not_bullying" else ["criticism"]}


def _omission(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    known = desk.case.opened_at.isoformat()
    return {"known_at": known, "omission": "concealed", "duty_holder": "school", "superior_blocked": desk.has(0.3)}


def _is_bullying(desk: Desk) -> bool:
    return desk.case.fields.get("finding") in {"bullying", "serious"}


_BESIDE: Final = (
    Way("report_serious", (20, 60), when=_owes_report, by="school", share=0.7),
    Way("not_serious", (20, 90), when=_owes_report, by="education", also={"reason": "no_issue"}),
)

HABITS: Final = Habits(
    states={
        "unassigned": ways(
            Way("send_back", (5, 40), share=0.15),
            Way("assign_school", (2, 22), late=(0.1, 60, 100)),
        ),
        "reported": ways(
            Way("close_in_error", (3, 12), share=0.04, by="education"),
            Way("stop", (0, 1), late=(0.15, 3, 20), share=0.88),
        ),
        "not_stopped": ways(
            Way("urge_school", (1, 10), share=0.4, once=True),
            Way("take_over", (2, 20)),
        ),
        "investigating": ways(
            *_BESIDE,
            Way("find_omission", (60, 90), share=0.06, once=True, by="procuratorate"),
            Way("refer_protection", (30, 90), share=0.1, once=True, by="school"),
            Way("relapse", (40, 90), share=0.07, once=True),
            Way("take_over", (60, 90), share=0.06, by="education"),
            Way("extend_investigation", (120, 200), share=0.15, once=True, by="education"),
            Way("decide", (100, 220), late=(0.12, 260, 400), when=_are_invited),
        ),
        "bureau_investigating": ways(*_BESIDE, Way("decide", (100, 330), late=(0.1, 400, 700), when=_are_invited)),
        "determined": ways(
            *_BESIDE,
            Way("object", (30, 200), share=0.18, once=True),
            Way("relapse", (300, 500), share=0.05, once=True),
            Way("close", (90, 200), when=lambda desk: not _is_bullying(desk)),
            Way("close", (24, 100), when=lambda desk: desk.counted("follow_ups") >= 3),
            Way("follow_up", (400, 690), late=(0.08, 760, 900)),
        ),
        "review": ways(Way("review_decide", (100, 330), late=(0.12, 380, 500))),
    },
    left=frozenset({"report_serious"}),
    hours={"stop_again": (0, 1)},
    writers={
        "assign_school": lambda desk, _: {"to_school": desk.near("school")},
        "stop": _stop,
        "decide": _decide,
        "review_decide": _review,
        "report_serious": timed("known_at"),
        "find_omission": _omission,
        "relapse": timed("learned_at"),
        "object": lambda desk, now: {"objected_at": now, "objector": desk.rng.choice(["victim_side", "other_side"])},
        "follow_up": lambda _, now: {"visited_at": now, "bullied_again": False, "services": ["psychological"]},
        "send_back": plain(reason="no_issue"),
        "close_in_error": lambda desk, _: {"reason": "duplicate", "second_person": number(desk, "复核")},
    },
)
