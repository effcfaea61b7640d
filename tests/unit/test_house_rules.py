"""Caps that keep the house readable; what ruff cannot check."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "workflows", "services", "deploy", "tests")
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_MODULE = 500
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_and_its_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    assert lines <= MOST_LINES_OF_A_MODULE
    for function in functions(ast.parse(text)):
        assert function.end_lineno is not None
        length = function.end_lineno - function.lineno + 1
        assert length <= MOST_LINES_OF_A_FUNCTION, f"{function.name} has {length} lines"


def test_sql_lives_in_query_files_and_their_stores() -> None:
    """A statement in a service's Python is one that `queries.sql` should name, but for what makes statements."""
    words = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ")
    compiler = ROOT / "services" / "statistics" / "compile.py"
    for path in sorted((ROOT / "services").rglob("*.py")):
        if path.is_relative_to(ROOT / "services" / "platform") or path == compiler:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.startswith(words), f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_service_starts_the_same_way() -> None:
    for start in sorted((ROOT / "services").glob("*/__main__.py")):
        assert len(start.read_text(encoding="utf-8").splitlines()) <= 5, start.parent.name
