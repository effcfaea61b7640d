"""What an indicator counts, as data: the `parts` in `indicators/`. Nothing here counts; `compile` makes SQL of it.

A part has *anchors*, the steps that make somebody a member of its cohort in the year of the step, and a condition that
decides who of the members counts. Conditions speak of the anchor or of the step that they are nested in.

Where a dimension is named, `unit.kind` is the kind of the unit that took the step, `to_unit.kind` that of the unit in
the dimension `to_unit`, `workflow` the workflow of the case, and `township` its township.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, final

from pydantic import BeforeValidator, Discriminator, Field, Tag

from contracts.base import Code, Contract
from contracts.releases import FigureKind
from services.statistics.disclosure.rules import Delicate

Value = str | bool | int
Setting = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""A name that the policy pack gives a value: `T` in hours, `D` in days."""

Names = Annotated[tuple[str, ...], BeforeValidator(lambda one: (one,) if isinstance(one, str) else one)]
"""One, or a list of them."""

Of = Literal["case", "person", "pair", "report", "step", "place"]
Level = Literal["village", "township", "county"]
MonthDay = Annotated[str, Field(pattern=r"^[01][0-9]-[0-3][0-9]$")]


class Window(Contract):
    """Hours are exact; days are days of the Shanghai calendar."""

    hours: int | Setting | None = None
    days: int | Setting | None = None


@final
class Test(Contract):
    """About one dimension. One with several values passes when one of them does; `not` also holds where none is known.

    Known is what is neither missing nor empty. `at_most` is for minutes; `one_of` names a setting with codes.
    """

    at_most: Window | None = None
    known: bool | None = None
    one_of: Setting | None = None
    no: tuple[Value, ...] = Field(default=(), alias="not")


Where = dict[Code, Value | tuple[Value, ...] | Test]


def is_known(value: Any) -> bool:
    return value is not None and value not in ("", [])


def passes(value: Any, test: Value | tuple[Value, ...] | Test) -> bool:
    """Whether a dimension is as it should be; of tests only those that need no setting."""
    if type(test) is Test:  # `isinstance` of a pydantic model takes ten times as long, and every fact is tested
        return (test.known is None or test.known == is_known(value)) and not _is(value, test.no)
    return _is(value, test if isinstance(test, tuple) else (test,))


