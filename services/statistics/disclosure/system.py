"""What the attacker is up against: unknown whole numbers and the sums that tie them, over all releases together.

A count that has the same value in two releases is one quantity. A count that has two values is two quantities, and what
lies between them is a third: the persons who came (or went), one or more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from services.statistics.disclosure.model import Key, Need, Release, check, check_fit, find_relations, with_rests


class Quantity(NamedTuple):
    """A count as some releases hold it; with `until`, by how much it differs from what another holds."""

    key: Key
    release: str
    until: str | None = None

    def describe(self) -> tuple[str, str]:
        """In Chinese and English."""
        if self.until is None:
            return f"{self.key.zh}（{self.release}）", f"{self.key.en} ({self.release})"
        return (
            f"{self.key.zh} 在“{self.release}”与“{self.until}”之间的差",
            f"the difference of {self.key.en} between {self.release} and {self.until}",
        )


@dataclass(slots=True)
class Standing:
    """`floor`: the attacker knows that it is not less. `guarded`: must not be worked out.

    `shown_by`: the first release that shows it; `shown_before`: one before the newest does; `given`: nobody needs to.
    """

    value: int
    need: Need
    floor: int = 0
    shown_by: str | None = None
    shown_before: bool = False
    given: bool = False
    guarded: bool = False

    @property
    def shown(self) -> bool:
        return self.shown_by is not None


Row = Mapping[int, int]
"""Of quantities; their sum with these signs is 0."""


@dataclass(slots=True)
class System:
    """Quantities by number, in an order that does not depend on the order of cells."""

    names: list[Quantity] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def as_shown(self, one: int) -> Quantity:
        """Named after the release that shows it, if one does."""
        return self.names[one]._replace(release=self.standings[one].shown_by or self.names[one].release)

    def add(self, name: Quantity, standing: Standing) -> int:
        self.names.append(name)
        self.standings.append(standing)
        return len(self.names) - 1

    def components(self, known: Sequence[bool]) -> list["Component"]:
        """Quantities that are not known, tied by rows; each group can be solved apart."""
        unknown = [[one for one in row if not known[one]] for row in self.rows]
        roots = join(len(self.names), unknown)
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for number, members in enumerate(unknown):
            if members:
                rows[roots[members[0]]].append(number)
        quantities: defaultdict[int, list[int]] = defaultdict(list)
        for one, root in enumerate(roots):
            if not known[one]:
                quantities[root].append(one)
        return [Component(of, rows[root]) for root, of in quantities.items()]


class Component(NamedTuple):
    """Numbers of quantities and of rows of a system."""

    quantities: list[int]
    rows: list[int]


def join(count: int, groups: Iterable[Sequence[int]]) -> list[int]:
    """For each number one that stands for all that groups tie together."""
    above = list(range(count))

    def root(one: int) -> int:
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for members in groups:
        for other in members[1:]:
            above[root(other)] = root(members[0])
    return [root(one) for one in range(count)]


def build(releases: Sequence[Release]) -> System:
    """The last release is the newest. Raises `TableError` when one contradicts itself or they do not fit together."""
    check_fit(releases)
    system = System()
    whole = [with_rests(release) for release in releases]
    numbers = _add_counts(system, whole)
    rows: dict[tuple[tuple[int, int], ...], None] = {}
    for release in whole:
        relations = find_relations(release.cells)
        check(release, relations)
        number = {key: numbers[key, cell.value] for key, cell in release.cells.items()}
        for relation in (*relations, *release.sums()):
            row = {number[relation.total]: 1} | {number[part]: -1 for part in relation.parts}
            rows[tuple(sorted(row.items()))] = None
    system.rows.extend(dict(row) for row in rows)
    _add_changes(system, numbers)
    return system


def _add_counts(system: System, releases: Sequence[Release]) -> dict[tuple[Key, int], int]:
    numbers: dict[tuple[Key, int], int] = {}
    for release in releases:
        newest = release is releases[-1]
        for key, cell in sorted(release.cells.items(), key=lambda item: item[0]):
            if (key, cell.value) not in numbers:
                numbers[key, cell.value] = system.add(Quantity(key, release.name), Standing(cell.value, cell.need))
            standing = system.standings[numbers[key, cell.value]]
            standing.need = standing.need.stricter(cell.need)
            standing.shown_by = standing.shown_by or (release.name if cell.published else None)
            standing.shown_before |= cell.published and not newest
            standing.given |= cell.given
            # A rest is kept back by every release; it is to be protected where it is small.
            standing.guarded |= not cell.published and (key.measure != "rest" or cell.need.is_small(cell.value))
    return numbers


def _add_changes(system: System, numbers: Mapping[tuple[Key, int], int]) -> None:
    values: defaultdict[Key, list[int]] = defaultdict(list)
    for key, value in sorted(numbers):
        values[key].append(value)
    for key, different in values.items():
        for low, high in combinations(different, 2):
            less, more = numbers[key, low], numbers[key, high]
            need = system.standings[less].need.stricter(system.standings[more].need)
            first, last = sorted((less, more))
            name = Quantity(key, system.names[first].release, system.names[last].release)
            change = system.add(name, Standing(high - low, need, floor=1, guarded=need.is_small(high - low)))
            system.rows.append({more: 1, less: -1, change: -1})
