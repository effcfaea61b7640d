"""What definitions must satisfy together: what one opens in another is there, and what it asks about was recorded."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, get_args

from contracts.codes import CodeList, ReporterCategory, SubjectRole
from contracts.intake import INTAKE_EVENTS
from workflows.definition import CHILD, DANGER, ChildSpec, Conditions, Definition
from workflows.lines import Where

Found = Iterator[tuple[Where, str]]
Newest = Mapping[str, Definition]

Values = frozenset[Any] | None
"""The values a field may have; None when it has no list of them."""

_FLAG: Values = frozenset({True, False})

_OF_REPORT: dict[str, Values] = {
    "report_id": None,
    "reporter_category": frozenset(category.value for category in ReporterCategory),
    "reporter_unit": None,
    "under_duty": _FLAG,
    "delay_minutes": None,
    "learned_at": None,
    "reached_police_at": None,
}
"""What a report is judged by beside its own fields; see `effects.py`."""

_MODELS = {model.TYPE: model for model in INTAKE_EVENTS}


def _unknown_child(definition: Definition, newest: Newest) -> Found:
    """A case is opened in a workflow there is, in a state that another case may open it in, by roles it knows."""
    for path, child in _children(definition):
        target = newest.get(child.workflow)
        if target is None:
            yield path, f"no such workflow: {child.workflow}"
        elif not any(spec.event == CHILD and spec.state == child.state for spec in target.opens):
            yield path, f"{child.workflow} version {target.version} says no `event: {CHILD}` that opens {child.state}"
        for role in {*child.roles, *child.roles.values()}:
            if role not in {known.value for known in SubjectRole}:
                yield path, f"no such role: {role}"
        if child.reporter and ReporterCategory.known(child.reporter) is None:
            yield path, f"no such reporter category: {child.reporter}"


def _two_emergencies(definition: Definition, newest: Newest) -> Found:
    """One workflow at most says where a case opens for a child in danger, and once."""
    saying = sorted((d.workflow, n) for d in newest.values() for n, o in enumerate(d.opens) if o.event == DANGER)
    for workflow, n in saying[1:]:
        if workflow == definition.workflow:
            yield ("opens", n), f"{saying[0][0]} says already where a case opens for a child in danger"


def _cyclic_child(definition: Definition, newest: Newest) -> Found:
    """Opening a case must not open cases without end; what a person decides may lead back."""
    for n, spec in enumerate(definition.opens):
        if any(_never_ends(child, newest, frozenset()) for child in spec.children):
            yield ("opens", n, "children"), f"opening a case in {spec.state} opens cases without end"


def _never_ends(child: ChildSpec, newest: Newest, above: frozenset[tuple[str, str]]) -> bool:
    place = (child.workflow, child.state)
    openings = newest[child.workflow].opens if child.workflow in newest else ()
    opened = (c for o in openings if (o.event, o.state) == (CHILD, child.state) for c in o.children)
    return place in above or any(_never_ends(next_, newest, above | {place}) for next_ in opened)


def _unknown_condition(definition: Definition, newest: Newest) -> Found:
    """A condition asks about a field that something records, for a value that it can have."""
    known = _fields(definition, newest)
    for path, conditions, of_report in _conditions(definition):
        scope = _report_fields(definition) | _OF_REPORT if of_report else known
        for name, values in conditions.where.items():
            if name not in scope:
                yield (*path, "where"), f"nothing records a field {name}"
                continue
            allowed = scope[name]
            for value in values:
                if allowed is not None and value not in allowed:
                    yield (
                        (*path, "where"),
                        f"{name} is never {value}; it is one of {', '.join(map(str, sorted(allowed)))}",
                    )


def _unknown_time(definition: Definition, newest: Newest) -> Found:  # noqa: ARG001
    """A report takes a case on as of times that it states."""
    for n, spec in enumerate(definition.opens):
        asked = {spec.moves.at, *spec.moves.meets.values()} if spec.moves else set()
        for name in sorted(asked - {None, *_event_fields(spec.event)}, key=str):
            yield ("opens", n, "moves"), f"{spec.event} states no time {name}"


CROSS_PROOFS: tuple[Callable[[Definition, Newest], Found], ...] = (
    _unknown_child,
    _two_emergencies,
    _cyclic_child,
    _unknown_condition,
    _unknown_time,
)


def _children(definition: Definition) -> Iterator[tuple[Where, ChildSpec]]:
    yield from ((("opens", n, "children"), c) for n, spec in enumerate(definition.opens) for c in spec.children)
    yield from ((("actions", n, "children"), c) for n, row in enumerate(definition.actions) for c in row.children)


def _conditions(definition: Definition) -> Iterator[tuple[Where, Conditions, bool]]:
    """Every condition, and whether it sees one report only."""
    for n, spec in enumerate(definition.opens):
        yield from ((("opens", n), part, False) for part in (*spec.starts, *spec.milestones, *spec.children))
    for name, state in definition.states.items():
        yield from ((("states", name), start, False) for start in state.deadlines)
    for name, task in definition.tasks.items():
        yield ("tasks", name), task, task.per_report
        yield from ((("tasks", name), milestone, task.per_report) for milestone in (*task.milestones, *task.accepted))
    for n, row in enumerate(definition.actions):
        yield from ((("actions", n), part, False) for part in (row, *row.starts, *row.milestones, *row.children))


def _fields(definition: Definition, newest: Newest) -> dict[str, Values]:
    """Every field a case may have, with its values, from actions, tasks, reports and the cases that open it."""
    found: dict[str, Values] = {"prior_warning": _FLAG}
    for name, spec in definition.all_fields:
        _widen(found, name, frozenset(spec.codes) or (_FLAG if spec.type == "bool" else None))
    for name, values in _report_fields(definition).items():
        _widen(found, name, values)
    for opening in definition.opens:
        for name, value in opening.fields.items():
            _widen(found, name, _FLAG if isinstance(value, bool) else frozenset({value}))
    for other in newest.values():
        for _, child in _children(other):
            for name in {*child.carries, *child.sets} if child.workflow == definition.workflow else ():
                _widen(found, name, None)
    return found


def _widen(found: dict[str, Values], name: str, values: Values) -> None:
    before = found.get(name, frozenset())
    found[name] = None if before is None or values is None else before | values


def _report_fields(definition: Definition) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for opening in definition.opens:
        for name, values in _event_fields(opening.event).items():
            _widen(found, name, values)
    return found


@cache
def _event_fields(event: str) -> dict[str, Values]:
    model = _MODELS.get(event)
    return (
        {name: _values(field.annotation, field.metadata) for name, field in model.model_fields.items()} if model else {}
    )


def _values(*annotations: Any) -> Values:
    """The codes of the first code list in an annotation, true and false for a flag."""
    for annotation in annotations:
        if annotation is bool:
            return _FLAG
        if isinstance(annotation, type) and issubclass(annotation, CodeList):
            return frozenset(code.value for code in annotation)
        inner = annotation if isinstance(annotation, list) else get_args(annotation)
        if inner and (found := _values(*inner)):
            return found
    return None
