"""What dies is started again: at once when it had run well, later each time when it had not."""

from pathlib import Path

import pytest

from deploy import supervisor
from deploy.local.process import Server

STARTS = 4


class EnoughError(BaseException):
    pass


class Unforeseen(Exception):  # noqa: N818 - what nobody has thought of
    pass


async def waits(monkeypatch: pytest.MonkeyPatch, *, healthy_seconds: float) -> list[int]:
    """The failures in a row before each wait of a server that ends as soon as it was started."""
    failures: list[int] = []
    starts = 0

    def note(count: int) -> float:
        failures.append(count)
        return 0.0

    async def start() -> None:
        nonlocal starts
        starts += 1
        if starts == STARTS:
            raise EnoughError
        raise Unforeseen

    monkeypatch.setattr(supervisor, "HEALTHY_SECONDS", healthy_seconds)
    monkeypatch.setattr(supervisor, "backoff", note)
    with pytest.raises(EnoughError):
        await supervisor._keep(Server("sample", Path(), mark=""), start)
    return failures


async def test_what_had_run_well_is_started_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await waits(monkeypatch, healthy_seconds=-1) == []


async def test_what_dies_again_and_again_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await waits(monkeypatch, healthy_seconds=60) == [1, 2, 3, 4]
