"""What keepers state: every bad row is named, nothing is made up, and sums need all their parts."""

from datetime import date
from typing import Any

import pytest

from contracts.codes import DenominatorName
from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated, SignOff
from contracts.regions import parts_of
from services.statistics.catalogue import KEEPERS, indicators, targets
from services.statistics.feeds import denominators, external
from services.statistics.feeds.csv_files import read_denominators, read_external, write_denominators, write_external
from services.statistics.feeds.denominators import fill_in, find_contradictions, work_out
from services.statistics.feeds.errors import FeedError
from services.statistics.feeds.external import Signature, check_sign_off, report, table_of
from services.statistics.feeds.model import Row, newest, settle

TODAY = date(2027, 3, 1)
HEAD = "name,region,year,band,value,as_of,unit,document,revision\n"
GOOD = "population_women,330382,2026,35-64,312456,2026-12-31,health@330382,乐卫健〔2027〕3号,"
CALLS = "dv_police_incidents,330382,2026,,120,2026-12-31,police-bureau@330382,乐公〔2027〕1号,"


def faults(*lines: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    """Row, column and code of everything that is wrong with a file on 1 March 2027."""
    try:
        rows = read_denominators((head + "\n".join(lines)).encode())
        found = settle(rows, [], denominators.check, TODAY).faults
    except FeedError as error:
        found = error.faults
    assert all(one.zh and one.en for one in found)
    return [one[:3] for one in found]


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (GOOD.replace("312456", "-1"), "value", "greater_than_equal"),
        (GOOD.replace("312456", "1.5"), "value", "int_parsing"),
        (GOOD.replace("312456", "31万"), "value", "int_parsing"),
        (GOOD.replace("330382,2026", "330399,2026"), "region", "region_unknown"),
        (GOOD.replace("330382,2026", "330382001,2026"), "region", "level_wrong"),
        (GOOD.replace("330382,2026", "330000,2026"), "region", "level_wrong"),
        (GOOD.replace("330382,2026", "330302,2026"), "unit", "unit_elsewhere"),
        (GOOD.replace("population_women", "population"), "name", "enum"),
        (GOOD.replace("2026-12-31", "2027-01-01"), "as_of", "as_of_after_year"),
        (GOOD.replace("2026-12-31", "2026-02-30"), "as_of", "date_parsing"),
        (GOOD.replace(",2026,", ",2028,").replace("2026-12", "2028-12"), "year", "year_in_future"),
        (GOOD.replace(",2026,", ",2027,").replace("2026-12", "2027-12"), "as_of", "as_of_in_future"),
        (GOOD.replace("35-64", ""), "band", "band_missing"),
        (GOOD.replace("35-64", "64-35"), "band", "band_empty"),
        (CALLS.replace("2026,,", "2026,0-17,"), "band", "band_not_wanted"),
        (GOOD.replace("health@", "court@"), "unit", "unit_kind_wrong"),
        (GOOD.replace("乐卫健〔2027〕3号", "公报"), "document", "reference_without_number"),
        (GOOD.replace("乐卫健〔2027〕3号", "13800138000"), "document", "reference_names_person"),
        (f"{GOOD}0", "revision", "greater_than_equal"),
        (f"{GOOD},", "file", "columns_wrong"),
    ],
)
def test_bad_row_is_named_by_line_and_column(line: str, column: str, code: str) -> None:
    assert (3, column, code) in faults(CALLS, line)


def test_line_without_a_value_has_not_been_filled_in() -> None:
    assert faults(GOOD.replace("312456", ""), CALLS) == []
    assert faults(GOOD.replace("312456", "")) == [(1, "file", "no_rows")]


def test_what_a_pattern_wants_is_told_by_an_example() -> None:
    with pytest.raises(FeedError) as refused:
        read_denominators((HEAD + GOOD.replace("health@330382", "卫健局").replace("35-64", "35至64")).encode())
    assert {one.column: one.zh for one in refused.value.faults} == {"unit": "应如 health@330382", "band": "应如 35-64"}


def test_good_rows_have_no_fault_and_a_stated_zero_is_one() -> None:
    assert faults(GOOD, CALLS.replace(",120,", ",0,")) == []


def test_every_fault_of_a_file_is_named_at_once() -> None:
    lines = (GOOD.replace("312456", "-1"), CALLS, CALLS.replace("330382,2026", "330399,2026"))
    assert [row for row, _, _ in faults(*lines)] == [2, 4]


def test_same_place_twice_in_a_file_with_another_value_is_refused_and_the_same_value_is_one() -> None:
    assert faults(GOOD, CALLS, GOOD) == []
    assert faults(GOOD, CALLS, GOOD.replace("312456", "312457")) == [(4, "value", "stated_differently")]
    assert faults(GOOD, GOOD.replace("312456", "312457") + "2") == []


