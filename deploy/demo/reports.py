"""The bodies that reporters send, built from a happening: who, where, when. Pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.base import Region, UnitId, unit_kind
from contracts.codes import (
    DvKind,
    DvRelation,
    Hardship,
    Injury,
    Need,
    ReporterCategory,
    ScreeningMethod,
    ScreeningResult,
    SuspectRelation,
    UnitKind,
)
from contracts.identity import age_on
from deploy.demo.people import Somebody
from deploy.units import body_at

Body = dict[str, Any]

CATEGORY: Final[Mapping[str, ReporterCategory]] = {
    UnitKind.SCHOOL: ReporterCategory.SCHOOL,
    UnitKind.KINDERGARTEN: ReporterCategory.KINDERGARTEN,
    UnitKind.HOSPITAL: ReporterCategory.MEDICAL,
    UnitKind.HEALTH_CENTRE: ReporterCategory.MEDICAL,
    UnitKind.SCREENING_SITE: ReporterCategory.MEDICAL,
    UnitKind.HEALTH: ReporterCategory.GOVERNMENT_OFFICE,
    UnitKind.VILLAGE_COMMITTEE: ReporterCategory.VILLAGE_COMMITTEE,
    UnitKind.HOTEL: ReporterCategory.HOTEL,
    UnitKind.HOTLINE: ReporterCategory.HOTLINE,
    UnitKind.WOMENS_FEDERATION: ReporterCategory.WOMEN_FEDERATION,
    UnitKind.POLICE_STATION: ReporterCategory.POLICE,
    UnitKind.WELFARE_INSTITUTION: ReporterCategory.RELIEF_INSTITUTION,
    UnitKind.SOCIAL_WORK: ReporterCategory.SOCIAL_WORK,
}

_SEEN: Final = ("来电人陈述情况，言语急促，要求尽快处理。", "工作中发现异常，经询问后报告。", "邻居反映，已到场查看。")


@dataclass(frozen=True)
class Happening:
    """What is told of: the people by role, the place, and when. `learned` is when the reporter came to know."""

    place: Region
    people: Mapping[str, Somebody]
    happened: datetime
    learned: datetime
    submitted: datetime
    unit: UnitId
    rng: random.Random
    also: Mapping[str, Any] = field(default_factory=dict)

    def body(self, type_: str, /, **fields: Any) -> Body:
        """The frame every submission has, with these fields and `also` laid over it; None takes a field away."""
        whole = {
            "type": type_,
            "reporter": {"category": str(CATEGORY[unit_kind(self.unit)])},
            "reporter_identity": {"name": "值班员（虚构）", "phone": "19900000000"},
            "subjects": [{"role": role, "sex": who.sex} for role, who in self.people.items()],
            "persons": {role: who.person for role, who in self.people.items()},
            "narrative": self.rng.choice(_SEEN),
            "learned_at": self.learned.isoformat(),
            "submitted_at": self.submitted.isoformat(),
            "region": self.place,
        }
        return {name: value for name, value in (whole | fields | dict(self.also)).items() if value is not None}

    def has(self, share: float) -> bool:
        return self.rng.random() < share


def harm(told: Happening) -> Body:
    victim = told.people["victim"]
    age = age_on(told.happened.date(), victim.born)
    situations = ["mr4", "mr4", "mr5", "mr6", "mr9"] + (["mr2" if age < 14 else "mr3"] if victim.female else ["mr1"])
    situation = told.rng.choice(situations)
    intimate = situation in {"mr1", "mr2", "mr3"}
    return told.body(
        "report",
        kind="harm_to_minor",
        situation=situation,
        happened_at=told.happened.isoformat(),
        injuries=[str(Injury.PRIVATE_PARTS if intimate else told.rng.choice(list(Injury)[1:6]))],
        suspect_relation=str(told.rng.choice([r for r in SuspectRelation if r != SuspectRelation.SPOUSE])),
        immediate_danger=told.has(0.08),
        filed_to_authority_at=told.submitted.isoformat() if told.has(0.3) else None,
    )


def harm_to_woman(told: Happening) -> Body:
    relation = told.rng.choice(["employer", "acquaintance", "stranger", "former_partner"])
    return told.body("report", kind="harm_to_woman", happened_at=told.happened.isoformat(), suspect_relation=relation)


def hardship(told: Happening) -> Body:
    return told.body("report", kind="child_in_hardship", situation=None, suspect_relation=None)


def violence(told: Happening) -> Body:
    by_phone = unit_kind(told.unit) != UnitKind.POLICE_STATION
    return told.body(
        "dv_incident",
        happened_at=told.happened.isoformat(),
        relation=str(told.rng.choice(list(DvRelation)[:10])),
        violence=sorted({str(told.rng.choice(list(DvKind)[:8])) for _ in range(2)}),
        reported_via="hotline_12338" if by_phone else "call_110",
        children_present=told.rng.choice([0, 0, 1, 2]),
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
        relation=str(told.rng.choice([DvRelation.SPOUSE, DvRelation.FORMER_SPOUSE, DvRelation.COHABITANT])),
        violence=["beating"],
        children_present=told.rng.choice([0, 1]),
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


def screening(told: Happening) -> Body:
    """Six in a hundred find something, one could not be read."""
    method = told.rng.choice([ScreeningMethod.HPV, ScreeningMethod.CYTOLOGY, ScreeningMethod.ULTRASOUND])
    wanted = told.rng.choices(["normal", "abnormal", "inadequate"], [93, 6, 1])[0]
    fitting = [result for result in ScreeningResult if method in result.methods and result.finding == wanted]
    result = told.rng.choice(fitting)
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


BUILDERS: Final = {
    "harm": harm,
    "harm_to_woman": harm_to_woman,
    "hardship": hardship,
    "dv": violence,
    "warning": warning,
    "referral": referral,
    "screening": screening,
}
