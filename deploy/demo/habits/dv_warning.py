"""How police and village work on a case of domestic violence (SM-B)."""

from collections.abc import Callable
from typing import Final

from contracts.codes import UnitKind
from deploy.demo.habits.desk import (
    POLICE_WRITERS,
    Desk,
    Fields,
    Habits,
    Move,
    close,
    new_station,
    number,
    numbered,
    plain,
    result,
)
from deploy.units import body_at


def _reported(desk: Desk) -> Move:
    return desk.move("dispatch", desk.hours(0, 0, late=(0.08, 1, 4)))


def _beside(desk: Desk) -> Move | None:
    """What is done for the victim beside the step: a wish for an order or a shelter, support by others."""
    for action, share in (("request_protection_order", 0.08), ("request_shelter", 0.05), ("refer_support", 0.15)):
        if desk.first(action, share) and not (desk.case.minor and action == "request_shelter"):
            return desk.move(action, desk.hours(0, 1))
    return None


def _on_scene(desk: Desk) -> Move:
    if beside := _beside(desk):
        return beside
    if desk.first("close_without_decision", 0.04):
        return desk.move("close_without_decision", desk.hours(1, 20))
    if desk.first("verify", 0.25):
        return desk.move("verify", desk.hours(1, 6))
    return desk.move("assess", desk.hours(1, 40, late=(0.07, 80, 140)))


def _verifying(desk: Desk) -> Move:
    return desk.move("assess", desk.hours(4, 40, late=(0.1, 70, 110)))


def _assessed(desk: Desk) -> Move:
    fields = desk.case.fields
    hours = desk.hours(0.5, 10)
    if desk.done.get("order_letter", 0) and desk.counted("assessments") < 2:
        return desk.move("assess", hours)
    if fields.get("facts_found") != "established":
        return desk.move("not_established", hours, reason_no_letter="not_established")
    if fields.get("criticism_grounds"):
        return desk.move("criticise", hours, reason_no_letter="slight_and_forgiven")
    if fields.get("penalty_grounds") or fields.get("prior_warning"):
        criminal = desk.has(0.25)
        reason = "criminal_instead" if criminal else "penalty_instead"
        return desk.move("file_criminal" if criminal else "penalise", hours, reason_no_letter=reason)
    return desk.move("warn", hours)


def _issuing(desk: Desk) -> Move:
    refused = desk.has(0.15)
    return desk.move("serve_refused" if refused else "serve", desk.hours(1, 20, late=(0.06, 26, 60)))


def _first_visit(desk: Desk) -> Move:
    if desk.first("record_attempt", 0.12):
        return desk.move("record_attempt", desk.hours(40, 90))
    verb = "visit_recurrence" if desk.has(0.05) else "visit_clean"
    return desk.move("record_visit", desk.hours(70, 150, late=(0.1, 180, 420)), verb=verb)


def _quarterly(desk: Desk) -> Move:
    if desk.first("change_station", 0.04):
        return desk.move("change_station", desk.hours(300, 900))
    if desk.has(0.03):
        return desk.move("report_recurrence", desk.hours(300, 1800))
    verb = "visit_recurrence" if desk.has(0.02) else "visit_clean"
    return desk.move("record_visit", desk.hours(1850, 2120, late=(0.08, 2230, 2600)), verb=verb)


def _handing_over(desk: Desk) -> Move:
    return desk.move("accept_handover", desk.hours(5, 50, late=(0.1, 100, 150)), by="receiving-station")


def _recurred(desk: Desk) -> Move:
    hours = desk.hours(0, 0, late=(0.2, 3, 40))
    if desk.case.fields.get("breach") == "letter":
        return desk.move("penalise", hours, penalty_basis="letter_breach")
    action = desk.rng.choice(["penalise", "penalise", "file_criminal", "open_new_case"])
    return desk.move(action, hours, **({"penalty_basis": "violence"} if action == "penalise" else {}))


def _criticised(desk: Desk) -> Move:
    if desk.case.fields.get("letter_review") == "should_issue" and not desk.done.get("order_letter"):
        return desk.move("order_letter", desk.hours(1, 20), by="police-bureau")
    return close(desk)


def _penalised(desk: Desk) -> Move:
    return result(desk, least=150, most=650)


def _criminal(desk: Desk) -> Move:
    return desk.move("record_outcome", desk.hours(1500, 4000))


