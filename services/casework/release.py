"""Parked records go on: each when its turn comes, and those whose case did not come into quarantine."""

from datetime import timedelta

from services.casework.handlers import Casework
from services.casework.parking import take_hopeless, take_released
from services.platform.database import Database, is_infrastructure
from services.platform.logs import describe, get_logger
from services.platform.quarantine import quarantine

log = get_logger("parking")


async def release(db: Database, casework: Casework, patience: timedelta) -> bool:
    """Give one record its effect; true when there may be more. `patience` is by the wall clock."""
    async with db.transaction() as conn:
        for hopeless in await take_hopeless(conn, patience):
            await casework.give_up(conn, hopeless)
        record = await take_released(conn)
        if record is None:
            return False
        try:
            async with conn.transaction():
                await casework.on_released(conn, record)
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.error("record held", topic=record.topic, offset=record.offset, **describe(error))
            await quarantine(conn, record, f"handler-failed: {type(error).__name__}")
    return True
