"""How the commands speak: lines on standard output, what went wrong on standard error."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.platform.database import is_infrastructure


def say(lines: Iterable[str | Table]) -> None:
    out = Console(soft_wrap=True)
    for line in lines:
        if isinstance(line, Table):
            for column in line.columns:
                column.overflow = "fold"  # what is cut off cannot be copied
        out.print(line, markup=False, highlight=False)


def fail(message: str) -> NoReturn:
    """Say what is wrong and exit with 1."""
    Console(stderr=True, soft_wrap=True).print(message, style="red", markup=False, highlight=False)
    sys.exit(1)


@contextmanager
def waiting(for_what: str) -> Iterator[None]:
    """Says on standard error what is being done, and to a terminal for how long already."""
    err = Console(stderr=True, soft_wrap=True)
    if not err.is_terminal:
        err.print(for_what)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        progress.add_task(for_what, total=None)
        yield


@contextmanager
def writing(to: Path) -> Iterator[None]:
    """Ends the command where it cannot write."""
    try:
        yield
    except OSError as error:
        fail(f"无法写入 / cannot write {to}: {error}")


@contextmanager
def trying_once() -> Iterator[None]:
    """Ends the command where a server is busy, or where somebody else was quicker; its transaction is undone."""
    try:
        yield
    except Exception as error:
        if not is_infrastructure(error):
            raise
        zh = "数据库繁忙，或有人同时办理；没有保存任何内容，请再试一次。"
        fail(f"{zh} / Busy, or somebody else was quicker; nothing was stored, try again. ({type(error).__name__})")
