"""The one way a case changes. Reports, commands, proofs, alarms and workers all come through `Batch.run`.

One transaction: find what is new, claim join keys, lock the cases, decide and fold in memory, write everything once.
No network call is made inside it. Join keys are claimed sorted, then cases are locked by id; only a child case claims
after that, and should two such transactions wait for each other, PostgreSQL ends one and it is tried again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from contracts.cases import FACT_TYPE, ChildOpened, Fact, Report
from contracts.topics import CASE_EVENTS
from services.casework import store
from services.casework.model import Incoming, Outcome, Person, join_key
from services.platform.database import Connection
from services.platform.events import OutgoingEvent
from services.platform.outbox import publish
from workflows.engine import decide
from workflows.loader import Workflow, Workflows
from workflows.model import Case, evolve
from workflows.triggers import Begun, Rejection, Reported, Trigger

NEW_INCIDENT = "new_incident"


@dataclass
class Batch:
    """Triggers decided together in the caller's transaction, in the order given, at one domain time."""

    conn: Connection
    workflows: Workflows
    now: datetime
    epoch: int
    cases: dict[UUID, Case] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    persons: list[tuple[UUID, Person]] = field(default_factory=list)
    stale: set[UUID] = field(default_factory=set)

    async def run(self, arrivals: Sequence[Incoming]) -> dict[str, Outcome]:
        """What became of each trigger, by its cause. Raises `store.LostRaceError`; then nothing has happened."""
        known = await store.find_causes(self.conn, [item.trigger.cause for item in arrivals])
        fresh = {item.trigger.cause: item for item in reversed(arrivals) if item.trigger.cause not in known}
        ordered = [item for cause, item in reversed(fresh.items())]
        for item in await self._find_cases(ordered):
            await self._decide(item)
        await self._store()
        return known | self.outcomes

    async def _find_cases(self, arrivals: Sequence[Incoming]) -> list[Incoming]:
        """Give every report its case, held by its join key, and lock all cases concerned.

        A holder may have closed while we waited for its lock; then its key is free, and we claim again.
        """
        while True:
            wanted = {
                (item.workflow, item.join_key): item.trigger.case_id
                for item in reversed(arrivals)
                if isinstance(item.trigger, Reported) and item.join_key
            }
            holders = await store.claim_keys(self.conn, wanted) if wanted else {}
            placed = [_placed(item, holders) for item in arrivals]
            self.cases = await store.lock_cases(self.conn, [item.case_id for item in placed if item.case_id])
            closed = [case.case_id for case in self.cases.values() if case.final and case.case_id in holders.values()]
            if not closed:
                return placed
            await store.delete_keys(self.conn, closed)

    async def _decide(self, item: Incoming) -> None:
        assert item.case_id is not None
        case, trigger = self.cases.get(item.case_id), item.trigger
        if isinstance(trigger, Reported):
            if case and case.final:  # opened and closed by an earlier report of this batch
                item = await self._claim_anew(item)
                case = self.cases.get(item.case_id) if item.case_id else None
            assert item.case_id is not None
            trigger = replace(trigger, case_id=item.case_id)
            self.persons += [(item.case_id, person) for person in item.persons]
        result: Fact | Rejection | None
        if case is None and not isinstance(trigger, Reported):
            result = Rejection("no_such_case", "没有这个案件", "no such case")
        else:
            result = decide(self._workflow(case, item.workflow), case, trigger, self.now)
        self.outcomes[trigger.cause] = _outcome(result, case, item.fingerprint)
        if isinstance(result, Fact):
            await self._apply(case, result)
        elif result is None and case is not None:
            self.stale.add(case.case_id)

    async def _claim_anew(self, item: Incoming) -> Incoming:
        assert isinstance(item.trigger, Reported)
        key = (item.workflow, item.join_key or "")
        holders = await store.claim_keys(self.conn, {key: item.trigger.case_id}) if item.join_key else {}
        return replace(item, case_id=holders.get(key, item.trigger.case_id))

    def _workflow(self, case: Case | None, name: str) -> Workflow:
        return self.workflows.get(case.workflow, case.definition_version) if case else self.workflows.get(name)

    async def _apply(self, before: Case | None, fact: Fact) -> None:
        after = evolve(before, fact)
        self.cases[fact.case_id] = after
        self.facts.append(fact)
        await self._settle_keys(before, after)
        proposed = before.proposed.values() if before else ()
        for child in fact.of(ChildOpened):
            report = next((r for r in proposed if r.report_id == child.report_id), None)
            await self._begin(after, child, fact, report)

    async def _settle_keys(self, before: Case | None, after: Case) -> None:
        """A case that closes lets its join key go; one that is reopened takes it again, if it is free."""
        if after.final:
            if after.relation == NEW_INCIDENT and after.parent_case_id:
                await store.return_keys(self.conn, after.case_id, after.parent_case_id)
            await store.delete_keys(self.conn, [after.case_id])
        elif before is not None and before.final:
            await self._claim(after, await store.list_persons(self.conn, after.case_id), relation="reopened")

    async def _begin(self, parent: Case, child: ChildOpened, fact: Fact, report: Report | None) -> None:
        """Open the case that a fact calls for, with the people it concerns under the names they have there."""
        known = await store.list_persons(self.conn, parent.case_id)
        known += [person for case_id, person in self.persons if case_id == parent.case_id]
        wanted = child.report_id or (known[0].report_id if known else None)
        persons = _renamed([person for person in known if person.report_id == wanted], child.roles)
        self.persons += [(child.case_id, person) for person in persons]
        trigger = Begun(
            cause=fact.cause,
            child=child,
            parent_case_id=parent.case_id,
            subjects=tuple(person.subject for person in persons),
            region=parent.region,
            unit=fact.unit or parent.accountable,
            occurred_at=fact.occurred_at,
            report=report,
            placements=parent.placements,
        )
        opened = self._decided(self.workflows.get(child.workflow), trigger)
        case = evolve(None, opened)
        self.cases[case.case_id] = case
        self.facts.append(opened)
        await self._claim(case, persons, child.relation)

    def _decided(self, workflow: Workflow, trigger: Trigger) -> Fact:
        result = decide(workflow, None, trigger, self.now)
        assert isinstance(result, Fact), "a case that the table opens can be opened"
        return result

    async def _claim(self, case: Case, persons: Sequence[Person], relation: str) -> None:
        definition = self.workflows.get(case.workflow, case.definition_version).definition
        key = join_key(definition, {person.role: person.token for person in persons}, case.fields)
        if key is None:
            return
        if relation == NEW_INCIDENT:
            await store.move_key(self.conn, case.workflow, key, case.case_id)
        else:
            await store.claim_keys(self.conn, {(case.workflow, key): case.case_id})

    async def _store(self) -> None:
        moved = [self.cases[key] for key in dict.fromkeys(fact.case_id for fact in self.facts)]
        bodies = [fact.to_json() for fact in self.facts]
        await store.store_causes(self.conn, self.outcomes)
        await store.store_facts(self.conn, self.facts, bodies)
        await store.store_cases(self.conn, moved)
        await store.store_persons(self.conn, self.persons)
        moved_ids = {case.case_id for case in moved}
        idle = [self.cases[key] for key in sorted(self.stale - moved_ids)]
        await store.store_timers(self.conn, moved + idle)
        await publish(
            self.conn,
            [
                OutgoingEvent(CASE_EVENTS.name, str(fact.case_id), fact.event_id, FACT_TYPE, body, epoch=self.epoch)
                for fact, body in zip(self.facts, bodies, strict=True)
            ],
        )


