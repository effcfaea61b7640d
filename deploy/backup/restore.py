"""`liandong restore`: a backup and the WAL behind it are recovered beside the data, and only then take its place.

Until then nothing is changed, so a restore that was interrupted, by whatever, is begun again. What it replaces is kept
as `data.before-<time>`. The case log gets a new epoch before anybody can read it.
"""

import os
import shlex
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

import asyncpg

from contracts.topics import TOPICS
from deploy.backup.backup import KEYS, OnProgress
from deploy.backup.epoch import begin_epoch, check_nothing_runs, find_newest_epoch, forget_positions
from deploy.backup.errors import BackupError, NoBackupError, StillRunningError, WrongKeysError
from deploy.backup.repository import PARTIAL, Backup, Repository, check_space, files_of, sync
from deploy.backup.tools import run_tool
from deploy.backup.wal import begin_life
from deploy.installation import RESTORING, make_home
from deploy.local.errors import HomeBusyError, ServerError
from deploy.local.launcher import lock
from deploy.local.postgres import Postgres
from services.platform.database import queries
from services.platform.provision import SERVICES
from services.vault.crypto import fingerprint
from services.vault.keys import KeyFileError, load_keys

q = queries("deploy.backup")

RECOVERY_SECONDS: Final = 24 * 3600
SHORTEST_RETENTION: Final = timedelta(hours=min(topic.retention_hours for topic in TOPICS if topic.retention_hours))
CASEWORK: Final = "casework"


@dataclass(frozen=True)
class Wanted:
    """What to restore. `until` (zoned) is the last moment that is wanted, None the last there is; `keys` a folder with
    the vault's keys, for a home that has none; `casework_only` leaves the other services as they are; `kafka_lost` says
    that the topics are new or do not reach back to the backup."""

    repository: Repository
    backup_id: str | None = None
    until: datetime | None = None
    keys: Path | None = None
    casework_only: bool = False
    kafka_lost: bool = False


@dataclass(frozen=True)
class Restored:
    """`reached` is the last transaction that is there again; `kept` is where the replaced data is."""

    backup: Backup
    reached: datetime
    epoch: int
    kept: Path | None


async def restore(home: Path, wanted: Wanted, on_progress: OnProgress) -> Restored:
    """Raises `BackupError` before anything was changed, `ServerError` when PostgreSQL or a tool of it failed."""
    home = make_home(home)
    with _alone(home):
        backup = wanted.repository.get_backup(wanted.backup_id, wanted.until)
        keys = check_keys(home, wanted.keys, backup)
        if os.environ.get("LIANDONG_POSTGRES_DSN") and not wanted.casework_only:
            raise BackupError(
                "已配置外部 PostgreSQL：请用其自身工具恢复，再运行 liandong republish。",
                "PostgreSQL is a configured server: restore it by its own means, then run `liandong republish`.",
            )
        if wanted.casework_only:
            return await _restore_casework(home, wanted, backup, on_progress)
        return await _restore_all(home, wanted, backup, keys, on_progress)


async def _restore_all(home: Path, wanted: Wanted, backup: Backup, keys: Path, on_progress: OnProgress) -> Restored:
    lost = SERVICES if wanted.kafka_lost or _no_topic_reaches(home, wanted.until or backup.made_at) else ()
    async with _recovered(home, wanted, backup, on_progress) as draft:
        reached = await _reached(draft.dsn, backup)
        epoch = await begin_epoch(draft.dsn, positions_lost_by=lost)
    kept = _take_place(home)
    if keys != home / KEYS:
        _take_keys(home, keys)
    return Restored(backup, reached, epoch, kept)


async def _restore_casework(home: Path, wanted: Wanted, backup: Backup, on_progress: OnProgress) -> Restored:
    """In one transaction of the living database. Its readers know of newer epochs than the backup does."""
    async with _living(home) as live, _recovered(home, wanted, backup, on_progress) as draft:
        await check_nothing_runs(live)
        reached = await _reached(draft.dsn, backup)
        if wanted.kafka_lost or _no_topic_reaches(home, reached):
            await forget_positions(live, set(SERVICES) - {CASEWORK})
            await forget_positions(draft.dsn, [CASEWORK])
        epoch = await begin_epoch(draft.dsn, newest=await find_newest_epoch(live))
        dump = draft.folder / "casework.sql"
        await run_tool("pg_dump", draft.dsn, f"--schema={CASEWORK}", f"--file={dump}")
        once = ("--single-transaction", "--set=ON_ERROR_STOP=1", "--quiet")
        await run_tool("psql", live, *once, f"--command=DROP SCHEMA IF EXISTS {CASEWORK} CASCADE", f"--file={dump}")
    shutil.rmtree(home / RESTORING)
    return Restored(backup, reached, epoch, None)


@asynccontextmanager
async def _recovered(home: Path, wanted: Wanted, backup: Backup, on_progress: OnProgress) -> AsyncIterator[Postgres]:
    """A server of its own on a copy of the backup, after recovery."""
    wal = wanted.repository.list_wal(backup)
    check_space(home, 2 * sum(path.stat().st_size for path in wal) + backup.bytes)
    draft = Postgres(home / RESTORING, settings=_recovery(home / RESTORING, wanted.until))
    await draft.server.stop_leftover()
    shutil.rmtree(draft.folder, ignore_errors=True)
    _copy_backup(wanted.repository.base(backup.id), wal, draft, on_progress)
    try:
        await draft.start(seconds=RECOVERY_SECONDS)
    except ServerError as error:
        await draft.stop()
        raise _explained(error, wanted.until) from None
    try:
        yield draft
    finally:
        await draft.stop()


