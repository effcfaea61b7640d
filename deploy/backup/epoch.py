"""A new epoch of the case log, so that every reader builds anew and intake sends again what the log does not know."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import asyncpg

from deploy.backup.errors import BackupError, StillRunningError
from deploy.installation import administrator
from services.casework import republish
from services.platform.database import queries
from services.platform.provision import SERVICES

q = queries("deploy.backup")

READERS: Final = ("intake", "worklist", "statistics", "notices")

_BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)


async def begin_epoch(dsn: str, *, newest: int = 0, positions_lost_by: Iterable[str] = ()) -> int:
    """Raise the epoch and let casework publish its log again, from its next second on; the answer is the new epoch.

    `newest` is an epoch that is known from elsewhere. The new one is also the seconds since 2026: an old copy of a
    backup may know nothing of a restore whose facts are still in Kafka, and two histories must not share an epoch.
    `positions_lost_by` names services that are to read their topics from the beginning.

    Raises:
        BackupError: the tables are not those of this version.
    """
    above = max(newest, await find_newest_epoch(dsn)) + 1
    await forget_positions(dsn, positions_lost_by)
    try:
        async with administrator(dsn, "casework") as db, db.transaction() as conn:
            return await republish.begin(conn, max(above, int(time.time() - _BEGINNING.timestamp())))
    except asyncpg.UndefinedTableError:
        raise BackupError(
            "casework 的表不是本版本的，请用制作备份的版本恢复，再升级。",
            "The tables of casework are not of this version. Restore with the version that made the backup.",
        ) from None


async def forget_positions(dsn: str, services: Iterable[str]) -> None:
    """Let these services read their topics from the beginning; what they have applied they know by its id."""
    for service in services:
        async with administrator(dsn, service) as db, db.transaction() as conn:
            await conn.execute(q.forget_fences)


async def find_newest_epoch(dsn: str) -> int:
    """The newest epoch that any service of this database knows; 0 when none does."""
    newest = 0
    for service in ("casework", *READERS):
        async with administrator(dsn, service) as db, db.connection() as conn:
            try:
                newest = max(newest, await conn.fetchval(q.get_epoch))
            except asyncpg.UndefinedTableError:
                continue
    return newest


async def check_nothing_runs(dsn: str) -> None:
    """Raises `StillRunningError` while a service is connected, wherever it runs."""
    async with administrator(dsn) as db, db.connection() as conn:
        running = [row["application_name"] for row in await conn.fetch(q.list_services, list(SERVICES))]
    if running:
        raise StillRunningError(
            f"服务仍在运行：{'、'.join(running)}。请先停止。",
            f"Services still run: {', '.join(running)}. Stop them first.",
        )
