"""`liandong status`: what runs, how far readers are behind, what waits, and what is late."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from contracts.base import unit_kind
from deploy.installation import Address, administrator, find_processes
from services.platform.clock import DatabaseClock, find_simulated
from services.platform.database import Row, queries
from services.platform.fence import OUTCOMES, list_fences
from services.platform.provision import CASE_LOG_READERS, SERVICES
from services.worklist.store import summarise

q = queries("deploy")
platform_q = queries("services.platform")

KIB_PER_MIB: Final = 1024

_PARKED: Final = {"casework": q.count_parked_records} | dict.fromkeys(CASE_LOG_READERS, q.count_parked_facts)


@dataclass(frozen=True)
class ProcessStatus:
    """`pid` is None for what should run and does not; `ready` is None for what cannot be asked."""

    name: str
    pid: int | None
    rss_mib: int | None
    ready: bool | None

    @property
    def well(self) -> bool:
        return self.pid is not None and self.ready is not False


@dataclass(frozen=True)
class StoreStatus:
    """What waits in the schema of one service; ages in seconds of the wall clock."""

    service: str
    outbox: int
    outbox_seconds: float
    held: int
    held_seconds: float
    parked: int
    parked_seconds: float


@dataclass(frozen=True)
class QueueStatus:
    """Open items of all units of one kind; the oldest one's opening in domain time."""

    kind: str
    open: int
    breached: int
    oldest: datetime


@dataclass(frozen=True)
class Status:
    """`now` is domain time, `simulated` when it does not follow the wall clock. `lag` in records, by group.

    `outcomes` of all records that each group has consumed, by name, and `consumed` itself.
    """

    now: datetime
    simulated: bool
    processes: Sequence[ProcessStatus]
    lag: dict[str, int]
    outcomes: dict[str, dict[str, int]]
    stores: Sequence[StoreStatus]
    queues: Sequence[QueueStatus]
    overdue_timers: int
    overdue_seconds: float
    cases: dict[str, int]

    @property
    def well(self) -> bool:
        return all(process.well for process in self.processes)


async def read_status(home: Path, address: Address) -> Status:
    """Ask everything that runs. Raises `OSError` or the driver's errors when PostgreSQL or Kafka does not answer."""
    async with administrator(address.admin_dsn, "casework") as db, db.connection() as conn:
        now = await DatabaseClock().now(conn)
        simulated = await find_simulated(conn) is not None
        overdue = await conn.fetchrow(q.count_overdue_timers, now)
        cases = {row["workflow"]: row["cases"] for row in await conn.fetch(q.count_cases)}
    assert overdue is not None
    stores = [await _store(address, service) for service in SERVICES]
    fences = [fence for _, of_service in stores for fence in of_service]
    return Status(
        now=now,
        simulated=simulated,
        processes=await _processes(home, address),
        lag=await _lag(address, fences),
        outcomes=_add_up(fences),
        stores=[status for status, _ in stores],
        queues=await _queues(address),
        overdue_timers=overdue["overdue"],
        overdue_seconds=overdue["oldest_seconds"],
        cases=cases,
    )


async def _processes(home: Path, address: Address) -> list[ProcessStatus]:
    pids = find_processes(home)
    names = [*dict.fromkeys([*pids, *address.urls])]
    async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
        ready = await asyncio.gather(*(_is_ready(http, address.urls.get(name)) for name in names))
    return [
        ProcessStatus(name, pids.get(name), _rss_mib(pids.get(name)), answer)
        for name, answer in zip(names, ready, strict=True)
    ]


async def _is_ready(http: httpx.AsyncClient, url: str | None) -> bool | None:
    if url is None:
        return None
    try:
        return (await http.get(f"{url}/health/ready")).is_success
    except httpx.HTTPError:
        return False


def _rss_mib(pid: int | None) -> int | None:
    """Resident memory of one process; PostgreSQL's backends are not counted with it."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // KIB_PER_MIB
    return None


async def _store(address: Address, service: str) -> tuple[StoreStatus, list[Row]]:
    """What waits in a schema, and the fences in it."""
    async with administrator(address.admin_dsn, service) as db, db.connection() as conn:
        outbox = await conn.fetchrow(platform_q.get_outbox_age)
        held = await conn.fetchrow(q.count_held)
        parked = await conn.fetchrow(_PARKED.get(service, q.count_nothing))
        fences = await list_fences(conn)
    assert parked is not None
    assert outbox is not None
    assert held is not None
    return StoreStatus(service, *outbox.values(), *held.values(), *parked.values()), fences


def _add_up(fences: Sequence[Row]) -> dict[str, dict[str, int]]:
    names = ("consumed", *OUTCOMES)
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for fence in fences:
        groups[fence["reader"]].update({name: fence[name] for name in names})
    return {group: {name: counts[name] for name in names} for group, counts in sorted(groups.items())}


async def _lag(address: Address, fences: Sequence[Row]) -> dict[str, int]:
    """Records between each group's fences and the ends of the topics."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address.bootstrap)
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(row["topic"], row["partition"]) for row in fences])
    finally:
        await consumer.stop()
    lag: defaultdict[str, int] = defaultdict(int)
    for row in fences:
        lag[row["reader"]] += ends[TopicPartition(row["topic"], row["partition"])] - row["next_offset"]
    return dict(lag)


async def _queues(address: Address) -> list[QueueStatus]:
    async with administrator(address.admin_dsn, "worklist") as db, db.connection() as conn:
        rows = await summarise(conn, None)
    by_kind: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[unit_kind(row["unit"])].append(row)
    return [
        QueueStatus(
            kind,
            sum(row["open"] for row in of_kind),
            sum(row["breached"] for row in of_kind),
            min(row["oldest_opened_at"] for row in of_kind),
        )
        for kind, of_kind in sorted(by_kind.items())
    ]
