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
from services.statistics.releases.wording import explain
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
    explained=explain(FIGURES),
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


def test_every_indicator_is_explained_with_the_settings_of_its_city() -> None:
    assert FROZEN.explained.keys() == {one.indicator for one in FIGURES}
    said = FROZEN.explained["two-cancer-screening-coverage"]
    assert said.meaning.startswith("截至当年年末的筛查周期内")
    assert "乳腺癌筛查覆盖率：同「宫颈癌筛查覆盖率」" in said.formula
    assert said.settings == "cycle = 3 年；age_band = 35—64 岁"
    assert FROZEN.explained["dv-warning-issued"].settings == "T = 72 小时"


def test_every_number_that_is_no_share_and_no_count_says_what_it_is_made_of() -> None:
    notes = {one.key: FROZEN.explained[one.indicator].notes.get(one.part, "") for one in FIGURES}
    assert {one.key for one in FIGURES if notes[one.key]} == {
        one.key for one in FIGURES if one.kind not in {"share", "count"}
    }
    coverage = "two-cancer-screening-coverage"
    assert notes[coverage, "main"] == "取宫颈癌筛查覆盖率、乳腺癌筛查覆盖率中最低者，本身没有分子、分母"
    assert notes[coverage, "cervical"] == "分母为外部报送的常住妇女人口（35—64 岁）"
    assert notes["dv-police-response", "letters"] == "分母为“家庭暴力警情转入案件率”的分子；未乘以 100"
    assert notes["dv-protection-order", "hours"] == "中位数，没有分子；分母为对象数"


def test_tables_of_plans_have_their_sheet_their_years_and_the_note_of_a_doubtful_value() -> None:
    women, children = tables_of(YUEQING)
    assert (women.name, women.baseline_year, women.target_year) == ("妇女发展规划", 2020, 2025)
    assert (children.name, children.title) == ("儿童发展规划", "乐清市儿童发展规划主要统计指标")
    doubtful = [row for row in (*women.rows, *children.rows) if row.note]
    assert [row.baseline for row in doubtful] == ["9.4"]
    assert doubtful[0].note.startswith("数值存疑，用前请核对原件：原文“(%”缺右括号。")


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
