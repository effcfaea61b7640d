"""A release of all declared numbers as files: every kind of number, every dimension of the grid."""

from datetime import date
from functools import cache

from lxml import etree

from contracts.releases import Release
from services.statistics.catalogue import define
from services.statistics.export.sdmx_data import to_sdmx_data
from services.statistics.export.sdmx_structure import to_sdmx_structure
from services.statistics.releases import files, grid
from services.statistics.releases.cells import Beside, cells_of
from services.statistics.releases.edition import (
    Edition,
    Frozen,
    Person,
    pack_cells,
    pack_grid,
    unpack_cells,
    unpack_grid,
)
from services.statistics.releases.figures import figures_of
from services.statistics.releases.plans import sentences_of, tables_of
from tests.unit.derived_schema import derive
from workflows.packs import Disclosure
from workflows.policy import load_policy

YUEQING = "330382"
FIGURES = figures_of(define(load_policy()), YUEQING)
ROWS = [grid.Row(*one.key, half, YUEQING, {}, 13, 20) for one in FIGURES for half in (1, 2)]
LAID = grid.lay("x", YUEQING, ["2026", "2026-S1", "2026-S2"], FIGURES, ROWS, rule=Disclosure())
BESIDE = Beside(
    medians={(*one.key, YUEQING): 30.5 for one in FIGURES}, stated={(one.stated, YUEQING): 100 for one in FIGURES}
)
FROZEN = Frozen(
    figures=tuple(FIGURES),
    grid=1,
    calendar="1.11.0",
    epoch=1,
    facts=10,
    as_of=date(2027, 2, 1),
    plans=tables_of(YUEQING),
    sentences=sentences_of(YUEQING),
)
CELLS = cells_of(YUEQING, "2026", FIGURES, LAID.showing(LAID.cells), BESIDE)


@cache
def whole() -> Release:
    """With everything shown: what is kept back elsewhere is tested elsewhere."""
    people = (
        Person("statistics@330382", "tj-01"),
        date(2027, 2, 1),
        Person("statistics@330382", "tj-02"),
        date(2027, 2, 2),
    )
    return Edition(1, YUEQING, "2026", 1, "published", "", *people, (), FROZEN).release(CELLS)


def test_every_kind_of_number_has_a_value() -> None:
    kinds = {one.key: one.kind for one in whole().definitions}
    assert {kinds[cell.key] for cell in whole().cells if cell.value is not None} >= set(kinds.values()) - {"breadth"}


def test_sdmx_of_all_numbers_is_valid_by_the_schema_derived_from_its_structure() -> None:
    derive(to_sdmx_structure(whole())).assertValid(etree.fromstring(to_sdmx_data(whole())))


def test_every_format_can_be_made_and_has_a_name_of_its_own() -> None:
    made = [files.make(name, FROZEN, [whole()]) for name in ("xlsx", "csv", "sdmx", "sdmx-csv", "adx", "svg")]
    names = [name for one in made for name in one]
    assert len(names) == len(set(names)) > 100
    assert all(data for one in made for data in one.values())


def test_messages_of_all_numbers_are_far_below_the_limit_of_one() -> None:
    assert max(len(message.to_json()) for message in whole().split()) < 100_000


def test_what_is_stored_reads_back_as_it_was() -> None:
    shown = LAID.showing(key for key in LAID.cells if key.measure == "denominator")
    assert unpack_grid(pack_grid(shown)) == shown
    assert unpack_cells(pack_cells(CELLS)) == tuple(CELLS)
    assert Frozen.read(FROZEN.model_dump_json()).model_dump(mode="json") == FROZEN.model_dump(mode="json")
