"""How the commands speak: lines on standard output, what went wrong on standard error."""

import sys
from collections.abc import Iterable
from typing import NoReturn

from rich.console import Console
from rich.table import Table


def say(lines: Iterable[str | Table]) -> None:
    out = Console(soft_wrap=True)
    for line in lines:
        out.print(line, markup=False, highlight=False)


def fail(message: str) -> NoReturn:
    """Say what is wrong and exit with 1."""
    Console(stderr=True, soft_wrap=True).print(message, style="red", markup=False, highlight=False)
    sys.exit(1)
