"""Every name in a definition stands for something: in the definition itself, in a code list, in the packs."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from contracts.codes import NoticeTemplate, SubjectRole, UnitKind
from workflows.definition import CHILD, STANDARD, ActionSpec, ChildSpec, Definition, FieldSpec, StartSpec
from workflows.guards import GUARDS
from workflows.lines import Where
from workflows.policy import Policy
from workflows.vocabulary import EVENTS, all_tasks, conditionals
from workflows.wording import Found, nearest, unknown

Named = Iterator[tuple[Where, str, str]]
"""Where a name stands, what kind of thing it names, and the name."""


def _unknown_name(definition: Definition, policy: Policy) -> Found:
    """Every state, task, guard, rule, counter, event, role, template and unit kind that is named exists."""
    known: dict[str, Collection[str]] = {
        "state": definition.states,
        "task": {*definition.tasks, *STANDARD},
        "guard": GUARDS,
        "rule": {rule.id for rule in policy},
        "counter": definition.counters,
        "event": EVENTS,
        "role": {role.value for role in SubjectRole},
        "template": {template.value for template in NoticeTemplate},
        "unit kind": {kind.value for kind in UnitKind},
    }
    for path, kind, name in _names(definition):
        if name not in known[kind]:
            yield path, *unknown(kind, name, known[kind])


def used_rules(definition: Definition) -> set[str]:
    return {name for _, kind, name in _names(definition) if kind == "rule"}


def _names(definition: Definition) -> Named:
    for n, spec in enumerate(definition.opens):
        yield ("opens", n, "event"), "event", spec.event
        yield ("opens", n, "state"), "state", spec.state
        yield from _each(("opens", n, "tasks"), "task", spec.tasks)
        if spec.moves:
            yield from _each(("opens", n, "moves", "from"), "state", spec.moves.source)
            yield from _each(("opens", n, "moves", "meets"), "rule", spec.moves.meets)
    for name, state in definition.states.items():
        yield from _each(("states", name, "ends"), "rule", state.ends)
        yield from _each(("states", name, "tasks"), "task", state.tasks)
    yield from _task_names(definition)
    yield from _each(("join", "roles"), "role", definition.join.roles)
    yield from _each(("join", "tasks"), "task", definition.join.tasks)
    yield from _each(("join", "renews"), "state", definition.join.renews)
    for n, action in enumerate(definition.actions):
        yield from _action_names(("actions", n), action)
        if definition.counters:  # the first version of some workflows had no titles for what they count
            yield from _each(("actions", n, "counts"), "counter", [action.counts])
            yield from _each(("actions", n, "resets"), "counter", [action.resets])
    yield from _conditional_names(definition)


def _each(at: Where, kind: str, names: Iterable[str | None]) -> Named:
    yield from ((at, kind, name) for name in names if name)


def _task_names(definition: Definition) -> Named:
    for name, task in all_tasks(definition):
        for key in ("deadline", "answer"):
            yield from _each(("tasks", name, key), "rule", [getattr(task, key)])
        yield from _each(("tasks", name, "template"), "template", [task.template])
        yield from _each(("tasks", name, "addressee_role"), "role", [task.addressee_role])
        yield from _field_names(("tasks", name), task.fields)


def _action_names(at: Where, action: ActionSpec) -> Named:
    yield from _each((*at, "from"), "state", [] if action.source == ("any",) else action.source)
    yield from _each((*at, "to"), "state", [] if action.to == "origin" else [action.to])
    yield from _each((*at, "guards"), "guard", action.guards)
    yield from _each((*at, "timer"), "rule", [action.timer])
    for key in ("meets", "cancels", "pauses", "resumes"):
        yield from _each((*at, key), "rule", getattr(action, key))
    for key in ("tasks", "closes", "calls_off"):
        yield from _each((*at, key), "task", getattr(action, key))
    for key in ("limit", "least"):
        yield from _each((*at, key), "counter", getattr(action, key))
    yield from _field_names(at, action.fields)


def _field_names(at: Where, fields: dict[str, FieldSpec]) -> Named:
    for name, spec in fields.items():
        yield from _each((*at, "fields", name, "kinds"), "unit kind", spec.kinds)


def _conditional_names(definition: Definition) -> Named:
    for at, part in conditionals(definition):
        yield from _each((*at, "when"), "guard", [part.when])
        yield from _each((*at, "limit"), "counter", part.limit)
        yield from _each((*at, "least"), "counter", part.least)
        if isinstance(part, StartSpec):
            yield from _each((*at, "rule"), "rule", [part.rule])
            yield from _each((*at, "replaces"), "rule", [part.replaces])
        if isinstance(part, ChildSpec):
            yield from _each((*at, "roles"), "role", [*part.roles, *part.roles.values()])


def _unknown_source(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """`marks`, `places` and `at` draw on a field of the same action, on a part, a kind, or the moment of the action."""
    units = unit_names(definition)
    for n, action in enumerate(definition.actions):
        times, named = _of_type(action, "time"), _of_type(action, "unit")
        for moment, source in action.marks.items():
            if source != "occurred" and source not in times:
                yield ("actions", n, "marks", moment), *unknown("time field", source, [*times, "occurred"])
        for part, source in action.places.items():
            if source not in named and source not in units:
                yield ("actions", n, "places", part), *unknown("unit field", source, [*named, *units])
            if source == "actor" and action.timer:
                yield (
                    ("actions", n, "places", part),
                    f"到期自动办理没有办理单位，{part} 不能取 actor；写明单位种类",
                    f"an alarm has no actor to be {part}; name a unit kind",
                )
        if action.at and action.at not in times:
            yield ("actions", n, "at"), *unknown("time field", action.at, times)
        for part in sorted(set(action.drops) - _parts(definition)):
            yield ("actions", n, "drops"), *unknown("part", part, _parts(definition))


def _of_type(action: ActionSpec, kind: str) -> set[str]:
    return {name for name, spec in action.fields.items() if spec.type == kind}


def _unknown_field(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """`each` names a `units` field, `until` a `day` field that an action, a task or a report has."""
    for name, task in definition.tasks.items():
        if task.each and _types(definition, task.each) != {"units"}:
            yield ("tasks", name, "each"), *unknown("units field", task.each, _fields_of(definition, "units"))
    reported = any(opening.event != CHILD for opening in definition.opens)
    for path, start in conditionals(definition):
        stated = reported and path[0] == "opens"
        if isinstance(start, StartSpec) and start.until and not stated and _types(definition, start.until) != {"day"}:
            yield (*path, "until"), *unknown("day field", start.until, _fields_of(definition, "day"))


def _types(definition: Definition, name: str) -> set[str]:
    return {field.type for known, field in definition.all_fields if known == name}


def _fields_of(definition: Definition, kind: str) -> set[str]:
    return {name for name, field in definition.all_fields if field.type == kind}


def _unknown_unit(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """Owners, actors and addressees are unit kinds, or parts that something places."""
    known = unit_names(definition)
    for path, key in _units(definition):
        if key not in known:
            yield path, *unknown("unit kind or part", key, known)


def unit_names(definition: Definition) -> set[str]:
    """What stands for a unit: the kinds there are, the roles of the moment, and the parts that are placed."""
    return {kind.value for kind in UnitKind} | {"accountable", "actor", "reporter", "any", "lead"} | _parts(definition)


def _parts(definition: Definition) -> set[str]:
    """What an opening or an action places."""
    placed = {part for action in definition.actions for part in action.places}
    return placed | {part for spec in definition.opens for part in spec.places}


def _units(definition: Definition) -> Iterator[tuple[Where, str]]:
    yield from ((("states", name, "owner"), state.owner) for name, state in definition.states.items())
    for name, task in definition.tasks.items():
        named = {"unit": task.unit, "addressee": task.addressee, "reroute": task.reroute}
        yield from ((("tasks", name, key), unit) for key, unit in named.items() if unit)
    yield from ((("actions", n, "by"), key) for n, action in enumerate(definition.actions) for key in action.by)


def _idle_counter(definition: Definition, policy: Policy) -> Found:  # noqa: ARG001
    """What is asked about is counted by some action, or by the answers to a task."""
    counted = {action.counts for action in definition.actions if action.counts} | set(_tallied(definition))
    for name in sorted(definition.counters.keys() - counted):
        zh, en = nearest(name, counted)
        yield (
            ("counters", name),
            f"没有任何办理计入 {name}；在某个动作写 counts: {name}，或改正名称；已计入的有：{zh}",
            f"nothing counts {name}; give a row `counts: {name}`, or correct the name; counted: {en}",
        )


def _tallied(definition: Definition) -> Iterator[str]:
    for kind, task in definition.tasks.items():
        spec: Any = task.fields.get(task.tally or "")
        values = (*spec.codes, "true", "false") if spec else ()
        units = [unit.value for unit in UnitKind] if spec else []
        yield from (f"{kind}.{name}" for name in (*values, *units, *(["opened", "done"] if spec else [])))


NAMES = (_unknown_name, _unknown_source, _unknown_field, _unknown_unit, _idle_counter)
