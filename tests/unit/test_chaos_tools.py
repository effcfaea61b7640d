"""The tools of the chaos runs: a script that one seed decides, a proxy that does what it is told."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.process import free_port
from services.platform.failpoints import POINTS
from tests.chaos.every_point import BY
from tests.chaos.faults import OWNERS, Faults
from tests.chaos.proxy import CUT_AFTER, Mode, Proxy
from tests.chaos.script import KINDS, write_script
from tests.integration.platform_fixtures import eventually

SECONDS = 100.0


def test_the_same_seed_writes_the_same_script_and_another_seed_another() -> None:
    assert write_script(5, SECONDS) == write_script(5, SECONDS)
    assert write_script(5, SECONDS) != write_script(6, SECONDS)


@pytest.mark.parametrize("lane", KINDS)
def test_faults_of_a_lane_never_overlap(lane: str) -> None:
    faults = next(faults for name, faults in write_script(5, SECONDS).items() if name == lane)
    assert faults
    assert all(one.at + one.seconds <= after.at for one, after in itertools.pairwise(faults))


def test_ten_seeds_in_a_row_bring_every_kind_of_fault() -> None:
    kinds = {name for lane in KINDS.values() for name in lane}
    found = {fault.kind for seed in range(10) for lane in write_script(seed, SECONDS).values() for fault in lane}
    assert found == kinds


def test_every_kind_of_fault_can_be_done() -> None:
    assert all(callable(getattr(Faults, name, None)) for lane in KINDS.values() for name in lane)


def test_every_failpoint_has_its_turn_with_one_service() -> None:
    assert sorted(point for points in BY.values() for point in points) == sorted(POINTS)
    assert all(point in BY[service] for point, service in OWNERS.items())


@asynccontextmanager
async def echo_behind_proxy() -> AsyncIterator[Proxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    target = free_port()
    async with await asyncio.start_server(echo, "127.0.0.1", target), Proxy(free_port(), target) as proxy:
        yield proxy


async def ask(proxy: Proxy, data: bytes = b"hello") -> bytes:
    """What comes back over a new connection until it ends or all is there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(data)
        return await reader.readexactly(len(data))
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("mode", ["pass", "delay"])
async def test_a_proxy_passes_on_what_it_gets(mode: Mode) -> None:
    async with echo_behind_proxy() as proxy:
        proxy.delay_seconds = 0.01
        proxy.turn(mode)
        assert await ask(proxy) == b"hello"


async def test_a_reset_ends_old_and_new_connections_until_it_is_over() -> None:
    async with echo_behind_proxy() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        proxy.turn("reset")
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await ask(proxy)
        writer.transport.abort()
        proxy.turn("pass")
        assert await ask(proxy) == b"hello"


async def test_a_half_open_connection_answers_nothing_and_is_reset_in_the_end() -> None:
    async with echo_behind_proxy() as proxy:
        proxy.turn("half_open")
        asking = asyncio.create_task(ask(proxy))
        await eventually(lambda: any(link.swallowed for link in proxy._links))
        assert not asking.done()
        proxy.turn("pass")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asking


async def test_a_cut_comes_in_the_middle() -> None:
    async with echo_behind_proxy() as proxy:
        proxy.turn("cut")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await ask(proxy, bytes(3 * CUT_AFTER))
        assert proxy.cuts > 0
