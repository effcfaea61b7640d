"""Backup and restore of a real cluster: all of it or nothing, as far as the WAL goes, and never without the keys."""

import asyncio
import os
import shutil
import signal
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.backup.backup import copy_keys, make_backup
from deploy.backup.epoch import begin_epoch
from deploy.backup.errors import BackupError, NoBackupError, NoSpaceError, StillRunningError, WrongKeysError
from deploy.backup.repository import Backup, Repository
from deploy.backup.restore import Restored, Wanted, restore
from deploy.backup.tools import check_copy
from deploy.backup.wal import KEPT_WAL, WalReceiver
from deploy.installation import access, administrator, make_home, refuse_half_restored
from deploy.keys import get_secrets
from deploy.local.errors import HomeError, ServerError
from deploy.local.launcher import lock
from deploy.local.postgres import Postgres
from deploy.supervisor import running_system
from services.platform.database import RawConnection
from services.platform.provision import provision
from services.vault.keys import load_keys
from services.vault.store import check_keys as check_vault_keys
from tests.folders import open_folder
from tests.integration.platform_fixtures import eventually


def no_progress(done: int, of: int) -> None:
    assert done >= 0
    assert of >= 0


@dataclass
class City:
    """A home with tables and keys, a repository for its backups, and the rows that a test writes."""

    home: Path
    repository: Repository
    backup: Backup

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RawConnection]:
        async with Postgres(self.home / "postgres", settings=KEPT_WAL) as postgres:
            connection = await asyncpg.connect(postgres.dsn)
            try:
                yield connection
            finally:
                await connection.close()

    async def restore(self, **wanted: Any) -> Restored:
        return await restore(self.home, Wanted(self.repository, **wanted), no_progress)

    async def rows(self) -> list[str]:
        async with self.running() as conn:
            return [row["name"] for row in await conn.fetch("SELECT name FROM casework.note ORDER BY name")]

    def lose(self) -> None:
        shutil.rmtree(self.home / "postgres" / "data")


@pytest.fixture(scope="module")
async def first_city() -> AsyncIterator[City]:
    """One row before the base backup, one behind it that only the WAL has, and one that is not in the backup at all."""
    with open_folder() as folder:
        home, repository = make_home(folder / "home"), Repository(folder / "backups")
        secrets = get_secrets(home)
        wal = WalReceiver(home, repository)
        async with Postgres(home / "postgres", settings=KEPT_WAL) as postgres:
            await provision(postgres.dsn, "", secrets.passwords)
            async with administrator(postgres.dsn, "vault") as db, db.transaction() as conn:
                await check_vault_keys(conn, load_keys(secrets.vault_private))
            await wal.start_from(postgres.dsn)
            await write(
                postgres.dsn, "CREATE TABLE casework.note (name text)", "INSERT INTO casework.note VALUES ('a')"
            )
            await eventually(lambda: is_streaming(postgres.dsn, wal))
            backup = await make_backup(postgres.dsn, home, repository, no_progress)
            await write(postgres.dsn, "INSERT INTO casework.note VALUES ('b')")
            await eventually(lambda: is_streamed(postgres.dsn, wal))
            await wal.stop()
            await write(postgres.dsn, "INSERT INTO casework.note VALUES ('c')")
        (home / "kafka").mkdir()
        (home / "kafka" / "cluster.json").write_text("{}")
        yield City(home, repository, backup)


@pytest.fixture
def city(first_city: City) -> Iterator[City]:
    """A copy for one test."""
    with open_folder() as folder:
        shutil.copytree(first_city.home.parent, folder / "city", symlinks=True)
        (folder / "city").chmod(0o711)
        data = folder / "city" / "home" / "postgres" / "data"
        owner = (first_city.home / "postgres" / "data").stat().st_uid
        for path in (data, *data.rglob("*"), data.parent / "password"):
            os.chown(path, owner, -1)
        yield City(folder / "city" / "home", Repository(folder / "city" / "backups"), first_city.backup)


