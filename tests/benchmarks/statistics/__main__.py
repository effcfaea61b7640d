"""What the statistics of a large city cost: `python -m tests.benchmarks.statistics [year|rebuild|visible]`.

*year*: a city's year of a million cases is worked out, proposed, signed off and exported in every format; beside it
plain SQL over the same rows. *rebuild*: facts of the engine are read and worked out, beside COPY of the same rows.
*visible*: the service on a real broker at 500 facts a second, from the broker's acknowledgement to the member's commit.
PostgreSQL with `fsync` on; the goals are in docs/benchmarks.md. Without a name all three run.
"""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from tests.benchmarks.speed.machine import describe_machine
from tests.benchmarks.statistics import rebuild, visible, year


async def measure(what: str, cases: int) -> None:
    console = Console(width=120)
    console.print(describe_machine())
    if what in {"rebuild", "all"}:
        console.print(await rebuild.measure())
    if what in {"visible", "all"}:
        console.print(await visible.measure())
    if what in {"year", "all"}:
        console.print(await year.measure(cases))
    console.print(describe_machine())


def main(what: Annotated[str, typer.Argument()] = "all", cases: int = 1_000_000) -> None:
    asyncio.run(measure(what, cases))


if __name__ == "__main__":
    typer.run(main)
