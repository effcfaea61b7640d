"""The whole system, started as users start it: it keeps itself alive, stops in order, and has its data next time."""

import asyncio
import os
import random
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner

from contracts.base import SHANGHAI
from deploy import pages
from deploy.cli import app
from deploy.installation import access, administrator, find_address, find_processes
from deploy.local.errors import HomeBusyError, HomeError, ServerError
from deploy.local.process import arguments_of
from deploy.status import Status, read_status
from deploy.supervisor import Service, System, ports_from, running_system
from deploy.units import SERVICES as SERVICES_UNIT
from deploy.units import demo_units
from deploy.verify import Evidence, Verdict, verify
from services.platform.clock import find_simulated, set_simulated
from services.platform.events import Record
from services.platform.fence import OUTCOMES
from services.platform.provision import SERVICES
from services.platform.quarantine import quarantine
from tests.folders import open_folder
from tests.integration.platform_fixtures import eventually

SPRING = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
STATION = "police-station@330382001"
LIANDONG = Path(sys.executable).parent / "liandong"
START_SECONDS = 300


@dataclass(frozen=True)
class FirstRun:
    """What `liandong up` did until it was asked to stop, and what could be seen of it afterwards."""

    home: Path
    status: int | None
    output: str
    left_running: list[str]
    last_words: list[float]
    verdict: Verdict


@pytest.fixture(scope="module")
async def first_run() -> AsyncIterator[FirstRun]:
    with open_folder() as home:
        command = [str(LIANDONG), "up", "--home", str(home), "--port", str(free_row())]
        up = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert up.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            output = await up.stdout.readuntil(b"Ready")
        pids = find_processes(home)
        await stop_the_clock(home)
        up.terminate()
        async with asyncio.timeout(START_SECONDS):
            rest, _ = await up.communicate()
        left = [name for name, pid in pids.items() if str(home) in str(arguments_of(pid))]
        words = last_words(home)
        async with access(home) as found:
            verdict = await verify(found.admin_dsn)
        yield FirstRun(home, up.returncode, (output + rest).decode(), left, words, verdict)


def last_words(home: Path) -> list[float]:
    """When the services, Kafka and PostgreSQL last wrote to their logs."""
    services = max(log.stat().st_mtime for log in (home / "logs").iterdir())
    servers = [home / "kafka" / "node-1" / "broker.log", home / "postgres" / "console.log"]
    return [services, *(log.stat().st_mtime for log in servers)]


def free_row() -> int:
    """The first of enough free ports in a row, below those that others are given by `free_port`."""
    while True:
        first = random.randrange(10_000, 19_000)
        with suppress(ServerError):
            return ports_from(first)[SERVICES[0]]


async def stop_the_clock(home: Path) -> None:
    async with access(home) as found, administrator(found.admin_dsn) as db, db.transaction() as conn:
        await set_simulated(conn, SPRING)


@pytest.fixture(scope="module")
async def system(first_run: FirstRun) -> AsyncIterator[System]:
    async with running_system(first_run.home, to_files=True) as system:
        yield system


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=START_SECONDS) as client:
        yield client


def bearer(system: System, unit: str) -> dict[str, str]:
    return {"authorization": f"Bearer {system.tokens[unit]}"}


async def is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/health/ready")).is_success
    except httpx.HTTPError:
        return False


async def test_up_says_where_everything_is(first_run: FirstRun) -> None:
    assert all(name in first_run.output for name in ("PostgreSQL", "Kafka 1", *SERVICES, "logs/intake.log"))


async def test_up_stops_cleanly_when_asked_and_leaves_nothing_running(first_run: FirstRun) -> None:
    assert (first_run.status, first_run.left_running) == (0, [])
    assert "正在停止" in first_run.output
    services = [first_run.home / "logs" / f"{name}.log" for name in SERVICES]
    assert all('"event": "stopped"' in log.read_text(encoding="utf-8") for log in services)


async def test_services_stop_before_kafka_and_kafka_before_postgresql(first_run: FirstRun) -> None:
    assert first_run.last_words == sorted(first_run.last_words)


async def test_database_can_be_looked_at_while_nothing_runs(first_run: FirstRun) -> None:
    assert first_run.verdict.well


async def test_every_service_is_ready(system: System, http: httpx.AsyncClient) -> None:
    assert system.urls.keys() == set(SERVICES)

    async def all_are_ready() -> bool:  # each was once, and a busy machine may have lost one its partitions since
        return all([await is_ready(http, url) for url in system.urls.values()])

    await eventually(all_are_ready, seconds=START_SECONDS)


async def test_next_start_has_all_data(system: System) -> None:
    async with administrator(system.admin_dsn) as db, db.connection() as conn:
        assert await find_simulated(conn) == SPRING


