"""Every clock that is started ends, every alarm belongs to a clock that runs, and none stands still for good."""

from collections.abc import Iterable, Iterator

from workflows.definition import ActionSpec, Definition, StartSpec
from workflows.lines import Where
from workflows.paths import before, reach, steps
from workflows.policy import Policy
from workflows.vocabulary import conditionals
from workflows.wording import Found, nearest


def _state_without_clock(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    for name, state in definition.states.items():
        if not state.final and not state.deadlines and not state.no_clock:
            yield (
                ("states", name),
                f"{name} 既无期限，也未说明不计时的理由；写 deadlines 或 no_clock",
                f"{name} has neither a deadline nor a stated reason (no_clock) for having none",
            )


def _undischarged_duty(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A clock that no state ends is met, cancelled or missed by a row on every way to the end of the case."""
    for path, rule, state in _free_clocks(definition):
        kept = [(s.source, s.target) for s in steps(definition) if rule not in _settles(definition, s.source, s.row)]
        loose = sorted(name for name in reach({state}, kept) if definition.states[name].final)
        if loose:
            yield (
                path,
                f"案件在 {loose[0]} 终结时 {rule} 可能仍在计时；途中的动作应以 meets 或 cancels 了结",
                f"{rule} can still run when the case ends in {loose[0]}; let a row on the way meet or cancel it",
            )


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


def _timer_nobody_starts(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """An alarm's row needs its rule to run in the states it starts from; in an interlude those before it go on."""
    for n, action in enumerate(definition.actions):
        for state in definition.sources(action) if action.timer else ():
            lasting = before(definition, state) if definition.states[state].interlude else ()
            running = {start.rule for name in (state, *lasting) for start in definition.states[name].deadlines}
            started = {s.rule for a in definition.actions for s in a.starts} | {
                s.rule for o in definition.opens for s in o.starts
            }
            if action.timer not in running | started:
                yield (
                    ("actions", n, "timer"),
                    f"{action.timer} 在 {state} 从不计时；在该状态的 deadlines 写明，或改正",
                    f"{action.timer} never runs in {state}; name it in `deadlines` there, or correct it",
                )


def _term_without_end(definition: Definition, policy: Policy) -> Found:
    """When a term ends, something happens: a `timer` row in every state in which it runs."""
    terms = {rule.id for rule in policy if rule.term}
    for name, state in definition.states.items():
        running = {start.rule for start in state.deadlines} | set(state.ends)
        timed = {row.timer for row in definition.rows_from(name)}
        for rule in sorted(running & terms - timed):
            yield (
                ("states", name),
                f"{rule} 届满时 {name} 没有后续；写一个 timer: {rule} 的动作",
                f"nothing happens in {name} when the term {rule} ends; give it a row with that timer",
            )


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
                        f"离开 {state} 后 {start.rule} 仍在计时；在该状态的 ends 写明",
                        f"{start.rule} would outlive {state}; name it in `ends` of the state",
                    )


def _stands_still(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A clock that one action stops another starts again, wherever the case may be by then."""
    ways = list(steps(definition))
    for n, row in enumerate(definition.actions):
        for rule in row.pauses:
            going = {state for state in definition.states if _resumes(definition, state, rule)}
            kept = [(s.source, s.target) for s in ways if rule not in _settles(definition, s.source, s.row)]
            after = {row.to} if row.to and row.to != "origin" else set(definition.sources(row))
            stuck = sorted(
                name
                for name in reach(after, kept)
                if not definition.states[name].final and not reach({name}, kept) & going
            )
            if stuck:
                yield (
                    ("actions", n, "pauses"),
                    f"{rule} 停止计算后，在 {stuck[0]} 再无动作恢复；在该状态写一个 resumes: [{rule}] 的动作",
                    f"nothing lets {rule} go on in {stuck[0]}, where it stands still; write a row `resumes: [{rule}]`",
                )


def _resumes(definition: Definition, state: str, rule: str) -> bool:
    return any(rule in row.resumes for row in definition.rows_from(state))


def _never_paused(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """What an action lets go on another one stopped."""
    paused = {rule for row in definition.actions for rule in row.pauses}
    for n, row in enumerate(definition.actions):
        for rule in sorted(set(row.resumes) - paused):
            zh, en = nearest(rule, paused)
            yield (
                ("actions", n, "resumes"),
                f"没有动作使 {rule} 停止计算；停止过的有：{zh}",
                f"nothing pauses {rule}; what is paused: {en}",
            )


def _never_started(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """A clock that something ends, stops or replaces is started by something."""
    starts = [(path, part) for path, part in conditionals(definition) if isinstance(part, StartSpec)]
    started = {start.rule for _, start in starts}
    replaced = [((*path, "replaces"), [start.replaces]) for path, start in starts if start.replaces]
    for path, rules in [*replaced, *_ended(definition)]:
        for rule in sorted(set(rules) - started):
            zh, en = nearest(rule, started)
            yield path, f"没有任何地方开始计 {rule}；计时的有：{zh}", f"nothing starts {rule}; started here: {en}"


def _ended(definition: Definition) -> Iterator[tuple[Where, Iterable[str]]]:
    yield from ((("opens", n, "moves", "meets"), o.moves.meets) for n, o in enumerate(definition.opens) if o.moves)
    yield from ((("states", name, "ends"), state.ends) for name, state in definition.states.items())
    for n, row in enumerate(definition.actions):
        yield from ((("actions", n, key), getattr(row, key)) for key in ("meets", "cancels", "pauses"))


CLOCKS = (
    _state_without_clock,
    _undischarged_duty,
    _timer_nobody_starts,
    _term_without_end,
    _clock_outlives_state,
    _never_paused,
    _stands_still,
    _never_started,
)
