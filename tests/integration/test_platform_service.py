"""A whole service: HTTP and its problems in one process, and start, health and stop as a process of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import httpx
import psutil  # type: ignore[import-untyped]
import pytest
from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from contracts.topics import CASE_EVENTS
from deploy.local.process import free_port
from services.platform.auth import Caller, CurrentCaller, Role, issue_token, requires
from services.platform.database import Database
from services.platform.problems import BODY_LIMIT, Problem
from services.platform.service import Service
from services.platform.settings import Settings
from tests.integration.platform_fixtures import (
    PATIENT_SECONDS,
    CreateTopics,
    Space,
    admin_database,
    eventually,
    producing,
    settings,
    space,
    topics,
)

__all__ = ["admin_database", "settings", "space", "topics"]

UNIT = "police-station@330382001"
router = APIRouter()


class Form(BaseModel):
    age: int = Field(ge=0)
    seen: AwareDatetime
    kind: str = "a"

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind != "a":
            raise ValueError("应为 a / Should be a")
        return kind


@router.get("/who")
async def who(caller: CurrentCaller) -> dict[str, str]:
    return {"unit": caller.unit}


@router.post("/act")
async def act(form: Form, caller: Annotated[Caller, Depends(requires("act"))]) -> dict[str, str]:
    return {"unit": caller.unit, "kind": form.kind}


@router.get("/conflict")
async def conflict() -> None:
    raise Problem(409, "conflict", "已有人处理", "Somebody has it", state="accepted")


@router.get("/crash")
async def crash() -> None:
    raise RuntimeError("王小明")


class LostRaceError(Exception):
    try_again = True


PASSING = {
    "lock": asyncpg.LockNotAvailableError("王小明"),
    "deadlock": asyncpg.DeadlockDetectedError("王小明"),
    "away": ConnectionRefusedError("王小明"),
    "race": LostRaceError("王小明"),
}


@router.get("/passing/{name}")
async def passing(name: str) -> None:
    raise PASSING[name]


@dataclass
class Web:
    client: httpx.AsyncClient
    admin: Database

    async def login(self, *roles: Role) -> None:
        async with self.admin.transaction() as conn:
            token = await issue_token(conn, UNIT, roles)
        self.client.headers["authorization"] = f"Bearer {token}"

    async def post(self, **body: Any) -> httpx.Response:
        return await self.client.post("/act", json=body)


@pytest.fixture
async def web(space: Space, settings: Settings, admin_database: Database) -> AsyncIterator[Web]:
    dsn = (await space.provision("alpha"))["alpha"]
    service = Service("alpha", settings.model_copy(update={"postgres_dsn": dsn}))
    service.include(router)
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    async with service.running(), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Web(client, admin_database)


async def test_only_health_is_open(web: Web) -> None:
    assert (await web.client.get("/health/live")).status_code == 200
    assert (await web.client.get("/health/ready")).status_code == 200
    for path in ("/who", "/conflict"):
        answer = await web.client.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/openapi.json", "/docs"):
        assert (await web.client.get(path)).status_code == 404
    web.client.headers["authorization"] = "Bearer wrong"
    assert (await web.client.get("/who")).status_code == 401


async def test_the_token_alone_names_the_unit(web: Web) -> None:
    await web.login("act")
    answer = await web.client.get("/who", headers={"x-unit": "court@330382"})
    assert answer.json() == {"unit": UNIT}


async def test_a_caller_without_the_role_is_refused(web: Web) -> None:
    await web.login("report")
    answer = await web.post(age=1, seen="2026-03-01T08:30:00+08:00")
    assert (answer.status_code, answer.json()["needs_role"]) == (403, "act")


async def test_every_wrong_field_is_named_with_what_would_be_right(web: Web) -> None:
    await web.login("act")
    answer = await web.post(age=-1, seen="2026-03-01T08:30:00", kind="b")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [
        {"field": "/age", "zh": "应不小于 0", "en": "Should be at least 0"},
        {
            "field": "/seen",
            "zh": "应为带时区的时间，如 2026-03-01T08:30:00+08:00",
            "en": "Should be a time with zone, e.g. 2026-03-01T08:30:00+08:00",
        },
        {"field": "/kind", "zh": "应为 a", "en": "Should be a"},
    ]


async def test_errors_are_problems(web: Web) -> None:
    await web.login("act")
    malformed = await web.client.post("/act", content=b"{", headers={"content-type": "application/json"})
    answers = {
        "malformed-json": malformed,
        "not-found": await web.client.get("/nowhere"),
        "method-not-allowed": await web.client.put("/who"),
        "conflict": await web.client.get("/conflict"),
        "internal": await web.client.get("/crash"),
        "too-large": await web.client.post("/act", content=bytes(BODY_LIMIT + 1)),
    }
    for code, answer in answers.items():
        body = answer.json()
        assert (body["code"], body["status"]) == (code, answer.status_code)
        assert body["title"] == f"{body['title_zh']} / {body['title_en']}"
        assert "王小明" not in answer.text
    assert answers["conflict"].json()["state"] == "accepted"
    assert [answer.status_code for answer in answers.values()] == [400, 404, 405, 409, 500, 413]


@pytest.mark.parametrize("name", PASSING)
async def test_an_error_that_passes_is_answered_with_when_to_try_again(name: str, web: Web) -> None:
    await web.login("act")
    answer = await web.client.get(f"/passing/{name}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert "王小明" not in answer.text


async def test_a_body_that_grows_while_it_is_sent_is_cut_off(web: Web) -> None:
    await web.login("act")

    async def body() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(100_000)

    assert (await web.client.post("/act", content=body())).status_code == 413


async def test_a_service_is_not_ready_without_its_database(settings: Settings) -> None:
    service = Service("alpha", settings)
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/health/ready")).status_code == 503


PROGRAM = """
from contracts.topics import CASE_EVENTS
from services.platform.service import Service
from services.platform.settings import Settings

