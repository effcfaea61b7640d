"""The whole system on one machine: servers, database, topics, keys, and the services, each kept alive.

As a library: `async with running_system(home) as system:` for the demonstration and the tests.
"""

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import httpx

from deploy.backup.repository import Repository
from deploy.backup.wal import KEPT_WAL, WalReceiver
from deploy.installation import Address, forget_address, make_home, refuse_half_restored, store_address
from deploy.local.errors import LocalError, ServerError
from deploy.local.infrastructure import Infrastructure, infrastructure
from deploy.local.launcher import lock
from deploy.local.process import Server, free_port
from deploy.preparation import Environment, prepare
from services.platform.provision import SERVICES
from services.platform.worker import backoff

log = logging.getLogger("liandong")

Start = Callable[[], Awaitable[None]]

FIRST_PORT: Final = 8101
"""Of `liandong up`. Tests and demonstrations take free ports, so that many systems fit on one machine."""

PROBE_SECONDS: Final = 0.1
READY_SECONDS: Final = 180
"""A busy machine may take long; a service that ends while it starts is noticed at once."""

SETTLED_SECONDS: Final = 5

HEALTHY_SECONDS: Final = 10
"""A service that ran so long before it died is started again at once."""


@dataclass
class Service(Server):
    """The process of one service. Its log goes on where the run before stopped.

    One that may `stand_by` has a second process, which has loaded everything and waits for the first to end.
    """

    environment: Environment = field(default_factory=dict, repr=False)
    url: str = ""
    standby: bool = False
    _spare: asyncio.subprocess.Process | None = field(default=None, init=False)
    _readying: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / "logs" / f"{self.name}.log"

    async def start(self) -> None:
        """Start the process, or let the one that stands by go on; it may not be ready yet."""
        await self.stop_leftover()
        spare, self._spare = self._spare, None
        if spare and spare.stdin and spare.returncode is None:
            spare.stdin.write(b"\n")
            self._process = spare
        else:
            self._process = await self._launch(asyncio.subprocess.DEVNULL, self.environment)
        self._pid_file.write_text(str(self._process.pid))

    @property
    def spare_pid(self) -> int | None:
        """The process that stands by."""
        return self._spare.pid if self._spare and self._spare.returncode is None else None

    async def stand_by(self) -> None:
        """Have a process ready, so that the next start need not load anything; one, whoever asks meanwhile."""
        async with self._readying:
            if self.standby and self.spare_pid is None:
                environment = {**self.environment, "LIANDONG_STANDBY": "true"}
                self._spare = await self._launch(asyncio.subprocess.PIPE, environment)

    async def stop(self) -> None:
        spare, self._spare = self._spare, None
        if spare and spare.returncode is None:
            spare.kill()
            await spare.wait()
        await super().stop()

    async def _launch(self, stdin: int, environment: Environment) -> asyncio.subprocess.Process:
        """The mark changes nothing but what `ps` shows."""
        with self.log.open("ab") as log_file:
            return await asyncio.create_subprocess_exec(
                *self._tied_to_us(),
                *(sys.executable, "-m", f"services.{self.name}", self.mark),
                stdin=stdin,
                stdout=log_file,
                stderr=log_file,
                cwd="/",
                env=environment,
                start_new_session=True,
            )

    @property
    def _pid_file(self) -> Path:
        return self.folder / "run" / f"{self.name}.pid"


@dataclass(frozen=True)
class System:
    """A running system. `urls` by service, `tokens` by unit; `admin_dsn` is the administrator's."""

    home: Path
    infrastructure: Infrastructure
    services: Mapping[str, Service]
    tokens: Mapping[str, str] = field(repr=False)
    wal: WalReceiver | None = None

    @property
    def admin_dsn(self) -> str:
        return self.infrastructure.postgres_dsn

    @property
    def bootstrap(self) -> str:
        return self.infrastructure.kafka_bootstrap

    @property
    def urls(self) -> dict[str, str]:
        return {name: service.url for name, service in self.services.items()}


@asynccontextmanager
async def running_system(
    home: Path,
    *,
    batch_size: int | None = None,
    simulated_at: datetime | None = None,
    first_port: int | None = None,
    to_files: bool = False,
    standby: bool = False,
    replicas: int = 1,
) -> AsyncIterator[System]:
    """Everything, ready; at the end the services stop first, then Kafka, then PostgreSQL. The data stays in `home`.

    What dies meanwhile is started again; with `standby` every service has a second process that waits for that: it
    costs its memory and saves the time of loading. `simulated_at` (zoned) sets the domain clock, None leaves it as is.
    The services listen on ports from `first_port` on, on free ones without. With `to_files` messages to units and to
    persons go to files in `home`. What the environment says of that and of other settings outweighs it. New topics get
    so many `replicas`.

    Raises:
        LocalError: see `deploy.local.errors`; `HomeBusyError` when a system runs on this home.
    """
    home = make_home(home)
    with lock(home):
        refuse_half_restored(home)
        ports = _free_ports() if first_port is None else ports_from(first_port)
        async with streaming(home) as wal, infrastructure(home, postgres_settings=KEPT_WAL if wal else {}) as servers:
            if wal:
                await wal.start_from(servers.postgres_dsn)
            prepared = await prepare(
                home, servers.postgres_dsn, servers.kafka_bootstrap, simulated_at=simulated_at, replicas=replicas
            )
            common = {"LIANDONG_KAFKA_BOOTSTRAP": servers.kafka_bootstrap}
            if batch_size:
                common["LIANDONG_BATCH_SIZE"] = str(batch_size)
            gateways = file_gateways(home) if to_files and "LIANDONG_GATEWAY" not in os.environ else {}
            services = _services(home, ports, common, prepared.environments, gateways)
            for service in services.values():
                service.standby = standby
            system = System(home, servers, services, prepared.tokens, wal)
            try:
                async with _kept_alive(system):
                    yield system
            finally:
                forget_address(home)
                await asyncio.gather(*(service.stop() for service in services.values()))
                if servers.kafka:
                    await servers.kafka.stop()


