"""Planted leaks are found and named, with the counts that give them away; what may be shown is shown."""

from collections.abc import Iterable
from itertools import count
from random import Random

import pytest

from services.statistics.disclosure.attack import LeakError, attack, refuse_leaks
from services.statistics.disclosure.errors import OutOfTimeError, TableError
from services.statistics.disclosure.model import Cell, Key, Need, Relation, Release, find_relations
from services.statistics.disclosure.protect import protect
from services.statistics.disclosure.rules import need_of
from services.statistics.disclosure.solver import Budget, Numbers
from services.statistics.disclosure.system import Quantity
from tests.unit.disclosure_worlds import HALVES, LINKED, SHARES, TWO_WAY, key, release
from workflows.packs import Disclosure

COUNTY, CITY = "330302", "330300"


def leaking(releases: list[Release], kept_back: Iterable[Key]) -> dict[tuple[Key, bool], tuple[int, int, set[Key]]]:
    """What the attack finds when the last release keeps these back: bounds, and the counts that give it away."""
    *earlier, newest = releases
    shown = newest.showing(set(newest.cells) - set(kept_back))
    return {
        (leak.quantity.key, leak.quantity.until is not None): (
            leak.low,
            leak.high,
            {giver.key for giver in leak.given_away_by},
        )
        for leak in attack([*earlier, shown], Budget(60))
    }


def test_a_single_hidden_cell_of_a_row_is_the_total_without_the_others() -> None:
    cells = {key(COUNTY, line): Cell(value) for line, value in (("a", 1), ("b", 7), ("c", 9))}
    row = Release("2026", cells | {key(COUNTY): Cell(17)})
    assert leaking([row], [key(COUNTY, "a")]) == {
        (key(COUNTY, "a"), False): (1, 1, set(row.cells) - {key(COUNTY, "a")})
    }


def test_two_hidden_cells_of_a_row_are_given_away_by_their_columns() -> None:
    table = release("2026", TWO_WAY, [1, 7, 5, 6])
    found = leaking([table], [key(COUNTY, "a"), key(COUNTY, "b")])
    assert {one for one, _ in found} == {key(COUNTY, "a"), key(COUNTY, "b")}
    low, high, givers = found[key(COUNTY, "a"), False]
    assert (low, high) == (1, 1)
    assert {key(CITY, "a"), key("330382", "a")} <= givers


def test_a_county_is_given_away_by_the_city_and_the_other_counties() -> None:
    table = release("2026", TWO_WAY, [1, 7, 5, 6])
    assert leaking([table], [key(COUNTY, "a"), key("330382", "b")])[key(COUNTY, "a"), False][:2] == (1, 1)


def test_a_half_is_given_away_by_the_year_and_the_other_half() -> None:
    table = release("2026", HALVES, [1, 7, 5, 6])
    first, second = (key(COUNTY, period=half) for half in ("2026-S1", "2026-S2"))
    low, high, givers = leaking([table], [first, key("330382", period="2026-S2")])[first, False]
    assert (low, high) == (1, 1)
    assert {second, key(COUNTY)} <= givers or {key(CITY, period="2026-S1")} <= givers


def test_linked_tables_give_away_together_what_each_keeps() -> None:
    table = release("2026", LINKED, [1, 5, 4, 3])
    hidden = [key(line="a"), key(line="b"), key()]
    low, high, givers = leaking([table], hidden)[key(), False]
    assert (low, high) == (13, 13)
    assert givers == {key(line="c", name="y"), key(line="d", name="y")}


def test_an_earlier_release_gives_away_what_covered_a_small_count() -> None:
    """The row's second cell would cover the first, but an earlier release showed it, and it has not changed."""
    table = release("July", TWO_WAY, [1, 7, 5, 6])
    hidden = [key(COUNTY, "a"), key(COUNTY, "b"), key("330382", "a"), key("330382", "b")]
    earlier = table.showing([key(COUNTY, "b")])
    again = Release("January", table.cells)
    assert leaking([again], hidden) == {}
    low, high, givers = leaking([earlier, again], hidden)[key(COUNTY, "a"), False]
    assert (low, high) == (1, 1)
    assert key(COUNTY, "b") in givers


