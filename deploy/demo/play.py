"""Plays a scenario on a running system: domain time in this process, everybody else in the client's."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.base import Contract
from deploy.demo.quiet import Quiet, watching
from deploy.demo.scenario import build, ticks
from deploy.demo.wire import Done, Phase, Setup, Tally, Turn
from deploy.installation import administrator
from deploy.supervisor import System
from deploy.units import SERVICES as SERVICES_UNIT

PHASES: Final[tuple[Phase, ...]] = ("report", "work", "prove")

Progress = Callable[[datetime, int, int], None]
"""Called after every tick: domain time, ticks done, ticks in all."""


class ClientEndedError(RuntimeError):
    """The client process ended in the middle; its last lines are in the message."""


@dataclass(frozen=True)
class Play:
    """What to play: seed and size, how many days one by one, and after them how many days at a time."""

    seed: int = 7
    events: int = 1050
    daily: int = 375
    stride: int = 1


class Ended(Contract):
    """How the play ended: the client's own count and how many ticks there were."""

    tally: Tally
    ticks: int


class ClientProcess:
    """`python -m deploy.demo.client`, and what is said to it."""

    def __init__(self, process: asyncio.subprocess.Process, errors: Path) -> None:
        self._process = process
        self._errors = errors

    async def say(self, line: Contract) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.to_json() + b"\n")
        await self._process.stdin.drain()

    async def hear(self) -> bytes:
        """The next line. Raises `ClientEndedError`."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            raise ClientEndedError(self._errors.read_text(encoding="utf-8")[-3000:])
        return line

    async def turn(self, now: datetime, phase: Phase) -> Done:
        await self.say(Turn(now=now, phase=phase))
        return Done.read(await self.hear())

    async def finish(self) -> Tally:
        """No more turns: the client counts and goes."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        tally = Tally.read(await self.hear())
        await self._process.wait()
        return tally


@asynccontextmanager
async def client_process(setup: Setup, errors: Path) -> AsyncIterator[ClientProcess]:
    """Started, connected and ready; killed if it has not finished by itself."""
    with errors.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.demo.client"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=2**24,
        )
    try:
        client = ClientProcess(process, errors)
        await client.say(setup)
        await client.hear()
        yield client
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def play(system: System, what: Play, sent_file: Path, progress: Progress) -> Ended:
    """Play it all. Raises `ClientEndedError`, `deploy.demo.quiet.NeverQuietError`."""
    moments = ticks(build(what.seed, what.events), daily=what.daily, stride=what.stride)
    setup = Setup(
        urls=system.urls,
        bootstrap=system.bootstrap,
        tokens=dict(system.tokens),
        service_unit=SERVICES_UNIT,
        sent_file=str(sent_file),
        seed=what.seed,
        events=what.events,
    )
    errors = sent_file.with_suffix(".log")
    async with (
        administrator(system.admin_dsn) as db,
        watching(db, system.bootstrap, system.services.keys()) as quiet,
        client_process(setup, errors) as client,
    ):
        for number, now in enumerate(moments, 1):
            await _tick(quiet, client, now)
            progress(now, number, len(moments))
        return Ended(tally=await client.finish(), ticks=len(moments))


async def _tick(quiet: Quiet, client: ClientProcess, now: datetime) -> None:
    """Time moves, alarms ring; then reports come in, units work, notices are read: each when all before is settled."""
    await quiet.set_time(now)
    await quiet.wait()
    for phase in PHASES:
        if (await client.turn(now, phase)).changed:
            await quiet.wait()


def first_tick(what: Play) -> datetime:
    return ticks(build(what.seed, what.events), daily=what.daily, stride=what.stride)[0]
