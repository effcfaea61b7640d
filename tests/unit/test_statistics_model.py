"""Indicators follow from the facts alone, whatever the order and the batches in which they come."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from contracts.base import SHANGHAI
from contracts.cases import Fact, Opened, Scalar, Subject
from contracts.statistics import Observation
from services.platform.case_log import arrange
from services.statistics.formulas import BY_KEY, Milestone, Profile, Windows
from services.statistics.model import (
    AsOf,
    Cell,
    Member,
    Place,
    Sums,
    add_up,
    compare,
    count_pending,
    covers,
    evaluate,
    find_differences,
    milestones,
    observe,
    place_of,
    profiles,
    recount,
)
from tests.case_logs import ASSESSED, HARM, STATION, TOWN, VILLAGE, CaseLog

WINDOWS = Windows()
COUNTY = TOWN[:6]


def the(observations: Iterable[Observation], indicator: str, part: str = "main", region: str = COUNTY) -> Observation:
    (found,) = [one for one in observations if (one.indicator, one.part, one.region) == (indicator, part, region)]
    return found


def counted(log: CaseLog, indicator: str, part: str = "main", *, days: int = 0, region: str = COUNTY) -> Observation:
    """The only year's observation, so many days after the last fact."""
    return the(recount(log.facts, WINDOWS, log.now.date() + timedelta(days=days)), indicator, part, region)


def numbers(observation: Observation) -> tuple[int, int]:
    return observation.numerator, observation.denominator


def report_harm(log: CaseLog, category: str = "school", delay: timedelta | None = timedelta(hours=1)) -> UUID:
    return log.report("mandatory_report", HARM, category=category, delay=delay, minor=True, kind="harm_to_minor")


# -- 强制报告 -----------------------------------------------------------------------------------------------------


def test_reports_are_counted_by_who_reported() -> None:
    log = CaseLog()
    for category in ("school", "school", "medical"):
        report_harm(log, category)
    count = counted(log, "mandatory-report-system", "count")
    assert (count.kind, count.value) == ("count", 3)
    assert [(line.dimensions["reporter_category"], line.numerator) for line in count.breakdown] == [
        ("medical", 1),
        ("school", 2),
    ]


def test_report_of_harm_to_a_grown_woman_is_none_of_minors() -> None:
    log = CaseLog()
    log.report("mandatory_report", HARM, kind="harm_to_woman")
    assert recount(log.facts, WINDOWS, log.now.date()) == []


def test_harm_to_a_woman_whose_child_is_named_too_is_a_case_of_an_adult() -> None:
    log = CaseLog()
    log.report("mandatory_report", HARM, kind="harm_to_woman")
    (opened,) = log.facts[0].of(Opened)
    child = Subject(role="child", pseudonym="p-child", sex="male", minor=True)
    named = structs.replace(opened, subjects=(child, *opened.subjects))
    assert [profile.minor for profile in profiles([structs.replace(log.facts[0], effects=(named,))])] == [False]


def test_only_reports_with_known_knowledge_count_for_timeliness() -> None:
    log = CaseLog()
    for delay in (timedelta(hours=24), timedelta(hours=25), None):
        report_harm(log, delay=delay)
    assert numbers(counted(log, "mandatory-report-system", "timeliness")) == (1, 2)
    assert counted(log, "mandatory-report-system", "timeliness").value == 50.0


def test_completeness_sets_reports_under_duty_against_omissions_found() -> None:
    profile = Profile(UUID(int=1), "mandatory_report", TOWN, minor=True)
    steps = [
        step("report.submitted", 0, report_id="a", reporter_category="school", under_duty=True, delay_minutes=5),
        step("report.submitted", 1, report_id="b", reporter_category="guardian", under_duty=False, delay_minutes=5),
        step("report.omission_found", 2, duty_holder="medical"),
    ]
    members = evaluate(profile, steps, WINDOWS, date(2026, 3, 3))
    found = {member.dimensions: member.in_numerator for member in members if member.part == "completeness"}
    assert found == {'{"reporter_category": "school"}': True, '{"reporter_category": "medical"}': False}


def test_report_that_its_case_speaks_of_twice_counts_once() -> None:
    profile = Profile(UUID(int=1), "mandatory_report", TOWN, minor=True)
    steps = [step("report.submitted", n, report_id="a", under_duty=True, delay_minutes=5) for n in range(2)]
    assert {member.part for member in evaluate(profile, steps, WINDOWS, date(2026, 3, 3))} == {
        "count",
        "timeliness",
        "completeness",
    }
    assert len(evaluate(profile, steps, WINDOWS, date(2026, 3, 3))) == 3


# -- 告诫 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "in_time"), [(1, 1), (72, 1), (73, 0)])
def test_letter_counts_when_it_is_served_within_the_window(hours: int, in_time: int) -> None:
    log = CaseLog()
    log.served(hours=hours)
    assert numbers(counted(log, "dv-warning-issued")) == (in_time, 1)
    (line,) = counted(log, "dv-warning-issued", "issued").breakdown
    assert (line.numerator, line.dimensions) == (1, {"station": STATION, "relation": "spouse"})