def test_a_later_release_gives_away_what_an_earlier_one_kept_back() -> None:
    table = release("July", TWO_WAY, [1, 7, 5, 6])
    covered = [key(COUNTY, "a"), key(COUNTY, "b"), key("330382", "a"), key("330382", "b")]
    earlier = table.showing(set(table.cells) - set(covered))
    assert attack([earlier], Budget(60)) == []
    leaks = attack([earlier, Release("January", table.cells).showing([key(COUNTY, "b")])], Budget(60))
    small = next(leak for leak in leaks if leak.quantity == Quantity(key(COUNTY, "a"), "July"))
    assert (small.low, small.high) == (1, 1)
    assert Quantity(key(COUNTY, "b"), "January") in small.given_away_by


def test_the_few_persons_between_two_releases_are_a_count_too() -> None:
    first = release("July", TWO_WAY, [10, 20, 30, 40])
    second = release("January", TWO_WAY, [10, 21, 30, 40])
    found = leaking([first, second], [])
    assert found[key(COUNTY, "b"), True] == (1, 1, {key(COUNTY, "b")})
    assert found[key(CITY), True][:2] == (1, 1)
    assert (key(COUNTY, "a"), True) not in found


def test_many_persons_between_two_releases_are_no_secret() -> None:
    first, second = (release(name, TWO_WAY, [10, b, 30, 40]) for name, b in (("July", 20), ("January", 23)))
    assert leaking([first, second], []) == {}


def test_what_is_counted_among_few_is_squeezed() -> None:
    """Nobody says how many of the four were warned, but not more than four and not less than the city's all but one."""
    table = release("2026", SHARES, [4, 0, 5, 1])
    numerator = key(COUNTY, measure="numerator")
    found = leaking([table], [numerator, key("330382", measure="numerator")])
    low, high, givers = found[numerator, False]
    assert (low, high) == (3, 4)
    assert key(CITY, measure="numerator") in givers


def test_all_but_one_give_the_one_away() -> None:
    table = release("2026", SHARES, [30, 1, 50, 20])
    rest = key(COUNTY, measure="rest")
    assert leaking([table], [])[rest, False][:2] == (1, 1)


def test_a_zero_under_a_zero_total_cannot_be_hidden() -> None:
    table = release("2026", TWO_WAY, [0, 0, 5, 6])
    found = leaking([table], [key(COUNTY, "a"), key(COUNTY, "b"), key("330382", "a"), key("330382", "b")])
    assert found[key(COUNTY, "a"), False][:2] == (0, 0)


def test_counts_that_do_not_touch_a_small_one_stay_shown() -> None:
    table = release("2026", TWO_WAY, [1, 7, 5, 6])
    other = {one._replace(indicator="other"): Cell(9) for one in (key(COUNTY), key("330382"))}
    shown = protect(
        [], Release("2026", {**table.cells, **other} | {key(CITY)._replace(indicator="other"): Cell(18)}), Budget(60)
    )
    assert {one for one in shown.cells if one.indicator == "other"} <= set(shown.published)
    assert len(shown.cells) - len(shown.published) == 4


def test_what_was_shown_and_has_not_changed_is_shown_again() -> None:
    table = release("July", TWO_WAY, [3, 7, 5, 6])
    first = protect([], table, Budget(60))
    stricter = release("January", TWO_WAY, [3, 7, 5, 6], Need(5))
    assert protect([first], stricter, Budget(60)).published == first.published


def test_the_choice_does_not_depend_on_the_order_of_cells() -> None:
    """Four cells would cover the first equally well."""
    row = {key(line=line): Cell(1 if line == "a" else 7) for line in "abcde"} | {key(): Cell(29)}
    choices = set()
    for seed in range(5):
        cells = list(row.items())
        Random(seed).shuffle(cells)
        choices.add(frozenset(protect([], Release("2026", dict(cells)), Budget(60)).published))
    assert len(choices) == 1


def test_a_leak_is_refused_in_both_languages_with_what_gives_it_away() -> None:
    table = release("2026", TWO_WAY, [1, 7, 5, 6])
    with pytest.raises(LeakError, match="Not released") as refusal:
        refuse_leaks([table.showing(set(table.cells) - {key(COUNTY, "a")})], Budget(60))
    assert "不予发布" in refusal.value.zh
    assert (
        refusal.value.leaks[0].describe()[1].startswith("dv main denominator 2026 330302 x=a (2026) can be worked out")
    )


