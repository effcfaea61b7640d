"""The scenario is a function of its seed, and everything in it is what intake would accept, or refuse, for a reason."""

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache

import pytest
from pydantic import ValidationError

from contracts.identity import born_by_id, id_fits, sex_by_id
from contracts.submission import read_submission
from deploy.demo.people import identity_number
from deploy.demo.scenario import END, Scenario, build, ticks
from deploy.demo.stories import WEEK, stories
from deploy.units import demo_units

FAMILIES = {
    *("report", "omission", "dv_incident", "dv_warning", "protection_order", "shelter", "child_referral", "hardship"),
    *("guardianship", "family_education", "bullying", "screening", "relief", "hotline_ticket"),
}


@cache
def scenario() -> Scenario:
    return build(seed=7)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    again = build(seed=7)
    assert [(one.key, one.content) for one in again.sent] == [(one.key, one.content) for one in scenario().sent]
    assert [(one.key, one.content) for one in again.bad] == [(one.key, one.content) for one in scenario().bad]
    assert [one.content for one in build(seed=8).sent] != [one.content for one in scenario().sent]


def test_there_are_more_than_a_thousand_reports_of_all_families_with_repeats_and_second_reports() -> None:
    labels = Counter(one.label for one in scenario().sent)
    assert labels["new"] + labels["again"] >= 1000
    assert labels["again"] >= 20
    assert labels["repeat"] >= 20
    assert {one.body["type"] for one in scenario().sent} == FAMILIES


def test_intake_would_accept_every_report() -> None:
    for one in scenario().sent:
        assert read_submission(one.content).type == one.body["type"]


def test_nothing_is_told_before_it_is_sent() -> None:
    for one in scenario().sent:
        told = [
            datetime.fromisoformat(value)
            for name, value in one.body.items()
            if name.endswith("_at") and "@" not in value
        ]
        assert max(told) <= one.at, one.key


def test_reports_of_one_incident_never_meet_in_one_tick() -> None:
    """A repeat makes no event, so it may."""
    reports = [one for one in scenario().sent if one.label != "repeat"]
    met = Counter((one.at, one.incident.rpartition("/other")[0] or one.incident) for one in reports)
    assert max(met.values()) == 1


def test_a_repeat_is_the_same_request_sent_later() -> None:
    first = {one.key: one for one in reversed(scenario().sent) if one.label != "repeat"}
    for one in scenario().sent:
        if one.label == "repeat":
            assert one.content == first[one.key].content
            assert one.at > first[one.key].at


def test_every_sender_holds_a_token() -> None:
    assert {one.unit for one in scenario().sent} <= {unit.unit for unit in demo_units()}


def test_what_must_be_refused_is_refused_by_the_contract_or_by_intake_itself() -> None:
    by_contract = {one.why: one.content for one in scenario().bad if one.status in {400, 422}}
    for why in ("malformed_json", "impossible_id_number", "no_such_situation"):
        with pytest.raises(ValidationError):
            read_submission(by_contract[why])
    tomorrow = read_submission(by_contract["time_in_the_future"])
    assert tomorrow.submitted_at > max(
        one.at for one in scenario().bad if one.content == by_contract["time_in_the_future"]
    )


@pytest.mark.parametrize(("serial", "female"), [(1, True), (399, False), (400, True), (1234, False)])
def test_invented_identity_numbers_fit_the_standard(serial: int, *, female: bool) -> None:
    born = date(2013, 5, 6)
    number = identity_number(born, serial, female=female)
    assert id_fits(number)
    assert born_by_id(number) == born
    assert sex_by_id(number) == ("female" if female else "male")


def test_no_two_people_have_one_identity_number() -> None:
    numbers: dict[str, str] = {}
    for one in scenario().sent:
        for person in one.body["persons"].values():
            assert numbers.setdefault(person["id_number"], person["phone"]) == person["phone"]


def test_the_week_is_played_by_hours_and_the_year_by_days_into_january_2027() -> None:
    moments = ticks(scenario())
    week = [moment for moment in moments if moment <= WEEK + timedelta(days=7)]
    assert 60 <= len(week) <= 7 * 24
    mornings = [moment for moment in moments if moment > WEEK + timedelta(days=7) and moment.hour == 9]
    assert len(mornings) == 374
    assert moments[-1] == END == datetime.fromisoformat("2027-01-20T09:00:00+08:00")
    assert moments == sorted(set(moments))


def test_every_story_is_told_whatever_the_size() -> None:
    told = {one.story for one in build(seed=3, events=60).sent}
    assert {story.name for story in stories()} <= told


def test_typical_cases_carry_no_identity() -> None:
    """Ages are bands turned into an age of somebody invented; nothing else of the people is in the file."""
    for story in stories():
        if story.authority:
            assert set(story.cast) <= {"victim", "perpetrator"}
            assert all(text.split()[0] in {"girl", "boy", "woman", "man"} for text in story.cast.values())
