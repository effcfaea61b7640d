"""The demonstration's requests: whoever is too busy for one is asked again, and not for ever."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from deploy.demo import hub


def answering(*statuses: int) -> Callable[[], Awaitable[httpx.Response]]:
    left = iter(statuses)

    async def ask() -> httpx.Response:
        return httpx.Response(next(left))

    return ask


async def test_a_service_that_is_too_busy_is_asked_until_it_takes_the_request_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "PAUSE_SECONDS", 0)
    assert (await hub.until_taken(answering(503, 503, 201, 500))).status_code == 201


async def test_a_service_that_stays_too_busy_has_said_so_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "PATIENCE_SECONDS", -1)
    assert (await hub.until_taken(answering(503, 201))).status_code == 503
