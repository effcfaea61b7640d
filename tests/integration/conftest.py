"""What all integration tests need."""

from collections.abc import Iterator

import pytest

from services.platform import database


@pytest.fixture(scope="session", autouse=True)
def _unhurried() -> Iterator[None]:
    """A busy machine refuses no requests and breaks off no waiting: whoever tests a limit sets one of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANDONG_SLOW_SECONDS", "60")
        for limit in ("lock_timeout", "idle_in_transaction_session_timeout"):
            patch.setitem(database._SESSION, limit, "120s")
        yield
