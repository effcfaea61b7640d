"""A version that has been used never changes: cases run under it. A change is a new version with a file of its own."""

from pathlib import Path

import pytest

from tests.unit.locking import lock
from tests.unit.test_proofs import SOUND
from workflows.errors import DefinitionError
from workflows.loader import HERE, load_workflows
from workflows.lock import RENEW, hash_versions

SECOND = SOUND.replace("version: 1", "version: 2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Version 1 superseded and version 2 in its place, both used."""
    (tmp_path / "superseded").mkdir()
    (tmp_path / "superseded" / "sample_v1.yaml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "sample.yaml").write_text(SECOND, encoding="utf-8")
    lock(tmp_path)
    return tmp_path


def refusal(folder: Path) -> DefinitionError:
    with pytest.raises(DefinitionError) as refused:
        load_workflows(folder)
    return refused.value


def test_every_shipped_version_is_locked() -> None:
    locked = "".join(f"{digest}  {name}\n" for name, digest in hash_versions(HERE).items())
    assert (HERE / "LOCK").read_text(encoding="utf-8") == locked, RENEW


@pytest.mark.parametrize(
    ("name", "line"), [("sample.yaml", 1), ("superseded/sample_v1.yaml", 2)], ids=["newest", "superseded"]
)
def test_used_version_that_was_changed_is_refused_with_what_to_do(folder: Path, name: str, line: int) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(text.replace("title: 告知", "title: 通知"), encoding="utf-8")
    refused = refusal(folder)
    assert refused.proof == "changed_version"
    assert f"LOCK:{line}: " in str(refused)
    assert "version 加一" in str(refused)
    assert RENEW in str(refused)


def test_used_version_that_is_gone_is_refused(folder: Path) -> None:
    """The newest, say: version 1 is still there, and new cases would quietly go back to it."""
    (folder / "sample.yaml").unlink()
    assert refusal(folder).proof == "missing_version"
    assert "LOCK:1" in str(refusal(folder))


def test_superseded_version_that_is_not_locked_is_refused(folder: Path) -> None:
    (folder / "LOCK").unlink()
    assert refusal(folder).proof == "unlocked_version"


def test_lock_that_is_not_one_is_refused(folder: Path) -> None:
    (folder / "LOCK").write_text("sample.yaml\n", encoding="utf-8")
    assert refusal(folder).proof == "malformed"


def test_next_version_is_a_draft_that_changes_freely_while_the_used_ones_stay(folder: Path) -> None:
    """The flow of a developer: the used file moves, its bytes as they are; nothing is locked anew before release."""
    (folder / "sample.yaml").rename(folder / "superseded" / "sample_v2.yaml")
    for title in ("通知", "告知书"):
        draft = SOUND.replace("version: 1", "version: 3").replace("title: 告知", f"title: {title}")
        (folder / "sample.yaml").write_text(draft, encoding="utf-8")
        assert load_workflows(folder).get("sample").definition.tasks["tell"].title == title


def test_version_that_was_left_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_text(SECOND, encoding="utf-8")
    assert "sample.yaml:3: version_left_out" in str(refusal(tmp_path))
