"""Casework, outbox, timers and statistics under hundreds of schedules: whatever breaks, nothing is lost or doubled."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.simulation.servers import Postgres
from tests.simulation.simulate import find_fault, simulated_postgres

SEED = int(os.environ.get("SEED", "1"))
COUNT = int(os.environ.get("COUNT", "150"))


@pytest.fixture(scope="module")
async def postgres(postgres_dsn: str) -> AsyncIterator[Postgres]:
    async with simulated_postgres(postgres_dsn, "simulation_") as opened:
        yield opened


async def test_no_schedule_loses_or_doubles_anything(postgres: Postgres) -> None:
    print(f"seeds {SEED} to {SEED + COUNT - 1}")  # noqa: T201
    finding = await find_fault(postgres, range(SEED, SEED + COUNT))
    assert finding is None, str(finding)
