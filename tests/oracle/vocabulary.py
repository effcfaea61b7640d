"""What the formulas speak of, by workflow: steps with their dimensions, fields, and the values that tell cases apart.

Each list of values has what a formula asks for, what it does not ask for, and nothing at all.
"""

from typing import Any, Final

RELATIONS: Final = ["spouse", "parent", "step_parent", "guardianship", "foster", "cohabitant", None]
SITUATIONS: Final = ["mr1", "mr2", "mr3", "mr4", "mr5", "mr6", "mr7", "mr8", "mr9", None]
SUSPECTS: Final = ["parent", "step_parent", "other_guardian", "parents_partner", "relative", "spouse", "stranger", None]
NEEDS: Final = ["legal_aid", "medical", "psychological", "shelter", "living_aid", "economic_aid", "school_transfer"]
HARDSHIPS: Final = [
    [],
    ["street"],
    ["street", "no_guardian"],
    ["orphan"],
    ["de_facto_unattended", "poor"],
    ["poor"],
    None,
]
LISTS_OF_NEEDS: Final = [
    [],
    ["legal_aid"],
    ["psychological"],
    ["psychological", "medical"],
    ["shelter", "living_aid"],
    ["economic_aid", "legal_aid"],
    ["school_transfer"],
    ["judicial_aid", "psychological"],
    ["other"],
    None,
]
UNITS: Final = ["police-station@330382001", "police-bureau@330302", "court@330382", "procuratorate@371502",
         "civil-affairs@330802", "womens-federation@520302", "village-committee@00000000000000aa",
         "village-committee@00000000000000ab", "childrens-supervisor@330382001", "childrens-supervisor@371502001",
         "child-protection@330382001", "child-protection@330382", "social-work@00000000000000cc",
         "school@00000000000000bb"]  # fmt: skip

VALUES: Final[dict[str, list[Any]]] = {
    "relation": RELATIONS,
    "violence": [["beating"], ["insult"], ["insult", "binding"], [], None],
    "facts_found": ["established", None],
    "police_receipt_no": ["R-1", "", None],
    "external_ref": ["E-1", None, None],
    "reported_via": ["visit", "child_line", "phone", None],
    "situation": SITUATIONS,
    "situations": [["mr6"], ["mr1", "mr6"], ["mr4"], [], None],
    "suspect_relation": SUSPECTS,
    "injuries": [["private_parts"], ["bruise"], ["bruise", "pregnancy"], [], None],
    "happened_at": ["2026-05-01T10:00:00+08:00", None],
    "dv_relation": ["spouse", None, None],
    "hardships": HARDSHIPS,
    "criteria_met": [True, True, True, False, None],
    "station": ["police-station@330382001", "police-station@371502001", None],
    "reason_no_letter": ["penalty_instead", "minor_fact", None],
    "to_unit": [*UNITS[:4], None],
    "new_station": ["police-station@330382002", "police-station@330302001", None],
    "needs": LISTS_OF_NEEDS,
    "kind": [*NEEDS, "family_education", "judicial_aid", "temporary_guardianship", None],
    "services": [["psychological"], ["economic_aid", "medical"], ["family_education"], ["shelter"], [], None],
    "help": [["economic"], ["economic", "medical"], ["psychological"], ["family_education"], [], None],
    "risk_level": ["high", "high", "low", None],
    "state_guardianship_required": [True, True, False, None],
    "recognised_as": ["orphan", "de_facto_unattended", "poor", None],
    "duty_holder": ["school", "medical", "village_committee", "hotel", None],
    "one_stop": [True, True, False, None],
    "cancer": ["cervical", "breast", "cervical", "breast", None],
    "finding": ["abnormal", "abnormal", "normal", None],
    "stage": ["precancer", "early", "advanced", "unknown", None],
    "hardship": [True, True, False, None],
    "rural": [True, False, None],
    "intervention": ["state_guardianship", "revocation", "revocation_applied", "supervision_order", None],
}  # fmt: skip

OTHER_VALUES: Final = {
    ("guardianship.intervened", "kind"): "intervention",
    ("mandatory_report", "services"): "help",
}
"""By step or workflow: whose values a dimension has there."""

