"""How police, child protection, civil affairs and those they call in work for a child (SM-C)."""

from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Move, Way, Writer, number, plain, timed, ways

_RECEIVERS: Final = ("childrens-supervisor", "civil-affairs", "education", "womens-federation", "youth-league")
_GROUNDS: Final = ("harmed", "guardian_unable", "guardian_refuses", "guardian_missing")
_DECISIONS: Final = ("family_education", "psychological", "school_transfer", "economic_aid", "legal_aid", "medical")
_INVITED: Final = ("police-station", "civil-affairs", "village-committee", "womens-federation", "education")


def _triaged(desk: Desk) -> Move:
    """Red is an emergency or care at once; most others are referred, some are found to be nothing."""
    grade = str(desk.case.fields.get("grade"))
    hours = {"red": 0.0, "yellow": desk.hours(1, 20, late=(0.1, 25, 40))}.get(grade, desk.hours(4, 60))
    thrown = desk.rng.random()
    if grade == "red" and not desk.done.get("emergency"):
        return desk.move("emergency" if thrown < 0.6 else "take_in", hours)
    return desk.move("no_issue" if grade != "red" and thrown < 0.12 else "refer", hours)


def _all_have_spoken(desk: Desk) -> bool:
    return desk.counted("opinion.done") > 0 and not desk.awaits("opinion")