def _recovery(folder: Path, until: datetime | None) -> Mapping[str, str]:
    """Nobody is let in before recovery has ended, and then it is a server of its own."""
    settings = {
        "restore_command": f"cp {shlex.quote(str(folder / 'wal'))}/%f %p",
        "recovery_target_action": "promote",
        "hot_standby": "off",
    }
    return settings | ({"recovery_target_time": until.astimezone(UTC).isoformat(sep=" ")} if until else {})


def _copy_backup(base: Path, wal: list[Path], draft: Postgres, on_progress: OnProgress) -> None:
    """Files and WAL, for the server's user; the segment that was being written is taken as far as it goes."""
    copies = [(path, draft.folder / path.relative_to(base)) for path, _ in files_of(base)]
    copies += [(path, draft.folder / "wal" / path.name.removesuffix(PARTIAL)) for path in wal]
    done, of = 0, sum(path.stat().st_size for path, _ in copies)
    for folder in sorted(path for path in base.rglob("*") if path.is_dir()):
        (draft.folder / folder.relative_to(base)).mkdir(parents=True)
    (draft.folder / "wal").mkdir()
    for source, target in copies:
        shutil.copyfile(source, target)
        done += source.stat().st_size
        on_progress(done, of)
    (draft.folder / "data" / "recovery.signal").touch()
    draft.give_to_server()


def _explained(error: ServerError, until: datetime | None) -> Exception:
    if until is None or "before configured recovery target" not in str(error):
        return error
    return NoBackupError(
        f"日志没有延续到 {until:%Y-%m-%d %H:%M:%S%z}。请改用更早的时刻，或不加 --until 恢复到最后。",
        f"The WAL does not go on until {until:%Y-%m-%d %H:%M:%S%z}. Name an earlier moment, or leave --until out.",
    )


async def _reached(dsn: str, backup: Backup) -> datetime:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(q.get_last_moment) or backup.made_at
    finally:
        await connection.close()


def _take_place(home: Path) -> Path | None:
    """The recovered data for the present. Should we be ended between two renames, `up` refuses and a restore mends."""
    live, draft, kept = home / "postgres", home / RESTORING, None
    live.mkdir(mode=0o711, exist_ok=True)
    begin_life(home)
    if (live / "data").exists():
        kept = live / f"data.before-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        (live / "data").rename(kept)
    (draft / "password").replace(live / "password")
    (draft / "data").rename(live / "data")
    sync(live)  # the files themselves were synced by PostgreSQL, before it recovered
    shutil.rmtree(draft)
    return kept


def check_keys(home: Path, given: Path | None, backup: Backup) -> Path:
    """The folder whose keys open what the backup's vault holds: the given one, else the home's.

    Raises `WrongKeysError`: without them nobody could ever read an identity, and the vault would refuse to start.
    """
    folder = given or home / KEYS
    try:
        fits = backup.keys in {None, fingerprint(load_keys(folder / "vault.json")).hex()}
    except KeyFileError:
        fits = backup.keys is None
    if not fits:
        raise WrongKeysError(
            f"{folder} 中没有这份备份的保管库密钥。请用 --keys 指定单独保存的密钥目录。",
            f"The vault's keys of this backup are not in {folder}. Name the folder where they are kept with --keys.",
        )
    return folder


def _take_keys(home: Path, keys: Path) -> None:
    """What was there is kept beside."""
    if (home / KEYS).exists():
        (home / KEYS).rename(home / f"{KEYS}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    shutil.copytree(keys, home / KEYS, ignore=shutil.ignore_patterns("tokens.json"))
    (home / KEYS).chmod(0o700)
    if (keys / "tokens.json").exists():
        shutil.copy(keys / "tokens.json", home / "tokens.json")


def _no_topic_reaches(home: Path, moment: datetime) -> bool:
    """Whether positions of that moment mean nothing now: Kafka is to be made anew, or has deleted what follows them."""
    own = not os.environ.get("LIANDONG_KAFKA_BOOTSTRAP")
    return datetime.now(UTC) - moment > SHORTEST_RETENTION or (own and not (home / "kafka" / "cluster.json").exists())


@asynccontextmanager
async def _living(home: Path) -> AsyncIterator[str]:
    """The database as it is, started for us unless it is a configured one."""
    if configured := os.environ.get("LIANDONG_POSTGRES_DSN", ""):
        yield configured
        return
    async with Postgres(home / "postgres") as postgres:
        yield postgres.dsn


def _alone(home: Path) -> IO[str]:
    try:
        return lock(home)
    except HomeBusyError:
        raise StillRunningError(
            f"{home} 上的系统仍在运行。请先停止（在 liandong up 中按 Ctrl-C），再恢复。",
            f"The system on {home} still runs. Stop it first (Ctrl-C in `liandong up`), then restore.",
        ) from None
