"""PostgreSQL: a pool that lives in one schema, named queries, migrations.

Callers see asyncpg's errors. Ours is MigrationError.
"""

import asyncio
import os
import re
import sysconfig
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from services.platform.failpoints import reach

if TYPE_CHECKING:
    Connection = PoolConnectionProxy[asyncpg.Record]
    RawConnection = asyncpg.Connection[asyncpg.Record]
else:  # the classes themselves take no parameter
    Connection = PoolConnectionProxy
    RawConnection = asyncpg.Connection
Row = asyncpg.Record

Isolation = Literal["read_committed", "repeatable_read", "serializable"]

PLATFORM_SCHEMA: Final = "platform"

CONNECT_SECONDS: Final = 10
"""Who takes a connection and does not answer is asked anew; the library's own patience is a minute."""

_SESSION: Final = {
    "timezone": "Asia/Shanghai",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "15s",
    "jit": "off",
    "temp_buffers": "128MB",  # for work tables; taken only as they grow
}


class MigrationError(RuntimeError):
    """dbmate refused; the text is its own."""


class Database:
    """The tables of one service, and behind them the shared tables of the schema `platform`.

    `after_commit` holds what wants to run when a transaction of this process has been committed.
    """

    def __init__(self, dsn: str, schema: str, *, namespace: str = "", size: int = 8) -> None:
        self.schema = namespace + schema
        self.after_commit: list[Callable[[], None]] = []
        self._dsn = dsn
        self._size = size
        self._search_path = f'"{self.schema}", "{namespace}{PLATFORM_SCHEMA}"'
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Raises `OSError` or `asyncpg.PostgresError` when the server does not answer."""
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=self._size,
            init=set_codecs,
            reset=_keep,
            timeout=CONNECT_SECONDS,
            command_timeout=30,
            statement_cache_size=400,  # statistics has a statement for every number
            server_settings={**_SESSION, "search_path": self._search_path, "application_name": self.schema},
        )

    async def close(self) -> None:
        """Wait at most 5 s for connections in use, then cut them."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), timeout=5)
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """For reading: no transaction around it."""
        if self._pool is None:
            raise asyncpg.InterfaceError("the database is not open")
        async with self._pool.acquire(timeout=10) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self, isolation: Isolation | None = None) -> AsyncIterator[Connection]:
        async with self.connection() as connection, connection.transaction(isolation=isolation):
            yield connection
            reach("before_commit")
        reach("after_commit")
        for hook in self.after_commit:
            hook()


async def _keep(connection: RawConnection | Connection) -> None:
    """Nothing to reset: no session state outlives a transaction here, and resetting costs a round trip each time."""


async def set_codecs(connection: RawConnection | Connection) -> None:
    # Binary, because COPY knows no text codecs.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )


def is_infrastructure(error: BaseException) -> bool:
    """True when the same transaction may well succeed later, so trying again is right and quarantine is wrong.

    An error of a service's own says so of itself with a class attribute `try_again = True`.
    """
    return getattr(type(error), "try_again", False) is True or isinstance(
        error,
        OSError  # refused, reset, and TimeoutError
        | asyncpg.PostgresConnectionError
        | asyncpg.InterfaceError
        | asyncpg.InternalClientError  # the driver lost its place on a connection that was cut; the next one is sound
        | asyncpg.TransactionRollbackError
        | asyncpg.InsufficientResourcesError
        | asyncpg.OperatorInterventionError
        | asyncpg.ObjectNotInPrerequisiteStateError
        | asyncpg.PostgresSystemError
        | asyncpg.ReadOnlySQLTransactionError
        | asyncpg.IdleInTransactionSessionTimeoutError,
    )


class Queries:
    """The named queries of one `queries.sql`: `q.find_case` is SQL text. Raises `AttributeError` for no such name."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def __getattr__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"no query named {name}") from None

    def __iter__(self) -> Any:
        return iter(self._texts.items())


def queries(package: str) -> Queries:
    """Load `queries.sql` of a package. A query is `-- name: find_case`, a line `-- what it is for`, and the SQL.

    Raises `ValueError` for a name given twice or a text without a name.
    """
    text = files(package).joinpath("queries.sql").read_text()
    head, *parts = re.split(r"(?m)^-- name: *(\w+)\s*$", text)
    if _sql_of(head):
        raise ValueError(f"{package}: SQL before the first name")
    names = parts[::2]
    if len(set(names)) < len(names):
        raise ValueError(f"{package}: a query name is used twice")
    return Queries({name: _sql_of(part) for name, part in zip(names, parts[1::2], strict=True)})


def _sql_of(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--")).strip().rstrip(";")


async def migrate(dsn: str, schema: str, *directories: Path) -> None:
    """Bring `schema` up to date. Each directory keeps its own list of what it applied, named after its parent.

    Raises `MigrationError`.
    """
    for directory in directories:
        await _dbmate(dsn, schema, directory)


async def _dbmate(dsn: str, schema: str, directory: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        str(Path(sysconfig.get_path("scripts")) / "dbmate"),
        *("--migrations-dir", str(directory)),
        *("--migrations-table", f"{schema}.{directory.parent.name}_migrations"),
        *("--no-dump-schema", "--migration-lock", "migrate"),
        env={**os.environ, "DATABASE_URL": _with_search_path(dsn, schema)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise MigrationError(f"{schema}, {directory.parent.name}: {output.decode(errors='replace').strip()}")


def _with_search_path(dsn: str, schema: str) -> str:
    url = urlsplit(dsn)
    options = {"sslmode": "disable", **dict(parse_qsl(url.query)), "search_path": schema}
    return urlunsplit(url._replace(query=urlencode(options)))