@asynccontextmanager
async def streaming(home: Path) -> AsyncIterator[WalReceiver | None]:
    """Who receives WAL, where `LIANDONG_BACKUP` names a folder for it; it ends after PostgreSQL, and has all of it."""
    folder = os.environ.get("LIANDONG_BACKUP")
    wal = WalReceiver(home, Repository(Path(folder))) if folder else None
    try:
        yield wal
    finally:
        if wal:
            await wal.stop()


def file_gateways(home: Path) -> dict[str, Environment]:
    """A file each for the two that send: the one of the vault holds telephone numbers. Only their owner may enter."""
    folder = home / "gateway"
    folder.mkdir(mode=0o700, exist_ok=True)
    files = {"notices": folder / "units.jsonl", "vault": folder / "persons.jsonl"}
    return {name: {"LIANDONG_GATEWAY": f"file:{file}"} for name, file in files.items()}


def ports_from(first: int) -> dict[str, int]:
    """One port for each service, in a row. Raises `ServerError` when one of them is taken."""
    ports = {name: first + number for number, name in enumerate(SERVICES)}
    taken = ", ".join(str(port) for port in ports.values() if not _is_free(port))
    if taken:
        raise ServerError(
            f"端口已被占用：{taken}。请用 --port 另选。", f"Ports in use: {taken}. Choose others with --port."
        )
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the services do
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_ports() -> dict[str, int]:
    return {name: free_port() for name in SERVICES}


def _services(
    home: Path,
    ports: Mapping[str, int],
    common: Environment,
    own: Mapping[str, Environment],
    gateways: Mapping[str, Environment],
) -> dict[str, Service]:
    urls = {name: f"http://127.0.0.1:{ports[name]}" for name in SERVICES}
    shared = {**os.environ, **common, "LIANDONG_VAULT_URL": urls["vault"]}
    return {
        name: Service(
            name,
            home,
            mark=f"--home={home}",
            environment={**shared, **own[name], **gateways.get(name, {}), "LIANDONG_HTTP_PORT": str(ports[name])},
            url=url,
        )
        for name, url in urls.items()
    }


@asynccontextmanager
async def _kept_alive(system: System) -> AsyncIterator[None]:
    """Start every service, wait until all are ready, and from then on start again what dies."""
    services = system.services.values()
    await asyncio.gather(*(service.start() for service in services))
    store_address(system.home, Address(admin_dsn=system.admin_dsn, bootstrap=system.bootstrap, urls=system.urls))
    async with httpx.AsyncClient(trust_env=False) as http:
        ready = (service.until_ready(partial(_answers, http, service), seconds=READY_SECONDS) for service in services)
        await asyncio.gather(*ready)
    keepers = [asyncio.create_task(_keep(server, start)) for server, start in _kept(system)]
    try:
        yield
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def _answers(http: httpx.AsyncClient, service: Service) -> bool:
    try:
        answer = await http.get(f"{service.url}/health/ready")
    except httpx.HTTPError:
        answer = None
    if answer is None or not answer.is_success:
        await asyncio.sleep(PROBE_SECONDS)
        return False
    return True


def _kept(system: System) -> Iterator[tuple[Server, Start]]:
    """Every process with what starts it again."""
    for service in system.services.values():
        yield service, service.start
    if system.wal:
        yield system.wal, system.wal.start
    servers = system.infrastructure
    if servers.postgres:
        yield servers.postgres.server, servers.postgres.start
    if servers.kafka:
        together = _one_at_a_time(servers.kafka.start)
        yield from ((server, together) for server in servers.kafka.servers)


def _one_at_a_time(start: Start) -> Start:
    """Kafka's `start` is for all its nodes, and two of them may die together."""
    turn = asyncio.Lock()

    async def in_turn() -> None:
        async with turn:
            await start()

    return in_turn


async def _keep(server: Server, start: Start) -> NoReturn:
    failures = 0
    while True:
        began = time.monotonic()
        try:
            status = await _until_it_ends(server)
            failures = 0 if time.monotonic() - began > HEALTHY_SECONDS else failures + 1
            delay = backoff(failures) if failures else 0.0
            log.warning(
                "%s 已退出（%s），%.1f 秒后重新启动。/ %s ended (%s), starts again in %.1f s",
                *(server.name, status, delay) * 2,
            )
            await asyncio.sleep(delay)
            await start()
        except Exception as error:  # a full disk, no more processes, whatever it was: it is tried again
            log.error("%s", error, exc_info=not isinstance(error, (LocalError, OSError)))


async def _until_it_ends(server: Server) -> int | None:
    """Not before a start has settled is the next one prepared: that would take the processor from it."""
    try:
        return await asyncio.wait_for(server.wait(), SETTLED_SECONDS)
    except TimeoutError:
        if isinstance(server, Service):
            await server.stand_by()
        return await server.wait()


def show_messages() -> None:
    """Let the supervisor's messages appear on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
