"""What all integration tests need."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _unhurried() -> Iterator[None]:
    """A busy machine refuses no requests: whoever tests pressure sets a limit of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANDONG_SLOW_SECONDS", "60")
        yield
