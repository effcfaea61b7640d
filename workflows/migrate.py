"""How open cases go on under another version: `workflows/migrations/*.yaml`, each proved against both versions.

workflow: child_referral
from: 1
to: 2
states: {received: received, triaged: triaged}     # every open state of version 1: its name in version 2
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from contracts.base import Code, Contract
from workflows.errors import DefinitionError, UnknownDefinitionError
from workflows.lines import Lines, Where, read_lines
from workflows.loader import HERE, Workflows

FOLDER = HERE / "migrations"


class Migration(Contract):
    workflow: Code
    source: int = Field(alias="from")
    target: int = Field(alias="to")
    states: dict[Code, Code]


def load_migrations(workflows: Workflows, folder: Path = FOLDER) -> list[Migration]:
    """Raises DefinitionError, which names file and line: an open state that is not mapped, a state there is not."""
    return [_read(read_lines(file), workflows) for file in sorted(folder.glob("*.yaml"))]


def get_migration(migrations: Iterable[Migration], workflow: str, source: int, target: int) -> Migration:
    """Raises UnknownDefinitionError."""
    wanted = (workflow, source, target)
    found = next((m for m in migrations if (m.workflow, m.source, m.target) == wanted), None)
    if found is None:
        raise UnknownDefinitionError(f"no file in {FOLDER.name}/ maps {workflow} version {source} to {target}")
    return found


def _read(source: Lines, workflows: Workflows) -> Migration:
    try:
        migration = Migration.model_validate(source.data, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DefinitionError(
            "malformed", source.file, source.line(first["loc"]), f"{where}: {first['msg']}"
        ) from error
    for proof, path, message in _faults(migration, workflows):
        raise DefinitionError(proof, source.file, source.line(path), message)
    return migration


def _faults(migration: Migration, workflows: Workflows) -> Iterator[tuple[str, Where, str]]:
    try:
        old = workflows.get(migration.workflow, migration.source).definition.states
        new = workflows.get(migration.workflow, migration.target).definition.states
    except UnknownDefinitionError as error:
        yield "unknown_version", ("workflow",), str(error)
        return
    for name, state in old.items():
        if not state.final and name not in migration.states:
            yield "unmapped_state", ("states",), f"{name} is open in version {migration.source} and is not mapped"
    for name, target in migration.states.items():
        if name not in old or target not in new:
            yield "unknown_state", ("states", name), f"no such state: {name if name not in old else target}"
        elif old[name].interlude != new[target].interlude or new[target].final:
            yield (
                "unlike_state",
                ("states", name),
                f"{name} cannot become {target}: one returns to its origin, or is final",
            )
