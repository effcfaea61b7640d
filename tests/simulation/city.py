"""One schedule: a city with two copies of casework and one of statistics, faults among its turns."""

from dataclasses import dataclass, field
from random import Random
from typing import Final, cast
from uuid import UUID

from contracts.topics import CASE_EVENTS, COMMANDS_POLICE, INTAKE_EVENTS
from services.casework.handlers import Casework
from services.platform.database import RawConnection
from services.statistics.handlers import Statistics
from tests.integration.casework_fixtures import MONDAY, TOKEN_KEY
from tests.simulation.kafka import Kafka
from tests.simulation.outside import Outside
from tests.simulation.postgres import COMMIT, Postgres
from tests.simulation.processes import CityClock, Group, Process
from tests.simulation.scheduler import REST, Actor, Scheduler
from tests.statistics_parts import define_parts
from workflows.loader import load_workflows

WORKFLOWS: Final = load_workflows()
PARTS: Final = define_parts()
MOST_FAULTS: Final = 20
"""Then calm, in which everything must come to an end."""
MOST_TURNS: Final = 5000
RATES: Final = {"kill": 0.006, "cut": 0.012, "rebalance": 0.006, "pause": 0.012}
"""How often in a turn. Who is paused holds his locks, and goes on when everybody else has gone far."""
COMMIT_IS_WORTH: Final = 6
"""Around a commit so much more often: that is where the bugs are."""


@dataclass
class City:
    """`faults` is how many faults there may be; the first of a seed are the same whatever their number."""

    seed: int
    postgres: Postgres
    most_faults: int = MOST_FAULTS
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.scheduler = Scheduler(self.random, self.postgres)
        self.kafka = Kafka()
        self.clock = CityClock(MONDAY)
        self.groups = {"casework": Group((INTAKE_EVENTS, COMMANDS_POLICE)), "statistics": Group((CASE_EVENTS,))}
        self.outside = Outside(self.random, self.kafka, self.clock)
        self.processes: list[Process] = []
        self.rested = False
        self._heard = -1
        self._born = 0
        self._ids = 0

    def new_id(self) -> UUID:
        """Ids that grow, as UUIDv7 do, and are the same whenever the seed is."""
        self._ids += 1
        return UUID(int=(0x7 << 76) | (0x8 << 62) | self._ids)

    # -- processes

    def start(self, service: str) -> None:
        self._born += 1
        process = Process(self, f"{service}-{self._born}", service)
        size = self.random.choice([3, 5, 50])
        if service == "casework":
            casework = Casework(WORKFLOWS, self.clock, b"key", TOKEN_KEY)
            process.read(casework.on_records, size)
            process.relay()
            process.sweep(casework)
        else:
            statistics = Statistics(PARTS)
            process.read(statistics.handle, size)
            process.flush(statistics)
        self.processes.append(process)

    async def restart(self, process: Process) -> None:
        await process.kill()
        self.processes.remove(process)
        self.start(process.service)
        await self.scheduler.settle()

    # -- turns

    async def run(self) -> None:
        """Until nobody finds anything to do."""
        try:
            for service in ("casework", "casework", "statistics"):
                self.start(service)
            await self.scheduler.settle()
            while not self.rested and self.scheduler.turns < MOST_TURNS:
                await self._go_on()
        finally:
            for process in list(self.processes):
                await process.kill()

    async def _go_on(self) -> None:
        """When all sleep, something happens outside; else time passes, until that leads to nothing."""
        actor = self.scheduler.choose()
        if actor is not None:
            await self._turn(actor)
            if self.random.random() < 0.05:
                self.outside.go_on()
            if self.random.random() < 0.05:
                self.scheduler.pass_time(self.random.choice(self.scheduler.actors))
        elif not self.outside.go_on():
            self.rested = self._heard == self.kafka.size
            self._heard = self.kafka.size
            self.scheduler.pass_time()

    async def _turn(self, actor: Actor) -> None:
        """The same numbers are drawn whether a fault may happen or not."""
        fault, turns = self._draw(actor), self.random.randint(10, 80)
        if fault is None or len(self.faults) >= self.most_faults or (fault == "cut" and actor.at == REST):
            await self.scheduler.release(actor)
            return
        self.faults.append(f"turn {self.scheduler.turns}: {fault}, {actor.name} {actor.at}")
        if fault == "kill":
            await self.restart(cast("Process", actor.process))
        elif fault == "cut":
            await self.scheduler.release(actor, ConnectionResetError("planned"))
        elif fault == "rebalance":
            self.groups["casework"].rebalance()
        else:
            actor.paused_until = self.scheduler.turns + turns

    def _draw(self, actor: Actor) -> str | None:
        drawn = self.random.random() / (COMMIT_IS_WORTH if COMMIT in actor.at else 1)
        for fault, rate in RATES.items():
            if drawn < rate:
                return fault
            drawn -= rate
        return None


async def wipe(admin: RawConnection, namespace: str) -> None:
    """Nothing has happened yet; what is kept against changes is wiped too."""
    rows = await admin.fetch(
        """SELECT format('DELETE FROM %I.%I', schemaname, tablename) AS wipe FROM pg_tables
           WHERE schemaname = ANY($1::text[]) AND tablename !~ '_migrations$|^sweep$|^log_epoch$'""",
        [f"{namespace}casework", f"{namespace}statistics"],
    )
    unread = f'UPDATE "{namespace}statistics".log_epoch SET epoch = 0'  # noqa: S608
    without_triggers = "SET LOCAL session_replication_role = replica"
    await admin.execute(";".join([without_triggers, unread, *(row["wipe"] for row in rows)]))
