"""`liandong backup`: a base backup of the whole cluster, whether services run or not; and the keys, apart."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.backup.errors import BackupError
from deploy.backup.repository import Backup, Repository, check_space, files_of, sync
from deploy.backup.tools import check_copy, run_tool
from deploy.backup.wal import life_of
from deploy.keys import store_secret
from services.platform.database import RawConnection, queries

q = queries("deploy.backup")

OnProgress = Callable[[int, int], None]
"""Bytes done, and bytes in all as far as they are known."""

_PROGRESS = re.compile(r"^\s*(\d+)/(\d+) kB")

KEYS = "keys"


async def make_backup(dsn: str, home: Path, repository: Repository, on_progress: OnProgress) -> Backup:
    """Copy the cluster into the repository. What has a name there is whole: it was checked against its manifest.

    Raises:
        NoSpaceError: it would not fit; nothing was written.
        ServerError: one of PostgreSQL's tools failed.
    """
    began = datetime.now(UTC)
    backup_id = f"{began:%Y%m%dT%H%M%S%fZ}"
    draft = repository.base(f"{backup_id}.draft")
    admin = await asyncpg.connect(dsn)
    try:
        check_space(repository.folder, await admin.fetchval(q.get_size))
        draft.mkdir(mode=0o700, parents=True)
        repository.folder.chmod(0o700)
        await _copy_cluster(dsn, draft / "data", on_progress)
        await check_copy(draft / "data")
        segment, keys = await admin.fetchval(q.get_segment), await find_fingerprint(admin)
    finally:
        await admin.close()
    size = sum(length for _, length in files_of(draft))
    backup = Backup(id=backup_id, made_at=datetime.now(UTC), bytes=size, segment=segment, life=life_of(home), keys=keys)
    store_secret(draft / "password", _password(home))
    store_secret(draft / "backup.json", backup.model_dump_json(indent=1))
    for written in (draft / "password", draft / "backup.json", draft):  # the tool has synced the rest
        sync(written)
    draft.rename(repository.base(backup_id))
    sync(draft.parent)
    return backup


async def _copy_cluster(dsn: str, to: Path, on_progress: OnProgress) -> None:
    def on_line(line: str) -> None:
        if found := _PROGRESS.match(line):
            on_progress(int(found[1]) * 1024, int(found[2]) * 1024)

    options = ("--progress", "--checkpoint=fast", "--wal-method=stream", f"--pgdata={to}")
    await run_tool("pg_basebackup", dsn, *options, on_line=on_line)


async def find_fingerprint(conn: RawConnection) -> str | None:
    """Of the keys with which the vault of this database was written; None when it is empty."""
    try:
        found: bytes | None = await conn.fetchval(q.find_fingerprint)
    except asyncpg.UndefinedTableError:
        return None
    return found.hex() if found else None


def _password(home: Path) -> str:
    """The superuser's; empty for a server that somebody else runs."""
    file = home / "postgres" / "password"
    return file.read_text() if file.exists() else ""


def copy_keys(home: Path, to: Path, repository: Repository) -> None:
    """The vault's keys and the other secrets of this home, into a folder that only their owner may enter.

    Raises:
        BackupError: the folder lies with the backups; who has both has the identities.
    """
    to = to.absolute()
    if to.is_relative_to(repository.folder) or repository.folder.is_relative_to(to):
        raise BackupError(
            f"密钥不能与备份放在一起：{to}。请另选存储介质。",
            f"Keys must not lie with the backups: {to}. Choose another medium.",
        )
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in (*sorted((home / KEYS).iterdir()), home / "tokens.json"):
        if file.exists():
            _copy_secret(file, to / file.name)


def _copy_secret(source: Path, target: Path) -> None:
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    shutil.copyfile(source, draft)
    draft.replace(target)
