"""A folder with servers in it, and the one launcher that may use it."""

import fcntl
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from deploy.local.errors import HomeBusyError

READY_SECONDS = 120


class Launcher(ABC):
    """Starts and stops the servers of one folder; as a context manager it stops them also when the start fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None

    @abstractmethod
    async def start(self, *, seconds: float = READY_SECONDS) -> None:
        """Start what does not run and wait until it is ready."""

    async def stop(self) -> None:
        """Stop what runs and leave the folder to others; the data stays."""
        await self._stop_servers()
        if self._lock:
            self._lock.close()
            self._lock = None

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @abstractmethod
    async def _stop_servers(self) -> None: ...

    def _take_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or lock(self.folder)


def lock(folder: Path) -> IO[str]:
    """Take the folder for this launcher until the returned file is closed, or this process dies.

    Raises:
        HomeBusyError: another launcher has it.
    """
    file = (folder / "lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise HomeBusyError(
            f"数据目录 {folder} 正被另一个联动进程使用。请先停止它,或用 LIANDONG_HOME 指定其他目录。",
            f"Another Liandong process uses {folder}. Stop it first, or set LIANDONG_HOME to another folder.",
        ) from None
    return file


def keep(path: Path, make: Callable[[], str]) -> str:
    """What `make` returned when this was first asked for; only the owner can read the file."""
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(make())
        draft.replace(path)
    return path.read_text()
