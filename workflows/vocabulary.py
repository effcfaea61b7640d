"""What a workflow can know: the fields and times that its reports, its actions and the cases that open it state."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, get_args

from pydantic import AwareDatetime

from contracts.codes import CodeList, ReporterCategory
from contracts.intake import INTAKE_EVENTS
from workflows.definition import CHILD, DANGER, STANDARD, ChildSpec, Conditional, Definition, TaskSpec
from workflows.lines import Where

Newest = Mapping[str, Definition]

Values = frozenset[Any] | None
"""The values a field may have; None when it has no list of them."""

FLAG: Final[Values] = frozenset({True, False})

OF_REPORT: Final[Mapping[str, Values]] = {
    "report_id": None,
    "reporter_category": frozenset(category.value for category in ReporterCategory),
    "reporter_unit": None,
    "under_duty": FLAG,
    "delay_minutes": None,
    "learned_at": None,
    "reached_police_at": None,
}
"""What a report is judged by beside its own fields; see `effects.py`."""

_OF_HOPS: Final = ("first_known_at", "first_known_by")
"""What casework adds to a report that came over several hands: when the first of them knew, and who that was."""

TIMES_OF_REPORT: Final = frozenset({"learned_at", "reached_police_at"})

_MODELS: Final = {model.TYPE: model for model in INTAKE_EVENTS}

EVENTS: Final = frozenset({*_MODELS, CHILD, DANGER})


# -- fields -------------------------------------------------------------------------------------------------------


def case_fields(definition: Definition, newest: Newest) -> dict[str, Values]:
    """Every field a case may have, with its values: its own, and what the cases that open it give it."""
    found = own_fields(definition)
    for name, values in carried_fields(definition, newest).items():
        _widen(found, name, values)
    return found


def own_fields(definition: Definition) -> dict[str, Values]:
    """What actions, tasks, reports and openings say, with its values."""
    found: dict[str, Values] = {"prior_warning": FLAG}
    for name, spec in definition.all_fields:
        _widen(found, name, frozenset(spec.codes) or (FLAG if spec.type == "bool" else None))
    for name, values in report_fields(definition).items():
        _widen(found, name, values)
    for opening in definition.opens:
        for name, value in opening.fields.items():
            _widen(found, name, _values_like(value))
    return found


def _values_like(value: bool | str) -> Values:
    return FLAG if isinstance(value, bool) else frozenset({value})


def report_fields(definition: Definition) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for opening in definition.opens:
        for name, values in event_fields(opening.event).items():
            _widen(found, name, values)
    return found


def carried_fields(definition: Definition, newest: Newest) -> dict[str, Values]:
    """What other cases say when they open one here; any value of what came to them from yet another one."""
    found: dict[str, Values] = {}
    for other in newest.values():
        mine = [child for _, child in children(other) if child.workflow == definition.workflow]
        own = own_fields(other) if mine else {}
        for child in mine:
            for there, here in child.carries.items():
                _widen(found, there, own.get(here))
            for name, value in child.sets.items():
                _widen(found, name, _values_like(value))
    return found


def _widen(found: dict[str, Values], name: str, values: Values) -> None:
    before = found.get(name, frozenset())
    found[name] = None if before is None or values is None else before | values


@cache
def event_fields(event: str) -> Mapping[str, Values]:
    """Empty for the openings that no report makes."""
    model = _MODELS.get(event)
    fields = model.model_fields if model else {}
    stated = {name: _values(field.annotation, field.metadata) for name, field in fields.items()}
    return stated | dict.fromkeys(_OF_HOPS if "hops" in fields else ())


def _values(*annotations: Any) -> Values:
    """The codes of the first code list in an annotation, true and false for a flag."""
    for annotation in annotations:
        if annotation is bool:
            return FLAG
        if isinstance(annotation, type) and issubclass(annotation, CodeList):
            return frozenset(code.value for code in annotation)
        inner = annotation if isinstance(annotation, list) else get_args(annotation)
        if inner and (found := _values(*inner)):
            return found
    return None


def stated_anywhere(newest: Newest) -> set[str]:
    """The fields that some workflow states or asks about: what goes from case to case is one of them."""
    found = {"prior_warning"}
    for definition in newest.values():
        found |= {*report_fields(definition), *(name for name, _ in definition.all_fields)}
        found |= {name for opening in definition.opens for name in (*opening.fields, *opening.has)}
        found |= {name for _, part in conditionals(definition) for name in part.where}
    return found


# -- times --------------------------------------------------------------------------------------------------------


@cache
def event_times(event: str) -> frozenset[str]:
    """The fields of an event that are moments."""
    model = _MODELS.get(event)
    fields = model.model_fields if model else {}
    return frozenset(name for name, field in fields.items() if _is_moment(field.annotation))


def _is_moment(annotation: Any) -> bool:
    return annotation in {datetime, AwareDatetime} or any(map(_is_moment, get_args(annotation)))


def moments(definition: Definition, newest: Newest) -> set[str]:
    """Every moment a case may have recorded."""
    found = {"reported_at"} | {moment for row in definition.actions for moment in row.marks}
    for opening in definition.opens:
        found |= event_times(opening.event) | opening.marks.keys()
    return found | carried_fields(definition, newest).keys() & _any_time(newest.values())


def _any_time(definitions: Iterable[Definition]) -> set[str]:
    """A time keeps its name on its way from case to case, however many it goes through."""
    found: set[str] = set()
    for definition in definitions:
        found |= time_fields(definition).union(*(event_times(opening.event) for opening in definition.opens))
    return found


def time_fields(definition: Definition) -> set[str]:
    return {name for name, spec in definition.all_fields if spec.type == "time"}


# -- the parts of a definition ------------------------------------------------------------------------------------


def children(definition: Definition) -> Iterator[tuple[Where, ChildSpec]]:
    for n, spec in enumerate(definition.opens):
        yield from ((("opens", n, "children", m), child) for m, child in enumerate(spec.children))
    for n, row in enumerate(definition.actions):
        yield from ((("actions", n, "children", m), child) for m, child in enumerate(row.children))


def conditionals(definition: Definition) -> Iterator[tuple[Where, Conditional]]:
    """Every part that may not apply."""
    for n, spec in enumerate(definition.opens):
        yield from _listed(("opens", n), starts=spec.starts, milestones=spec.milestones, children=spec.children)
    yield from _listed(("join",), milestones=definition.join.milestones)
    for name, state in definition.states.items():
        yield from _listed(("states", name), deadlines=state.deadlines)
    for name, task in all_tasks(definition):
        yield ("tasks", name), task
        yield from _listed(("tasks", name), milestones=task.milestones, accepted=task.accepted)
    for n, row in enumerate(definition.actions):
        yield from _listed(("actions", n), starts=row.starts, milestones=row.milestones, children=row.children)


def _listed(at: Where, **lists: Iterable[Conditional]) -> Iterator[tuple[Where, Conditional]]:
    for key, parts in lists.items():
        yield from (((*at, key, n), part) for n, part in enumerate(parts))


def all_tasks(definition: Definition) -> Iterable[tuple[str, TaskSpec]]:
    """The tasks that every workflow has, as the definition words them, and its own."""
    return (STANDARD | definition.tasks).items()
