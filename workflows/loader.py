"""Loads workflow files and proves them. A definition that fails a proof never runs; the error names file and line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workflows.calendar import Calendar
from workflows.definition import DANGER, STANDARD, Definition
from workflows.errors import DefinitionError, PolicyError, UnknownDefinitionError
from workflows.lines import Lines, read_lines
from workflows.policy import PACKS, Policy, load_policy
from workflows.proofs import PROOFS, used_rules
from workflows.proofs_across import CROSS_PROOFS
from workflows.rules import NATIONAL

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

    def __init__(self, loaded: Iterable[Workflow]) -> None:
        self._by_id = {(w.definition.workflow, w.definition.version): w for w in loaded}
        self._newest = {name: self._by_id[name, version] for name, version in sorted(self._by_id)}

    def get(self, name: str, version: int | None = None) -> Workflow:
        """The newest version unless one is named. Raises UnknownDefinitionError."""
        found = self._by_id.get((name, version)) if version else self._newest.get(name)
        if found is None:
            raise UnknownDefinitionError(f"workflow {name!r} version {version or '(any)'} is not loaded")
        return found

    def find_for(self, event: str, fields: Mapping[str, Any]) -> Workflow | None:
        """The workflow, at its highest version, that an intake event belongs to."""
        return next((w for w in self._newest.values() if w.definition.find_opening(event, fields)), None)

    def __iter__(self) -> Iterator[Workflow]:
        return iter(self._by_id.values())


def load_workflows(
    folder: Path = HERE, through: int | None = None, *, packs: Path = PACKS, today: date | None = None
) -> Workflows:
    """Load and prove every workflow of a folder, superseded versions too.

    Raises DefinitionError, PolicyError, UnreadableError.

    With `today`, every rule that a definition uses must still be in force.
    """
    policy = load_policy(packs)
    files = [*sorted(folder.glob("*.yaml")), *sorted((folder / "superseded").glob("*.yaml"))]
    sources = [read_lines(file) for file in files]
    definitions = [_read(source, policy) for source in sources]
    _refuse_repeated(sources, definitions)
    newest = {d.workflow: d for d in sorted(definitions, key=lambda d: d.version)}
    for source, definition in zip(sources, definitions, strict=True):
        for proof in CROSS_PROOFS:
            _refuse(source, proof.__name__, proof(definition, newest))
    for rule_id in sorted({rule for definition in definitions for rule in used_rules(definition)}):
        if gap := policy.find_gap(rule_id, today):
            raise PolicyError(gap)
    _refuse_idle_rules(policy, definitions)
    emergency = _find_emergency(newest.values())
    return Workflows(Workflow(definition, policy, through, emergency) for definition in definitions)


def load_definition(text: str, policy: Policy, file: str = "<text>") -> Definition:
    """Parse one file and prove it by itself. Raises DefinitionError."""
    return _read(Lines(text, file), policy)


def _read(source: Lines, policy: Policy) -> Definition:
    try:
        definition = Definition.model_validate(source.data, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        message = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise DefinitionError("malformed", source.file, source.line(first["loc"]), message) from error
    for proof in PROOFS:
        _refuse(source, proof.__name__, proof(definition, policy))
    return definition


def _refuse_idle_rules(policy: Policy, definitions: Iterable[Definition]) -> None:
    """A city that misspells a rule would shorten nothing, in silence."""
    used = {rule for definition in definitions for rule in used_rules(definition)}
    used |= {rule for task in STANDARD.values() for rule in (task.deadline, task.answer) if rule}
    for rule in policy:
        if rule.jurisdiction != NATIONAL and rule.id not in used and not rule.beside:
            raise PolicyError(f"{rule.place}: no workflow uses {rule.id}; correct the name, or drop the rule")


def _refuse_repeated(sources: Iterable[Lines], definitions: Iterable[Definition]) -> None:
    first: dict[tuple[str, int], str] = {}
    for source, definition in zip(sources, definitions, strict=True):
        version = (definition.workflow, definition.version)
        if version in first:
            message = f"{definition.workflow} version {definition.version} stands in {first[version]} already"
            raise DefinitionError("repeated_version", source.file, source.line(("workflow",)), message)
        first[version] = source.file


def _refuse(source: Lines, proof: str, found: Iterable[tuple[tuple[int | str, ...], str]]) -> None:
    for path, message in found:
        raise DefinitionError(proof.removeprefix("_"), source.file, source.line(path), message)


def _find_emergency(definitions: Iterable[Definition]) -> Emergency | None:
    found = ((d, spec) for d in definitions for spec in d.opens if spec.event == DANGER)
    return next((Emergency(d.workflow, spec.state, d.join.roles[0]) for d, spec in found), None)
