"""What a definition must satisfy before it runs. A proof yields what it finds and where; its name names the error."""

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.definition import CHILD, DANGER, STANDARD, ActionSpec, Conditions, Definition, OpenSpec
from workflows.paths import before, is_found, number_of, parts_after, reach, stated_parts, steps, surely_placed
from workflows.policy import Policy
from workflows.proofs_clocks import CLOCKS
from workflows.proofs_names import NAMES
from workflows.wording import Found


def _unreachable_state(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    reached = reach({spec.state for spec in definition.opens}, [(s.source, s.target) for s in steps(definition)])
    for name in sorted(definition.states.keys() - reached):
        yield (
            ("states", name),
            f"没有事件或动作能到达 {name}；写一个 to: {name} 的动作，或删去",
            f"no event and no action leads to {name}; write a row `to: {name}`, or drop it",
        )


def _state_without_exit(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """From every open state there is a way to a final one."""
    final = {name for name, state in definition.states.items() if state.final}
    ends = reach(final, [(s.target, s.source) for s in steps(definition)])
    for name in sorted(definition.states.keys() - ends):
        yield (
            ("states", name),
            f"{name} 到不了任何终结状态；写一个从此离开的动作",
            f"{name} has no way out to a final state; write a row that leaves it",
        )


def _returned_to_nobody(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Whichever way a case comes to a state, the part that owns the state has been placed and not been dropped."""
    placed = surely_placed(definition)
    for step in steps(definition):
        owner = definition.states[step.target].owner
        if not is_found(owner, parts_after(step.row, placed.get(step.source, frozenset()))):
            n = number_of(definition, step.row)
            yield (
                ("actions", n),
                f"{step.row.name} 从 {step.source} 到 {step.target} 时，责任单位 {owner} 可能无人；先以 places 写明",
                f"{step.row.name} leads from {step.source} to {step.target}, whose owner {owner} may be nobody then",
            )


def _state_without_owner(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """The states a case opens in name an owner that is known then: there is nobody yet to inherit from."""
    for n, spec in enumerate(definition.opens):
        owner = definition.states[spec.state].owner
        if owner == "accountable" or not is_found(owner, stated_parts(spec)):
            yield (
                ("opens", n, "state"),
                f"{spec.state} 的责任单位应在案件开启时即为已知，不能是 {owner}",
                f"{spec.state} must name an owner that is known when the case opens, not {owner}",
            )


def _nobody_may_act(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """An open state can be left by a person, not only by an alarm."""
    for name, state in definition.states.items():
        rows = [a for a in definition.actions if name in definition.sources(a) and a.to]
        if rows and not state.final and all(row.timer for row in rows):
            yield (
                ("states", name),
                f"{name} 只能由到期自动离开；写一个由单位办理的动作",
                f"only an alarm can end {name}; name an action of a unit",
            )


def _two_unguarded(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """One trigger in one state has at most one row without conditions, and it comes last."""
    for (state, name), rows in [*definition.table.items(), *_timer_table(definition)]:
        if not all(map(_conditional, rows[:-1])):
            where = number_of(definition, rows[-1])
            yield (
                ("actions", where),
                f"{state} 的 {name}：无条件的一行应放在最后",
                f"{name} in {state}: a row without guards stands before another row; put it last",
            )
        if any(row.fields.keys() != rows[0].fields.keys() for row in rows):
            yield (
                ("actions", number_of(definition, rows[-1])),
                f"{state} 的 {name}：同名各行的 fields 应相同",
                f"{name} in {state}: rows must ask for the same fields",
            )


def _conditional(row: ActionSpec) -> bool:
    return bool(row.guards or row.where or row.limit or row.least)


def _dead_row(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Rows of one trigger are tried in order: one that asks all that an earlier one asks, or more, is never taken."""
    for (state, name), rows in [*definition.table.items(), *_timer_table(definition)]:
        for n, row in enumerate(rows):
            if any(_takes_all_of(other, row) for other in rows[:n]):
                yield (
                    ("actions", number_of(definition, row)),
                    f"{state} 的 {name}：第 {n + 1} 行的条件前面已有一行全部接走，永不适用；改其条件，或删去",
                    f"{name} in {state}: an earlier row takes all that row {n + 1} would; ask for something else",
                )


def _takes_all_of(first: ActionSpec, row: ActionSpec) -> bool:
    if first.timer != row.timer or not (first.timer or "any" in first.by or set(row.by) <= set(first.by)):
        return False
    return set(first.guards) <= set(row.guards) and _asks_no_more(first, row)


def _asks_no_more(first: Conditions, row: Conditions) -> bool:
    return (
        _is_wider(first.where, row.where)
        and all(name in row.limit and row.limit[name] <= most for name, most in first.limit.items())
        and all(name in row.least and row.least[name] >= least for name, least in first.least.items())
    )


def _is_wider(first: Mapping[str, tuple[Any, ...]], after: Mapping[str, tuple[Any, ...]]) -> bool:
    return all(name in after and set(after[name]) <= set(values) for name, values in first.items())


def _dead_opening(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """The first opening that an event fits is taken: one that asks all that an earlier one asks opens nothing."""
    for n, spec in enumerate(definition.opens):
        for m, first in enumerate(definition.opens[:n]):
            if _opens_all_of(first, spec):
                yield (
                    ("opens", n),
                    f"该事件第 {m + 1} 项已全部接走，本项永不适用；改其 where、has，或删去",
                    f"opening {m + 1} takes all that this one would; ask for something else, or drop it",
                )


def _opens_all_of(first: OpenSpec, spec: OpenSpec) -> bool:
    """Another case asks for a state by name; a report takes what it fits."""
    same = first.event == spec.event != DANGER and (spec.event != CHILD or first.state == spec.state)
    return same and set(first.has) <= set(spec.has) and _is_wider(first.where, spec.where)


def _timer_table(definition: Definition) -> Iterator[tuple[tuple[str, str], list[ActionSpec]]]:
    for state in definition.states:
        timed = [row for row in definition.rows_from(state) if row.timer]
        for rule in dict.fromkeys(row.timer for row in timed if row.timer):
            yield (state, rule), [row for row in timed if row.timer == rule]


def _automatic_cycle(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Alarms alone must not carry a case in a circle, over an interlude and back neither."""
    edges = {
        (state, target)
        for action in definition.actions
        if action.timer and action.to
        for state in definition.sources(action)
        for target in (before(definition, state) if action.to == "origin" else {action.to})
    }
    for start, _ in sorted(edges):
        reached, frontier = set[str](), {start}
        while frontier := {b for a, b in edges if a in frontier and b} - reached:
            reached |= frontier
        if start in reached:
            yield (
                ("states", start),
                f"仅凭到期自动办理，案件会从 {start} 又回到 {start}；其中一步应由单位办理",
                f"alarms alone lead from {start} back to it; let a unit take one of the steps",
            )


def _origin_of_nothing(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Only an interlude has a state to return to."""
    for n, action in enumerate(definition.actions):
        for state in definition.sources(action) if action.to == "origin" else ():
            if not definition.states[state].interlude:
                yield (
                    ("actions", n, "to"),
                    f"{state} 不是插入状态（interlude），没有可返回处；写明去向，或标明 interlude",
                    f"{state} is no interlude; name the state to go to, or mark it as one",
                )


def _idle_task(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A duty written down that nothing ever opens would never be done."""
    listed = [spec.tasks for spec in definition.opens] + [state.tasks for state in definition.states.values()]
    listed += [action.tasks for action in definition.actions] + [definition.join.tasks]
    opened = {task for tasks in listed for task in tasks}
    for name in sorted(definition.tasks.keys() - opened - STANDARD.keys()):
        yield (
            ("tasks", name),
            f"没有任何状态或动作开立 {name}；在其 tasks 中写明，或删去",
            f"nothing opens {name}; name it in `tasks` of a state or an action, or drop it",
        )


def _final_state_acts(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A closed case can only be reopened; what stays closed may open a task or another case beside it."""
    for n, action in enumerate(definition.actions):
        moves = action.to or action.starts or action.places or action.drops
        for state in definition.sources(action):
            if definition.states[state].final and action.name != "reopen" and moves:
                yield (
                    ("actions", n),
                    f"{state} 已终结，只有 reopen 可以离开，{action.name} 不能",
                    f"{state} is final; only reopen may leave it, not {action.name}",
                )


PROOFS = (
    *NAMES,
    _unreachable_state,
    _state_without_exit,
    _state_without_owner,
    _nobody_may_act,
    *CLOCKS,
    _two_unguarded,
    _automatic_cycle,
    _origin_of_nothing,
    _idle_task,
    _final_state_acts,
    _returned_to_nobody,
    _dead_row,
    _dead_opening,
)
