"""How civil affairs, shelters and federations work on a stay in a shelter."""

from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Way, plain, timed, ways


def _is_safe(desk: Desk) -> bool:
    return desk.counted("contacts") > 0 and desk.case.fields.get("safe") is True


def _leave(desk: Desk, now: str) -> Fields:
    return {"left_at": now, "ending": desk.rng.choice(["returned_home", "relatives", "own_housing"])}


def _contact(desk: Desk, now: str) -> Fields:
    return {"contacted_at": now, "means": "phone", "safe": desk.counted("contacts") > 0 or desk.has(0.85)}


def _admit(desk: Desk, now: str) -> Fields:
    along = desk.case.fields.get("children_along")
    return {"admitted_at": now, "children_along": along if isinstance(along, int) else 0}


HABITS: Final = Habits(
    states={
        "requested": ways(
            Way("place_child", (0, 3), when=lambda desk: desk.case.minor),
            Way("withdraw", (2, 10), share=0.06),
            Way("offer", (0, 3), late=(0.15, 10, 30)),
        ),
        "offered": ways(
            Way("turn_away", (1, 4), share=0.15, once=True, by="shelter"),
            Way("admit", (0, 4), late=(0.1, 8, 20), by="shelter"),
        ),
        "in_stay": ways(
            Way("assess_needs", (10, 40), share=0.5, once=True),
            Way("refer_service", (20, 60), share=0.5, once=True),
            Way("extend_stay", (150, 230), share=0.2, once=True),
            Way("left_without_notice", (60, 180), share=0.08),
            Way("leave", (60, 235), share=0.7),
        ),
        "overdue": ways(
            Way("extend_stay", (2, 20), share=0.4, once=True),
            Way("leave", (10, 60)),
        ),
        "aftercare": ways(
            Way("return_to_shelter", (50, 300), share=0.06, once=True),
            Way("close", (400, 700), when=_is_safe),
            Way("contact", (100, 160), late=(0.1, 200, 300)),
        ),
    },
    hours={"service": (30, 150), "check_safety": (2, 20)},
    writers={
        "offer": lambda desk, _: {"to_shelter": desk.near("shelter")},
        "turn_away": plain(reason="no_capacity"),
        "admit": _admit,
        "refer_service": lambda desk, _: {
            "to_unit": desk.near(desk.rng.choice(["womens-federation", "justice", "health"]))
        },
        "leave": _leave,
        "left_without_notice": timed("left_at"),
        "contact": _contact,
        "return_to_shelter": plain(urgent=True),
    },
)
