"""Who runs next, and what breaks: every await of the code under test is a turn, and one seed decides all turns.

Exactly one actor runs at a time, to its next await. A statement that PostgreSQL makes wait for a lock is not at an
await of ours: its actor is passed over until the lock is free. One may wait; for the next one the lock times out at
once, because whom PostgreSQL would serve first is left to chance.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

REST: Final = "rest"
"""A turn between two rounds: no await of the code under test, so no connection is cut there."""

PATIENCE_SECONDS: Final = 0.003
"""After so long without an answer PostgreSQL is asked whether the statement waits for a lock."""


class Killed(BaseException):
    """The process is gone. Nothing that it does after this reaches anything outside it."""


class Mortal(Protocol):
    """What a fault can hit."""

    name: str
    dead: bool


@dataclass(eq=False)
class Actor:
    """One task of a process. It waits in `turn` until the scheduler lets it go on.

    Between two rounds it sleeps until it has work, by `has_work`, or time passes and it looks whether it has.
    """

    name: str
    process: Mortal
    scheduler: "Scheduler"
    task: asyncio.Task[None] | None = None
    turn: asyncio.Future[None] | None = None
    at: str = ""
    stuck: bool = False
    paused_until: int = 0
    has_work: Callable[[], bool] = lambda: False
    looks: bool = True

    @property
    def awake(self) -> bool:
        return self.at != REST or self.looks or self.has_work()

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()


current: ContextVar[Actor] = ContextVar("current")


async def step(at: str) -> None:
    """An await of the code under test. Raises whatever fault the scheduler chose for it."""
    actor = current.get()
    if actor.process.dead:
        raise Killed
    actor.stuck = False
    actor.at, actor.turn = at, asyncio.get_running_loop().create_future()
    actor.scheduler.moved()
    try:
        await actor.turn
    finally:
        actor.turn = None


class Locks(Protocol):
    """Who waits for a lock, and for whom."""

    async def waiting(self, actors: Sequence[Actor]) -> set[Actor]:
        """Those whose statement waits for a lock, but not in a circle: PostgreSQL will break that."""

    async def time_out(self, actor: Actor) -> None:
        """End the statement of one that waits."""


@dataclass
class Scheduler:
    random: Random
    locks: Locks
    actors: list[Actor] = field(default_factory=list)
    turns: int = 0
    last: Actor | None = None
    loyalty: float = 0.0

    def __post_init__(self) -> None:
        self._moved = asyncio.Event()
        self._timed_out = False
        self.loyalty = self.random.choice([0.0, 0.5, 0.9])

    def moved(self) -> None:
        self._moved.set()

    def spawn(
        self, name: str, process: Mortal, life: Callable[[], Awaitable[None]], has_work: Callable[[], bool]
    ) -> Actor:
        actor = Actor(name, process, self, has_work=has_work)

        async def live() -> None:
            current.set(actor)
            with suppress(Killed):
                await step(REST)
                await life()

        actor.task = asyncio.create_task(live(), name=name)
        actor.task.add_done_callback(lambda _: self.moved())
        self.actors.append(actor)
        return actor

    def unlocked(self) -> None:
        """A transaction ended: whoever waited for its locks may go on."""
        for actor in self.actors:
            actor.stuck = False

    async def settle(self) -> None:
        """Until every actor is at an await of ours, or waits for a lock."""
        while True:
            self._moved.clear()
            self.actors = [actor for actor in self.actors if not actor.done]
            running = [actor for actor in self.actors if actor.turn is None]
            if all(actor.stuck for actor in running) and len(running) < max(1, len(self.actors)):
                return
            if not await self._somebody_moves():
                await self._look_at_locks(running)

    async def _look_at_locks(self, running: Sequence[Actor]) -> None:
        for actor in await self.locks.waiting(running):
            if any(other.stuck for other in running if other is not actor):
                await self.locks.time_out(actor)
            else:
                actor.stuck = True

    async def _somebody_moves(self) -> bool:
        """False when nobody does for some time."""
        timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._time_out)
        await self._moved.wait()
        timer.cancel()
        timed_out, self._timed_out = self._timed_out, False
        return not timed_out

    def _time_out(self) -> None:
        self._timed_out = True
        self._moved.set()

    def choose(self) -> Actor | None:
        """Who has the next turn: often the same as before, according to the seed. None when all sleep."""
        awake = [actor for actor in self.actors if actor.turn is not None and actor.awake]
        if not awake:
            return None
        ready = [actor for actor in awake if actor.paused_until <= self.turns] or awake
        stays = self.last in ready and self.random.random() < self.loyalty
        self.last = self.last if stays else self.random.choice(ready)
        return self.last

    def pass_time(self, *actors: Actor) -> None:
        """So long that these look whether there is work, or everybody."""
        for actor in actors or self.actors:
            actor.looks = True

    async def release(self, actor: Actor, fault: BaseException | None = None) -> None:
        """Let one actor run to its next await, or meet a fault there."""
        self.turns += 1
        assert actor.turn is not None
        turn, actor.turn = actor.turn, None
        if fault is None:
            turn.set_result(None)
        else:
            turn.set_exception(fault)
        await self.settle()
