"""A service's schema and topics of its own for every test: nothing is shared but the two servers.

Import the fixtures you need into your test module.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]

from contracts.topics import TOPICS, Topic
from services.platform.database import Database
from services.platform.kafka import create_topics
from services.platform.provision import provision
from services.platform.settings import Settings

PATIENT_SECONDS: Final = 120
"""Longer than anything takes on a machine that is busy with other things: so late only what never happens comes."""

_numbers = count(1)

OpenDatabase = Callable[[str], Awaitable[Database]]
CreateTopics = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Space:
    """The namespace of one test, and its servers."""

    namespace: str
    admin_dsn: str

    async def provision(self, *services: str) -> dict[str, str]:
        passwords = {service: f"{service}-secret" for service in services}
        return await provision(self.admin_dsn, self.namespace, passwords, services)


@pytest.fixture
async def space(postgres_dsn: str) -> AsyncIterator[Space]:
    """A fresh namespace; its schemas and roles are dropped afterwards."""
    space = Space(f"t{next(_numbers)}_", postgres_dsn)
    yield space
    await drop(space)


@pytest.fixture
async def database(space: Space) -> AsyncIterator[OpenDatabase]:
    """`await database("casework")`: the migrated schema of a service, opened with the service's own role."""
    opened: list[Database] = []

    async def open_database(service: str) -> Database:
        dsns = await space.provision(service)
        db = Database(dsns[service], service, namespace=space.namespace)
        await db.open()
        opened.append(db)
        return db

    yield open_database
    for db in opened:
        await db.close()


@pytest.fixture
async def admin_database(space: Space) -> AsyncIterator[Database]:
    """The schema `platform` of the namespace, with the administrator's role: for the clock and for tokens."""
    await space.provision()
    db = Database(space.admin_dsn, "platform", namespace=space.namespace)
    await db.open()
    yield db
    await db.close()


@pytest.fixture
async def topics(space: Space, kafka_bootstrap: str) -> CreateTopics:
    """`await topics(CASE_EVENTS)`: create topics of the namespace; all of them when none is named."""

    async def create(*wanted: Topic) -> None:
        await create_topics(kafka_bootstrap, space.namespace, topics=wanted or TOPICS)

    return create


@pytest.fixture
def settings(space: Space, kafka_bootstrap: str) -> Settings:
    """Settings of the namespace. The DSN is the administrator's; `database` opens with the service's own."""
    return Settings(postgres_dsn=space.admin_dsn, kafka_bootstrap=kafka_bootstrap, namespace=space.namespace)


@asynccontextmanager
async def producing(bootstrap: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def eventually(condition: Callable[[], Awaitable[object] | object], *, seconds: float = PATIENT_SECONDS) -> None:
    """Ask until the condition holds. Raises `TimeoutError` with what was asked and how it was answered last."""
    answer: object = "none"
    try:
        async with asyncio.timeout(seconds):
            while True:
                with suppress(TimeoutError):  # the question's own; ours is no error in here yet
                    asked = condition()
                    answer = await asked if inspect.isawaitable(asked) else asked
                    if answer:
                        return
                await asyncio.sleep(0.02)
    except TimeoutError as error:  # behind it stands where a question hung
        asked_for = inspect.getsource(condition).strip()
        raise TimeoutError(f"{asked_for}: the last answer within {seconds:.0f} s was {answer!r}") from error


async def drop(space: Space) -> None:
    """Every schema and role of a namespace."""
    admin = await asyncpg.connect(space.admin_dsn)
    try:
        pattern = space.namespace.replace("_", r"\_") + "%"
        for row in await admin.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE $1", pattern):
            await admin.execute(f'DROP SCHEMA "{row["nspname"]}" CASCADE')
        for row in await admin.fetch("SELECT rolname FROM pg_roles WHERE rolname LIKE $1", pattern):
            await admin.execute(f'DROP OWNED BY "{row["rolname"]}"')
            await admin.execute(f'DROP ROLE "{row["rolname"]}"')
    finally:
        await admin.close()
