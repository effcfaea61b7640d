"""The one way a case changes. Reports, commands, proofs, alarms and workers all come through `Batch.run`.

One transaction: find what is new, claim join keys, lock the cases, decide and fold in memory, write everything once.
No network call is made inside it. Join keys are claimed sorted, then cases are locked by id; only a child case claims
after that, and should two such transactions wait for each other, PostgreSQL ends one and it is tried again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from msgspec import structs

from contracts.cases import FACT_TYPE, ChildOpened, Fact, Report, Scalar
from contracts.topics import CASE_EVENTS
from services.casework import store
from services.casework.model import Incoming, Outcome, Person, join_key
from services.platform.database import Connection
from services.platform.events import OutgoingEvent
from services.platform.outbox import publish
from workflows.engine import advance
from workflows.loader import Workflow, Workflows
from workflows.model import Case
from workflows.triggers import Begun, Migrated, Rejection, Reported

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
        if case is None and not isinstance(trigger, Reported):
            result: tuple[Fact, Case] | Rejection | None = Rejection("no_such_case", "没有这个案件", "no such case")
        else:
            result = advance(self._workflow(case, item), case, trigger, self.now)
        if isinstance(result, tuple):
            fact, after = result
            self.outcomes[trigger.cause] = Outcome("applied", fact.case_id, fact.version, fingerprint=item.fingerprint)
            await self._apply(case, fact, after)
            return
        self.outcomes[trigger.cause] = _outcome(result, case, item.fingerprint)
        if result is None and case is not None:
            self.stale.add(case.case_id)

    async def _claim_anew(self, item: Incoming) -> Incoming:
        assert isinstance(item.trigger, Reported)
        key = (item.workflow, item.join_key or "")
        holders = await store.claim_keys(self.conn, {key: item.trigger.case_id}) if item.join_key else {}
        return replace(item, case_id=holders.get(key, item.trigger.case_id))

    def _workflow(self, case: Case | None, item: Incoming) -> Workflow:
        if case is None:
            return self.workflows.get(item.workflow)
        version = item.trigger.version if isinstance(item.trigger, Migrated) else case.definition_version
        return self.workflows.get(case.workflow, version)

    async def _apply(self, before: Case | None, fact: Fact, after: Case) -> None:
        """Keep the fact and its case. A case that it opens elsewhere may be open already; the fact then says so."""
        place = len(self.facts)
        self.cases[fact.case_id] = after
        self.facts.append(fact)
        await self._settle_keys(before, after)
        if any(isinstance(effect, ChildOpened) for effect in fact.effects):
            effects = [
                await self._begin(before, after, effect, fact) if isinstance(effect, ChildOpened) else effect
                for effect in fact.effects
            ]
            self.facts[place] = structs.replace(fact, effects=tuple(effects))

    async def _settle_keys(self, before: Case | None, after: Case) -> None:
        """A case that closes lets its join key go; one that is reopened takes it again, if it is free."""
        if after.final:
            if after.relation == NEW_INCIDENT and after.parent_case_id:
                await store.return_keys(self.conn, after.case_id, after.parent_case_id)
            await store.delete_keys(self.conn, [after.case_id])
        elif before is not None and before.final:
            persons = await store.list_persons(self.conn, after.case_id)
            if key := self._key(after.workflow, after.definition_version, persons, after.fields):
                await store.claim_keys(self.conn, {(after.workflow, key): after.case_id})

    async def _begin(self, before: Case | None, parent: Case, child: ChildOpened, fact: Fact) -> ChildOpened:
        """Open the case that a fact calls for, with the people it concerns under the names they have there.

        When an open case is about the same people, nothing joins silently and nothing is opened twice: that case gets
        a lead, and the answer names it.
        """
        reports = [*(before.proposed.values() if before else ()), *_lead_reports(before)]
        known = await store.list_persons(self.conn, parent.case_id)
        known += [person for case_id, person in self.persons if case_id == parent.case_id]
        stated = {person.report_id for person in known}
        wanted = child.report_id if child.report_id in stated else (known[0].report_id if known else None)
        persons = _renamed([person for person in known if person.report_id == wanted], child.roles)
        trigger = Begun(
            cause=fact.cause,
            child=child,
            parent_case_id=parent.case_id,
            subjects=tuple(person.subject for person in persons),
            region=parent.region,
            unit=fact.unit or parent.accountable,
            occurred_at=fact.occurred_at,
            report=next((report for report in reports if report.report_id == child.report_id), None),
            placements=parent.placements,
        )
        holder = await self._find_holder(child, persons)
        if holder is None:
            self.persons += [(child.case_id, person) for person in persons]
        workflow = self.workflows.get(child.workflow, holder.definition_version if holder else None)
        result = advance(workflow, holder, trigger, self.now)
        assert isinstance(result, tuple), "a case that the table opens can be opened"
        await self._apply(holder, *result)
        return structs.replace(child, case_id=holder.case_id, joined=True) if holder else child

    async def _find_holder(self, child: ChildOpened, persons: Sequence[Person]) -> Case | None:
        """The open case that is about the same people, locked; without one the new case takes the join key."""
        key = self._key(child.workflow, None, persons, child.carries)
        if key is None:
            return None
        if child.relation == NEW_INCIDENT:
            await store.move_key(self.conn, child.workflow, key, child.case_id)
            return None
        while True:
            holders = await store.claim_keys(self.conn, {(child.workflow, key): child.case_id})
            held = holders[child.workflow, key]
            if held == child.case_id:
                return None
            if held not in self.cases:
                self.cases |= await store.lock_cases(self.conn, [held])
            if not self.cases[held].final:
                return self.cases[held]
            await store.delete_keys(self.conn, [held])

    def _key(
        self, workflow: str, version: int | None, persons: Sequence[Person], fields: Mapping[str, Scalar]
    ) -> str | None:
        definition = self.workflows.get(workflow, version).definition
        return join_key(definition, {person.role: person.token for person in persons}, fields)

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


def _lead_reports(case: Case | None) -> list[Report]:
    return [lead.report for lead in case.leads.values() if lead.report] if case else []


def _outcome(result: Rejection | None, case: Case | None, fingerprint: bytes | None) -> Outcome:
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
    return [replace(p, role=role, subject=structs.replace(p.subject, role=role)) for p, role in named]
