"""What a definition must satisfy before it runs. A proof yields what it finds and where; its name names the error."""

from collections.abc import Iterable, Iterator
from typing import Any

from contracts.codes import UnitKind
from workflows.definition import CHILD, STANDARD, ActionSpec, Conditional, Definition, StartSpec
from workflows.guards import GUARDS
from workflows.lines import Where
from workflows.paths import is_found, parts_after, stated_parts, steps, surely_placed
from workflows.policy import Policy

Found = Iterator[tuple[Where, str]]


def _unknown_name(definition: Definition, policy: Policy) -> Found:
    """Every state, task, guard and rule that is named exists."""
    for path, kind, name in _names(definition):
        known: Any = {
            "state": definition.states,
            "task": definition.tasks.keys() | STANDARD.keys(),
            "guard": GUARDS,
            "rule": policy,
            "counter": definition.counters,
        }[kind]
        if name not in known and not (kind == "state" and name == "origin"):
            yield path, f"no such {kind}: {name}"


def used_rules(definition: Definition) -> set[str]:
    return {name for _, kind, name in _names(definition) if kind == "rule"}


def _names(definition: Definition) -> Iterator[tuple[Where, str, str]]:
    for n, spec in enumerate(definition.opens):
        yield ("opens", n, "state"), "state", spec.state
        yield from _asked(("opens", n), [*spec.starts, *spec.milestones, *spec.children])
        yield from ((("opens", n, "starts"), "rule", start.rule) for start in spec.starts)
        yield from ((("opens", n, "tasks"), "task", task) for task in spec.tasks)
        if spec.moves:
            yield from ((("opens", n, "moves"), "state", name) for name in spec.moves.source)
            yield from ((("opens", n, "moves"), "rule", rule) for rule in spec.moves.meets)
    for name, state in definition.states.items():
        yield from ((("states", name, "deadlines"), "rule", start.rule) for start in state.deadlines)
        yield from ((("states", name, "ends"), "rule", rule) for rule in state.ends)
        yield from ((("states", name, "tasks"), "task", task) for task in state.tasks)
        yield from _asked(("states", name), state.deadlines)
    for name, task in (STANDARD | definition.tasks).items():
        yield from ((("tasks", name), "rule", rule) for rule in (task.deadline, task.answer) if rule)
        yield from _asked(("tasks", name), [task, *task.milestones, *task.accepted])
    yield from (((("join", "tasks")), "task", task) for task in definition.join.tasks)
    yield from ((("join", "renews"), "state", state) for state in definition.join.renews)
    for n, action in enumerate(definition.actions):
        yield from _action_names(n, action)


def _action_names(n: int, action: ActionSpec) -> Iterator[tuple[Where, str, str]]:
    at: Where = ("actions", n)
    yield from (((*at, "from"), "state", name) for name in action.source if name != "any")
    if action.to:
        yield (*at, "to"), "state", action.to
    yield from (((*at, "guards"), "guard", name) for name in action.guards)
    rules = (*action.meets, *action.cancels, *action.pauses, *action.resumes, *(s.rule for s in action.starts))
    yield from ((at, "rule", rule) for rule in (*rules, *((action.timer,) if action.timer else ())))
    yield from (((*at, "tasks"), "task", name) for name in (*action.tasks, *action.closes, *action.calls_off))
    yield from _asked(at, [*action.starts, *action.children, *action.milestones])
    yield from (((*at, key), "counter", name) for key in ("limit", "least") for name in getattr(action, key))


def _asked(at: Where, specs: Iterable[Conditional]) -> Iterator[tuple[Where, str, str]]:
    for spec in specs:
        yield from [(at, "guard", spec.when)] if spec.when else []
        yield from ((at, "counter", name) for name in (*spec.limit, *spec.least))


