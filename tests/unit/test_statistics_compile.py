"""A part becomes SQL; what needs no database to be judged. What the SQL counts is judged on a database."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.statistics.compile import Values, compile_part, get_value
from tests.statistics_parts import read_part

CASE = {"kind": "share", "of": "case", "in": ["dv_warning"], "each": {"step": "warning.assessed"}}
T: Values = {"T": {"": 72, "3303": 48, "330382": 24, "371502": 36}}


def compiled(values: Values = T, key: str = "k", **more: Any) -> str:
    return compile_part(key, "main", read_part(CASE | more), values, {"T": "hours", "D": "days"})


def test_setting_that_is_the_same_everywhere_is_a_number() -> None:
    assert "make_interval(hours => 72)" in compiled({"T": {"": 72}}, waits=["T"])


def test_setting_of_regions_is_that_of_the_longest_code() -> None:
    cases = (("330382", 24), ("371502", 36), ("3303", 48))
    written = " ".join(f"WHEN starts_with(a.region, '{code}') THEN {hours}" for code, hours in cases)
    assert f"CASE {written} ELSE 72 END" in compiled(waits=["T"])
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
            compiled(**use)


@pytest.mark.parametrize("odd", ["it's", "a; DROP TABLE step", "x\n--", 'quoted"', "$1", "a)", "back\\slash"])
def test_name_that_is_none_never_gets_into_a_statement(odd: str) -> None:
    for use in (
        {"in": [odd]},
        {"each": {"step": odd}},
        {"each": {"step": "x", "where": {"y": odd}}},
        {"each": {"step": "x", "by_unit": [odd]}},
        {"who": {"role": [odd]}},
        {"by": [odd]},
        {"counts": {"none": {"all": [{"step": "x", "then": {"is": {"step": odd}}}]}}},
        {"counts": {"named_by": "needs", "as": odd, "step": "x"}},
    ):
        with pytest.raises((AssertionError, ValidationError)):
            compiled(**use)
    with pytest.raises(AssertionError):
        compiled(key=odd)


@pytest.mark.parametrize("word", ["counted", "eachone", "wait"])
def test_word_that_the_grammar_does_not_have_is_refused(word: str) -> None:
    more: dict[str, Any] = {word: {"step": "x"}}
    with pytest.raises(ValidationError, match=word):
        compiled(**more)


def test_statement_is_the_same_every_time() -> None:
    """Its mark tells whether everything must be counted again."""
    use: dict[str, Any] = {"waits": ["T"], "counts": {"any": [{"step": "x"}, {"step": "y", "then": {"step": "z"}}]}}
    assert compiled(**use) == compiled(**use)
    assert compiled({"T": {**T["T"], "3303": 49}}, **use) != compiled(**use)


def test_every_step_that_is_looked_for_has_a_name_of_its_own() -> None:
    text = compiled(counts={"all": [{"step": "x", "then": {"step": "y"}}, {"none": {"step": "z"}}]})
    assert [text.count(f"FROM near_step s{number} WHERE") for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert "s2.at >= s1.at" in text
    assert text.count("NOT s") >= 3  # what was withdrawn counts nowhere


def test_braces_balance_and_no_step_is_read_outside_the_scope() -> None:
    """Every part reads only what was touched, whatever is counted."""
    for of in ("case", "person", "pair", "report", "step", "place"):
        text = compiled(of=of)
        assert text.count("(") == text.count(")")
        assert ("FROM touched_case" in text) or (f"FROM touched WHERE kind = '{of}'" in text)
