"""The tables of statistics."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from contracts.statistics import Observation
from services.platform.case_log import FORGET_SECONDS
from services.platform.database import Connection, RawConnection, queries
from services.statistics.catalogue import Defined
from services.statistics.model import Cell, Correction, Place, Step, Subject, Sums, place_of

q = queries("services.statistics")

AnyConnection = Connection | RawConnection


# -- what facts say ------------------------------------------------------------------------------------------------


async def store_steps(conn: AnyConnection, steps: Sequence[Step], table: str = "step") -> None:
    if steps:
        await conn.copy_records_to_table(table, columns=Step._fields, records=steps)


async def correct_steps(
    conn: AnyConnection, corrections: Sequence[Correction], statement: str = q.correct_steps
) -> None:
    """One after the other: what is corrected may be a correction."""
    await conn.executemany(statement, corrections)


async def store_subjects(conn: AnyConnection, subjects: Sequence[Subject], table: str = "subject") -> None:
    if subjects:
        await conn.copy_records_to_table(table, columns=Subject._fields, records=subjects)


async def mark_dirty(conn: AnyConnection, case_ids: Iterable[UUID]) -> None:
    await conn.copy_records_to_table("dirty", columns=("case_id",), records=[(case_id,) for case_id in case_ids])


async def mark_all_dirty(conn: Connection) -> None:
    await conn.execute(q.mark_all_dirty, timeout=FORGET_SECONDS)


async def is_dirty(conn: AnyConnection) -> bool:
    found: bool = await conn.fetchval(q.is_dirty)
    return found


# -- members and cells ---------------------------------------------------------------------------------------------


async def make_work_tables(conn: AnyConnection) -> None:
    await conn.execute(q.make_work_tables)


async def empty_work_tables(conn: AnyConnection) -> None:
    await conn.execute(q.empty_work_tables)


async def take_dirty(conn: Connection, most: int) -> int:
    """The cases of so many entries or a few more; 0 when there is nothing to do."""
    taken: int = await conn.fetchval(q.take_dirty, most, timeout=FORGET_SECONDS)
    return taken


async def fetch_near(conn: AnyConnection) -> None:
    """Whatever the members of the touched cases depend on."""
    await conn.execute(q.touch_near, timeout=FORGET_SECONDS)
    near = [row["case_id"] for row in await conn.fetch(q.list_near, timeout=FORGET_SECONDS)]
    await conn.execute(q.copy_near_steps, near, timeout=FORGET_SECONDS)
    await conn.execute(q.copy_near_subjects, near, timeout=FORGET_SECONDS)
    await conn.execute(q.analyze_near, timeout=FORGET_SECONDS)


async def touch(conn: AnyConnection) -> set[tuple[str, str]]:
    """Workflows and names of the steps of whatever the touched cases may have changed."""
    await conn.execute(q.touch, timeout=FORGET_SECONDS)
    return {(row["workflow"], row["name"]) for row in await conn.fetch(q.list_touched_steps)}


async def find_members(conn: AnyConnection, statement: str, day: date) -> None:
    """Fill `fresh` with the members of one part."""
    await conn.execute(statement, day, timeout=FORGET_SECONDS)


async def store_members(conn: Connection, parts: Iterable[Defined]) -> None:
    """What is fresh of these parts takes the place of what was, and the cells change by the difference."""
    keys = [one.key for one in parts]
    await conn.execute(q.drop_members, [key for key, _ in keys], [name for _, name in keys], timeout=FORGET_SECONDS)
    await conn.execute(q.add_members, timeout=FORGET_SECONDS)
    await conn.execute(q.change_cells, timeout=FORGET_SECONDS)


async def mature_members(conn: Connection, day: date) -> None:
    """Put members into the denominator whose windows have run out at a domain date."""
    await conn.execute(q.mature_members, day, timeout=FORGET_SECONDS)
    await conn.execute(q.change_cells, timeout=FORGET_SECONDS)


# -- counting anew -------------------------------------------------------------------------------------------------


async def store_log(
    conn: AnyConnection, steps: Sequence[Step], subjects: Sequence[Subject], corrections: Sequence[Correction]
) -> None:
    """Into the work tables, where a recount has the whole log."""
    await store_steps(conn, steps, "near_step")
    await store_subjects(conn, subjects, "near_subject")
    await correct_steps(conn, corrections, q.correct_near_steps)


async def touch_all(conn: AnyConnection) -> None:
    await conn.execute(q.touch_all, timeout=FORGET_SECONDS)
    await conn.execute(q.analyze_near, timeout=FORGET_SECONDS)


async def touch_dirty_only(conn: AnyConnection) -> None:
    await conn.execute(q.forget_touched, timeout=FORGET_SECONDS)
    await conn.execute(q.touch_dirty, timeout=FORGET_SECONDS)
    await conn.execute(q.touch_near, timeout=FORGET_SECONDS)
    await conn.execute(q.touch, timeout=FORGET_SECONDS)


async def list_differing(conn: AnyConnection, most: int) -> list[str]:
    """Steps, subjects and members that are not those of the log, and sums that are not those of the members."""
    statements = (q.list_differing_steps, q.list_differing_subjects, q.list_differing_members, q.list_differing_cells)
    found = [row for statement in statements for row in await conn.fetch(statement, most, timeout=FORGET_SECONDS)]
    return [" ".join(map(str, row)) for row in found]


# -- sums ----------------------------------------------------------------------------------------------------------


async def list_cells(conn: AnyConnection, year: int | None = None) -> dict[Cell, Sums]:
    rows = await conn.fetch(q.list_cells, year)
    return {Cell(*row[:5]): Sums(*row[5:]) for row in map(tuple, rows)}


async def list_pending(conn: AnyConnection, day: date) -> dict[Place, int]:
    rows = await conn.fetch(q.list_pending, day)
    return {Place(*row[:4]): row[4] for row in map(tuple, rows)}


async def list_medians(conn: AnyConnection, year: int | None = None) -> dict[Place, float]:
    rows = await conn.fetch(q.list_medians, year)
    return {Place(*row[:4]): row[4] for row in map(tuple, rows)}


# -- the sweep -----------------------------------------------------------------------------------------------------


async def find_as_of(conn: AnyConnection) -> date:
    """The domain date of the last sweep."""
    day: date = await conn.fetchval(q.find_as_of)
    return day


async def lock_out_others(conn: Connection) -> None:
    """Nobody else works out members until the end of the transaction."""
    await conn.execute(q.lock_out_others)


async def is_evaluated_with(conn: Connection, mark: str) -> bool:
    found: bool = await conn.fetchval(q.is_evaluated_with, mark)
    return found


async def store_as_of(conn: Connection, day: date) -> None:
    await conn.execute(q.store_as_of, day)


async def store_evaluated_with(conn: Connection, mark: str) -> None:
    await conn.execute(q.store_evaluated_with, mark)


# -- observations --------------------------------------------------------------------------------------------------


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


# -- forgetting ----------------------------------------------------------------------------------------------------


async def forget_members(conn: Connection) -> None:
    await conn.execute(q.forget_members, timeout=FORGET_SECONDS)
    await conn.execute(q.forget_cells, timeout=FORGET_SECONDS)


async def forget(conn: Connection) -> None:
    """Everything that was built from the log; what was published stays."""
    await lock_out_others(conn)  # else a flush that has begun would leave members of what is forgotten
    await forget_members(conn)
    for statement in (q.forget_steps, q.forget_subjects, q.forget_dirty):
        await conn.execute(statement, timeout=FORGET_SECONDS)
