"""The yearly releases: keepers state their figures, one office proposes, another signs off, and the files are written.

All but the files goes over HTTP with the tokens of whoever does it.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby, product
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, get_args

import httpx

from contracts.base import Region, UnitId
from contracts.releases import Cell, Release
from deploy.demo.hub import until_taken
from deploy.demo.keepers import FOUND_RIGHT_BY, YEAR, report_values, state_denominators
from deploy.demo.scenario import END
from deploy.installation import administrator
from deploy.supervisor import System
from deploy.units import CITIES
from services.statistics.export import table
from services.statistics.releases import reading
from services.statistics.releases.cells import count_statuses
from services.statistics.releases.checking import SECONDS
from services.statistics.releases.files import Format, make
from services.statistics.releases.grid import Scope

PERIOD: Final = str(YEAR)
PROPOSED_BY: Final = "tj-01"
SIGNED_BY: Final = "fe-07"

OnStep = Callable[[str, int, int], None]
"""What is being done, steps done, steps in all."""


class StatisticsRefusedError(RuntimeError):
    """Statistics did not take what the demonstration told it; the answer is in the message."""


async def publish_year(system: System, folder: Path, on_step: OnStep) -> dict[str, Any]:
    """Publish the year of every city, one after the other, and write `folder`/<city>/. The figures have no wall times.

    On the last day some windows still run (复发 until the next 31 March), so these are provisional editions.
    Raises `StatisticsRefusedError`, `httpx.HTTPError`.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=SECONDS + 60) as http:
        desk = _Desk(http, system, folder)
        steps = {
            "填报 / figures stated": desk.state,
            "提出、检验 / proposed and checked": desk.propose,
            "签发 / signed off": desk.sign,
            "导出 / files": desk.export,
        }
        todo = list(product(CITIES, steps))
        for done, (city, what) in enumerate(todo):
            on_step(f"{table.place_zh(city)} {PERIOD} {what}", done, len(todo))
            await steps[what](city)
    on_step("年度发布 / the year's releases", len(todo), len(todo))
    return desk.published


class _Desk:
    """The statistics service as its users know it; and what was published, city by city."""

    def __init__(self, http: httpx.AsyncClient, system: System, folder: Path) -> None:
        self._http, self._system, self._folder = http, system, folder
        self.published: dict[str, Any] = {}

    async def state(self, city: Region) -> None:
        """Each keeper its own figures; of the plans' rows the committee signs off those that a second person saw."""
        await self._state("/denominators", state_denominators(city))
        values = list(report_values(city))
        await self._state("/external", (said for said, _ in values))
        committee = f"womens-children-committee@{city}"
        for said, right in values:
            if right:
                path = f"/external/{said['target']}/{YEAR}/sign-off"
                await self._ask(path, committee, {"revision": 1, "worker": FOUND_RIGHT_BY})

    async def _state(self, path: str, statements: Iterable[dict[str, Any]]) -> None:
        by_unit = sorted(statements, key=itemgetter("unit"))
        for unit, said in groupby(by_unit, key=itemgetter("unit")):
            await self._ask(path, unit, {"statements": list(said)})

    async def propose(self, city: Region) -> None:
        body = {"worker": PROPOSED_BY, "provisional": True}
        await self._ask(f"/releases/{city}/{PERIOD}/proposal", f"statistics@{city}", body)

    async def sign(self, city: Region) -> None:
        committee = f"womens-children-committee@{city}"
        await self._ask(f"/releases/{city}/{PERIOD}/signature", committee, {"worker": SIGNED_BY})

    async def export(self, city: Region) -> None:
        """What was published; its files are those of `liandong indicators export`, in every format."""
        async with administrator(self._system.admin_dsn, "statistics") as db, db.connection() as conn:
            edition = await reading.get_published(conn, Scope(city, PERIOD), END.date())
            release = await reading.get_release(conn, edition)
        for format_ in get_args(Format):
            await asyncio.to_thread(_write, self._folder / city, make(format_, edition.frozen, [release]))
        self.published[city] = summarize(release)

    async def _ask(self, path: str, unit: UnitId, body: Any) -> None:
        headers = {"authorization": f"Bearer {self._system.tokens[unit]}"}
        url = self._system.urls["statistics"] + path
        answer = await until_taken(lambda: self._http.post(url, headers=headers, json=body))
        if not answer.is_success:
            raise StatisticsRefusedError(f"{unit} {path}: {answer.status_code} {answer.text[:1000]}")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def summarize(release: Release) -> dict[str, Any]:
    """The city's own numbers, how many cells of the release there are of each status, and a hash of all of them."""
    cells = [cell.model_dump_json() for _, cell in table.ordered(release)]
    own = table.own_cells(release)
    return {
        "edition": release.edition,
        "statuses": count_statuses(release.cells),
        "cells": hashlib.sha256("\n".join(cells).encode()).hexdigest(),
        "numbers": [
            {"title_zh": definition.title_zh, "unit_zh": definition.unit_zh, **_figures(own[definition.key])}
            for definition in release.definitions
            if definition.key in own
        ],
    }


def _figures(cell: Cell) -> dict[str, Any]:
    return cell.model_dump(mode="json", include={"indicator", "part", "status", "numerator", "denominator", "value"})
