"""The bodies that reporters send, by what they are like. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.codes import Injury, SuspectRelation
from contracts.identity import age_on
from deploy.demo import reports_of_children as children
from deploy.demo import reports_of_women as women
from deploy.demo.happening import Body, Happening


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


BUILDERS: Final[Mapping[str, Callable[[Happening], Body]]] = {
    "harm": harm,
    "harm_to_woman": women.harm_to_woman,
    "in_hardship": children.in_hardship,
    "referral": children.referral,
    "hardship": children.hardship,
    "bullying": children.bullying,
    "guardianship": children.guardianship,
    "family_education": children.family_education,
    "omission": children.omission,
    "dv": women.violence,
    "warning": women.warning,
    "protection_order": women.protection_order,
    "shelter": women.shelter,
    "screening": women.screening,
    "rescreening": women.rescreening,
    "newborn_screening": women.newborn_screening,
    "common_screening": women.common_screening,
    "relief": women.relief,
    "ticket": women.ticket,
}
