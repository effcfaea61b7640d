"""Where the broker's jars and Java come from, and what is said when they cannot be had."""

import hashlib
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy.local import java, kafka_jars, paths, postgres
from deploy.local.errors import (
    HomeBusyError,
    JarChecksumError,
    JavaMissingError,
    KafkaMissingError,
    PostgresMissingError,
    ServerError,
)
from deploy.local.launcher import keep, lock
from deploy.local.process import free_port

ONE_JAR = {"broker.jar": hashlib.sha256(b"the broker").hexdigest()}


def test_jars_that_match_the_list_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "broker.jar").write_bytes(b"the broker")
    kafka_jars.check(tmp_path, ONE_JAR)


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("broker.jar", b"the brokeR", "broker.jar"),
        ("foreign.jar", b"the broker", "foreign.jar"),
    ],
)
def test_a_broken_or_foreign_jar_is_refused_by_name(tmp_path: Path, name: str, content: bytes, named: str) -> None:
    (tmp_path / "broker.jar").write_bytes(b"the broker")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(JarChecksumError, match=named):
        kafka_jars.check(tmp_path, ONE_JAR)


def test_a_lacking_jar_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(JarChecksumError, match=r"broker\.jar"):
        kafka_jars.check(tmp_path, ONE_JAR)


async def test_a_jar_that_was_changed_in_the_cache_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIANDONG_KAFKA_HOME", raising=False)
    monkeypatch.setenv("LIANDONG_CACHE", str(tmp_path))
    folder = kafka_jars.cached_folder()
    folder.mkdir()
    (folder / "kafka_2.13-4.2.1.jar").write_bytes(b"not the broker")
    with pytest.raises(JarChecksumError, match=r"kafka_2\.13-4\.2\.1\.jar"):
        await kafka_jars.get_jars()


def test_the_list_covers_the_broker_the_pom_pins() -> None:
    assert "<version>4.2.1</version>" in kafka_jars.POM.read_text()
    assert "kafka_2.13-4.2.1.jar" in kafka_jars.read_checksums()


async def test_without_any_source_of_kafka_the_message_says_what_was_tried_and_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIANDONG_KAFKA_HOME", raising=False)
    monkeypatch.setenv("LIANDONG_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KafkaMissingError) as caught:
        await kafka_jars.get_jars()
    chinese, english = str(caught.value).splitlines()
    assert "无法取得 Kafka" in chinese
    for part in ("mvn", str(tmp_path), "LIANDONG_KAFKA_HOME", "LIANDONG_KAFKA_BOOTSTRAP"):
        assert part in chinese
        assert part in english


async def test_when_maven_fails_its_reason_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\nprintf '\\033[0m[ERROR] the repository is out of reach\\n[ERROR]\\n'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.delenv("LIANDONG_KAFKA_HOME", raising=False)
    monkeypatch.setenv("LIANDONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(KafkaMissingError, match="the repository is out of reach"):
        await kafka_jars.get_jars()
    assert list((tmp_path / "cache").iterdir()) == []


async def test_a_kafka_home_that_is_no_distribution_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANDONG_KAFKA_HOME", str(tmp_path))
    with pytest.raises(KafkaMissingError, match="is not a Kafka distribution"):
        await kafka_jars.get_jars()


async def test_a_kafka_distribution_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "kafka_2.13-4.2.0.jar").touch()
    monkeypatch.setenv("LIANDONG_KAFKA_HOME", str(tmp_path))
    assert await kafka_jars.get_jars() == tmp_path / "libs"


def test_an_old_java_is_refused_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANDONG_JAVA", str(fake_java(tmp_path, "11.0.2")))
    with pytest.raises(JavaMissingError, match=r"java \(11\).*LIANDONG_JAVA"):
        java.get_java()


def test_an_old_java_of_the_machine_gives_way_to_the_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_java(tmp_path, "1.8.0_292")
    monkeypatch.delenv("LIANDONG_JAVA", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert java.get_java() == java.find_bundled_java()


def test_without_postgres_binaries_the_message_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(PostgresMissingError, match=r"无法取得 PostgreSQL(.|\n)*LIANDONG_POSTGRES_DSN"):
        postgres.get_binaries()


def test_a_folder_serves_one_launcher_at_a_time(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(HomeBusyError, match=str(tmp_path)):
        lock(tmp_path)
    lock(tmp_path).close()


def test_what_is_kept_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "port"
    assert [keep(path, lambda: "first"), keep(path, lambda: "second")] == ["first", "first"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_ports_lie_below_those_of_outgoing_connections() -> None:
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(free_port() < lowest_outgoing for _ in range(10))


def test_a_port_that_was_given_is_the_servers_and_nobody_else_is_given_it() -> None:
    given = free_port()
    elsewhere = "import random; from deploy.local.process import free_port\n"
    elsewhere += f"random.randint = lambda *_, ports=iter([{given}, 0]): next(ports)\nprint(free_port())"
    answer = subprocess.check_output([sys.executable, "-c", elsewhere], cwd=Path(__file__).parents[2], text=True)
    assert int(answer) == 0  # the second one
    for _ in range(2):
        with socket.create_server(("127.0.0.1", given)) as server:
            assert server.getsockname()[1] == given


class Dying:
    """A connection to a server that goes down when it is asked."""

    async def execute(self, _: str) -> None:
        raise asyncpg.CrashShutdownError

    async def close(self) -> None: ...


async def test_a_server_that_goes_down_again_while_it_is_asked_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(*_: object, **__: object) -> Dying:
        return Dying()

    monkeypatch.setattr(asyncpg, "connect", connect)
    (tmp_path / "password").touch()
    (tmp_path / "console.log").touch()
    server = postgres.Postgres(tmp_path)
    assert not await server._answers()
    with pytest.raises(ServerError, match="went away as soon as it was ready"):
        await server._create_database()


def test_the_first_folder_closed_to_others_is_found(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    tmp_path.chmod(0o755)
    closed.chmod(0o700)
    found = postgres.find_closed_folder(closed / "inner")
    assert found is not None
    assert closed.is_relative_to(found)


def test_the_folders_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANDONG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIANDONG_CACHE", str(tmp_path / "cache"))
    assert (paths.home(), paths.cache()) == (tmp_path / "home", tmp_path / "cache")


def fake_java(folder: Path, version: str) -> Path:
    path = folder / "java"
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    path.chmod(0o755)
    return path
