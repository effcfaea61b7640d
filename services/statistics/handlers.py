"""Facts in; members and cells changed by the difference; a daily sweep lets windows run out and publishes.

A batch of facts only adds steps and notes of which cases, in the transaction of its fence. From there members are
worked out: at once when somebody looks, and within a second when nobody does (`flush`). So a reader that is far behind
takes in facts as fast as they come, and works everything out once.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from typing import Any, Final

from contracts.statistics import OBSERVATION_TYPE, Observation
from contracts.topics import OBSERVATIONS
from services.platform.case_log import CaseLog, get_position
from services.platform.clock import Clock
from services.platform.database import Connection, Database
from services.platform.events import OutgoingEvent, Record
from services.platform.fence import Outcomes
from services.platform.outbox import publish
from services.platform.problems import Problem
from services.statistics import store
from services.statistics.catalogue import Defined, indicators
from services.statistics.compile import compile_part
from services.statistics.feeds.store import list_filled_in
from services.statistics.milestones import Derivations, milestones
from services.statistics.model import (
    KINDS,
    AsOf,
    Counted,
    corrections,
    observe,
    observe_nothing,
    place_of,
    steps,
    subjects,
)

AT_ONCE: Final = 20_000
"""Entries that one flush takes."""

OTHER_DEFINITIONS: Final = (
    "统计服务已按其他指标定义重新计数，请用同一版本的程序（先启动统计服务）",
    "Statistics have been counted with other definitions since: use the same version (start the service first)",
)
"""During a rolling restart the process with the old definitions must not work out what the new one reads."""


class Statistics:
    """Counts these parts of indicators."""

    def __init__(self, parts: Collection[Defined]) -> None:
        self.parts = tuple(parts)
        self._statements = [(one, compile_defined(one)) for one in self.parts if one.part.has_members]
        statements = "\n".join(sorted(statement for _, statement in self._statements))
        self._evaluated_with = sha256(statements.encode()).hexdigest()
        """A mark of all statements, in which definitions and settings are."""
        self.derivations = Derivations(milestones())
        self._log = CaseLog(store.forget, KINDS)

    async def handle(self, conn: Connection, records: Sequence[Record]) -> Outcomes:
        facts, outcomes = await self._log.take(conn, records)
        told = steps(facts, self.derivations)
        await store.store_subjects(conn, subjects(facts))
        await store.store_steps(conn, told)
        await store.correct_steps(conn, corrections(told))
        if told:
            await store.mark_dirty(conn, {step.case_id for step in told})
        return outcomes

    # -- members ---------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def up_to_date(self, db: Database) -> AsyncIterator[Connection]:
        """A transaction that sees one moment of the log, with everything worked out; nobody else works meanwhile.

        Raises the problem `other-definitions`, as `flush` and `sweep` do.
        """
        async with self._alone(db) as conn:
            while await self.catch_up(conn):
                await store.empty_work_tables(conn)
            yield conn

    async def flush(self, db: Database) -> int:
        """Work out what has changed, so much at a time: of how many entries. From `AT_ONCE` on there may be more."""
        async with self._alone(db) as conn:
            return await self.catch_up(conn)

    @asynccontextmanager
    async def _alone(self, db: Database) -> AsyncIterator[Connection]:
        """Nobody else works, and whoever worked last did it with our definitions."""
        async with db.transaction(isolation="repeatable_read") as conn:
            await store.lock_out_others(conn)  # before the first look: a snapshot taken earlier would be an old one
            if not await store.is_evaluated_with(conn, self._evaluated_with):
                raise Problem(503, "other-definitions", *OTHER_DEFINITIONS)
            yield conn

    async def catch_up(self, conn: Connection) -> int:
        """Work out what has changed, in a transaction that has locked out others; 0 when there was nothing.

        The work tables are left full; the commit empties them.
        """
        await store.make_work_tables(conn)
        taken = await store.take_dirty(conn, AT_ONCE)
        if taken:
            await store.fetch_near(conn)
            await store.store_members(conn, await self.work_out(conn, await store.find_as_of(conn)))
        return taken

    async def work_out(self, conn: store.AnyConnection, day: date) -> list[Defined]:
        """Fill `fresh` with the members of everything that the cases in `touched_case` may have changed.

        The answer is of which parts; nothing near has a step that makes a member of another.
        """
        told = await store.touch(conn)
        concerned = [(one, statement) for one, statement in self._statements if told & one.part.anchors]
        for _, statement in concerned:
            await store.find_members(conn, statement, day)
        return [one for one, _ in concerned]

    async def reevaluate(self, db: Database) -> None:
        """After a change of definitions or settings everything is worked out again; processes with others stop."""
        async with db.transaction() as conn:
            if not await store.is_evaluated_with(conn, self._evaluated_with):
                await store.lock_out_others(conn)
                await store.forget_members(conn)
                await store.mark_all_dirty(conn)
                await store.store_evaluated_with(conn, self._evaluated_with)

    # -- observations ----------------------------------------------------------------------------------------------

    async def sweep(self, db: Database, clock: Clock) -> bool:
        """On a new domain date let windows run out and publish what has changed; false on the same date."""
        async with db.connection() as conn:
            today = (await clock.now(conn)).date()
            if today <= await store.find_as_of(conn):
                return False
        async with self.up_to_date(db) as conn:
            if today <= await store.find_as_of(conn):
                return False  # another process was first
            await store.mature_members(conn, today)
            await store.store_as_of(conn, today)
            await self._publish(conn)
        return True

    async def observe(self, conn: Connection) -> list[Observation]:
        """Everything as the cells say it now."""
        return observe(self.parts, await self.count(conn), await self.get_as_of(conn))

    async def count(self, conn: Connection, year: int | None = None) -> Counted:
        """All sums; of one year when it is given."""
        return Counted(
            await store.list_cells(conn, year),
            await store.list_pending(conn, await store.find_as_of(conn)),
            await store.list_medians(conn, year),
            await list_filled_in(conn, year),
        )

    async def get_as_of(self, conn: Connection) -> AsOf:
        return AsOf(await store.find_as_of(conn), *await get_position(conn))

    async def _publish(self, conn: Connection) -> None:
        last = await store.list_published(conn)
        now = {place_of(one): one for one in await self.observe(conn)}
        at = await self.get_as_of(conn)
        defined = {one.key: one for one in self.parts}
        for place in last.keys() - now.keys():
            if place[:2] in defined:
                now[place] = observe_nothing(defined[place[:2]], place, at)
        changed = [
            one.model_copy(update={"revision": last[place].revision + 1 if place in last else 1})
            for place, one in sorted(now.items())
            if place not in last or _essence(one) != _essence(last[place])
        ]
        await store.store_published(conn, changed)
        await publish(conn, map(_event, changed))


def compile_defined(one: Defined) -> str:
    units = {name: str(unit) for name, unit in indicators()[one.indicator].settings.items()}
    return compile_part(one.indicator, one.name, one.part, one.values, units)


def _essence(observation: Observation) -> dict[str, Any]:
    """What must differ for an observation to be worth publishing again."""
    return observation.model_dump(exclude={"as_of", "epoch", "facts", "revision"})


def _event(one: Observation) -> OutgoingEvent:
    key = f"{one.indicator}/{one.region}"
    event_id = f"{one.indicator}/{one.part}/{one.year}/{one.region}/{one.revision}"
    return OutgoingEvent(OBSERVATIONS.name, key, event_id, OBSERVATION_TYPE, one.to_json())
