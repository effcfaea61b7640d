"""Who calls: a random token, stored only as its hash, stands for a unit and its roles. No header names an agency."""

import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from fastapi import Depends, Request

from contracts.base import UnitId, is_unit, unit_kind
from services.platform.database import Connection, Database, queries
from services.platform.problems import forbidden, unauthenticated

q = queries("services.platform")

Role = Literal[
    "report",
    "act",
    "state_figures",
    "sign_off",
    "read_statistics",
    "propose_release",
    "sign_release",
    "trace_members",
    "reveal",
    "service",
]
"""`state_figures`: a keeper who tells statistics what is counted elsewhere; `sign_off`: who finds a figure right;
`trace_members`: who may see the cases behind a figure."""
TOKEN_BYTES: Final = 32

REMEMBERED_SECONDS: Final = 5.0
"""So long after it was taken away a token may still be good."""


@dataclass(frozen=True, slots=True)
class Caller:
    unit: UnitId
    roles: frozenset[str]

    @property
    def kind(self) -> str:
        return unit_kind(self.unit)


async def find_caller(conn: Connection, token: str) -> Caller | None:
    row = await conn.fetchrow(q.find_token, _hash(token))
    return Caller(row["unit"], frozenset(row["roles"])) if row else None


class Callers:
    """Who calls this process, remembered for a few seconds."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Caller, float]] = {}

    async def find(self, db: Database, token: str) -> Caller | None:
        hashed, now = _hash(token), time.monotonic()
        known, until = self._known.get(hashed, (None, 0.0))
        if now < until:
            return known
        self._known.pop(hashed, None)
        async with db.connection() as conn:
            found = await find_caller(conn, token)
        if found:
            self._known[hashed] = found, now + REMEMBERED_SECONDS
        return found


async def issue_token(conn: Connection, unit: UnitId, roles: Iterable[Role]) -> str:
    """A new token, shown once. Needs the administrator's role. Raises `ValueError` for what is no unit."""
    if not is_unit(unit):
        raise ValueError(f"{unit} is no unit")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await conn.execute(q.store_token, _hash(token), unit, list(roles))
    return token


async def revoke_tokens(conn: Connection, unit: UnitId) -> None:
    """Take away every token of a unit; within five seconds none is good any more. Needs the administrator's role."""
    await conn.execute(q.delete_tokens, unit)


async def caller(request: Request) -> Caller:
    """Dependency: who calls. Raises the problems 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated()
    callers: Callers = request.app.state.callers
    found = await callers.find(request.app.state.db, token.strip())
    if found is None:
        raise unauthenticated()
    return found


CurrentCaller = Annotated[Caller, Depends(caller)]


def requires(*roles: Role) -> Callable[[CurrentCaller], Awaitable[Caller]]:
    """Dependency: a caller who has one of the roles, else the problem 403."""

    async def check(current: CurrentCaller) -> Caller:
        if current.roles.isdisjoint(roles):
            raise forbidden(" / ".join(roles))
        return current

    return check


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
