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

OF_ACTS = {"child-social-worker-per-township", "child-worker-staffing", "protection-station-coverage"}
"""Where a unit that acted counts, whatever becomes of what it said."""

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


@pytest.mark.parametrize("key", [key for key in keys() if key not in OF_ACTS])
def test_numbers_are_others_without_the_correction(key: str) -> None:
    worked = read(key)
    unsaid = [fact for fact in worked.facts if not withdrawals(fact)]
    piled_up = [without_withdrawal(fact) for fact in worked.facts]
    assert any(counted(worked, facts) != worked.expected for facts in (unsaid, piled_up))


def withdrawals(fact: Fact) -> list[Milestone]:
    return [one for one in fact.of(Milestone) if one.name == "milestone.withdrawn"]


def without_withdrawal(fact: Fact) -> Fact:
    return msgspec.structs.replace(fact, effects=tuple(one for one in fact.effects if one not in withdrawals(fact)))
