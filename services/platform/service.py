"""The frame of a service process: HTTP, readers, the outbox's relay, background work; start, health and stop."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.topics import Topic
from services.platform import problems, tracing
from services.platform.auth import Callers, caller
from services.platform.clock import Clock, DatabaseClock
from services.platform.consumer import BatchConsumer
from services.platform.database import Database, is_infrastructure, queries
from services.platform.failpoints import reach
from services.platform.logs import describe, get_logger, setup_logging
from services.platform.outbox import Relay
from services.platform.reader import Handle
from services.platform.settings import Settings
from services.platform.worker import Work, Worker, backoff

log = get_logger("service")
q = queries("services.platform")


class Service:
    """Everything a service shares with the others; its `app.py` adds what is its own and calls `serve`.

    Every route needs a token, except `/health/live` and `/health/ready`.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self.clock: Clock = DatabaseClock()
        self.db = Database(settings.postgres_dsn, name, namespace=settings.namespace, size=settings.pool_size)
        self.relay = Relay(self.db, settings)
        self.failure: BaseException | None = None
        self._consumers: list[BatchConsumer] = []
        self._workers: list[Worker] = []
        self._hooks: list[tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]] = []
        self._server: uvicorn.Server | None = None
        self.app = self._new_app()

    # What app.py calls

    def include(self, router: APIRouter) -> None:
        self.app.include_router(router)

    def consume(self, *topics: Topic, handle: Handle, hurry: bool = True) -> BatchConsumer:
        """Read topics; the group is the service's name. Without `hurry` records are gathered first (`patience_ms`)."""
        consumer = BatchConsumer(self.db, self.settings, self.name, topics, handle, on_fatal=self.fail, hurry=hurry)
        self._consumers.append(consumer)
        return consumer

    def every(self, seconds: float, work: Work, name: str, *, apart: float = 0.0) -> Worker:
        """Repeat `work` until the service stops: at once while it returns something true, or when woken, but rounds
        begin at least `apart` seconds from each other."""
        worker = Worker(name, work, seconds, apart)
        self._workers.append(worker)
        return worker

    def around(self, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]) -> None:
        """Run `start` after the database is open and `stop` before it closes."""
        self._hooks.append((start, stop))

    def fail(self, error: BaseException) -> None:
        """Stop the process with exit code 1."""
        self.failure = self.failure or error
        if self._server is not None:
            self._server.should_exit = True

    def serve(self) -> None:
        """Run until SIGTERM or SIGINT: stop polling, finish the batch, stop. Exits with 1 after a failure."""
        setup_logging(self.name, self.settings.log_level, self.settings.instance)
        config = uvicorn.Config(
            self.app,
            host=self.settings.http_host,
            port=self.settings.http_port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            # uvicorn handles the signal, then raises it again for whoever was there before: the stop was asked for.
            signal.signal(signal_number, lambda *_: None)
        self._server.run()
        if self.failure is not None or not self._server.started:
            sys.exit(1)

    # Lifecycle

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything but HTTP; what `serve` runs inside, and what tests use."""
        await self._open_database()
        for start, _ in self._hooks:
            await start()
        parts: list[Relay | Worker | BatchConsumer] = [self.relay, *self._workers, *self._consumers]
        for part in parts:
            part.start()
        log.info("started", port=self.settings.http_port)
        try:
            yield
        finally:
            for part in reversed(parts):
                await part.stop()
            for _, stop in reversed(self._hooks):
                await stop()
            await self.db.close()
            log.info("stopped", **(describe(self.failure) if self.failure else {}))

    async def _open_database(self) -> None:
        """Wait for PostgreSQL for a minute, then raise its error."""
        for attempt in range(1, 20):
            try:
                return await self.db.open()
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                log.warning("no database yet", attempt=attempt, **describe(error))
                await asyncio.sleep(backoff(attempt))
        return await self.db.open()

    # HTTP

    def _new_app(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            async with self.running():
                yield

        app = FastAPI(
            title=f"Liandong {self.name}",
            lifespan=lifespan,
            dependencies=[Depends(caller)],
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
        )
        app.state.db = self.db
        app.state.callers = Callers()
        problems.install(app)
        app.add_middleware(Traced)
        # Starlette's own routes, because FastAPI's ask for a token.
        app.router.add_route("/health/live", self._live)
        app.router.add_route("/health/ready", self._ready)
        return app

    async def _live(self, _: Request) -> Response:
        return JSONResponse({"alive": self.failure is None}, 200 if self.failure is None else 503)

    async def _ready(self, _: Request) -> Response:
        waiting: dict[str, Any] = {}
        try:
            async with self.db.connection() as conn:
                waiting = dict(await conn.fetchrow(q.get_outbox_age) or {})
            reading = all(consumer.ready for consumer in self._consumers)
        except Exception as error:
            log.warning("not ready", **describe(error))
            reading = False
        lag = {consumer.group: sum(consumer.lag.values()) for consumer in self._consumers}
        ready = bool(waiting) and reading and self.failure is None
        return JSONResponse({"ready": ready, "outbox": waiting, "lag": lag}, 200 if ready else 503)


class Traced:
    """Around every request: its trace, a 503 while a server behind is away, and one log line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        tracing.current.set(tracing.continue_trace(Headers(scope=scope).get("traceparent")))

        async def send_on(message: Message) -> None:
            nonlocal status
            if not status and not scope["path"].startswith("/health/"):
                reach("before_http_answer")
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:
            if status or not is_infrastructure(error):
                raise
            log.warning("request to be tried again", method=scope["method"], **describe(error))
            await problems.unavailable().response()(scope, receive, send_on)
        if not scope["path"].startswith("/health/"):
            ms = round((time.perf_counter() - started) * 1000, 1)
            route = getattr(scope.get("route"), "path", "unknown")
            log.info("request", method=scope["method"], route=route, status=status, ms=ms)
