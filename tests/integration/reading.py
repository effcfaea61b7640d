"""What the tests of the readers of `case.events` share: facts given to a handler as Kafka would, and HTTP with a token.

Import the fixtures you need into your test module.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx
import pytest

from contracts.cases import Fact
from contracts.topics import CASE_EVENTS
from services.platform.auth import Role, issue_token
from services.platform.clock import set_simulated
from services.platform.database import Database
from services.platform.fence import Partition, place_fence
from services.platform.reader import Handle, PartitionReader
from services.platform.service import Service
from services.platform.settings import Settings
from tests.case_logs import as_records
from tests.integration.platform_fixtures import CreateTopics, Space, eventually, producing

Create = Callable[[Settings], Service]
Provisioned = Callable[[str], Awaitable[Settings]]
Running = Callable[[str, Create], AbstractAsyncContextManager[Service]]

PARTITION = Partition(CASE_EVENTS.name, 0)


@dataclass
class Feed:
    """One partition of `case.events`, given to a handler without Kafka."""

    db: Database
    handle: Handle
    read: int = 0

    async def give(self, facts: Iterable[Fact], *, batch: int = 500, epoch: int = 1) -> None:
        """New records with these facts, in batches."""
        records = as_records(facts, epoch=epoch, offset=self.read)
        async with self.db.transaction() as conn:
            fence = await place_fence(conn, "test", PARTITION, self.read)
        reader = PartitionReader(self.db, "test", PARTITION, self.handle, fence=fence)
        for first in range(0, len(records), batch):
            assert await reader.apply(records[first : first + batch])
        self.read = reader.fence


class Client:
    """HTTP as one unit sees it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, **query: str | int) -> httpx.Response:
        return await self._http.get(path, params=query)

    async def post(self, path: str, body: object = None) -> httpx.Response:
        return await self._http.post(path, json=body)

    async def send(self, path: str, body: bytes) -> httpx.Response:
        """What is no JSON, too."""
        return await self._http.post(path, content=body)


class Door:
    """The HTTP side of a service."""

    def __init__(self, service: Service, admin: Database) -> None:
        self._transport = httpx.ASGITransport(service.app)
        self._admin = admin

    async def of(self, unit: str, *roles: Role) -> Client:
        """A client with a token of that unit; role `act` unless others are named."""
        async with self._admin.transaction() as conn:
            token = await issue_token(conn, unit, roles or ("act",))
        headers = {"authorization": f"Bearer {token}"}
        return Client(httpx.AsyncClient(transport=self._transport, base_url="http://test", headers=headers))


@pytest.fixture
def provisioned(space: Space) -> Provisioned:
    """`await provisioned("worklist")`: settings of a service with its own role, without Kafka."""

    async def provision(name: str) -> Settings:
        dsns = await space.provision(name)
        return Settings(postgres_dsn=dsns[name], namespace=space.namespace)

    return provision


@pytest.fixture
def running(space: Space, kafka_bootstrap: str, topics: CreateTopics) -> Running:
    """`async with running("worklist", create) as service`: a whole service on a real broker."""

    @asynccontextmanager
    async def run(name: str, create: Create) -> AsyncIterator[Service]:
        await topics()
        dsns = await space.provision(name)
        settings = Settings(postgres_dsn=dsns[name], kafka_bootstrap=kafka_bootstrap, namespace=space.namespace)
        service = create(settings)
        async with service.running():
            yield service

    return run


@asynccontextmanager
async def opened(service: Service) -> AsyncIterator[Service]:
    """Only the database of a service: nothing reads or sends."""
    await service.db.open()
    try:
        yield service
    finally:
        await service.db.close()


async def send_facts(settings: Settings, facts: Iterable[Fact]) -> None:
    """To the broker, keyed as casework does."""
    async with producing(settings.kafka_bootstrap) as producer:
        for record in as_records(facts):
            topic = settings.namespace + record.topic
            await producer.send_and_wait(topic, record.value, record.key, headers=list(record.headers))


async def until_ready(client: Client) -> None:
    """Wait until every reader of the service stands at its fence."""

    async def is_ready() -> bool:
        return (await client.get("/health/ready")).status_code == 200

    await eventually(is_ready)


async def set_clock(admin: Database, moment: datetime) -> None:
    async with admin.transaction() as conn:
        await set_simulated(conn, moment)
