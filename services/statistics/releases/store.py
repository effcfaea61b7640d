"""The tables of releases."""

import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from contracts.releases import Cell
from services.platform.database import Connection, Row, queries
from services.statistics.disclosure.model import Release as Checked
from services.statistics.releases import grid
from services.statistics.releases.edition import (
    Edition,
    Frozen,
    Person,
    pack_cells,
    pack_grid,
    unpack_cells,
    unpack_grid,
)
from services.statistics.releases.grid import Scope, Waits

q = queries("services.statistics.releases")

MINUTES: Final = 600
"""A year of a million cases is copied in one statement."""


async def list_rows(conn: Connection, scope: Scope) -> list[grid.Row]:
    """All cells of the city's whole year, also for a half."""
    rows = await conn.fetch(q.list_rows, scope.year, scope.counties, timeout=MINUTES)
    read = cache(json.loads)  # there are few different ones
    return [grid.Row(**{**row, "dimensions": read(row["dimensions"])}) for row in rows]


async def list_waiting(conn: Connection, scope: Scope, day: date) -> list[Waits]:
    """Of the city's whole year: what waits in one half waits in the year."""
    rows = await conn.fetch(q.list_waiting, scope.year, scope.counties, day, timeout=MINUTES)
    return [Waits(**row) for row in rows]


async def list_medians(conn: Connection, scope: Scope) -> dict[tuple[str, str, str], float]:
    rows = await conn.fetch(q.list_medians, scope.year, scope.counties, scope.halves, timeout=MINUTES)
    return {(row["indicator"], row["part"], row["region"] or scope.city): row["median"] for row in rows}


async def list_editions(conn: Connection, scope: Scope) -> list[Edition]:
    """Oldest first; the last may be a draft or a proposal."""
    return [_edition(row) for row in await conn.fetch(q.list_editions, *scope)]


async def find_published(conn: Connection, scope: Scope, edition: int | None = None) -> Edition | None:
    """A published edition, by default the newest."""
    found = [one for one in await list_editions(conn, scope) if one.stage == "published"]
    return next((one for one in reversed(found) if edition in {None, one.edition}), None)


async def find_proposal(conn: Connection, scope: Scope) -> Edition | None:
    found = [one for one in await list_editions(conn, scope) if one.stage == "proposed"]
    return found[-1] if found else None


async def get_content(conn: Connection, release: int) -> tuple[Checked, tuple[Cell, ...]]:
    """The counts and the cells of a proposal or of a published edition."""
    row = await conn.fetchrow(q.find_content, release)
    assert row is not None
    return unpack_grid(row["grid"]), unpack_cells(row["cells"])


async def list_history(conn: Connection, scope: Scope) -> dict[int, Checked]:
    """All that was published and shares counts with the city's year: of its prefecture, in any edition and half."""
    return {row["id"]: unpack_grid(row["grid"]) for row in await conn.fetch(q.list_history, *scope)}


async def list_history_ids(conn: Connection, scope: Scope) -> tuple[int, ...]:
    return tuple(row["id"] for row in await conn.fetch(q.list_history_ids, *scope))


async def list_wordings(conn: Connection) -> dict[tuple[str, str, int], dict[str, object]]:
    """How each version of a definition that was ever published was worded."""
    frozen = [json.loads(row["figures"]) for row in await conn.fetch(q.list_wordings)]
    return {(one["indicator"], one["part"], one["version"]): one["wording"] for figures in frozen for one in figures}


async def lock_releases(conn: Connection) -> None:
    await conn.execute(q.lock_releases)


async def store_draft(conn: Connection, draft: Edition) -> int:
    """With all members as they are now, in place of what was proposed before and not signed. The answer is its id."""
    scope = Scope(draft.region, draft.period)
    await conn.execute(q.delete_unpublished, *scope)
    about = (draft.region, draft.period, draft.edition, draft.reason, *draft.proposed, draft.proposed_on)
    frozen = draft.frozen.model_dump_json()
    release: int = await conn.fetchval(q.store_draft, *about, list(draft.history), frozen)
    await conn.execute(q.store_members, release, scope.year, scope.counties, scope.halves, timeout=MINUTES)
    return release


async def store_proposal(conn: Connection, release: int, counts: Checked, cells: Sequence[Cell]) -> bool:
    """False when the draft is no longer there."""
    done: str = await conn.execute(q.store_proposal, release, pack_grid(counts), pack_cells(cells))
    return done.endswith(" 1")


async def delete_draft(conn: Connection, release: int) -> None:
    await conn.execute(q.delete_draft, release)


async def store_published(conn: Connection, release: int, by: Person, on: date) -> None:
    await conn.execute(q.publish, release, *by, on)


async def list_years(conn: Connection, city: str, upto: int | None = None) -> list[Edition]:
    """The newest editions of the city's years, in order, as they stood when one was published; by default now."""
    upto = upto or await conn.fetchval(q.find_newest, city)
    return [_edition(row) for row in await conn.fetch(q.list_years, city, upto)]


async def list_differences(conn: Connection, scope: Scope, release: int) -> list[dict[str, Any]]:
    """Members of an edition beside those of now, where they differ."""
    about = (release, scope.year, scope.counties, scope.halves)
    return [dict(row) for row in await conn.fetch(q.list_differences, *about, timeout=MINUTES)]


async def list_members(conn: Connection, scope: Scope, indicator: str, part: str) -> list[dict[str, Any]]:
    """Who is counted in one number now, with their cases; for those who may trace it."""
    rows = await conn.fetch(q.list_members, scope.year, scope.counties, scope.halves, indicator, part)
    return [{**row, "dimensions": json.loads(row["dimensions"])} for row in rows]


def _edition(row: Row) -> Edition:
    return Edition(
        id=row["id"],
        region=row["region"],
        period=row["period"],
        edition=row["edition"],
        stage=row["stage"],
        reason=row["reason"],
        proposed=Person(row["proposed_unit"], row["proposed_worker"]),
        proposed_on=row["proposed_on"],
        signed=Person(row["signed_unit"], row["signed_worker"]) if row["signed_unit"] else None,
        published_on=row["published_on"],
        history=tuple(row["history"]),
        frozen=Frozen.read(row["frozen"]),
    )
