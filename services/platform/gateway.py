"""The one interface to whatever carries a message out of the house: a city's SMS or 政务 gateway, or a file.

`LIANDONG_GATEWAY` names it: empty for none, `file:<path>`, or `<kind>:<anything>`, where `kind` is an entry point of
the group `liandong.gateways` whose value makes a `Gateway` from the rest. Units are written to by the notices service,
persons by the vault alone, so that their numbers never leave it; that is why this lies between the two.

GatewayError
GatewaySettingError
"""

import asyncio
import fcntl
import json
import os
from importlib.metadata import entry_points
from io import BufferedRandom
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Reference

ENTRY_POINTS: Final = "liandong.gateways"


class GatewayError(Exception):
    """The message was not taken over. `reason` is a code; `final` says that trying again is of no use."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class GatewaySettingError(Exception):
    """`LIANDONG_GATEWAY` names no gateway."""


class Message(Contract):
    """`to` is whatever the gateway knows an addressee by. The same id is the same message."""

    message_id: UUID
    to: str = Field(min_length=1, max_length=200, repr=False)
    text: str = Field(min_length=1, max_length=500, repr=False)


class Receipt(Contract):
    """The gateway has taken the message over, and this is its number for that."""

    reference: Reference


class Gateway(Protocol):
    async def send(self, message: Message) -> Receipt:
        """Hand a message over, once, however often it is sent with the same id. Raises `GatewayError`."""


class FileGateway:
    """One JSON line for each message, on disk before the receipt; its owner alone may read the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[str] = set()
        self._read_to = 0

    async def send(self, message: Message) -> Receipt:
        """Raises `GatewayError`."""
        try:
            await asyncio.to_thread(self._store, message)
        except OSError as error:
            raise GatewayError("file_not_written") from error
        except (ValueError, KeyError, TypeError):
            raise GatewayError("file_damaged") from None
        return Receipt(reference=f"file/{message.message_id}")

    def _store(self, message: Message) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._read_on(file)
            if str(message.message_id) not in self._known:
                file.write(message.to_json() + b"\n")
            file.flush()
            os.fsync(descriptor)
        if not self._read_to:
            self._sync_folder()

    def _read_on(self, file: BufferedRandom) -> None:
        """Learn what others wrote, and cut off a line that a crash left unfinished: nobody has a receipt for it."""
        if self._read_to > file.seek(0, os.SEEK_END):
            self._known, self._read_to = set(), 0
        file.seek(self._read_to)
        for line in file:
            if not line.endswith(b"\n"):
                break
            self._known.add(json.loads(line)["message_id"])
            self._read_to += len(line)
        file.truncate(self._read_to)
        file.seek(self._read_to)

    def _sync_folder(self) -> None:
        """Without it a new file's name could be lost with the power."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def open_gateway(setting: str) -> Gateway | None:
    """What the setting names; None when it is empty. Raises `GatewaySettingError`."""
    if not setting:
        return None
    kind, _, rest = setting.partition(":")
    if kind == "file" and rest:
        return FileGateway(Path(rest))
    for plugged_in in entry_points(group=ENTRY_POINTS, name=kind):
        made: Gateway = plugged_in.load()(rest)
        return made
    known = ", ".join(sorted({"file:<path>", *(f"{found.name}:…" for found in entry_points(group=ENTRY_POINTS))}))
    raise GatewaySettingError(f"LIANDONG_GATEWAY is {kind!r}…; it should be empty or one of: {known}")
