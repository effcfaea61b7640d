"""How women's federations and those who hold the data work on relief for the two cancers (SM-D2)."""

from datetime import datetime, timedelta
from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Move, Way, plain, timed, ways

_PAID_FOR: Final = frozenset({"cervical_iib_or_above", "breast_invasive"})


def _checking(desk: Desk) -> Move | None:
    """Once income, disease and register are checked the applicant is listed or told why not."""
    if desk.first("request_papers", 0.2):
        return desk.move("request_papers", desk.hours(10, 40))
    if any(desk.awaits(kind) for kind in ("check_income", "check_disease", "check_register")):
        return None
    hours, refusal = desk.hours(100, 330, late=(0.1, 400, 500)), _refusal(desk)
    return desk.move("reject", hours, refusal=refusal) if refusal else desk.move("list_applicant", hours)


def _refusal(desk: Desk) -> str | None:
    found = desk.case.fields
    if not found.get("income_confirmed"):
        return "not_on_list"
    if found.get("already_paid"):
        return "already_paid"
    if found.get("disease_finding") in _PAID_FOR:
        return None
    return "stage_below" if found.get("disease_finding") == "cervical_below_iib" else "not_invasive"


def _disease(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    stated = desk.case.fields.get("diagnosis")
    breast = desk.case.fields.get("cancer") == "breast"
    known = {"cervical_below_iib", "cervical_iib_or_above", "breast_in_situ", "breast_invasive"}
    likely = "breast_invasive" if breast else "cervical_iib_or_above"
    return {"disease_finding": stated if stated in known else likely}


def _window(desk: Desk, now: str) -> Fields:
    opens = datetime.fromisoformat(now) + timedelta(days=desk.rng.randint(20, 60))
    return {"window_opens": opens.date().isoformat(), "window_closes": (opens + timedelta(days=40)).date().isoformat()}


def _closes(desk: Desk, now: str) -> Fields:
    return {
        "window_closes": (datetime.fromisoformat(now) + timedelta(days=desk.rng.randint(20, 40))).date().isoformat()
    }


HABITS: Final = Habits(
    states={
        "identified": ways(
            Way("withdraw", (60, 150), share=0.08),
            Way("set_window", (20, 120), share=0.4, once=True),
            Way("open_window", (20, 120), share=0.4),
            Way("apply", (30, 200)),
        ),
        "window_open": ways(
            Way("report_crisis", (10, 40), share=0.05, once=True),
            Way("apply", (60, 450), share=0.85),
        ),
        "checking": _checking,
        "papers": ways(
            Way("supply_papers", (30, 250), share=0.8),
            Way("reject", (300, 380), also={"refusal": "papers_missing"}),
        ),
        "listed": ways(Way("submit_list", (20, 150), late=(0.1, 350, 450))),
        "submitted": ways(
            Way("refuse_above", (700, 1800), share=0.12),
            Way("approve", (700, 1800)),
        ),
        "approved": ways(Way("record_payment", (500, 2400))),
    },
    hours={"check_income": (20, 200), "check_disease": (20, 200), "check_register": (5, 100), "other_aid": (50, 300)},
    writers={
        "set_window": _window,
        "open_window": _closes,
        "withdraw": plain(reason="person_declined"),
        "check_income": lambda desk, _: {"income_confirmed": desk.has(0.85)},
        "check_disease": _disease,
        "check_register": lambda desk, _: {"already_paid": desk.has(0.1)},
        "refuse_above": plain(refusal="stage_below"),
        "record_payment": lambda _, now: {"paid_at": now, "amount": 10000},
        "report_crisis": timed("learned_at"),
    },
)
