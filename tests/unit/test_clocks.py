"""Periods under 民法典 arts 200-203 on the real calendars of 2025 and 2026, and across a year not yet published."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.base import SHANGHAI
from tests.unit.stories import TOWN, received_story
from workflows.calendar import Calendar, CalendarError
from workflows.clocks import Due, add_months, count, due, reproject
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


def test_last_days_of_december_are_settled_by_the_next_notice() -> None:
    """The notice of 2019 made Saturday 29 December 2018 a working day and Monday 31 a day off."""
    start = at("2018-12-28T09:00")
    provisional = due(rule(1, "working_days"), start, calendar=Calendar(through=2018))
    assert provisional.latest_due_at is not None
    assert provisional.due_at <= due(rule(1, "working_days"), start).due_at <= provisional.latest_due_at


def test_only_the_record_is_provisional_when_only_it_could_roll() -> None:
    end = due(rule(3, "calendar_days", roll="breach_only"), at("2027-01-31T09:00"))  # 3 February 2027: 春节 perhaps
    assert (end.due_at, end.latest_due_at) == (at("2027-02-04T00:00"), None)
    assert end.breach_at > end.due_at


NEXT = {year: Calendar(through=year + 1) for year in (*range(2008, 2014), *range(2015, 2026))}
NOTICES = [Calendar(through=year) for year, after in NEXT.items() if not after.judge(date(year + 1, 5, 2)).working]
"""Each as it stood a year before `NEXT`. Left out: 2015, which had a holiday that no law foresaw (抗战胜利纪念日), and
years in which 2 May, a statutory holiday since 2025, was worked."""

STARTS = st.datetimes(datetime(2020, 1, 1), datetime(2028, 6, 1))  # noqa: DTZ001


def _any_rule(value: int, unit: str, roll: str, *, weekends: bool) -> Rule:
    return rule(value, unit, **({"roll": roll, "weekends_roll": weekends and roll != "none"} if unit in DATED else {}))


RULES = st.builds(
    _any_rule,
    st.integers(1, 60),
    st.sampled_from(["calendar_days", "working_days", "clock_hours", "months", "immediate"]),
    st.sampled_from(["none", "breach_only", "due"]),
    weekends=st.booleans(),
)
PAUSES = st.lists(st.tuples(st.integers(-100, 2000), st.integers(0, 400)), max_size=4)


def ledger(start: datetime, hours: list[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    return [(start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in hours]


@settings(max_examples=300)
@given(st.sampled_from(NOTICES), st.integers(0, 300), RULES)
def test_what_a_notice_makes_lies_in_the_interval_that_was_told_before(before: Calendar, days: int, made: Rule) -> None:
    start = datetime(before.through, 11, 1, 9, tzinfo=SHANGHAI) + timedelta(days=days)
    told, came = due(made, start, calendar=before), due(made, start, calendar=NEXT[before.through])
    if NEXT[before.through].is_settled(came.breach_at.date()):
        assert told.due_at <= came.due_at <= (told.latest_due_at or told.due_at)
        assert came.breach_at <= told.breach_at


def test_imported_notice_makes_a_provisional_deadline_certain() -> None:
    made, start = rule(3, "working_days"), at("2026-12-30T09:00")
    notice = Calendar(2027, off={date(2027, 1, 1): "元旦"})  # 1 January 2027 is a Friday
    # 31 December, then Monday 4 and Tuesday 5
    assert due(made, start, calendar=notice) == Due(at("2027-01-06T00:00"), at("2027-01-06T00:00"))


def test_regional_holiday_is_a_day_off_there() -> None:
    made, start = rule(2, "working_days"), at("2026-04-15T09:00")
    local = Calendar(off={date(2026, 4, 16): "三月三"}, worked={date(2026, 4, 18): "三月三"})
    assert due(made, start).due_at == at("2026-04-18T00:00")  # Thursday 16, Friday 17
    assert due(made, start, calendar=local).due_at == at("2026-04-19T00:00")  # Friday 17, Saturday 18
    assert due(rule(1, "calendar_days", roll="due"), start, calendar=local).due_at == at("2026-04-18T00:00")


def test_open_deadline_is_projected_again_from_its_start_and_its_ledger() -> None:
    story = received_story(track="administrative")
    clock = story.clock("authority-filing")
    made = story.workflow.policy.find_rule("authority-filing", TOWN, clock.deadline.started_at.date(), minor=True)
    assert made
    again = reproject(clock.deadline, clock.pauses, made, story.workflow.calendar(TOWN))
    assert again == Due(clock.deadline.due_at, clock.deadline.breach_at)
    off = Calendar(off={date(2026, 1, 6): "样例"})
    assert reproject(clock.deadline, clock.pauses, made, off).due_at == again.due_at + timedelta(days=1)


def test_day_that_was_set_ends_a_term_before_its_longest_period() -> None:
    made, start = rule(6, "months", roll="due"), at("2026-04-01T09:00")  # 1 October, so the 8th
    assert due(made, start).due_at == at("2026-10-09T00:00")
    for set_to, last in (("2026-07-01", "2026-07-02"), ("2026-10-01", "2026-10-02"), ("2026-12-01", "2026-10-09")):
        day = date.fromisoformat(set_to)
        assert due(made, start, until=day).due_at == at(f"{last}T00:00")
        assert count(made, start, until=day).days[-1].day == min(day, date(2026, 10, 1))


def test_calendar_ends_somewhere_and_says_so() -> None:
    with pytest.raises(CalendarError, match="outside the calendar"):
        due(rule(1, "working_days"), at("2003-12-30T09:00"))
    with pytest.raises(CalendarError, match="ends on"):
        due(rule(300, "working_days"), at("2060-12-01T09:00"))


def test_paused_days_do_not_count() -> None:
    pause = (at("2026-01-07T10:00"), at("2026-01-09T16:00"))
    assert due(rule(7, "calendar_days"), at("2026-01-05T12:00"), [pause]).due_at == at("2026-01-16T00:00")


def test_paused_hours_do_not_count() -> None:
    pause = (at("2026-01-05T14:00"), at("2026-01-05T20:00"))
    assert due(rule(24, "clock_hours"), at("2026-01-05T12:00"), [pause]).due_at == at("2026-01-06T18:00")


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([("2026-01-05T14:00", "2026-01-05T20:00"), ("2026-01-05T18:00", "2026-01-05T22:00")], "2026-01-06T20:00"),
        ([("2026-01-05T08:00", "2026-01-05T13:00")], "2026-01-06T13:00"),  # one hour of it after the start
        ([("2026-01-06T12:00", "2026-01-06T18:00")], "2026-01-06T12:00"),  # after the end: too late to stop it
        ([("2026-01-06T11:00", "2026-01-06T18:00")], "2026-01-06T19:00"),
    ],
)
def test_ledger_counts_what_stood_still_once_and_only_while_the_clock_ran(
    pauses: list[tuple[str, str]], expected: str
) -> None:
    ledger = [(at(begin), at(end)) for begin, end in pauses]
    assert due(rule(24, "clock_hours"), at("2026-01-05T12:00"), ledger).due_at == at(expected)


def test_pause_before_the_first_counted_day_or_after_the_last_moves_no_month() -> None:
    made, start = rule(1, "months"), at("2026-01-05T09:00")
    same_day = (at("2026-01-05T10:00"), at("2026-01-05T12:00"))
    later = (at("2026-02-06T10:00"), at("2026-02-07T12:00"))
    assert due(made, start, [same_day, later]).due_at == at("2026-02-06T00:00")
    two_days = (at("2026-01-10T10:00"), at("2026-01-11T12:00"))
    assert due(made, start, [two_days]).due_at == at("2026-02-08T00:00")


def test_paused_working_day_pushes_the_end_and_a_paused_weekend_does_not() -> None:
    made, start = rule(3, "working_days"), at("2026-01-08T09:00")  # 9, 12, 13
    assert due(made, start, [(at("2026-01-10T09:00"), at("2026-01-11T09:00"))]).due_at == at("2026-01-14T00:00")
    assert due(made, start, [(at("2026-01-12T09:00"), at("2026-01-12T10:00"))]).due_at == at("2026-01-15T00:00")


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 36))
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(day: date, months: int) -> None:
    end = add_months(day, months)
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months


@given(STARTS, st.integers(1, 60), st.sampled_from(["calendar_days", "working_days", "clock_hours", "months"]))
def test_longer_period_never_ends_earlier(start: datetime, value: int, unit: str) -> None:
    begin = start.replace(tzinfo=SHANGHAI)
    assert begin < due(rule(value, unit), begin).due_at <= due(rule(value + 1, unit), begin).due_at


@given(STARTS, st.integers(0, 5000), RULES)
def test_later_start_never_ends_earlier(start: datetime, minutes: int, made: Rule) -> None:
    begin = start.replace(tzinfo=SHANGHAI)
    first, second = due(made, begin), due(made, begin + timedelta(minutes=minutes))
    assert first.due_at <= second.due_at
    assert first.breach_at <= second.breach_at


@given(STARTS, RULES, PAUSES, st.tuples(st.integers(0, 500), st.integers(0, 200)))
def test_pause_never_shortens(start: datetime, made: Rule, hours: list[tuple[int, int]], more: tuple[int, int]) -> None:
    begin = start.replace(tzinfo=SHANGHAI)
    few, many = ledger(begin, hours), ledger(begin, [*hours, more])
    assert due(made, begin).due_at <= due(made, begin, few).due_at <= due(made, begin, many).due_at


@given(STARTS, RULES, PAUSES)
def test_count_explains_what_due_says(start: datetime, made: Rule, hours: list[tuple[int, int]]) -> None:
    begin = start.replace(tzinfo=SHANGHAI)
    stood_still = ledger(begin, hours)
    end, counted = due(made, begin, stood_still), count(made, begin, stood_still)
    if made.length is not None:
        assert not counted.days
        return
    last = end.due_at.date() - timedelta(days=1 + (len(counted.rolled) if made.roll == "due" else 0))
    assert [day.day for day in counted.days] == [
        begin.date() + timedelta(days=n + 1) for n in range((last - begin.date()).days)
    ]
    if made.unit in {"calendar_days", "working_days"}:
        assert sum(day.counted for day in counted.days) == made.value
        assert counted.days[-1].counted
    assert not any(day.counted for day in counted.rolled)
