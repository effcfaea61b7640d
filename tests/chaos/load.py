"""Real clients over HTTP and Kafka, steady while everything behind them breaks: reporters, workers, a police system.

Whoever gets no answer asks again with the same key, as the contract says. Domain time moves with the reports.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from contracts.base import UnitId, unit_kind
from contracts.cases import ActionRequested
from contracts.codes import UnitKind, unit_at
from contracts.topics import COMMANDS_POLICE, NOTICE_EVENTS
from deploy.demo.agents import Act, Known, plan
from deploy.demo.client import OVERSEERS, View
from deploy.demo.scenario import Scenario, Sent
from services.platform.ids import new_id
from tests.chaos.journal import Journal, Outcome, outcome_of
from tests.chaos.servers import AWAY
from workflows.model import Case

REPORTERS: Final = 12
WORKERS: Final = 4
TIMEOUT_SECONDS: Final = 8
TRIES: Final = 60
PAUSE_SECONDS: Final = 0.3
REPEATED: Final = 0.05
"""The share of requests that are sent a second time although they were answered."""

BY_KAFKA: Final = 0.4
"""The share of the police's acts that come as commands."""


@dataclass
class Clock:
    """Domain time: a row in PostgreSQL. Set on a connection of our own that no proxy can cut."""

    dsn: str
    now: datetime
    back: timedelta = timedelta(0)

    async def set(self, moment: datetime) -> None:
        """Tries until it is so."""
        self.now = moment
        while True:
            with suppress(*AWAY):
                connection = await asyncpg.connect(
                    self.dsn, timeout=5, server_settings={"search_path": "platform"}, command_timeout=5
                )
                try:
                    await connection.execute("UPDATE clock SET simulated_at = $1", moment - self.back)
                    return
                finally:
                    await connection.close()
            await asyncio.sleep(PAUSE_SECONDS)


