"""Numbers of indicators that count the same members: what one of them keeps back no other tells."""

from random import Random
from typing import Any

import pytest

from services.statistics.catalogue import define
from services.statistics.disclosure.model import Cell, Key, Release
from services.statistics.releases import checking, grid
from services.statistics.releases.alike import alike
from services.statistics.releases.figures import Figure, figures_of
from workflows.packs import Disclosure
from workflows.policy import load_policy

CHAIN = [one for one in figures_of(define(load_policy()), "330300") if one.indicator == "child-protection-chain"]
SHARES = [one for one in CHAIN if one.kind == "share"]
PERIODS = ["2026", "2026-S1", "2026-S2"]


def closed(seed: int) -> Release:
    """Cases closed in 温州; each is in the cohort of six shares, and counts in those whose stage it lacks."""
    chance = Random(seed)
    rows = []
    for county in grid.counties_of("330300"):
        for half in (1, 2):
            for _ in range(chance.choice([0, 1, 2, 3, 5, 6, 8, 12, 20])):
                lacks = {one.part: chance.random() < 0.15 for one in SHARES[1:]}
                counts = {"main": not any(lacks.values())} | lacks
                rows += [grid.Row(*one.key, half, county, {}, int(counts[one.part]), 1) for one in SHARES]
    return grid.lay("x", "330300", PERIODS, SHARES, rows, rule=Disclosure())


def recovered(release: Release) -> list[Key]:
    """By plain differencing: the only unknown of a sum is known. Shares no code with the attack."""
    places = [(period, region) for period in PERIODS for region in grid.regions_of("330300")]
    known = {_said(key): value for key, value in release.published.items()}
    sums = [
        (name, place, [(other, region) for other, region in places if _is_part(place, (other, region), by)])
        for name in {_said(key)[0] for key in release.cells}
        for place in places
        for by in ("region", "period")
    ]
    before = -1
    while before < len(known):
        before = len(known)
        for name, whole, parts in sums:
            unknown = [one for one in (whole, *parts) if (name, one) not in known]
            if parts and len(unknown) == 1:
                told = sum(known.get((name, part), 0) for part in parts)
                known[name, unknown[0]] = told if unknown[0] == whole else known[name, whole] - told
    return [key for key, cell in release.cells.items() if not cell.published and _said(key) in known]


def _said(key: Key) -> tuple[str, tuple[str, str]]:
    """The cohort is one, whatever share it is said of."""
    return ("cohort" if key.measure == "denominator" else key.part), (key.period, key.region)


def _is_part(whole: tuple[str, str], part: tuple[str, str], by: str) -> bool:
    if by == "region":
        return whole[1] == "330300" != part[1] and whole[0] == part[0]
    return whole[0] == "2026" != part[0] and whole[1] == part[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_share_does_not_tell_what_another_of_the_same_cases_keeps_back(seed: int) -> None:
    assert recovered(checking.check([], closed(seed))) == []


def test_the_differencing_of_these_tests_finds_what_untied_shares_give_away() -> None:
    laid = closed(2)
    untied = Release(laid.name, laid.cells)
    assert any(laid.cells[key].value in range(1, 5) for key in recovered(checking.check([], untied)))


def test_the_same_members_are_told_by_the_declarations() -> None:
    ties = {
        tuple("/".join([*count[:3], *map(str, count[3])]) for count in tie)
        for tie in alike(figures_of(define(load_policy()), "330300"))
    }
    patients, stages = "cancer-treatment-rate", "two-cancer-early-diagnosis"
    assert ties >= {
        ("child-protection-chain/main/denominator", "child-protection-chain/missing_report/denominator"),
        ("child-hotline/cases/denominator", "child-hotline/accepted/denominator"),
        ("dv-mandatory-report/main/denominator", "dv-mandatory-report/completeness/numerator"),
        (f"{patients}/together/denominator", f"{patients}/breast/denominator", f"{patients}/main/denominator"),
        (f"{patients}/breast/denominator", "screening-follow-up-linkage/treated/denominator/('cancer', 'breast')"),
        (f"{patients}/together/denominator", f"{stages}/main/denominator", f"{stages}/unknown/numerator"),
    }


def test_few_of_one_cancer_are_not_told_by_both_and_the_other() -> None:
    figures = [one for one in figures_of(define(load_policy()), "330382") if one.indicator == "cancer-treatment-rate"]
    told = {"main": 2, "breast": 30, "together": 32}
    rows = [grid.Row(*one.key, 1, "330382", {}, told[one.part], told[one.part]) for one in figures]
    checked = checking.check([], grid.lay("x", "330382", ["2026"], figures, rows, rule=Disclosure()))
    shown = {key.part for key in checked.published if key.measure == "denominator"}
    assert "main" not in shown
    assert len(shown) == 1


def test_who_counts_by_the_anchor_alone_is_a_cohort_of_its_own() -> None:
    visit, village = {"reported_via": "visit"}, {"reporter_category": "village_committee"}
    anchor: dict[str, Any] = {"step": ["case.opened"]}
    found = figure("found", "count", each=[anchor | {"where": where} for where in (visit, village)])
    either = {"any": [{"is": anchor | {"where": where}} for where in (village, visit)]}
    of_all = figure("of_all", "share", each=[anchor], counts=either)
    later = figure("later", "share", each=[anchor], counts={"step": ["case.closed"]})
    assert alike([found, of_all, later]) == (
        (("dv", "found", "denominator", ()), ("dv", "of_all", "numerator", ())),
        (("dv", "of_all", "denominator", ()), ("dv", "later", "denominator", ())),
    )


def figure(part: str, kind: str, **wording: Any) -> Figure:
    said = {"indicator": "dv", "part": part, "kind": kind, "of": "case", "title_zh": "数", "title_en": "N"}
    return Figure.model_validate(said | {"wording": wording})


def test_who_still_waits_in_one_of_two_ties_nothing() -> None:
    laid = closed(1)
    main = next(key for key in laid.cells if key.part == "main" and key.measure == "denominator")
    other = main._replace(part="missing_report")
    assert any(other in parts for _, parts in laid.sums())
    cells = {**laid.cells, other: Cell(laid.cells[other].value + 1)}
    assert not any(other in (total, *parts) for total, parts in Release(laid.name, cells, laid.alike).sums())


def test_each_hand_is_dealt_all_that_is_tied_of_every_release() -> None:
    before, now = closed(1), closed(2)
    untied = Release("before", before.cells)
    hands = checking.deal([untied, now], 3)
    assert sorted(key for _, last in hands for key in last.cells) == sorted(now.cells)
    (full,) = [hand for hand in hands if hand[1].cells]
    assert full[0].cells == untied.cells
