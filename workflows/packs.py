"""What a policy pack says beside its rules: who leads, who may report, hotlines, flags, ages, words, days off, and
how indicators are counted.

A pack speaks for one division. What it leaves out, the pack above it says; what the city's plan does not say is absent.
"""

import re
from datetime import date, time
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Code, Contract
from workflows.calendar import FIRST
from workflows.definition import Text

LawClass = Literal["STAT", "NORM", "LOCAL", "PLAT"]
Division = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{3,12}$")]

T = TypeVar("T")
Listing = Annotated[tuple[T, ...], Field(strict=False)]
"""A list of YAML; all else is strict, so that `true` is no number and `0` no date."""


def _quoted(value: Any) -> Any:
    """YAML reads an unquoted 17:30 as the number 1050."""
    if not isinstance(value, str):
        raise PydanticCustomError("unquoted_time", '时刻请加引号，如 "17:30" / write a time in quotes, such as "17:30"')
    return value


ClockTime = Annotated[time, Field(strict=False), BeforeValidator(_quoted)]
MIDNIGHT = time()


class Sourced(Contract):
    """Where a row comes from. PLAT: the platform's own, to be confirmed locally, never shown as law."""

    article: Text
    law_class: LawClass


class Leads(Sourced):
    """Who leads a workflow, in order: the first supervises."""

    units: Listing[Code] = Field(min_length=1)


class Reporters(Sourced):
    """Reporter categories that must report. A lower pack adds to those above it; it cannot take away."""

    categories: Listing[Code] = Field(min_length=1)


class Hours(Contract):
    """When a line answers, by Shanghai time; `workdays` are those of the working calendar, 调休 included.

    It may close at "00:00", the end of the day; a night is two rows.
    """

    days: Literal["everyday", "workdays"]
    opens: ClockTime
    closes: ClockTime

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> "Hours":
        if self.closes == MIDNIGHT or self.opens < self.closes:
            return self
        zh = f"{self.opens:%H:%M} 开始、{self.closes:%H:%M} 结束；夜间请写成两行，先到 00:00，再从 00:00 起"
        en = f"it opens at {self.opens:%H:%M} and closes at {self.closes:%H:%M}; write a night as two rows, to and from"
        raise PydanticCustomError("closes_before_it_opens", f'{zh} / {en} "00:00"')

    def hold(self, at: time) -> bool:
        return self.opens <= at and (self.closes == MIDNIGHT or at < self.closes)


class Hotline(Sourced):
    """A line by its number. No `hours` means day and night; when closed, the line in `otherwise` answers."""

    title: Text
    operator: Code
    cases: Listing[Code] = Field(default=(), description="The workflows it takes calls for; none: all.")
    hours: Listing[Hours] = ()
    otherwise: Number = "12345"


class Feature(Sourced):
    """How far a mechanism is: off, pilot where a plan 探索s it, on where it is 建立, 完善 or 落实."""

    title: Text
    state: Literal["off", "pilot", "on"]


class AgeBand(Sourced):
    """Full years, both ends included; `to` of None has no upper end."""

    title: Text
    since: int = Field(ge=0, le=150)
    to: int | None = Field(default=None, le=150)

    @model_validator(mode="after")
    def _holds_somebody(self) -> "AgeBand":
        if self.to is not None and self.to < self.since:
            zh, en = f"{self.since} 至 {self.to} 岁无人", f"nobody is from {self.since} to {self.to} years"
            raise PydanticCustomError("nobody_in_band", f"{zh}，请改正 / {en}; correct one of them")
        return self

    def holds(self, age_years: int) -> bool:
        return self.since <= age_years and (self.to is None or age_years <= self.to)


class Setting(NamedTuple):
    """What an indicator leaves open: how many hours, days or years, from which age to which, or which codes."""

    unit: Literal["hours", "days", "years", "ages", "codes"]
    value: int | tuple[int, int] | tuple[str, ...]


def _setting(value: Any) -> Setting:
    """`72 hours`, `7 days`, `3 years`; `[35, 64]` for full years, both included; or a list of codes."""
    if isinstance(value, str) and (found := re.fullmatch(r"([1-9][0-9]{0,4}) (hours|days|years)", value)):
        return Setting(found[2], int(found[1]))  # type: ignore[arg-type]
    if isinstance(value, list) and [type(item) for item in value] == [int, int] and 0 <= value[0] <= value[1] <= 150:
        return Setting("ages", (value[0], value[1]))
    if isinstance(value, list) and value and all(isinstance(item, str) and _CODE.fullmatch(item) for item in value):
        return Setting("codes", tuple(value))
    zh = "应写明数值和单位，如 72 hours、7 days、3 years；年龄段如 [35, 64]；代码如 [a, b]"
    en = "write a number and its unit, such as 72 hours, 7 days, 3 years; ages as [35, 64], codes as [a, b]"
    raise PydanticCustomError("no_setting", f"{zh} / {en}")


_CODE = re.compile(r"[a-z0-9_.-]{1,64}")

SettingName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")]


class Disclosure(Contract):
    """Below how many persons a count is not published: `k`, and more where it may hurt more.

    A count that is kept back stays `width` wide (by default as wide as its threshold), or with `zero_suffices` reaches
    down to 0. `zeros`: 0 is published. With `k` below 3 one of two persons would know the other.
    """

    k: int = Field(default=3, ge=3, le=100)
    minors: int = Field(default=5, ge=3, le=100)
    sexual_violence: int = Field(default=5, ge=3, le=100)
    villages: int = Field(default=5, ge=3, le=100)
    width: int | None = Field(default=None, ge=2, le=100)
    zero_suffices: bool = True
    zeros: bool = True

    @property
    def said(self) -> dict[str, Any]:
        """What a pack says itself."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class Statistics(Sourced):
    """How indicators are counted and published. The plans name no periods, so none of these is law.

    The nation's pack declares keys, names and units of all settings; the others give some of them another value.
    """

    settings: dict[Code, dict[SettingName, Annotated[Setting, PlainValidator(_setting)]]] = Field(default_factory=dict)
    disclosure: Disclosure = Disclosure()


class DayOff(Contract):
    """A day that a notice makes a day off, or a weekend that it makes a working day, and the holiday's name."""

    day: date
    name: Text


class Pack(Contract):
    """One file. `rules` are read row by row, so that an error can name its line."""

    jurisdiction: Division
    title: Text
    rules: dict[Code, Any] = Field(default_factory=dict)
    leads: dict[Code, Leads] = Field(default_factory=dict)
    reporters: dict[Code, Reporters] = Field(default_factory=dict)
    hotlines: dict[Number, Hotline] = Field(default_factory=dict)
    features: dict[Code, Feature] = Field(default_factory=dict)
    age_bands: dict[Code, AgeBand] = Field(default_factory=dict)
    terms: dict[Code, Text] = Field(default_factory=dict)
    duty_desks: dict[Code, Leads] = Field(default_factory=dict)
    statistics: Statistics | None = None
    calendar_through: int | None = Field(
        default=None, ge=FIRST.year, description="The last year whose notice is out; only the nation's pack says it."
    )
    days_off: Listing[DayOff] = ()
    days_worked: Listing[DayOff] = ()


TABLES = ("leads", "reporters", "hotlines", "features", "age_bands", "terms", "duty_desks")
"""The tables of a pack in which a nearer pack's row goes before one above it."""