def test_who_runs_out_of_time_is_refused() -> None:
    ticks = count()
    table = release("2026", TWO_WAY, [1, 7, 5, 6])
    with pytest.raises(OutOfTimeError, match="publish --seconds 600"):
        refuse_leaks([table.showing([key(CITY)])], Budget(2, clock=lambda: float(next(ticks))))
    with pytest.raises(OutOfTimeError):
        protect([], table, Budget(2, clock=lambda: float(next(ticks))))


def test_counts_that_contradict_each_other_are_refused() -> None:
    table = release("2026", TWO_WAY, [1, 7, 5, 6])
    with pytest.raises(TableError, match="does not agree with its parts"):
        attack([Release("2026", {**table.cells, key(CITY): Cell(20)})], Budget(60))
    more = {**release("2026", SHARES, [4, 0, 5, 1]).cells, key(COUNTY, measure="numerator"): Cell(9)}
    with pytest.raises(TableError, match="does not agree with its parts"):
        attack([Release("2026", more)], Budget(60))
    with pytest.raises(TableError, match="a count is 0 or more"):
        attack([Release("2026", {key(): Cell(-1)})], Budget(60))


def test_a_year_without_the_halves_that_were_released_is_refused() -> None:
    """The half would stay hidden, but the year less the half that is out gives it away."""
    half = Release("July", {key(period="2026-S1"): Cell(50)})
    with pytest.raises(TableError, match="must have dv main denominator 2026-S1"):
        attack([half, Release("January", {key(): Cell(51)})], Budget(60))
    halves = {key(period=f"2026-S{half}"): Cell(value) for half, value in ((1, 50), (2, 1))}
    year = protect([half], Release("January", halves | {key(): Cell(51)}), Budget(60))
    assert set(year.published) == {key(period="2026-S1")}


def test_releases_have_names_of_their_own() -> None:
    with pytest.raises(TableError, match="a name of its own"):
        attack([release("July", TWO_WAY, [1, 7, 5, 6])] * 2, Budget(60))


def test_where_corners_are_not_whole_whole_numbers_are_searched_for() -> None:
    """Of three, no two may come together: half of each is a corner, and one alone the best."""
    pairs = [{0: 1, 1: 1, 3: 1}, {1: 1, 2: 1, 4: 1}, {0: 1, 2: 1, 5: 1}]
    numbers = Numbers([(0, float("inf"))] * 6, [(pair, 1) for pair in pairs], Budget(60))
    for column in range(3):
        numbers.cost(column, -1)
    assert numbers.find_cheapest_easily() is None
    answer = numbers.find_cheapest()
    assert answer is not None
    assert (round(answer.cost), sum(answer.values[:3])) == (-1, 1)
    numbers.bound(0, 2, 2)
    assert numbers.find_cheapest() is None


def test_totals_are_found_in_the_keys() -> None:
    village, township = key("330302001001"), key("330302001")
    half = key(COUNTY, period="2026-S1")
    keys = [village, township, half, key(COUNTY), key("330382"), key(CITY), key("330382", "a")]
    assert find_relations(keys) == [
        Relation(key(CITY), (key(COUNTY), key("330382"))),
        Relation(key(COUNTY), (half,)),
        Relation(key(COUNTY), (township,)),
        Relation(township, (village,)),
        Relation(key("330382"), (key("330382", "a"),)),
    ]


def test_the_strictest_threshold_holds() -> None:
    rule = Disclosure(k=3, minors=5, sexual_violence=6, villages=10)
    assert need_of(key(), rule).k == 3
    assert need_of(key(), rule, frozenset({"minors"})).k == 5
    assert need_of(key(), rule, frozenset({"minors", "sexual_violence"})).k == 6
    assert need_of(key("330302001"), rule, frozenset({"minors"})).k == 10
    assert [value for value in range(5) if need_of(key(), rule).is_small(value)] == [1, 2]
    assert [value for value in range(5) if need_of(key(), Disclosure(zeros=False)).is_small(value)] == [0, 1, 2]
