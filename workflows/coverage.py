"""Which rows of the tables the golden histories take: whole cases told fact by fact, kept as text with the tests."""

import re
from collections.abc import Iterator
from pathlib import Path

from workflows.definition import ActionSpec, Definition
from workflows.loader import HERE

HISTORIES = HERE.parent / "tests" / "unit" / "histories"

Taken = set[tuple[str, int, str, str, str | None]]
"""Workflow, version, state, action, and the state that was entered, if one was."""

_OPENED = re.compile(r"^ +opened: workflow=(\w+), definition_version=(\d+)")
_FACT = re.compile(r"^ *\d+ \d{4}-\d\d-\d\d \d\d:\d\d ([\w.-]+) \(")
_ENTERED = re.compile(r"^ +state_entered: state=(\w+)")


def read_histories(folder: Path) -> Taken:
    """What was taken in all histories of a folder."""
    return {step for file in sorted(folder.glob("*.txt")) for step in _read(file.read_text(encoding="utf-8"))}


def uncovered_rows(definition: Definition, taken: Taken) -> list[ActionSpec]:
    """The rows no history takes. Rows of one name that lead from one state to the same other count together."""
    return [
        row for row in definition.actions if not any(_key(definition, row, s) & taken for s in definition.sources(row))
    ]


def _key(definition: Definition, row: ActionSpec, state: str) -> Taken:
    targets = list(definition.states) if row.to == "origin" else [row.to]
    return {(definition.workflow, definition.version, state, row.name, target) for target in targets}


def _read(text: str) -> Iterator[tuple[str, int, str, str, str | None]]:
    workflow, version, state, action, entered = "", 0, "", "", None
    for line in [*text.splitlines(), "0 0000-00-00 00:00 end ("]:
        if found := _FACT.match(line):
            if action and state:
                yield workflow, version, state, action, entered
            state, action, entered = entered or state, found[1], None
        elif found := _OPENED.match(line):
            workflow, version = found[1], int(found[2])
        elif found := _ENTERED.match(line):
            entered = found[1]
