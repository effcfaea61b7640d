"""A YAML file whose every value knows its line, so that an error can say where."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from workflows.errors import UnreadableError

Where = tuple[int | str, ...]
"""A path of keys and indexes into the file."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_lines(file: Path) -> "Lines":
    """What a file says. Raises UnreadableError: no UTF-8, no YAML, no such date, a key twice in one place."""
    try:
        lines = Lines(file.read_text(encoding="utf-8"), file.name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = f"不是 YAML，请改正 / no YAML: {error.problem or error.context}; correct it"
        raise UnreadableError(f"{file.name}:{line}: {said}") from error
    except UnicodeDecodeError as error:
        said = f"不是 UTF-8，请另存为 UTF-8 / not UTF-8 ({error.reason}); save the file as UTF-8"
        raise UnreadableError(f"{file.name}:1: {said}") from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        said = f"不是 YAML，请改正 / no YAML: {str(error) or 'it refers to itself'}; correct it"
        raise UnreadableError(f"{file.name}:1: {said}") from error
    if lines.repeated:
        line, key = lines.repeated
        said = f"{key} 在此重复，请合并或删去其一 / {key} stands here twice; merge both or drop one"
        raise UnreadableError(f"{file.name}:{line}: {said}")
    return lines


class Lines:
    """What a text says (`data`), and where. `repeated`: line and name of a key that stands twice in one place."""

    def __init__(self, text: str, file: str) -> None:
        """Raises yaml.YAMLError, which names the line itself."""
        loader = _LOADER(text)
        try:
            self._root = loader.get_single_node()
            self.repeated = _find_repeated(self._root)  # now: constructing writes what `<<` merges into the nodes
            self.data: Any = loader.construct_document(self._root) if self._root is not None else None
        finally:
            loader.dispose()
        self.file = file

    def line(self, path: Iterable[int | str]) -> int:
        """The line of the key or item at `path`, or of the nearest one around it that there is."""
        node, line = self._root, 1
        for step in path:
            mark, node = _child(node, step)
            if mark is None:
                break
            line = int(mark.line) + 1
        return line


def _child(node: Any, step: int | str) -> tuple[Any, Any]:
    """Where a step stands, and its value; None for both when there is no such step."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark, node.value[step]
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == str(step)), (None, None))
    return None, None


def _find_repeated(node: Any) -> tuple[int, str] | None:
    if isinstance(node, yaml.SequenceNode):
        return next((found for child in node.value if (found := _find_repeated(child))), None)
    if not isinstance(node, yaml.MappingNode):
        return None
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            return int(key.start_mark.line) + 1, str(key.value)
        seen.add(key.value)
        if found := _find_repeated(value):
            return found
    return None