@dataclass
class Load:
    """`rate` reports a second."""

    urls: Mapping[str, str]
    tokens: Mapping[str, str] = field(repr=False)
    service_unit: UnitId
    bootstrap: str
    scenario: Scenario
    clock: Clock
    journal: Journal
    rate: float
    http: httpx.AsyncClient = field(init=False, repr=False)
    rng: random.Random = field(init=False, repr=False)
    repeats: int = 0
    _stop: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _reporting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REPORTERS), repr=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.scenario.seed)

    async def run(self, seconds: float) -> None:
        """Everybody at once, for so long; returns when all have finished."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS, limits=limits) as self.http,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self._report_all(group))
            for _ in range(WORKERS):
                group.create_task(self._work())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)
            self.stop()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    # Reporters

    async def _report_all(self, group: asyncio.TaskGroup) -> None:
        for sent in self.scenario.sent:
            if self.stopped:
                return
            if sent.at > self.clock.now:
                await self.clock.set(sent.at)
            await self._reporting.acquire()
            group.create_task(self._report(sent))
            await asyncio.sleep(self.rng.expovariate(self.rate))

    async def _report(self, sent: Sent) -> None:
        try:
            answer = await self._until_answered(lambda: self._post_report(sent))
            again = await self._post_report(sent) if self.rng.random() < REPEATED else None
        finally:
            self._reporting.release()
        self._write_report(sent, answer)
        if again is not None:
            self._write_report(sent, again)

    def _write_report(self, sent: Sent, answer: httpx.Response | None) -> None:
        status = answer.status_code if answer else None
        report_id = answer.json()["report_id"] if answer and answer.is_success else None
        self.repeats += status == 200
        self.journal.write("report", outcome_of(answer), key=sent.key, report_id=report_id, status=status)

    async def _post_report(self, sent: Sent) -> httpx.Response | None:
        return await self._send("POST", "intake", "/reports", sent.unit, sent.content, {"idempotency-key": sent.key})

    # Workers

    async def _work(self) -> None:
        while not self.stopped:
            with suppress(LookupError):
                await self._take_one()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _take_one(self) -> None:
        """One item of one queue. Raises `LookupError` when something on the way does not answer."""
        queues = json.loads(self._body(await self._get("worklist", "/summary", self.service_unit)))["queues"]
        unit = self.rng.choice([row["unit"] for row in queues])
        items = json.loads(self._body(await self._get("worklist", "/queue?limit=20", unit)))["items"]
        case = await self._see(UUID(self.rng.choice(items)["case_id"]), unit)
        known = Known(self.scenario.seed, str(case.case_id), lambda _: "")
        acts = plan(case, known, {}, self.clock.now)
        await self._act(case, self.rng.choice(acts[:3]))

    async def _see(self, case_id: UUID, unit: UnitId) -> Case:
        """As a unit from which nothing is hidden."""
        path = f"/cases/{case_id}"
        case = View.read(self._body(await self._get("casework", path, unit))).case
        if unit == case.accountable or unit_kind(unit) in OVERSEERS:
            return case
        overseer = unit_at(UnitKind.PROCURATORATE, case.seat[:6])
        return View.read(self._body(await self._get("casework", path, overseer))).case

    async def _act(self, case: Case, act: Act) -> None:
        if act.kind != "action":
            await self._tell(case, act)
        elif unit_kind(act.unit).startswith("police") and self.rng.random() < BY_KAFKA:
            await self._command(case, act)
        else:
            await self._act_over_http(case, act)

    async def _act_over_http(self, case: Case, act: Act) -> None:
        key, path = f"chaos-{new_id()}", f"/cases/{case.case_id}/actions/{act.name}"
        content = json.dumps({"worker": "w-1", "task_id": act.task_id, "fields": act.fields}).encode()
        headers = {"idempotency-key": key, "if-match": f'"{case.version}"'}

        async def post() -> httpx.Response | None:
            return await self._send("POST", "casework", path, act.unit, content, headers)

        answer = await self._until_answered(post)
        if outcome_of(answer) == "ok" and self.rng.random() < REPEATED:
            self.repeats += outcome_of(await post()) == "ok"
        self.journal.write(
            "action", outcome_of(answer), cause=f"act/{act.unit}/{key}", case_id=case.case_id, action=act.name,
            status=answer.status_code if answer else None,
        )  # fmt: skip

    async def _tell(self, case: Case, act: Act) -> None:
        """A notice is told by phone; that it was is on record, and comes to the case later."""
        task = case.tasks[act.task_id or ""]
        body = {"channel": "phone", "name": "接听人（虚构）", "told_at": self.clock.now.isoformat()}
        content = json.dumps(body).encode()
        path = f"/notices/{case.case_id}/{task.task_id}/proof"
        answer = await self._until_answered(lambda: self._send("POST", "notices", path, task.unit, content, {}))
        cause = f"{NOTICE_EVENTS.name}/{case.case_id}/{task.task_id}/proved"
        self.journal.write("message", outcome_of(answer), cause=cause, case_id=case.case_id)

    async def _command(self, case: Case, act: Act) -> None:
        """By Kafka, now and then twice. What the broker has acknowledged must get its answer."""
        request = ActionRequested(
            case_id=case.case_id, action=act.name, unit=act.unit, worker="w-1", occurred_at=self.clock.now,
            expected_version=case.version, task_id=act.task_id, fields=act.fields,
        )  # fmt: skip
        request_id = f"chaos-{new_id()}"
        times = 2 if self.rng.random() < REPEATED else 1
        outcome = await produce(self.bootstrap, [command_record(request_id, request)] * times)
        self.journal.write("message", outcome, cause=f"{COMMANDS_POLICE.name}/{request_id}", case_id=case.case_id)

    # HTTP

    async def _until_answered(self, ask: Callable[[], Awaitable[httpx.Response | None]]) -> httpx.Response | None:
        """Again and again, the same request; None when nobody ever said yes or no."""
        for _ in range(TRIES):
            answer = await ask()
            if outcome_of(answer) != "info":
                return answer
            await asyncio.sleep(PAUSE_SECONDS)
        return None

    async def _get(self, service: str, path: str, unit: UnitId) -> httpx.Response | None:
        return await self._send("GET", service, path, unit, b"", {})

    async def _send(  # noqa: PLR0917 - one parameter for each part of the request
        self, method: str, service: str, path: str, unit: UnitId, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        """None when there is no answer."""
        every = {"authorization": f"Bearer {self.tokens[unit]}", "content-type": "application/json", **headers}
        with suppress(httpx.TransportError):
            return await self.http.request(method, self.urls[service] + path, content=content, headers=every)
        return None

    def _body(self, answer: httpx.Response | None) -> bytes:
        """Raises `LookupError` when there was no good answer."""
        if outcome_of(answer) != "ok" or answer is None:
            raise LookupError
        return answer.content


def command_record(request_id: str, request: ActionRequested) -> dict[str, Any]:
    """A command as an agency's system sends it."""
    return {
        "topic": COMMANDS_POLICE.name,
        "key": str(request.case_id).encode(),
        "value": request.to_json(),
        "headers": list(_headers(request_id, COMMANDS_POLICE.types[0], COMMANDS_POLICE.producer)),
    }


def _headers(event_id: str, type_: str, source: str) -> Iterator[tuple[str, bytes]]:
    values = {"specversion": "1.0", "id": event_id, "type": type_, "source": source}
    for name, value in (values | {"time": datetime.now(UTC).isoformat()}).items():
        yield f"ce_{name}", value.encode()


async def produce(bootstrap: str, records: list[dict[str, Any]]) -> Outcome:
    """Send records with a producer of their own, acknowledged by all replicas in sync."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(20):
            await producer.start()
            for record in records:
                await producer.send_and_wait(**record)
    except (KafkaError, OSError, TimeoutError):
        return "info"
    finally:
        await producer.stop()
    return "ok"
