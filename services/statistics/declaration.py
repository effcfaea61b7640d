"""What an indicator counts, as data: the `parts` in `indicators/`. Nothing here counts; `compile` makes SQL of it.

A part has *anchors*, the steps that make somebody a member of its cohort in the year of the step, and a condition that
decides who of the members counts. Conditions speak of the anchor or of the step that they are nested in.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from contracts.base import Code, Contract

Value = str | bool | int
Setting = str
"""A name that the policy pack gives a value: `T` in hours, `D` in days."""

Names = Annotated[tuple[str, ...], BeforeValidator(lambda one: (one,) if isinstance(one, str) else one)]
"""One, or a list of them."""

Of = Literal["case", "person", "pair", "report", "step", "place"]
Kind = Literal["share", "count", "median", "coverage", "ratio", "lowest", "breadth"]
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
    known: bool | None = Field(default=None, description="Neither missing nor empty.")
    one_of: Setting | None = Field(default=None, description="One of the codes of a setting.")
    no: tuple[Value, ...] = Field(default=(), alias="not")


Where = dict[Code, Value | tuple[Value, ...] | Test]


def is_known(value: Any) -> bool:
    return value not in (None, "", [])  # noqa: PLR6201 - a list is not hashable


def passes(value: Any, test: Value | tuple[Value, ...] | Test) -> bool:
    """Whether a dimension is as it should be; of tests those that need no setting."""
    values = value if isinstance(value, list) else [value]
    if not isinstance(test, Test):
        wanted = test if isinstance(test, tuple) else (test,)
        return any(one in wanted for one in values)
    known = test.known is None or test.known == is_known(value)
    return known and not any(one in test.no for one in values)


class Steps(Contract):
    """Steps of one of these names that are as `where` says."""

    step: str | tuple[str, ...]
    in_: tuple[str, ...] = Field(default=(), alias="in", description="Workflows; none: all that the part looks into.")
    where: Where = Field(default_factory=dict)
    by_unit: tuple[str, ...] = Field(default=(), description="Kinds of unit; by whom the step was taken.")

    @property
    def names(self) -> tuple[str, ...]:
        return (self.step,) if isinstance(self.step, str) else self.step


class Anchor(Steps):
    """A step that makes a member."""

    if_: "Condition | None" = Field(default=None, alias="if", description="Else it makes none.")
    first: bool = Field(default=False, description="Only the first of its case that is so.")


class Window(Contract):
    hours: int | Setting | None = None
    days: int | Setting | None = None


class Happens(Steps):
    """There is such a step, on or after the one that is spoken of, and `then` holds of it."""

    within: Window | None = None
    until: MonthDay | None = Field(default=None, description="Up to and on that day of the year after the anchor's.")
    anytime: bool = Field(default=False, description="Also before.")
    same_year: bool = False
    before: Names = Field(
        default=(), description="Before the first such step of the case at a later moment than the one spoken of."
    )
    by_unit_in: Code | None = Field(default=None, description="A dimension of the one spoken of: by that unit.")
    same: tuple[Code, ...] = Field(default=(), description="Dimensions in which both steps are alike.")
    case: Literal["same", "other", "any"] = "any"
    then: "Condition | None" = None


class NamedBy(Happens):
    """For each entry of the list dimension `named_by` of the step that is spoken of there is such a step."""

    named_by: Code
    among: tuple[str, ...] = Field(default=(), description="Entries that are asked about; none: all.")
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
    sex: Names = ()
    age_known: bool = False
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
    over a number that is stated from outside (`over`). A `ratio` is one not times 100, also over those who count in another
    part (`over_part`). Two have no members of their own: the `lowest` value of some parts, and the `breadth` of another, how
    many values of a dimension (`by`) it has.
    """

    kind: Kind
    of: Of = "case"
    in_: tuple[str, ...] = Field(default=(), alias="in", description="Workflows.")
    also_in: tuple[str, ...] = Field(
        default=(), description="Workflows in whose cases of the same persons conditions look too."
    )
    each: tuple[Anchor, ...] = Field(default=(), description="The anchors.")
    title: str = ""
    title_en: str = ""
    who: Who | None = None
    counts: Condition | None = None
    waits: tuple[Setting, ...] = Field(default=(), description="Together they must have run out.")
    waits_after: str | None = Field(default=None, description="They run from the last such step, not from the anchor.")
    until: MonthDay | None = Field(default=None, description="So long it waits, into the next year.")
    by: tuple[Code, ...] = Field(default=(), description="The dimensions of the breakdown.")
    each_of: Code | None = Field(default=None, description="A dimension; each of its entries is a member.")
    for_years: Setting | None = Field(default=None, description="A member in so many years from the anchor's on.")
    years_later: int = 0
    over: str | None = None
    over_part: str | None = None
    plus: str | None = Field(default=None, description="A part whose members are added to what is stated.")
    lowest_of: tuple[str, ...] = ()
    band: Setting | None = None
    level: Level = "township"
    place: Literal["unit", "region"] = Field(default="unit", description="Of a place: by whose code.")
    hours_to: Happens | None = None
    targets: tuple[str, ...] = Field(default=(), description="Targets that it answers in the stead of `main`.")
    version: int = 1

    @model_validator(mode="before")
    @classmethod
    def _one_anchor(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and isinstance(data.get("each"), Mapping):
            return {**data, "each": [data["each"]]}
        return data

    @property
    def counted(self) -> bool:
        """Whether it has members of its own."""
        return self.kind not in {"lowest", "breadth"}

    @property
    def anchors(self) -> set[tuple[str, str]]:
        """Workflows and names of the steps that make members."""
        return {(workflow, name) for workflow in self.in_ for steps in self.each for name in steps.names}

    @property
    def steps(self) -> set[str]:
        """The names of all steps that it asks for."""
        asked = [self.counts, self.hours_to]
        named = {name for one in (*self.each, *asked) for name in _names(one)}
        return named | ({self.waits_after} if self.waits_after else set())


def _names(condition: Any) -> Iterator[str]:
    if isinstance(condition, Steps):
        yield from condition.names
    if isinstance(condition, Happens):
        yield from condition.before
    if isinstance(condition, Contract):
        for name in type(condition).model_fields:
            value = getattr(condition, name)
            for inner in value if isinstance(value, tuple) else (value,):
                yield from _names(inner)


for model in (Anchor, Happens, NamedBy, Every, Only, Days, All, Any_, None_, Part):
    model.model_rebuild()
