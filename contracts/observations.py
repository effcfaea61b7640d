"""What statistics says on `statistics.observations`. Internal and unsuppressed: what leaves the system is a release."""

from datetime import date
from typing import Final, Literal

from pydantic import Field

from contracts.base import Code, Contract, Region
from contracts.cases import Scalar

OBSERVATION_TYPE: Final = "liandong.observation.computed.v1"


class ObservationComputed(Contract):
    """One value of one indicator, with everything that is needed to compute it again."""

    indicator: Code
    definition_version: int = Field(ge=1)
    region: Region
    period: Code = Field(description="The year, quarter or month it speaks of: 2026, 2026-q1, 2026-03.")
    as_of: date = Field(description="Shanghai date up to which facts were counted.")
    log_epoch: int = Field(ge=0, description="Rises when the case log is restored.")
    log_position: dict[str, int] = Field(description="The last offset counted, by partition of case.events.")
    settings: dict[Code, Scalar] = Field(default_factory=dict, description="The windows it was computed with.")
    dimensions: dict[Code, Scalar] = Field(default_factory=dict)
    numerator: int | None = Field(default=None, ge=0)
    denominator: int | None = Field(default=None, ge=0)
    status: Literal["final", "provisional", "no_data"] = Field(description="No data is not zero.")
