"""What definitions must satisfy together: what one opens in another is there, and what it asks about was recorded."""

from collections.abc import Callable, Iterator, Mapping

from contracts.codes import ReporterCategory
from workflows.definition import CHILD, DANGER, ChildSpec, Definition, MilestoneSpec, OpenSpec, StartSpec, TaskSpec
from workflows.lines import Where
from workflows.paths import reach, steps
from workflows.vocabulary import (
    OF_REPORT,
    TIMES_OF_REPORT,
    Newest,
    Values,
    carried_fields,
    case_fields,
    children,
    conditionals,
    event_fields,
    event_times,
    moments,
    own_fields,
    report_fields,
    stated_anywhere,
    time_fields,
)
from workflows.wording import Found, Said, nearest, unknown


def _unknown_child(definition: Definition, newest: Newest) -> Found:
    """A case is opened in a workflow there is, in a state that another case may open it in, by whom it knows."""
    for path, child in children(definition):
        target = newest.get(child.workflow)
        if target is None:
            yield (*path, "workflow"), *unknown("workflow", child.workflow, newest)
            continue
        states = {spec.state for spec in target.opens if spec.event == CHILD}
        if child.state not in states:
            yield (*path, "state"), *unknown("opening", f"{child.workflow}.{child.state}", states)
        if child.reporter and ReporterCategory.known(child.reporter) is None:
            known = (category.value for category in ReporterCategory)
            yield (*path, "reporter"), *unknown("reporter category", child.reporter, known)


def _unknown_baggage(definition: Definition, newest: Newest) -> Found:
    """What a case gives another one on its way it has itself, under a name that some workflow knows."""
    mine, anywhere = case_fields(definition, newest), stated_anywhere(newest)
    for path, child in children(definition):
        for name in sorted(set(child.carries.values()) - mine.keys()):
            yield (*path, "carries"), *unknown("field", name, mine)
        for key in ("carries", "sets"):
            for name in sorted(getattr(child, key).keys() - anywhere):
                yield (*path, key), *unknown("field", name, anywhere)
        there = own_fields(newest[child.workflow])
        given = {name: (value,) for name, value in child.sets.items() if name in there}
        yield from _wrong_values((*path, "sets"), given, there)


def _two_emergencies(definition: Definition, newest: Newest) -> Found:
    """One workflow at most says where a case opens for a child in danger, and once."""
    saying = sorted((d.workflow, n) for d in newest.values() for n, o in enumerate(d.opens) if o.event == DANGER)
    for workflow, n in saying[1:]:
        if workflow == definition.workflow:
            yield (
                ("opens", n),
                f"{saying[0][0]} 已写明儿童遇险时在何处立案，只能写一处；删去其一",
                f"{saying[0][0]} says already where a case opens for a child in danger; drop one",
            )


def _cyclic_child(definition: Definition, newest: Newest) -> Found:
    """Opening a case, or silence, must not open cases without end; what a person decides may lead back."""
    for n, spec in enumerate(definition.opens):
        if any(_never_ends(child, newest, frozenset()) for child in spec.children):
            yield ("opens", n, "children"), *_without_end(f"在 {spec.state} 立案", f"opening a case in {spec.state}")
    for n, row in enumerate(definition.actions):
        if row.timer and any(_never_ends(child, newest, frozenset()) for child in row.children):
            yield ("actions", n, "children"), *_without_end(f"到期自动办理 {row.name}", f"the alarm {row.name}")


def _without_end(zh: str, en: str) -> Said:
    return (
        f"{zh}会不停地另立新案；其中一步应由单位办理",
        f"{en} opens cases without end; let a unit take one of the steps",
    )


def _never_ends(child: ChildSpec, newest: Newest, above: frozenset[tuple[str, str]]) -> bool:
    place = (child.workflow, child.state)
    if place in above:
        return True
    opened = _opened_by_itself(newest[child.workflow], child.state) if child.workflow in newest else ()
    return any(_never_ends(next_, newest, above | {place}) for next_ in opened)


def _opened_by_itself(definition: Definition, state: str) -> Iterator[ChildSpec]:
    """What a case that another one opens in `state` opens in its turn, at once or by alarms alone."""
    for spec in definition.opens:
        yield from spec.children if (spec.event, spec.state) == (CHILD, state) else ()
    reached = reach({state}, [(step.source, step.target) for step in steps(definition) if step.row.timer])
    for row in definition.actions:
        yield from row.children if row.timer and reached & set(definition.sources(row)) else ()


def _unknown_condition(definition: Definition, newest: Newest) -> Found:
    """A condition asks about a field that something records, for a value that it can have."""
    known = case_fields(definition, newest)
    of_report = {**report_fields(definition), **OF_REPORT}
    for path, part in conditionals(definition):
        scope = of_report if _sees_one_report(definition, path) else known
        yield from _wrong_values((*path, "where"), part.where, scope)
    for n, row in enumerate(definition.actions):
        yield from _wrong_values(("actions", n, "where"), row.where, known)


