"""The steps that indicators count, by name (`milestones.yaml`): what workflows tell, and what follows from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field, TypeAdapter

from contracts.base import Code, Contract, unit_kind
from contracts.cases import Scalar
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
    """A step that follows from another of one of these workflows when that is so and was taken by such a unit.

    `takes`: a dimension is the first of these that is known, `codes` being put into other words; `sets`: it is that.
    """

    workflow: Names
    from_: Names = Field(alias="from")
    where: Where = Field(default_factory=dict)
    by_unit: tuple[str, ...] = ()
    takes: dict[Code, tuple[str, ...]] = Field(default_factory=dict)
    codes: dict[str, str] = Field(default_factory=dict)
    sets: dict[Code, Scalar] = Field(default_factory=dict)

    def holds(self, named: Named) -> bool:
        if self.by_unit and (named.unit is None or unit_kind(named.unit) not in self.by_unit):
            return False
        return all(passes(named.dimensions.get(name), test) for name, test in self.where.items())

    def derive(self, name: str, named: Named) -> Named:
        """Most only have another name."""
        said = named.dimensions | self.sets if self.sets or self.takes else named.dimensions
        if self.takes:
            said |= {to: self._put(value) for to, value in self._take(named) if to not in self.sets}
        return Named(name, named.at, named.unit, said)

    def _take(self, named: Named) -> Iterator[tuple[str, Any]]:
        known = named.dimensions | {"unit": named.unit}
        for to, of in self.takes.items():
            yield to, next((known[one] for one in of if is_known(known.get(one))), None)

    def _put(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.codes.get(one, one) for one in value]
        return self.codes.get(value, value) if isinstance(value, str) else value


class MilestoneEntry(Contract):
    """What a step is. `derived`: where no workflow tells it; from one step follows the first that holds."""

    title: str
    title_en: str
    workflows: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    derived: tuple[Derivation, ...] = ()


@dataclass
class Derivations:
    """What follows from what."""

    entries: Mapping[str, MilestoneEntry]
    _by_source: dict[tuple[str, str], dict[str, list[Derivation]]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_source = {}
        for name, entry in self.entries.items():
            for one in entry.derived:
                for source in product(one.workflow, one.from_):
                    self._by_source.setdefault(source, {}).setdefault(name, []).append(one)

    def names_from(self, workflow: str, name: str) -> Iterable[str]:
        """What may follow from a step of that name."""
        return self._by_source.get((workflow, name), {})

    def of(self, workflow: str, named: Named) -> Iterator[Named]:
        for name, choices in self._by_source.get((workflow, named.name), {}).items():
            for one in choices:
                if one.holds(named):
                    yield one.derive(name, named)
                    break


@cache
def milestones() -> Mapping[str, MilestoneEntry]:
    """Every step that indicators may name."""
    return TypeAdapter(dict[str, MilestoneEntry]).validate_python(read_lines(MILESTONES).data, strict=False)
