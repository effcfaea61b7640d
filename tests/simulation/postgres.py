"""PostgreSQL as the actors reach it: a real server, and a turn before every statement.

A process that is killed or cut loses its connections: the server rolls back what was open, also while the client
waits for a lock. The session itself is used again, because opening one takes longer than a whole schedule.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, cast

import asyncpg

from services.platform import database
from services.platform.database import Connection, Database, Isolation, RawConnection
from tests.simulation.scheduler import Actor, Killed, current, step

COMMIT: Final = "COMMIT"

FORGOTTEN: Final = """SELECT name, case_id FROM step
WHERE name IN ('case.opened', 'case.accepted', 'case.closed') AND workflow IN ('dv_warning', 'mandatory_report')
  AND NOT EXISTS (SELECT FROM dirty WHERE dirty.case_id = step.case_id)
  AND NOT EXISTS (
    SELECT FROM member WHERE member = 'case:' || step.case_id AND item = step.version || '/' || step.position
  )"""
"""Steps of which each is a member; when a process dies now nobody would ever count these."""


class Postgres:
    """Sessions of some schemas, and what was seen of them: deadlocks, fences that moved backwards, steps forgotten."""

    def __init__(self, admin: RawConnection, namespace: str, dsns: Mapping[str, str]) -> None:
        self.admin = admin
        self.namespace = namespace
        self.deadlocks = 0
        self.moved_back: list[str] = []
        self.forgotten: list[str] = []
        self._fences: dict[tuple[str, ...], int] = {}
        self._dsns = dsns
        self._free: defaultdict[str, list[RawConnection]] = defaultdict(list)
        self._pids: set[int] = set()
        self._used: dict[Actor, Wire] = {}

    async def lease(self, schema: str) -> RawConnection:
        return self._free[schema].pop() if self._free[schema] else await self._connect(schema)

    def give_back(self, schema: str, raw: RawConnection) -> None:
        self._free[schema].append(raw)

    async def _connect(self, schema: str) -> RawConnection:
        path = f'"{self.namespace}{schema}", "{self.namespace}platform"'
        # The server never crashes here, so nothing is gained by waiting for the disk; and a slow machine is no fault.
        patient = {"synchronous_commit": "off", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}
        settings = {**database._SESSION, **patient, "search_path": path}
        raw = await asyncpg.connect(self._dsns[schema], server_settings=settings)
        await database.set_codecs(raw)
        self._pids.add(raw.get_server_pid())
        return raw

    async def close(self) -> None:
        for raw in [raw for free in self._free.values() for raw in free]:
            await raw.close()

    def enter(self, wire: "Wire") -> None:
        self._used[wire.actor] = wire

    def leave(self, wire: "Wire") -> None:
        self._used.pop(wire.actor, None)

    def forget(self) -> None:
        """A new schedule begins."""
        self.deadlocks, self.moved_back, self.forgotten, self._fences = 0, [], [], {}

    async def committed(self, schema: str, raw: RawConnection) -> None:
        """Look after every commit: no fence may ever move backwards, no step be neither counted nor noted for it."""
        if schema == "statistics":
            self.forgotten += [f"{step} of {case_id} waits nowhere" for step, case_id in await raw.fetch(FORGOTTEN)]
        rows = await raw.fetch("SELECT reader, topic, partition, next_offset FROM fence")
        for *key, offset in map(tuple, rows):
            place = tuple(map(str, key))
            if offset < self._fences.get(place, 0):
                self.moved_back.append(f"the fence {place} moved from {self._fences[place]} to {offset}")
            self._fences[place] = offset

    async def waiting(self, actors: Sequence[Actor]) -> set[Actor]:
        """Those whose statement waits for a lock, but not in a circle: PostgreSQL breaks that by itself."""
        pids = {self._used[actor].pid: actor for actor in actors if actor in self._used}
        rows = await self.admin.fetch(
            "SELECT pid, pg_blocking_pids(pid) AS by FROM unnest($1::integer[]) AS pid", list(pids)
        )
        # Vacuum's locks are no business of a schedule.
        blocked = {row["pid"]: by for row in rows if (by := set(row["by"]) & self._pids)}
        return {pids[pid] for pid in blocked if pid not in _behind(blocked, pid)}

    async def time_out(self, actor: Actor) -> None:
        """As `lock_timeout` does, only that nobody looks at the clock."""
        await self._used[actor].cancel()


def _behind(blocked: Mapping[int, set[int]], pid: int) -> set[int]:
    """Everybody for whom a session waits, also through others."""
    found, more = set[int](), set(blocked[pid])
    while more:
        found |= more
        more = {further for other in more for further in blocked.get(other, ())} - found
    return found


class Wire:
    """A connection of a process: a turn before each statement, and one before it learns of its commit.

    To be cut between an answer and the next statement is the same to the server as to be cut before that statement.
    """

    def __init__(self, postgres: Postgres, schema: str, raw: RawConnection) -> None:
        self.actor = current.get()
        self.pid: int = raw.get_server_pid()
        self._postgres = postgres
        self._schema = schema
        self._raw: RawConnection | None = raw
        self._depth = 0
        self._begin = "BEGIN"
        self._cancelled = False
        self._idle = asyncio.Event()
        self._idle.set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*values: Any, **options: Any) -> Any:
            return await self._say(name, *values, **options)

        return call

    async def _say(self, name: str, *values: Any, **options: Any) -> Any:
        try:
            await step(f"before {_first_words(name, values)}")
            answer = await self._perform(name, *values, **options)
            if values == (COMMIT,):
                await step("after COMMIT")
        except ConnectionResetError:
            await self.cut()
            raise
        return answer

    async def _perform(self, name: str, *values: Any, **options: Any) -> Any:
        if self._raw is None:
            raise ConnectionResetError
        self._cancelled = False
        self._idle.clear()
        self._postgres.enter(self)
        try:
            answer = await getattr(self._raw, name)(*values, **options)
            if values == (COMMIT,):
                await self._postgres.committed(self._schema, self._raw)
            if not self._raw.is_in_transaction():
                self.actor.scheduler.unlocked()
            return answer
        except asyncpg.PostgresError as error:
            self.actor.scheduler.unlocked()  # already now, not only with the ROLLBACK
            raise self._as_a_service_sees(error) from None
        finally:
            self._postgres.leave(self)
            self._idle.set()

    def _as_a_service_sees(self, error: asyncpg.PostgresError) -> BaseException:
        """A cancelled statement is one of a dead process, or one whose lock timed out."""
        self._postgres.deadlocks += isinstance(error, asyncpg.DeadlockDetectedError)
        if not isinstance(error, asyncpg.QueryCanceledError):
            return error
        return Killed() if self.actor.process.dead else asyncpg.LockNotAvailableError()

    async def cancel(self) -> None:
        """End the statement that waits; only once, or the next statement would be hit."""
        if not self._cancelled:
            self._cancelled = True
            await self._postgres.admin.execute("SELECT pg_cancel_backend($1)", self.pid)

    async def cut(self) -> None:
        """The server notices that the client is gone, and rolls back."""
        if not self._idle.is_set():
            await self.cancel()
            await self._idle.wait()
        raw, self._raw = self._raw, None
        if raw is not None:
            if raw.is_in_transaction():
                await raw.execute("ROLLBACK")
                self.actor.scheduler.unlocked()
            self._postgres.give_back(self._schema, raw)

    def transaction(self, isolation: Isolation | None = None) -> "Wire":
        self._begin = f"BEGIN ISOLATION LEVEL {isolation.replace('_', ' ')}" if isolation else "BEGIN"
        return self

    async def __aenter__(self) -> "Wire":
        self._depth += 1
        await self._say("execute", self._begin if self._depth == 1 else f"SAVEPOINT s{self._depth}")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: Any, __: TracebackType | None) -> None:
        self._depth -= 1
        inner = self._depth > 0
        if kind is None:
            await self._say("execute", f"RELEASE s{self._depth + 1}" if inner else COMMIT)
        elif self._raw is not None:
            await self._say("execute", f"ROLLBACK TO s{self._depth + 1}" if inner else "ROLLBACK")


def _first_words(name: str, values: Sequence[Any]) -> str:
    return " ".join([name, *str(values[0]).split()[:4]]) if values else name


class SteppedDatabase(Database):
    """A service's database whose every statement is a turn."""

    def __init__(self, postgres: Postgres, schema: str) -> None:
        super().__init__("", schema, namespace=postgres.namespace)
        self.wires: dict[Wire, None] = {}  # in order, as a set would not be
        self._postgres = postgres
        self._name = schema

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        wire = Wire(self._postgres, self._name, await self._postgres.lease(self._name))
        self.wires[wire] = None
        try:
            yield cast("Connection", wire)
        finally:
            self.wires.pop(wire, None)
            await wire.cut()

    async def cut(self) -> None:
        for wire in list(self.wires):
            await wire.cut()
