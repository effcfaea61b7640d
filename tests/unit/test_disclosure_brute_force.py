"""The attack finds what trying every world finds, no more and no less; what is protected cannot be worked out."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.statistics.disclosure.attack import Leak, attack, refuse_leaks
from services.statistics.disclosure.model import Key, Need, Release
from services.statistics.disclosure.protect import protect
from services.statistics.disclosure.solver import Budget
from services.statistics.disclosure.system import build
from tests.unit.disclosure_worlds import WORLDS, Bounds, Kind, find_leaks, release

NEEDS = [Need(2), Need(3), Need(3, width=2), Need(3, zero_suffices=False), Need(3, zeros=False)]

worlds = st.sampled_from(sorted(WORLDS))
persons = st.lists(st.integers(0, 5), min_size=4, max_size=4)
changes = st.lists(st.sampled_from([0, 0, 0, 1, 1, 3, -1]), min_size=4, max_size=4)
needs = st.sampled_from(NEEDS)


def bounds(releases: list[Release], leaks: list[Leak]) -> set[Bounds]:
    system = build(releases)
    value = {name: standing.value for name, standing in zip(system.names, system.standings, strict=True)}
    return {
        Bounds(one.quantity.key, value[one.quantity], one.quantity.until is not None, one.low, one.high)
        for one in leaks
    }


def after(before: list[int], change: list[int]) -> list[int]:
    return [max(number + by, 0) for number, by in zip(before, change, strict=True)]


def some_of(data: st.DataObject, whole: Release) -> Release:
    """Most cells shown, as most are."""
    hidden: set[Key] = data.draw(st.sets(st.sampled_from(sorted(whole.cells)), max_size=5))
    return whole.showing(set(whole.cells) - hidden)


@given(worlds, persons, needs, st.data())
@settings(max_examples=60)
def test_the_attack_on_any_release_finds_what_trying_every_world_finds(
    world: str, before: list[int], need: Need, data: st.DataObject
) -> None:
    kinds = WORLDS[world]
    releases = [some_of(data, release("one", kinds, before, need))]
    assert bounds(releases, attack(releases, Budget(60))) == find_leaks(kinds, releases, [before])


@given(worlds, persons, changes, needs, st.data())
@settings(max_examples=60)
def test_the_attack_on_two_releases_finds_what_trying_every_pair_of_worlds_finds(
    world: str, before: list[int], change: list[int], need: Need, data: st.DataObject
) -> None:
    kinds, truth = WORLDS[world], [before, after(before, change)]
    releases = [some_of(data, release(name, kinds, numbers, need)) for name, numbers in zip("ab", truth, strict=True)]
    found = find_leaks(kinds, releases, truth)
    assume(found is not None)
    assert bounds(releases, attack(releases, Budget(60))) == found


@given(worlds, persons, needs)
@settings(max_examples=80)
def test_what_is_protected_cannot_be_worked_out_by_trying_every_world(
    world: str, before: list[int], need: Need
) -> None:
    kinds = WORLDS[world]
    shown = protect([], release("one", kinds, before, need), Budget(60))
    assert not any(need.is_small(value) for value in shown.published.values())
    assert find_leaks(kinds, [shown], [before]) == set()
    assert attack([shown], Budget(60)) == []


@given(worlds, persons, changes, st.sampled_from([Need(2), Need(3), Need(3, width=2)]))
@settings(max_examples=80)
def test_a_second_release_gives_away_neither_itself_nor_the_first(
    world: str, before: list[int], change: list[int], need: Need
) -> None:
    kinds, truth = WORLDS[world], [before, after(before, change)]
    first = protect([], release("first", kinds, truth[0], need), Budget(60))
    second = protect([first], release("second", kinds, truth[1], need), Budget(60))
    refuse_leaks([first, second], Budget(60))
    found, anyway = (find_leaks(kinds, [first, last], truth) for last in (second, second.showing(())))
    assume(found is not None and anyway is not None)
    assert found is not None
    assert anyway is not None
    assert found <= anyway


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_without_covering_cells_small_counts_are_worked_out(world: str) -> None:
    """The tests above can fail: what only small counts are taken from leaks, and both ways find it."""
    kinds: list[Kind] = WORLDS[world]
    whole = release("one", kinds, [1, 1, 4, 3])
    naive = [whole.showing(one for one, cell in whole.cells.items() if not 0 < cell.value < 3)]
    found = find_leaks(kinds, naive, [[1, 1, 4, 3]])
    assert found
    assert bounds(naive, attack(naive, Budget(60))) == found
