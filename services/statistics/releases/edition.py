"""An edition as it is kept: who stands for it, what it was computed with, what it says. Pure."""

import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

import msgspec
from pydantic import Field, TypeAdapter

from contracts.base import Code, Contract, UnitId, WorkerNumber
from contracts.releases import Cell, Release
from services.statistics.disclosure.model import Cell as Count
from services.statistics.disclosure.model import Counted, Key, Need
from services.statistics.disclosure.model import Release as Checked
from services.statistics.export.workbook import Explained, PlanTable
from services.statistics.releases.dimensions import DIMENSIONS
from services.statistics.releases.figures import Figure

Stage = Literal["draft", "proposed", "published"]

_CELLS: Final[TypeAdapter[tuple[Cell, ...]]] = TypeAdapter(tuple[Cell, ...])


class Person(NamedTuple):
    """By unit and number, never by name."""

    unit: UnitId
    worker: WorkerNumber


class Stated(Contract):
    """A denominator from outside, as it was when the edition was proposed."""

    name: str
    region: str
    value: int


class Frozen(Contract):
    """All that an edition was computed with, so that it can be reproduced whatever changes afterwards."""

    figures: tuple[Figure, ...]
    grid: int
    calendar: Code
    epoch: int
    facts: int
    as_of: date
    provisional: bool = False
    stated: tuple[Stated, ...] = ()
    plans: tuple[PlanTable, ...] = Field(
        default=(), description="The plans' own tables, with what keepers had reported."
    )
    sentences: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    explained: dict[str, Explained] = Field(default_factory=dict, description="By indicator, for the workbook.")


class Edition(NamedTuple):
    """`history`: ids of the releases it was attacked together with. `signed` and `published_on` come last."""

    id: int
    region: str
    period: str
    edition: int
    stage: Stage
    reason: str
    proposed: Person
    proposed_on: date
    signed: Person | None
    published_on: date | None
    history: tuple[int, ...]
    frozen: Frozen

    def release(self, cells: Sequence[Cell]) -> Release:
        """What leaves. Raises `ValueError` for an edition that is not signed, `pydantic.ValidationError`."""
        if self.signed is None or self.published_on is None:
            raise ValueError(f"edition {self.edition} of {self.region} {self.period} is not signed off")
        used = {code for cell in cells for code in cell.dimensions}
        return Release(
            region=self.region,
            period=self.period,
            edition=self.edition,
            published_on=self.published_on,
            as_of=self.frozen.as_of,
            signed_off_unit=self.signed.unit,
            signed_off_worker=self.signed.worker,
            calendar=self.frozen.calendar,
            epoch=self.frozen.epoch,
            facts=self.frozen.facts,
            grid=self.frozen.grid,
            definitions=tuple(figure.definition for figure in self.frozen.figures),
            dimensions=tuple(one for code, one in DIMENSIONS.items() if code in used),
            cells=tuple(cells),
        )


def name_of(region: str, period: str, edition: int) -> str:
    return f"{region} {period} 第{edition}版"


# -- how it is stored ------------------------------------------------------------------------------------------------


def pack_grid(grid: Checked) -> bytes:
    """With true values, needs and flags; the needs once, for there are few."""
    needs = {need: at for at, need in enumerate(dict.fromkeys(cell.need for cell in grid.cells.values()))}
    cells = [(*key, cell.value, needs[cell.need], cell.published, cell.given) for key, cell in grid.cells.items()]
    return zlib.compress(
        msgspec.json.encode({"name": grid.name, "needs": list(needs), "cells": cells, "alike": grid.alike})
    )


def unpack_grid(data: bytes) -> Checked:
    found = msgspec.json.decode(zlib.decompress(data))
    needs = [Need(*need) for need in found["needs"]]
    groups = msgspec.convert(found["alike"], tuple[tuple[Counted, ...], ...])
    return Checked(found["name"], dict(_counts(found["cells"], needs)), groups)


def _counts(rows: Iterable[list[object]], needs: Sequence[Need]) -> Iterable[tuple[Key, Count]]:
    for *place, value, need, published, given in rows:
        kept = needs[msgspec.convert(need, int)]
        cell = Count(msgspec.convert(value, int), kept, published=bool(published), given=bool(given))
        yield msgspec.convert(place, Key), cell


def pack_cells(cells: Sequence[Cell]) -> bytes:
    return zlib.compress(_CELLS.dump_json(tuple(cells), exclude_none=False))


def unpack_cells(data: bytes) -> tuple[Cell, ...]:
    return _CELLS.validate_json(zlib.decompress(data))
