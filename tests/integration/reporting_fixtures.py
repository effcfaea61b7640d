"""Intake and vault as a city has them: real tables, real topics, keys and tokens; each can be up or down.

Import the fixture `city` into your test module.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from contracts.cases import FACT_TYPE, Fact
from contracts.topics import CASE_EVENTS, DEAD_LETTERS, INTAKE_EVENTS
from deploy.local.process import free_port
from services.intake import app as intake_app
from services.intake.settings import IntakeSettings
from services.platform.auth import issue_token
from services.platform.database import Database
from services.platform.kafka import create_topics
from services.platform.service import Service
from services.platform.settings import Settings
from services.vault import app as vault_app
from services.vault.keys import make_keys
from tests.integration.platform_fixtures import Space, producing

HOTLINE = "hotline@330382"
HOSPITAL = "hospital@00112233aabbccdd"
STATION = "police-station@330382001"
DESK = "duty-desk@330382"
VAULT = "casework@330382"


def identity_number(born: date, sequence: int = 2, region: str = "330382") -> str:
    """A number whose check character fits."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    body = f"{region}{born:%Y%m%d}{sequence:03d}"
    return body + "10X98765432"[sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True)) % 11]


GIRL = identity_number(date(2012, 3, 5))
NAMES = {"name": "欧阳小红", "address": "城东街道幸福路某号", "phone": "13912345678"}
NARRATIVE = "就诊时发现多处损伤，孩子说是继父所为。"
REPORTER = {"name": "李秋实", "phone": "13800138000", "office": "儿科门诊"}


