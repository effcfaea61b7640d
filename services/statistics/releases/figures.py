"""What a release must know of each number of an indicator: its declaration, in the words that are frozen with it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from pydantic import Field

from contracts.base import Contract
from contracts.codes import CountUnit
from contracts.releases import Definition, FigureKind
from services.statistics.catalogue import Defined
from services.statistics.disclosure.rules import Delicate
from services.statistics.releases.dimensions import DIMENSIONS

COUNTS: Final[Mapping[str, CountUnit]] = {
    "case": CountUnit.CASE,
    "person": CountUnit.PERSON,
    "pair": CountUnit.PAIR,
    "report": CountUnit.REPORT,
    "step": CountUnit.SERVICE,
    "place": CountUnit.PLACE,
}

OF_MINORS: Final = frozenset(
    {"mandatory_report", "child_referral", "hardship", "guardianship", "family_education", "bullying", "omission"}
)
"""Workflows whose cases are about children; `mandatory_report` has those of women too, and the stricter rule holds."""


class Figure(Contract):
    """One number of an indicator.

    `over` names a denominator that is stated from outside, `over_part` another part whose members it is measured
    against, `plus` one whose members are added; `lowest_of` are parts. `yearly`: there is none of a half, because
    nothing is stated for halves.

    `wording` is the declaration itself; it must not change without its `version`. `settings` are values that the policy
    pack gives the city; `band` the ages whom its denominator counts.
    """

    indicator: str
    part: str
    kind: FigureKind
    of: str
    title_zh: str
    title_en: str
    version: int = 1
    by: tuple[str, ...] = ()
    over: str | None = None
    over_part: str | None = None
    plus: str | None = None
    lowest_of: tuple[str, ...] = ()
    yearly: bool = False
    band: str = ""
    delicate: tuple[Delicate, ...] = ()
    wording: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.indicator, self.part

    @property
    def stated(self) -> str:
        """The denominator from outside, with the ages whom it counts: `population_women 35-64`; empty for none."""
        return f"{self.over} {self.band}".strip() if self.over else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """By which dimensions it is broken down in the grid; only shares and counts are."""
        return tuple(name for name in self.by if name in DIMENSIONS) if self.kind in {"share", "count"} else ()

    @property
    def definition(self) -> Definition:
        return Definition(
            indicator=self.indicator,
            part=self.part,
            version=self.version,
            kind=self.kind,
            counts=COUNTS[self.of],
            title_zh=self.title_zh,
            title_en=self.title_en,
        )


def figures_of(defined: Iterable[Defined], city: str) -> list[Figure]:
    """Every number that is counted, as it is defined for a city."""
    parts = {one.key: one for one in defined}
    return [_figure(one, city, yearly=_is_yearly(one, parts)) for one in parts.values()]


def _is_yearly(one: Defined, parts: Mapping[tuple[str, str], Defined]) -> bool:
    made_of = (parts[one.indicator, name] for name in one.part.lowest_of)
    return one.part.over is not None or any(_is_yearly(part, parts) for part in made_of)


def _figure(one: Defined, city: str, *, yearly: bool) -> Figure:
    wording = one.part.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return Figure(
        indicator=one.indicator,
        part=one.name,
        kind=one.part.kind,
        of=one.part.of,
        title_zh=one.titles[0],
        title_en=one.titles[1],
        version=one.part.version,
        by=one.part.by,
        over=one.part.over,
        over_part=one.part.over_part,
        plus=one.part.plus,
        lowest_of=one.part.lowest_of,
        yearly=yearly,
        band=one.band(city),
        delicate=delicate_of(one),
        wording=wording,
        settings=dict(one.settings(city)),
    )


def delicate_of(one: Defined) -> tuple[Delicate, ...]:
    """Whom it may hurt more: children, and whoever suffered sexual violence. What is about children says so itself."""
    who = one.part.who
    minors = (who is not None and who.minor is True) or not OF_MINORS.isdisjoint(one.part.in_)
    said = set(one.part.delicate) | ({"minors"} if minors else set())
    return tuple(name for name in get_args(Delicate) if name in said)
