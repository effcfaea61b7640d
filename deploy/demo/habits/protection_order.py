"""How federations, courts, police and villages work on a protection order (SM-P)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Way, number, plain, timed, ways


def _is(name: str, value: object) -> Callable[[Desk], bool]:
    return lambda desk: desk.case.fields.get(name) == value


def _are_served(desk: Desk) -> bool:
    return not desk.awaits("serve_applicant") and not desk.awaits("serve_respondent")


def _day(now: str, days: int) -> str:
    return (datetime.fromisoformat(now) + timedelta(days=days)).date().isoformat()


def _file(desk: Desk, now: str) -> Fields:
    return {
        "filed_at": now,
        "applied_by": str(desk.case.fields.get("applied_by") or "victim"),
        "oral": desk.has(0.2),
        "measures": ["no_contact", "no_violence"],
        "evidence": ["police_record", "statement"],
    }


def _accept(desk: Desk, now: str) -> Fields:
    return {"accepted_at": now, "case_no": number(desk, "民保令"), "urgent": bool(desk.case.fields.get("urgent"))}


def _grant(desk: Desk, now: str) -> Fields:
    return {
        "granted_at": now,
        "decision_no": number(desk, "民保令"),
        "measures": ["no_contact", "no_violence"],
        "valid_until": _day(now, desk.rng.choice([60, 90, 120, 178])),
    }


def _violation(desk: Desk, now: str) -> Fields:
    found = desk.rng.choice(["victim", "police_call", "assisting_unit", "court_visit"])
    violated = [desk.rng.choice(["no_contact", "no_contact", "no_violence"])]
    return {"violated_at": now, "learned_at": now, "violated": violated, "found_by": found, "in_danger": desk.has(0.2)}


def _respond(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    response = desk.rng.choice(["admonished", "admonished", "fined", "detained", "criminal"])
    return {"response": response, "amount": {"fined": 500, "detained": 5}.get(response, 0)}


HABITS: Final = Habits(
    states={
        "advised": ways(
            Way("decline", (10, 60), share=0.35),
            Way("request", (5, 60), late=(0.2, 80, 120)),
        ),
        "drafting": ways(
            Way("withdraw_application", (4, 20), share=0.06),
            Way("ask_help", (1, 4), share=0.2, once=True),
            Way("file", (5, 22), late=(0.15, 30, 60)),
        ),
        "filed": ways(
            Way("return_application", (2, 12), share=0.08, once=True),
            Way("accept_application", (1, 14), late=(0.1, 26, 40)),
        ),
        "deciding": ways(
            Way("mark_urgent", (2, 8), share=0.1, once=True, when=lambda desk: not desk.case.fields.get("urgent")),
            Way("withdraw_application", (3, 15), share=0.05),
            Way("reject", (4, 20), share=0.15),
            Way("grant", (2, 18), late=(0.1, 26, 40), when=_is("urgent", True)),
            Way("grant", (10, 66), late=(0.1, 75, 100)),
        ),
        "serving": ways(
            Way("apply_reconsideration", (0.5, 3), share=0.12, once=True),
            Way("serve", (3, 20), when=_are_served),
        ),
        "rejected": ways(
            Way("apply_reconsideration", (5, 90), share=0.3, once=True),
            Way("accept_rejection", (10, 60), share=0.5),
        ),
        "reconsidering": ways(
            Way("grant", (10, 66), share=0.35),
            Way("uphold", (10, 66), late=(0.1, 75, 100)),
        ),
        "in_force": ways(
            Way("revoke_on_review", (1, 5), when=_is("review_result", "revoked")),
            Way("log_visit", (50, 200), share=0.3, once=True),
            Way("report_violation", (200, 1300), share=0.22, once=True, by="police-station"),
            Way("apply_change", (700, 1350), share=0.25, once=True, by="womens-federation"),
        ),
        "reviewing": ways(
            Way("reject_change", (5, 60), share=0.2),
            Way("extend", (5, 60), late=(0.1, 75, 90), when=_is("asks", "extend")),
            Way("change_order", (5, 60), when=_is("asks", "change")),
            Way("revoke", (5, 60)),
        ),
        "violated": ways(Way("respond", (8, 66), late=(0.15, 75, 120))),
        "expired": ways(
            Way("return_form_unsigned", (20, 60), share=0.15),
            Way("return_form", (5, 60), late=(0.1, 100, 150)),
        ),
    },
    left=frozenset({"help_apply"}),
    hours={"regular_visit": (450, 690), "first_check": (5, 66), "reconsider": (10, 66), "attend_violation": (0, 0)},
    writers={
        "request": plain(applied_by="victim"),
        "ask_help": lambda desk, _: {"to_unit": desk.near("village-committee"), "applicant_ground": "coerced"},
        "file": _file,
        "accept_application": _accept,
        "mark_urgent": plain(urgent=True),
        "grant": _grant,
        "reject": timed("rejected_at"),
        "apply_reconsideration": timed("applied_at"),
        "serve": timed("served_at"),
        "reconsider": lambda desk, _: {"review_result": "revoked" if desk.has(0.2) else "upheld"},
        "log_visit": timed("visited_at"),
        "report_violation": _violation,
        "respond": _respond,
        "apply_change": lambda desk, _: {"asks": desk.rng.choice(["extend", "extend", "change", "revoke"])},
        "extend": lambda desk, now: {"valid_until": _day(now, desk.rng.choice([60, 90, 150]))},
        "change_order": plain(measures=["move_out", "no_violence"]),
        "return_form": lambda desk, _: {"signed": True, "wants_new_order": desk.has(0.15)},
    },
)
