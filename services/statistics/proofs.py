"""What declarations name must exist: who names a step that nobody says counts nothing, and nobody would notice."""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NamedTuple

from contracts.base import Contract
from contracts.codes import DenominatorName, SubjectRole, UnitKind, label_zh
from services.statistics import declaration as d
from services.statistics.catalogue import SETTING_UNITS_ZH, Indicator, targets
from services.statistics.declaration import Part
from services.statistics.milestones import ACT, OF_STATE, Derivation, MilestoneEntry
from workflows.definition import Definition
from workflows.vocabulary import OF_REPORT, Values, case_fields, children, report_fields

ALWAYS: Final = frozenset({"case.opened", "case.closed", "report.submitted"})
"""Steps that every workflow has without telling them."""

PSEUDO: Final = frozenset({"unit", "workflow", "township", "sex", "age_band"})
"""What every step has that is no dimension of its own."""

Dimensions = Mapping[str, Values]
"""What a dimension may be; None: anything."""


@dataclass
class Vocabulary:
    """Which workflow says which step, with which dimensions."""

    entries: Mapping[str, MilestoneEntry]
    definitions: Mapping[str, Definition]
    _fields: dict[str, dict[str, Values]] = field(init=False)

    def __post_init__(self) -> None:
        self._fields = {
            name: {**OF_REPORT, "event_type": None, **case_fields(definition, self.definitions)}
            for name, definition in self.definitions.items()
        }

    def dimensions(self, workflow: str, step: str) -> Dimensions | None:
        """None: the workflow does not say it."""
        definition, entry = self.definitions.get(workflow), self.entries.get(step)
        if definition is None:
            return None
        state = definition.states.get(step.removeprefix(OF_STATE)) if step.startswith(OF_STATE) else None
        if step == ACT or (state and not state.final):
            return {**self._fields[definition.workflow], **self._always(definition, "case.closed")}
        if entry is None:
            return None
        told = self._told(definition, step)
        ways = [(one, source) for one in entry.derived if workflow in one.workflow for source in one.from_]
        found = [_follow(one, dims) for one, source in ways if (dims := self.dimensions(workflow, source)) is not None]
        return None if told is None and not found else _merge([told or {}, *found])

    def _told(self, definition: Definition, step: str) -> Dimensions | None:
        if step in ALWAYS:
            return self._fields[definition.workflow] | self._always(definition, step)
        specs = [one for one in definition.milestones if one.name == step]
        if not specs:
            return None
        sets = _merge([{name: frozenset({value})} for one in specs for name, value in one.sets.items()])
        return _merge([self._fields[definition.workflow], sets])

    def _always(self, definition: Definition, step: str) -> dict[str, Values]:
        events = frozenset(one.event for one in definition.opens)
        if step == "case.closed":
            return {"state": frozenset(definition.states), "outcome": None}
        if step == "report.submitted":
            return {**report_fields(definition), **OF_REPORT, "event_type": events}
        mine = (one for other in self.definitions.values() for _, one in children(other))
        relations = {one.relation for one in mine if one.workflow == definition.workflow}
        return {"event_type": events, "opened_as": frozenset({*relations, "new_incident", "urgent_danger"})}


def _follow(one: Derivation, source: Dimensions) -> Dimensions:
    taken = {}
    for to, names in one.takes.items():
        values = _merge([{to: source[name]} for name in names if name in source]).get(to)
        taken[to] = None if values is None else frozenset(one.codes.get(value, value) for value in values)
    return {**source, **taken, **{name: frozenset({value}) for name, value in one.sets.items()}}