def test_case_that_does_not_meet_the_criteria_is_in_no_denominator() -> None:
    log = CaseLog()
    log.assessed(criteria_met=False, warning_grounds=[], facts_found="not_proved")
    assert recount(log.facts, WINDOWS, log.now.date()) == []


def assess_again(log: CaseLog, case_id: UUID, **findings: Scalar) -> None:
    log.wait(hours=48)
    log.act(case_id, "assess", {**ASSESSED, **findings})


NOT_MET: dict[str, Scalar] = {"criteria_met": False, "warning_grounds": [], "facts_found": "not_proved"}


def test_window_runs_from_the_first_assessment_that_meets_the_criteria() -> None:
    log = CaseLog()
    case_id = log.assessed()
    assess_again(log, case_id)
    log.act(case_id, "warn", {"letter_number": "LQ-2026-1"})
    log.wait(hours=30)
    log.act(
        case_id, "serve", {"served_at": log.now.isoformat(), "village_unit": VILLAGE, "signature_record": "S-1"}
    )  # 78 hours after the first
    assert numbers(counted(log, "dv-warning-issued")) == (0, 1)


def test_case_whose_last_assessment_says_otherwise_is_in_no_denominator() -> None:
    log = CaseLog()
    assess_again(log, log.assessed(), **NOT_MET)
    assert recount(log.facts, WINDOWS, log.now.date()) == []


def test_case_that_came_to_meet_the_criteria_again_is_measured_from_the_first_time() -> None:
    log = CaseLog()
    case_id = log.assessed()
    assess_again(log, case_id, **NOT_MET)
    assess_again(log, case_id)
    observation = counted(log, "dv-warning-issued")
    assert (numbers(observation), observation.pending) == ((0, 1), 0)


def test_assessment_after_the_letter_changes_nothing() -> None:
    profile = Profile(UUID(int=1), "dv_warning", TOWN, minor=False)
    steps = [
        step("warning.assessed", 0, criteria_met=True),
        step("warning.issued", 1),
        step("warning.assessed", 2, criteria_met=False),
    ]
    members = evaluate(profile, steps, WINDOWS, date(2026, 3, 3))
    assert [one.in_numerator for one in members if one.indicator == "dv-warning-issued" and one.part == "main"] == [
        True
    ]


def test_letter_not_issued_is_counted_with_its_reason() -> None:
    log = CaseLog()
    case_id = log.assessed()
    log.act(case_id, "penalise", {"reason_no_letter": "penalty_instead"})
    assert numbers(counted(log, "dv-warning-issued")) == (0, 1)
    (line,) = counted(log, "dv-warning-issued", "declined").breakdown
    assert line.dimensions == {"reason_no_letter": "penalty_instead"}


def test_member_matures_only_after_its_days_have_run_out() -> None:
    log = CaseLog()
    log.served()
    waiting = counted(log, "dv-follow-up-visit", days=7)
    assert (numbers(waiting), waiting.pending, waiting.value, waiting.status) == ((0, 0), 1, None, "no_data")
    ripe = counted(log, "dv-follow-up-visit", days=8)
    assert (numbers(ripe), ripe.pending, ripe.value, ripe.status) == ((0, 1), 0, 0.0, "provisional")


@pytest.mark.parametrize(("days", "in_time"), [(0, 1), (7, 1), (8, 0)])
def test_visit_counts_until_the_end_of_the_last_day(days: int, in_time: int) -> None:
    log = CaseLog()
    case_id = log.served()
    log.now = datetime.combine(log.now.date() + timedelta(days=days), log.now.time(), SHANGHAI)
    log.wait(hours=13)
    log.visit(case_id)
    assert numbers(counted(log, "dv-follow-up-visit", days=9)) == (in_time, 1)


# -- years, regions, values ---------------------------------------------------------------------------------------


def test_empty_denominator_gives_no_value() -> None:
    log = CaseLog()
    log.served()
    observation = counted(log, "dv-follow-up-visit")
    assert (observation.denominator, observation.value, observation.status) == (0, None, "no_data")
    assert b'"value"' not in observation.to_json()


def test_late_event_changes_its_own_year() -> None:
    log = CaseLog()
    log.now = datetime(2026, 12, 31, 22, tzinfo=SHANGHAI)
    case_id = log.served()
    log.wait(days=3)
    before = recount(log.facts, WINDOWS, date(2027, 3, 1))
    log.now = datetime(2027, 3, 1, tzinfo=SHANGHAI)
    log.visit(case_id, at=datetime(2027, 1, 4, 10, tzinfo=SHANGHAI))
    after = recount(log.facts, WINDOWS, date(2027, 3, 1))
    assert numbers(the(before, "dv-follow-up-visit")) == (0, 1)
    assert numbers(the(after, "dv-follow-up-visit")) == (1, 1)
    assert the(after, "dv-follow-up-visit").year == 2026
    assert the(after, "dv-follow-up-visit").status == "final"


def test_year_is_that_of_shanghai() -> None:
    log = CaseLog()
    log.now = datetime(2027, 1, 1, 0, 30, tzinfo=SHANGHAI)
    report_harm(log)
    assert counted(log, "mandatory-report-system", "count").year == 2027