async def test_every_unit_has_a_token_that_opens_what_its_roles_may(system: System, http: httpx.AsyncClient) -> None:
    assert system.tokens.keys() == {unit.unit for unit in demo_units()}
    queue = f"{system.urls['worklist']}/queue"
    assert (await http.get(queue)).status_code == 401
    assert (await http.get(queue, headers=bearer(system, STATION))).status_code == 200
    assert (await http.get(queue, headers=bearer(system, "statistics@330300"))).status_code == 403
    summary = f"{system.urls['worklist']}/summary"
    assert (await http.get(summary, headers=bearer(system, SERVICES_UNIT))).status_code == 200


async def test_secrets_are_readable_by_their_owner_alone(system: System) -> None:
    secret = [system.home / "tokens.json", system.home / "run" / "address.json", *(system.home / "keys").iterdir()]
    assert [stat.filemode(path.stat().st_mode) for path in secret] == ["-rw-------"] * len(secret)


async def test_database_knows_no_token(system: System) -> None:
    async with administrator(system.admin_dsn) as db, db.connection() as conn:
        stored = [bytes(row["token_hash"]) for row in await conn.fetch("SELECT token_hash FROM unit_token")]
    assert len(stored) == len(system.tokens)
    assert not any(token.encode() in stored for token in system.tokens.values())


async def test_only_the_service_that_uses_a_key_is_told_where_it_is(system: System) -> None:
    told = {name: set(service.environment) for name, service in system.services.items()}
    for name in SERVICES:
        assert ("LIANDONG_VAULT_PRIVATE_KEY_FILE" in told[name]) == (name == "vault")
        assert ("LIANDONG_PSEUDONYM_KEY_FILE" in told[name]) == (name == "casework")
        assert ("LIANDONG_SERVICE_TOKEN" in told[name]) == (name in {"intake", "notices"})
        assert system.admin_dsn not in system.services[name].environment.values()


async def test_the_vault_writes_to_persons_into_a_file_that_only_its_owner_may_enter(
    system: System, http: httpx.AsyncClient
) -> None:
    """`no_phone` and not `no_gateway`: the setting has reached the process. Only `up` sends anything to files."""
    message = {"message_id": str(UUID(int=1)), "report_id": str(UUID(int=2)), "role": "victim", "text": "您有一项事项"}
    answer = await http.post(f"{system.urls['vault']}/messages", json=message, headers=bearer(system, SERVICES_UNIT))
    assert answer.json() == {"reason": "no_phone", "final": True}
    assert stat.filemode((system.home / "gateway").stat().st_mode) == "drwx------"
    assert {name for name, one in system.services.items() if "LIANDONG_GATEWAY" in one.environment} == {
        "notices",
        "vault",
    }


async def test_second_system_on_the_same_home_is_refused(system: System) -> None:
    with pytest.raises(HomeBusyError, match="正被另一个联动进程使用"):
        async with running_system(system.home):
            pass


async def test_port_that_is_taken_is_named(system: System, home: Path) -> None:
    taken = int(system.urls["intake"].rpartition(":")[2])
    with pytest.raises(ServerError, match=str(taken)):
        async with running_system(home, first_port=taken):
            pass


@pytest.mark.parametrize("name", ["worklist", "PostgreSQL"])
async def test_what_is_killed_comes_back(system: System, http: httpx.AsyncClient, name: str) -> None:
    servers = {**system.services, "PostgreSQL": system.infrastructure.postgres.server}  # type: ignore[union-attr]
    before = servers[name].pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    await eventually(lambda: servers[name].pid not in {None, before}, seconds=START_SECONDS)
    await eventually(lambda: is_ready(http, system.urls["worklist"]), seconds=START_SECONDS)


async def test_process_that_stands_by_takes_over_from_one_that_is_killed(
    system: System, http: httpx.AsyncClient
) -> None:
    service = system.services["notices"]
    await eventually(lambda: is_ready(http, service.url), seconds=START_SECONDS)  # PostgreSQL was killed before
    service.standby = True
    await asyncio.gather(service.stand_by(), service.stand_by())  # as the supervisor may ask beside us
    before, spare = service.pid, service.spare_pid
    assert before is not None
    assert processes_of(service) == {before, spare}
    os.kill(before, signal.SIGKILL)
    await eventually(lambda: service.pid == spare, seconds=START_SECONDS)
    await eventually(lambda: is_ready(http, service.url), seconds=START_SECONDS)
    service.standby = False
    await system.services["worklist"].stand_by()
    assert system.services["worklist"].spare_pid is None


def processes_of(service: Service) -> set[int]:
    """All that run, whether or not the supervisor knows of them."""
    running = (int(process.name) for process in Path("/proc").iterdir() if process.name.isdecimal())
    return {pid for pid in running if {f"services.{service.name}", service.mark} <= set(arguments_of(pid))}


