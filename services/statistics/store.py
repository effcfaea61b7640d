"""The tables of statistics."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from contracts.statistics import Observation
from services.platform.case_log import FORGET_SECONDS
from services.platform.database import Connection, queries
from services.statistics.formulas import Milestone, Profile
from services.statistics.model import Cell, Cells, Member, Place, Sums, place_of

q = queries("services.statistics")

CHUNK: Final = 2000


async def store_profiles(conn: Connection, profiles: Sequence[Profile]) -> None:
    if profiles:
        await conn.copy_records_to_table("case_profile", columns=Profile._fields, records=profiles)


async def store_milestones(conn: Connection, milestones: Sequence[Milestone]) -> None:
    if milestones:
        await conn.copy_records_to_table("milestone", columns=Milestone._fields, records=milestones)


async def list_profiles(conn: Connection, case_ids: Collection[UUID]) -> list[Profile]:
    return [Profile(**row) for row in await conn.fetch(q.list_profiles, list(case_ids))]


async def list_milestones(conn: Connection, case_ids: Collection[UUID]) -> dict[UUID, list[Milestone]]:
    found: defaultdict[UUID, list[Milestone]] = defaultdict(list)
    for row in await conn.fetch(q.list_milestones, list(case_ids)):
        found[row["case_id"]].append(Milestone(**row))
    return found


async def list_cases_after(conn: Connection, case_id: UUID) -> list[UUID]:
    """Up to 2000 cases that have milestones, in order."""
    return [row["case_id"] for row in await conn.fetch(q.list_cases_after, case_id, CHUNK)]


async def list_members(conn: Connection, case_ids: Collection[UUID]) -> list[Member]:
    return [Member(**row) for row in await conn.fetch(q.list_members, list(case_ids))]


async def store_members(conn: Connection, gone: Sequence[Member], come: Sequence[Member]) -> None:
    if gone:
        await conn.execute(q.delete_members, *map(list, zip(*(member[:5] for member in gone), strict=True)))
    if come:
        await conn.copy_records_to_table("member", columns=Member._fields, records=come)


async def mature_members(conn: Connection, day: date) -> list[Member]:
    """Put members into the denominator whose window has run out at a domain date, and say which."""
    return [Member(**row) for row in await conn.fetch(q.mature_members, day)]


async def add_to_cells(conn: Connection, changes: Cells) -> None:
    if changes:
        rows = [(*cell, *changes[cell]) for cell in sorted(changes)]
        await conn.execute(q.add_to_cells, *map(list, zip(*rows, strict=True)))


async def list_cells(conn: Connection, year: int | None = None) -> dict[Cell, Sums]:
    rows = await conn.fetch(q.list_cells, year)
    return {Cell(*row[:5]): Sums(*row[5:]) for row in map(tuple, rows)}


async def list_pending(conn: Connection, day: date) -> dict[Place, int]:
    rows = await conn.fetch(q.list_pending, day)
    return {Place(*row[:4]): row[4] for row in map(tuple, rows)}


async def get_as_of(conn: Connection) -> date:
    """The domain date of the last sweep; nobody sweeps until the end of the transaction."""
    day: date = await conn.fetchval(q.get_sweep)
    return day


async def find_as_of(conn: Connection) -> date:
    """The domain date of the last sweep, without a lock."""
    day: date = await conn.fetchval(q.find_as_of)
    return day


async def lock_sweep(conn: Connection) -> tuple[date, dict[str, Any]]:
    """The same, and with what members are evaluated; nobody evaluates any until the end of the transaction."""
    row = await conn.fetchrow(q.lock_sweep)
    assert row is not None
    return row["as_of"], row["evaluated_with"]


async def store_as_of(conn: Connection, day: date) -> None:
    await conn.execute(q.store_as_of, day)


async def store_evaluated_with(conn: Connection, what: Mapping[str, Any]) -> None:
    await conn.execute(q.store_evaluated_with, dict(what))


async def list_published(conn: Connection) -> dict[Place, Observation]:
    """The newest observation of every place."""
    found = [Observation.read(row["body"]) for row in await conn.fetch(q.list_published)]
    return {place_of(observation): observation for observation in found}


async def list_revisions(conn: Connection, indicator: str, year: int, region: str) -> list[Observation]:
    """All that was published of a place, by part and revision."""
    return [Observation.read(row["body"]) for row in await conn.fetch(q.list_revisions, indicator, year, region)]


async def store_published(conn: Connection, observations: Iterable[Observation]) -> None:
    rows = [(*place_of(one), one.revision, one.as_of, one.model_dump_json()) for one in observations]
    columns = (*Place._fields, "revision", "as_of", "body")
    if rows:
        await conn.copy_records_to_table("observation", columns=columns, records=rows)


async def forget_members(conn: Connection) -> None:
    await conn.execute(q.forget_members, timeout=FORGET_SECONDS)
    await conn.execute(q.forget_cells, timeout=FORGET_SECONDS)


async def forget(conn: Connection) -> None:
    """Everything that was built from the log; what was published stays."""
    await forget_members(conn)
    await conn.execute(q.forget_profiles, timeout=FORGET_SECONDS)
    await conn.execute(q.forget_milestones, timeout=FORGET_SECONDS)