def _unreachable_state(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    reached = _reach({spec.state for spec in definition.opens}, [(s.source, s.target) for s in steps(definition)])
    for name in definition.states.keys() - reached:
        yield ("states", name), f"no event and no action leads to {name}"


def _state_without_exit(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """From every open state there is a way to a final one."""
    final = {name for name, state in definition.states.items() if state.final}
    ends = _reach(final, [(s.target, s.source) for s in steps(definition)])
    for name in definition.states.keys() - ends:
        yield ("states", name), f"{name} has no way out to a final state"


def _reach(begin: set[str], edges: Iterable[tuple[str, str]]) -> set[str]:
    reached, known = set(begin), list(edges)
    while new := {target for source, target in known if source in reached} - reached:
        reached |= new
    return reached


def _returned_to_nobody(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Whichever way a case comes to a state, the part that owns the state has been placed and not been dropped."""
    placed = surely_placed(definition)
    for step in steps(definition):
        owner = definition.states[step.target].owner
        if not is_found(owner, parts_after(step.row, placed.get(step.source, frozenset()))):
            n = definition.actions.index(step.row)
            way = f"{step.row.name} leads from {step.source} to {step.target}"
            yield ("actions", n), f"{way}, whose owner {owner} may be nobody then"


def _undischarged_duty(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A clock that no state ends is met, cancelled or missed by a row on every way to the end of the case."""
    for path, rule, state in _free_clocks(definition):
        kept = [(s.source, s.target) for s in steps(definition) if rule not in _settles(definition, s.source, s.row)]
        loose = sorted(name for name in _reach({state}, kept) if definition.states[name].final)
        if loose:
            yield path, f"{rule} can still run when the case ends in {loose[0]}; let a row on the way meet or cancel it"


def _free_clocks(definition: Definition) -> Iterator[tuple[Where, str, str]]:
    """Clocks that are started beside those of the state that is entered, and that state."""
    started = [
        (("opens", n, "starts"), start.rule, spec.state)
        for n, spec in enumerate(definition.opens)
        for start in spec.starts
    ]
    started += [
        (("actions", n, "starts"), start.rule, row.to)
        for n, row in enumerate(definition.actions)
        for start in row.starts
        if row.to and row.to != "origin"
    ]
    for path, rule, state in started:
        if rule not in _own(definition, state):
            yield path, rule, state


def _settles(definition: Definition, source: str, row: ActionSpec) -> set[str | None]:
    replaced = {start.replaces for start in row.starts}
    return {*row.meets, *row.cancels, row.timer, *replaced, *_own(definition, source)}


def _own(definition: Definition, state: str) -> set[str]:
    spec = definition.states[state]
    return {*spec.ends, *(start.rule for start in spec.deadlines)}


def _state_without_clock(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    for name, state in definition.states.items():
        if not state.final and not state.deadlines and not state.no_clock:
            yield ("states", name), f"{name} has neither a deadline nor a stated reason (no_clock) for having none"


def _state_without_owner(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """The states a case opens in name an owner that is known then: there is nobody yet to inherit from."""
    for n, spec in enumerate(definition.opens):
        owner = definition.states[spec.state].owner
        if owner == "accountable" or not is_found(owner, stated_parts(spec)):
            yield (
                ("opens", n, "state"),
                f"{spec.state} must name an owner that is known when the case opens, not {owner}",
            )


def _nobody_may_act(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """An open state can be left by a person, not only by an alarm."""
    for name, state in definition.states.items():
        rows = [a for a in definition.actions if name in definition.sources(a) and a.to]
        if rows and not state.final and all(row.timer for row in rows):
            yield ("states", name), f"only an alarm can end {name}; name an action of a unit"


def _two_unguarded(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """One trigger in one state has at most one row without conditions, and it comes last."""
    for (state, name), rows in [*definition.table.items(), *_timer_table(definition)]:
        if not all(map(_conditional, rows[:-1])):
            where = definition.actions.index(rows[-1])
            yield ("actions", where), f"{name} in {state}: a row without guards stands before another row"
        if any(row.fields.keys() != rows[0].fields.keys() for row in rows):
            yield ("actions", definition.actions.index(rows[-1])), f"{name} in {state}: rows ask for different fields"


def _conditional(row: ActionSpec) -> bool:
    return bool(row.guards or row.where or row.limit or row.least)


def _timer_table(definition: Definition) -> Iterator[tuple[tuple[str, str], list[ActionSpec]]]:
    for state in definition.states:
        timed = [row for row in definition.rows_from(state) if row.timer]
        for rule in dict.fromkeys(row.timer for row in timed if row.timer):
            yield (state, rule), [row for row in timed if row.timer == rule]


def _timer_nobody_starts(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """An alarm's row needs its rule to run in the states it starts from; in an interlude those before it go on."""
    for n, action in enumerate(definition.actions):
        for state in definition.sources(action) if action.timer else ():
            lasting = _before(definition, state) if definition.states[state].interlude else ()
            running = {start.rule for name in (state, *lasting) for start in definition.states[name].deadlines}
            started = {s.rule for a in definition.actions for s in a.starts} | {
                s.rule for o in definition.opens for s in o.starts
            }
            if action.timer not in running | started:
                yield ("actions", n, "timer"), f"{action.timer} never runs in {state}"


def _before(definition: Definition, state: str) -> set[str]:
    """The states that lead to this one."""
    return {source for row in definition.actions if row.to == state for source in definition.sources(row)}


def _automatic_cycle(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Alarms alone must not carry a case in a circle, over an interlude and back neither."""
    edges = {
        (state, target)
        for action in definition.actions
        if action.timer and action.to
        for state in definition.sources(action)
        for target in (_before(definition, state) if action.to == "origin" else {action.to})
    }
    for start, _ in edges:
        reached, frontier = set[str](), {start}
        while frontier := {b for a, b in edges if a in frontier and b} - reached:
            reached |= frontier
        if start in reached:
            yield ("states", start), f"alarms alone lead from {start} back to it"


def _origin_of_nothing(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Only an interlude has a state to return to."""
    for n, action in enumerate(definition.actions):
        for state in definition.sources(action) if action.to == "origin" else ():
            if not definition.states[state].interlude:
                yield ("actions", n, "to"), f"{state} is no interlude; name the state to go to, or mark it as one"


def _idle_task(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A duty written down that nothing ever opens would never be done."""
    listed = [spec.tasks for spec in definition.opens] + [state.tasks for state in definition.states.values()]
    listed += [action.tasks for action in definition.actions] + [definition.join.tasks]
    opened = {task for tasks in listed for task in tasks}
    for name in definition.tasks.keys() - opened - STANDARD.keys():
        yield ("tasks", name), f"nothing opens {name}; name it in `tasks` of a state or an action, or drop it"


def _final_state_acts(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A closed case can only be reopened; what stays closed may open a task or another case beside it."""
    for n, action in enumerate(definition.actions):
        moves = action.to or action.starts or action.places or action.drops
        for state in definition.sources(action):
            if definition.states[state].final and action.name != "reopen" and moves:
                yield ("actions", n), f"{state} is final; only reopen may leave it, not {action.name}"


def _unknown_source(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """`marks`, `places` and `at` draw on a field of the same action, on a part, a kind, or the moment of the action."""
    units = {kind.value for kind in UnitKind} | _parts(definition)
    for n, action in enumerate(definition.actions):
        for moment, source in action.marks.items():
            if source != "occurred" and source not in action.fields:
                yield ("actions", n, "marks"), f"{moment}: no time field {source}"
        for part, source in action.places.items():
            if source not in action.fields and source not in units:
                yield ("actions", n, "places"), f"{part}: neither a unit field nor a part: {source}"
            if source == "actor" and action.timer:
                yield ("actions", n, "places"), f"{part}: an alarm has no actor"
        if action.at and action.at not in action.fields:
            yield ("actions", n, "at"), f"no time field {action.at}"


def _unknown_field(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """`each` names a `units` field, `until` a `day` field that an action, a task or a report has."""
    for name, task in definition.tasks.items():
        if task.each and _types(definition, task.each) != {"units"}:
            yield ("tasks", name, "each"), f"no field of type units: {task.each}"
    for path, start in _starts(definition):
        stated = any(opening.event != CHILD for opening in definition.opens) and path[0] == "opens"
        if start.until and not stated and _types(definition, start.until) != {"day"}:
            yield path, f"no field of type day: {start.until}"


def _types(definition: Definition, name: str) -> set[str]:
    return {field.type for known, field in definition.all_fields if known == name}


def _starts(definition: Definition) -> Iterator[tuple[Where, StartSpec]]:
    yield from ((("opens", n, "starts"), start) for n, spec in enumerate(definition.opens) for start in spec.starts)
    yield from (
        (("states", n, "deadlines"), start) for n, state in definition.states.items() for start in state.deadlines
    )
    yield from ((("actions", n, "starts"), start) for n, row in enumerate(definition.actions) for start in row.starts)


def _term_without_end(definition: Definition, policy: Policy) -> Found:
    """When a term ends, something happens: a `timer` row in every state in which it runs."""
    terms = {rule.id for rule in policy if rule.term}
    for name, state in definition.states.items():
        running = {start.rule for start in state.deadlines} | set(state.ends)
        timed = {row.timer for row in definition.rows_from(name)}
        for rule in sorted(running & terms - timed):
            yield (
                ("states", name),
                f"nothing happens in {name} when the term {rule} ends; give it a row with that timer",
            )


def _unknown_unit(definition: Definition, policy: Policy) -> Found:
    """Owners, actors, addressees and ladders are unit kinds, or parts that something places."""
    known = {kind.value for kind in UnitKind} | _parts(definition)
    for path, key in _units(definition):
        if key not in known:
            yield path, f"no such unit kind or part: {key}"
    for rule, key in policy.ladder_units():
        if key not in known:
            yield (), f"the ladder of {rule} names no unit kind: {key}"


def _parts(definition: Definition) -> set[str]:
    placed = {part for action in definition.actions for part in action.places}
    standing = {"accountable", "actor", "reporter", "any", "lead"}
    return standing | placed | {part for spec in definition.opens for part in spec.places}


def _units(definition: Definition) -> Iterator[tuple[Where, str]]:
    yield from ((("states", name, "owner"), state.owner) for name, state in definition.states.items())
    for name, task in definition.tasks.items():
        named = {"unit": task.unit, "addressee": task.addressee, "reroute": task.reroute}
        yield from ((("tasks", name, key), unit) for key, unit in named.items() if unit)
    yield from ((("actions", n, "by"), key) for n, action in enumerate(definition.actions) for key in action.by)


def _clock_outlives_state(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A clock that an action starts without leaving its state ends with that state."""
    for n, action in enumerate(definition.actions):
        for state in definition.sources(action) if action.to is None else ():
            spec = definition.states[state]
            ended = {*spec.ends, *(start.rule for start in spec.deadlines)}
            for start in action.starts:
                if start.rule not in ended:
                    yield (
                        ("actions", n, "starts"),
                        f"{start.rule} would outlive {state}; name it in `ends` of the state",
                    )


PROOFS = (
    _unknown_name,
    _unreachable_state,
    _state_without_exit,
    _state_without_clock,
    _state_without_owner,
    _nobody_may_act,
    _undischarged_duty,
    _two_unguarded,
    _timer_nobody_starts,
    _automatic_cycle,
    _origin_of_nothing,
    _idle_task,
    _final_state_acts,
    _unknown_source,
    _unknown_field,
    _term_without_end,
    _unknown_unit,
    _returned_to_nobody,
    _clock_outlives_state,
)
