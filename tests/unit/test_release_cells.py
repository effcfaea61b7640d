"""The fixed grid and what a release says in each of its cells; nothing is hidden here but by hand."""

from collections.abc import Iterable
from typing import Any

import pytest

from contracts.releases import Cell
from services.statistics.catalogue import define
from services.statistics.disclosure.model import Release, find_relations
from services.statistics.disclosure.system import build
from services.statistics.milestones import milestones
from services.statistics.proofs import Vocabulary
from services.statistics.releases import grid
from services.statistics.releases.cells import Beside, cells_of
from services.statistics.releases.checking import check
from services.statistics.releases.dimensions import DIMENSIONS
from services.statistics.releases.figures import Figure, figures_of
from services.statistics.releases.grid import Row
from workflows.loader import load_workflows
from workflows.packs import Disclosure
from workflows.policy import load_policy

STAYING = {"station", "unit.kind", "to_unit.kind"}
"""Dimensions of declarations that are not released: units, and kinds of unit on the two ends of a referral."""


def figure(part: str, kind: str, **more: Any) -> Figure:
    said = {"indicator": "dv-multi-agency", "part": part, "kind": kind, "of": "case", "title_zh": "数", "title_en": "N"}
    return Figure.model_validate(said | more)


def row(part: str, numerator: int, denominator: int, region: str = "330382", half: int = 1, **line: str | None) -> Row:
    return Row("dv-multi-agency", part, half, region, line, numerator, denominator)


def shown(figures: list[Figure], rows: Iterable[Row], beside: Beside = Beside(), hide: str = "") -> dict[str, Cell]:  # noqa: B008
    """The cells of 乐清 by part, or part and code; `hide` is a part."""
    laid = grid.lay("x", "330382", ["2026"], figures, rows, rule=Disclosure())
    known = laid.showing(key for key in laid.cells if key.part != hide)
    cells = cells_of("330382", "2026", figures, known, beside)
    return {"/".join([cell.part, *(code or "_" for code in cell.dimensions.values())]): cell for cell in cells}


def said(cell: Cell) -> tuple[str, int | None, int | None, float | None]:
    return str(cell.status), cell.numerator, cell.denominator, cell.value


CASES, AGENCIES = figure("cases", "count"), figure("agencies", "ratio", over_part="cases")


def test_a_ratio_is_over_those_of_another_part() -> None:
    found = shown([CASES, AGENCIES], [row("cases", 8, 8), row("agencies", 20, 20)])
    assert said(found["agencies"]) == ("final", 20, 8, 2.5)
    assert said(shown([CASES, AGENCIES], [])["agencies"]) == ("no_data", None, None, None)


def test_what_is_measured_against_a_hidden_number_is_hidden() -> None:
    found = shown([CASES, AGENCIES], [row("cases", 8, 8), row("agencies", 20, 20)], hide="cases")
    assert said(found["agencies"]) == ("suppressed", None, None, None)


def test_a_coverage_needs_what_its_keeper_states() -> None:
    covered, task = figure("main", "coverage", over="villages"), figure("task", "coverage", over="task")
    lowest = figure("low", "lowest", lowest_of=("main", "task"))
    rows = [row("main", 45, 50), row("task", 30, 30)]
    found = shown([covered, task, lowest], rows, Beside(stated={("villages", "330382"): 60}))
    assert said(found["main"]) == ("final", 45, 60, 75)
    assert said(found["task"]) == ("no_data", None, None, None)
    assert said(found["low"]) == ("no_data", None, None, None)
    both = Beside(stated={("villages", "330382"): 60, ("task", "330382"): 60})
    assert said(shown([covered, task, lowest], rows, both)["low"]) == ("final", None, None, 50)
    assert said(shown([covered, task, lowest], rows, both, hide="task")["low"]) == ("suppressed", None, None, None)


def test_members_are_added_to_what_is_stated() -> None:
    more, plus = figure("more", "count"), figure("main", "coverage", over="calls", plus="more")
    found = shown([more, plus], [row("more", 10, 10), row("main", 30, 30)], Beside(stated={("calls", "330382"): 50}))
    assert said(found["main"]) == ("final", 30, 60, 50)


def test_breadth_counts_the_codes_with_somebody_and_only_when_all_of_them_are_told() -> None:
    by = {"by": ("reported_via",)}
    found_by, breadth = figure("cases", "count", **by), figure("breadth", "breadth", over_part="cases", **by)
    rows = [row("cases", 7, 7, reported_via="visit"), row("cases", 4, 4, reported_via="work"), row("cases", 5, 5)]
    found = shown([found_by, breadth], rows)
    assert (found["cases/visit"].value, found["cases/_"].value, found["cases"].value) == (7, 5, 16)
    assert said(found["breadth"]) == ("final", None, None, 2)
    assert said(shown([found_by, breadth], rows, hide="cases")["breadth"]) == ("suppressed", None, None, None)


