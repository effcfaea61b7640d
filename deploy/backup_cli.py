"""`liandong backup`, `restore` and `republish`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.backup.backup import OnProgress, copy_keys, make_backup
from deploy.backup.epoch import begin_epoch, check_nothing_runs
from deploy.backup.repository import MIB, Repository
from deploy.backup.restore import Restored, Wanted, restore
from deploy.installation import access
from deploy.terminal import fail, say
from services.platform.provision import SERVICES


def get_repository(folder: Path | None) -> Repository:
    """The named folder, else that of `LIANDONG_BACKUP`; exits when there is neither."""
    named = folder or os.environ.get("LIANDONG_BACKUP")
    if not named:
        fail("请指定备份目录，或设置 LIANDONG_BACKUP。\nName the folder of backups, or set LIANDONG_BACKUP.")
    return Repository(Path(named))


async def run_backup(home: Path, repository: Repository, keys_to: Path | None, keep: int) -> None:
    if keys_to:
        copy_keys(home, keys_to, repository)
    async with access(home) as found:
        with _progress("备份 / backup") as on_progress:
            backup = await make_backup(found.admin_dsn, home, repository, on_progress)
    gone = repository.delete_old(keep)
    say([f"备份完成 / backed up: {backup.id}，{backup.bytes / MIB:.0f} MiB，{repository.base(backup.id)}"])
    if gone:
        say([f"已删除旧备份 / old backups deleted: {', '.join(gone)}"])
    if keys_to:
        say([f"密钥已单独保存 / keys kept apart: {keys_to}"])
    else:
        say(["备份中没有密钥：没有密钥任何人都读不出身份信息。请用 --keys-to 另存一份，与备份分开保管。",
             "The backup holds no keys, and without them no identity: keep them apart, with --keys-to."])  # fmt: skip


async def run_restore(home: Path, wanted: Wanted) -> None:
    with _progress("恢复 / restore") as on_progress:
        done = await restore(home, wanted, on_progress)
    say(_of(done))


def _of(done: Restored) -> Iterator[str]:
    yield f"已恢复 / restored: {done.backup.id}，至 / up to {done.reached.astimezone():%Y-%m-%d %H:%M:%S%z}"
    yield f"案件日志的新纪元 / new epoch of the case log: {done.epoch}"
    if done.kept:
        yield f"原数据保留在 / what it replaced is in {done.kept}"
    yield "启动后各服务重建，受理服务补发案件日志中没有的报告。请随即再做一次备份。"
    yield "After the start readers rebuild and intake sends again what the log lacks. Make a new backup then."


async def run_republish(home: Path, *, kafka_lost: bool) -> None:
    async with access(home) as found:
        if kafka_lost:
            await check_nothing_runs(found.admin_dsn)
        epoch = await begin_epoch(found.admin_dsn, positions_lost_by=SERVICES if kafka_lost else ())
    say([f"案件日志将以纪元 {epoch} 重新发布，各服务随之重建。 / The case log is published again in epoch {epoch}."])


def zoned(moment: datetime | None) -> datetime | None:
    """Without a zone the machine's own is meant."""
    return moment.astimezone(UTC) if moment else None


@contextmanager
def _progress(what: str) -> Iterator[OnProgress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task(what, total=None)
        yield lambda done, of: bars.update(bar, completed=done, total=of)


KeysTo = Annotated[
    Path | None, typer.Option(help="保管库密钥另存到此（不得与备份同处）。 / Where to keep the keys, apart.")
]
