"""Loads workflow files and proves them. A definition that fails a proof never runs; the error names file and line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workflows.calendar import PUBLISHED_THROUGH
from workflows.definition import DANGER, Definition
from workflows.errors import DefinitionError, UnknownDefinitionError
from workflows.policy import Policy, load_policy
from workflows.proofs import CROSS_PROOFS, PROOFS, Where

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Emergency:
    """Where a case opens for a child in danger; `role` is what the child is called there."""

    workflow: str
    state: str
    role: str


@dataclass(frozen=True)
class Workflow:
    """A proved definition with the law it runs under. `calendar_through` is the last year with a holiday notice."""

    definition: Definition
    policy: Policy
    calendar_through: int = PUBLISHED_THROUGH
    emergency: Emergency | None = None


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


def load_workflows(folder: Path = HERE, through: int = PUBLISHED_THROUGH) -> Workflows:
    """Load and prove every workflow of a folder, superseded versions too. Raises DefinitionError or PolicyError."""
    policy = load_policy()
    files = [*sorted(folder.glob("*.yaml")), *sorted((folder / "superseded").glob("*.yaml"))]
    sources = [_Source(file.read_text(encoding="utf-8"), file.name) for file in files]
    definitions = [_prove(source, policy) for source in sources]
    newest = _newest(definitions)
    for source, definition in zip(sources, definitions, strict=True):
        for proof in CROSS_PROOFS:
            for path, message in proof(definition, newest):
                raise source.error(proof.__name__.removeprefix("_"), path, message)
    emergency = _find_emergency(newest.values())
    return Workflows(Workflow(definition, policy, through, emergency) for definition in definitions)


def load_definition(text: str, policy: Policy, file: str = "<text>") -> Definition:
    """Parse one file and prove it by itself. Raises DefinitionError."""
    return _prove(_Source(text, file), policy)


def _prove(source: "_Source", policy: Policy) -> Definition:
    try:
        definition = Definition.model_validate(yaml.safe_load(source.text), strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        raise source.error("malformed", first["loc"], f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    for proof in PROOFS:
        for path, message in proof(definition, policy):
            raise source.error(proof.__name__.removeprefix("_"), path, message)
    return definition


def _newest(definitions: Iterable[Definition]) -> dict[str, Definition]:
    return {d.workflow: d for d in sorted(definitions, key=lambda d: d.version)}


def _find_emergency(definitions: Iterable[Definition]) -> Emergency | None:
    found = ((d, spec) for d in definitions for spec in d.opens if spec.event == DANGER)
    return next((Emergency(d.workflow, spec.state, d.join.roles[0]) for d, spec in found), None)


class _Source:
    """The text of a file, and where in it a path of keys and indexes stands."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self._file = text, file

    def error(self, proof: str, path: Where, message: str) -> DefinitionError:
        node = yaml.compose(self.text, yaml.SafeLoader)
        for step in path:
            child = self._child(node, step)
            if child is None:
                break
            node = child
        return DefinitionError(proof, self._file, node.start_mark.line + 1, message)

    @staticmethod
    def _child(node: Any, step: int | str) -> Any:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            return node.value[step]
        if isinstance(node, yaml.MappingNode):
            return next((value for key, value in node.value if key.value == step), None)
        return None
