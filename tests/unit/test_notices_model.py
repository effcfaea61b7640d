"""Notices follow from the facts; a proof names nobody."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs
from pydantic import ValidationError

from contracts import cases as facts
from contracts.cases import NoticeProved
from contracts.codes import CallResult
from services.notices.model import (
    Attempted,
    Origin,
    ToldByPhone,
    fold,
    notice_id,
    origins,
    reached,
    read_in_inbox,
    told,
)
from tests.case_logs import STATION, VILLAGE, CaseLog

NUMBER = UUID(int=7)


def test_every_task_with_a_template_is_a_notice_and_the_same_one_each_time_the_log_is_read() -> None:
    log = CaseLog()
    case_id = log.served()
    opened, closed = fold(log.facts)
    assert {notice.addressee for notice in opened} >= {VILLAGE, "womens-federation@330382"}
    assert all(notice.notice_id == notice_id(case_id, notice.task_id) for notice in opened)
    assert closed == []
    assert fold(log.facts) == (opened, closed)


def test_persons_of_a_case_are_named_in_its_first_report() -> None:
    log = CaseLog()
    case_id = log.served()
    first = next(iter(log.cases[case_id].reports.values()))
    assert origins(log.facts) == [Origin(case_id, first.report_id)]


def test_persons_of_a_case_that_another_opened_are_named_there_under_other_roles() -> None:
    log = CaseLog()
    parent, child = log.report(), log.new_id()
    opening = facts.ChildOpened(
        case_id=child, workflow="child_referral", state="received", relation="protection", roles={"victim": "child"}
    )
    opened = structs.replace(log.facts[0].effects[0], parent_case_id=parent)
    by_parent = structs.replace(log.facts[0], effects=(opening,))
    own = structs.replace(log.facts[0], case_id=child, effects=(opened,))
    assert origins([by_parent, own]) == [
        Origin(child, roles={"victim": "child"}),
        Origin(child, parent_case_id=parent),
    ]


def test_only_who_was_reached_has_been_told() -> None:
    log = CaseLog()
    log.served()
    notice = fold(log.facts)[0][0]
    for result in CallResult:
        how = Attempted(channel="visit", result=result, at=log.now, document="V-1")
        proof = reached(notice, how, NUMBER, None)
        assert (proof is not None) == (result == "reached")
        assert proof is None or (proof.channel, proof.proof, proof.by_unit) == ("visit", "V-1", STATION)


def test_reached_needs_a_name_or_a_document() -> None:
    with pytest.raises(ValidationError, match="name or document"):
        Attempted(channel="sms", result=CallResult.REACHED, at=CaseLog().now)


def test_proved_task_closes_its_notice() -> None:
    log = CaseLog()
    case_id = log.served()
    log.prove(case_id, fold(log.facts)[0][0].task_id)
    opened, (closing,) = fold(log.facts)
    assert (closing.case_id, closing.task_id, closing.outcome) == (case_id, opened[0].task_id, "proved")


def test_name_of_who_was_told_is_not_in_what_is_published() -> None:
    log = CaseLog()
    log.served()
    notice = fold(log.facts)[0][0]
    how = ToldByPhone(channel="phone", name="王某某", told_at=log.now)
    proof = told(notice, how, NUMBER, b"sealed")
    published = proof.event()
    assert "王" not in repr((proof, how))
    assert "王" not in published.to_json().decode()
    assert (published.channel, published.by_unit, published.proved_at) == ("phone", STATION, log.now)


def test_proof_of_the_inbox_is_of_the_addressee_and_a_valid_event() -> None:
    log = CaseLog()
    log.served()
    notice = next(notice for notice in fold(log.facts)[0] if notice.addressee == VILLAGE)
    proof = read_in_inbox(notice, log.now + timedelta(hours=1))
    assert NoticeProved.read(proof.event().to_json()) == proof.event()
    assert proof.by_unit == VILLAGE
