"""What intake says on `intake.events`: reports without the people in them. A person is a role, an age and a token.

One module per family of cases. Titles are the labels a user sees; descriptions are for whoever reads the schema. All
moments are zoned and kept in Shanghai time. The structured fields of a report (`...Fields`) are shared with the body
that reporters send (`contracts/submission.py`), and so is the check that they hang together.
"""

from contracts.intake.children import (
    BullyingReported,
    ChildReferralRequested,
    FamilyEducationOrdered,
    GuardianshipGroundsFound,
    HardshipApplied,
)
from contracts.intake.dv import DvIncidentReported, DvWarningRecorded, ProtectionOrderRequested, ShelterRequested
from contracts.intake.harm import OmissionFound, ReportSubmitted
from contracts.intake.health import ReliefApplied, ScreeningRecorded
from contracts.intake.hotline import TicketOpened
from contracts.intake.report import IntakeEvent

__all__ = [
    "INTAKE_EVENTS",
    "BullyingReported",
    "ChildReferralRequested",
    "DvIncidentReported",
    "DvWarningRecorded",
    "FamilyEducationOrdered",
    "GuardianshipGroundsFound",
    "HardshipApplied",
    "IntakeEvent",
    "OmissionFound",
    "ProtectionOrderRequested",
    "ReliefApplied",
    "ReportSubmitted",
    "ScreeningRecorded",
    "ShelterRequested",
    "TicketOpened",
]

INTAKE_EVENTS: tuple[type[IntakeEvent], ...] = (
    ReportSubmitted,
    OmissionFound,
    DvIncidentReported,
    DvWarningRecorded,
    ProtectionOrderRequested,
    ShelterRequested,
    ChildReferralRequested,
    HardshipApplied,
    GuardianshipGroundsFound,
    FamilyEducationOrdered,
    BullyingReported,
    ScreeningRecorded,
    ReliefApplied,
    TicketOpened,
)