def _merge(all_of: Iterable[Dimensions]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for name, values in chain.from_iterable(one.items() for one in all_of):
        before = found.get(name, frozenset())
        found[name] = None if before is None or values is None else before | values
    return found


class Spoken(NamedTuple):
    """The step that a condition speaks of, and where steps are looked for."""

    steps: tuple[d.Steps, ...]
    scope: tuple[str, ...]
    inside: tuple[str, ...]


def find_faults(
    indicators: Mapping[str, Indicator], entries: Mapping[str, MilestoneEntry], definitions: Mapping[str, Definition]
) -> list[str]:
    """Every name that stands for nothing, with where it is. Empty when all is well."""
    vocabulary = Vocabulary(entries, definitions)
    found = [f"{name}: {fault}" for name, entry in entries.items() for fault in _of_entry(vocabulary, name, entry)]
    for key, indicator in indicators.items():
        for name, part in indicator.parts.items():
            found += [f"{key}.{name}: {fault}" for fault in _of_part(vocabulary, key, indicator, part)]
        asked = {one for part in indicator.parts.values() for one in (*_settings(part), *part.waits)}
        found += [f"{key}: setting {name} is used by no part" for name in sorted(indicator.settings.keys() - asked)]
        found += [f"{key}: {fault}" for fault in _of_reading(vocabulary, indicator)]
    return found


def _of_entry(vocabulary: Vocabulary, name: str, entry: MilestoneEntry) -> Iterator[str]:
    for workflow, definition in vocabulary.definitions.items():
        told = name not in ALWAYS and any(one.name == name for one in definition.milestones)
        if told != (workflow in entry.workflows):
            yield f"{workflow} {'says it' if told else 'does not say it'}"
    if not (entry.workflows or entry.derived or name in ALWAYS):
        yield "nobody says it"
    for one in entry.derived:
        for workflow in one.workflow:
            dims = [vocabulary.dimensions(workflow, source) for source in one.from_]
            yield from (f"{workflow} has no {one.from_[place]}" for place, had in enumerate(dims) if had is None)
            known = _merge([had for had in dims if had is not None])
            yield from _of_where(one.where, known)
            asked = {*chain.from_iterable(one.takes.values())} - {"unit"}
            if asked and not asked & known.keys():
                yield f"{workflow} states none of {', '.join(sorted(asked))}"
    yield from _of_units(chain.from_iterable(one.by_unit for one in entry.derived))


def _of_part(vocabulary: Vocabulary, key: str, indicator: Indicator, part: Part) -> Iterator[str]:
    scope = (*part.in_, *part.also_in)
    yield from (f"no workflow {one}" for one in scope if one not in vocabulary.definitions)
    yield from (
        f"no part {one}" for one in (part.over_part, part.plus, *part.lowest_of) if one not in {None, *indicator.parts}
    )
    yield from (
        f"no target {one} of {key}" for one in part.targets if one not in targets() or targets()[one].key != key
    )
    for name, unit in _settings(part).items():
        if indicator.settings.get(name) != unit:
            yield f"setting {name} is {indicator.settings.get(name, 'not there')}, not {unit}"
    yield from (
        f"nobody can wait for {one}" for one in part.waits if indicator.settings.get(one) not in {"hours", "days"}
    )
    if part.who:
        yield from _of_who(part.who)
    anchors = Spoken(part.each, scope, part.in_)
    for anchor in part.each:
        yield from _of_steps(vocabulary, anchor, part.in_)
        yield from _of_condition(vocabulary, anchor.if_, Spoken((anchor,), scope, part.in_))
    yield from _of_condition(vocabulary, part.counts, anchors)
    yield from _of_condition(vocabulary, part.hours_to, anchors)
    if part.waits_after:
        yield from _of_steps(vocabulary, d.Steps(step=(part.waits_after,)), scope)
    if part.each:
        yield from _of_dimensions(vocabulary, (*part.by, *([part.each_of] if part.each_of else ())), anchors)


def _of_reading(vocabulary: Vocabulary, indicator: Indicator) -> Iterator[str]:
    """The Chinese formula speaks of the steps, workflows, settings and divisors that are declared, and of no others."""
    parts, said = indicator.parts, "".join(indicator.formula_zh.values())
    spoken = _marked("`(.+?)`", said) | indicator.formula_zh.keys()
    yield from (f"no Chinese formula for {name}" for name in parts if name not in indicator.formula_zh)
    yield from (f"the Chinese formula has no part {one}" for one in sorted(spoken - parts.keys()))
    for name, part in parts.items():
        other = _marked("“(.+?)”", indicator.formula_zh.get(name, "")) - _titles(vocabulary, part.steps)
        yield from (f"the Chinese formula of {name} has {one}" for one in sorted(other))
    wanted = {one for part in parts.values() for one in _words(vocabulary, part)}
    wanted |= {f"{name} {SETTING_UNITS_ZH[unit]}" for name, unit in indicator.settings.items() if name.isupper()}
    missing = (one for one in sorted(wanted | indicator.settings.keys()) if one not in said)
    yield from (f"the Chinese formula does not say {one}" for one in missing)


def _marked(pattern: str, text: str) -> set[str]:
    return set(re.findall(pattern, text))


def _titles(vocabulary: Vocabulary, steps: Iterable[str]) -> set[str]:
    return {vocabulary.entries[step].title for step in steps if step in vocabulary.entries}


def _words(vocabulary: Vocabulary, part: Part) -> Iterator[str]:
    """What people call its steps, the workflows that it looks into (without their brackets), what it is divided by."""
    yield from _titles(vocabulary, part.steps)
    found = (vocabulary.definitions[one] for one in (*part.in_, *part.also_in) if one in vocabulary.definitions)
    yield from (one.title.partition("（")[0].translate(str.maketrans("", "", "“”")) for one in found)
    if part.over:
        yield label_zh(DenominatorName, part.over)


def _of_condition(vocabulary: Vocabulary, condition: Any, spoken: Spoken) -> Iterator[str]:
    match condition:
        case d.AllOf(all=inner) | d.AnyOf(any=inner):
            for one in inner:
                yield from _of_condition(vocabulary, one, spoken)
        case d.NoneOf(none=one):
            yield from _of_condition(vocabulary, one, spoken)
        case d.Every(every=steps, then=then):
            yield from _of_condition(vocabulary, steps, spoken)
            yield from _of_condition(vocabulary, then, spoken._replace(steps=(steps,), inside=spoken.scope))
        case d.Is(is_=steps):
            yield from _of_steps(vocabulary, steps, spoken.inside)
            if not {*steps.step} & {name for one in spoken.steps for name in one.step}:
                yield f"the step spoken of is never {', '.join(steps.step)}"
        case d.Concerns(who=who):
            yield from _of_who(who)
        case d.Happens():
            yield from _of_happening(vocabulary, condition, spoken)


def _of_happening(vocabulary: Vocabulary, steps: d.Happens, spoken: Spoken) -> Iterator[str]:
    yield from _of_steps(vocabulary, steps, spoken.scope)
    if steps.before:
        yield from _of_steps(vocabulary, d.Steps(step=steps.before), spoken.scope)
    asked = [steps.by_unit_in, *steps.same, *([steps.named_by] if isinstance(steps, d.NamedBy) else [])]
    yield from _of_dimensions(vocabulary, [one for one in asked if one], spoken)
    own = Spoken((steps,), spoken.scope, spoken.scope)
    yield from _of_dimensions(vocabulary, [*steps.same, *([steps.as_] if isinstance(steps, d.NamedBy) else [])], own)
    yield from _of_condition(vocabulary, steps.then, own)


def _of_steps(vocabulary: Vocabulary, steps: d.Steps, scope: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{one} is not among {', '.join(scope)}" for one in steps.in_ if one not in scope)
    for name in steps.step:
        said = [dims for one in steps.in_ or scope if (dims := vocabulary.dimensions(one, name)) is not None]
        if name not in vocabulary.entries or not said:
            yield f"no step {name} in {', '.join(steps.in_ or scope)}"
            continue
        yield from (f"{name}: {fault}" for fault in _of_where(steps.where, _merge(said)))
        asked = {one.removesuffix(".kind") for one in steps.where}
        yield from (
            f"{name} has no dimension {one} in the catalogue" for one in sorted(asked - _listed(vocabulary, name))
        )
    yield from _of_units(steps.by_unit)


def _listed(vocabulary: Vocabulary, step: str) -> Set[str]:
    """The dimensions that a step has by the catalogue, with those of its sources."""
    entry = vocabulary.entries.get(step)
    if entry is None:
        return PSEUDO
    sources = {source for one in entry.derived for source in one.from_}
    own = {*entry.dimensions, *(name for one in entry.derived for name in (*one.takes, *one.sets))}
    return PSEUDO.union(own, *(_listed(vocabulary, source) for source in sources))


def _of_dimensions(vocabulary: Vocabulary, names: Iterable[str], spoken: Spoken) -> Iterator[str]:
    for name in names:
        for step in {one for steps in spoken.steps for one in steps.step}:
            if name.removesuffix(".kind") not in _listed(vocabulary, step):
                yield f"{step} has no dimension {name} in the catalogue"


def _of_where(where: d.Where, known: Dimensions) -> Iterator[str]:
    for name, test in where.items():
        if name.endswith(".kind"):
            yield from _of_units(test if isinstance(test, tuple) else (str(test),))
        elif name not in known and name not in PSEUDO:
            yield f"no dimension {name}"
        elif (values := known.get(name)) is not None:
            wanted = test.no if isinstance(test, d.Test) else test if isinstance(test, tuple) else (test,)
            yield from (f"{name} is never {one}" for one in wanted if one not in values)


def _of_units(kinds: Iterable[Any]) -> Iterator[str]:
    yield from (f"no kind of unit {one}" for one in kinds if UnitKind.known(one) is None)


def _of_who(who: d.Who) -> Iterator[str]:
    yield from (f"no role {one}" for one in who.role if SubjectRole.known(one) is None)
    yield from (f"no sex {one}" for one in who.sex if one not in {"female", "male"})


def _settings(part: Any) -> dict[str, str]:
    """Every setting that is named anywhere in it, and in what it must be."""
    found: dict[str, str] = {}
    if isinstance(part, d.Window):
        found |= {one: unit for unit in ("hours", "days") if isinstance(one := getattr(part, unit), str)}
    if isinstance(part, d.Test) and part.one_of:
        found[part.one_of] = "codes"
    if isinstance(part, d.Who | Part) and part.band:
        found[part.band] = "ages"
    if isinstance(part, Part) and part.for_years:
        found[part.for_years] = "years"
    for one in _inside(part):
        found |= _settings(one)
    return found


def _inside(part: Any) -> Iterable[Any]:
    if isinstance(part, Contract):
        return [getattr(part, name) for name in type(part).model_fields]
    if isinstance(part, Mapping):
        return part.values()
    return part if isinstance(part, tuple) else ()