async def handle(conn, records):
    await conn.execute("SELECT 1")

service = Service("alpha", Settings())
service.consume(CASE_EVENTS, handle=handle)
service.serve()
"""


STANDING_BY = """
import gc, sys
from services.platform.service import Service
from services.platform.settings import Settings

class Asked:
    def readline(self):
        print("uvicorn.protocols.http.auto" in sys.modules, gc.get_freeze_count() > 0)
        return ""

sys.stdin = Asked()
Service("alpha", Settings(postgres_dsn="postgresql://127.0.0.1:1/none", standby=True)).serve()
"""


async def test_process_that_stands_by_has_loaded_everything_and_ends_with_whoever_would_need_it() -> None:
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STANDING_BY), cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
    )
    output, _ = await started.communicate()
    assert (output.decode().split(), started.returncode) == (["True", "True"], 0)


@dataclass
class Process:
    process: asyncio.subprocess.Process
    url: str

    async def ready(self) -> bool:
        assert self.process.returncode is None, (await self.output())[-2000:]
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(self.url + "/health/ready")).status_code == 200
            except httpx.TransportError:
                return False

    async def output(self) -> str:
        assert self.process.stdout is not None
        return (await self.process.stdout.read()).decode()


@pytest.fixture
async def process(space: Space, settings: Settings, topics: CreateTopics) -> AsyncIterator[Process]:
    await topics(CASE_EVENTS)
    dsn = (await space.provision("alpha"))["alpha"]
    port = free_port()
    environment = {
        "LIANDONG_POSTGRES_DSN": dsn,
        "LIANDONG_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "LIANDONG_NAMESPACE": space.namespace,
        "LIANDONG_HTTP_PORT": str(port),
    }
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    process = Process(started, f"http://127.0.0.1:{port}")
    try:
        await eventually(process.ready)
        yield process
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_a_service_stays_small_and_ends_cleanly_on_sigterm(
    process: Process, space: Space, settings: Settings
) -> None:
    async with producing(settings.kafka_bootstrap) as producer:
        for number in range(2000):
            await producer.send(space.namespace + CASE_EVENTS.name, key=str(number).encode(), value=bytes(1000))
    assert psutil.Process(process.process.pid).memory_info().rss < 150 * 1024 * 1024
    process.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.process.wait(), PATIENT_SECONDS) == 0
    output = await process.output()
    assert '"event": "stopped"' in output
    assert "Traceback" not in output


async def test_a_service_whose_reader_cannot_go_on_ends_with_an_error(
    process: Process, space: Space, settings: Settings
) -> None:
    topic = space.namespace + CASE_EVENTS.name
    async with (
        producing(settings.kafka_bootstrap, transactional_id=topic) as producer,
        producer.transaction(),
    ):
        await producer.send(topic, key=b"k", value=b"{}", partition=0)
    async with producing(settings.kafka_bootstrap) as producer:
        for _ in range(50):
            await producer.send_and_wait(topic, key=b"k", value=b"{}", partition=0)
    assert await asyncio.wait_for(process.process.wait(), PATIENT_SECONDS) == 1
    assert "OffsetGapError" in await process.output()