def _grade(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    grade = desk.rng.choices(["red", "yellow", "blue", "green"], [14, 30, 40, 16])[0]
    return {"grade": grade, "child_seen": desk.has(0.9)}


def _refer(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"to_unit": desk.near(desk.rng.choice(_RECEIVERS)), "needs": ["psychological", "living_aid"]}


def _into_care(moment: str) -> Writer:
    def write(desk: Desk, now: str) -> Fields:
        ground = desk.rng.choice(_GROUNDS)
        return {moment: now, "ground": ground, "child_view": "heard", "guardian_may_know": desk.has(0.8)}

    return write


def _assess(desk: Desk, now: str) -> Fields:
    risk = desk.rng.choice(["high", "medium", "low"])
    needs = ["psychological", "family_education"]
    return {
        "assessed_at": now,
        "risk_level": risk,
        "state_guardianship_required": risk == "high",
        "needs": needs,
        "child_view": "heard",
    }


def _invite(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"invited": [desk.near(kind) for kind in _INVITED], "proposal": "return_home"}


def _opinion(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    if desk.has(0.12):
        return {"opinion": "dissent", "dissent_reason": "danger_remains", "document": number(desk, "意见书")}
    return {"opinion": "abstain" if desk.has(0.05) else "support"}


def _conclude(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    """A dissent is answered; what is decided becomes tasks of those it names."""
    dissent = desk.counted("opinion.dissent") > 0
    decided: list[str] = sorted(desk.rng.sample(_DECISIONS, 2))
    return {
        "child_view": "heard",
        "also_heard": ["guardian"],
        "dissent_answer": desk.rng.choice(["adopted", "not_adopted"]) if dissent else "none",
        "decisions": decided,
    }


def _collected(desk: Desk, now: str) -> Fields:
    return {
        "collected_at": now,
        "collector": desk.rng.choice(["guardian", "other_guardian", "relative"]),
        "village_unit": desk.near("village-committee"),
    }


def _follow_up(desk: Desk, now: str) -> Fields:
    return {"visited_at": now, "child_seen": True, "services": [desk.rng.choice(["psychological", "family_education"])]}


_AFTER_CARE: Final = (
    Way("start_long_term", (20, 150), share=0.5),
    Way("petition_after_term", (20, 120), share=0.4),
    Way("continue_after_term", (10, 100)),
)

HABITS: Final = Habits(
    states={
        "received": ways(Way("triage", (0, 0), late=(0.12, 1, 5))),
        "triaged": _triaged,
        "emergency": ways(
            Way("safe_at_home", (0, 1), share=0.4),
            Way("to_hospital", (0, 1), share=0.3),
            Way("remove_and_escort", (0, 1), late=(0.15, 3, 8)),
        ),
        "in_hospital": ways(
            Way("record_stay", (30, 140), share=0.3, once=True),
            Way("discharge_home", (100, 400), share=0.4),
            Way("discharge_to_care", (100, 300)),
        ),
        "temporary_care": ways(
            Way("name_school", (5, 20), share=0.4, once=True),
            Way("hand_to_relative", (30, 300), share=0.2, once=True),
            Way("start_assessment", (24, 300)),
        ),
        "assessing": ways(
            Way("record_assessment", (100, 500), when=lambda desk: not desk.counted("assessments")),
            Way("call_conference", (510, 640), late=(0.1, 760, 1100)),
        ),
        "conference": ways(
            Way("conclude_petition", (20, 200), share=0.22, when=_all_have_spoken),
            Way("conclude_long_term", (20, 200), share=0.1, when=_all_have_spoken),
            Way("conclude_continue", (20, 200), share=0.2, when=_all_have_spoken, once=True),
            Way("conclude_return", (20, 200), when=_all_have_spoken),
        ),
        "petition_pending": ways(
            Way("petition_failed", (1300, 2200), share=0.25),
            Way("new_guardian", (1300, 2200), share=0.4),
            Way("start_long_term", (1300, 2200), also={"long_term_ground": "revoked"}),
        ),
        "term_over": ways(*_AFTER_CARE),
        "awaiting_collection": ways(
            Way("refused_to_collect", (20, 60), share=0.1, once=True),
            Way("collected", (10, 68), late=(0.12, 74, 100)),
        ),
        "long_term": ways(
            Way("end_long_term", (2000, 6000), share=0.15),
            Way("guardian_restored", (2000, 4000), share=0.1, once=True),
            Way("record_check", (1800, 4200)),
        ),
        "referred": ways(
            Way("return_referral", (3, 20), share=0.15, once=True, by="receiver"),
            Way("withdraw_referral", (60, 120), share=0.05, once=True),
            Way("accept", (2, 22), late=(0.12, 60, 400), by="receiver"),
        ),
        "returned": ways(
            Way("handle_otherwise", (3, 30), share=0.3),
            Way("refer_again", (3, 30), late=(0.1, 60, 90)),
        ),
        "rerouted": ways(
            Way("assign_receiver", (10, 60), share=0.3, once=True),
            Way("accept", (70, 90), by="receiver"),
        ),
        "in_service": ways(
            Way("close", (24, 100), when=lambda desk: desk.counted("follow_ups") >= 6),
            Way("relapse", (100, 500), share=0.03, once=True),
            Way("end_service", (400, 1500), share=0.03),
            Way("pass_on", (200, 600), share=0.04, once=True),
            Way("record_attempt", (500, 550), share=0.05, once=True),
            Way("follow_up", (560, 690), late=(0.06, 760, 900)),
        ),
        "passing_on": ways(
            Way("return_next", (10, 40), share=0.2, by="next-receiver"),
            Way("accept_next", (10, 60), by="next-receiver"),
        ),
    },
    left=frozenset({"accept_referral", "accept_next"}),
    hours={"tell_school": (1, 20), "receive_child": (0, 1), "referral_feedback": (20, 150), "opinion": (4, 60)},
    writers={
        "triage": _grade,
        "refer": _refer,
        "pass_on": lambda desk, _: {"to_unit": desk.near(desk.rng.choice(_RECEIVERS))},
        "assign_receiver": lambda desk, _: {"to_unit": desk.near("civil-affairs")},
        "no_issue": lambda desk, _: {"reason": "no_issue", "second_person": f"w-{desk.rng.randint(1000, 9999)}"},
        "return_referral": plain(reason="incomplete"),
        "return_next": plain(reason="incomplete"),
        "remove_and_escort": _into_care("removed_at"),
        "discharge_to_care": _into_care("discharged_at"),
        "discharge_home": timed("discharged_at"),
        "take_in": _into_care("taken_in_at"),
        "hand_to_relative": lambda _, now: {"told_at": now, "child_view": "heard", "confirmed_by": "police"},
        "record_assessment": _assess,
        "call_conference": _invite,
        "opinion": _opinion,
        "conclude_return": lambda desk, now: _conclude(desk, now) | {"told_at": now},
        "conclude_petition": _conclude,
        "conclude_long_term": _conclude,
        "conclude_continue": _conclude,
        "new_guardian": timed("told_at"),
        "guardian_restored": timed("told_at"),
        "start_long_term": plain(long_term_ground="guardian_incapable"),
        "collected": _collected,
        "record_check": lambda desk, now: {
            "assessed_at": now,
            "child_view": "heard",
            "risk_level": desk.rng.choice(["medium", "low"]),
        },
        "follow_up": _follow_up,
        "record_attempt": timed("attempted_at"),
        "relapse": timed("learned_at"),
    },
)
