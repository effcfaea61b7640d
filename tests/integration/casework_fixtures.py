"""Casework's own tables with the real engine on top: events in, outcomes out, two transactions by hand."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import pytest

from contracts.base import SHANGHAI
from contracts.cases import Fact
from contracts.intake import DvIncidentReported, IntakeEvent, ReportSubmitted, ScreeningRecorded
from contracts.tokens import RANDOM_HEX, make_token
from services.casework import store
from services.casework.batch import Batch
from services.casework.handlers import Casework
from services.casework.model import Incoming, Outcome, incoming_report
from services.platform.database import Connection, Database
from services.platform.ids import new_id
from tests.integration.platform_fixtures import OpenDatabase, eventually
from workflows.loader import Workflows, load_workflows
from workflows.model import Case
from workflows.triggers import Acted, Proved

TOKEN_KEY = b"t" * 32
MONDAY = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
TOWN = "330382001"
STATION = f"police-station@{TOWN}"
HOSPITAL = "hospital@00112233aabbccdd"


@dataclass
class Desk:
    """One casework database. `now` is domain time."""

    db: Database
    workflows: Workflows = field(default_factory=cache(load_workflows))  # nobody changes them, and they take a second
    now: datetime = MONDAY

    def incoming(self, event: IntakeEvent) -> Incoming:
        item = incoming_report(event, self.workflows, new_id(), b"key")
        assert item is not None
        return item

    async def run(self, *arrivals: Incoming, conn: Connection | None = None) -> dict[str, Outcome]:
        """In a transaction of its own, or in the given one."""
        if conn is not None:
            return await Batch(conn, self.workflows, self.now, 1).run(arrivals)
        async with self.db.transaction() as own:
            return await Batch(own, self.workflows, self.now, 1).run(arrivals)

    async def report(self, event: IntakeEvent) -> UUID:
        """The case it opened or was proposed to."""
        outcome = (await self.run(self.incoming(event)))[str(event.report_id)]
        assert outcome.case_id
        return outcome.case_id

    def acting(self, case: Case, action: str, unit: str = STATION, task: str | None = None, **fields: Any) -> Incoming:
        trigger = Acted(f"act/{new_id()}", action, unit, "w1", self.now, case.version, task, fields)
        return Incoming(trigger, case_id=case.case_id)

    async def prove(self, case_id: UUID, task_id: str) -> None:
        trigger = Proved(f"proof/{new_id()}", task_id, HOSPITAL, "call-1", self.now)
        await self.run(Incoming(trigger, case_id=case_id))

    async def act(self, case_id: UUID, action: str, **options: Any) -> Case:
        """Raises AssertionError when it was refused."""
        item = self.acting(await self.case(case_id), action, **options)
        outcome = (await self.run(item))[item.trigger.cause]
        assert outcome.outcome == "applied", outcome.answer
        return await self.case(case_id)

    async def case(self, case_id: UUID) -> Case:
        async with self.db.connection() as conn:
            found = await store.find_case(conn, case_id)
        assert found
        return found

    async def log(self, case_id: UUID) -> list[Fact]:
        async with self.db.connection() as conn:
            return await store.list_facts(conn, case_id)

    @property
    def casework(self) -> Casework:
        """What the service does with records and alarms; its domain time stands where the desk's does."""
        return Casework(self.workflows, StandingClock(self), b"key", TOKEN_KEY)

    async def count(self, table: str) -> int:
        async with self.db.connection() as conn:
            number: int = await conn.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
            return number


@dataclass
class StandingClock:
    """Domain time stands where the desk stands."""

    desk: Desk

    async def now(self, conn: Connection) -> datetime:  # noqa: ARG002
        return self.desk.now


async def until_it_waits(desk: Desk, *waiters: asyncio.Task[Any]) -> None:
    """Until each of these waits for a lock that somebody else holds."""

    async def waits() -> bool:
        assert not any(waiter.done() for waiter in waiters), "it did not wait"
        async with desk.db.connection() as conn:
            blocked: int = await conn.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return blocked >= len(waiters)

    await eventually(waits)


@pytest.fixture
async def desk(database: OpenDatabase) -> Desk:
    return Desk(await database("casework"))


E = TypeVar("E", bound=IntakeEvent)


def event(model: type[E], at: datetime, subjects: list[dict[str, Any]], **fields: Any) -> E:
    """An intake event as it is read from its topic."""
    times = {"learned_at": at - timedelta(hours=1), "submitted_at": at}
    frame = {"report_id": new_id(), "reporter": {"category": "victim"}, "region": TOWN, "subjects": subjects} | times
    return model.read(
        json.dumps(frame | fields, default=lambda v: v.isoformat() if isinstance(v, datetime) else str(v))
    )


def token_of(name: str) -> str:
    """The token of a person we call `name`."""
    return make_token(TOKEN_KEY, hashlib.sha256(name.encode()).hexdigest()[:RANDOM_HEX])


def person(role: str, token: str, age: int) -> dict[str, Any]:
    bands = {"age_years": age, "under_14": age < 14, "minor": age < 18}
    return {"role": role, "token": token_of(token), "sex": "female"} | bands


def dv_call(victim: str = "v1", perpetrator: str = "x1", at: datetime = MONDAY, **changes: Any) -> DvIncidentReported:
    own = {"happened_at": at - timedelta(hours=2), "relation": "spouse", "violence": ["beating"]}
    people = [person("victim", victim, 34), person("perpetrator", perpetrator, 36)]
    return event(DvIncidentReported, at, people, **({"reported_via": "call_110"} | own | changes))


def harm(child: str = "c1", at: datetime = MONDAY, unit: str = HOSPITAL, **changes: Any) -> ReportSubmitted:
    own = {"kind": "harm_to_minor", "situation": "mr4", "reporter": {"category": "medical", "unit": unit}}
    return event(ReportSubmitted, at, [person("victim", child, 9)], **(own | changes))


def screening(woman: str = "w1", at: datetime = MONDAY, finding: str = "normal") -> ScreeningRecorded:
    result = "hpv.negative" if finding == "normal" else "hpv.16_18"
    own = {"cancer": "cervical", "method": "hpv", "result": result, "finding": finding, "consent_signed": True}
    times = {"screened_at": at - timedelta(days=1), "learned_at": at - timedelta(days=1)}
    site = "screening-site@00112233aabbccdd"
    return event(ScreeningRecorded, at, [person("examinee", woman, 45)], site=site, **own, **times)
