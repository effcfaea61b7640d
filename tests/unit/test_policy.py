"""Which rule binds: in force, for this person, in this place, the strictest."""

from datetime import date
from pathlib import Path

import pytest

from workflows.errors import PolicyError
from workflows.policy import Policy, load_policy
from workflows.rules import Rule, governs


def rule(value: int, jurisdiction: str = "000000", **more: object) -> Rule:
    row: dict[str, object] = {"id": "decide", "title": "决定", "law_class": "NORM"}
    row["article"] = f"{jurisdiction} 第{value}条"
    row |= {"value": value, "unit": "clock_hours", "effective_from": date(2024, 12, 6), "jurisdiction": jurisdiction}
    return Rule.model_validate(row | more)


def test_one_row_of_guangdong_makes_24_hours_there_and_leaves_72_elsewhere() -> None:
    policy = Policy([rule(72), rule(24, "440000", law_class="LOCAL")])
    found = {r: policy.find_rule("decide", r, date(2026, 1, 5), minor=False) for r in ("440106001", "330382001")}
    assert {region: r.value for region, r in found.items() if r} == {"440106001": 24, "330382001": 72}


def test_looser_lower_rule_is_refused_with_both_named() -> None:
    with pytest.raises(PolicyError, match=r"330000.*96.*looser.*72.*000000"):
        Policy([rule(72), rule(96, "330000")])


def test_rule_binds_only_while_it_is_in_force() -> None:
    policy = Policy([rule(72)])
    assert policy.find_rule("decide", "330382", date(2024, 12, 5), minor=False) is None


def test_rule_for_minors_is_not_an_adults() -> None:
    policy = Policy([rule(72, applies_to="minor")])
    assert policy.find_rule("decide", "330382", date(2026, 1, 5), minor=False) is None
    assert policy.find_rule("decide", "330382", date(2026, 1, 5), minor=True)


def test_unknown_rule_is_an_error_and_not_a_missing_deadline() -> None:
    with pytest.raises(PolicyError, match="no pack"):
        Policy([]).find_rule("decide", "330382", date(2026, 1, 5), minor=False)


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ("000000", "330382", True),
        ("330000", "330382", True),
        ("330300", "330382001", True),
        ("330382", "330382001", True),
        ("331000", "331182", False),
        ("330300", "330482", False),
        ("330382", "330300", False),
    ],
)
def test_division_codes_govern_what_lies_below_them(above: str, below: str, expected: bool) -> None:
    assert governs(above, below) is expected


def test_every_platform_default_says_that_it_is_no_law() -> None:
    policy = load_policy()
    for versions in policy._rules.values():
        for found in versions:
            if found.law_class == "PLAT":
                assert "平台提醒" in found.article, found.id


def test_broken_pack_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text("jurisdiction: '330300'\nrules: {x: {title: t}}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"city\.yaml"):
        load_policy(tmp_path)
