"""The oracle of the indicators gives what was worked out by hand."""

import pytest

from tests.oracle.by_hand import keys, read
from tests.oracle.count import PARTS, count
from tests.oracle.tally import Result
from workflows.policy import load_policy


@pytest.mark.parametrize("key", keys())
def test_oracle_gives_what_was_worked_out_by_hand(key: str) -> None:
    worked, policy = read(key), load_policy()
    results = count(worked.facts, worked.as_of, lambda region: policy.statistics(region).settings, worked.stated)
    found = {}
    for part in worked.expected:
        one = results.get((key, part, worked.year, "330382"), Result())
        found[part] = (one.numerator, one.denominator, None if one.value is None else round(one.value, 2))
    assert found == worked.expected


@pytest.mark.parametrize("key", keys())
def test_every_part_is_worked_out_on_10_to_30_facts_of_which_one_is_late_and_one_corrected(key: str) -> None:
    worked = read(key)
    assert worked.expected.keys() == {name for of, name in PARTS if of == key}
    assert 10 <= len(worked.facts) <= 30
    times = [fact.occurred_at for fact in worked.facts]
    assert times != sorted(times)
    steps = [step.name for fact in worked.facts for step in fact.effects if hasattr(step, "name")]
    assert "milestone.withdrawn" in steps
