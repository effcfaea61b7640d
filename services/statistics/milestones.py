"""The steps that indicators count, by name (`milestones.yaml`): what workflows tell, and what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field, TypeAdapter

from contracts.base import Code, Contract, unit_kind
from contracts.cases import Fact, Scalar
from services.statistics.declaration import Names, Where, is_known, passes
from workflows.lines import read_lines

MILESTONES: Final = Path(__file__).with_name("milestones.yaml")

OF_STATE: Final = "state."
"""Before the name of a state: a case entered it. Like `ACT` it is kept only under a name that follows from it."""

ACT: Final = "act"
"""A unit did something, whatever it was."""


class Named(NamedTuple):
    """A step without its place."""

    name: str
    at: datetime
    unit: str | None
    dimensions: dict[str, Any]


class Derivation(Contract):
    """A step that follows from another of one of these workflows when that is so and was taken by such a unit."""

    workflow: tuple[str, ...]
    from_: Names = Field(alias="from")
    where: Where = Field(default_factory=dict)
    by_unit: tuple[str, ...] = ()
    takes: dict[Code, tuple[Code, ...]] = Field(
        default_factory=dict, description="A dimension is the first of these that is known; `unit` is who took the step."
    )
    codes: dict[str, str] = Field(default_factory=dict, description="What is taken is called so here.")
    sets: dict[Code, Scalar] = Field(default_factory=dict)

    def holds(self, named: Named) -> bool:
        if self.by_unit and (named.unit is None or unit_kind(named.unit) not in self.by_unit):
            return False
        return all(passes(named.dimensions.get(name), test) for name, test in self.where.items())

    def follow(self, name: str, named: Named) -> Named:
        known = named.dimensions | {"unit": named.unit}
        taken = {to: next((known[one] for one in of if is_known(known.get(one))), None) for to, of in self.takes.items()}
        renamed = {to: self._rename(value) for to, value in taken.items()}
        return Named(name, named.at, named.unit, named.dimensions | renamed | self.sets)

    def _rename(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._rename(one) for one in value]
        return self.codes.get(value, value) if isinstance(value, str) else value


class MilestoneEntry(Contract):
    """What a step is. `derived`: where no workflow tells it."""

    title: str
    title_en: str
    workflows: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    derived: tuple[Derivation, ...] = ()


@dataclass
class Derivations:
    """What follows from what."""

    entries: Mapping[str, MilestoneEntry]
    _by_source: dict[tuple[str, str], list[tuple[str, Derivation]]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_source = {}
        for name, entry in self.entries.items():
            for one in entry.derived:
                for source in product(one.workflow, one.from_):
                    self._by_source.setdefault(source, []).append((name, one))

    def of(self, fact: Fact, named: Named) -> Iterator[Named]:
        """Of several ways to the same name the first that holds."""
        found: dict[str, Named] = {}
        for name, one in self._by_source.get((fact.workflow, named.name), ()):
            if name not in found and one.holds(named):
                found[name] = one.follow(name, named)
        yield from found.values()


@cache
def milestones() -> Mapping[str, MilestoneEntry]:
    """Every step that indicators may name."""
    return TypeAdapter(dict[str, MilestoneEntry]).validate_python(read_lines(MILESTONES).data, strict=False)
