"""Facts in, members and cells changed by the difference; a daily sweep lets windows run out and publishes."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from contracts.statistics import OBSERVATION_TYPE, Observation
from contracts.topics import OBSERVATIONS
from services.platform.case_log import CaseLog, get_position
from services.platform.clock import Clock
from services.platform.database import Connection, Database
from services.platform.events import OutgoingEvent, Record
from services.platform.fence import Outcomes
from services.platform.outbox import publish
from services.statistics import store
from services.statistics.formulas import FORMULAS, Windows
from services.statistics.model import (
    KINDS,
    AsOf,
    add_up,
    compare,
    evaluate,
    milestones,
    observe,
    observe_place,
    place_of,
    profiles,
)


class Statistics:
    """Counts with these windows."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self._log = CaseLog(store.forget, KINDS)

    async def handle(self, conn: Connection, records: Sequence[Record]) -> Outcomes:
        facts, outcomes = await self._log.take(conn, records)
        steps = milestones(facts)
        await store.store_profiles(conn, profiles(facts))
        await store.store_milestones(conn, steps)
        if steps:
            await self._evaluate(conn, {step.case_id for step in steps})
        return outcomes

    async def _evaluate(self, conn: Connection, case_ids: Collection[UUID]) -> None:
        """Work the members of these cases out again and change the cells by the difference."""
        day = await store.get_as_of(conn)
        steps = await store.list_milestones(conn, case_ids)
        cases = await store.list_profiles(conn, case_ids)
        after = [one for case in cases for one in evaluate(case, steps[case.case_id], self.windows, day)]
        gone, come = compare(await store.list_members(conn, case_ids), after)
        await store.store_members(conn, gone, come)
        await store.add_to_cells(conn, add_up(come, gone))

    async def reevaluate(self, db: Database) -> bool:
        """After a change of formulas or windows work everything out again; false when nothing has changed."""
        async with db.transaction() as conn:
            _, before = await store.lock_sweep(conn)
            if before == self._evaluated_with:
                return False
            await store.forget_members(conn)
            case_id = UUID(int=0)
            while case_ids := await store.list_cases_after(conn, case_id):
                await self._evaluate(conn, case_ids)
                case_id = case_ids[-1]
            await store.store_evaluated_with(conn, self._evaluated_with)
        return True

    @property
    def _evaluated_with(self) -> dict[str, Any]:
        versions = {f"{formula.indicator}.{formula.part}": formula.version for formula in FORMULAS}
        return {"windows": self.windows._asdict(), "formulas": versions}

    async def sweep(self, db: Database, clock: Clock) -> bool:
        """On a new domain date let windows run out and publish what has changed; false on the same date."""
        async with db.transaction() as conn:
            today = (await clock.now(conn)).date()
            if today <= await store.find_as_of(conn):
                return False
            if today <= (await store.lock_sweep(conn))[0]:
                return False  # another process was first
            await store.add_to_cells(conn, add_up(await store.mature_members(conn, today)))
            await store.store_as_of(conn, today)
            await self._publish(conn)
        return True

    async def observe(self, conn: Connection) -> list[Observation]:
        """Everything as the cells say it now; `verify` compares this with a recount of the log."""
        at = await self.get_as_of(conn)
        return observe(await store.list_cells(conn), await store.list_pending(conn, at.day), at)

    async def get_as_of(self, conn: Connection) -> AsOf:
        return AsOf(await store.find_as_of(conn), *await get_position(conn), self.windows)

    async def _publish(self, conn: Connection) -> None:
        last = await store.list_published(conn)
        now = {place_of(one): one for one in await self.observe(conn)}
        at = await self.get_as_of(conn)
        for place in last.keys() - now.keys():
            now[place] = observe_place(place, {}, {}, at)
        changed = [
            one.model_copy(update={"revision": last[place].revision + 1 if place in last else 1})
            for place, one in sorted(now.items())
            if place not in last or _essence(one) != _essence(last[place])
        ]
        await store.store_published(conn, changed)
        await publish(conn, map(_event, changed))


def _essence(observation: Observation) -> dict[str, Any]:
    """What must differ for an observation to be worth publishing again."""
    return observation.model_dump(exclude={"as_of", "epoch", "facts", "revision"})


def _event(one: Observation) -> OutgoingEvent:
    key = f"{one.indicator}/{one.region}"
    event_id = f"{one.indicator}/{one.part}/{one.year}/{one.region}/{one.revision}"
    return OutgoingEvent(OBSERVATIONS.name, key, event_id, OBSERVATION_TYPE, one.to_json())
