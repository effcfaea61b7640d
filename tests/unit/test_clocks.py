"""Periods under 民法典 arts 200-203 on the real calendars of 2025 and 2026, and across a year not yet published."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.base import SHANGHAI
from workflows.clocks import add_months, due
from workflows.rules import DATED, Rule


def rule(value: int, unit: str, **more: object) -> Rule:
    more = ({"roll": "none"} if unit in DATED else {}) | more
    row = {"id": "r", "title": "t", "article": "a", "law_class": "PLAT", "effective_from": date(2020, 1, 1)}
    return Rule.model_validate(row | {"value": value, "unit": unit} | more)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("made", "start", "expected"),
    [
        (rule(72, "clock_hours"), "2026-02-14T22:00", "2026-02-17T22:00"),  # 春节: hours do not stop
        (rule(30, "immediate"), "2026-01-05T23:45", "2026-01-06T00:15"),
        (rule(7, "calendar_days"), "2026-01-05T12:00", "2026-01-13T00:00"),  # first day excluded, ends at 24:00
        (rule(1, "working_days"), "2026-02-13T09:00", "2026-02-15T00:00"),  # Saturday 14 February is 调休
        (rule(2, "working_days"), "2026-02-13T09:00", "2026-02-25T00:00"),  # 15-23 February off
        (rule(3, "working_days"), "2026-09-30T09:00", "2026-10-11T00:00"),  # 国庆 to the 7th, Saturday 10th worked
        (rule(1, "months"), "2026-01-31T09:00", "2026-03-01T00:00"),  # no 31 February: its last day
        (rule(3, "months"), "2026-01-11T09:00", "2026-04-12T00:00"),
        (rule(1, "years"), "2024-02-29T09:00", "2025-03-01T00:00"),
    ],
)
def test_period_ends_where_the_civil_code_says(made: Rule, start: str, expected: str) -> None:
    assert due(made, at(start)).due_at == at(expected)


def test_last_day_on_a_holiday_rolls_only_where_the_rule_says_so() -> None:
    start = at("2026-02-14T09:00")  # three days later is the first day of 春节
    assert due(rule(3, "calendar_days"), start).breach_at == at("2026-02-18T00:00")
    breach_only = due(rule(3, "calendar_days", roll="breach_only"), start)
    assert (breach_only.due_at, breach_only.breach_at) == (at("2026-02-18T00:00"), at("2026-02-25T00:00"))
    assert due(rule(3, "calendar_days", roll="due"), start).due_at == at("2026-02-25T00:00")


def test_weekend_rolls_only_where_the_rule_counts_weekends() -> None:
    start = at("2026-01-07T09:00")  # Wednesday; three days later is a Saturday
    assert due(rule(3, "calendar_days", roll="due"), start).due_at == at("2026-01-11T00:00")
    assert due(rule(3, "calendar_days", roll="due", weekends_roll=True), start).due_at == at("2026-01-13T00:00")


def test_deadline_that_crosses_into_an_unpublished_year_is_an_interval() -> None:
    end = due(rule(3, "working_days"), at("2026-12-30T09:00"))
    assert end.latest_due_at is not None
    assert end.due_at < end.latest_due_at == end.breach_at


def test_same_deadline_is_one_moment_when_the_year_is_published() -> None:
    assert due(rule(3, "working_days"), at("2025-12-30T09:00")).latest_due_at is None


def test_paused_days_do_not_count() -> None:
    pause = (at("2026-01-07T10:00"), at("2026-01-09T16:00"))
    assert due(rule(7, "calendar_days"), at("2026-01-05T12:00"), [pause]).due_at == at("2026-01-16T00:00")


def test_paused_hours_do_not_count() -> None:
    pause = (at("2026-01-05T14:00"), at("2026-01-05T20:00"))
    assert due(rule(24, "clock_hours"), at("2026-01-05T12:00"), [pause]).due_at == at("2026-01-06T18:00")


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 36))
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(day: date, months: int) -> None:
    end = add_months(day, months)
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2026, 6, 1)),  # noqa: DTZ001
    st.integers(1, 60),
    st.sampled_from(["calendar_days", "working_days", "clock_hours", "months"]),
)
def test_longer_period_never_ends_earlier(start: datetime, value: int, unit: str) -> None:
    begin = start.replace(tzinfo=SHANGHAI)
    assert begin < due(rule(value, unit), begin).due_at <= due(rule(value + 1, unit), begin).due_at
