"""Taking in less when it must be, refusing at once instead of late, and being alive only while something moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from services.platform.auth import CurrentCaller, issue_token
from services.platform.database import Database
from services.platform.fence import StalledError
from services.platform.pressure import Pressure
from services.platform.service import Service
from services.platform.settings import Settings
from services.platform.vault_client import VaultError
from tests.integration.bench import ONE, Bench, bench
from tests.integration.platform_fixtures import (
    CreateTopics,
    Space,
    admin_database,
    database,
    eventually,
    settings,
    space,
    topics,
)

__all__ = ["admin_database", "bench", "database", "settings", "space", "topics"]

UNIT = "police-station@330382001"


@dataclass
class Shop:
    """A service with one slow counter: a request stays until `go_on` is set."""

    service: Service
    client: httpx.AsyncClient
    come: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, caller: CurrentCaller) -> dict[str, str]:
        self.come.set()
        await self.go_on.wait()
        return {"unit": caller.unit}

    async def live(self) -> httpx.Response:
        return await self.client.get("/health/live")


@asynccontextmanager
async def open_shop(space: Space, settings: Settings, admin: Database, **changes: Any) -> AsyncIterator[Shop]:
    dsn = (await space.provision("alpha"))["alpha"]
    service = Service("alpha", settings.model_copy(update={"postgres_dsn": dsn, **changes}))
    async with admin.transaction() as conn:
        token = await issue_token(conn, UNIT, ["act"])
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        shop = Shop(service, client)
        router = APIRouter()
        router.get("/counter")(shop.wait)
        service.include(router)
        yield shop


def assert_refused(answer: httpx.Response) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"], body["title_zh"]) == (503, "overloaded", "系统繁忙，本次请求未受理")
    assert body["title_en"] == "Too busy: this request was not taken in"
    assert int(answer.headers["retry-after"]) > 0


async def test_one_request_too_many_is_refused_at_once_and_health_still_answers(
    space: Space, settings: Settings, admin_database: Database
) -> None:
    async with open_shop(space, settings, admin_database, http_at_once=1) as shop, shop.service.running():
        first = asyncio.create_task(shop.client.get("/counter"))
        await shop.come.wait()
        assert_refused(await shop.client.get("/counter"))
        assert (await shop.live()).status_code == 200
        shop.go_on.set()
        assert (await first).status_code == 200
        assert (await shop.client.get("/counter")).status_code == 200


async def test_requests_are_refused_while_the_database_is_slow_and_taken_when_it_is_not(
    space: Space, settings: Settings, admin_database: Database
) -> None:
    quick = {"slow_seconds": 0.2, "pool_size": 3}
    async with open_shop(space, settings, admin_database, **quick) as shop, shop.service.running():
        shop.go_on.set()
        async with AsyncExitStack() as stack:
            for _ in range(3):  # every connection is taken
                await stack.enter_async_context(shop.service.db.connection())
            await eventually(lambda: shop.service.pressure.slow)
            assert_refused(await shop.client.get("/counter"))

        async def is_taken_in() -> bool:
            return (await shop.client.get("/counter")).status_code == 200

        await eventually(is_taken_in)


async def test_an_old_outbox_is_pressure_until_it_is_young_again(bench: Bench) -> None:
    pressure = Pressure(bench.db, bench.settings.model_copy(update={"backed_up_seconds": 3000}))
    async with bench.db.transaction() as conn:
        await conn.execute("INSERT INTO outbox (topic, header_names, header_values) VALUES ('t', '{}', '{}')")
    ages = {500: False, 4000: True, 2000: True, 1000: False}
    for seconds, expected in ages.items():
        async with bench.db.transaction() as conn:
            await conn.execute("UPDATE outbox SET stored_at = now() - make_interval(secs => $1)", seconds)
        await pressure.measure()
        assert (pressure.backed_up, pressure.high, pressure.slow) == (expected, expected, False), seconds


async def test_without_a_database_nothing_is_taken_in(settings: Settings) -> None:
    pressure = Pressure(Database("postgres://nobody@127.0.0.1:1/x", "alpha"), settings)
    await pressure.measure()
    assert pressure.slow


async def test_a_reader_pauses_under_pressure_and_goes_on_where_it_was(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    pressed = asyncio.Event()
    pressed.set()
    consumer = bench.read(ONE, must_pause=pressed.is_set)
    await eventually(lambda: consumer.ready)
    await bench.send(ONE, 5)
    await eventually(lambda: sum(consumer.lag.values()) == 5)
    assert await bench.effects() == []
    pressed.clear()
    await bench.until(0, 1, 2, 3, 4)
    pressed.set()
    await eventually(lambda: consumer.paused)
    await bench.send(ONE, 2)
    await eventually(lambda: sum(consumer.lag.values()) == 2)
    assert await bench.effects() == [0, 1, 2, 3, 4]
    pressed.clear()
    await bench.until(*range(7))


async def test_a_reader_that_pauses_is_not_dead(bench: Bench, topics: CreateTopics) -> None:
    await topics(ONE)
    await bench.send(ONE, 5)
    consumer = bench.read(ONE, must_pause=lambda: True, stall_seconds=0)
    await eventually(lambda: sum(consumer.lag.values()) == 5)
    assert bench.fatal == []


async def test_a_round_that_does_not_end_is_no_life_and_ends_the_service(
    space: Space, settings: Settings, admin_database: Database
) -> None:
    async with open_shop(space, settings, admin_database, stall_seconds=1) as shop:
        shop.service.every(1.0, shop.go_on.wait, "stuck")
        async with shop.service.running():
            await eventually(lambda: shop.service.failure)
            answer = await shop.live()
            assert answer.status_code == 503
            assert "stuck" in answer.json()["stalled"]
            assert isinstance(shop.service.failure, StalledError)
            shop.go_on.set()


@pytest.mark.parametrize(
    ("error", "moves"), [(KeyError("bug"), False), (VaultError("away"), True), (ConnectionRefusedError(), True)]
)
async def test_a_worker_that_fails_by_its_own_fault_is_no_life_and_one_whose_server_is_away_is(
    space: Space, settings: Settings, admin_database: Database, error: Exception, *, moves: bool
) -> None:
    async def fail() -> None:
        raise error

    async with open_shop(space, settings, admin_database) as shop:
        worker = shop.service.every(1.0, fail, "failing", longest=0.3)
        async with shop.service.running():
            await eventually(lambda: worker.failures > 4)  # which takes longer

            async def is_said() -> bool:  # also between two tries that are far apart
                live = await shop.live()
                return (live.is_success, "failing" in live.json()["stalled"]) == (moves, not moves)

            await eventually(is_said)
            assert shop.service.failure is None
