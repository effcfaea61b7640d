"""What statistics says on `statistics.observations`: the value of an indicator in a year and a region, as of a date.

Internal and unsuppressed: small cells can point at a person, so nothing of this leaves without disclosure control.
"""

from datetime import date
from typing import Final, Literal

from pydantic import Field

from contracts.base import Code, Contract
from contracts.releases import FigureKind

OBSERVATION_TYPE: Final = "liandong.observation.computed.v1"

Status = Literal["final", "provisional", "no_data"]


class Breakdown(Contract):
    """One line of the distribution; `None` means that the dimension was not recorded."""

    dimensions: dict[Code, str | None]
    numerator: int
    denominator: int


class Observation(Contract):
    """A value with everything that is needed to work it out again.

    `part` tells the formulas of one indicator apart. A `count` has its number in the numerator and the same in the
    denominator. `value` is a percentage with two decimals for a share and a coverage, the number itself for a count,
    hours with two decimals for a median, and absent when there is nothing to divide by: no data is not zero.
    """

    indicator: Code
    part: Code
    kind: FigureKind
    definition_version: int
    year: int = Field(description="Calendar year in Shanghai time, by when the steps happened.")
    region: str = Field(pattern=r"^\d{6}$", description="A county, or a prefecture (....00) with all its counties.")
    as_of: date = Field(description="Domain date up to which windows have run out.")
    epoch: int = Field(description="Epoch of the case log.")
    facts: int = Field(description="How many facts of the case log were counted: the position in it.")
    settings: dict[str, int | str] = Field(description="By the names of the formula; ages and codes with commas.")
    numerator: int
    denominator: int = Field(description="Members; of a coverage those among whom some count.")
    stated: float | None = Field(default=None, description="Of a coverage: the denominator as stated from outside.")
    pending: int = Field(description="Members whose window has not run out.")
    value: float | None = None
    status: Status
    breakdown: tuple[Breakdown, ...] = ()
    revision: int = Field(default=0, description="Counts what was published for this place; 0 is not published.")
