"""The example client: which edition stands after which messages."""

from random import Random

from contracts.releases import Release
from deploy.examples.release_consumer import Latest
from tests.unit.releases import release, sample

FIRST, SECOND = sample(), release(edition=2)
PERIOD = ("330300", "2026")


def told(latest: Latest) -> Release | None:
    return latest.releases.get(PERIOD)


def test_an_edition_stands_when_its_last_message_has_come() -> None:
    latest = Latest()
    *most, last = FIRST.split()
    assert [latest.take(message) for message in most] == [None] * len(most)
    assert latest.take(last) == FIRST == told(latest)


def test_the_older_edition_stands_until_the_newer_is_whole() -> None:
    latest = Latest()
    for message in [*FIRST.split(), *SECOND.split()[:-1]]:
        latest.take(message)
    assert told(latest) == FIRST
    assert latest.take(SECOND.split()[-1]) == SECOND


def test_what_comes_twice_or_late_changes_nothing() -> None:
    latest = Latest()
    for message in SECOND.split():
        latest.take(message)
    assert [latest.take(message) for message in [*SECOND.split(), *FIRST.split()]] == [None] * 6
    assert told(latest) == SECOND


def test_any_order_of_two_editions_ends_with_the_newer() -> None:
    for seed in range(20):
        messages = [*FIRST.split(), *SECOND.split()]
        Random(seed).shuffle(messages)
        latest = Latest()
        for message in messages:
            latest.take(message)
        assert told(latest) == SECOND


def test_cities_and_periods_stand_apart() -> None:
    half = release(period="2026-S1")
    latest = Latest()
    for message in [*FIRST.split(), *half.split()]:
        latest.take(message)
    assert latest.releases == {PERIOD: FIRST, ("330300", "2026-S1"): half}
