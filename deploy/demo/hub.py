"""The client's connections: HTTP with each unit's own token, and Kafka as the police system. Safe to repeat."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]

from contracts.base import UnitId
from contracts.cases import ActionAnswered, ActionRequested
from contracts.topics import CASE_REPLIES, COMMANDS_POLICE

AT_ONCE: Final = 12
PATIENCE_SECONDS: Final = 90
PAUSE_SECONDS: Final = 0.1


@dataclass
class Hub:
    """`retried` counts requests that got no answer, or a 5xx, and were sent again unchanged."""

    urls: Mapping[str, str]
    tokens: Mapping[str, str] = field(repr=False)
    http: httpx.AsyncClient
    requests: int = 0
    retried: int = 0
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def get(self, service: str, path: str, unit: UnitId) -> httpx.Response:
        return await self._send(httpx.Request("GET", self.urls[service] + path, headers=self._headers(unit)))

    async def post(
        self, service: str, path: str, unit: UnitId | None, content: bytes, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {"content-type": "application/json", **named, **self._headers(unit)}
        return await self._send(httpx.Request("POST", self.urls[service] + path, headers=all_headers, content=content))

    async def post_json(self, service: str, path: str, unit: UnitId, body: Any, **headers: str) -> httpx.Response:
        return await self.post(service, path, unit, json.dumps(body, ensure_ascii=False).encode(), **headers)

    def _headers(self, unit: UnitId | None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[unit]}"} if unit else {}

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Raises `TimeoutError` when there is no proper answer for a minute and a half."""
        async with self._turn, asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self.requests += 1
                try:
                    answer = await self.http.send(request)
                    if answer.status_code < 500:
                        return answer
                except httpx.TransportError:
                    pass
                self.retried += 1
                await asyncio.sleep(PAUSE_SECONDS)


async def until_taken(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The answer, asked for again while a service is too busy to take the request in, for a minute and a half."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = await ask()
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > until:
            return answer
        await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def open_hub(urls: Mapping[str, str], tokens: Mapping[str, str]) -> AsyncIterator[Hub]:
    limits = httpx.Limits(max_keepalive_connections=2 * AT_ONCE, max_connections=2 * AT_ONCE)
    async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as http:
        yield Hub(urls, tokens, http)


class PoliceSystem:
    """Speaks on `case.commands.police` and hears on `case.replies`, as an agency's own system would."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
        self._consumer = AIOKafkaConsumer(CASE_REPLIES.name, bootstrap_servers=bootstrap, auto_offset_reset="latest")
        self._waiting: dict[str, asyncio.Future[ActionAnswered]] = {}
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._producer.start()
        await self._consumer.start()
        # Fetch the end of the log now: whatever is answered from here on is heard.
        await asyncio.gather(*(self._consumer.position(one) for one in self._consumer.assignment()))
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._consumer.stop()
        await self._producer.stop()

    async def ask(self, request_id: str, request: ActionRequested) -> ActionAnswered:
        """Send a command and wait for its answer. Raises `TimeoutError`."""
        answer = self._waiting.setdefault(request_id, asyncio.get_running_loop().create_future())
        headers = {
            "ce_specversion": "1.0",
            "ce_id": request_id,
            "ce_type": COMMANDS_POLICE.types[0],
            "ce_source": COMMANDS_POLICE.producer,
            "ce_time": datetime.now(UTC).isoformat(),
            "content-type": "application/json",
        }
        await self._producer.send_and_wait(
            COMMANDS_POLICE.name,
            key=str(request.case_id).encode(),
            value=request.to_json(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await answer

    async def _listen(self) -> None:
        async for record in self._consumer:
            answer = ActionAnswered.read(record.value)
            waiting = self._waiting.pop(answer.request_id, None)
            if waiting and not waiting.done():
                waiting.set_result(answer)