@pytest.mark.parametrize(
    ("head", "column", "code"),
    [
        (HEAD.replace("document,", "docment,"), "docment", "column_unknown"),
        (HEAD.replace("document,", "docment,"), "document", "column_missing"),
        (HEAD.replace("document", "unit"), "unit", "column_twice"),
        (HEAD.replace("document", "单位"), "单位", "column_unknown"),
    ],
)
def test_head_that_cannot_be_read_is_named(head: str, column: str, code: str) -> None:
    assert (1, column, code) in faults(GOOD, head=head)


def test_head_may_be_chinese_and_columns_in_any_order() -> None:
    text = "\ufeff数值,名称,地区,年度,截至日期,来源单位,文件编号\r\n120,dv_police_incidents,330382,2026,2026-12-31,"
    (row,) = read_denominators(f"{text}police-bureau@330382,乐公〔2027〕1号\r\n".encode())
    assert (row.said.value, row.said.band, row.said.revision) == (120, None, 1)


@pytest.mark.parametrize(
    ("data", "code"), [("名称".encode("gbk"), "not_utf_8"), (b'a,"b"c', "not_csv"), (HEAD.encode(), "no_rows")]
)
def test_what_is_no_table_is_refused_as_such(data: bytes, code: str) -> None:
    with pytest.raises(FeedError) as refused:
        read_denominators(data)
    assert refused.value.faults[0].code == code


# -- against what is stored -------------------------------------------------------------------------------------------


def stated(value: int, revision: int = 1, **more: Any) -> DenominatorStated:
    said: dict[str, Any] = {
        "name": DenominatorName.VILLAGES,
        "region": "330382",
        "year": 2026,
        "as_of": date(2026, 12, 31),
    }
    said |= {"unit": "civil-affairs@330382", "document": "乐民〔2027〕8号", "value": value, "revision": revision}
    return DenominatorStated(**said | more)


def test_correction_needs_a_higher_revision_than_all_that_are_stored() -> None:
    stored = [stated(900), stated(905, 2)]

    def settled(one: DenominatorStated) -> tuple[int, int, list[str]]:
        found = settle([Row(1, one)], stored, denominators.check, TODAY)
        return len(found.new), len(found.repeated), [fault.code for fault in found.faults]

    assert settled(stated(905, 2)) == settled(stated(900)) == (0, 1, [])
    assert settled(stated(906, 2)) == settled(stated(906)) == (0, 0, ["stated_differently"])
    assert settled(stated(906, 3)) == (1, 0, [])
    assert settle([Row(1, stated(1))], [stated(2, 3)], denominators.check, TODAY).faults[0].code == "older_revision"


def test_refusal_says_what_is_stored_and_which_revision_would_correct_it() -> None:
    (fault,) = settle([Row(7, stated(906))], [stated(900), stated(905, 2)], denominators.check, TODAY).faults
    assert "已报 905（乐民〔2027〕8号，第 2 次）" in fault.zh
    assert "修订应为 3" in fault.zh
    assert str(fault).endswith("a correction has 3")


def test_newest_revision_counts() -> None:
    assert newest([stated(905, 2), stated(900), stated(7, region="330302", unit="civil-affairs@330302")]) == [
        stated(7, region="330302", unit="civil-affairs@330302"),
        stated(905, 2),
    ]


# -- sums ---------------------------------------------------------------------------------------------------------


def test_division_is_as_stated_else_the_sum_of_all_its_parts() -> None:
    counties = dict.fromkeys(parts_of("330800"), 10)
    assert len(counties) == 6
    assert work_out("330800", counties) == 60
    assert work_out("330800", counties | {"330800": 59}) == 59
    assert work_out("330800", dict(list(counties.items())[1:])) is None
    assert work_out("330802", {}) is None


def test_a_stated_zero_is_a_number_and_a_missing_part_is_none() -> None:
    assert work_out("330382", {"330382": 0}) == 0
    assert work_out("330800", dict.fromkeys(parts_of("330800"), 0)) == 0


def test_county_is_the_sum_of_its_townships_and_the_city_of_its_counties() -> None:
    townships = {("villages", code, 2026, ""): 2 for code in parts_of("330382")}
    others = {("villages", code, 2026, ""): 100 for code in parts_of("330300") if code != "330382"}
    filled = fill_in(townships | others)
    assert filled["villages", "330382", 2026, ""] == 2 * len(townships)
    assert filled["villages", "330300", 2026, ""] == 2 * len(townships) + 100 * len(others)
    assert ("villages", "330300", 2025, "") not in filled


def test_total_that_is_not_that_of_its_parts_is_reported() -> None:
    parts = {("townships", code, 2026, ""): 10 for code in parts_of("330800")}
    whole = ("townships", "330800", 2026, "")
    assert list(find_contradictions(parts | {whole: 60})) == []
    (found,) = find_contradictions(parts | {whole: 61})
    assert found == ("townships", "330800", 2026, "", 61, 60)


