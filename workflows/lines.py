"""A YAML file whose every value knows its line, so that an error can say where."""

from collections.abc import Iterable
from typing import Any

import yaml

Where = tuple[int | str, ...]
"""A path of keys and indexes into the file."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Lines:
    """What a file says (`data`), and where. A key twice in one place is not read silently: see `find_repeated`."""

    def __init__(self, text: str, file: str) -> None:
        """Raises yaml.YAMLError, which names the line itself."""
        loader = _LOADER(text)
        try:
            self._root = loader.get_single_node()
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

    def find_repeated(self) -> tuple[int, str] | None:
        """Line and name of a key that stands twice in one mapping."""
        return _find_repeated(self._root)


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
