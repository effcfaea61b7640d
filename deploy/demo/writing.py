"""What units write into the fields of their actions. Pure: `now` is an argument, chance comes from the desk's dice."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from contracts.cases import Scalar
from contracts.codes import UnitKind, unit_at
from deploy.demo.habits import ROAMING, Desk, Fields, Move
from deploy.units import body_at, townships


def fill(move: Move, desk: Desk, now: datetime) -> Fields:
    """The fields of an action, as its unit fills them at `now`."""
    write = WRITING.get((desk.case.workflow, move.filled_by)) or WRITING.get(("", move.filled_by))
    return (write(desk, now.isoformat()) if write else {}) | move.also


def _number(desk: Desk, what: str) -> str:
    return f"{what}〔2026〕{desk.rng.randint(1, 99999):05d}号"


def _document(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"document": _number(desk, "公文")}


def _assess(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    """The outcome is decided here; the next step only follows what was ticked."""
    course = desk.rng.choices(["warn", "criticise", "penalise", "not_established"], [60, 12, 14, 14])[0]
    if desk.case.fields.get("prior_warning"):
        course = "penalise"
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
    return {"served_at": now, "village_unit": _village(desk), "signature_record": _number(desk, "签收")}


def _serve_refused(desk: Desk, now: str) -> Fields:
    return {
        "served_at": now,
        "village_unit": _village(desk),
        "refusal_note": _number(desk, "拒签"),
        "video_reference": _number(desk, "录像"),
    }


def _village(desk: Desk) -> str:
    return body_at(UnitKind.VILLAGE_COMMITTEE, desk.case.region)


def _visit(result: str) -> Callable[[Desk, str], Fields]:
    def write(desk: Desk, now: str) -> Fields:
        fields: Fields = {"visited_at": now, "result": result, "perpetrator_seen": True, "victim_seen": True}
        return fields | ({"with_units": ["village_committee", "womens_federation"]} if desk.has(0.5) else {})

    return write


def _new_station(desk: Desk) -> str:
    others = [t for t in townships(desk.case.region[:6]) if f"police-station@{t}" != desk.case.accountable]
    return f"police-station@{desk.rng.choice(others)}"


def _told(desk: Desk, now: str) -> Fields:
    return {"second_person": f"w-{desk.rng.randint(1000, 9999)}", "told_reporter_at": now}


def _receive(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    track = desk.rng.choices(["administrative", "criminal", "undetermined"], [50, 42, 8])[0]
    return {"receipt_no": _number(desk, "接报"), "track": track}


def _extension(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    criminal = desk.case.fields.get("track") == "criminal"
    return {"extension": "leads" if criminal else "difficult", "approval": _number(desk, "延期")}


def _triage_fields(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    grade = desk.rng.choices(["red", "yellow", "blue", "green"], [8, 30, 45, 17])[0]
    return {"grade": grade, "child_seen": desk.has(0.9)}


def _refer(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"to_unit": unit_at(desk.rng.choice(ROAMING), desk.case.region), "needs": ["psychological", "living_aid"]}


def _follow_up(desk: Desk, now: str) -> Fields:
    return {"visited_at": now, "child_seen": True, "services": [desk.rng.choice(["psychological", "family_education"])]}


def _attempt(desk: Desk, now: str) -> Fields:
    return {"attempted_at": now, "reason": desk.rng.choice(["nobody_home", "refused_entry"])}


def _notify(desk: Desk, now: str) -> Fields:
    told: Fields = {"notified_at": now, "channel": "phone", "proof": _number(desk, "通话")}
    return told | {"referral_slip": _number(desk, "转诊"), "referral_unit": desk.unit("mch-hospital")}


def _contact(desk: Desk, now: str) -> Fields:
    means = ["sms", "phone", "visit"][desk.case.counters.get("contacts", 0) % 3]
    return {"contacted_at": now, "means": means, "result": "no_answer"}


_DIAGNOSES: Final = {
    "cervical": ["excluded", "benign", "cin1", "cin1", "cin2", "cin3", "cervical_invasive"],
    "breast": ["excluded", "benign", "benign", "breast_in_situ", "breast_invasive"],
}


def _diagnose(desk: Desk, now: str) -> Fields:
    found = desk.rng.choice(_DIAGNOSES.get(str(desk.case.fields.get("cancer")), ["excluded", "confirmed"]))
    stage = {"cin2": "precancer", "cin3": "precancer"}.get(found, desk.rng.choice(["early", "advanced"]))
    known: Fields = {} if found in {"excluded", "benign", "cin1"} else {"stage": stage, "hardship": desk.has(0.3)}
    return {
        "diagnosed_at": now,
        "diagnosis": found,
        "report_no": _number(desk, "病理"),
        "told_in_person": desk.has(0.7),
        **known,
    }


def _treat(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    agrees = desk.has(0.6)
    return {"to_unit": desk.unit("mch-hospital"), "federation_consent": agrees, "aid_consent": agrees and desk.has(0.5)}


def _pay(desk: Desk, now: str) -> Fields:
    return {"paid_at": now, "kind": "lottery_fund", "amount": 10000, "payment_no": _number(desk, "付款")}


def _apply(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"application_no": _number(desk, "申请"), "income": "subsistence", "data_consent": True}


def _plain(**fields: Scalar) -> Callable[[Desk, str], Fields]:
    return lambda desk, now: dict(fields)  # noqa: ARG005


def _numbered(field_name: str, what: str) -> Callable[[Desk, str], Fields]:
    return lambda desk, now: {field_name: _number(desk, what)}  # noqa: ARG005


def _timed(field_name: str) -> Callable[[Desk, str], Fields]:
    return lambda desk, now: {field_name: now}  # noqa: ARG005


_DOCUMENTED: Final = (
    *("accept_admin", "upgrade_criminal", "decide_penalty", "decide_no_penalty", "transfer_for_prosecution"),
    *("withdraw", "judged", "not_prosecuted", "overturn", "uphold", "give_reasons", "notify_to_file"),
)

WRITING: Final[Mapping[tuple[str, str], Callable[[Desk, str], dict[str, Any]]]] = {
    ("", "verify"): _plain(reason="evidence"),
    ("", "assess"): _assess,
    ("", "warn"): _numbered("letter_number", "告诫"),
    ("", "serve"): _serve,
    ("", "serve_refused"): _serve_refused,
    ("", "visit_clean"): _visit("clean"),
    ("", "visit_recurrence"): _visit("recurrence"),
    ("", "report_recurrence"): _timed("learned_at"),
    ("", "change_station"): lambda desk, _: {"new_station": _new_station(desk), "handover_note": _number(desk, "移交")},
    ("", "return_handover"): _plain(reason="not_resident"),
    ("", "extend_case"): _numbered("approval", "延期"),
    ("", "pause_for_appraisal"): _numbered("appraisal", "鉴定"),
    ("", "record_outcome"): lambda desk, _: {"result": "fine", "document": _number(desk, "决定")},
    ("dv_warning", "record_attempt"): _attempt,
    ("screening", "record_contact"): _contact,
    ("screening", "plan_follow_up"): lambda desk, _: {"to_unit": desk.unit("mch-hospital")},
    ("screening", "plan_treatment"): _treat,
    ("screening", "record_check"): lambda _, now: {"checked_at": now, "check": "normal"},
    ("screening", "lose"): _numbered("loss_record", "失访"),
    ("screening", "start_treatment"): lambda _, now: {"started_at": now, "treatment": "surgery"},
    ("screening", "refuse_treatment"): _numbered("refusal_slip", "拒绝治疗"),
    ("screening", "close_refused"): _numbered("refusal_slip", "拒绝治疗"),
    ("screening", "persuade"): _timed("persuaded_at"),
    ("screening", "record_treatment"): lambda _, now: {"recorded_at": now, "progress": "finished"},
    ("relief", "apply"): _apply,
    ("relief", "submit_list"): _numbered("list_no", "名单"),
    ("relief", "approve"): _numbered("approval_no", "批准"),
    ("relief", "record_payment"): _pay,
    ("", "receive"): _receive,
    ("", "receive_transfer"): _receive,
    ("", "transfer_jurisdiction"): lambda desk, _: {
        "new_station": _new_station(desk),
        "transfer_note": _number(desk, "移送"),
    },
    ("", "extend_review"): _extension,
    ("", "close_not_police_matter"): _told,
    ("", "close_duplicate"): _told,
    ("", "not_file"): lambda desk, _: {"reason": "no_crime", **_document(desk, "")},
    ("", "apply_reconsideration"): _timed("applied_at"),
    ("mandatory_report", "file_criminal"): _document,
    **{("", name): _document for name in _DOCUMENTED},
    ("", "triage"): _triage_fields,
    ("", "refer"): _refer,
    ("", "no_issue"): lambda desk, _: {"reason": "no_issue", "second_person": f"w-{desk.rng.randint(1000, 9999)}"},
    ("", "return_referral"): _plain(reason="incomplete"),
    ("", "follow_up"): _follow_up,
    ("", "relapse"): _timed("learned_at"),
    ("", "notify"): _notify,
    ("", "record_diagnosis"): _diagnose,
    ("", "find_omission"): lambda desk, _: {"known_at": desk.case.opened_at.isoformat()},
}
