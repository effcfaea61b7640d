"""PostgreSQL and Kafka for whoever needs them: the configured ones, else our own on this machine."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.launcher import Launcher
from deploy.local.postgres import Postgres


@dataclass(frozen=True)
class Infrastructure:
    """Where the two are; `postgres` and `kafka` are set where we started them ourselves."""

    postgres_dsn: str
    kafka_bootstrap: str
    postgres: Postgres | None = None
    kafka: Kafka | None = None


@asynccontextmanager
async def infrastructure(
    home: Path, *, kafka_nodes: int = 1, postgres_settings: Mapping[str, str] | None = None
) -> AsyncIterator[Infrastructure]:
    """Both, ready; what was started here is stopped at the end and keeps its data in `home`.

    `LIANDONG_POSTGRES_DSN` and `LIANDONG_KAFKA_BOOTSTRAP` name servers to use instead: each starts nothing.

    Raises:
        LocalError: see `deploy.local.errors`.
    """
    _make(home)
    dsn, bootstrap = os.environ.get("LIANDONG_POSTGRES_DSN", ""), os.environ.get("LIANDONG_KAFKA_BOOTSTRAP", "")
    postgres = None if dsn else Postgres(home / "postgres", settings=postgres_settings)
    kafka = None if bootstrap else Kafka(home / "kafka", nodes=kafka_nodes)
    ours: list[Launcher] = [launcher for launcher in (postgres, kafka) if launcher]
    try:
        await _start_all(ours)
        yield Infrastructure(
            postgres_dsn=postgres.dsn if postgres else dsn,
            kafka_bootstrap=kafka.bootstrap if kafka else bootstrap,
            postgres=postgres,
            kafka=kafka,
        )
    finally:
        await asyncio.gather(*(launcher.stop() for launcher in ours))


def _make(home: Path) -> None:
    """Whatever the umask, servers of unprivileged users must pass through."""
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o711)


async def _start_all(launchers: list[Launcher]) -> None:
    """Waits for every start, also when one fails: none may still be starting while they are stopped."""
    results = await asyncio.gather(*(launcher.start() for launcher in launchers), return_exceptions=True)
    for failure in results:
        if isinstance(failure, BaseException):
            raise failure
