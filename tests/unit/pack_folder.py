"""A pack in a folder beside the real ones."""

from pathlib import Path

import pytest

from workflows.policy import PACKS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped packs, to add to."""
    for file in PACKS.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def add(folder: Path, text: str, name: str = "extra.yaml", jurisdiction: str = "440000") -> Path:
    (folder / name).write_text(f'jurisdiction: "{jurisdiction}"\ntitle: 样例\n{text}', encoding="utf-8")
    return folder