def test_prefecture_takes_in_its_counties_each_once() -> None:
    log = CaseLog()
    log.served(region=TOWN)
    log.served(region="330302002")
    log.served(region="371502001")
    assert counted(log, "dv-warning-issued", "issued", region="330382").value == 1
    assert counted(log, "dv-warning-issued", "issued", region="330300").value == 2
    assert [covers(region, "330382") for region in ("330382", "330300", "330000", "330302", "371500")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_windows_are_written_on_the_observation_and_change_it() -> None:
    log = CaseLog()
    log.served(hours=30)
    tight = the(recount(log.facts, Windows(warning_hours=24), log.now.date()), "dv-warning-issued")
    assert (numbers(tight), tight.settings) == ((0, 1), {"warning_hours": 24})


# -- any order, any batches -----------------------------------------------------------------------------------------


class Ledger:
    """What the service stores, in memory: members, and cells changed by the difference."""

    def __init__(self) -> None:
        self.day = date.min
        self.read: dict[UUID, int] = {}
        self.parked: list[Fact] = []
        self.profiles: dict[UUID, Profile] = {}
        self.steps: defaultdict[UUID, list[Milestone]] = defaultdict(list)
        self.members: set[Member] = set()
        self.cells: defaultdict[Cell, Sums] = defaultdict(Sums)

    def take(self, batch: Iterable[Fact]) -> None:
        ready, self.parked = arrange(self.read, [*self.parked, *batch])
        self.read |= {fact.case_id: fact.version for fact in ready}
        self.profiles |= {profile.case_id: profile for profile in profiles(ready)}
        steps = milestones(ready)
        for one in steps:
            self.steps[one.case_id].append(one)
        for case_id in {one.case_id for one in steps}:
            after = evaluate(self.profiles[case_id], self.steps[case_id], WINDOWS, self.day)
            gone, come = compare([m for m in self.members if m.case_id == case_id], after)
            self.members = (self.members - set(gone)) | set(come)
            self.add(add_up(come, gone))

    def sweep(self, day: date) -> None:
        self.day = max(day, self.day)
        ripe = {m for m in self.members if not m.in_denominator and m.matures_on and m.matures_on <= self.day}
        matured = {member._replace(in_denominator=True) for member in ripe}
        self.members = (self.members - ripe) | matured
        self.add(add_up(matured))

    def add(self, changes: dict[Cell, Sums]) -> None:
        for cell, sums in changes.items():
            self.cells[cell] = self.cells[cell].plus(sums)

    def observe(self) -> list[Observation]:
        cells = {cell: sums for cell, sums in self.cells.items() if sums != Sums()}
        at = AsOf(self.day, 0, sum(self.read.values()), WINDOWS)
        return observe(cells, count_pending(self.members, self.day), at)


@given(seed=st.integers(0, 2**32), order=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_stored_sums_are_those_of_a_recount(seed: int, order: Random) -> None:
    log = CaseLog(seed)
    log.stroll(40)
    arrivals = [*log.facts, *order.sample(log.facts, len(log.facts) // 3)]
    order.shuffle(arrivals)
    ledger = Ledger()
    while arrivals:
        size = order.randint(1, 15)
        ledger.take(arrivals[:size])
        arrivals = arrivals[size:]
        if order.random() < 0.3:
            ledger.sweep(order.choice(log.facts).decided_at.date())
    end = log.now.date() + timedelta(days=order.choice([0, 30]))
    ledger.sweep(end)
    assert ledger.parked == []
    assert ledger.observe() == recount(log.facts, WINDOWS, ledger.day)
    assert find_differences(ledger.observe(), recount(log.facts, WINDOWS, ledger.day)) == []


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_numerator_is_never_above_denominator_and_a_prefecture_is_the_sum_of_its_counties(seed: int) -> None:
    log = CaseLog(seed)
    log.stroll(40)
    observations = recount(log.facts, WINDOWS, log.now.date())
    sums: defaultdict[Place, int] = defaultdict(int)
    for one in observations:
        assert 0 <= one.numerator <= one.denominator
        assert sum(line.denominator for line in one.breakdown) == one.denominator
        if not one.region.endswith("00"):
            sums[place_of(one)._replace(region=one.region[:4] + "00")] += one.denominator
    assert all(sums[place_of(one)] == one.denominator for one in observations if one.region.endswith("00"))


def test_difference_names_the_place() -> None:
    log = CaseLog()
    log.served()
    observations = recount(log.facts, WINDOWS, log.now.date())
    wrong = [observations[0].model_copy(update={"numerator": 9}), *observations[1:]]
    assert find_differences(wrong, observations) == [place_of(observations[0])]


def test_every_formula_has_its_own_key_and_its_settings_exist() -> None:
    assert all(hasattr(WINDOWS, name) for formula in BY_KEY.values() for name in formula.windows)
    assert len(BY_KEY) == 7


def step(name: str, position: int, **dimensions: object) -> Milestone:
    return Milestone(UUID(int=1), 1, position, name, datetime(2026, 3, 2, tzinfo=SHANGHAI), None, dict(dimensions))
