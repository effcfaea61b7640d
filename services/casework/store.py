"""The tables of casework. Nobody else knows them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.cases import Fact, Subject
from services.casework.model import Outcome, Person
from services.platform.database import Connection, Row, queries
from workflows.model import Case

q = queries("services.casework")


class LostRaceError(RuntimeError):
    """Somebody else handled the same trigger, or moved a case we hold; the transaction must be tried again."""

    try_again = True


async def find_causes(conn: Connection, ids: Sequence[str]) -> dict[str, Outcome]:
    rows = await conn.fetch(q.find_causes, ids)
    return {
        row["cause_id"]: Outcome(
            row["outcome"],
            row["case_id"],
            row["case_version"],
            json.loads(row["answer"]) if row["answer"] else {},
            row["fingerprint"],
            repeated=True,
        )
        for row in rows
    }


async def store_causes(conn: Connection, outcomes: Mapping[str, Outcome]) -> None:
    """Raises LostRaceError when one of them is there already."""
    ids = sorted(outcomes)
    rows = [outcomes[key] for key in ids]
    stored = await conn.fetch(
        q.store_causes,
        ids,
        [row.outcome for row in rows],
        [row.case_id for row in rows],
        [row.case_version for row in rows],
        [row.fingerprint for row in rows],
        [json.dumps(row.answer, ensure_ascii=False) if row.answer else None for row in rows],
    )
    if len(stored) < len(ids):
        raise LostRaceError("a trigger was handled by somebody else")


async def claim_keys(conn: Connection, wanted: Mapping[tuple[str, str], UUID]) -> dict[tuple[str, str], UUID]:
    """Take the join keys nobody holds, for the given new cases; the answer is who holds each key now."""
    keys = sorted(wanted)
    workflows, names = [workflow for workflow, _ in keys], [name for _, name in keys]
    await conn.execute(q.claim_keys, workflows, names, [wanted[key] for key in keys])
    rows = await conn.fetch(q.list_holders, workflows, names)
    return {(row["workflow"], row["join_key"]): row["case_id"] for row in rows}


async def move_key(conn: Connection, workflow: str, key: str, case_id: UUID) -> None:
    await conn.execute(q.move_key, workflow, key, case_id)


async def return_keys(conn: Connection, case_id: UUID, parent: UUID) -> None:
    """Of a closing case: its join keys go back to the case it came from, if that one is still open."""
    await conn.execute(q.return_keys, case_id, parent)


async def postpone_timer(conn: Connection, case_id: UUID, deadline_id: str, until: datetime) -> None:
    await conn.execute(q.postpone_timer, case_id, deadline_id, until)


async def delete_keys(conn: Connection, cases: Sequence[UUID]) -> None:
    await conn.execute(q.delete_keys, cases)


async def lock_cases(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Case]:
    rows = await conn.fetch(q.lock_cases, sorted(set(ids)))
    return {row["case_id"]: Case.read(row["body"]) for row in rows}


async def find_case(conn: Connection, case_id: UUID) -> Case | None:
    body = await conn.fetchval(q.find_case, case_id)
    return Case.read(body) if body else None


async def list_open(conn: Connection, workflow: str) -> list[UUID]:
    """The cases of a workflow that are not closed, oldest first."""
    return [row["case_id"] for row in await conn.fetch(q.list_open, workflow)]


async def list_timed(conn: Connection) -> list[UUID]:
    """The cases that have an alarm, oldest first."""
    return [row["case_id"] for row in await conn.fetch(q.list_timed)]


async def list_versions(conn: Connection, workflow: str) -> list[int]:
    """The versions of a workflow under which open cases run."""
    return [row["version"] for row in await conn.fetch(q.list_versions, workflow)]


async def store_cases(conn: Connection, cases: Sequence[Case]) -> None:
    """Raises LostRaceError when a row is not older than what we write."""
    stored = await conn.fetch(
        q.store_cases,
        [case.case_id for case in cases],
        [case.workflow for case in cases],
        [case.state for case in cases],
        [case.version for case in cases],
        [case.to_json().decode() for case in cases],
    )
    if len(stored) < len(cases):
        raise LostRaceError("a case was moved by somebody else")


async def store_facts(conn: Connection, facts: Sequence[Fact], bodies: Sequence[bytes]) -> None:
    rows = [
        (fact.case_id, fact.version, fact.cause, fact.decided_at, body.decode())
        for fact, body in zip(facts, bodies, strict=True)
    ]
    columns = ("case_id", "version", "cause", "decided_at", "body")
    await conn.copy_records_to_table("case_fact", columns=columns, records=rows)


async def list_facts(conn: Connection, case_id: UUID) -> list[Fact]:
    return [Fact.read(row["body"]) for row in await conn.fetch(q.list_facts, case_id)]


async def store_persons(conn: Connection, persons: Iterable[tuple[UUID, Person]]) -> None:
    rows = [(case_id, p.report_id, p.role, p.token, p.subject.to_json().decode()) for case_id, p in persons]
    columns = ("case_id", "report_id", "role", "token", "subject")
    await conn.copy_records_to_table("case_person", columns=columns, records=rows)


async def list_persons(conn: Connection, case_id: UUID) -> list[Person]:
    rows = await conn.fetch(q.list_persons, case_id)
    return [Person(row["report_id"], row["role"], row["token"], Subject.read(row["subject"])) for row in rows]


async def store_timers(conn: Connection, cases: Sequence[Case]) -> None:
    """Write the alarms of these cases anew."""
    await conn.execute(q.delete_timers, [case.case_id for case in cases])
    rows = [
        (case.case_id, deadline_id, alarm)
        for case in cases
        for deadline_id, clock in case.clocks.items()
        if (alarm := clock.next_alarm)
    ]
    await conn.copy_records_to_table("timer", columns=("case_id", "deadline_id", "fires_at"), records=rows)


async def list_due_timers(conn: Connection, now: datetime, most: int) -> list[tuple[UUID, str, datetime]]:
    rows = await conn.fetch(q.list_due_timers, now, most)
    return [(row["case_id"], row["deadline_id"], row["fires_at"]) for row in rows]


async def get_epoch(conn: Connection) -> int:
    epoch: int = await conn.fetchval(q.get_epoch)
    return epoch


async def raise_epoch(conn: Connection, at_least: int) -> int:
    """The new epoch; who has read the old one has ended, and who reads now waits for us."""
    await conn.execute(q.lock_epoch)
    epoch: int = await conn.fetchval(q.raise_epoch, at_least)
    return epoch


async def begin_republish(conn: Connection) -> None:
    await conn.execute(q.begin_republish)


async def lock_republish(conn: Connection) -> Row | None:
    """The last fact that was published again; None when there is nothing to do, or somebody else does it."""
    return await conn.fetchrow(q.lock_republish)


async def list_log_after(conn: Connection, at: Row, limit: int) -> list[Row]:
    return await conn.fetch(q.list_log_after, at["case_id"], at["version"], limit)


async def move_republish(conn: Connection, last: Row) -> None:
    await conn.execute(q.move_republish, last["case_id"], last["version"])


async def end_republish(conn: Connection) -> None:
    await conn.execute(q.end_republish)
