"""The targets of the plans as the catalogue has them, and how the computable ones are counted."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from contracts.regions import is_region
from services.statistics.catalogue import (
    TARGETS,
    CatalogueError,
    all_keys,
    cities,
    get_city,
    get_indicator,
    get_target,
    indicators,
    list_targets,
    targets,
    year_of,
)

YUEQING, WENZHOU, QUZHOU, LIAOCHENG, ZUNYI = "330382", "330300", "330800", "371500", "520300"
ROWS = list(targets().values())

TABLES_AND_TEXTS = {
    YUEQING: {("women", "table"): 9, ("women", "text"): 63, ("children", "table"): 10, ("children", "text"): 62},
    ZUNYI: {("children", "text"): 77},
    QUZHOU: {("children", "table"): 11, ("children", "text"): 65},
    LIAOCHENG: {("women", "text"): 84, ("children", "text"): 95},
    WENZHOU: {("women", "table"): 13, ("women", "text"): 63, ("children", "table"): 11, ("children", "text"): 73},
}
SOURCES = {  # from case events, from those and a denominator, external
    YUEQING: (36, 7, 101),
    ZUNYI: (25, 3, 49),
    QUZHOU: (15, 3, 58),
    LIAOCHENG: (51, 8, 120),
    WENZHOU: (33, 8, 119),
}
DOUBTFUL = {
    "yueqing-women-table-03",
    "quzhou-children-table-02",
    "quzhou-children-table-05",
    "wenzhou-women-table-08",
    "wenzhou-children-health-10",
}


def test_every_target_of_the_five_plans_is_there_once() -> None:
    assert len(TARGETS.read_text(encoding="utf-8").splitlines()) == 636
    assert len(ROWS) == 636


@pytest.mark.parametrize("region", TABLES_AND_TEXTS)
def test_a_city_has_the_table_rows_and_sentences_of_its_plans(region: str) -> None:
    found = Counter((row.plan, row.kind) for row in ROWS if row.region == region)
    assert found == TABLES_AND_TEXTS[region]


@pytest.mark.parametrize("region", SOURCES)
def test_a_city_has_as_many_computable_targets_as_its_plans_allow(region: str) -> None:
    found = Counter(row.derivable for row in ROWS if row.region == region)
    assert (found["case-events"], found["case-events+denominator"], found["external"]) == SOURCES[region]


def test_no_row_of_a_table_is_computable() -> None:
    assert Counter(row.computable for row in ROWS if row.kind == "table") == {False: 54}


def test_signs_are_those_of_the_plans() -> None:
    signs = {">=": 233, "<=": 43, "=": 11, "increase": 88, "decrease": 25, "maintain": 4, "qualitative": 232}
    assert Counter(row.comparator for row in ROWS) == signs


def test_a_bound_has_its_number_and_what_has_no_number_has_no_bound() -> None:
    for row in ROWS:
        if row.comparator in {">=", "<=", "="}:
            assert row.target is not None, row.id
        elif row.comparator in {"qualitative", "maintain"}:
            assert row.target is None, row.id
        assert row.target_text, row.id


def test_a_row_of_a_table_has_its_baseline_in_words_and_a_number_unless_it_says_there_is_none() -> None:
    for row in ROWS:
        if row.kind == "table":
            assert row.baseline_text, row.id
            assert (row.baseline is None) == (row.baseline_text == "无数据"), row.id
            assert row.unit, row.id


def test_strict_signs_stay_in_the_words() -> None:
    row = get_target("yueqing-children-table-01")
    assert (row.comparator, row.target, row.target_text, row.baseline) == ("<=", 9, "<9", 10.84)


def test_doubtful_values_are_the_five_known_ones_and_say_why() -> None:
    doubtful = list_targets(uncertain=True)
    assert {row.id for row in doubtful} == DOUBTFUL
    assert all(row.note and row.note_zh for row in doubtful)


def test_every_note_is_in_chinese_and_english() -> None:
    assert sum(bool(row.note) for row in ROWS) == 91
    assert [row.id for row in ROWS if bool(row.note) != bool(row.note_zh)] == []


def test_keepers_are_named_only_where_the_number_is_another_agency_s_and_the_plans_say_whose() -> None:
    named = {row.id: row.keepers for row in ROWS if row.keepers}
    assert len(named) == 14
    assert all(targets()[one].derivable == "external" for one in named)
    assert named["wenzhou-women-table-12"] == ("justice",)
    assert named["quzhou-children-table-07"] == ("civil_affairs",)
    assert named["zunyi-children-law-03"] == ("police", "court")
    assert get_target("wenzhou-women-table-01").keepers == ()


def test_regions_are_known_and_end_with_the_name_of_the_city() -> None:
    assert set(cities()) == {YUEQING, WENZHOU, QUZHOU, LIAOCHENG, ZUNYI}
    assert all(is_region(region) for region in cities())
    assert {row.id.partition("-")[0] for row in ROWS if row.region == WENZHOU} == {"wenzhou"}


@pytest.mark.parametrize("name", ["330382", "乐清市", "乐清", "yueqing", "Yueqing"])
def test_a_city_is_found_by_its_code_and_by_each_of_its_names(name: str) -> None:
    assert get_city(name) == YUEQING


# -- indicators ---------------------------------------------------------------------------------------------------


def test_computable_targets_and_indicators_are_each_other_s() -> None:
    assert len(indicators()) == 48
    assert {row.key for row in ROWS if row.computable} == set(indicators())
    assert {row.key for row in ROWS if not row.computable}.isdisjoint(indicators())
    assert set(indicators()) < all_keys()


def test_an_indicator_needs_a_denominator_where_its_targets_do() -> None:
    for row in list_targets(computable=True):
        needs = row.derivable == "case-events+denominator"
        assert get_indicator(row.key).needs_denominator == needs, row.id


def test_the_settings_of_an_indicator_are_those_that_its_formula_speaks_of() -> None:
    for key, indicator in indicators().items():
        spoken = set(re.findall(r"\b[TD][12]?\b", indicator.formula))
        assert {name for name in indicator.settings if name.isupper()} == spoken, key
        for name in spoken:
            assert re.search(rf"\b{name} {indicator.settings[name]}\b|<= {name}\b", indicator.formula), (key, name)


def test_every_indicator_is_titled_and_explained_in_chinese() -> None:
    for key, indicator in indicators().items():
        assert re.search(r"[一-鿿]{3}", indicator.title), key
        assert indicator.meaning.endswith("。"), key
        assert indicator.title_en.isascii(), key
    assert len({indicator.title for indicator in indicators().values()}) == 48


def test_the_year_of_several_is_known_where_they_share_it() -> None:
    assert (year_of([2020, 2020]), year_of([2020, 2018]), year_of([2020, None]), year_of([])) == (
        2020,
        None,
        None,
        None,
    )


def test_a_target_has_a_formula_of_its_own_only_where_its_plan_says_more() -> None:
    own = [row.id for row in ROWS if row.formula]
    assert own == [
        "yueqing-women-health-04",
        "yueqing-women-health-08",
        "liaocheng-women-health-05",
        "liaocheng-women-health-06",
        "wenzhou-women-health-07",
    ]


# -- asking -------------------------------------------------------------------------------------------------------


def test_targets_are_listed_by_all_that_is_asked_together() -> None:
    found = list_targets(city="温州", plan="women", key="dv-warning-issued", computable=True)
    assert [row.id for row in found] == ["wenzhou-women-law-05", "wenzhou-women-law-08"]
    assert list_targets(city="遵义", plan="women") == []
    assert len(list_targets(computable=False)) == 447


@pytest.mark.parametrize(
    ("ask", "near"),
    [
        (lambda: get_target("yueqing-women-tabel-01"), "yueqing-women-table-01"),
        (lambda: get_indicator("dv-warnings-issued"), "dv-warning-issued"),
        (lambda: get_indicator("infant-mortality"), "可计算"),
        (lambda: list_targets(city="溫州市"), "温州市"),
        (lambda: list_targets(plan="woman"), "women"),
        (lambda: list_targets(key="infant-mortalty"), "infant-mortality"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest_there_are(ask: Callable[[], object], near: str) -> None:
    with pytest.raises(CatalogueError, match=near):
        ask()
