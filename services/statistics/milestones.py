"""The steps that indicators count, by name (`milestones.yaml`): what workflows tell, and what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field, TypeAdapter

from contracts.base import Contract, unit_kind
from contracts.cases import Fact, Scalar
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
    from_: str = Field(alias="from")
    where: dict[str, Scalar] = Field(default_factory=dict)
    by_unit: tuple[str, ...] = ()
    sets: dict[str, Scalar] = Field(default_factory=dict)

    def holds(self, named: Named) -> bool:
        if self.by_unit and (named.unit is None or unit_kind(named.unit) not in self.by_unit):
            return False
        return all(_is(named.dimensions.get(name), wanted) for name, wanted in self.where.items())


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
                for workflow in one.workflow:
                    self._by_source.setdefault((workflow, one.from_), []).append((name, one))

    def of(self, fact: Fact, named: Named) -> Iterator[Named]:
        for name, one in self._by_source.get((fact.workflow, named.name), ()):
            if one.holds(named):
                yield Named(name, named.at, named.unit, named.dimensions | one.sets)


def _is(value: Any, wanted: Scalar) -> bool:
    wanted_any = wanted if isinstance(wanted, list) else [wanted]
    return any(one in wanted_any for one in (value if isinstance(value, list) else [value]))


@cache
def milestones() -> Mapping[str, MilestoneEntry]:
    """Every step that indicators may name."""
    return TypeAdapter(dict[str, MilestoneEntry]).validate_python(read_lines(MILESTONES).data, strict=False)
