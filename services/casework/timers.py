"""Alarms: due timers become triggers of the same batch path. Claimed, decided and deleted in one transaction.

Several sweepers may run: the second waits for the case's lock and then finds nothing left to do.
"""

from services.casework.handlers import Casework
from services.casework.model import Incoming
from services.casework.store import list_due_timers
from services.platform.database import Database
from workflows.triggers import Expired


async def sweep(db: Database, casework: Casework, most: int) -> bool:
    """Fire what is due, oldest first; true when there may be more."""
    async with db.transaction() as conn:
        batch = await casework.batch(conn)
        due = await list_due_timers(conn, batch.now, most)
        arrivals = [
            Incoming(Expired(f"timer/{case_id}/{deadline_id}/{fires_at.isoformat()}", deadline_id), case_id=case_id)
            for case_id, deadline_id, fires_at in due
        ]
        if arrivals:
            await batch.run(arrivals)
    return len(due) == most
