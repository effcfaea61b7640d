"""Loads workflow files and proves them. A definition that fails a proof never runs; the error names file and line."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from workflows.calendar import Calendar
from workflows.definition import DANGER, STANDARD, Definition
from workflows.errors import PackError, UnknownDefinitionError
from workflows.lines import Lines, read_lines
from workflows.lock import refuse_changed
from workflows.migrate import Migration, read_migrations
from workflows.policy import PACKS, Policy, load_policy
from workflows.proofs import PROOFS
from workflows.proofs_across import CROSS_PROOFS
from workflows.proofs_names import used_rules
from workflows.rules import NATIONAL
from workflows.wording import nearest, read_as, refuse, unknown

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Emergency:
    """Where a case opens for a child in danger; `role` is what the child is called there."""

    workflow: str
    state: str
    role: str


@dataclass(frozen=True, eq=False)
class Workflow:
    """A proved definition with the law it runs under. `calendar_through` overrides the last year taken as published."""

    definition: Definition
    policy: Policy
    calendar_through: int | None = None
    emergency: Emergency | None = None

    def calendar(self, region: str) -> Calendar:
        return self.policy.calendar(region, self.calendar_through)


class Workflows:
    """All loaded workflows, by name and version; new cases take the highest version."""

    def __init__(self, loaded: Iterable[Workflow], migrations: Iterable[Migration] = ()) -> None:
        self.migrations = tuple(migrations)
        self._by_id = {(w.definition.workflow, w.definition.version): w for w in loaded}
        self._newest = {name: self._by_id[name, version] for name, version in sorted(self._by_id)}
        self._by_event: defaultdict[str, list[Workflow]] = defaultdict(list)
        for workflow in self._newest.values():
            for event in {opening.event for opening in workflow.definition.opens}:
                self._by_event[event].append(workflow)

    def get(self, name: str, version: int | None = None) -> Workflow:
        """The newest version unless one is named. Raises UnknownDefinitionError."""
        found = self._by_id.get((name, version)) if version else self._newest.get(name)
        if found is None:
            zh, en = unknown(
                "workflow version", f"{name} {version or ''}".rstrip(), (f"{n} {v}" for n, v in self._by_id)
            )
            raise UnknownDefinitionError(f"{zh} / {en}")
        return found

    def find_for(self, event: str, fields: Mapping[str, Any]) -> Workflow | None:
        """The workflow, at its highest version, that an intake event belongs to."""
        return next((w for w in self._by_event.get(event, ()) if w.definition.find_opening(event, fields)), None)

    def __iter__(self) -> Iterator[Workflow]:
        return iter(self._by_id.values())


def load_workflows(
    folder: Path = HERE, through: int | None = None, *, packs: Path = PACKS, today: date | None = None
) -> Workflows:
    """Load and prove every workflow of a folder, superseded versions and the migrations between versions too.

    Raises DefinitionError, PackError, UnreadableError.

    With `today`, every rule that a definition uses must still be in force.
    """
    policy = load_policy(packs)
    files = [*sorted(folder.glob("*.yaml")), *sorted((folder / "superseded").glob("*.yaml"))]
    sources = [read_lines(file) for file in files]
    definitions = [_read(source, policy) for source in sources]
    _refuse_versions(sources, definitions)
    refuse_changed(folder)
    newest = {d.workflow: d for d in sorted(definitions, key=lambda d: d.version)}
    for source, definition in zip(sources, definitions, strict=True):
        for proof in CROSS_PROOFS:
            refuse(source, proof.__name__, proof(definition, newest))
    used = {rule for definition in definitions for rule in used_rules(definition)}
    for rule_id in sorted(used):
        if gap := policy.find_gap(rule_id, today):
            raise gap
    _refuse_idle_rules(policy, used)
    emergency = _find_emergency(newest.values())
    loaded = (Workflow(definition, policy, through, emergency) for definition in definitions)
    return Workflows(loaded, read_migrations(folder / "migrations", definitions))


def load_definition(text: str, policy: Policy, file: str = "<text>") -> Definition:
    """Parse one file and prove it by itself. Raises DefinitionError."""
    return _read(Lines(text, file), policy)


def _read(source: Lines, policy: Policy) -> Definition:
    definition = read_as(Definition, source)
    for proof in PROOFS:
        refuse(source, proof.__name__, proof(definition, policy))
    return definition


def _refuse_idle_rules(policy: Policy, named: set[str]) -> None:
    """A city that misspells a rule would shorten nothing, in silence. `named` are the rules of the definitions."""
    used = named | {rule for task in STANDARD.values() for rule in (task.deadline, task.answer) if rule}
    for rule in policy:
        if rule.jurisdiction != NATIONAL and used.isdisjoint({rule.id, rule.beside}):
            zh, en = "没有流程使用，请改正名称或删去", f"no workflow uses {rule.id}; correct the name, or drop the rule"
            names_zh, names_en = nearest(rule.id, used)
            raise PackError("unused_rule", rule.place, f"{zh}；已有：{names_zh} / {en}; known: {names_en}")


def _refuse_versions(sources: Iterable[Lines], definitions: Iterable[Definition]) -> None:
    """Every version stands in one file, and none is left out: cases may run under it."""
    first: dict[tuple[str, int], str] = {}
    files = list(zip(sources, definitions, strict=True))
    for source, definition in files:
        version = (definition.workflow, definition.version)
        if version in first:
            zh = f"{version[0]} 第 {version[1]} 版已写在 {first[version]}；删去其一，或将 version 加一"
            en = f"{version[0]} version {version[1]} stands in {first[version]} already; drop one, or raise `version`"
            refuse(source, "repeated_version", [(("version",), zh, en)])
        first[version] = source.file
    for source, definition in files:
        name, before = definition.workflow, definition.version - 1
        if before and (name, before) not in first:
            zh = f"没有 {name} 第 {before} 版；恢复该文件到 superseded/，或改正 version"
            en = f"there is no version {before} of {name}; bring its file back into superseded/, or correct `version`"
            refuse(source, "version_left_out", [(("version",), zh, en)])


def _find_emergency(definitions: Iterable[Definition]) -> Emergency | None:
    found = ((d, spec) for d in definitions for spec in d.opens if spec.event == DANGER)
    return next((Emergency(d.workflow, spec.state, d.join.roles[0]) for d, spec in found), None)