def _assess(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    """The outcome is decided here; the next step only follows what was ticked."""
    course = desk.rng.choices(["warn", "criticise", "penalise", "not_established"], [60, 12, 14, 14])[0]
    if desk.case.fields.get("prior_warning"):
        course = "penalise"
    if desk.done.get("order_letter"):
        course = "warn"
    return assessment(course, disputed=desk.has(0.3))


def assessment(course: str, *, disputed: bool = False) -> Fields:
    """What is ticked when the violence leads to this decision."""
    established = course != "not_established"
    evidence: list[str] = ["perpetrator_statement", "victim_statement", *(["recording", "injury"] if disputed else [])]
    return {
        "facts_found": "established" if established else "not_proved",
        "evidence": evidence if established else ["victim_statement"],
        "disputed": disputed,
        "warning_grounds": ["victim_asks"] if course == "warn" else [],
        "criticism_grounds": ["slight_and_forgiven"] if course == "criticise" else [],
        "penalty_grounds": ["multiple_times"] if course in {"penalise", "file_criminal"} else [],
        "criteria_met": course == "warn",
        "victim_advised": ["protection_order", "legal_aid"],
    }


def _serve(desk: Desk, now: str) -> Fields:
    return {"served_at": now, "village_unit": _village(desk), "signature_record": number(desk, "签收")}


def _serve_refused(desk: Desk, now: str) -> Fields:
    return {
        "served_at": now,
        "village_unit": _village(desk),
        "refusal_note": number(desk, "拒签"),
        "video_reference": number(desk, "录像"),
    }


def _village(desk: Desk) -> str:
    return body_at(UnitKind.VILLAGE_COMMITTEE, desk.case.region)


def _visit(result: str) -> Callable[[Desk, str], Fields]:
    def write(desk: Desk, now: str) -> Fields:
        fields: Fields = {"visited_at": now, "result": result, "perpetrator_seen": True, "victim_seen": True}
        return fields | ({"with_units": ["village_committee", "womens_federation"]} if desk.has(0.5) else {})

    return write


def _recurrence(desk: Desk, now: str) -> Fields:
    return {"learned_at": now, "breach": "letter" if desk.has(0.3) else "violence", "order_in_force": False}


def _attempt(desk: Desk, now: str) -> Fields:
    return {"attempted_at": now, "reason": desk.rng.choice(["nobody_home", "refused_entry"])}


HABITS: Final = Habits(
    states={
        "reported": _reported,
        "on_scene": _on_scene,
        "verifying": _verifying,
        "assessed": _assessed,
        "issuing": _issuing,
        "first_visit": _first_visit,
        "quarterly_visits": _quarterly,
        "handing_over": _handing_over,
        "recurred": _recurred,
        "penalised": _penalised,
        "criminal": _criminal,
        "criticised": _criticised,
        "not_established": close,
    },
    left=frozenset({"accept_handover"}),
    hours={
        "review_declined": (5, 60),
        "review_closing": (20, 100),
        "educate_perpetrator": (50, 400),
        "support": (20, 150),
    },
    writers={
        "verify": plain(reason="evidence"),
        "assess": _assess,
        "warn": numbered("letter_number", "告诫"),
        "serve": _serve,
        "serve_refused": _serve_refused,
        "visit_clean": _visit("clean"),
        "visit_recurrence": _visit("recurrence"),
        "record_attempt": _attempt,
        "report_recurrence": _recurrence,
        "request_protection_order": lambda desk, _: {"order_wish": desk.rng.choice(["apply", "undecided"])},
        "request_shelter": lambda desk, _: {"urgent": desk.has(0.5), "children_along": 0, "asked_by": "police"},
        "refer_support": lambda desk, _: {"to_unit": desk.near("womens-federation"), "needs": ["psychological"]},
        "close_without_decision": plain(no_decision_reason="mediated"),
        "review_declined": lambda desk, _: {"letter_review": "should_issue" if desk.has(0.3) else "upheld"},
        "change_station": lambda desk, _: {"new_station": new_station(desk), "handover_note": number(desk, "移交")},
        "return_handover": plain(reason="not_resident"),
        "record_outcome": lambda desk, _: {"result": "fine", "document": number(desk, "决定")},
        **POLICE_WRITERS,
    },
)
