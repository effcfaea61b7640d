"""A TCP proxy on 127.0.0.1 that delays, swallows, cuts and resets what passes through it."""

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Literal, Self

Mode = Literal["pass", "delay", "half_open", "reset", "cut"]
"""`half_open` takes everything and answers nothing; `cut` ends a connection after some more bytes."""

CHUNK: Final = 64 * 1024
CUT_AFTER: Final = 20_000
"""Bytes that a connection still carries before it is cut: mostly in the middle of a message."""

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class Link:
    """One client's connection, and what it has carried since it is to be cut."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    carried: int = 0
    swallowed: bool = False

    def reset(self) -> None:
        for writer in (self.client, self.server):
            connection = writer.get_extra_info("socket")
            if connection is not None and connection.fileno() >= 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()


@dataclass
class Proxy:
    """Passes everything on to `target` until told otherwise. `cuts` counts the connections it ended."""

    port: int
    target: int
    mode: Mode = "pass"
    delay_seconds: float = 0.2
    cuts: int = 0
    _links: set[Link] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self._reset_all(self._links)

    def turn(self, mode: Mode) -> None:
        """From now on do this. A connection of which something was swallowed can never go on, so it is reset."""
        if mode == "reset":
            self._reset_all(self._links)
        elif mode == "pass":
            self._reset_all({link for link in self._links if link.swallowed})
        for link in self._links:
            link.carried = 0
        self.mode = mode

    def _reset_all(self, links: set[Link]) -> None:
        self.cuts += len(links)
        for link in tuple(links):
            link.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, forth)
        self._links.add(link)
        if self.mode == "reset":
            self._reset_all({link})
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, forth, link))
                group.create_task(self._pump(back, writer, link))
        except* OSError:
            link.reset()
        finally:
            self._links.discard(link)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, link: Link) -> None:
        """Carry one direction to its end."""
        while chunk := await source.read(CHUNK):
            if self.mode == "delay":
                await asyncio.sleep(self.delay_seconds)
            if self.mode == "half_open":
                link.swallowed = True
                continue
            link.carried += len(chunk)
            if self.mode == "cut" and link.carried > CUT_AFTER:
                self.cuts += 1
                target.write(chunk[: len(chunk) // 2])
                raise ConnectionResetError
            target.write(chunk)
            await target.drain()
        target.close()
