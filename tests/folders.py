"""Temporary data folders for real servers."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that `nobody`, as whom PostgreSQL runs under root, can enter (pytest's own are closed)."""
    with tempfile.TemporaryDirectory(prefix="liandong-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
