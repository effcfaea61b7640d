"""What a policy pack says beside its rules: who leads, who may report, hotlines, flags, ages, words, days off.

A pack speaks for one division. What it leaves out, the pack above it says; what the city's plan does not say is absent.
"""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from contracts.base import Code, Contract

LawClass = Literal["STAT", "NORM", "LOCAL", "PLAT"]
Division = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


def _quoted(value: Any) -> Any:
    """YAML reads an unquoted 17:30 as the number 1050."""
    if not isinstance(value, str):
        raise ValueError('write a time in quotes, such as "17:30"')
    return value


ClockTime = Annotated[time, BeforeValidator(_quoted)]


class Sourced(Contract):
    """Where a row comes from. PLAT: the platform's own, to be confirmed locally, never shown as law."""

    article: str
    law_class: LawClass


class Leads(Sourced):
    """Who leads a workflow, in order: the first supervises."""

    units: tuple[Code, ...] = Field(min_length=1)


class Reporters(Sourced):
    """Reporter categories that must report. A lower pack adds to those above it; it cannot take away."""

    categories: tuple[Code, ...] = Field(min_length=1)


class Hours(Contract):
    """When a line answers, by Shanghai time; `workdays` are those of the working calendar, 调休 included."""

    days: Literal["everyday", "workdays"]
    opens: ClockTime
    closes: ClockTime


class Hotline(Sourced):
    """A line by its number. No `hours` means day and night; when closed, the line in `otherwise` answers."""

    title: str
    operator: Code
    cases: tuple[Code, ...] = Field(default=(), description="The workflows it takes calls for; none: all.")
    hours: tuple[Hours, ...] = ()
    otherwise: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,12}$")] = "12345"


class Feature(Sourced):
    """How far a mechanism is: off, pilot where a plan 探索s it, on where it is 建立, 完善 or 落实."""

    title: str
    state: Literal["off", "pilot", "on"]


class AgeBand(Sourced):
    """Full years, both ends included; `to` of None has no upper end."""

    title: str
    since: int = Field(ge=0)
    to: int | None = None

    def holds(self, age_years: int) -> bool:
        return self.since <= age_years and (self.to is None or age_years <= self.to)


class DayOff(Contract):
    """A day that a notice makes a day off, or a weekend that it makes a working day, and the holiday's name."""

    day: date
    name: str


class Pack(Contract):
    """One file. `rules` are read row by row, so that an error can name its line."""

    jurisdiction: Division
    title: str
    rules: dict[Code, Any] = Field(default_factory=dict)
    leads: dict[Code, Leads] = Field(default_factory=dict)
    reporters: dict[Code, Reporters] = Field(default_factory=dict)
    hotlines: dict[str, Hotline] = Field(default_factory=dict)
    features: dict[Code, Feature] = Field(default_factory=dict)
    age_bands: dict[Code, AgeBand] = Field(default_factory=dict)
    terms: dict[Code, str] = Field(default_factory=dict)
    duty_desks: dict[Code, Leads] = Field(default_factory=dict)
    calendar_through: int | None = Field(default=None, description="The last year whose notice this pack holds.")
    days_off: tuple[DayOff, ...] = ()
    days_worked: tuple[DayOff, ...] = ()


TABLES = ("leads", "reporters", "hotlines", "features", "age_bands", "terms", "duty_desks")
"""The tables of a pack in which a nearer pack's row goes before one above it."""
