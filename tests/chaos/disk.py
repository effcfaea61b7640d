"""A small disk of its own for one folder, where we may mount one: so that it can be full."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

MIB: Final = 1024**2
SIZE_MIB: Final = 512
FILLER: Final = "filler"


def may_mount() -> bool:
    return os.geteuid() == 0 and shutil.which("mount") is not None


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[Path]:
    """Mount it for a while; without the right to, the folder is as it is. Raises `OSError` when mounting fails."""
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - ASYNC240
    if not may_mount():
        yield folder
        return
    await _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m,mode=0711", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        await _run("umount", str(folder))


def fill(folder: Path) -> int:
    """Write until nothing more fits; the answer is how many bytes did. Only ever on a disk of our own."""
    assert folder.is_mount(), "a disk of our own"
    with (folder / FILLER).open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(MIB // 64))
        except OSError:
            return file.tell()


def empty(folder: Path) -> None:
    (folder / FILLER).unlink(missing_ok=True)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait():
        raise OSError(f"{command[0]} failed with status {process.returncode}")
