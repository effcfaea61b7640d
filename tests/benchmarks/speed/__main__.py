"""`make bench`: everything that is claimed about speed, in one go on the same servers, into the ledger."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.console import Console

from tests.benchmarks.speed import ledger
from tests.benchmarks.speed.rig import open_rig
from tests.benchmarks.speed.session import Session, Sizes, describe, find_commit
from tests.folders import open_folder

ROUNDS: Final = ("copy", "raw", "system", "obvious", "dbos", "camunda", "rebuild")
"""Once in every round."""

ONCE: Final = ("latency", "queues", "loaded", "steady")


def main(
    *,
    reports: Annotated[int, typer.Option(help="Reports of a run.")] = 10_000,
    repeats: Annotated[int, typer.Option(help="Rounds; the figures are medians.")] = 5,
    loaded_cases: Annotated[
        int, typer.Option(help="Cases in the loaded tables, as far as the disk has room.")
    ] = 2_000_000,
    queue: Annotated[int, typer.Option(help="Open items of the long queue.")] = 1_000_000,
    log: Annotated[int, typer.Option(help="Facts to rebuild from.")] = 100_000,
    latency_seconds: Annotated[int, typer.Option(help="How long each steady rate is held.")] = 20,
    steady_rate: Annotated[int, typer.Option(help="Reports a second of the long run.")] = 200,
    steady_minutes: Annotated[int, typer.Option(help="How long it is held.")] = 30,
    only: Annotated[str, typer.Option(help="Some of the parts, with commas between.")] = "",
    remarks: Annotated[str, typer.Option(help="What a reader of the ledger must know of this run.")] = "",
    keep: Annotated[bool, typer.Option(help="Append to the ledger and write the README's table.")] = True,
) -> None:
    """Measure and print."""
    sizes = Sizes(
        *(reports, repeats, min(500, reports), loaded_cases, queue, log, latency_seconds),
        steady_rate=steady_rate,
        steady_minutes=steady_minutes,
    )
    parts = tuple(only.split(",")) if only else (*ROUNDS, *ONCE)
    entry = asyncio.run(measure(sizes, parts, Console(width=160)))
    entry.remarks = remarks
    Console(width=160).print(ledger.into_text(entry))
    if keep:
        ledger.append(entry)
        ledger.write_readme()


async def measure(sizes: Sizes, parts: tuple[str, ...], console: Console) -> ledger.Entry:
    """One entry, not yet in the ledger."""
    with open_folder() as home:
        async with open_rig(home) as rig:
            about = {"reports": sizes.reports, "repeats": sizes.repeats}
            entry = ledger.Entry(at=datetime.now(UTC), commit=find_commit(), machine=await describe(rig), sizes=about)
            session = Session(rig, sizes, entry, console)
            try:
                await session.begin()
                for part in (*ROUNDS * sizes.repeats, *ONCE):
                    if part in parts:
                        await _method(session, part)()
            finally:  # whatever happens, what was measured can be read
                console.print(entry.model_dump_json(exclude_defaults=True))
    return entry


def _method(session: Session, part: str) -> Callable[[], Awaitable[None]]:
    method: Callable[[], Awaitable[None]] = getattr(session, part)
    return method


if __name__ == "__main__":
    typer.run(main)
