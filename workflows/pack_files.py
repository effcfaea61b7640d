"""Reads pack files. Whatever a file says that cannot stand is an error that names file and line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from contracts.base import Contract
from contracts.codes import CodeList, ReporterCategory, UnitKind
from workflows.errors import PolicyError
from workflows.lines import Lines, Where, read_lines
from workflows.packs import TABLES, Pack
from workflows.rules import NATIONAL, Row, Rule

M = TypeVar("M", bound=Contract)


@dataclass(frozen=True)
class _File:
    lines: Lines
    pack: Pack

    def place(self, *path: int | str) -> str:
        return f"{self.lines.file}:{self.lines.line(path)}"

    def rows(self, table: str) -> Iterator[tuple[str, Any]]:
        return iter(getattr(self.pack, table).items())


def read_packs(folder: Path) -> tuple[list[Pack], list[Rule]]:
    """Every pack of a folder, and its rules. Raises PolicyError."""
    files = [_read(file) for file in sorted(folder.glob("*.yaml"))]
    for check in (_refuse_unknown_names, _refuse_one_key_twice, _refuse_one_day_twice, _refuse_undeclared):
        check(files)
    return [file.pack for file in files], [rule for file in files for rule in _rules(file)]


def _read(file: Path) -> _File:
    lines = read_lines(file)
    return _File(lines, _validate(Pack, lines, (), lines.data))


def _validate(model: type[M], lines: Lines, path: Where, data: Any) -> M:
    try:
        return model.model_validate(data, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        where = (*path, *first["loc"])
        message = f"{lines.file}:{lines.line(where)}: {'.'.join(map(str, where))}: {first['msg']}"
        if first["type"] == "extra_forbidden":
            known = f"; known here: {', '.join(model.model_fields)}" if len(first["loc"]) == 1 else ""
            message += f": correct the key or drop it{known}"
        raise PolicyError(message) from error


def _rules(file: _File) -> Iterator[Rule]:
    for rule_id, rows in file.pack.rules.items():
        versions = rows if isinstance(rows, list) else [rows]
        for n, version in enumerate(versions):
            path: Where = ("rules", rule_id, n) if isinstance(rows, list) else ("rules", rule_id)
            row = _validate(Row, file.lines, path, version)
            yield Rule(**dict(row), id=rule_id, jurisdiction=file.pack.jurisdiction, source=file.place(*path))


# -- what one file or two together cannot say ---------------------------------------------------------------------


def _refuse_unknown_names(files: Sequence[_File]) -> None:
    """Unit kinds and reporter categories are those of the code lists."""
    for file in files:
        for path, name, listed in _names(file):
            if not listed.known(name):
                known = ", ".join(code.value for code in listed)
                raise PolicyError(f"{file.place(*path)}: no such {listed.__name__}: {name}; known: {known}")


def _names(file: _File) -> Iterator[tuple[Where, str, type[CodeList]]]:
    for table in ("leads", "duty_desks"):
        for key, row in file.rows(table):
            yield from (((table, key, "units"), unit, UnitKind) for unit in row.units)
    for key, row in file.rows("reporters"):
        yield from ((("reporters", key, "categories"), name, ReporterCategory) for name in row.categories)
    for key, row in file.rows("hotlines"):
        yield ("hotlines", key, "operator"), row.operator, UnitKind


def _refuse_one_key_twice(files: Sequence[_File]) -> None:
    """Packs of one jurisdiction may be several files, but each thing is said once."""
    said: dict[tuple[str, str, str], str] = {}
    for file in files:
        for table in TABLES:
            for key, _ in file.rows(table):
                here, name = file.place(table, key), (file.pack.jurisdiction, table, key)
                if name in said:
                    raise PolicyError(f"{here}: {table}.{key} of {name[0]} is also said in {said[name]}; drop one")
                said[name] = here


def _refuse_one_day_twice(files: Sequence[_File]) -> None:
    said: dict[tuple[str, date], str] = {}
    for file in files:
        for table in ("days_off", "days_worked"):
            for n, row in enumerate(getattr(file.pack, table)):
                here, name = file.place(table, n), (file.pack.jurisdiction, row.day)
                if name in said:
                    twice = f"{row.day} is in the calendar of {name[0]} twice, also in {said[name]}"
                    raise PolicyError(f"{here}: {twice}; a day is off or worked, once: drop one")
                said[name] = here


def _refuse_undeclared(files: Sequence[_File]) -> None:
    """A flag, an age band or a word means the same everywhere: the nation declares it, the others fill it in."""
    nation = [file.pack for file in files if file.pack.jurisdiction == NATIONAL]
    for file in files:
        for table in ("features", "age_bands", "terms"):
            declared = {key for pack in nation for key in getattr(pack, table)}
            for key, _ in file.rows(table):
                if key not in declared and not (table == "terms" and UnitKind.known(key)):
                    known = ", ".join(sorted(declared))
                    raise PolicyError(
                        f"{file.place(table, key)}: the national pack declares no {table}.{key}; known: {known}"
                    )
