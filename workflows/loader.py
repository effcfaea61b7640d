"""Loads workflow files and proves them. A definition that fails a proof never runs; the error names file and line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workflows.calendar import Calendar
from workflows.definition import Definition
from workflows.errors import DefinitionError, PolicyError, UnknownDefinitionError
from workflows.lines import Lines
from workflows.policy import PACKS, Policy, load_policy
from workflows.proofs import PROOFS, used_rules

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Workflow:
    """A proved definition with the law it runs under. `calendar_through` overrides the last year taken as published."""

    definition: Definition
    policy: Policy
    calendar_through: int | None = None

    def calendar(self, region: str) -> Calendar:
        return self.policy.calendar(region, self.calendar_through)


class Workflows:
    """All loaded workflows, by name and version; new cases take the highest version."""

    def __init__(self, loaded: Iterable[Workflow]) -> None:
        self._by_id = {(w.definition.workflow, w.definition.version): w for w in loaded}

    def get(self, name: str, version: int | None = None) -> Workflow:
        """Raises UnknownDefinitionError."""
        wanted = version or max((v for n, v in self._by_id if n == name), default=0)
        if (name, wanted) not in self._by_id:
            raise UnknownDefinitionError(f"workflow {name!r} version {wanted} is not loaded")
        return self._by_id[name, wanted]

    def find_for(self, event: str, fields: Mapping[str, Any]) -> Workflow | None:
        """The workflow, at its highest version, that an intake event belongs to."""
        newest = sorted({name: self.get(name) for name, _ in self._by_id}.items())
        return next((w for _, w in newest if w.definition.find_opening(event, fields)), None)

    def __iter__(self) -> Iterator[Workflow]:
        return iter(self._by_id.values())


def load_workflows(
    folder: Path = HERE, through: int | None = None, *, packs: Path = PACKS, today: date | None = None
) -> Workflows:
    """Load and prove every workflow of a folder. Raises DefinitionError or PolicyError.

    With `today`, every rule that a definition uses must still be in force.
    """
    policy = load_policy(packs)
    loaded = [
        Workflow(load_definition(file.read_text(encoding="utf-8"), policy, file.name), policy, through)
        for file in sorted(folder.glob("*.yaml"))
    ]
    for rule_id in sorted({rule for workflow in loaded for rule in used_rules(workflow.definition)}):
        if gap := policy.find_gap(rule_id, today):
            raise PolicyError(gap)
    return Workflows(loaded)


def load_definition(text: str, policy: Policy, file: str = "<text>") -> Definition:
    """Parse one file and prove it. Raises DefinitionError."""
    lines = Lines(text, file)
    try:
        definition = Definition.model_validate(lines.data, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        message = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise DefinitionError("malformed", file, lines.line(first["loc"]), message) from error
    for proof in PROOFS:
        for path, message in proof(definition, policy):
            raise DefinitionError(proof.__name__.removeprefix("_"), file, lines.line(path), message)
    return definition
