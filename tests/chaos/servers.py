"""PostgreSQL and Kafka behind proxies, started apart from the services: what chaos stops, chaos starts again."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.kafka import Kafka, Layout, Node
from deploy.local.postgres import Postgres
from deploy.local.process import Server, free_port
from tests.chaos.disk import small_disk
from tests.chaos.proxy import Proxy

AWAY: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection to PostgreSQL may raise while we break the server."""


class ProxiedKafka(Kafka):
    """Brokers tell clients the ports of proxies and each other their own, so that only clients are cut off."""

    proxies: dict[int, Proxy]

    @property
    def advertised(self) -> str:
        """The bootstrap servers for clients."""
        return ",".join(f"127.0.0.1:{proxy.port}" for proxy in self.proxies.values())

    def _load_layout(self) -> Layout:
        layout = super()._load_layout()
        self.proxies = {node.id: Proxy(free_port(), free_port()) for node in layout.nodes}
        return layout

    def _properties(self, node: Node, server: Server) -> dict[str, str]:
        proxy, own = self.proxies[node.id], super()._properties(node, server)
        return own | {
            "listeners": f"{own['listeners']},CLIENT://127.0.0.1:{proxy.target}",
            "advertised.listeners": f"{own['advertised.listeners']},CLIENT://127.0.0.1:{proxy.port}",
            "listener.security.protocol.map": f"{own['listener.security.protocol.map']},CLIENT:PLAINTEXT",
        }


@dataclass(frozen=True)
class Servers:
    """`postgres_proxy` and `kafka.proxies` stand between them and the services; we go straight to them."""

    postgres: Postgres
    kafka: ProxiedKafka
    postgres_proxy: Proxy

    @property
    def proxied_dsn(self) -> str:
        url = urlsplit(self.postgres.dsn)
        return urlunsplit(url._replace(netloc=f"{url.netloc.rpartition(':')[0]}:{self.postgres_proxy.port}"))


@asynccontextmanager
async def running_servers(home: Path, nodes: int) -> AsyncIterator[Servers]:
    """Both, ready, with their proxies. Raises `LocalError`."""
    postgres = Postgres(home / "postgres", settings={"max_wal_size": "64MB"})
    kafka = ProxiedKafka(home / "kafka", nodes=nodes)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(small_disk(home / "postgres"))
        await stack.enter_async_context(postgres)
        await stack.enter_async_context(kafka)
        for proxy in kafka.proxies.values():
            await stack.enter_async_context(proxy)
        port = urlsplit(postgres.dsn).port
        assert port is not None
        proxy = await stack.enter_async_context(Proxy(free_port(), port))
        yield Servers(postgres, kafka, proxy)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set variables of ours for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