STEPS: Final[dict[str, dict[str, list[str]]]] = {
    "dv_warning": {
        "case.accepted": [],
        "warning.assessed": ["criteria_met", "relation"],
        "warning.issued": ["station", "relation"],
        "warning.declined": ["reason_no_letter", "relation"],
        "referral.sent": ["to_unit"],
        "referral.acknowledged": [],
        "needs.assessed": ["needs"],
        "service.delivered": ["kind", "services"],
        "followup.visited": [],
        "perpetrator_education.completed": [],
        "case.substantiated": ["relation", "violence"],
    },
    "mandatory_report": {
        "emergency.not_needed": [],
        "case.accepted": [],
        "case.filed": [],
        "verification.completed": [],
        "investigation.started": [],
        "referral.sent": ["new_station"],
        "referral.acknowledged": [],
        "referral.feedback": [],
        "service.delivered": ["services", "kind"],
        "interview.completed": ["one_stop"],
        "case.substantiated": ["situation", "suspect_relation"],
        "case.unsubstantiated": ["situation"],
        "report.omission_found": ["duty_holder"],
        "emergency.responded": [],
    },
    "child_referral": {
        "case.accepted": [],
        "referral.sent": ["to_unit"],
        "referral.acknowledged": [],
        "referral.feedback": [],
        "needs.assessed": ["needs"],
        "service.delivered": ["kind", "services"],
        "guardianship.assessed": ["risk_level", "state_guardianship_required"],
        "guardianship.intervened": ["kind"],
        "temporary_guardianship.started": [],
        "followup.visited": [],
        "emergency.responded": [],
        "emergency.not_needed": [],
        "intervention.not_needed": [],
    },
    "protection_order": {"protection_order.requested": ["relation"], "protection_order.issued": ["relation"]},
    "shelter": {
        "service.requested": ["kind"],
        "needs.assessed": ["needs"],
        "service.delivered": ["kind", "services"],
        "followup.visited": [],
    },
    "screening": {
        "screening.completed": ["cancer", "finding", "rural"],
        "diagnosis.concluded": ["cancer"],
        "diagnosis.confirmed": ["cancer", "stage", "hardship"],
        "treatment.started": ["cancer"],
    },
    "relief": {"assistance.granted": ["kind"]},
    "hardship": {
        "case.accepted": [],
        "verification.completed": [],
        "needs.assessed": ["recognised_as"],
        "service.delivered": ["recognised_as"],
        "guardianship.assessed": [],
        "followup.visited": [],
    },
    "bullying": {
        "followup.visited": [],
        "case.accepted": [],
        "case.substantiated": [],
        "case.unsubstantiated": [],
        "service.delivered": ["services"],
        "report.omission_found": ["duty_holder"],
    },
    "guardianship": {"guardianship.intervened": ["kind"]},
    "family_education": {
        "service.delivered": ["kind"],
        "guardianship.intervened": ["kind"],
    },
    "omission": {"report.omission_found": ["duty_holder"]},
}

STATES: Final[dict[str, list[str]]] = {
    "dv_warning": ["on_scene", "verifying", "criticised", "penalised", "criminal", "not_established"],
    "mandatory_report": ["prosecution", "filed"],
    "child_referral": ["triaged", "assessing"],
}

FIELDS: Final[dict[str, list[str]]] = {
    "dv_warning": ["relation", "violence", "facts_found", "police_receipt_no", "external_ref", "reported_via"],
    "mandatory_report": [
        "situation", "situations", "suspect_relation", "injuries", "reported_via", "happened_at", "dv_relation",
        "hardships",
    ],
    "child_referral": ["situation", "situations", "hardships", "reported_via"],
    "bullying": ["reported_via"],
    "screening": ["rural", "hardship"],
    "hardship": ["hardships"],
    "protection_order": ["relation"],
}  # fmt: skip

ROLES: Final[dict[str, list[str]]] = {
    "dv_warning": ["victim", "perpetrator", "child"],
    "mandatory_report": ["victim", "suspect", "child"],
    "child_referral": ["child", "victim"],
    "protection_order": ["victim", "perpetrator"],
    "shelter": ["victim", "child"],
    "screening": ["examinee"],
    "relief": ["applicant"],
    "hardship": ["child"],
    "bullying": ["victim", "child"],
    "guardianship": ["child", "guardian"],
    "family_education": ["child", "guardian"],
    "omission": ["victim"],
}

EVENTS: Final = [
    "liandong.dv_incident.reported.v1",
    "liandong.report.submitted.v1",
    "liandong.dv_warning.recorded.v1",
    "liandong.screening.recorded.v1",
]
REPORTERS: Final = ["school", "medical", "police", "police", "village_committee", "hotel", "guardian", "social_work"]
OPENED_AS: Final = [None, None, "child_victim", "child_witness", "protection", "omission", "bullying"]
COUNTIES: Final = ["330382", "330382", "330302", "330802", "371502", "371503", "520302"]
