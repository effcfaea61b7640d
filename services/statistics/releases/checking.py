"""Keeps back what must be, and attacks what is left; in processes of their own, because it computes for up to minutes.

Numbers of indicators that count the same members are tied, the others are not; each processor takes its share of them.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Final
from zlib import crc32

from services.statistics.disclosure.attack import LeakError, refuse_leaks
from services.statistics.disclosure.errors import DisclosureError, OutOfTimeError
from services.statistics.disclosure.model import Release
from services.statistics.disclosure.protect import protect
from services.statistics.disclosure.solver import Budget
from services.statistics.disclosure.system import join
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
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        shares = deal([*history, grid], processes)
        checks = [loop.run_in_executor(pool, check, past, now, seconds) for *past, now in shares]
        checked = await asyncio.gather(*checks)
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)  # one share refuses while others still think
    return grid.showing(key for share in checked for key in share.published)


def deal(releases: Sequence[Release], hands: int) -> list[list[Release]]:
    """What each hand gets of every release: the whole history of its numbers, and of those that count the same."""
    names = sorted({(key.indicator, key.part) for release in releases for key in release.cells})
    number = {name: at for at, name in enumerate(names)}
    groups = [
        [number[count[:2]] for count in group if count[:2] in number] for release in releases for group in release.alike
    ]
    roots = join(len(names), groups)
    hand = {name: crc32("/".join(names[roots[at]]).encode()) % hands for name, at in number.items()}
    return [[_only(release, hand, one) for release in releases] for one in range(hands)]


def _only(release: Release, hand: Mapping[tuple[str, str], int], one: int) -> Release:
    cells = {key: cell for key, cell in release.cells.items() if hand[key.indicator, key.part] == one}
    return replace(release, cells=cells)
