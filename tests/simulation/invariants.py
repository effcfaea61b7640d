"""What must hold when a city has come to rest, whatever broke on the way."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

from contracts.cases import Fact
from contracts.topics import CASE_EVENTS, CASE_REPLIES, COMMANDS_POLICE, DEAD_LETTERS
from deploy.verification.cases import Rows, check_case
from deploy.verification.checks import Verdict
from services.casework.store import list_due_timers
from services.platform.database import RawConnection, Row
from services.statistics import store as statistics_store
from services.statistics.handlers import Statistics
from services.statistics.recount import Recount
from tests.simulation.city import PARTS, WORKFLOWS, City

ELSEWHERE: Final = ("begun", "new_lead")
"""Facts that another fact made, with its cause."""


async def violations(city: City) -> list[str]:
    """Empty when all is well."""
    postgres = city.postgres
    casework, statistics = await postgres.lease("casework"), await postgres.lease("statistics")
    try:
        rows = await casework.fetch("SELECT case_id, version, cause, body FROM case_fact ORDER BY case_id, version")
        log = [Fact.read(row["body"]) for row in rows]
        return [
            *_of_the_run(city),
            *await _of_cases(casework, rows),
            *await _of_triggers(city, casework, log),
            *_of_topic(city, log),
            *await _of_readers(city, casework),
            *await _of_readers(city, statistics),
            *await _of_quarantine(city, casework),
            *await _of_timers(city, casework),
            *await _of_statistics(statistics, log),
        ]
    finally:
        postgres.give_back("casework", casework)
        postgres.give_back("statistics", statistics)


def _of_the_run(city: City) -> Iterator[str]:
    if not city.rested:
        yield "the city did not come to rest"
    for process in city.processes:
        yield from (f"{process.name} died of {error!r}" for error in process.fatal)
    # A batch that opens child cases claims after it has locked, and says so; all others lock in one order.
    if city.postgres.deadlocks and not city.outside.referring:
        yield f"{city.postgres.deadlocks} deadlocks"
    yield from city.postgres.moved_back
    yield from city.postgres.forgotten


async def _of_cases(conn: RawConnection, facts: Iterable[Row]) -> list[str]:
    cases: defaultdict[UUID, Rows] = defaultdict(Rows)
    for row in facts:
        cases[row["case_id"]].facts.append(row)
    for row in await conn.fetch("SELECT case_id, workflow, state, version, body FROM case_state"):
        cases[row["case_id"]].state = row
    for row in await conn.fetch("SELECT case_id, deadline_id, fires_at FROM timer"):
        cases[row["case_id"]].timers[row["deadline_id"]] = row["fires_at"]
    verdict = Verdict()
    for case_id, found in cases.items():
        check_case(case_id, found, WORKFLOWS, verdict)
    return [difference for check in verdict.checks for difference in check.differences]


async def _of_triggers(city: City, conn: RawConnection, log: Iterable[Fact]) -> list[str]:
    """Every report and every command: one effect or one refusal, and an answer; every alarm at most one effect."""
    effects = Counter(fact.cause for fact in log if fact.trigger not in ELSEWHERE)
    outcomes = {row["cause_id"]: row["outcome"] for row in await conn.fetch("SELECT cause_id, outcome FROM cause")}
    answered = {dict(record.headers)["ce_id"] for record in city.kafka.records(CASE_REPLIES.name)}
    commands = {request: f"{COMMANDS_POLICE.name}/{request}" for request in city.outside.asked}
    return [
        *(f"cause {cause} had {times} effects" for cause, times in effects.items() if times != 1),
        *(f"report {report} has no effect" for report in city.outside.sent if str(report) not in effects),
        *(f"command {cause} has no outcome" for cause in commands.values() if cause not in outcomes),
        *(f"command {one} has no answer" for one in commands if f"answer-to-{one}".encode() not in answered),
        *(
            f"{cause} is {outcome} with {effects[cause]} effects"
            for cause, outcome in outcomes.items()
            if (outcome == "applied") != (effects[cause] == 1)
        ),
    ]


def _of_topic(city: City, log: Iterable[Fact]) -> Iterator[str]:
    """Every fact at least once, byte for byte, none ahead of its predecessor, and nothing that was not decided."""
    decided = {fact.event_id.encode(): fact.to_json() for fact in log}
    last: defaultdict[bytes | None, int] = defaultdict(int)
    said = set()
    for record in city.kafka.records(CASE_EVENTS.name):
        event_id = dict(record.headers)["ce_id"]
        if event_id is None or decided.get(event_id) != record.value:
            yield f"{event_id!r} was said and is not in the log"
            continue
        version = Fact.read(record.value or b"").version
        if version > last[record.key] + 1:
            yield f"{event_id!r} was said ahead of its predecessor"
        last[record.key] = max(last[record.key], version)
        said.add(event_id)
    yield from (f"{event_id!r} was never said" for event_id in decided.keys() - said)


async def _of_readers(city: City, conn: RawConnection) -> list[str]:
    """Everything is read, and everything is sent."""
    fences = {
        (row["reader"], row["topic"], row["partition"]): row["next_offset"]
        for row in await conn.fetch("SELECT reader, topic, partition, next_offset FROM fence")
    }
    ends = {(place.topic, place.partition): len(log) for place, log in city.kafka.logs.items()}
    waiting = await conn.fetchval("SELECT count(*) FROM outbox")
    return [
        *(
            f"{key} stands at {at} of {ends.get(key[1:], 0)}"
            for key, at in fences.items()
            if at != ends.get(key[1:], 0)
        ),
        *([f"{waiting} events were not sent"] if waiting else []),
    ]


async def _of_quarantine(city: City, conn: RawConnection) -> list[str]:
    """What cannot be read is held once, and said so; nothing else is held."""
    held = Counter(tuple(row) for row in await conn.fetch('SELECT topic, partition, "offset" FROM quarantine'))
    letters = {(record.key or b"").decode() for record in city.kafka.records(DEAD_LETTERS.name)}
    return [
        *(f"{place} was held {times} times" for place, times in held.items() if times > 1),
        *(f"{place} was held, and is no rubbish" for place in held if place not in city.outside.rubbish),
        *(f"{place} was not held" for place in city.outside.rubbish if place not in held),
        *(f"nobody was told of {place}" for place in city.outside.rubbish if "/".join(map(str, place)) not in letters),
    ]


async def _of_timers(city: City, conn: RawConnection) -> list[str]:
    due = await list_due_timers(conn, city.clock.moment, 100)  # type: ignore[arg-type]
    return [f"the alarm {deadline_id} of {case_id} is due and has not rung" for case_id, deadline_id, _ in due]


async def _of_statistics(conn: RawConnection, log: list[Fact]) -> list[str]:
    """Everything is worked out, and as it is when it is counted anew."""
    async with conn.transaction():
        recount = Recount(conn, Statistics(PARTS))
        await recount.begin()
        await recount.add(log)
        waits = ["cases wait to be counted"] if await statistics_store.is_dirty(conn) else []
        return [*waits, *(f"{one} differs from a recount" for one in await recount.find_differences())]
