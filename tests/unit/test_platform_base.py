"""Small parts: named queries, the topic list, log lines, backoff, background work, ids."""

import ast
import asyncio
import io
import json
import logging
import sys
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

import services
from contracts.topics import CASE_EVENTS, TOPICS, get_topic
from services.platform.database import queries
from services.platform.ids import new_id
from services.platform.logs import ALLOWED, describe, keep_allowed, setup_logging
from services.platform.worker import Worker, backoff


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str) -> str:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "__init__.py").touch()
    (tmp_path / "sample" / "queries.sql").write_text(sql)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sample", raising=False)
    return "sample"


def test_a_query_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    q = queries(package(tmp_path, monkeypatch, "-- name: find_case\n-- One case.\nSELECT 1\n-- why\nFROM a;\n"))
    assert q.find_case == "SELECT 1\nFROM a"
    with pytest.raises(AttributeError, match="find_nothing"):
        _ = q.find_nothing


@pytest.mark.parametrize("sql", ["SELECT 1;", "-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;"])
def test_a_text_without_a_name_or_a_name_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    with pytest.raises(ValueError, match="sample"):
        queries(package(tmp_path, monkeypatch, sql))


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {made.version for made in ids} == {7}


def test_topic_names_are_unique_and_gaps_are_allowed_only_to_outside_systems() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    assert {topic.name for topic in TOPICS if topic.allow_gaps} == {
        "case.commands.police",
        "case.commands.health",
        "statistics.denominators",
        "statistics.external",
    }
    assert all(topic.speaks_for for topic in TOPICS if topic.allow_gaps)
    assert get_topic("case.events") is CASE_EVENTS
    with pytest.raises(KeyError):
        get_topic("case.nothing")


@given(st.dictionaries(st.text() | st.sampled_from(sorted(ALLOWED)), st.text()))
def test_no_key_outside_the_list_is_logged(entry: dict[str, object]) -> None:
    assert set(keep_allowed(None, "", dict(entry))) == set(entry) & ALLOWED


def test_every_key_of_the_list_is_logged_by_somebody_and_no_other_is() -> None:
    levels = {"debug", "info", "warning", "error", "critical", "log"}
    given = {
        keyword.arg
        for path in Path(services.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in levels
        for keyword in node.keywords
        if keyword.arg
    }
    always = {"event", "level", "timestamp", "service", "instance", "component"}
    assert given | always | describe(ValueError()).keys() == ALLOWED


def test_an_error_is_logged_by_type_and_place_and_never_by_its_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    handlers = logging.getLogger().handlers[:]
    try:
        setup_logging("casework", "info")
        try:
            int("王小明")
        except ValueError as error:
            structlog.get_logger().error("failed", person="王小明", **describe(error))
        logging.getLogger("library").warning("row %s is bad", "王小明")
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        logging.getLogger().handlers[:] = handlers
    ours, theirs = (json.loads(line) for line in output.getvalue().splitlines())
    assert "王小明" not in output.getvalue()
    assert (ours["event"], ours["error"], ours["service"]) == ("failed", "ValueError", "casework")
    assert theirs["reason"] == "row %s is bad"


@given(st.integers(1, 10_000))
def test_backoff_grows_to_its_limit_and_never_beyond(failures: int) -> None:
    assert 0.05 <= backoff(failures) <= 5
    assert failures < 7 or backoff(failures) >= 2.5


async def test_a_worker_repeats_at_once_while_there_is_more_and_then_waits_to_be_woken() -> None:
    rounds, idle = 0, asyncio.Event()

    async def work() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds in {3, 4}:
            idle.set()
            return False
        return True

    worker = Worker("sample", work, seconds=1000)
    worker.start()
    await idle.wait()
    idle.clear()
    assert rounds == 3
    worker.wake()
    await idle.wait()
    assert rounds == 4
    await worker.stop()


async def test_rounds_of_a_worker_begin_apart_though_it_is_woken_at_once() -> None:
    loop, begun, enough = asyncio.get_running_loop(), list[float](), asyncio.Event()

    async def work() -> None:
        begun.append(loop.time())
        worker.wake()
        if len(begun) == 4:
            enough.set()

    worker = Worker("sample", work, seconds=1000, apart=0.02)
    worker.start()
    await enough.wait()
    await worker.stop()
    assert begun[3] - begun[0] >= 0.055  # clocks and timers round


async def test_a_worker_survives_an_error_and_stopping_lets_the_round_finish() -> None:
    rounds, inside, go_on, finished = 0, asyncio.Event(), asyncio.Event(), False

    async def work() -> None:
        nonlocal rounds, finished
        rounds += 1
        if rounds == 1:
            raise OSError
        inside.set()
        await go_on.wait()
        finished = True

    worker = Worker("sample", work, seconds=0)
    worker.start()
    await inside.wait()
    stopping = asyncio.create_task(worker.stop())
    go_on.set()
    await stopping
    assert finished
