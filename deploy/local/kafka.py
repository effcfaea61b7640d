"""A real Kafka on this machine: one broker, or three for the tests that kill them.

Each broker is its own controller too (KRaft). Ports are chosen once and then kept with the data, so clients find a
restarted broker where it was. Nothing but 127.0.0.1 is listened on.
"""

import asyncio
import base64
import uuid
from collections.abc import Mapping
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from pydantic import BaseModel

from deploy.local import class_archive
from deploy.local.errors import HomeError
from deploy.local.java import get_java
from deploy.local.kafka_jars import get_jars
from deploy.local.launcher import READY_SECONDS, Launcher, keep
from deploy.local.process import Server, free_port, run

JVM = (
    "-Xms128m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # ready 0.5 s sooner and 30 MB smaller than with the optimizing compiler
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={Path(__file__).parent / 'log4j2.properties'}",
)

SETTINGS: Mapping[str, str] = {
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "initial.broker.registration.timeout.ms": "180000",  # a busy machine starts slowly, and is tried no second time
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "log.cleaner.dedupe.buffer.size": str(16 * 1024**2),  # the default alone is half of our heap
}
"""What every broker gets. Acknowledged records rest on the page cache and, with three nodes, on two replicas:
`log.flush.*` stays at Kafka's default."""

SESSION_MS = {1: 1_000, 3: 3_000}
"""How long the controller waits for a silent broker. A broker that was killed cannot register again before that, so it
is most of the restart time. One node has nobody to fail over to and nothing to lose by a short wait."""


class Node(BaseModel, frozen=True):
    """One broker of the cluster and the ports it keeps."""

    id: int
    port: int
    controller_port: int


class Layout(BaseModel, frozen=True):
    """What is decided at the first start and never again."""

    cluster_id: str
    nodes: tuple[Node, ...]


class Kafka(Launcher):
    """The cluster in one folder.

    `settings` are broker settings on top of `SETTINGS`.
    """

    def __init__(self, folder: Path, *, nodes: int = 1, settings: Mapping[str, str] | None = None) -> None:
        if nodes not in SESSION_MS:
            raise ValueError(f"one node or three, not {nodes}")
        super().__init__(folder)
        self.size = nodes
        self.settings = settings or {}
        self.servers: list[Server] = []
        self._layout: Layout | None = None
        self._archive: Path | None = None

    @property
    def bootstrap(self) -> str:
        """The bootstrap servers, once started."""
        assert self._layout is not None, "started"
        return ",".join(f"127.0.0.1:{node.port}" for node in self._layout.nodes)

    async def start(self, *, seconds: float = READY_SECONDS) -> None:
        """Start every broker that does not run and wait until all answer a metadata request.

        Raises:
            MissingError: no Java or no jars.
            JarChecksumError: the jars are not ours.
            HomeError: another launcher runs here, or the data is of a cluster of another size.
            ServerError: a broker ended or was not ready within `seconds`.
        """
        java, jars = get_java(), await get_jars()
        self._archive = class_archive.archive_for(java, jars)
        self._take_folder()
        self._layout = self._layout or self._load_layout()
        self.servers = self.servers or [self._server(node) for node in self._layout.nodes]
        for node, server in zip(self._layout.nodes, self.servers, strict=True):
            if not server.running:
                await self._start_node(node, server, [str(java), *JVM, "-cp", f"{jars}/*"])
        for server in self.servers:
            await server.until_ready(self._answers, seconds=seconds)

    async def kill(self, node: int = 0) -> None:
        """End one broker as a crash would; `start` brings it back."""
        await self.servers[node].kill()

    async def _stop_servers(self) -> None:
        await asyncio.gather(*(server.stop() for server in self.servers))
        if self._archive and self.servers:
            class_archive.adopt(self._archive_draft, self._archive)

    @property
    def _archive_draft(self) -> Path:
        return self.servers[0].folder / "classes.draft"

    def _load_layout(self) -> Layout:
        layout = Layout.model_validate_json(keep(self.folder / "cluster.json", self._new_layout))
        if len(layout.nodes) != self.size:
            raise HomeError(
                f"{self.folder} 是 {len(layout.nodes)} 节点集群的数据,不能按 {self.size} 节点启动。"
                "请将 LIANDONG_HOME 设为其他目录。",
                f"{self.folder} holds a cluster of {len(layout.nodes)}, not of {self.size}. Use another LIANDONG_HOME.",
            )
        return layout

    def _new_layout(self) -> str:
        ports = {free_port() for _ in range(2)}
        while len(ports) < 2 * self.size:
            ports.add(free_port())
        numbered = enumerate(zip(*[iter(ports)] * 2, strict=True), start=1)
        nodes = tuple(Node(id=number, port=port, controller_port=other) for number, (port, other) in numbered)
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        return Layout(cluster_id=cluster_id, nodes=nodes).model_dump_json()

    def _server(self, node: Node) -> Server:
        folder = self.folder / f"node-{node.id}"
        folder.mkdir(exist_ok=True)
        return Server(f"Kafka {node.id}", folder, mark=str(folder / "server.properties"))

    async def _start_node(self, node: Node, server: Server, java: list[str]) -> None:
        assert self._layout is not None
        properties = server.folder / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in self._properties(node, server).items()))
        java = [*java, f"-Dliandong.log={server.folder / 'broker.log'}"]
        if not (server.folder / "data" / "meta.properties").exists():
            storage = ["format", "--config", str(properties), f"--cluster-id={self._layout.cluster_id}"]
            await run([*java, "kafka.tools.StorageTool", *storage])
        if self._archive and (server is self.servers[0] or self._archive.exists()):
            java = [*java, class_archive.flag(self._archive, self._archive_draft)]
        await server.spawn([*java, "kafka.Kafka", str(properties)])

    def _properties(self, node: Node, server: Server) -> dict[str, str]:
        assert self._layout is not None
        replicas, majority = str(self.size), str(self.size // 2 + 1)
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.id),
            "controller.quorum.voters": ",".join(f"{n.id}@127.0.0.1:{n.controller_port}" for n in self._layout.nodes),
            "listeners": f"BROKER://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
            "advertised.listeners": f"BROKER://127.0.0.1:{node.port}",
            "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(server.folder / "data"),
            "broker.session.timeout.ms": str(SESSION_MS[self.size]),
            "broker.heartbeat.interval.ms": str(SESSION_MS[self.size] // 5),
            "default.replication.factor": replicas,
            "min.insync.replicas": majority,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": majority,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": majority,
            **SETTINGS,
            **self.settings,
        }

    async def _answers(self) -> bool:
        """Whether every broker takes connections, and metadata lists all of them: that is, none is fenced."""
        assert self._layout is not None
        if not all([await _listens(node.port) for node in self._layout.nodes]):
            return False
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2_000)
        try:
            await admin.start()
            return len((await admin.describe_cluster())["brokers"]) == self.size
        except KafkaError:
            return False
        finally:
            await admin.close()


async def _listens(port: int) -> bool:
    """Asked first because aiokafka logs an error for every refused connection."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
    except OSError:
        return False
    return True
