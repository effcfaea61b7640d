"""How open cases go on under another version: `workflows/migrations/*.yaml`, each proved against both versions.

workflow: child_referral
from: 1
to: 2
states: {received: received, triaged: triaged}     # every open state of version 1: its name in version 2
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import Field

from contracts.base import Code, Contract
from workflows.definition import Definition
from workflows.errors import UnknownDefinitionError
from workflows.lines import read_lines
from workflows.wording import Found, read_as, refuse, unknown


class Migration(Contract):
    workflow: Code
    source: int = Field(alias="from")
    target: int = Field(alias="to")
    states: dict[Code, Code]


Versions = Mapping[tuple[str, int], Definition]


def read_migrations(folder: Path, definitions: Iterable[Definition]) -> Iterator[Migration]:
    """Raises DefinitionError, which names file and line: an open state that is not mapped, a state there is not."""
    versions = {(definition.workflow, definition.version): definition for definition in definitions}
    read: set[tuple[str, int, int]] = set()
    for file in sorted(folder.glob("*.yaml")):
        source = read_lines(file)
        migration = read_as(Migration, source)
        for proof in _PROOFS:
            refuse(source, proof.__name__, proof(migration, versions))
        if (way := (migration.workflow, migration.source, migration.target)) in read:
            zh, en = "此迁移已另有一张表；删去其一", "another table says already how these cases go on; drop one"
            refuse(source, "repeated_migration", [(("workflow",), zh, en)])
        read.add(way)
        yield migration


def get_migration(migrations: Iterable[Migration], workflow: str, source: int, target: int) -> Migration:
    """Raises UnknownDefinitionError."""
    tables = {(m.workflow, m.source, m.target): m for m in migrations}
    if (workflow, source, target) not in tables:
        zh, en = unknown("migration", _way(workflow, source, target), (_way(*key) for key in tables))
        raise UnknownDefinitionError(f"{zh} / {en}")
    return tables[workflow, source, target]


def _way(workflow: str, source: int, target: int) -> str:
    return f"{workflow} version {source} to {target}"


def _unknown_version(migration: Migration, versions: Versions) -> Found:
    for key, version in (("from", migration.source), ("to", migration.target)):
        if (migration.workflow, version) not in versions:
            known = (f"{name} {number}" for name, number in versions)
            yield (key,), *unknown("workflow version", f"{migration.workflow} {version}", known)


def _unmapped_state(migration: Migration, versions: Versions) -> Found:
    for name, state in versions[migration.workflow, migration.source].states.items():
        if not state.final and name not in migration.states:
            yield (
                ("states",),
                f"第 {migration.source} 版的未结状态 {name} 没有对应；写明 {name}: 新状态",
                f"{name} is open in version {migration.source} and is not mapped; write `{name}: <its state there>`",
            )


def _unknown_state(migration: Migration, versions: Versions) -> Found:
    old = versions[migration.workflow, migration.source].states
    new = versions[migration.workflow, migration.target].states
    for name, target in migration.states.items():
        for state, known in ((name, old), (target, new)):
            if state not in known:
                yield ("states", name), *unknown("state", state, known)


def _unlike_state(migration: Migration, versions: Versions) -> Found:
    old = versions[migration.workflow, migration.source].states
    new = versions[migration.workflow, migration.target].states
    for name, target in migration.states.items():
        if old[name].interlude != new[target].interlude or new[target].final:
            yield (
                ("states", name),
                f"{name} 不能变为 {target}：其一是插入状态，或 {target} 已终结；换一个状态",
                f"{name} cannot become {target}: one returns to its origin, or is final; name another state",
            )


_PROOFS = (_unknown_version, _unmapped_state, _unknown_state, _unlike_state)
