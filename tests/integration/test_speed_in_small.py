"""The benchmark itself works: it is run in small, without a look at its figures."""

from rich.console import Console

from tests.benchmarks.speed.__main__ import measure
from tests.benchmarks.speed.session import Sizes

TINY = Sizes(
    20, 1, warm_up=20, loaded_cases=100, queue=2000, log=100, latency_seconds=1, steady_rate=5, steady_minutes=1
)


async def test_ceilings_and_system_write_the_same_rows() -> None:
    """The session compares the row counts of all tables itself."""
    entry = await measure(TINY, ("copy", "raw"), Console(quiet=True))
    assert set(entry.rates) == {"copy", "raw"}
    assert entry.machine["fsync"] == "on"
