"""What a command finds of an installation: where its servers are, and whether a supervisor has it running."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from pydantic import BaseModel, Field

from deploy.keys import store_secret
from deploy.local.errors import HomeBusyError, HomeError
from deploy.local.launcher import lock
from deploy.local.postgres import Postgres
from deploy.local.process import arguments_of
from services.platform.database import PLATFORM_SCHEMA, Database


class Address(BaseModel, frozen=True):
    """Where everything is while a supervisor runs. `urls` by service."""

    admin_dsn: str = Field(repr=False)
    bootstrap: str
    urls: Mapping[str, str]


class Access(BaseModel, frozen=True):
    """A way to the database; `address` is None when nothing but PostgreSQL runs, and that only for us."""

    admin_dsn: str = Field(repr=False)
    address: Address | None = None


RESTORING = "restore"
"""The folder in a home where a restore works."""


def refuse_half_restored(home: Path) -> None:
    """Raises `HomeError` where a restore was ended while it took the place of the data: a start would begin empty."""
    if (home / RESTORING).exists() and not (home / "postgres" / "data").exists():
        raise HomeError(
            f"{home} 上的恢复没有做完，请再次运行 liandong restore。",
            f"A restore of {home} was not finished; run `liandong restore` again.",
        )


def make_home(home: Path) -> Path:
    """The data folder by its real path, made when it is not there."""
    home = home.resolve()
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o711)  # the unprivileged user of PostgreSQL passes through
    for name in ("logs", "run"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    return home


def store_address(home: Path, address: Address) -> None:
    store_secret(_file(home), address.model_dump_json())


def forget_address(home: Path) -> None:
    _file(home).unlink(missing_ok=True)


def find_address(home: Path) -> Address | None:
    """Where everything is; None when no supervisor runs on this home, or it has not got so far."""
    with suppress(FileNotFoundError):
        if _is_running(home):
            return Address.model_validate_json(_file(home).read_text())
    return None


def find_processes(home: Path) -> dict[str, int]:
    """The process ids by name: servers first, then services. A file whose process has ended is passed over."""
    home = home.resolve()  # as `make_home` gives it to the processes
    named = {"PostgreSQL": home / "postgres" / "pid"}
    named |= {f"Kafka {folder.name.removeprefix('node-')}": folder / "pid" for folder in _nodes(home)}
    named |= {file.stem: file for file in sorted((home / "run").glob("*.pid"))}
    return {name: pid for name, file in named.items() if (pid := _living(file, home)) is not None}


@asynccontextmanager
async def access(home: Path) -> AsyncIterator[Access]:
    """The database of a home, also when nothing runs: then PostgreSQL alone is started for as long as it is needed.

    Raises:
        HomeError: there is no data; `HomeBusyError` when a supervisor is just starting or stopping.
        LocalError: PostgreSQL does not start.
    """
    configured = os.environ.get("LIANDONG_POSTGRES_DSN", "")
    refuse_half_restored(home)
    if not configured and not (home / "postgres" / "data").exists():
        raise HomeError(f"{home} 没有数据，请先运行 liandong up。", f"{home} holds no data; run `liandong up` first.")
    if address := find_address(home):
        yield Access(admin_dsn=address.admin_dsn, address=address)
        return
    with lock(make_home(home)):
        if configured:
            yield Access(admin_dsn=configured)
        else:
            async with Postgres(home / "postgres") as postgres:
                yield Access(admin_dsn=postgres.dsn)


@asynccontextmanager
async def administrator(dsn: str, schema: str = PLATFORM_SCHEMA) -> AsyncIterator[Database]:
    """The tables of one schema, with the administrator's role."""
    db = Database(dsn, schema, size=2)
    await db.open()
    try:
        yield db
    finally:
        await db.close()


def _is_running(home: Path) -> bool:
    try:
        lock(home).close()
    except HomeBusyError:
        return True
    return False


def _nodes(home: Path) -> list[Path]:
    return sorted((home / "kafka").glob("node-*"))


def _living(file: Path, home: Path) -> int | None:
    with suppress(OSError, ValueError):
        pid = int(file.read_text())
        if any(str(home) in argument for argument in arguments_of(pid)):
            return pid
    return None


def _file(home: Path) -> Path:
    return home / "run" / "address.json"
