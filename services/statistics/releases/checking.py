"""Keeps back what must be, and attacks what is left; in processes of their own, because it computes for up to minutes.

Nothing ties the counts of one number of an indicator to those of another, so each processor takes its share of them.
"""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final
from zlib import crc32

from services.statistics.disclosure.attack import LeakError, refuse_leaks
from services.statistics.disclosure.errors import DisclosureError, OutOfTimeError
from services.statistics.disclosure.model import Cell, Key, Release
from services.statistics.disclosure.protect import protect
from services.statistics.disclosure.solver import Budget
from services.statistics.releases.errors import RefusedError

SECONDS: Final = 120.0


def check(history: Sequence[Release], grid: Release, seconds: float = SECONDS) -> Release:
    """The grid with what may be shown, proved not to leak together with everything that went out before.

    Raises `RefusedError`: `leak` with the offending difference, `out_of_time`, or `contradiction`.
    """
    budget = Budget(seconds)
    try:
        release = protect(history, grid, budget)
        refuse_leaks([*history, release], budget)
    except DisclosureError as error:
        raise RefusedError(_code(error), error.zh, error.en) from error
    return release


def _code(error: DisclosureError) -> str:
    known: dict[type[DisclosureError], str] = {LeakError: "leak", OutOfTimeError: "out_of_time"}
    return known.get(type(error), "contradiction")


async def check_apart(history: Sequence[Release], grid: Release, seconds: float = SECONDS) -> Release:
    """The same, without holding up whoever waits. Raises the same."""
    processes = os.cpu_count() or 1
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        shares = zip(*(_deal(release, processes) for release in (*history, grid)), strict=True)
        checks = [loop.run_in_executor(pool, check, past, now, seconds) for *past, now in shares]
        checked = await asyncio.gather(*checks)
    return grid.showing(key for share in checked for key in share.published)


def _deal(release: Release, hands: int) -> list[Release]:
    """Every release is dealt alike, so that each hand has the whole history of its numbers."""
    dealt: list[dict[Key, Cell]] = [{} for _ in range(hands)]
    for key, cell in release.cells.items():
        dealt[crc32(f"{key.indicator}/{key.part}".encode()) % hands][key] = cell
    return [Release(release.name, cells) for cells in dealt]
