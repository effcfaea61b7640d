"""A part becomes SQL; what needs no database to be judged. What the SQL counts is judged on a database."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from services.statistics.compile import Values, compile_part, get_value
from tests.statistics_parts import read_part

CASE = {"kind": "share", "of": "case", "in": ["dv_warning"], "each": {"step": "warning.assessed"}}
T: Values = {"T": {"": 72, "3303": 48, "330382": 24, "371502": 36}}


def compiled(use: Mapping[str, Any], values: Values = T, key: str = "k") -> str:
    return compile_part(key, "main", read_part({**CASE, **use}), values, {"T": "hours", "D": "days"})


def test_setting_that_is_the_same_everywhere_is_a_number() -> None:
    assert "make_interval(hours => 72)" in compiled({"waits": ["T"]}, {"T": {"": 72}})


def test_setting_of_regions_is_that_of_the_longest_code() -> None:
    city, other, county = "'3303') THEN 48", "'371502') THEN 36", "'330382') THEN 24"
    cases = " ".join(f"WHEN starts_with(a.region, {one}" for one in (county, other, city))
    assert f"CASE {cases} ELSE 72 END" in compiled({"waits": ["T"]})
    regions = ("330382001", "330302002", "371502001", "110101001")
    assert [get_value(T["T"], region) for region in regions] == [24, 48, 36, 72]


def test_setting_without_a_value_is_told() -> None:
    uses: list[dict[str, Any]] = [
        {"waits": ["D"]},
        {"counts": {"step": "x", "within": {"days": "D"}}},
        {"for_years": "D"},
    ]
    for use in uses:
        with pytest.raises(KeyError, match="D"):
            compiled(use)


@pytest.mark.parametrize("odd", ["it's", "a; DROP TABLE step", "x\n--", 'quoted"', "$1", "a)", "back\\slash"])
def test_name_that_is_none_never_gets_into_a_statement(odd: str) -> None:
    uses: list[dict[str, Any]] = [
        {"in": [odd]},
        {"each": {"step": odd}},
        {"each": {"step": "x", "where": {"y": odd}}},
        {"each": {"step": "x", "by_unit": [odd]}},
        {"who": {"role": [odd]}},
        {"by": [odd]},
        {"counts": {"none": {"all": [{"step": "x", "then": {"is": {"step": odd}}}]}}},
        {"counts": {"named_by": "needs", "as": odd, "step": "x"}},
    ]
    for use in uses:
        with pytest.raises(ValueError, match=r"no name|validation error"):
            compiled(use)
    with pytest.raises(ValueError, match="no name"):
        compiled({}, key=odd)


@pytest.mark.parametrize("word", ["counted", "eachone", "wait"])
def test_word_that_the_grammar_does_not_have_is_refused(word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        compiled({word: {"step": "x"}})


def test_statement_is_the_same_every_time() -> None:
    """Its mark tells whether everything must be counted again."""
    use = {"waits": ["T"], "counts": {"any": [{"step": "x"}, {"step": "y", "then": {"step": "z"}}]}}
    assert compiled(use) == compiled(use)
    assert compiled(use, {"T": {**T["T"], "3303": 49}}) != compiled(use)


def test_every_step_that_is_looked_for_has_a_name_of_its_own() -> None:
    text = compiled({"counts": {"all": [{"step": "x", "then": {"step": "y"}}, {"none": {"step": "z"}}]}})
    assert [len(re.findall(rf"step s{number}\b", text)) for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert "s2.at >= s1.at" in text
    assert text.count("NOT s") >= 3  # what was withdrawn counts nowhere


def test_braces_balance_and_no_step_is_read_outside_the_scope() -> None:
    """Every part reads only what was touched, whatever is counted."""
    for of in ("case", "person", "pair", "report", "step", "place"):
        text = compiled({"of": of})
        assert text.count("(") == text.count(")")
        assert ("FROM touched_case" in text) or (f"FROM touched WHERE kind = '{of}'" in text)