async def test_status_tells_what_runs_and_what_waits(system: System) -> None:
    address = find_address(system.home)
    assert address is not None
    status: Status | None = None
    readers = {"intake", "casework", "worklist", "statistics", "notices"}

    async def all_is_well() -> bool:  # who was killed above is back, and has read what came meanwhile
        nonlocal status
        status = await read_status(system.home, address)
        return status.well and status.lag.keys() == readers and not any(status.lag.values())

    await eventually(all_is_well, seconds=START_SECONDS)
    assert status
    assert {process.name for process in status.processes} == {"PostgreSQL", "Kafka 1", *SERVICES}
    assert all(process.rss_mib for process in status.processes)
    assert find_processes(system.home / "logs" / "..") == find_processes(system.home)
    assert (status.simulated, status.now) == (True, SPRING)
    assert all(counts["consumed"] == sum(counts[name] for name in OUTCOMES) for counts in status.outcomes.values())
    assert (status.overdue_timers, [store.outbox for store in status.stores]) == (0, [0] * len(SERVICES))
    assert "2026-03-02 09:00:00" in str(next(pages.of_status(status)))


async def test_verify_works_beside_a_running_system(system: System) -> None:
    async with access(system.home) as found:
        assert found.address is not None
        assert (await verify(found.admin_dsn, Evidence(bootstrap=found.address.bootstrap), patience_seconds=30)).well


async def liandong(*arguments: str) -> tuple[int, str]:
    """The exit code of a command and what it said."""
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    return result.exit_code, result.output


async def hold(system: System, number: int) -> str:
    """Put a record of nonsense into casework's quarantine."""
    record = Record("intake.events", 0, number, b"key", b"nonsense", (("ce_id", b"n"),), 0)
    async with administrator(system.admin_dsn, "casework") as db, db.transaction() as conn:
        return str(await quarantine(conn, record, "planted"))


async def states(system: System) -> dict[str, list[str]]:
    async with administrator(system.admin_dsn, "casework") as db, db.connection() as conn:
        rows = await conn.fetch("SELECT state, reason FROM quarantine ORDER BY id")
    return {
        state: [row["reason"] for row in rows if row["state"] == state] for state in ("held", "retried", "discarded")
    }


async def test_quarantined_record_is_listed_shown_repaired_and_settled_once(system: System, tmp_path: Path) -> None:
    home = ("--home", str(system.home))
    first, second = await hold(system, 1), await hold(system, 2)
    status, listed = await liandong("quarantine", "list", *home)
    assert (status, first in listed, "planted" in listed) == (0, True, True)
    status, shown = await liandong("quarantine", "show", first, *home)
    assert (status, "nonsense" in shown) == (0, True)
    discard = ("quarantine", "discard", first, "--by", "engineer", "--reason", "test_record", *home)
    status, said = await liandong(*discard)
    assert (status, "of no known case" in said) == (0, True)
    status, said = await liandong("quarantine", "retry", first, "--by", "engineer", *home)
    assert (status, "was resolved before" in said) == (1, True)
    (tmp_path / "value").write_text("still nonsense")
    repair = ("repair", second, "--by", "engineer", "--reason", "cut off", "--value", str(tmp_path / "value"))
    assert (await liandong("quarantine", *repair, "--header", "ce_source=/x", *home))[0] == 0
    status, said = await liandong("quarantine", *repair, "--header", "ce_id=another", *home)
    assert (status, "id must stay as it is" in said) == (1, True)
    status, shown = await liandong("quarantine", "show", second, *home)
    assert [text in shown for text in ("nonsense", "cut off", "still nonsense", "ce_source: /x")] == [True] * 4
    assert (await liandong("quarantine", "retry", second, "--by", "engineer", *home))[0] == 0
    assert (await liandong("quarantine", "show", str(UUID(int=1)), *home))[0] == 1
    await eventually(lambda: came_back(system), seconds=START_SECONDS)


async def came_back(system: System) -> bool:
    """What was sent again without being repaired is held again, for its own reason."""
    found = await states(system)
    held = found["held"]
    return (found["discarded"], found["retried"]) == (["planted"], ["planted"]) and bool(held) and held != ["planted"]


async def test_home_without_data_has_nothing_to_verify(home: Path) -> None:
    with pytest.raises(HomeError, match="liandong up"):
        async with access(home):
            pass
    assert find_address(home) is None


def test_ages_are_told_in_days_and_hours() -> None:
    assert pages.age(timedelta(days=3, hours=2).total_seconds()) == "3 日 / d 2:00:00"
    assert pages.age(timedelta(hours=2).total_seconds()) == "2:00:00"