async def write(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def fetch(dsn: str, query: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def is_streaming(dsn: str, wal: WalReceiver) -> bool:
    assert wal.running, wal.log_tail()  # nobody starts it again here
    return bool(await fetch(dsn, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"))


async def is_streamed(dsn: str, wal: WalReceiver) -> bool:
    """Whether the receiver has synced everything that was committed."""
    assert wal.running, wal.log_tail()
    return bool(
        await fetch(dsn, "SELECT count(*) FROM pg_stat_replication WHERE flush_lsn >= pg_current_wal_flush_lsn()")
    )


async def test_a_lost_cluster_comes_back_as_far_as_its_wal_goes(city: City) -> None:
    city.lose()
    restored = await city.restore()
    assert await city.rows() == ["a", "b"]
    assert restored.backup == city.backup
    assert restored.kept is None
    assert city.backup.made_at < restored.reached < datetime.now(UTC)


async def test_what_is_replaced_is_kept_beside_it(city: City) -> None:
    restored = await city.restore()
    assert await city.rows() == ["a", "b"]
    assert restored.kept is not None
    shutil.rmtree(city.home / "postgres" / "data")
    restored.kept.rename(city.home / "postgres" / "data")
    assert await city.rows() == ["a", "b", "c"]


async def test_it_stops_at_the_moment_that_was_asked_for(city: City) -> None:
    await city.restore(until=city.backup.made_at)
    assert await city.rows() == ["a"]


async def test_a_moment_that_no_backup_or_no_wal_reaches_is_refused_and_nothing_is_changed(city: City) -> None:
    with pytest.raises(NoBackupError, match="没有可用的备份"):
        await city.restore(until=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(NoBackupError, match="日志没有延续到"):
        await city.restore(until=datetime.now(UTC))
    assert await city.rows() == ["a", "b", "c"]


async def test_the_restored_log_begins_a_new_epoch_and_is_published_again(city: City) -> None:
    async with city.running() as conn:
        await conn.execute("UPDATE worklist.log_epoch SET epoch = 900000000")
    restored = await city.restore(casework_only=True)
    assert restored.epoch == 900000001
    first = await city.restore()
    async with city.running() as conn:
        assert await conn.fetchval("SELECT epoch FROM casework.log_epoch") == first.epoch
        assert await conn.fetchval("SELECT count(*) FROM casework.republish") == 1


async def test_casework_alone_goes_back_and_the_others_stay(city: City) -> None:
    async with city.running() as conn:
        await conn.execute("CREATE TABLE intake.note AS SELECT * FROM casework.note")
        await conn.execute("DROP SCHEMA casework CASCADE")
    await city.restore(casework_only=True)
    async with city.running() as conn:
        assert [row["name"] for row in await conn.fetch("SELECT name FROM intake.note ORDER BY name")] == [
            "a",
            "b",
            "c",
        ]
        assert await conn.fetchval("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'casework'") == (
            "casework"
        )
    assert await city.rows() == ["a", "b"]


@pytest.mark.parametrize("lost", [False, True])
async def test_positions_are_kept_unless_kafka_was_lost_too(city: City, lost: bool) -> None:
    async with city.running() as conn:
        for service in ("casework", "worklist"):
            await conn.execute(f"INSERT INTO {service}.fence VALUES ('{service}', 'case.events', 0, 7)")  # noqa: S608
        backup = await make_backup(dsn_of(conn, city), city.home, city.repository, no_progress)
    if lost:
        shutil.rmtree(city.home / "kafka")
    for casework_only in (False, True):
        await city.restore(backup_id=backup.id, casework_only=casework_only)
        async with city.running() as conn:
            counted = [await conn.fetchval(f"SELECT count(*) FROM {s}.fence") for s in ("casework", "worklist")]  # noqa: S608
        assert counted == ([0, 0] if lost else [1, 1])


def dsn_of(_: Any, city: City) -> str:
    port, password = ((city.home / "postgres" / name).read_text() for name in ("port", "password"))
    return f"postgresql://liandong:{password}@127.0.0.1:{port}/liandong"


async def test_other_keys_or_none_are_refused_before_anything_is_changed(city: City, tmp_path: Path) -> None:
    get_secrets(tmp_path)  # those of another city
    with pytest.raises(WrongKeysError, match="密钥"):
        await city.restore(keys=tmp_path / "keys")
    kept = tmp_path / "kept"
    copy_keys(city.home, kept, city.repository)
    shutil.rmtree(city.home / "keys")
    with pytest.raises(WrongKeysError, match="--keys"):
        await city.restore()
    assert not (city.home / "restore").exists()
    await city.restore(keys=kept)
    assert (city.home / "keys" / "vault.json").read_text() == (kept / "vault.json").read_text()
    assert stat.filemode((city.home / "keys").stat().st_mode) == "drwx------"


async def test_keys_never_lie_with_the_backups(city: City) -> None:
    with pytest.raises(BackupError, match="不能与备份放在一起"):
        copy_keys(city.home, city.repository.folder / "keys", city.repository)
    secret = (city.home / "keys" / "vault.json").read_text()
    found = [
        path for path in city.repository.folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert found == []


async def test_a_system_that_runs_is_not_restored(city: City) -> None:
    with lock(city.home), pytest.raises(StillRunningError, match="仍在运行"):
        await city.restore()
    async with city.running() as conn:
        await conn.execute("SET application_name TO 'intake'")
        with pytest.raises(HomeError):  # a server of this home that is not ours
            await city.restore(casework_only=True)


async def test_a_disk_that_is_too_small_is_named_with_what_is_needed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = shutil.disk_usage(city.home)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: small)
    with pytest.raises(NoSpaceError, match="空间不足：需要"):
        await city.restore()
    async with city.running() as conn:
        with pytest.raises(NoSpaceError, match="空间不足：需要"):
            await make_backup(dsn_of(conn, city), city.home, city.repository, no_progress)
    assert [backup.id for backup in city.repository.list_backups()] == [city.backup.id]


async def test_an_empty_folder_holds_no_backup(city: City, tmp_path: Path) -> None:
    with pytest.raises(NoBackupError, match="liandong backup"):
        await restore(city.home, Wanted(Repository(tmp_path)), no_progress)


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from deploy.backup import restore as restoring
from deploy.backup.repository import Repository

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

home, folder, step, casework_only = sys.argv[1:]
on_progress = lambda done, of: die() if step == "copy" and done > of // 2 else None
if step == "replace":
    take_place = restoring._take_place
    restoring._take_place = lambda home: (setattr(Path, "replace", die), take_place(home))
elif step != "copy":
    setattr(restoring, step, die)
wanted = restoring.Wanted(Repository(Path(folder)), casework_only=casework_only == "True")
asyncio.run(restoring.restore(Path(home), wanted, on_progress))
"""
"""A restore that is killed in the middle of the copy, after recovery, between two renames, or before the load."""


@pytest.mark.parametrize(
    ("step", "casework_only"), [("copy", False), ("_reached", False), ("replace", False), ("run_tool", True)]
)
async def test_a_restore_that_was_killed_changes_nothing_that_it_cannot_mend_when_it_is_repeated(
    city: City, step: str, casework_only: bool
) -> None:
    arguments = (str(city.home), str(city.repository.folder), step, str(casework_only))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, *arguments)
    assert await process.wait() == -signal.SIGKILL
    if step == "replace":
        with pytest.raises(HomeError, match="liandong restore"):
            refuse_half_restored(city.home)
    else:
        assert await city.rows() == ["a", "b", "c"]
    await city.restore(casework_only=casework_only)
    assert await city.rows() == ["a", "b"]
    assert not (city.home / "restore").exists()


async def test_nothing_starts_on_a_home_whose_restore_was_ended_while_it_took_the_place(city: City) -> None:
    (city.home / "restore").mkdir()
    (city.home / "postgres" / "data").rename(city.home / "postgres" / "data.before-1")
    with pytest.raises(HomeError, match="liandong restore"):
        async with running_system(city.home):
            pass
    with pytest.raises(HomeError, match="liandong restore"):
        async with access(city.home):
            pass
    await city.restore()
    assert await city.rows() == ["a", "b"]


async def test_after_a_restore_a_new_life_of_wal_begins_that_its_own_backup_is_restored_with(city: City) -> None:
    await city.restore()
    wal = WalReceiver(city.home, city.repository)
    assert wal.target.name != city.backup.life
    async with city.running() as conn:
        dsn = dsn_of(conn, city)
        await wal.start_from(dsn)
        await eventually(lambda: is_streaming(dsn, wal))
        second = await make_backup(dsn, city.home, city.repository, no_progress)
        await conn.execute("INSERT INTO casework.note VALUES ('d')")
        await eventually(lambda: is_streamed(dsn, wal))
        await wal.stop()
    await city.restore()
    assert await city.rows() == ["a", "b", "d"]
    await city.restore(backup_id=city.backup.id)
    assert await city.rows() == ["a", "b"]
    assert city.repository.delete_old(1) == [city.backup.id]
    assert [backup.id for backup in city.repository.list_backups()] == [second.id]
    await city.restore()
    assert await city.rows() == ["a", "b", "d"]


async def test_receiver_that_is_held_up_during_a_backup_misses_nothing(city: City) -> None:
    """The checkpoint of the backup would take away the WAL that was not yet sent, were it not kept for a while."""
    wal = WalReceiver(city.home, city.repository)
    async with city.running() as conn:
        dsn = dsn_of(conn, city)
        await wal.start_from(dsn)
        await eventually(lambda: is_streaming(dsn, wal))
        sender = await conn.fetchval("SELECT pid FROM pg_stat_replication")
        os.kill(sender, signal.SIGSTOP)
        await make_backup(dsn, city.home, city.repository, no_progress)
        await conn.execute("INSERT INTO casework.note VALUES ('d')")
        os.kill(sender, signal.SIGCONT)
        await eventually(lambda: is_streamed(dsn, wal))
        await wal.stop()


async def test_an_epoch_is_never_older_than_the_seconds_of_the_year_so_that_copies_of_a_backup_do_not_share_one(
    city: City,
) -> None:
    first = await city.restore()
    second = await city.restore()
    assert 0 < first.epoch < second.epoch
    async with city.running() as conn:
        assert await begin_epoch(dsn_of(conn, city)) > second.epoch


async def test_a_damaged_copy_is_not_taken_for_a_backup(city: City) -> None:
    data = city.repository.base(city.backup.id) / "data"
    await check_copy(data)
    page = next(path for path in sorted((data / "base").rglob("[0-9]*")) if path.is_file() and path.stat().st_size)
    page.write_bytes(b"\xff" + page.read_bytes()[1:])
    with pytest.raises(ServerError, match="checksum"):
        await check_copy(data)
