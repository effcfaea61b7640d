from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from contracts.base import SHANGHAI, Contract, Moment
from contracts.cases import Effect, Fact, Report, ReportAttached, ReportProposed, StateEntered
from services.intake.model import (
    foreign_category,
    future_moments,
    hash_request,
    mac_body,
    may_send,
    ordering_role,
    public_state,
    read_news,
    receipt_number,
    region_prefix,
)

NOW = datetime(2026, 3, 4, 10, tzinfo=SHANGHAI)
REPORT, FIRST, SECOND = (UUID(int=number) for number in (1, 2, 3))


class Step(Contract):
    at: Moment


class Told(Contract):
    at: Moment
    steps: tuple[Step, ...] = ()


def fact(case_id: UUID, version: int, *effects: Effect, minute: int = 0, cause: str = "act/1") -> Fact:
    return Fact(
        case_id=case_id,
        version=version,
        cause=cause,
        trigger="acted",
        occurred_at=NOW,
        decided_at=NOW.replace(minute=minute),
        workflow="mandatory-report",
        region="330382001",
        effects=effects,
    )


def attached() -> ReportAttached:
    return ReportAttached(report=_report())


def proposed() -> ReportProposed:
    return ReportProposed(report=_report(), task_id="t1")


def _report() -> Report:
    return Report(
        report_id=REPORT, event_type="x", reporter_category="medical", under_duty=True, submitted_at=NOW, fields={}
    )


def entered(state: Any) -> StateEntered:
    return StateEntered(state="s", title="任一", accountable="police-station@330382001", public_state=state)


def test_a_receipt_is_the_date_and_eight_characters() -> None:
    assert receipt_number(NOW, bytes(5)) == "LD20260304AAAAAAAA"
    assert len({receipt_number(NOW, bytes([0, 0, 0, 0, number])) for number in range(256)}) == 256


def test_a_time_after_now_is_found_wherever_it_is() -> None:
    late = NOW + timedelta(minutes=3)
    told = Told(at=NOW, steps=(Step(at=NOW), Step(at=late)))
    (refusal,) = future_moments(told, NOW, timedelta(minutes=2))
    assert refusal.where == ("steps", 1, "at")
    assert "2026-03-04 10:00" in refusal.zh
    assert "2026-03-04 10:00" in refusal.en


def test_a_clock_that_is_a_little_ahead_does_not_stop_a_report() -> None:
    assert list(future_moments(Told(at=NOW + timedelta(minutes=2)), NOW, timedelta(minutes=2))) == []


@pytest.mark.parametrize(
    ("kind", "type_", "may"),
    [
        ("hotline", "report", True),
        ("hotline", "dv_warning", False),
        ("police-station", "dv_warning", True),
        ("police-station", "screening", False),
        ("screening-site", "screening", True),
        ("hotline", "omission", False),
        ("procuratorate", "omission", True),
        ("hotel", "guardianship", False),
        ("school", "guardianship", True),
        ("womens-federation", "family_education", False),
        ("court", "family_education", True),
        ("school", "hardship", False),
        ("township-government", "hardship", True),
        ("hospital", "relief", False),
        ("township-womens-federation", "relief", True),
        ("school", "hotline_ticket", False),
        ("hotline", "hotline_ticket", True),
        ("hotel", "bullying", True),
        ("hospital", "protection_order", True),
        ("village-committee", "shelter", True),
    ],
)
def test_what_is_one_agencys_to_decide_or_find_nobody_else_records(kind: str, type_: str, may: bool) -> None:
    assert may_send(kind, type_) is may


@pytest.mark.parametrize(
    ("kind", "category", "right"),
    [
        ("school", "other", "school"),
        ("hospital", "guardian", "medical"),
        ("welfare-institution", "other", "child_welfare_institution or relief_institution"),
    ],
)
def test_a_body_under_duty_reports_as_nobody_else_and_is_told_as_what(kind: str, category: str, right: str) -> None:
    (refusal,) = foreign_category(kind, category)
    assert refusal.where == ("reporter", "category")
    assert right in refusal.en


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("school", "school"),
        ("welfare-institution", "relief_institution"),
        ("hotline", "guardian"),
        ("police-station", "victim"),
    ],
)
def test_a_body_reports_as_itself_and_an_agency_as_whoever_told_it(kind: str, category: str) -> None:
    assert list(foreign_category(kind, category)) == []


@pytest.mark.parametrize(
    ("unit", "prefix"),
    [
        ("duty-desk@330382", "330382"),
        ("duty-desk@330300", "3303"),
        ("duty-desk@330000", "33"),
        ("police-command@330382001", "330382001"),
        ("hotline@00112233aabbccdd", None),
    ],
)
def test_a_desk_looks_after_its_county_or_every_county_of_its_prefecture(unit: str, prefix: str | None) -> None:
    assert region_prefix(unit) == prefix


def test_the_person_harmed_orders_the_events() -> None:
    assert ordering_role({"subjects": [{"role": "suspect"}, {"role": "victim"}]}) == "victim"
    assert ordering_role({"subjects": [{"role": "suspect"}]}) == "suspect"
    assert ordering_role({"subjects": [{"role": "caller"}, {"role": "child"}]}) == "child"


def test_a_report_in_danger_is_at_the_desk_only_until_a_case_has_it() -> None:
    assert public_state(danger=True, waiting=True, case=None) == "at_desk"
    assert public_state(danger=False, waiting=True, case=None) == "received"
    assert public_state(danger=True, waiting=False, case=None) == "received"
    assert public_state(danger=True, waiting=False, case="closed") == "closed"


def test_the_keys_of_two_units_never_meet_and_a_body_is_known_only_with_its_key() -> None:
    assert hash_request("hotline@330382", "key") != hash_request("hotline@330303", "key")
    assert mac_body("one", b"body") == mac_body("one", b"body") != mac_body("two", b"body")


def test_a_fact_says_that_its_cause_and_every_report_in_it_arrived() -> None:
    news = read_news([(0, fact(FIRST, 1, cause=str(SECOND))), (0, fact(FIRST, 2, proposed(), cause="timer/7"))])
    assert news.seen == {REPORT, SECOND}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_facts_in_any_order_tell_the_same(order: tuple[int, ...]) -> None:
    facts = [
        (0, fact(FIRST, 4, proposed(), minute=9)),
        (0, fact(SECOND, 1, attached(), entered("received"))),
        (0, fact(SECOND, 2, entered("in_progress"))),
    ]
    news = read_news(facts[number] for number in order)
    assert news.links[REPORT].case_id == SECOND
    assert (news.states[SECOND].version, news.states[SECOND].public_state) == (2, "in_progress")


def test_a_new_epoch_outweighs_any_version_of_the_old_one() -> None:
    news = read_news([(0, fact(FIRST, 9, entered("closed"))), (1, fact(FIRST, 2, entered("in_progress")))])
    assert news.states[FIRST].public_state == "in_progress"