def report(**changes: Any) -> dict[str, Any]:
    """A hospital's report about a girl of 13; None takes a field away."""
    whole: dict[str, Any] = {
        "type": "report",
        "kind": "harm_to_minor",
        "situation": "mr2",
        "reporter": {"category": "medical"},
        "reporter_identity": REPORTER,
        "subjects": [{"role": "victim"}],
        "persons": {"victim": {**NAMES, "id_number": GIRL}},
        "narrative": NARRATIVE,
        "learned_at": "2026-03-04T09:00:00+08:00",
        "submitted_at": "2026-03-04T09:30:00+08:00",
        "region": "330382001",
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


@dataclass
class City:
    """`tokens` are by unit. `vault_port` is where intake looks for the vault, up or not."""

    space: Space
    bootstrap: str
    folder: Path
    dsns: dict[str, str]
    tokens: dict[str, str]
    vault_port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        """What a process of intake must be told."""
        return {
            "LIANDONG_POSTGRES_DSN": self.dsns["intake"],
            "LIANDONG_KAFKA_BOOTSTRAP": self.bootstrap,
            "LIANDONG_NAMESPACE": self.space.namespace,
            "LIANDONG_VAULT_URL": f"http://127.0.0.1:{self.vault_port}",
            "LIANDONG_SERVICE_TOKEN": self.tokens[VAULT],
            "LIANDONG_VAULT_PUBLIC_KEY_FILE": str(self.folder / "vault.pub"),
        }

    @property
    def vault_settings(self) -> Settings:
        return Settings(
            postgres_dsn=self.dsns["vault"],
            kafka_bootstrap=self.bootstrap,
            namespace=self.space.namespace,
            vault_private_key_file=self.folder / "vault.key",
        )

    def new_intake(self, **changes: Any) -> Service:
        given = {name.removeprefix("LIANDONG_").lower(): value for name, value in self.environment.items()}
        return intake_app.build(IntakeSettings.model_validate(given | changes))

    @asynccontextmanager
    async def intake(self, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A running intake, called as the hotline."""
        service = self.new_intake(**changes)
        async with service.running(), self.client(httpx.ASGITransport(service.app), HOTLINE) as client:
            yield client

    @asynccontextmanager
    async def vault(self, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A running vault where the others look for it, called as a service."""
        service = vault_app.build(self.vault_settings.model_copy(update=changes))
        config = uvicorn.Config(service.app, port=self.vault_port, log_config=None, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        try:
            while not server.started:
                assert not serving.done(), "the vault did not start"
                await asyncio.sleep(0.01)
            async with self.client(httpx.AsyncHTTPTransport(), VAULT, f"http://127.0.0.1:{self.vault_port}") as client:
                yield client
        finally:
            server.should_exit = True
            await serving

    def client(self, transport: httpx.AsyncBaseTransport, unit: str, url: str = "http://service") -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=transport, base_url=url, headers=self.as_unit(unit), timeout=30)

    def as_unit(self, unit: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[unit]}"}

    async def fetch(self, service: str, query: str, *values: Any) -> list[asyncpg.Record]:
        """Ask a service's tables directly."""
        connection = await asyncpg.connect(
            self.dsns[service], server_settings={"search_path": self.space.namespace + service}
        )
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    async def table_bytes(self, service: str) -> dict[str, str]:
        """Every table of a service's schema, every row of it as text, byte strings decoded as far as that goes."""
        schema = self.space.namespace + service
        tables = await self.fetch(service, "SELECT tablename FROM pg_tables WHERE schemaname = $1", schema)
        found = {}
        for name in [row["tablename"] for row in tables]:
            rows = await self.fetch(service, f'SELECT * FROM "{schema}"."{name}"')  # noqa: S608
            found[name] = "\n".join(_text(value) for row in rows for value in row.values())
        return found

    async def published(self) -> list[Any]:
        """Every record on `intake.events`."""
        return await read_topic(self.bootstrap, self.space.namespace + INTAKE_EVENTS.name, INTAKE_EVENTS.partitions)

    async def say(self, *facts: Fact, headers: Iterable[tuple[str, bytes]] = ()) -> None:
        """Publish facts as casework does."""
        async with producing(self.bootstrap) as producer:
            for fact in facts:
                envelope = {"ce_specversion": "1.0", "ce_id": fact.event_id, "ce_type": FACT_TYPE, "ce_source": "/test"}
                await producer.send_and_wait(
                    self.space.namespace + CASE_EVENTS.name,
                    fact.to_json(),
                    key=str(fact.case_id).encode(),
                    headers=[*((name, value.encode()) for name, value in envelope.items()), *headers],
                )


@pytest.fixture
async def city(space: Space, kafka_bootstrap: str, tmp_path: Path) -> City:
    """A city with intake and vault provisioned and nothing running."""
    return await new_city(space, kafka_bootstrap, tmp_path)


async def new_city(space: Space, bootstrap: str, folder: Path) -> City:
    await create_topics(bootstrap, space.namespace, topics=(INTAKE_EVENTS, CASE_EVENTS, DEAD_LETTERS))
    dsns = await space.provision("intake", "vault")
    make_keys(folder / "vault.key", folder / "vault.pub")
    return City(space, bootstrap, folder, dsns, await _issue_tokens(space))


async def _issue_tokens(space: Space) -> dict[str, str]:
    db = Database(space.admin_dsn, "platform", namespace=space.namespace, size=3)
    await db.open()
    try:
        async with db.transaction() as conn:
            tokens = {unit: await issue_token(conn, unit, ["report"]) for unit in (HOTLINE, HOSPITAL, STATION)}
            tokens[DESK] = await issue_token(conn, DESK, ["act"])
            tokens[VAULT] = await issue_token(conn, VAULT, ["service"])
        return tokens
    finally:
        await db.close()


async def send(client: httpx.AsyncClient, body: Any, *, key: str | None = None, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return await client.post("/reports", content=content, headers={"idempotency-key": key or str(uuid4()), **headers})


async def read_topic(bootstrap: str, topic: str, partitions: int) -> list[Any]:
    """Every record, by partition and offset."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        wanted = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(wanted)
        missing = sum((await consumer.end_offsets(wanted)).values())
        await consumer.seek_to_beginning()
        records: list[Any] = []
        while len(records) < missing:
            for batch in (await consumer.getmany(timeout_ms=1000)).values():
                records += batch
        return records
    finally:
        await consumer.stop()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return str(value)
