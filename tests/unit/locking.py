"""LOCK as `sha256sum *.yaml superseded/*.yaml` writes it."""

from pathlib import Path

from workflows.lock import hash_versions


def lock(folder: Path) -> None:
    lines = [f"{digest}  {name}\n" for name, digest in hash_versions(folder).items()]
    (folder / "LOCK").write_text("".join(lines), encoding="utf-8")