def _is(value: Any, wanted: tuple[Value, ...]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(type(one) is type(word) and one == word for one in values for word in wanted)


class Steps(Contract):
    """Steps of one of these names that are as `where` says. `by_unit`: kinds of the unit that took them."""

    step: Names
    in_: tuple[str, ...] = Field(default=(), alias="in", description="Workflows; none: all that the part looks into.")
    where: Where = Field(default_factory=dict)
    by_unit: tuple[str, ...] = ()


class Anchor(Steps):
    """`first`: only the earliest of its case. `if`: only when that holds of it, too."""

    if_: "Condition | None" = Field(default=None, alias="if")
    first: bool = False


class Happens(Steps):
    """There is such a step, on or after the one that is spoken of, and `then` holds of it."""

    within: Window | None = None
    until: MonthDay | None = Field(default=None, description="Up to and on that day of the year after the anchor's.")
    before: Names = Field(default=(), description="Before the next step of that name in the case that is spoken of.")
    anytime: bool = Field(default=False, description="Also before.")
    same_year: bool = False
    same: tuple[Code, ...] = Field(default=(), description="Dimensions in which both steps are alike.")
    by_unit_in: Code | None = Field(default=None, description="Taken by the unit in that dimension.")
    case: Literal["same", "any", "other"] = "any"
    then: "Condition | None" = None


class NamedBy(Happens):
    """For each entry (`among` these) of the list `named_by` of what is spoken of there is such a step."""

    named_by: Code
    as_: Code = Field(alias="as")
    among: tuple[str, ...] = ()


class Every(Contract):
    """Of every such step `then` holds; there may be none."""

    every: Happens
    then: "Condition"


class Only(Happens):
    """There are exactly so many such steps."""

    only: int


class Days(Happens):
    """There are such steps on at least so many days of the anchor's year, the anchor's own with them."""

    days: int


class AllOf(Contract):
    all: "tuple[Condition, ...]"


class AnyOf(Contract):
    any: "tuple[Condition, ...]"


class NoneOf(Contract):
    none: "Condition"


class Is(Contract):
    """About the step that is spoken of."""

    is_: Steps = Field(alias="is")


class Who(Contract):
    """A subject: its part in the case and what it was at the opening."""

    role: tuple[str, ...] = ()
    minor: bool | None = None
    sex: Names = ()
    band: Setting | None = Field(default=None, description="Ages from and to, at the step.")
    age_known: bool | None = None


class Concerns(Contract):
    """Some subject of the case is such; of persons the member."""

    who: Who


_FORMS: Final[Mapping[str, type[Contract]]] = {
    "all": AllOf, "any": AnyOf, "none": NoneOf, "every": Every, "only": Only, "days": Days, "named_by": NamedBy,
    "is": Is, "who": Concerns, "step": Happens,
}  # fmt: skip
"""By which key a condition is told: the first that it has."""


def _form(value: Any) -> str:
    if isinstance(value, Mapping):
        return next((form for form in _FORMS if form in value), "step")
    return next((form for form, kind in _FORMS.items() if type(value) is kind), "step")


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NoneOf, Tag("none")]
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

    `kind`: a `share` of the members counts, a `count` of them all, a `median` of hours; a `coverage` and a `ratio` are
    those who count over a number that is stated from outside (`over`) or over those of another part who count
    (`over_part`), in percent and not. Two have no members of their own: the `lowest` value of some parts, and the
    `breadth`, in how many codes of a dimension another part has somebody.
    """

    kind: FigureKind
    of: Of = "case"
    in_: tuple[str, ...] = Field(default=(), alias="in", description="Workflows.")
    also_in: tuple[str, ...] = Field(default=(), description="Conditions see cases of the same persons there, too.")
    each: Annotated[tuple[Anchor, ...], BeforeValidator(lambda one: (one,) if isinstance(one, Mapping) else one)] = (
        Field(default=(), description="The anchors.")
    )
    title: str = ""
    title_en: str = ""
    who: Who | None = None
    counts: Condition | None = None
    waits: tuple[Setting, ...] = Field(default=(), description="Together they must have run out.")
    waits_after: str | None = Field(default=None, description="From the last such step on, when there is one.")
    until: MonthDay | None = Field(default=None, description="So long it waits, into the next year.")
    by: tuple[Code, ...] = Field(default=(), description="The dimensions of the breakdown.")
    each_of: Code | None = Field(default=None, description="Each entry of that dimension is a member.")
    for_years: Setting | None = Field(default=None, description="A member in so many years from the anchor's on.")
    years_later: int = 0
    level: Level = "township"
    place: Literal["unit", "region"] = Field(default="unit", description="Whose place: of who acted, or of the case.")
    hours_to: Happens | None = None
    over: str | None = None
    band: Setting | None = None
    over_part: str | None = None
    plus: str | None = Field(default=None, description="A part whose members are added to what is stated.")
    lowest_of: tuple[str, ...] = ()
    targets: tuple[str, ...] = Field(default=(), description="The sentences of plans that it answers instead of main.")
    delicate: tuple[Delicate, ...] = ()
    version: int = 1

    @property
    def has_members(self) -> bool:
        return bool(self.each)

    @property
    def anchors(self) -> set[tuple[str, str]]:
        """Workflows and names of the steps that make members."""
        return {(workflow, name) for workflow in self.in_ for steps in self.each for name in steps.step}

    @property
    def steps(self) -> set[str]:
        """The names of all steps that it asks for."""
        after = {self.waits_after} if self.waits_after else set()
        return after | {name for one in (*self.each, self.counts, self.hours_to) for name in _names(one)}


def _names(condition: Any) -> Iterator[str]:
    if isinstance(condition, Steps):
        yield from condition.step
    if isinstance(condition, Happens):
        yield from condition.before
    if isinstance(condition, Contract):
        for name in type(condition).model_fields:
            value = getattr(condition, name)
            for inner in value if isinstance(value, tuple) else (value,):
                yield from _names(inner)


for _model in (Anchor, Happens, NamedBy, Every, Only, Days, AllOf, AnyOf, NoneOf, Part):
    _model.model_rebuild()