def _placed(item: Incoming, holders: dict[tuple[str, str], UUID]) -> Incoming:
    if not isinstance(item.trigger, Reported):
        return item
    held = holders.get((item.workflow, item.join_key)) if item.join_key else None
    return replace(item, case_id=held or item.trigger.case_id)


def _outcome(result: Fact | Rejection | None, case: Case | None, fingerprint: bytes | None) -> Outcome:
    if isinstance(result, Fact):
        return Outcome("applied", result.case_id, result.version, fingerprint=fingerprint)
    case_id, version = (case.case_id, case.version) if case else (None, None)
    if result is None:
        return Outcome("stale", case_id, version, fingerprint=fingerprint)
    answer = {
        "code": result.code,
        "zh": result.zh,
        "en": result.en,
        "allowed": list(result.allowed),
        "problems": [{"field": p.field, "zh": p.zh, "en": p.en} for p in result.problems],
    }
    return Outcome("rejected", case_id, version, answer, fingerprint)


def _renamed(persons: Sequence[Person], roles: dict[str, str]) -> list[Person]:
    """Under the names of the new case. Whoever had such a name before gives way: the case is about the renamed."""
    kept = [person for person in persons if person.role not in roles.values()]
    named = [(person, roles.get(person.role, person.role)) for person in kept]
    return [replace(p, role=role, subject=p.subject.model_copy(update={"role": role})) for p, role in named]
