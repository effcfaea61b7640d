"""PostgreSQL and Kafka for whoever needs them: the configured ones, else our own on this machine."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres


@dataclass(frozen=True)
class Infrastructure:
    """Where the two are; `postgres` and `kafka` are set where we started them ourselves."""

    postgres_dsn: str
    kafka_bootstrap: str
    postgres: Postgres | None = None
    kafka: Kafka | None = None


@asynccontextmanager
async def infrastructure(home: Path, *, kafka_nodes: int = 1) -> AsyncIterator[Infrastructure]:
    """Both, ready; what was started here is stopped at the end and keeps its data in `home`.

    `LIANDONG_POSTGRES_DSN` and `LIANDONG_KAFKA_BOOTSTRAP` name servers to use instead: each starts nothing.

    Raises:
        LocalError: see `deploy.local.errors`.
    """
    dsn, bootstrap = os.environ.get("LIANDONG_POSTGRES_DSN", ""), os.environ.get("LIANDONG_KAFKA_BOOTSTRAP", "")
    postgres = None if dsn else Postgres(home / "postgres")
    kafka = None if bootstrap else Kafka(home / "kafka", nodes=kafka_nodes)
    ours = [server for server in (postgres, kafka) if server]
    try:
        await _all_started(ours)
        yield Infrastructure(
            postgres_dsn=postgres.dsn if postgres else dsn,
            kafka_bootstrap=kafka.bootstrap if kafka else bootstrap,
            postgres=postgres,
            kafka=kafka,
        )
    finally:
        await asyncio.gather(*(server.stop() for server in ours))


async def _all_started(servers: list[Postgres | Kafka]) -> None:
    """Waits for every start, also when one fails: none may still be starting while they are stopped."""
    results = await asyncio.gather(*(server.start() for server in servers), return_exceptions=True)
    for failure in results:
        if isinstance(failure, BaseException):
            raise failure
