"""A version that has been used never changes: cases run under it. `LOCK` has the SHA-256 of every file of one.

It is what `sha256sum` prints. What counts is that the bytes are still there: a file may move, as into `superseded/`
when the next version takes its place. A file that LOCK does not know is a draft, which is proved like any other and
changes freely; it goes into LOCK when it is released, at the latest when it is superseded.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from workflows.errors import DefinitionError

RENEW: Final = "cd workflows && sha256sum *.yaml superseded/*.yaml > LOCK"

_Fault = tuple[str, int, str, str]
"""The name of the error, the line of LOCK, what is wrong in Chinese and in English."""


def refuse_changed(folder: Path) -> None:
    """Raises DefinitionError, which names the line of LOCK: a used version was changed or is gone."""
    lock = folder / "LOCK"
    lines = lock.read_text(encoding="utf-8").splitlines() if lock.exists() else []
    for proof, line, zh, en in _faults(lines, hash_versions(folder)):
        raise DefinitionError(proof, lock.name, line, f"{zh} / {en}")


def hash_versions(folder: Path) -> dict[str, str]:
    """The SHA-256 of every definition of a folder, by its path there."""
    files = [*folder.glob("*.yaml"), *folder.glob("superseded/*.yaml")]
    return {str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


def _faults(lines: list[str], found: Mapping[str, str]) -> Iterator[_Fault]:
    locked: set[str] = set()
    for n, line in enumerate(lines, 1):
        digest, _, name = line.partition("  ")
        locked.add(digest)
        if not name:
            yield (
                "malformed",
                n,
                f"应为“哈希值  文件名”；重新生成：{RENEW}",
                f"must be a hash and a name; renew it: {RENEW}",
            )
        elif digest not in found.values():
            yield _changed(name, n) if name in found else _missing(name, n)
    for name, digest in found.items():
        if name.startswith("superseded") and digest not in locked:
            yield (
                "unlocked_version",
                len(lines) + 1,
                f"没有 {name}：被取代的版本仍有案件在办，须写入 LOCK：{RENEW}",
                f"{name} is not here: cases run under a superseded version, so lock it: {RENEW}",
            )


def _changed(name: str, line: int) -> _Fault:
    zh = (
        f"{name} 与锁定的内容不符：使用过的版本不得修改。原文件移入 superseded/，改动写入新文件并将 version 加一；"
        f"从未使用过的，重新锁定：{RENEW}"
    )
    en = (
        f"{name} is not what was locked: a version that has been used never changes. Keep the old file in superseded/ "
        f"and give what you change the next `version`; if it was never used, lock it anew: {RENEW}"
    )
    return "changed_version", line, zh, en


def _missing(name: str, line: int) -> _Fault:
    zh = f"{name} 不见了：案件仍按该版本办理，请恢复该文件；从未使用过的，重新锁定：{RENEW}"
    en = f"{name} is gone: cases run under it, so bring it back; if it was never used, lock anew: {RENEW}"
    return "missing_version", line, zh, en
