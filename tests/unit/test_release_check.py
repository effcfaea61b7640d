"""The check of a release in processes of its own, here in threads."""

import asyncio
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.statistics.disclosure.model import Release
from services.statistics.releases import checking
from services.statistics.releases.errors import RefusedError


async def test_while_others_still_think_who_refuses_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    both_think, go_on, answered = threading.Barrier(2), threading.Event(), list[bool]()

    def check(_: Sequence[Release], now: Release, __: float) -> Release:
        if both_think.wait(20) == 0:
            raise RefusedError("leak", "", "")
        answered.append(go_on.wait(20))
        return now

    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(checking, "check", check)
    monkeypatch.setattr(checking, "ProcessPoolExecutor", lambda hands, **_: ThreadPoolExecutor(hands))
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    with pytest.raises(RefusedError):
        await checking.check_apart([], Release("", {}))
    assert answered == [True]
