"""The bodies of reports about women: violence, letters, orders, shelter, screening, relief; and tickets. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from contracts.base import unit_kind
from contracts.codes import NEWBORN, DvKind, DvRelation, Injury, ScreeningMethod, ScreeningResult, UnitKind, unit_at
from deploy.demo.happening import Body, Happening
from deploy.units import body_at

_FAMILY: Final = ("spouse", "former_spouse", "cohabitant")


def harm_to_woman(told: Happening) -> Body:
    relation = told.rng.choice(["employer", "acquaintance", "stranger", "former_partner"])
    return told.body("report", kind="harm_to_woman", happened_at=told.happened.isoformat(), suspect_relation=relation)


def violence(told: Happening) -> Body:
    by_phone = unit_kind(told.unit) != UnitKind.POLICE_STATION
    return told.body(
        "dv_incident",
        happened_at=told.happened.isoformat(),
        relation=str(told.rng.choice(list(DvRelation)[:10])),
        violence=sorted({str(told.rng.choice(list(DvKind)[:8])) for _ in range(2)}),
        reported_via="hotline_12338" if by_phone else "call_110",
        children_present=told.rng.choices([0, 1, 2], [84, 12, 4])[0],
        prior_incidents=told.rng.choice([0, 0, 0, 1, 2, 4]),
        danger_score=told.rng.randint(0, 8),
        injuries=[str(told.rng.choice(list(Injury)[:3]))],
        immediate_danger=told.has(0.06),
        victim_asks_warning=told.has(0.3),
    )


def warning(told: Happening) -> Body:
    """A letter that a station has issued and served already; the accepting, deciding and serving took hours."""
    hours = sorted(told.rng.sample(range(1, 60), 3), reverse=True)
    accepted, decided, served = (told.submitted - timedelta(hours=h) for h in hours)
    return told.body(
        "dv_warning",
        relation=told.rng.choice(_FAMILY),
        violence=["beating"],
        children_present=told.rng.choices([0, 1], [90, 10])[0],
        letter_number=f"公告诫字〔2026〕{told.rng.randint(1, 9999):04d}号",
        learned_at=accepted.isoformat(),
        accepted_at=accepted.isoformat(),
        assessed_at=decided.isoformat(),
        decided_at=decided.isoformat(),
        served_at=served.isoformat(),
        service_mode="refusal_on_video" if told.has(0.15) else "signature",
        grounds=["victim_asks"],
        station=told.unit,
        village_unit=body_at(UnitKind.VILLAGE_COMMITTEE, told.place),
    )


_APPLICANTS: Final = {"womens-federation": "womens_federation", "village-committee": "village_committee"}


def protection_order(told: Happening) -> Body:
    """Mostly the woman herself; now and then the federation or the village for one who cannot."""
    helper = _APPLICANTS.get(unit_kind(told.unit)) if told.has(0.4) else None
    return told.body(
        "protection_order",
        relation=told.rng.choice((*_FAMILY, "dating")),
        violence=sorted({str(told.rng.choice(list(DvKind)[:8])) for _ in range(2)}),
        danger_score=told.rng.randint(3, 9),
        applied_by=helper or "victim",
        applicant_ground="coerced" if helper else None,
        urgent=told.has(0.3),
        measures=["no_contact", "no_violence"],
        evidence=["police_record", "statement"],
        court=unit_at("court", told.place),
    )


def shelter(told: Happening) -> Body:
    asked = {"police-station": "police", "hotline": "hotline"}.get(unit_kind(told.unit), "womens_federation")
    return told.body(
        "shelter",
        asked_by=asked,
        urgent=told.has(0.6),
        children_along=told.rng.choice([0, 0, 1, 2]),
        shelter=unit_at("shelter", told.place),
    )


def _screening(told: Happening, methods: Sequence[ScreeningMethod], shares: Sequence[float]) -> Body:
    """One result of one method; so many in a hundred are normal, find something, could not be read."""
    method = told.rng.choice(methods)
    wanted = told.rng.choices(["normal", "abnormal", "inadequate"], shares)[0]
    possible = [result for result in ScreeningResult if method in result.methods]
    result = told.rng.choice([one for one in possible if one.finding == wanted] or possible)
    return told.body(
        "screening",
        cancer=str(method.cancer),
        method=str(method),
        result=str(result),
        finding=str(result.finding),
        screened_at=told.happened.isoformat(),
        learned_at=told.happened.isoformat(),
        site=told.unit,
        consent_signed=True,
        rural=told.has(0.6),
        narrative=None,
        reporter={"category": "medical", "wants_feedback": False},
    )


def screening(told: Happening) -> Body:
    return _screening(told, [ScreeningMethod.HPV, ScreeningMethod.CYTOLOGY, ScreeningMethod.ULTRASOUND], [95.2, 4, 0.8])


def rescreening(told: Happening) -> Body:
    """What is done again because it could not be read, with the same method."""
    return _screening(told, [one for one in ScreeningMethod if one == told.also["method"]], [80, 20, 0])


def common_screening(told: Happening) -> Body:
    return _screening(told, [ScreeningMethod.GYNAECOLOGICAL], [75, 25, 0])


def newborn_screening(told: Happening) -> Body:
    return _screening(told, [method for method in ScreeningMethod if method.cancer in NEWBORN], [80, 18, 2])


def relief(told: Happening) -> Body:
    diagnosis = told.rng.choice(["cervical_below_iib", "cervical_iib_or_above", "breast_in_situ", "breast_invasive"])
    return told.body(
        "relief",
        applied_at=told.unit,
        income=told.rng.choice(["subsistence", "extreme_poverty", "near_poverty", "expenditure"]),
        diagnosis=diagnosis,
        diagnosed_at=(told.learned - timedelta(days=told.rng.randint(10, 60))).isoformat(),
        diagnosed_by=body_at(UnitKind.HOSPITAL, told.place[:6]),
        earlier_relief=told.has(0.05),
    )


_LINES: Final = {
    "hotline": ("hotline_12338", "hotline_12345"),
    "womens-federation": ("hotline_12338",),
    "youth-league": ("hotline_12355",),
    "child-protection": ("child_line",),
    "duty-desk": ("hotline_12345",),
}


def ticket(told: Happening) -> Body:
    """A child's call is about a child; of the others two in ten touch on violence. Those tell no story."""
    line = told.rng.choice(_LINES[unit_kind(told.unit)])
    minor = told.people["caller"].is_minor
    open_topics = ["rights", "rights", "health", "other"]
    topic = "child" if minor else told.rng.choice([*open_topics, *open_topics, "dv", "sexual_violence"])
    sensitive = topic in {"child", "dv", "sexual_violence"}
    category = told.rng.choices(["consult", "help", "complaint", "suggestion", "emergency"], [30, 40, 18, 7, 5])[0]
    return told.body(
        "hotline_ticket",
        line=line,
        category=category,
        topic=topic,
        urgency=told.rng.choices(["normal", "urgent", "critical"], [80, 16, 4])[0],
        external_ref=f"GD-2026-{told.rng.randint(1, 999999):06d}",
        out_of_hours=not 8 <= told.submitted.hour < 18,
        narrative=None if sensitive else told.rng.choice(["咨询办理流程。", "反映问题，要求回复。"]),
        subjects=[{"role": "caller", "sex": told.people["caller"].sex}],
        reporter={"category": told.category, "wants_feedback": False},
    )
