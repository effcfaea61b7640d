"""Casework, outbox, timers and statistics under seeded schedules: whatever breaks, nothing is lost or doubled.

And the check is checked: with each classic bug planted, the same seeds end badly.
"""

import os
from collections.abc import AsyncIterator

import pytest

from tests.simulation.bugs import BUGS, Plant
from tests.simulation.postgres import Postgres
from tests.simulation.simulate import find_fault, run, shrink, simulated_postgres

SEED = int(os.environ.get("SEED", "1"))
COUNT = int(os.environ.get("COUNT", "40"))
SEEDS = range(SEED, SEED + COUNT)


@pytest.fixture(scope="module")
async def postgres(postgres_dsn: str) -> AsyncIterator[Postgres]:
    async with simulated_postgres(postgres_dsn, "simulation_") as opened:
        yield opened


async def test_no_schedule_loses_or_doubles_anything(postgres: Postgres) -> None:
    print(f"seeds {SEED} to {SEED + COUNT - 1}")  # noqa: T201
    if finding := await find_fault(postgres, SEEDS):
        pytest.fail(str(await shrink(postgres, finding)))


@pytest.mark.parametrize("plant", BUGS, ids=lambda plant: plant.__name__)
async def test_the_simulation_catches(plant: Plant, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the seeds that are green above."""
    plant(monkeypatch)
    assert await find_fault(postgres, SEEDS), f"{plant.__name__} went by unnoticed"


async def test_one_seed_is_one_schedule(postgres: Postgres) -> None:
    first, again = [await run(postgres, SEED) for _ in range(2)]
    assert first.faults
    assert (again.faults, again.scheduler.turns, again.kafka.logs.keys()) == (
        first.faults,
        first.scheduler.turns,
        first.kafka.logs.keys(),
    )
