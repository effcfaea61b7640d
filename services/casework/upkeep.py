"""What an operator does to many cases at once: to take them to another version, to count their days by a new calendar.

Every case goes through the same batch path as always; a dry run decides and stores nothing.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.cases import DeadlineCancelled, DeadlineReprojected, DeadlineStarted, Fact
from services.casework import store
from services.casework.batch import Batch
from services.casework.model import Incoming
from services.platform.clock import DatabaseClock
from services.platform.database import Connection, Database
from services.platform.quarantine import Held
from workflows.engine import advance
from workflows.loader import Workflows
from workflows.migrate import get_migration
from workflows.model import Case
from workflows.triggers import Discarded, Migrated, Rejection, Reprojected

PORTION = 200
"""Cases to a transaction."""

Target = tuple[str, int]
"""A workflow and the version to go to."""

Plan = Callable[[Case], Migrated | Reprojected]


@dataclass(frozen=True)
class Change:
    """One case before and after."""

    before: Case
    after: Case
    fact: Fact

    @property
    def started(self) -> list[str]:
        return [effect.deadline.rule for effect in self.fact.of(DeadlineStarted)]

    @property
    def cancelled(self) -> list[str]:
        return [self.before.clocks[effect.deadline_id].deadline.rule for effect in self.fact.of(DeadlineCancelled)]

    @property
    def kept(self) -> list[str]:
        return [clock.deadline.rule for key, clock in self.after.clocks.items() if key in self.before.clocks]

    @property
    def moved(self) -> list[tuple[str, DeadlineReprojected]]:
        """Deadlines that the calendar moved, by rule."""
        of = self.before.clocks
        return [(of[effect.deadline_id].deadline.rule, effect) for effect in self.fact.of(DeadlineReprojected)]


async def migrate(db: Database, workflows: Workflows, target: Target, *, dry_run: bool) -> AsyncIterator[Change]:
    """Take every open case of a workflow to a version. Raises UnknownDefinitionError before anything has happened."""
    name, version = target
    workflows.get(name, version)
    async with db.connection() as conn:
        versions = await store.list_versions(conn, name)
    maps = {v: get_migration(workflows.migrations, name, v, version) for v in versions if v != version}

    def plan(case: Case) -> Migrated:
        source = case.definition_version
        states = maps[source].states if source in maps else {}
        return Migrated(f"migrate/{case.case_id}/{source}-{version}", version, states)

    async with db.connection() as conn:
        ids = await store.list_open(conn, name)
    async for change in _carry_out(db, workflows, plan, ids, dry_run=dry_run):
        yield change


async def reproject(db: Database, workflows: Workflows, reason: str, *, dry_run: bool) -> AsyncIterator[Change]:
    """Count the days of every open deadline by the calendar as it is now. `reason` is a code, for the journal."""

    def plan(case: Case) -> Reprojected:
        return Reprojected(f"reproject/{case.case_id}/{case.version}/{reason}", reason)

    async with db.connection() as conn:
        ids = await store.list_timed(conn)
    async for change in _carry_out(db, workflows, plan, ids, dry_run=dry_run):
        yield change


async def note_discarded(db: Database, workflows: Workflows, held: Held, *, reason: str, by: str) -> bool:
    """Say in the case's log that a record for it is never applied; false when there is no such case."""
    if held.case_id is None:
        return False
    trigger = Discarded(f"discard/{held.id}", held.id, held.topic, reason, by)
    async with db.transaction() as conn:
        batch = Batch(conn, workflows, await DatabaseClock().now(conn), await store.get_epoch(conn))
        return (await batch.run([Incoming(trigger, case_id=held.case_id)]))[trigger.cause].outcome == "applied"


async def _carry_out(
    db: Database, workflows: Workflows, plan: Plan, ids: Sequence[UUID], *, dry_run: bool
) -> AsyncIterator[Change]:
    for begin in range(0, len(ids), PORTION):
        async with db.transaction() as conn:
            changes = await (_foresee if dry_run else _store)(conn, workflows, plan, ids[begin : begin + PORTION])
        for change in changes:
            yield change


async def _foresee(conn: Connection, workflows: Workflows, plan: Plan, ids: Sequence[UUID]) -> list[Change]:
    now, changes = await DatabaseClock().now(conn), []
    for case in (await store.lock_cases(conn, ids)).values():
        trigger = plan(case)
        version = trigger.version if isinstance(trigger, Migrated) else case.definition_version
        result = advance(workflows.get(case.workflow, version), case, trigger, now)
        if result and not isinstance(result, Rejection):
            changes.append(Change(case, result[1], result[0]))
    return changes


async def _store(conn: Connection, workflows: Workflows, plan: Plan, ids: Sequence[UUID]) -> list[Change]:
    cases = await store.lock_cases(conn, ids)
    batch = Batch(conn, workflows, await DatabaseClock().now(conn), await store.get_epoch(conn))
    await batch.run([Incoming(plan(case), case_id=case.case_id) for case in cases.values()])
    return [Change(cases[fact.case_id], batch.cases[fact.case_id], fact) for fact in batch.facts]