def test_some_parts_that_are_more_than_the_whole_are_reported_and_fewer_are_not() -> None:
    first, second, *_ = parts_of("330800")
    some = {("townships", first, 2026, ""): 10, ("townships", second, 2026, ""): 10}
    assert [one.total for one in find_contradictions(some | {("townships", "330800", 2026, ""): 19})] == [20]
    assert list(find_contradictions(some | {("townships", "330800", 2026, ""): 21})) == []


# -- the plans' tables --------------------------------------------------------------------------------------------


def value(target: str = "yueqing-women-table-09", revision: int = 1, **more: Any) -> ExternalValueStated:
    said: dict[str, Any] = {"target": target, "year": 2026, "value": 318.0, "unit": "justice@330382"}
    return ExternalValueStated(**said | {"document": "乐司〔2027〕5号", "worker": "W0318", "revision": revision} | more)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (value("yueqing-women-table-10"), "target_unknown"),
        (value(unit="health@330382"), "unit_kind_wrong"),
        (value(unit="justice@330302"), "unit_elsewhere"),
        (value(year=2028), "year_in_future"),
    ],
)
def test_value_that_is_nobodys_is_refused(said: ExternalValueStated, code: str) -> None:
    (fault,) = settle([Row(1, said)], [], external.check, TODAY).faults
    assert fault.code == code


def test_value_is_shown_as_unsigned_until_a_second_person_has_signed_its_newest_revision() -> None:
    rows = [targets()["yueqing-women-table-09"]]
    by = Signature("womens-children-committee@330382", "F0001", date(2027, 3, 1))
    signed = {("yueqing-women-table-09", 1): by}
    both = [value(), value(revision=2, value=320.0)]
    for said, who, standing, final in (
        ([], {}, "not_reported", None),
        ([value()], {}, "unsigned", None),
        ([value()], signed, "signed", 318.0),
        (both, signed, "correction_unsigned", 318.0),
        (both, signed | {("yueqing-women-table-09", 2): by}, "signed", 320.0),
    ):
        (one,) = report(rows, said, who)
        assert (one.standing, one.final.value if one.final else None) == (standing, final)
        assert one.keeper_zh == "司法局"


@pytest.mark.parametrize(
    ("said", "last", "worker", "unit", "code"),
    [
        (value(), 1, "W0318", "womens-children-committee@330382", "same_person"),
        (value(), 2, "F0001", "womens-children-committee@330382", "older_revision"),
        (value(year=2027), 1, "F0001", "womens-children-committee@330382", "year_unfinished"),
        (value(), 1, "F0001", "womens-children-committee@330302", "unit_elsewhere"),
    ],
)
def test_sign_off_is_refused(said: ExternalValueStated, last: int, worker: str, unit: str, code: str) -> None:
    (refusal,) = check_sign_off(said, last, SignOff(unit=unit, worker=worker), TODAY)
    assert refusal.code == code
    assert list(check_sign_off(value(), 1, SignOff(unit="womens-children-committee@330300", worker="F1"), TODAY)) == []


def test_template_has_a_line_for_each_row_of_the_table_and_reads_back_what_was_filled_in() -> None:
    rows = report(table_of("330382"), [value(), value(revision=2, value=320.5)], {})
    text = write_external(rows, 2026)
    assert len(text.splitlines()) == 1 + len(table_of("330382")) == 20
    assert text.splitlines()[10].startswith("yueqing-children-table-01,1,严重致残的出生缺陷发生率,1/‰,2026,,,,,1")
    (row,) = read_external(text.encode())
    assert row == Row(10, value(revision=2, value=320.5))


def test_template_of_denominators_has_what_the_indicators_of_a_division_are_divided_by() -> None:
    wanted = {("population_women", "35-64"), ("villages", ""), ("dv_police_incidents", "")}
    said = [stated(900), stated(7, region="330302", unit="civil-affairs@330302")]
    text = write_denominators(wanted, said, "330382", 2026)
    head, *lines = text.splitlines()
    assert head == "\ufeff名称,含义,地区,年度,年龄段,数值,截至日期,来源单位,文件编号,修订"
    assert lines[:2] == [
        "dv_police_incidents,家庭暴力警情,330382,2026,,,,,,1",
        "population_women,常住妇女人口,330382,2026,35-64,,,,,1",
    ]
    assert read_denominators(text.encode()) == [Row(4, stated(900))]
    assert len(write_denominators(wanted, [], "330382001", 2026).splitlines()) == 2


def test_every_keeper_of_the_catalogue_is_a_kind_of_unit() -> None:
    assert {keeper for row in targets().values() for keeper in row.keepers} <= KEEPERS.keys()


def test_whatever_an_indicator_is_divided_by_can_be_stated_by_age_where_it_counts_by_age() -> None:
    wanted = {
        (part.over, part.band is not None) for one in indicators().values() for part in one.parts.values() if part.over
    }
    assert wanted == {(name.value, name.banded) for name in DenominatorName}
