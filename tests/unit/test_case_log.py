"""Every case in order of its versions, each fact once."""

from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.cases import Fact
from services.platform.case_log import arrange
from tests.case_logs import CaseLog


def test_fact_follows_its_predecessor_and_otherwise_waits() -> None:
    log = CaseLog()
    case_id = log.report()
    log.act(case_id, "claim")
    log.act(case_id, "dispatch")
    first, second, third = log.facts
    assert arrange({}, [third, first]) == ([first], [third])
    assert arrange({case_id: 1}, [third, first]) == ([], [third])
    assert arrange({case_id: 1}, [third, second, second]) == ([second, third], [])


@given(seed=st.integers(0, 2**32), order=st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_any_arrival_gives_every_case_its_facts_once_and_in_order(seed: int, order: Random) -> None:
    log = CaseLog(seed)
    log.stroll(20)
    arrivals = [*log.facts, *log.facts[::2]]
    order.shuffle(arrivals)
    read: dict[UUID, int] = {}
    given_out: list[Fact] = []
    waiting: list[Fact] = []
    while arrivals:
        size = order.randint(1, 9)
        ready, waiting = arrange(read, [*waiting, *arrivals[:size]])
        arrivals = arrivals[size:]
        read |= {fact.case_id: fact.version for fact in ready}
        given_out += ready
    assert waiting == []
    for case_id in log.cases:
        expected = [fact for fact in log.facts if fact.case_id == case_id]
        assert [fact for fact in given_out if fact.case_id == case_id] == expected
