"""A version that has been used never changes: cases run under it. A change is a new version with a file of its own."""

import hashlib

import pytest

from workflows.loader import HERE

LOCK = HERE / "LOCK"


def locked() -> dict[str, str]:
    return {name: digest for digest, name in (line.split("  ") for line in LOCK.read_text().splitlines())}


def differences(found: dict[str, str]) -> set[str]:
    known = locked()
    return {name for name in found.keys() | known.keys() if found.get(name) != known.get(name)}


def on_disk() -> dict[str, str]:
    files = [*HERE.glob("*.yaml"), *HERE.glob("superseded/*.yaml")]
    return {str(file.relative_to(HERE)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_no_used_definition_has_changed() -> None:
    hint = "a used version never changes; before the first release: cd workflows && sha256sum *.yaml superseded/*.yaml > LOCK"
    assert not differences(on_disk()), hint


@pytest.mark.parametrize("name", sorted(locked()))
def test_changed_definition_is_noticed(name: str) -> None:
    assert differences(on_disk() | {name: "0" * 64}) == {name}
