import re

import pytest

from contracts import codes
from contracts.base import UNIT_PATTERN, Contract, is_unit
from contracts.codes import (
    NEWBORN,
    READING,
    Cancer,
    Channel,
    CodeList,
    Diagnosis,
    Finding,
    HotlineLine,
    Listed,
    NoSuchUnitError,
    ReporterCategory,
    ScreeningMethod,
    ScreeningResult,
    Situation,
    UnitKind,
    central_role,
    label_zh,
    unit_at,
)

LISTS = [found for found in vars(codes).values() if isinstance(found, type) and issubclass(found, CodeList)]


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.__name__)
def test_every_code_may_travel_and_has_a_chinese_label(listed: type[CodeList]) -> None:
    for code in listed:
        assert re.fullmatch(r"[a-z0-9_.-]{1,64}", code.value)
        assert re.search(r"[\u4e00-\u9fff]", code.label_zh), code


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.__name__)
def test_no_two_codes_of_a_list_have_the_same_label(listed: type[CodeList]) -> None:
    assert len({code.label_zh for code in listed}) == len(listed)


def test_who_is_under_a_duty_to_report_follows_the_law() -> None:
    free = {category for category in ReporterCategory if not category.under_duty}
    assert free == {ReporterCategory.GUARDIAN, ReporterCategory.VICTIM, ReporterCategory.OTHER}


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["child", "suspect", "victim"], "victim"),
        (["guardian", "child"], "child"),
        (["guardian", "examinee"], "examinee"),
        (["applicant"], "applicant"),
        (["caller", "child"], "child"),
        (["caller"], "caller"),
        (["suspect"], None),
    ],
)
def test_a_case_is_that_of_the_person_harmed_then_of_the_one_in_need(roles: list[str], role: str | None) -> None:
    assert central_role(roles) == role


def test_a_line_has_the_code_of_its_channel() -> None:
    assert set(HotlineLine) <= set(Channel)


def test_every_birth_defect_is_screened_for_by_a_method() -> None:
    assert {method.cancer for method in ScreeningMethod} == set(Cancer) > NEWBORN


def test_what_is_found_from_cin2_on_is_to_be_treated() -> None:
    assert {diagnosis for diagnosis in Diagnosis if not diagnosis.to_treat} == {"excluded", "benign", "cin1"}


def test_a_unit_is_placed_at_the_level_of_its_kind() -> None:
    assert unit_at("police-station", "330382001") == "police-station@330382001"
    assert unit_at("court", "330382001") == "court@330382"
    assert unit_at("court", "330382") == "court@330382"


def test_without_a_township_the_county_desk_stands_in() -> None:
    assert unit_at("police-station", "330382") == "police-command@330382"
    assert unit_at("childrens-supervisor", "330382") == "child-protection@330382"
    assert unit_at("comprehensive-governance", "330382") == "comprehensive-governance@330382"
    assert unit_at("township-government", "330382") == "civil-affairs@330382"
    assert unit_at("township-womens-federation", "330382") == "womens-federation@330382"


@pytest.mark.parametrize("kind", [kind for kind in UnitKind if kind.level != "opaque"])
@pytest.mark.parametrize("region", ["330382", "330382001"])
def test_every_placed_kind_has_a_unit_for_every_region(kind: UnitKind, region: str) -> None:
    assert re.fullmatch(UNIT_PATTERN, unit_at(kind, region))
    assert is_unit(unit_at(kind, region))


@pytest.mark.parametrize("kind", ["school", "village-committee", "ministry", ""])
def test_no_unit_follows_from_a_region_for_opaque_or_unknown_kinds(kind: str) -> None:
    with pytest.raises(NoSuchUnitError):
        unit_at(kind, "330382001")


@pytest.mark.parametrize("method", ScreeningMethod)
def test_every_method_has_a_normal_and_an_abnormal_result(method: ScreeningMethod) -> None:
    findings = {result.finding for result in ScreeningResult if method in result.methods}
    assert {Finding.NORMAL, Finding.ABNORMAL} <= findings


class Coded(Contract):
    situation: Listed[Situation]


def test_a_list_is_closed_for_writers() -> None:
    with pytest.raises(ValueError, match="situation"):
        Coded.model_validate_json('{"situation": "mr10"}')


def test_a_list_is_open_for_readers() -> None:
    read = Coded.model_validate_json('{"situation": "mr10"}', context=READING)
    assert read.situation == "mr10"
    assert read.to_json() == b'{"situation":"mr10"}'
    assert label_zh(Situation, read.situation) == "mr10"


def test_free_text_is_no_code_even_for_readers() -> None:
    with pytest.raises(ValueError, match="situation"):
        Coded.model_validate_json('{"situation": "她说…"}', context=READING)
