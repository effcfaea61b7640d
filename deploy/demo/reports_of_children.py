"""The bodies of reports about children: referral, hardship, bullying, guardianship, orders, omissions. Pure."""

from datetime import timedelta
from typing import Final

from contracts.base import unit_kind
from contracts.codes import BullyingKind, Hardship, Need, RevocationGround, UnitKind, unit_at
from deploy.demo.happening import Body, Happening
from deploy.units import COUNTIES, body_at, townships


def in_hardship(told: Happening) -> Body:
    return told.body("report", kind="child_in_hardship", situation=None, suspect_relation=None)


def referral(told: Happening) -> Body:
    return told.body(
        "child_referral",
        proposed_grade=told.rng.choice(["red", "yellow", "yellow", "blue", "blue", "green"]),
        requested_by=told.unit,
        hardships=sorted({str(told.rng.choice(list(Hardship)[:9])) for _ in range(2)}),
        needs=[str(told.rng.choice(list(Need)))],
        reported_via="work",
        child_heard=told.has(0.6),
    )


def hardship(told: Happening) -> Body:
    """Two in ten live far from where they are registered: half of these in another of the five cities."""
    far = told.rng.random()
    home = None
    if far < 0.1:
        home = townships(told.rng.choice([county for county in COUNTIES if county[:2] != told.place[:2]]))[0]
    elif far < 0.2:
        home = "110101"
    status = told.rng.choice(["orphan", "de_facto_unattended", "in_hardship"])
    return told.body(
        "hardship",
        applied_for=status,
        applied_by=told.rng.choice(["guardian", "relative", "village_committee"]),
        hardships=[str(told.rng.choice(list(Hardship)[2:9]))],
        father=told.rng.choice(["dead", "in_prison", "lost_contact"]),
        mother=told.rng.choice(["dead", "lost_contact", "seriously_ill"]),
        cross_province=home is not None,
        home_region=home,
        home_unit=unit_at("township-government", home) if home and len(home) == 9 else None,
        papers_complete_at=told.submitted.isoformat() if told.has(0.5) else None,
        reporter={"category": told.category, "wants_feedback": unit_kind(told.unit) == UnitKind.VILLAGE_COMMITTEE},
    )


def bullying(told: Happening) -> Body:
    serious, own = told.has(0.25), unit_kind(told.unit) == UnitKind.SCHOOL
    return told.body(
        "bullying",
        school=told.unit if own else body_at(UnitKind.SCHOOL, told.place[:6]),
        kinds=sorted({str(told.rng.choice(list(BullyingKind))) for _ in range(2)}),
        happened_at=told.happened.isoformat(),
        first_known_at=told.learned.isoformat(),
        reported_via="work",
        serious=serious,
        may_be_offence=serious and told.has(0.4),
        stopped=told.has(0.6),
        staff_witnessed=told.has(0.2),
        guardians_told=told.has(0.4),
        suspects=told.rng.randint(1, 4),
        narrative=None,
    )


def guardianship(told: Happening) -> Body:
    return told.body(
        "guardianship",
        grounds=[str(told.rng.choice(list(RevocationGround)[:4]))],
        found_by=told.unit,
        suggested_by=unit_at("procuratorate", told.place) if told.has(0.3) else None,
        petitioner=told.unit if unit_kind(told.unit) == UnitKind.VILLAGE_COMMITTEE else None,
    )


_ORDERS: Final = {"court": "court_order", "police-station": "directive", "procuratorate": "supervision_order"}


def family_education(told: Happening) -> Body:
    """Served already, mostly; else the guardian has yet to get it."""
    issued = told.submitted - timedelta(hours=told.rng.randint(2, 30))
    served = told.has(0.7)
    ends = (told.submitted + timedelta(days=told.rng.choice([60, 90, 120]))).date()
    return told.body(
        "family_education",
        order=_ORDERS[unit_kind(told.unit)],
        document_no=f"令〔2026〕{told.rng.randint(1, 9999):04d}号",
        issued_by=told.unit,
        issued_at=issued.isoformat(),
        learned_at=issued.isoformat(),
        served_at=told.submitted.isoformat() if served else None,
        period_ends_on=ends.isoformat() if served else None,
        duties=["attend_guidance", "care"],
        guidance_unit=unit_at(told.rng.choice(["womens-federation", "childrens-supervisor", "education"]), told.place),
    )


def omission(told: Happening) -> Body:
    return told.body(
        "omission",
        found_by=told.unit,
        omission=told.rng.choice(["not_reported", "late", "concealed", "private_settlement"]),
        duty_holder=told.rng.choice(["school", "medical", "hotel", "kindergarten"]),
        known_at=(told.learned - timedelta(days=told.rng.randint(3, 40))).isoformat(),
        situation=told.rng.choice(["mr4", "mr5"]),
        superior_blocked=told.has(0.2),
    )
