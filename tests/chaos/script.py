"""What goes wrong, when, and for how long: all of it decided by one integer. Pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.platform.failpoints import POINTS

Lane = Literal["processes", "servers", "input"]

SERVICES: Final = ("casework", "casework", "casework", "intake", "worklist", "statistics", "notices", "vault")
READERS: Final = ("casework", "casework", "worklist", "statistics", "notices")


@dataclass(frozen=True)
class Kind:
    """A kind of fault: how often it is chosen, how long it lasts in seconds, and what it may befall."""

    weight: int
    shortest: float
    longest: float
    targets: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Fault:
    """`at` in seconds from the start; `number` is for whatever else has to be chosen."""

    at: float
    kind: str
    target: str
    seconds: float
    number: int


KINDS: Final[Mapping[Lane, Mapping[str, Kind]]] = {
    "processes": {
        "kill": Kind(6, 0, 0, SERVICES),
        "terminate": Kind(2, 0, 0, SERVICES),
        "failpoint": Kind(5, 6, 6, tuple(POINTS)),
        "zombie": Kind(2, 12, 14, READERS),
        "twin": Kind(2, 5, 9, READERS),
    },
    "servers": {
        "postgres_crash": Kind(3, 0.5, 4),
        "postgres_cut": Kind(3, 0, 0),
        "postgres_full": Kind(1, 2, 5),
        "postgres_idle": Kind(1, 3, 8),
        "postgres_link": Kind(4, 2, 7, ("delay", "half_open", "reset", "cut")),
        "kafka_kill": Kind(3, 1, 6),
        "kafka_outage": Kind(1, 1, 5),
        "kafka_link": Kind(4, 2, 7, ("delay", "half_open", "reset", "cut")),
        "clock_back": Kind(1, 2, 4),
        "disk_full": Kind(1, 2, 6),
    },
    "input": {
        "garbage": Kind(2, 0, 0),
        "null_keys": Kind(1, 0, 0),
        "replay": Kind(2, 0, 0),
    },
}
"""Each lane has one fault at a time; the lanes know nothing of each other."""

PAUSES: Final[Mapping[Lane, tuple[float, float]]] = {
    "processes": (1.5, 5),
    "servers": (3, 9),
    "input": (5, 12),
}
"""Seconds between the end of one fault and the next."""


def write_script(seed: int, seconds: float) -> dict[Lane, list[Fault]]:
    """The faults of each lane for a run of so many seconds, in order."""
    return {lane: _write_lane(random.Random(f"{seed}/{lane}"), lane, seconds) for lane in KINDS}


def _write_lane(rng: random.Random, lane: Lane, seconds: float) -> list[Fault]:
    faults: list[Fault] = []
    at = rng.uniform(*PAUSES[lane])
    while at < seconds:
        name = rng.choices(list(KINDS[lane]), [kind.weight for kind in KINDS[lane].values()])[0]
        kind = KINDS[lane][name]
        lasts = rng.uniform(kind.shortest, kind.longest)
        faults.append(Fault(round(at, 2), name, rng.choice(kind.targets), round(lasts, 2), rng.randrange(1000)))
        at += lasts + rng.uniform(*PAUSES[lane])
    return faults
