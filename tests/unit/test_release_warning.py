"""预警: what the plans want and what the years say."""

from datetime import date
from typing import Any

import pytest

from services.statistics.catalogue import Target, list_targets
from services.statistics.releases.warning import find_target, of_whole_year, project, warn

AIM: dict[str, Any] = list_targets(key="two-cancer-screening-coverage")[0].model_dump() | {"target_year": 2030}


def target(comparator: str, wanted: float | None, baseline: float | None = None) -> Target:
    return Target.model_validate(AIM | {"comparator": comparator, "target": wanted, "baseline": baseline})


def test_the_line_goes_on_through_the_years_and_never_below_zero() -> None:
    assert project({2024: 60.0, 2025: 70.0, 2026: 80.0}, 2028) == pytest.approx(100)
    assert project({2025: 30.0, 2026: 10.0}, 2030) == 0
    assert project({2026: 10.0}, 2030) is None
    assert project({2026: 10.0}, 2026) == 10


def test_a_count_of_half_a_year_becomes_twice_as_many_and_a_share_stays() -> None:
    assert of_whole_year(50, "count", date(2027, 7, 2)) == pytest.approx(50 * 365 / 183)
    assert of_whole_year(50, "share", date(2027, 7, 2)) == 50


@pytest.mark.parametrize(
    ("comparator", "wanted", "baseline", "misses"),
    [
        (">=", 85, None, False),
        (">=", 95, None, True),
        ("<=", 95, None, False),
        ("<=", 85, None, True),
        ("=", 90, None, False),
        ("=", 91, None, True),
        ("increase", 10, 70, False),
        ("increase", 30, 70, True),
        ("decrease", 10, 95, True),
        ("maintain", None, 90, False),
        ("maintain", None, 91, True),
        ("increase", 10, None, False),
        ("qualitative", None, None, False),
    ],
)
def test_a_target_is_missed_where_the_line_ends_on_its_wrong_side(
    comparator: str, wanted: float | None, baseline: float | None, misses: bool
) -> None:
    """The line ends at 90."""
    found = warn({2025: 80.0, 2026: 82.0}, target(comparator, wanted, baseline))
    assert [one.why for one in found] == ["miss"] * misses
    if misses:
        assert (found[0].year, found[0].projected) == (2030, 90)
        assert "2030 年预计为 90.00" in found[0].zh


def test_a_target_whose_year_is_over_is_measured_against_the_newest() -> None:
    over = target(">=", 90).model_copy(update={"target_year": 2025})
    assert [one.year for one in warn({2025: 95.0, 2026: 80.0}, over)] == [2026]


@pytest.mark.parametrize(
    ("last", "now", "swings"),
    [(10, 15, False), (10, 16, True), (15, 10, False), (16, 10, True), (10, 0, True), (0, 9, False)],
)
def test_a_number_swings_when_it_is_far_from_last_year(last: float, now: float, swings: bool) -> None:
    assert [one.why for one in warn({2025: last, 2026: now})] == ["swing"] * swings


def test_a_year_after_a_gap_does_not_swing() -> None:
    assert warn({2024: 10.0, 2026: 100.0}) == []


def test_only_a_target_in_the_same_unit_is_compared() -> None:
    percent, persons = (
        target(">=", 90).model_copy(update={"unit": "%"}),
        target(">=", 5).model_copy(update={"unit": "人"}),
    )
    assert find_target([persons, percent], "%") == percent
    assert find_target([persons], "%") is None