def _sees_one_report(definition: Definition, path: Where) -> bool:
    task = definition.find_task(str(path[1])) if path[0] == "tasks" else None
    return task is not None and task.per_report


def _wrong_values(path: Where, where: Mapping[str, tuple[bool | int | str, ...]], known: Mapping[str, Values]) -> Found:
    for name, values in where.items():
        if name not in known:
            yield (*path, name), *unknown("field", name, known)
        allowed = known.get(name) or frozenset(values)
        for value in values:
            if value not in allowed:
                zh, en = nearest(value, allowed)
                yield (*path, name), f"{name} 不会是 {value}；应为：{zh}", f"{name} is never {value}; it is one of {en}"


def _unknown_dimension(definition: Definition, newest: Newest) -> Found:
    """A milestone is counted by fields that something records."""
    known = case_fields(definition, newest).keys() | OF_REPORT.keys()
    for path, part in conditionals(definition):
        for name in part.dimensions if isinstance(part, MilestoneSpec) else ():
            if name not in known:
                yield (*path, "dimensions"), *unknown("field", name, known)


def _unknown_opening(definition: Definition, newest: Newest) -> Found:
    """An opening asks about, and draws on, what its event states."""
    for n, spec in enumerate(definition.opens):
        stated, times = _stated(definition, spec, newest)
        yield from _wrong_values(("opens", n, "where"), spec.where, stated)
        for name in spec.has:
            if name not in stated:
                yield ("opens", n, "has"), *unknown("field", name, stated)
        for part, source in spec.places.items():
            if source not in stated and source != "reporter":
                yield ("opens", n, "places", part), *unknown("unit field", source, [*stated, "reporter"])
        for moment, source in spec.marks.items():
            if source not in times:
                yield ("opens", n, "marks", moment), *unknown("time field", source, times)


def _stated(definition: Definition, spec: OpenSpec, newest: Newest) -> tuple[Mapping[str, Values], set[str]]:
    """The fields that an opening's event states, and which of them are times."""
    if spec.event != CHILD:
        return event_fields(spec.event), set(event_times(spec.event))
    carried = carried_fields(definition, newest)
    return carried, carried.keys() & moments(definition, newest)


def _unknown_field_of_people(definition: Definition, newest: Newest) -> Found:
    """What makes two reports the same case is stated by every report or case that opens one."""
    known = report_fields(definition).keys() | carried_fields(definition, newest).keys()
    for name in definition.join.fields:
        if name not in known:
            yield ("join", "fields"), *unknown("field", name, known)


def _unknown_time(definition: Definition, newest: Newest) -> Found:
    """Clocks, milestones and reports that take a case on count from moments that something records."""
    recorded = moments(definition, newest)
    for path, name, known in _asked_times(definition, recorded):
        if name and name not in known:
            yield path, *unknown("moment", name, known)


def _asked_times(definition: Definition, recorded: set[str]) -> Iterator[tuple[Where, str | None, set[str]]]:
    for n, spec in enumerate(definition.opens):
        stated = {*event_times(spec.event), "reported_at"}
        if spec.moves:
            yield ("opens", n, "moves", "at"), spec.moves.at, stated
            yield from ((("opens", n, "moves", "meets", rule), at, stated) for rule, at in spec.moves.meets.items())
    for path, part in conditionals(definition):
        if isinstance(part, StartSpec | ChildSpec):
            yield (*path, "since"), part.since, recorded
        if isinstance(part, MilestoneSpec):
            yield (*path, "at"), part.at, recorded | _times_at_hand(definition, path)
        if isinstance(part, TaskSpec):
            at_hand = recorded | time_fields(definition) | TIMES_OF_REPORT
            yield from (((*path, key), getattr(part, key), at_hand) for key in ("since", "done"))


def _times_at_hand(definition: Definition, path: Where) -> set[str]:
    """The time fields of the action or the task that a milestone belongs to, and of a report."""
    if path[0] == "actions":
        fields = definition.actions[int(path[1])].fields
    else:
        task = definition.find_task(str(path[1])) if path[0] == "tasks" else None
        fields = task.fields if task else {}
    return {name for name, spec in fields.items() if spec.type == "time"} | TIMES_OF_REPORT


CROSS_PROOFS: tuple[Callable[[Definition, Newest], Found], ...] = (
    _unknown_child,
    _unknown_baggage,
    _two_emergencies,
    _cyclic_child,
    _unknown_opening,
    _unknown_condition,
    _unknown_dimension,
    _unknown_field_of_people,
    _unknown_time,
)
