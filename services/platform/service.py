"""The frame of a service process: HTTP, readers, the outbox's relay, background work; start, health and stop."""

import asyncio
import gc
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.topics import Topic
from services.platform import metrics, problems, tracing
from services.platform.auth import Callers, caller
from services.platform.clock import Clock, DatabaseClock
from services.platform.consumer import BatchConsumer
from services.platform.database import Database, is_infrastructure, queries
from services.platform.failpoints import reach
from services.platform.fence import StalledError, list_fences
from services.platform.logs import describe, get_logger, setup_logging
from services.platform.outbox import Relay
from services.platform.pressure import Pressure
from services.platform.reader import Handle
from services.platform.settings import Settings
from services.platform.worker import Work, Worker, backoff

log = get_logger("service")
q = queries("services.platform")

UNMETERED: Final = ("/health/", "/metrics")
"""Asked by whoever watches; refusing them would hide what they are there to show."""


Hook = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """For a service that has only the other end to tend."""


class Service:
    """Everything a service shares with the others; its `app.py` adds what is its own and calls `serve`.

    Every route needs a token, except `/health/live`, `/health/ready` and `/metrics`, which tell of nobody.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self.clock: Clock = DatabaseClock()
        self.db = Database(settings.postgres_dsn, name, namespace=settings.namespace, size=settings.pool_size)
        self.relay = Relay(self.db, settings)
        self.pressure = Pressure(self.db, settings)
        self.failure: BaseException | None = None
        self._consumers: list[BatchConsumer] = []
        self._workers = [Worker("pressure", self.pressure.measure, 1.0), Worker("liveness", self._check_rounds, 1.0)]
        self._hooks: list[tuple[Hook, Hook]] = []
        self._server: uvicorn.Server | None = None
        self.app = self._new_app()

    # What app.py calls

    def include(self, router: APIRouter) -> None:
        self.app.include_router(router)

    def consume(self, *topics: Topic, handle: Handle, hurry: bool = True, larger: int = 1) -> BatchConsumer:
        """Read topics; the group is the service's name. Without `hurry` records are gathered first (`patience_ms`).

        A batch may be so many times `larger` than `batch_size`: who takes little time for a record and is far behind
        gets on faster with fewer commits.
        """
        consumer = BatchConsumer(
            *(self.db, self.settings, self.name, topics, handle),
            on_fatal=self.fail,
            hurry=hurry,
            larger=larger,
            must_pause=lambda: self.pressure.high,
        )
        self._consumers.append(consumer)
        return consumer

    def every(
        self, seconds: float, work: Work, name: str, *, apart: float = 0.0, longest: float | None = None
    ) -> Worker:
        """Repeat `work` until the service stops: at once while it returns something true, or when woken, but rounds
        begin at least `apart` seconds from each other. A round that takes more than `longest` seconds (by default
        `stall_seconds`) hangs, and ends the process."""
        worker = Worker(name, work, seconds, apart=apart, longest=longest)
        self._workers.append(worker)
        return worker

    def around(self, start: Hook = _nothing, stop: Hook = _nothing) -> None:
        """Run `start` after the database is open and `stop` before it closes."""
        self._hooks.append((start, stop))

    def fail(self, error: BaseException) -> None:
        """Stop the process with exit code 1."""
        self.failure = self.failure or error
        if self._server is not None:
            self._server.should_exit = True

    def serve(self) -> None:
        """Run until SIGTERM or SIGINT: stop polling, finish the batch, stop. Exits with 1 after a failure.

        A process that stands by does first all that needs neither servers nor the port.
        """
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
        config.load()
        _spare_collector()
        if self.settings.standby and not sys.stdin.readline():
            return  # whoever would have needed us has gone
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
        app.add_middleware(Traced, pressure=self.pressure, at_once=self.settings.http_at_once)
        # Starlette's own routes, because FastAPI's ask for a token.
        app.router.add_route("/health/live", self._live)
        app.router.add_route("/health/ready", self._ready)
        app.router.add_route("/metrics", self._metrics)
        return app

    def _stalled(self) -> list[Worker]:
        """Who has work and does not move."""
        workers = [self.relay.worker, *self._workers, *(consumer.watcher for consumer in self._consumers)]
        limit = self.settings.stall_seconds
        return [worker for worker in workers if worker.stalled_seconds > (worker.longest or limit)]

    async def _check_rounds(self) -> None:
        """A round that does not end is not cured by waiting; one that fails is tried again, and shows in `live`."""
        for worker in self._stalled():
            if not worker.failures:
                self.fail(StalledError(f"{worker.name} has not ended its round for {worker.stalled_seconds:.0f} s"))

    async def _live(self, _: Request) -> Response:
        """Progress, not an answering loop."""
        stalled = [worker.name for worker in self._stalled()]
        alive = self.failure is None and not stalled
        return JSONResponse({"alive": alive, "stalled": stalled}, 200 if alive else 503)

    async def _metrics(self, _: Request) -> Response:
        async with self.db.connection() as conn:
            fences, outbox = await list_fences(conn), await conn.fetchrow(q.get_outbox_age)
        lag = {partition: lag for consumer in self._consumers for partition, lag in consumer.lag.items()}
        text = metrics.render(fences, lag, dict(outbox or {}), paused=self.pressure.high)
        return Response(text, media_type=metrics.MEDIA_TYPE)

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


def _spare_collector() -> None:
    """What is loaded by now stays, and a batch makes tens of thousands of objects that the next one does not need.

    Looking through all of it every 700 objects costs a fifth of the processor time; nothing is freed later than it was,
    but for cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


class Traced:
    """Around every request: its trace, a 503 while a server behind is away, slow or full, and one log line.

    At most `at_once` requests are in hand; whoever comes then is refused at once, and not after a long wait.
    """

    def __init__(self, app: ASGIApp, pressure: Pressure, at_once: int) -> None:
        self._app = app
        self._pressure = pressure
        self._at_once = at_once
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(UNMETERED):
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

        self._inside += 1
        try:
            await self._answer(scope, receive, send_on)
        except Exception as error:
            if status or not is_infrastructure(error):
                raise
            log.warning("request to be tried again", method=scope["method"], **describe(error))
            await problems.of_away(error).response()(scope, receive, send_on)
        finally:
            self._inside -= 1
        ms = round((time.perf_counter() - started) * 1000, 1)
        route = getattr(scope.get("route"), "path", "unknown")
        log.info("request", method=scope["method"], route=route, status=status, ms=ms)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        full = self._inside > self._at_once
        await (problems.overloaded().response() if full or self._pressure.slow else self._app)(scope, receive, send)
