"""Run schedules by their seeds, and make a failing one small. `make simulate SEED=… COUNT=…` runs more of them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.integration.platform_fixtures import Space, drop
from tests.simulation.city import MOST_FAULTS, City, wipe
from tests.simulation.invariants import violations
from tests.simulation.kafka import Producer
from tests.simulation.postgres import Postgres


@dataclass(frozen=True)
class Finding:
    """A seed that ended badly. The same seed with the same number of faults ends so again."""

    seed: int
    faults: tuple[str, ...]
    violations: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, again with: make simulate SEED={self.seed} COUNT=1"]
        lines += [f"  fault at {fault}" for fault in self.faults]
        return "\n".join([*lines, *(f"  {violation}" for violation in self.violations[:20])])


@asynccontextmanager
async def simulated_postgres(admin_dsn: str, namespace: str) -> AsyncIterator[Postgres]:
    """Schemas for casework and statistics in a namespace of their own, dropped afterwards."""
    space = Space(namespace, admin_dsn)
    dsns = await space.provision("casework", "statistics")
    admin = await asyncpg.connect(admin_dsn)
    for role in dsns:
        # Whoever closes the circle is the victim, every time: the others have looked long before.
        await admin.execute(f'ALTER ROLE "{namespace}{role}" SET deadlock_timeout = 1')
    postgres = Postgres(admin, namespace, dsns)
    try:
        yield postgres
    finally:
        await postgres.close()
        await admin.close()
        await drop(space)


async def run(postgres: Postgres, seed: int, most_faults: int = MOST_FAULTS) -> City:
    """One schedule on empty tables."""
    await wipe(postgres.admin, postgres.namespace)
    postgres.forget()
    city = City(seed, postgres, most_faults)
    with pytest.MonkeyPatch.context() as patch, capture_logs():  # thousands of lines, and nobody reads them
        patch.setattr("services.platform.outbox.AIOKafkaProducer", partial(Producer, city.kafka))
        patch.setattr("services.platform.consumer.backoff", lambda _: 0)
        patch.setattr("services.platform.quarantine.new_id", city.new_id)
        await city.run()
    return city


async def find_fault(postgres: Postgres, seeds: Iterable[int]) -> Finding | None:
    """The first seed that ends badly."""
    for seed in seeds:
        city = await run(postgres, seed)
        if found := await violations(city):
            return Finding(seed, tuple(city.faults), tuple(found))
    return None


async def shrink(postgres: Postgres, finding: Finding) -> Finding:
    """Faults of a seed are the same up to where they end, so the shortest beginning that fails says the most."""
    for most in range(len(finding.faults)):
        city = await run(postgres, finding.seed, most)
        if found := await violations(city):
            return replace(finding, faults=tuple(city.faults), violations=tuple(found))
    return finding