def test_who_waits_in_another_part_makes_what_is_measured_against_it_wait() -> None:
    waiting = grid.waiting_in("330382", 2026, [("dv-multi-agency", "cases", 1, "330382")])
    found = shown([CASES, AGENCIES], [row("cases", 8, 8), row("agencies", 20, 20)], Beside(waiting=waiting))
    assert said(found["agencies"]) == ("immature", None, None, None)


def test_a_code_that_is_in_no_list_counts_as_not_recorded() -> None:
    found = shown([figure("main", "count", by=("relation",))], [row("main", 6, 6, relation="gossip")])
    assert (found["main/_"].value, found["main/spouse"].value) == (6, 0)


def test_a_line_that_can_have_nobody_hides_no_other() -> None:
    """Who reads that there are 22 cases, 20 of them referrals, knows that the other two are of the other workflow."""
    figures = {(one.indicator, one.part): one for one in figures_of(define(load_policy()), "330382")}
    cases = figures["child-hotline", "cases"]
    rows = [
        Row(*cases.key, 1, "330382", {"workflow": name}, number, number)
        for name, number in (("mandatory_report", 2), ("child_referral", 20))
    ]
    checked = check([], grid.lay("x", "330382", ["2026"], [cases], rows, rule=Disclosure()))
    hidden = {key.dimensions[0][1] for key, cell in checked.cells.items() if key.dimensions and not cell.published}
    assert hidden == {"mandatory_report", "child_referral"}


def test_the_lines_that_can_have_somebody_are_told_by_the_declaration() -> None:
    where = {"reporter_category": ["school", "medical"], "cancer": "breast", "situation": {"not": ["mr2"]}}
    part = figure("main", "count", wording={"in": ["screening"], "each": [{"step": ["x"], "where": where}]})
    can_be = {
        (name, code): grid.can_be(part, name, code)
        for name, codes in {
            "reporter_category": ["school", "police", "_"],
            "cancer": ["breast", "cervical"],
            "situation": ["mr1", "_"],
            "workflow": ["screening", "relief"],
            "relation": ["spouse", "_"],
        }.items()
        for code in codes
    }
    assert {place for place, can in can_be.items() if can} == {
        ("reporter_category", "school"),
        ("cancer", "breast"),
        ("situation", "mr1"),
        ("workflow", "screening"),
        ("relation", "spouse"),
    }


def test_a_coverage_has_no_half() -> None:
    yearly = figure("main", "coverage", over="villages", yearly=True)
    assert [key.period for key in grid.keys_of(yearly, "330382", ["2026", "2026-S1", "2026-S2"])] == ["2026"]
    nothing = Release("x", {})
    assert cells_of("330382", "2026-S1", [yearly], nothing, Beside()) == []


@pytest.mark.parametrize(
    ("city", "counties"), [("330300", 12), ("330382", 1), ("330800", 6), ("371500", 8), ("520300", 14)]
)
def test_every_city_has_its_counties_and_yueqing_is_one_of_wenzhou(city: str, counties: int) -> None:
    assert len(grid.counties_of(city)) == counties
    assert len(grid.regions_of(city)) == counties + (counties > 1)
    assert "330382" in grid.counties_of("330300")


def test_the_grid_of_all_declarations_adds_up_and_is_small_enough() -> None:
    """The same for every log: as many counts whatever happened."""
    figures = figures_of(define(load_policy()), "330300")
    periods = grid.periods_of("2026", [])
    rows = [
        Row(*one.key, half, region, {}, 3, 5) for one in figures for half in (1, 2) for region in ("330302", "330382")
    ]
    laid, empty = (grid.lay("x", "330300", periods, figures, of, rule=Disclosure()) for of in (rows, []))
    assert laid.cells.keys() == empty.cells.keys()
    assert len(laid.cells) < 60_000
    assert find_relations(laid.cells)
    build([laid])  # raises where a total is not the sum of its parts


def test_every_code_that_a_step_can_say_of_a_dimension_has_a_line_in_the_grid() -> None:
    """Else it would count as not recorded. A report's own kind is no service's, and no aid is granted of kind none."""
    elsewhere = {"harm_to_minor", "harm_to_woman", "child_in_hardship", "none"}
    workflows = load_workflows()
    names = {one.definition.workflow for one in workflows}
    vocabulary = Vocabulary(milestones(), {name: workflows.get(name).definition for name in names})
    for one in define(load_policy()):
        for workflow, step in one.part.anchors:
            said = {**(vocabulary.dimensions(workflow, step) or {}), "workflow": frozenset({workflow})}
            for name in one.part.by:
                if name in DIMENSIONS and (codes := said.get(name)):
                    assert codes - elsewhere <= DIMENSIONS[name].codes.keys(), (one.key, name)


def test_dimensions_of_declarations_are_in_the_grid_or_stay_inside_on_purpose() -> None:
    named = {name for one in define(load_policy()) for name in one.part.by}
    assert named - DIMENSIONS.keys() <= STAYING
