"""The folder of backups: base backups, and the WAL that was streamed since. It never holds a key of the vault.

<folder>/base/<id>/data/         the cluster, as pg_basebackup wrote it
<folder>/base/<id>/backup.json   what it is
<folder>/base/<id>/password      of the superuser; whoever has the backup has all that it opens
<folder>/wal/<life>/             WAL segments; after a restore a new life begins, because history forks there
"""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from deploy.backup.errors import NoBackupError, NoSpaceError

MIB = 1024**2
PARTIAL = ".partial"
"""How pg_receivewal names the segment that it is still writing."""


class Backup(BaseModel, frozen=True):
    """A base backup. `made_at` is when it ended (UTC), `segment` the WAL segment in which it did; `keys` is the
    fingerprint of the vault's keys, None before the vault's first start."""

    id: str
    made_at: datetime
    bytes: int
    segment: str
    life: str
    keys: str | None


class Repository:
    """The backups in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def base(self, backup_id: str) -> Path:
        return self.folder / "base" / backup_id

    def wal(self, life: str) -> Path:
        return self.folder / "wal" / life

    def list_backups(self) -> list[Backup]:
        """Whole ones only, oldest first."""
        files = sorted(self.folder.glob("base/*/backup.json"))
        return [Backup.model_validate_json(file.read_text()) for file in files if file.parent.suffix != ".draft"]

    def get_backup(self, backup_id: str | None, until: datetime | None) -> Backup:
        """The one with this id, else the newest, else the newest that is older than `until`. Raises `NoBackupError`."""
        found = [
            backup
            for backup in self.list_backups()
            if backup_id in {None, backup.id} and (until is None or backup.made_at <= until)
        ]
        if not found:
            which = f"{f' {backup_id}' if backup_id else ''}{f' ≤ {until:%Y-%m-%d %H:%M:%S%z}' if until else ''}"
            raise NoBackupError(
                f"{self.folder} 中没有可用的备份{which}。请用 liandong backup 备份，或用 --from 指定备份目录。",
                f"No usable backup{which} in {self.folder}. Make one with `liandong backup`, or name its folder.",
            )
        return found[-1]

    def list_wal(self, backup: Backup) -> list[Path]:
        """The segments that go on where a base backup ends; empty when they do not."""
        files = sorted(path for path in self.wal(backup.life).glob("*") if path.name >= backup.segment)
        return files if files and files[0].name.removesuffix(PARTIAL) == backup.segment else []

    def delete_old(self, keep: int) -> list[str]:
        """Remove all but the newest backups, drafts, and the WAL that only they needed; tells which backups went."""
        for draft in self.folder.glob("base/*.draft"):
            shutil.rmtree(draft)
        backups = self.list_backups()
        old, kept = backups[:-keep], backups[-keep:]
        for backup in old:
            shutil.rmtree(self.base(backup.id))
        lives = {backup.life: backup for backup in reversed(kept)}
        for folder in self.folder.glob("wal/*"):
            if folder.name in lives:
                _delete_before(folder, self.base(lives[folder.name].id))
            elif old and folder.name in {backup.life for backup in old}:
                shutil.rmtree(folder)
        return [backup.id for backup in old]


def _delete_before(wal: Path, base: Path) -> None:
    """Segments older than the first that the base backup brings along itself."""
    first = min((path.name for path in (base / "data" / "pg_wal").glob("0*") if len(path.name) == 24), default="")
    for path in wal.iterdir():
        if path.suffix != ".history" and path.name < first:
            path.unlink()


def files_of(folder: Path) -> Iterator[tuple[Path, int]]:
    """Every file below a folder with its size in bytes."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.stat().st_size


def sync(path: Path) -> None:
    """Let a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_space(folder: Path, needed: int) -> None:
    """Raises `NoSpaceError` when `needed` bytes do not fit where `folder` is, or is to be."""
    there = next(step for step in (folder, *folder.parents) if step.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise NoSpaceError(
            f"{there} 空间不足：需要 {needed / MIB:.0f} MiB，可用 {free / MIB:.0f} MiB。",
            f"Not enough space on {there}: {needed / MIB:.0f} MiB are needed, {free / MIB:.0f} MiB are free.",
        )
