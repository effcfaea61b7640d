"""The oracle of the indicators gives what was worked out by hand."""

from collections.abc import Iterable
from functools import cache
from itertools import accumulate

import msgspec
import pytest

from contracts.cases import Fact, Milestone
from tests.oracle.by_hand import Numbers, Worked, keys, read
from tests.oracle.count import PARTS, count
from tests.oracle.tally import Result
from workflows.policy import load_policy

policy = cache(load_policy)


def counted(worked: Worked, facts: Iterable[Fact]) -> Numbers:
    results = count(facts, worked.as_of, lambda region: policy().statistics(region).settings, worked.stated)
    found = {}
    for part in worked.expected:
        one = results.get((worked.key, part, worked.year, "330382"), Result())
        found[part] = (one.numerator, one.denominator, None if one.value is None else round(one.value, 2))
    return found


@pytest.mark.parametrize("key", keys())
def test_oracle_gives_what_was_worked_out_by_hand(key: str) -> None:
    worked = read(key)
    assert counted(worked, worked.facts) == worked.expected


@pytest.mark.parametrize("key", keys())
def test_every_part_is_worked_out_on_10_to_30_facts(key: str) -> None:
    worked = read(key)
    assert worked.expected.keys() == {name for of, name in PARTS if of == key}
    assert 10 <= len(worked.facts) <= 30


@pytest.mark.parametrize("key", keys())
def test_numbers_are_others_without_the_fact_that_comes_late(key: str) -> None:
    worked = read(key)
    latest = accumulate((fact.occurred_at for fact in worked.facts), max)
    late = [fact for fact, before in zip(worked.facts, latest, strict=True) if fact.occurred_at < before]
    assert any(counted(worked, [one for one in worked.facts if one is not fact]) != worked.expected for fact in late)


@pytest.mark.parametrize("key", keys())
def test_numbers_are_others_when_nothing_is_withdrawn(key: str) -> None:
    worked = read(key)
    assert counted(worked, map(without_withdrawal, worked.facts)) != worked.expected


def without_withdrawal(fact: Fact) -> Fact:
    effects = (one for one in fact.effects if not (isinstance(one, Milestone) and one.name == "milestone.withdrawn"))
    return msgspec.structs.replace(fact, effects=tuple(effects))
