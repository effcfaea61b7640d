"""Loads workflow files and proves them. A definition that fails a proof never runs; the error names file and line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workflows.calendar import PUBLISHED_THROUGH
from workflows.definition import Definition
from workflows.errors import DefinitionError, UnknownDefinitionError
from workflows.policy import Policy, load_policy
from workflows.proofs import PROOFS, Where

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Workflow:
    """A proved definition with the law it runs under. `calendar_through` is the last year with a holiday notice."""

    definition: Definition
    policy: Policy
    calendar_through: int = PUBLISHED_THROUGH


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
    """Load and prove every workflow of a folder. Raises DefinitionError or PolicyError."""
    policy = load_policy()
    return Workflows(
        Workflow(load_definition(file.read_text(encoding="utf-8"), policy, file.name), policy, through)
        for file in sorted(folder.glob("*.yaml"))
    )


def load_definition(text: str, policy: Policy, file: str = "<text>") -> Definition:
    """Parse one file and prove it. Raises DefinitionError."""
    lines = _Lines(yaml.compose(text, yaml.SafeLoader), file)
    try:
        definition = Definition.model_validate(yaml.safe_load(text), strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        raise lines.error("malformed", first["loc"], f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    for proof in PROOFS:
        for path, message in proof(definition, policy):
            raise lines.error(proof.__name__.removeprefix("_"), path, message)
    return definition


class _Lines:
    """Where in the file a path of keys and indexes stands."""

    def __init__(self, root: Any, file: str) -> None:
        self._root, self._file = root, file

    def error(self, proof: str, path: Where, message: str) -> DefinitionError:
        node = self._root
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
