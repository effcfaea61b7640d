from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.releases import IndicatorRelease, join
from contracts.topics import HOURS_PER_WEEK, RELEASES
from deploy.backup.restore import SHORTEST_RETENTION
from tests.unit.releases import (
    DEFINITIONS,
    IMMATURE,
    NO_DATA,
    RELATION,
    SUPPRESSED,
    cell,
    count,
    release,
    sample,
    share,
    written,
)

VISIT, LETTER, SHELTER = ("dv-follow-up-visit", "main"), ("dv-warning-issued", "issued"), ("dv-shelter", "hours")


def with_cell(key: tuple[str, str], figures: dict[str, Any], region: str = "330382", **dimensions: str | None) -> Any:
    return {"cells": [cell(*key, region, figures, **dimensions)]}


@pytest.mark.parametrize(
    ("code", "where", "changes"),
    [
        ("suppressed_with_number", "numerator", with_cell(VISIT, SUPPRESSED | {"numerator": 2})),
        ("suppressed_with_number", "value", with_cell(VISIT, SUPPRESSED | {"value": 0.0})),
        ("no_data_with_number", "value", with_cell(VISIT, NO_DATA | {"value": 0.0})),
        ("immature_with_number", "denominator", with_cell(VISIT, IMMATURE | {"denominator": 14})),
        ("value_missing", "value", with_cell(VISIT, {"status": "final"})),
        ("value_missing", "value", with_cell(VISIT, {"status": "provisional", "numerator": 1, "denominator": 20})),
        ("rate_without_parts", "value", with_cell(VISIT, {"status": "final", "value": 80.0})),
        ("rate_without_parts", "value", with_cell(VISIT, {"status": "final", "value": 80.0, "denominator": 10})),
        ("denominator_zero", "denominator", with_cell(VISIT, share(0, 1) | {"denominator": 0})),
        ("numerator_too_large", "numerator", with_cell(VISIT, share(21, 20))),
        ("value_not_of_parts", "value", with_cell(VISIT, share(38, 41) | {"value": 92.69})),
        ("count_wrong", "value", with_cell(LETTER, count(12) | {"value": 13.0})),
        ("count_wrong", "value", with_cell(LETTER, count(12) | {"denominator": 12})),
        ("count_wrong", "value", with_cell(LETTER, {"status": "final", "value": 12.5})),
        ("median_of_few", "denominator", with_cell(SHELTER, {"status": "final", "value": 5.5, "denominator": 9})),
        ("median_of_few", "denominator", with_cell(SHELTER, {"status": "final", "value": 5.5})),
        ("definition_missing", "indicator", with_cell(("dv-recurrence", "main"), NO_DATA)),
        ("region_outside", "region", with_cell(VISIT, NO_DATA, region="371500")),
        ("dimension_unknown", "dimensions", with_cell(LETTER, NO_DATA, sex="female")),
        ("dimension_unknown", "dimensions", with_cell(LETTER, NO_DATA, relation="cousin")),
        ("cell_twice", 1, {"cells": [cell(*VISIT, "330382", NO_DATA), cell(*VISIT, "330382", share(38, 41))]}),
        ("period_unfinished", "published_on", {"published_on": "2026-12-31"}),
        ("period_unfinished", "published_on", {"period": "2026-S1", "published_on": "2026-06-30"}),
        ("reference_without_number", "signed_off_worker", {"signed_off_worker": "wang.fang"}),
        ("reference_names_person", "signed_off_worker", {"signed_off_worker": "13800138000"}),
        ("string_pattern_mismatch", "signed_off_worker", {"signed_off_worker": "王芳1"}),
        ("string_pattern_mismatch", "period", {"period": "2026-Q1"}),
        ("definition_twice", "definitions", {"definitions": [*DEFINITIONS, DEFINITIONS[0]]}),
        ("dimension_twice", "dimensions", {"dimensions": [RELATION, RELATION]}),
        ("dimension_reserved", "code", {"dimensions": [RELATION, RELATION | {"code": "indicator"}]}),
    ],
)
def test_what_does_not_hang_together_is_refused_at_its_place(code: str, where: str | int, changes: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        release(**changes)
    assert (code, where) in {(error["type"], error["loc"][-1]) for error in refusal.value.errors()}


def test_refusal_is_in_chinese_and_english_and_does_not_repeat_the_number() -> None:
    with pytest.raises(ValidationError) as refusal:
        release(**with_cell(VISIT, SUPPRESSED | {"numerator": 2}))
    assert "不公布" in str(refusal.value)
    assert "must have no number" in str(refusal.value)
    assert "input_value=2" not in str(refusal.value)


def test_nothing_of_nothing_is_no_data_and_none_of_twelve_is_zero() -> None:
    figures = {one.region: one for one in sample().cells if one.key == VISIT}
    assert (figures["330305"].status, figures["330305"].value) == ("no_data", None)
    assert (figures["330329"].status, figures["330329"].value) == ("final", 0)


@pytest.mark.parametrize("value", [0.62, 0.63])
def test_halves_may_be_rounded_either_way(value: float) -> None:
    rounded = share(1, 160) | {"value": value}
    assert release(**with_cell(VISIT, rounded)).cells[0].value == value


def test_a_code_that_was_not_recorded_is_another_cell_than_the_sum() -> None:
    both = [cell(*LETTER, "330382", count(20)), cell(*LETTER, "330382", count(3), relation=None)]
    assert len({one.place for one in release(cells=both).cells}) == 2


@pytest.mark.parametrize(
    ("period", "begins", "ends"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-S1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-S2", date(2026, 7, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_a_year_or_a_half(period: str, begins: date, ends: date) -> None:
    found = release(period=period)
    assert (found.begins_on, found.ends_on) == (begins, ends)


def test_yueqing_may_publish_by_itself() -> None:
    assert release(region="330382", cells=[cell(*VISIT, "330382", share(38, 41))]).region == "330382"


def test_what_is_written_reads_back() -> None:
    assert type(sample()).read(sample().to_json()) == sample()


def test_the_sample_has_a_cell_of_every_status() -> None:
    statuses = {one["status"] for one in written()["cells"]}
    assert statuses == {"final", "provisional", "suppressed", "no_data", "immature"}


def test_a_topic_that_keeps_the_latest_does_not_shorten_how_far_back_the_topics_reach() -> None:
    assert RELEASES.retention_hours is None
    assert timedelta(hours=HOURS_PER_WEEK) == SHORTEST_RETENTION


def test_a_release_is_put_together_again_from_its_messages_in_any_order() -> None:
    messages = [IndicatorRelease.read(message.to_json()) for message in sample().split()]
    assert [message.indicator for message in messages] == ["dv-follow-up-visit", "dv-warning-issued", "dv-shelter"]
    assert join(reversed(messages)) == sample()
    assert join(messages[:-1]) is None
    assert join([]) is None


def test_a_message_is_about_one_indicator() -> None:
    message = sample().split()[0]
    with pytest.raises(ValidationError, match="indicator_mixed"):
        IndicatorRelease(**(dict(message) | {"indicator": "dv-shelter"}))


def test_a_coverage_may_exceed_what_it_is_a_part_of() -> None:
    coverage = [DEFINITIONS[0] | {"kind": "coverage"}]
    found = release(definitions=coverage, dimensions=[], cells=[cell(*VISIT, "330382", share(21, 20))])
    assert found.cells[0].value == 105
