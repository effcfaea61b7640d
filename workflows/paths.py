"""Ways through a definition: where each row leads, which parts are placed by then, how long the longest way takes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from contracts.codes import UnitKind
from workflows.definition import ActionSpec, Definition, OpenSpec
from workflows.policy import Policy


class Step(NamedTuple):
    """One row from one state; from an interlude back to each state that it can be entered from."""

    source: str
    row: ActionSpec
    target: str


class Worst(NamedTuple):
    """The longest way from an opening to an end, no state twice. `open_ended`: those of its states without a clock."""

    days: float
    path: tuple[str, ...]
    open_ended: tuple[str, ...]


def steps(definition: Definition) -> Iterator[Step]:
    """Every row that leads somewhere, from every state it can be taken in."""
    entered_from = {
        name: [state for state in definition.states if any(row.to == name for row in definition.rows_from(state))]
        for name, state in definition.states.items()
        if state.interlude
    }
    for source in definition.states:
        for row in definition.rows_from(source):
            targets = entered_from.get(source, []) if row.to == "origin" else [row.to] if row.to else []
            yield from (Step(source, row, target) for target in targets)


def number_of(definition: Definition, row: ActionSpec) -> int:
    """Which row of the file it is; another one may say the same."""
    return next(n for n, known in enumerate(definition.actions) if known is row)


def reach(begin: set[str], edges: Iterable[tuple[str, str]]) -> set[str]:
    """What can be reached over `edges`, each from one state to another; `begin` too."""
    reached, known = set(begin), list(edges)
    while new := {target for source, target in known if source in reached} - reached:
        reached |= new
    return reached


def before(definition: Definition, state: str) -> set[str]:
    """The states that lead to this one."""
    return {source for row in definition.actions if row.to == state for source in definition.sources(row)}


def surely_placed(definition: Definition) -> dict[str, frozenset[str]]:
    """For every state the parts that are placed whichever way the case came."""
    placed: dict[str, frozenset[str]] = {}
    frontier = [(opening.state, stated_parts(opening)) for opening in definition.opens]
    ways = list(steps(definition))
    while frontier:
        state, parts = frontier.pop()
        known = placed.get(state)
        now = parts if known is None else known & parts
        if now != known:
            placed[state] = now
            frontier += [(step.target, parts_after(step.row, now)) for step in ways if step.source == state]
    return placed


def stated_parts(opening: OpenSpec) -> frozenset[str]:
    """The parts that are placed when a case opens so: a field that it asks for, or the unit that reports."""
    return frozenset(p for p, source in opening.places.items() if source in opening.has or source == "reporter")


def parts_after(row: ActionSpec, parts: frozenset[str]) -> frozenset[str]:
    """The parts that are surely placed once a row is taken; one that is copied from another needs that other one."""
    placed = {
        part
        for part, source in row.places.items()
        if source in parts or source in _ALWAYS or (source in row.fields and row.fields[source].required)
    }
    return (parts | placed) - set(row.drops)


_ALWAYS = frozenset({"accountable", "actor", *(kind.value for kind in UnitKind if kind.level != "opaque")})
"""Units that every case has: whoever is accountable or acts, and the kinds that follow from its place."""


def is_found(owner: str, parts: frozenset[str]) -> bool:
    """Whether a state with this owner always has one."""
    return owner in parts or owner in _ALWAYS


def worst_case(definition: Definition, policy: Policy) -> Worst:
    """In each state as long as its longest clock allows; a ladder takes none of it."""
    stay = {name: _longest(definition, policy, name) for name in definition.states}
    onward: dict[str, set[str]] = {name: set() for name in definition.states}
    for step in steps(definition):
        if not definition.states[step.source].final:
            onward[step.source].add(step.target)
    ways = (way for opening in definition.opens for way in _ways(opening.state, onward, definition, ()))
    path = max(ways, key=lambda way: (sum(stay[name] for name in way), len(way)), default=())
    states = definition.states
    open_ended = tuple(name for name in path if not states[name].deadlines and not states[name].final)
    return Worst(sum(stay[name] for name in path) / 24, path, open_ended)


def _ways(
    state: str, onward: dict[str, set[str]], definition: Definition, before: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    way = (*before, state)
    if definition.states[state].final:
        yield way
        return
    for target in sorted(onward[state] - set(way)):
        yield from _ways(target, onward, definition, way)


def _longest(definition: Definition, policy: Policy, name: str) -> float:
    state = definition.states[name]
    rules = {*(start.rule for start in state.deadlines), *state.ends}
    return max((rule.bounds[0] for rule in policy if rule.id in rules), default=0)
