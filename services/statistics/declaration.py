"""What an indicator counts, as data: the `parts` of `indicators.yaml`. Nothing here counts; `compile` makes SQL of it.

A part has *anchors*, the steps that make somebody a member of its cohort in the year of the step, and a condition that
decides who of the members counts. Conditions speak of the anchor or of the step that they are nested in.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from contracts.base import Code, Contract

Value = str | bool | int
Setting = str
"""A name that the policy pack gives a value: `T` in hours, `D` in days."""

Of = Literal["case", "person", "pair", "report", "step", "place"]
Kind = Literal["share", "count", "median", "coverage"]
Level = Literal["village", "township", "county"]
MonthDay = Annotated[str, Field(pattern=r"^[01][0-9]-[0-3][0-9]$")]

FORMS: Final = ("all", "any", "none", "every", "only", "days", "named_by", "is", "who", "step")
"""By which key a condition is told; the first that it has."""


class AtMost(Contract):
    """Of a dimension in minutes: so many hours or days."""

    hours: int | Setting | None = None
    days: int | Setting | None = None


class Test(Contract):
    """About one dimension. A dimension with several values passes when one of them does."""

    at_most: AtMost | None = None
    known: bool | None = None
    no: tuple[Value, ...] = Field(default=(), alias="not")


Where = dict[Code, Value | tuple[Value, ...] | Test]


class Steps(Contract):
    """Steps of one of these names that are as `where` says."""

    step: str | tuple[str, ...]
    where: Where = Field(default_factory=dict)
    by_unit: tuple[str, ...] = Field(default=(), description="Kinds of unit; by whom the step was taken.")

    @property
    def names(self) -> tuple[str, ...]:
        return (self.step,) if isinstance(self.step, str) else self.step


class Window(Contract):
    hours: int | Setting | None = None
    days: int | Setting | None = None


class Happens(Steps):
    """There is such a step, on or after the one that is spoken of, and `then` holds of it."""

    within: Window | None = None
    until: MonthDay | None = Field(default=None, description="Up to and on that day of the year after the anchor's.")
    anytime: bool = Field(default=False, description="Also before.")
    same: tuple[Code, ...] = Field(default=(), description="Dimensions in which both steps are alike.")
    case: Literal["same", "any"] = "any"
    then: "Condition | None" = None


class NamedBy(Happens):
    """For each entry of the list dimension `named_by` of the step that is spoken of there is such a step."""

    named_by: Code
    as_: Code = Field(alias="as")


class Every(Contract):
    """Of every such step `then` holds; there may be none."""

    every: Happens
    then: "Condition"


class Only(Happens):
    """There are exactly so many such steps."""

    only: int


class Days(Happens):
    """There are such steps on at least so many days of the anchor's year."""

    days: int


class All(Contract):
    all: "tuple[Condition, ...]"


class Any_(Contract):
    any: "tuple[Condition, ...]"


class None_(Contract):
    none: "Condition"


class Is(Contract):
    """About the step that is spoken of."""

    is_: Steps = Field(alias="is")


class Who(Contract):
    """Some subject of the case; of a person, the member."""

    role: tuple[str, ...] = ()
    minor: bool | None = None
    sex: Literal["female", "male"] | None = None
    band: Setting | None = Field(default=None, description="Ages from and to.")


class Concerns(Contract):
    who: Who


def _form(value: Any) -> str:
    if isinstance(value, Mapping):
        return next((form for form in FORMS if form in value), "step")
    return next((form for form, kind in _KINDS.items() if type(value) is kind), "step")


_KINDS: Final = {
    "all": All, "any": Any_, "none": None_, "every": Every, "only": Only, "days": Days, "named_by": NamedBy, "is": Is,
    "who": Concerns, "step": Happens,
}  # fmt: skip

Condition = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[None_, Tag("none")]
    | Annotated[Every, Tag("every")]
    | Annotated[Only, Tag("only")]
    | Annotated[Days, Tag("days")]
    | Annotated[NamedBy, Tag("named_by")]
    | Annotated[Is, Tag("is")]
    | Annotated[Concerns, Tag("who")]
    | Annotated[Happens, Tag("step")],
    Discriminator(_form),
]


class Part(Contract):
    """One number of an indicator.

    `kind`: a `share` of the members counts, a `count` of them all, a `median` of hours, or a `coverage`: those who count
    over a number that is stated from outside (`over`).
    """

    kind: Kind
    of: Of
    in_: tuple[str, ...] = Field(alias="in", description="Workflows.")
    each: tuple[Steps, ...] = Field(description="The anchors.")
    title: str = ""
    title_en: str = ""
    who: Who | None = None
    counts: Condition | None = None
    waits: tuple[Setting, ...] = Field(default=(), description="Together they must have run out.")
    until: MonthDay | None = Field(default=None, description="So long it waits, into the next year.")
    by: tuple[Code, ...] = Field(default=(), description="The dimensions of the breakdown.")
    each_of: Code | None = Field(default=None, description="A list dimension; each of its entries is a member.")
    for_years: Setting | None = Field(default=None, description="A member in so many years from the anchor's on.")
    years_later: int = 0
    over: str | None = None
    band: Setting | None = None
    level: Level = "township"
    hours_to: Happens | None = None
    version: int = 1

    @model_validator(mode="before")
    @classmethod
    def _one_anchor(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("each"), Mapping):
            return {**data, "each": [data["each"]]}
        return data

    @property
    def anchors(self) -> set[tuple[str, str]]:
        """Workflows and names of the steps that make members."""
        return {(workflow, name) for workflow in self.in_ for steps in self.each for name in steps.names}

    @property
    def steps(self) -> set[str]:
        """The names of all steps that it asks for."""
        asked = [self.counts, self.hours_to]
        return {name for steps in self.each for name in steps.names} | {name for one in asked for name in _names(one)}


def _names(condition: Any) -> Iterator[str]:
    if isinstance(condition, Steps):
        yield from condition.names
    if isinstance(condition, Contract):
        for name in type(condition).model_fields:
            value = getattr(condition, name)
            for inner in value if isinstance(value, tuple) else (value,):
                yield from _names(inner)


for model in (Happens, NamedBy, Every, Only, Days, All, Any_, None_, Part):
    model.model_rebuild()
