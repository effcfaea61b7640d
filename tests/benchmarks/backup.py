"""How much a restore loses, and how long it takes: RPO and RTO of a cluster of some hundred megabytes.

`python -m tests.benchmarks.backup [MEGABYTES]`; what it prints is in docs/runbooks/backup.md.
"""

import asyncio
import shutil
import statistics
import sys
import time
from pathlib import Path

import asyncpg
from rich.console import Console

from deploy.backup.backup import make_backup
from deploy.backup.repository import MIB, Backup, Repository
from deploy.backup.restore import Wanted, restore
from deploy.backup.wal import KEPT_WAL, WalReceiver
from deploy.installation import make_home
from deploy.keys import get_secrets
from deploy.local.postgres import Postgres
from services.platform.database import RawConnection
from services.platform.provision import provision
from tests.folders import open_folder

say = Console(soft_wrap=True).print

COMMITS = 200
FILL = "CREATE TABLE filling AS SELECT n, md5(n::text) || md5((-n)::text) AS body FROM generate_series(1, {rows}) AS n"
ROWS_PER_MIB = 11_000
SYNCED = "SELECT coalesce(max(flush_lsn), '0/0') >= $1::pg_lsn FROM pg_stat_replication"


async def main(megabytes: int) -> None:
    with open_folder() as folder:
        home, repository = make_home(folder / "home"), Repository(folder / "backups")
        wal = WalReceiver(home, repository)
        async with Postgres(home / "postgres", settings=KEPT_WAL) as postgres:
            await provision(postgres.dsn, "", get_secrets(home).passwords)
            await wal.start_from(postgres.dsn)
            connection = await asyncpg.connect(postgres.dsn)
            await connection.execute(FILL.format(rows=megabytes * ROWS_PER_MIB))
            began = time.perf_counter()
            backup = await make_backup(postgres.dsn, home, repository, lambda _done, _of: None)
            say(f"backup of {backup.bytes / MIB:.0f} MiB: {time.perf_counter() - began:.1f} s")
            lags = [await commit_until_synced(connection) for _ in range(COMMITS)]
            say(f"commit until synced in the backup: p50 {statistics.median(lags):.0f} ms, worst {max(lags):.0f} ms")
            await connection.execute("UPDATE filling SET n = -n")
            await until_synced(connection)
            await connection.close()
        await wal.stop()
        await measure_restore(home, repository, backup)


async def commit_until_synced(connection: RawConnection) -> float:
    """Milliseconds from the answer of the commit."""
    await connection.execute("INSERT INTO filling VALUES (0, 'one more')")
    began = time.perf_counter()
    await until_synced(connection)
    return (time.perf_counter() - began) * 1000


async def until_synced(connection: RawConnection) -> None:
    end = await connection.fetchval("SELECT pg_current_wal_flush_lsn()::text")
    synced = False
    while not synced:
        synced = await connection.fetchval(SYNCED.replace("$1", f"'{end}'"))


async def measure_restore(home: Path, repository: Repository, backup: Backup) -> None:
    (home / "kafka").mkdir()
    shutil.rmtree(home / "postgres" / "data")
    began = time.perf_counter()
    await restore(home, Wanted(repository), lambda _done, _of: None)
    size = sum(path.stat().st_size for path in repository.list_wal(backup)) / MIB
    say(f"restore of {backup.bytes / MIB:.0f} MiB with {size:.0f} MiB of WAL: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
