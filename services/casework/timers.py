"""Alarms: due timers become triggers of the same batch path. Claimed, decided and deleted in one transaction.

Several sweepers may run: the second waits for the case's lock and then finds nothing left to do.
"""

from datetime import datetime, timedelta
from uuid import UUID

from services.casework.handlers import Casework
from services.casework.model import Incoming
from services.casework.store import list_due_timers, postpone_timer
from services.platform.database import Database, is_infrastructure
from services.platform.failpoints import reach
from services.platform.logs import describe, get_logger
from workflows.triggers import Expired

log = get_logger("timers")

Timer = tuple[UUID, str, datetime]


async def sweep(db: Database, casework: Casework, most: int) -> bool:
    """Fire what is due, oldest first; true when there may be more.

    An alarm that cannot be decided is put off for an hour and logged: it must not silence the others.
    """
    async with db.connection() as conn:
        due = await list_due_timers(conn, await casework.clock.now(conn), most)
    try:
        if due:
            reach("after_timer_claim")
            await _fire(db, casework, due)
    except Exception as error:
        if is_infrastructure(error):
            raise
        for timer in due:
            await _fire_alone(db, casework, timer)
    return len(due) == most


async def _fire(db: Database, casework: Casework, timers: list[Timer]) -> None:
    async with db.transaction() as conn:
        batch = await casework.batch(conn)
        await batch.run([_incoming(timer) for timer in timers])
        reach("after_timer_fired")


async def _fire_alone(db: Database, casework: Casework, timer: Timer) -> None:
    case_id, deadline_id, fires_at = timer
    try:
        await _fire(db, casework, [timer])
    except Exception as error:
        if is_infrastructure(error):
            raise
        log.error("alarm put off", **describe(error))
        async with db.transaction() as conn:
            later = max(fires_at, await casework.clock.now(conn)) + timedelta(hours=1)
            await postpone_timer(conn, case_id, deadline_id, later)


def _incoming(timer: Timer) -> Incoming:
    case_id, deadline_id, fires_at = timer
    return Incoming(Expired(f"timer/{case_id}/{deadline_id}/{fires_at.isoformat()}", deadline_id), case_id=case_id)
