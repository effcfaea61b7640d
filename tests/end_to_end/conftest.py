"""The demonstration in small, played twice on the real system: once as it is, and once made hard."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from contracts.cases import Fact, StateEntered
from deploy.demo.demo import hurried
from deploy.demo.figures import collect
from deploy.demo.play import Play, first_tick, play
from deploy.demo.yearly import publish_year
from deploy.installation import administrator
from deploy.supervisor import System, running_system
from deploy.verify import Evidence, Verdict, read_sent, verify
from tests.folders import open_folder

SMALL: Final = Play(seed=7, events=60, daily=7, stride=30)
OTHER_BATCH_SIZE: Final = 3
KILLED_AFTER: Final = (5, 11, 20)
"""Ticks of the week after which casework is killed, in the middle of the next."""

OnTick = Callable[[datetime, int, int], None]


@dataclass(frozen=True)
class Played:
    """What a play left: the figures, the case log, the queues, what `verify` says, how often a request was retried.

    `files`: the folder with those of the yearly releases.
    """

    figures: dict[str, Any]
    facts: list[Fact]
    queued: set[UUID]
    verdict: Verdict
    retried: int
    kills: int
    files: Path

    def story(self, name: str) -> list[dict[str, Any]]:
        """The cases of a story, in the order in which they opened."""
        found: list[dict[str, Any]] = next(one["cases"] for one in self.figures["stories"] if one["name"] == name)
        return found

    def logs(self, name: str) -> list[list[Fact]]:
        """The facts of each case of a story, in the same order."""
        logs: dict[UUID, list[Fact]] = {}
        for fact in self.facts:
            logs.setdefault(fact.case_id, []).append(fact)
        wanted = [(case["opened_at"], case["workflow"], case["path"]) for case in self.story(name)]
        return [next(log for log in logs.values() if _is(log, one)) for one in wanted]


def _is(log: list[Fact], wanted: tuple[str, str, list[str]]) -> bool:
    path = [entered.state for fact in log for entered in fact.of(StateEntered)]
    return (log[0].decided_at.isoformat(), log[0].workflow, path) == wanted


@pytest.fixture(scope="session")
async def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The week, a second week and a jump through the year, undisturbed."""
    return await _play(tmp_path_factory.mktemp("played"), None)


@pytest.fixture(scope="session")
async def disturbed(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Played:  # noqa: ARG001 - one by one
    """The same with another batch size, and casework killed with SIGKILL in the middle."""
    return await _play(tmp_path_factory.mktemp("disturbed"), OTHER_BATCH_SIZE, KILLED_AFTER)


async def _play(files: Path, batch_size: int | None, killed_after: tuple[int, ...] = ()) -> Played:
    with open_folder() as folder, hurried():
        home, sent_file = folder / "demo", folder / "sent.jsonl"
        async with _system(home, batch_size) as system:
            killer = _Killer(system, killed_after)
            ended = await play(system, SMALL, sent_file, killer.on_tick)
            figures = await collect(system, SMALL, ended, sent_file)
            figures["releases"] = await publish_year(system, files, lambda _what, _done, _of: None)
            sent = read_sent(sent_file.read_text(encoding="utf-8").splitlines())
            evidence = Evidence(bootstrap=system.bootstrap, sent=sent, logs=sorted((home / "logs").glob("*.log")))
            verdict = await verify(system.admin_dsn, evidence, patience_seconds=30)
            facts, queued = await _read(system)
    return Played(figures, facts, queued, verdict, ended.tally.retried, killer.kills, files)


def _system(home: Path, batch_size: int | None) -> AbstractAsyncContextManager[System]:
    return running_system(home, simulated_at=first_tick(SMALL), batch_size=batch_size)


async def _read(system: System) -> tuple[list[Fact], set[UUID]]:
    async with administrator(system.admin_dsn) as db, db.connection() as conn:
        rows = await conn.fetch("SELECT body FROM casework.case_fact ORDER BY case_id, version")
        queued = await conn.fetch("SELECT DISTINCT case_id FROM worklist.queue_item")
    return [Fact.read(row["body"]) for row in rows], {row["case_id"] for row in queued}


class _Killer:
    """Kills casework a moment after some ticks have ended, when the next one is under way."""

    def __init__(self, system: System, after: tuple[int, ...]) -> None:
        self._system = system
        self._after = after
        self.kills = 0

    def on_tick(self, _now: datetime, done: int, _of: int) -> None:
        if done in self._after:
            asyncio.get_running_loop().call_later(0.1, self._kill)

    def _kill(self) -> None:
        pid = self._system.services["casework"].pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.kills += 1
