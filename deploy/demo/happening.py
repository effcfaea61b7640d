"""What is reported: who, where, when, and by whom; and the frame of every body that tells of it. Pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from contracts.base import Region, UnitId, unit_kind
from contracts.codes import ReporterCategory, UnitKind
from deploy.demo.people import Somebody

Body = dict[str, Any]

_CATEGORY: Final[Mapping[str, ReporterCategory]] = {
    UnitKind.SCHOOL: ReporterCategory.SCHOOL,
    UnitKind.KINDERGARTEN: ReporterCategory.KINDERGARTEN,
    UnitKind.HOSPITAL: ReporterCategory.MEDICAL,
    UnitKind.HEALTH_CENTRE: ReporterCategory.MEDICAL,
    UnitKind.SCREENING_SITE: ReporterCategory.MEDICAL,
    UnitKind.MCH_HOSPITAL: ReporterCategory.MEDICAL,
    UnitKind.VILLAGE_COMMITTEE: ReporterCategory.VILLAGE_COMMITTEE,
    UnitKind.HOTEL: ReporterCategory.HOTEL,
    UnitKind.HOTLINE: ReporterCategory.HOTLINE,
    UnitKind.WOMENS_FEDERATION: ReporterCategory.WOMEN_FEDERATION,
    UnitKind.TOWNSHIP_WOMENS_FEDERATION: ReporterCategory.WOMEN_FEDERATION,
    UnitKind.YOUTH_LEAGUE: ReporterCategory.YOUTH_LEAGUE,
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
            "reporter": {"category": self.category},
            "reporter_identity": {"name": "值班员（虚构）", "phone": "19900000000"},
            "subjects": [{"role": role, "sex": who.sex} for role, who in self.people.items()],
            "persons": {role: who.person for role, who in self.people.items()},
            "narrative": self.rng.choice(_SEEN),
            "learned_at": self.learned.isoformat(),
            "submitted_at": self.submitted.isoformat(),
            "region": self.place,
        }
        return {name: value for name, value in (whole | fields | dict(self.also)).items() if value is not None}

    @property
    def category(self) -> str:
        """What the unit reports as."""
        return str(_CATEGORY.get(unit_kind(self.unit), ReporterCategory.GOVERNMENT_OFFICE))

    def has(self, share: float) -> bool:
        return self.rng.random() < share
