"""Reads pack files. Whatever a file says that cannot stand is an error that names file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from contracts.base import Contract
from workflows.errors import PackError
from workflows.lines import Lines, Where, read_lines
from workflows.pack_checks import CHECKS, PackFile
from workflows.packs import Pack
from workflows.rules import NATIONAL, Row, Rule
from workflows.wording import PLAIN, malformed

M = TypeVar("M", bound=Contract)


def read_packs(folder: Path) -> tuple[list[Pack], list[Rule]]:
    """Every pack of a folder, and its rules. Raises PackError, UnreadableError."""
    _refuse_unread(folder)
    files = [_read(file) for file in sorted(folder.glob("*.yaml"))]
    if not any(file.national for file in files):
        said = f'没有全国政策包，请补上 / no pack is the nation\'s; add one with jurisdiction: "{NATIONAL}"'
        raise PackError("no_national_pack", f"{folder / 'national.yaml'}:1", said)
    rules = [rule for file in files for rule in _rules(file)]
    for check in CHECKS:
        check(files)
    return [file.pack for file in files], rules


def _refuse_unread(folder: Path) -> None:
    """A pack in a file of another name, or in a folder below, would be left out in silence."""
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in {".yaml", ".yml"} and (file.suffix != ".yaml" or file.parent != folder):
            place, name = f"{file.relative_to(folder)}:1", f"{file.stem}.yaml"
            en = f"only *.yaml here is read; rename or move it to {name}"
            raise PackError("unread_file", place, f"只读取本文件夹中的 *.yaml，请改为 {name} / {en}")


def _read(file: Path) -> PackFile:
    lines = read_lines(file)
    return PackFile(lines, _validate(Pack, lines, (), lines.data))


def _validate(model: type[M], lines: Lines, path: Where, data: Any) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        kind, (where, zh, en) = error.errors()[0]["type"], malformed(model, error)
        place = f"{lines.file}:{lines.line((*path, *where))}"
        row = f"{'.'.join(map(str, path))}: " if path else ""
        raise PackError("malformed" if kind in PLAIN else kind, place, f"{row}{zh} / {en}") from error


def _rules(file: PackFile) -> Iterator[Rule]:
    for rule_id, rows in file.pack.rules.items():
        versions = rows if isinstance(rows, list) else [rows]
        if not versions:
            said = "没有版本，请补上或删去 / has no version; add one or drop the rule"
            raise PackError("empty_rule", file.place("rules", rule_id), f"rules.{rule_id} {said}")
        for n, version in enumerate(versions):
            path: Where = ("rules", rule_id, n) if isinstance(rows, list) else ("rules", rule_id)
            row = _validate(Row, file.lines, path, version)
            yield Rule(**dict(row), id=rule_id, jurisdiction=file.pack.jurisdiction, source=file.place(*path))
