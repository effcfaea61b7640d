"""Statutory dates worked out by hand: for each rule both sides of every boundary. `end` is the last day, to 24:00.

How to check one: the first day is not counted (民法典 art 201), so day 1 is the day after the start. 2026 as published:
off 1-3 January, 15-23 February, 4-6 April, 1-5 May, 19-21 June, 25-27 September, 1-7 October; worked weekends
4 January (Sunday), 14 and 28 February, 9 May, 20 September (Sunday), 10 October. 1 January 2026 is a Thursday.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from contracts.base import SHANGHAI
from tests.unit import children_dates, dv_dates, health_dates, school_dates
from workflows.clocks import count, due
from workflows.policy import load_policy
from workflows.rules import DATED, Rule

POLICY = load_policy()
TOWN = "330382001"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def get_rule(rule_id: str, start: datetime) -> Rule:
    found = POLICY.find_rule(rule_id, TOWN, start.date(), minor=True)
    assert found, rule_id
    return found


# rule, start, the moment at which it is too late
HOURS = [
    ("dv-decision", "2026-01-05T09:00", "2026-01-08T09:00"),  # 72 h = 3 × 24 h
    ("dv-decision", "2026-01-02T23:59", "2026-01-05T23:59"),  # over 元旦 and a weekend: hours do not stop
    ("dv-decision", "2026-02-14T22:00", "2026-02-17T22:00"),  # into 春节
    ("dv-decision", "2026-12-30T10:00", "2027-01-02T10:00"),  # over the year's end, and certain all the same
    ("dv-decision", "2024-12-06T00:00", "2024-12-09T00:00"),  # the first day the rule is in force
    ("dv-decision", "2028-02-28T08:00", "2028-03-02T08:00"),  # leap year: 28, 29 February, 1 March, 2 March
    ("admin-review", "2026-09-30T18:00", "2026-10-01T18:00"),  # 24 h into 国庆
    ("admin-review", "2026-03-31T00:00", "2026-04-01T00:00"),
    ("jurisdiction-transfer", "2026-12-31T12:00", "2027-01-01T12:00"),  # 24 h over the year's end
    ("jurisdiction-transfer", "2026-05-05T23:30", "2026-05-06T23:30"),
    ("dv-service", "2026-02-28T09:00", "2026-03-01T09:00"),
    ("dv-notice", "2026-01-05T12:00", "2026-01-06T12:00"),
    ("referral-red", "2026-01-05T23:30", "2026-01-06T00:30"),
    ("referral-yellow", "2026-10-07T08:00", "2026-10-08T08:00"),
    ("report-silence", "2026-01-05T22:59", "2026-01-06T00:59"),
    ("urgent-danger", "2026-01-05T23:55", "2026-01-06T00:05"),  # alarms, in minutes
    ("dv-dispatch", "2026-02-17T02:00", "2026-02-17T02:30"),
    ("dv-recurrence", "2026-01-01T00:00", "2026-01-01T01:00"),
    ("report-receipt", "2026-12-31T23:45", "2027-01-01T00:15"),
    ("receipt-slip", "2026-01-05T09:20", "2026-01-05T10:20"),
    ("new-report-check", "2026-01-05T09:00", "2026-01-05T09:30"),
    ("new-lead-check", "2026-01-05T23:00", "2026-01-06T01:00"),
    ("duty-desk-call", "2026-01-05T11:00", "2026-01-05T11:30"),
    ("supervision-filing-at-once", "2026-01-05T23:00", "2026-01-06T01:00"),
    ("referral-triage", "2026-01-05T09:00", "2026-01-05T09:30"),
    *school_dates.HOURS,
    *children_dates.HOURS,
    *dv_dates.HOURS,
    *health_dates.HOURS,
]

# rule, start, last day of the period, last day before a breach is recorded
DAYS = [
    # 7 days; the warning stands on the unrolled day, the record waits (breach_only)
    ("dv-first-visit", "2026-01-05T12:00", "2026-01-12", "2026-01-12"),  # 6+6 = 12 January
    ("dv-first-visit", "2026-01-05T00:00", "2026-01-12", "2026-01-12"),  # the first moment of the day: same day out
    ("dv-first-visit", "2026-01-05T23:59", "2026-01-12", "2026-01-12"),  # and the last
    ("dv-first-visit", "2026-01-06T00:00", "2026-01-13", "2026-01-13"),  # a minute later: a day later
    ("dv-first-visit", "2026-02-07T09:00", "2026-02-14", "2026-02-14"),  # eve of 春节, a worked Saturday
    ("dv-first-visit", "2026-02-08T09:00", "2026-02-15", "2026-02-24"),  # 15 is the first day off, 23 the last: 24
    ("dv-first-visit", "2026-02-16T09:00", "2026-02-23", "2026-02-24"),  # 23 is the last day off
    ("dv-first-visit", "2026-02-17T09:00", "2026-02-24", "2026-02-24"),  # 24 works
    ("dv-first-visit", "2026-01-10T09:00", "2026-01-17", "2026-01-17"),  # a Saturday is no 法定休假日
    ("dv-first-visit", "2025-12-25T09:00", "2026-01-01", "2026-01-04"),  # 元旦 1-3; the 4th, a Sunday, is worked
    # 3 days to the reporting unit after 受案 or 立案 (breach_only)
    ("report-feedback", "2026-01-05T09:00", "2026-01-08", "2026-01-08"),
    ("report-feedback", "2026-04-01T09:00", "2026-04-04", "2026-04-07"),  # 清明 4-6
    ("report-feedback", "2026-04-03T09:00", "2026-04-06", "2026-04-07"),
    ("report-feedback", "2026-04-04T09:00", "2026-04-07", "2026-04-07"),
    ("report-feedback", "2026-01-07T09:00", "2026-01-10", "2026-01-10"),  # Saturday: stays
    ("report-feedback", "2026-02-26T09:00", "2026-03-01", "2026-03-01"),  # 27, 28, 1: no 29 February
    ("report-feedback", "2024-02-26T09:00", "2024-02-29", "2024-02-29"),  # leap year
    # 3 months from the last visit (breach_only)
    ("dv-quarterly-visit", "2026-01-12T10:00", "2026-04-12", "2026-04-12"),
    ("dv-quarterly-visit", "2026-01-05T10:00", "2026-04-05", "2026-04-07"),  # 清明
    ("dv-quarterly-visit", "2026-01-06T10:00", "2026-04-06", "2026-04-07"),
    ("dv-quarterly-visit", "2026-01-07T10:00", "2026-04-07", "2026-04-07"),
    ("dv-quarterly-visit", "2025-11-30T10:00", "2026-02-28", "2026-02-28"),  # no 30 February; the 28th is worked
    ("dv-quarterly-visit", "2026-03-31T10:00", "2026-06-30", "2026-06-30"),  # no 31 June
    ("dv-quarterly-visit", "2026-07-01T10:00", "2026-10-01", "2026-10-08"),  # 国庆 1-7; 8 is a Thursday
    ("dv-quarterly-visit", "2026-07-07T10:00", "2026-10-07", "2026-10-08"),
    ("dv-quarterly-visit", "2026-07-08T10:00", "2026-10-08", "2026-10-08"),
]

# rule, start, last day: periods that roll as a whole, or never, or count working days
ROLLED = [
    # 30 days (STAT): the last day rolls off a holiday (民法典 art 203)
    ("public-security-case", "2026-01-05T09:00", "2026-02-04"),  # 26 in January + 4
    ("public-security-case", "2026-01-15T09:00", "2026-02-14"),  # 16+14: eve of 春节
    ("public-security-case", "2026-01-16T09:00", "2026-02-24"),  # 15 February is off, to the 23rd
    ("public-security-case", "2026-01-24T09:00", "2026-02-24"),  # 23 February, the last day off
    ("public-security-case", "2026-01-25T09:00", "2026-02-24"),  # 24 February itself
    ("public-security-case", "2026-09-01T09:00", "2026-10-08"),  # 1 October
    ("public-security-case-extended", "2026-08-02T09:00", "2026-10-08"),  # 29+30 = 59 to 30 September; 60: 1 October
    ("public-security-case-extended", "2026-08-01T09:00", "2026-09-30"),  # 30+30: the eve
    ("public-security-case-extended", "2026-01-05T09:00", "2026-03-06"),  # 26+28+6
    # 15 days
    ("supervision-filing", "2026-04-16T09:00", "2026-05-06"),  # 14+1: 1 May; off to the 5th
    ("supervision-filing", "2026-04-15T09:00", "2026-04-30"),
    ("supervision-filing", "2026-04-21T09:00", "2026-05-06"),  # 9+6: 6 May, worked
    # 7 days
    ("supervision-reasons", "2026-06-12T09:00", "2026-06-22"),  # 19 June 端午, off to Sunday 21
    ("supervision-reasons", "2026-06-11T09:00", "2026-06-18"),
    ("criminal-review-leads", "2026-09-18T09:00", "2026-09-28"),  # 25 September 中秋, off to Sunday 27
    ("criminal-review-leads", "2026-09-17T09:00", "2026-09-24"),
    ("criminal-review-leads", "2026-09-19T09:00", "2026-09-28"),  # 26 September
    # 3 days
    ("criminal-review", "2026-02-11T09:00", "2026-02-14"),
    ("criminal-review", "2026-02-12T09:00", "2026-02-24"),
    ("admin-review-difficult", "2026-04-30T09:00", "2026-05-06"),  # 3 May
    ("admin-review-difficult", "2026-05-06T09:00", "2026-05-09"),  # a worked Saturday
    ("complainant-notice", "2025-12-29T09:00", "2026-01-04"),  # 1 January, off to the 3rd; Sunday 4 is worked
    ("complainant-notice", "2025-12-28T09:00", "2025-12-31"),
    ("withdrawal-notice", "2026-10-04T09:00", "2026-10-08"),  # 7 October
    ("withdrawal-notice", "2026-10-05T09:00", "2026-10-08"),
    # 30 days
    ("review-decision", "2026-03-05T09:00", "2026-04-07"),  # 26+4: 4 April 清明
    ("review-decision", "2026-03-04T09:00", "2026-04-03"),
    ("criminal-review-major", "2026-04-01T09:00", "2026-05-06"),  # 29+1: 1 May
    ("criminal-review-major", "2026-03-31T09:00", "2026-04-30"),
    # 2 days
    ("decision-copy", "2026-01-05T09:00", "2026-01-07"),
    ("decision-copy", "2026-02-13T09:00", "2026-02-24"),  # 15 February
    ("decision-copy", "2026-01-08T09:00", "2026-01-10"),  # Saturday: no 法定休假日
    # the platform's own: days never roll
    ("dv-result", "2026-02-12T09:00", "2026-02-15"),
    ("report-outcome", "2026-04-30T09:00", "2026-05-03"),
    ("referral-follow-up", "2026-01-31T09:00", "2026-02-28"),  # no 31 February
    ("referral-follow-up", "2028-01-31T09:00", "2028-02-29"),
    ("referral-follow-up", "2026-11-30T09:00", "2026-12-30"),
    ("screening-diagnosis", "2026-01-05T09:00", "2026-04-05"),  # 26+28+31 = 85, +5
    # working days
    ("dv-handover", "2026-01-05T09:00", "2026-01-08"),  # Tuesday, Wednesday, Thursday
    ("dv-handover", "2026-01-08T09:00", "2026-01-13"),  # Friday, Monday, Tuesday
    ("dv-handover", "2025-12-31T09:00", "2026-01-06"),  # Sunday 4 (调休), Monday, Tuesday
    ("dv-handover", "2026-02-13T09:00", "2026-02-25"),  # Saturday 14 (调休), 24, 25
    ("dv-handover", "2026-09-30T09:00", "2026-10-10"),  # 8, 9, Saturday 10 (调休)
    ("dv-handover", "2026-10-08T09:00", "2026-10-12"),  # 9, Saturday 10 (调休), Monday 12
    ("authority-filing", "2026-09-18T09:00", "2026-09-22"),  # Sunday 20 (调休), 21, 22
    ("authority-filing", "2026-09-24T09:00", "2026-09-30"),  # 28, 29, 30
    ("screening-notice", "2026-01-05T09:00", "2026-01-12"),  # 6-9 = 4, Monday 12
    ("screening-notice", "2026-04-30T09:00", "2026-05-11"),  # 6, 7, 8, Saturday 9 (调休), Monday 11
    ("screening-notice", "2026-02-13T09:00", "2026-02-27"),  # 14, 24, 25, 26, 27
    ("screening-notice", "2026-02-14T09:00", "2026-02-28"),  # 24-27 = 4, Saturday 28 (调休)
    ("protection-services", "2026-06-18T09:00", "2026-06-26"),  # 22-26
    ("protection-services", "2026-04-03T09:00", "2026-04-13"),  # 7-10 = 4, Monday 13
    ("referral-blue", "2026-01-09T18:00", "2026-01-14"),  # a Friday evening: 12, 13, 14
    ("referral-blue", "2026-01-10T08:00", "2026-01-14"),  # from a Saturday: the same
    ("referral-acceptance", "2026-05-08T09:00", "2026-05-09"),  # Saturday 9 (调休)
    ("referral-acceptance", "2026-05-09T09:00", "2026-05-11"),
    ("task-returned", "2026-10-09T09:00", "2026-10-10"),  # Saturday 10 (调休)
    ("task-returned", "2026-02-14T23:59", "2026-02-24"),
    *school_dates.ROLLED,
    *children_dates.ROLLED,
    *dv_dates.ROLLED,
    *health_dates.ROLLED,
]


def ends(day: str) -> datetime:
    return at(day) + timedelta(days=1)


@pytest.mark.parametrize(("rule_id", "start", "too_late"), HOURS)
def test_hours_run_day_and_night(rule_id: str, start: str, too_late: str) -> None:
    end = due(get_rule(rule_id, at(start)), at(start))
    assert (end.due_at, end.breach_at, end.latest_due_at) == (at(too_late), at(too_late), None)


@pytest.mark.parametrize(("rule_id", "start", "last", "recorded"), DAYS)
def test_duty_that_protects_warns_on_the_unrolled_day(rule_id: str, start: str, last: str, recorded: str) -> None:
    rule = get_rule(rule_id, at(start))
    end = due(rule, at(start))
    assert rule.roll == "breach_only"
    assert (end.due_at, end.breach_at) == (ends(last), ends(recorded))


@pytest.mark.parametrize(("rule_id", "start", "last"), ROLLED)
def test_period_ends_on_the_day_worked_out_by_hand(rule_id: str, start: str, last: str) -> None:
    rule = get_rule(rule_id, at(start))
    end = due(rule, at(start))
    assert (end.due_at, end.breach_at) == (ends(last), ends(last))


@pytest.mark.parametrize(("rule_id", "start"), [row[:2] for row in ROLLED])
def test_counted_days_are_the_value_of_the_rule(rule_id: str, start: str) -> None:
    rule = get_rule(rule_id, at(start))
    if rule.unit in {"calendar_days", "working_days"}:
        assert sum(day.counted for day in count(rule, at(start)).days) == rule.value


def dated() -> Iterator[Rule]:
    return (rule for rule in POLICY if rule.unit in DATED)


def test_every_rule_has_a_date_worked_out_by_hand() -> None:
    assert len(HOURS) + len(DAYS) + len(ROLLED) >= 80
    by_hand = {row[0] for row in [*HOURS, *DAYS, *ROLLED]}
    assert {rule.id for rule in POLICY} == by_hand


def test_a_platform_default_never_rolls_and_a_legal_period_of_days_does() -> None:
    """A term is no duty that could be late: an order or a stay ends with its last day, whatever day that is."""
    assert all((rule.roll == "none") == (rule.law_class == "PLAT") for rule in dated() if not rule.term)
