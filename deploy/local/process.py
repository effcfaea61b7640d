"""Server processes that we start: until they are ready, until they end, and what a crash of ours left running."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.errors import ServerError

POLL_SECONDS = 0.02
LOG_LINES = 20


@dataclass
class Server:
    """One server process and the folder that holds its log and its process id.

    `mark` is the argument of the command that no other process has (a path of the folder): by it a process that a
    killed launcher left behind is told from a stranger that got the same process id.
    """

    name: str
    folder: Path
    mark: str
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30
    user: int | None = None
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The process id while the server runs."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        """Whether the process lives; says nothing about readiness."""
        return self._process is not None and self._process.returncode is None

    @property
    def log(self) -> Path:
        """What the process printed since it was started; the run before is kept beside it."""
        return self.folder / "console.log"

    async def spawn(self, command: Sequence[str]) -> None:
        """Start the process, after stopping what a killed launcher left running on the folder."""
        await self.stop_leftover()
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._tied_to_us(),
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.environment,
                start_new_session=True,  # Ctrl-C is for the launcher, which stops its servers in order
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )
        self._pid_file.write_text(str(self._process.pid))

    async def until_ready(self, probe: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Wait until the probe says yes.

        Raises:
            ServerError: the process ended, or `seconds` went by; the message ends with its last log lines.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise self.failure("启动时退出", "ended while starting")
            if await probe():
                return
            await asyncio.sleep(POLL_SECONDS)
        raise self.failure(f"{seconds:.0f} 秒内未就绪", f"was not ready within {seconds:.0f} s")

    def failure(self, chinese: str, english: str) -> ServerError:
        """The error for this server, with the end of its log."""
        return ServerError(
            f"{self.name} {chinese}。", f"{self.name} {english}; {self.log} ends with:\n{self.log_tail()}"
        )

    def log_tail(self) -> str:
        """The last lines the process printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])

    async def wait(self) -> int | None:
        """The exit status once the process ended; None when it was never started."""
        return await self._process.wait() if self._process else None

    async def stop(self) -> None:
        """Ask the process to end, and end it after `stop_seconds`."""
        if (pid := self.pid) is not None:
            await self._end(pid, lambda: not self.running)

    async def kill(self) -> None:
        """End the process as a crash would (kill -9)."""
        if self._process and self.running:
            self._process.kill()
            await self._process.wait()

    def _tied_to_us(self) -> list[str]:
        """The prefix by which the kernel stops the server when the launcher dies, where util-linux is there to say so.

        The launcher is, to the kernel, the thread that called `spawn`.
        """
        tool = shutil.which("setpriv")
        return [tool, "--pdeathsig", self.stop_signal.name.removeprefix("SIG"), "--"] if tool else []

    async def stop_leftover(self) -> None:
        """End what a killed launcher left running on the folder."""
        pid = self._find_leftover()
        if pid is not None:
            await self._end(pid, lambda: self._find_leftover() is None)

    def _find_leftover(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text())
            if self.mark in arguments_of(pid):
                return pid
        return None

    async def _end(self, pid: int, ended: Callable[[], bool]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, self.stop_signal)
            if not await _becomes(ended, seconds=self.stop_seconds):
                os.kill(pid, signal.SIGKILL)
                await _becomes(ended, seconds=self.stop_seconds)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"


async def run(command: Sequence[str], *, user: int | None = None) -> None:
    """Run a tool to its end.

    Raises:
        ServerError: it failed; the message ends with what it printed.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        tail = "\n".join(output.decode(errors="replace").splitlines()[-LOG_LINES:])
        tool = Path(command[0]).name
        raise ServerError(f"{tool} 执行失败。", f"{tool} failed with status {process.returncode}:\n{tail}")


def arguments_of(pid: int) -> list[str]:
    """The command line of a process; empty when it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    return []


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that nobody else is given while this process lives.

    Whoever was given it may take a while to listen, so it stays bound: that keeps everybody away but a server, which
    says SO_REUSEADDR.

    Not one of the kernel's choice: those lie in the range of outgoing connections, where a client that calls a
    stopped server again and again can end up connected to itself and keep the server from its own port.
    """
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.bind(("127.0.0.1", port))
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.detach()
            return port


async def _becomes(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True
