"""Which divisions and units there are."""

import pytest

from contracts.codes import UnitKind, unit_at
from contracts.regions import can_handle, is_region, is_served, is_within, region_name, region_names


def test_regions_are_those_of_the_five_plans() -> None:
    assert len(region_names()) == 728
    assert region_name("330382") == "乐清市"
    assert is_region("330300")
    assert not is_region("330399")


def test_a_report_is_handled_in_a_county_or_a_township_and_nowhere_above() -> None:
    found = {code: can_handle(code) for code in ("330382", "330382001", "330300", "330000", "330399", "330382999")}
    assert [code for code, can in found.items() if can] == ["330382", "330382001"]


def test_every_unit_that_a_region_names_is_served() -> None:
    kinds = [kind for kind in UnitKind if kind.level != "opaque"]
    assert all(is_served(unit_at(kind, region)) for kind in kinds for region in ("330382", "330382001"))


@pytest.mark.parametrize(
    "unit",
    [
        "police-station@330382999",
        "police-station@330382",
        "police-bureau@330382001",
        "police-bureau@330399",
        "police-station@00112233aabbccdd",
        "school@330382",
        "temple@330382",
        "",
    ],
)
def test_a_unit_that_cannot_exist_is_not_served(unit: str) -> None:
    assert not is_served(unit)


def test_an_opaque_id_is_taken_at_its_word() -> None:
    assert is_served("school@00112233aabbccdd")


@pytest.mark.parametrize(
    ("region", "around"),
    [
        ("330382", "330382"),
        ("330382", "330300"),
        ("330300", "330000"),
        ("330382001", "330382"),
        ("330382001", "330000"),
    ],
)
def test_a_division_is_within_itself_and_all_around_it(region: str, around: str) -> None:
    assert is_within(region, around)


@pytest.mark.parametrize(
    ("region", "around"), [("330300", "330382"), ("330302", "330382"), ("371500", "330000"), ("330382101", "330382100")]
)
def test_a_division_is_not_within_its_part_or_its_neighbour(region: str, around: str) -> None:
    assert not is_within(region, around)
