"""How those who order family education, and those who guide, work on an order (SM-F)."""

from datetime import datetime, timedelta
from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Way, number, plain, timed, ways

_SUPERVISORS: Final = ("womens-federation", "childrens-supervisor", "education", "youth-league")


def _issue(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {
        "duties": ["attend_guidance", "care"],
        "guidance_unit": desk.near(desk.rng.choice(_SUPERVISORS)),
    }


def _serve(desk: Desk, now: str) -> Fields:
    ends = datetime.fromisoformat(now) + timedelta(days=desk.rng.choice([60, 90, 120]))
    return {"served_at": now, "period_ends_on": ends.date().isoformat(), "signature_record": number(desk, "回证")}


def _extend(desk: Desk, now: str) -> Fields:
    ends = datetime.fromisoformat(now) + timedelta(days=desk.rng.randint(40, 60))
    return {"approval": number(desk, "延期"), "period_ends_on": ends.date().isoformat()}


def _session(desk: Desk, now: str) -> Fields:
    return {"session_at": now, "guardian_attended": True, "child_seen": desk.has(0.7)}


HABITS: Final = Habits(
    states={
        "proposed": ways(
            Way("not_ordered", (40, 300), share=0.12),
            Way("issue", (20, 250), share=0.35, by="court", also={"order": "court_order"}),
            Way("issue", (20, 250), share=0.3, by="police-station", also={"order": "directive"}),
            Way("issue", (20, 250), late=(0.15, 800, 1000), also={"order": "supervision_order"}),
        ),
        "issued": ways(
            Way("object", (5, 40), share=0.08, once=True),
            Way("serve", (5, 60), late=(0.15, 130, 200)),
        ),
        "objected": ways(
            Way("overturn", (40, 100), share=0.25),
            Way("uphold", (40, 140)),
        ),
        "running": ways(
            Way("record_breach", (200, 700), share=0.3, once=True, by="supervisor"),
            Way("change_supervisor", (100, 300), share=0.1, once=True),
            Way("record_session", (300, 690), late=(0.15, 760, 900), since="session_at"),
        ),
        "breached": ways(
            Way("refer_protection", (10, 60), share=0.3),
            Way("refer_petition", (10, 60), share=0.15),
            Way("admonish", (10, 90)),
        ),
        "evaluation": ways(
            Way("extend", (20, 100), share=0.1, once=True),
            Way("conclude", (30, 200), when=lambda desk: desk.counted("guidance_report.done") > 0),
            Way("conclude_without_report", (400, 700)),
        ),
    },
    writers={
        "issue": _issue,
        "serve": _serve,
        "extend": _extend,
        "record_session": _session,
        "object": timed("objected_at"),
        "change_supervisor": lambda desk, now: {"guidance_unit": desk.near("childrens-supervisor")},  # noqa: ARG005
        "record_breach": lambda desk, now: {"learned_at": now, "breach": desk.rng.choice(["absent", "refuses"])},
        "not_ordered": plain(not_ordered="accepts_willingly"),
        "conclude": plain(result="improved"),
        "guidance_report": lambda desk, now: {"result": desk.rng.choice(["improved", "improved", "partly"])},  # noqa: ARG005
    },
    hours={"guidance_report": (20, 200), "guide_family": (1000, 1800)},
)
