"""What every habit has: a unit before a case, its dice, and the fields that many actions share. Pure."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts.base import UnitId
from contracts.cases import Scalar
from contracts.codes import unit_at
from deploy.units import townships
from workflows.model import Case

Fields = dict[str, Scalar]
Done = Mapping[str, int]
"""How often each action was carried out on this case."""


@dataclass(frozen=True)
class Move:
    """What a unit means to do: an action, after so many hours. `verb` names how its fields are filled."""

    action: str
    hours: float
    unit: UnitId
    verb: str = ""
    also: Fields = field(default_factory=dict)

    @property
    def filled_by(self) -> str:
        return self.verb or self.action


@dataclass(frozen=True)
class Desk:
    """A unit before a case: what it sees, what was done, and its dice."""

    case: Case
    done: Done
    rng: random.Random

    def has(self, share: float) -> bool:
        return self.rng.random() < share

    def hours(self, least: float, most: float, *, late: tuple[float, float, float] = (0.05, 0, 0)) -> float:
        """Usually between the first two; in a `late` share of cases between the other two."""
        share, from_, to = late
        if to and self.rng.random() < share:
            return self.rng.uniform(from_, to)
        return self.rng.uniform(least, most)

    def move(self, action: str, hours: float, *, by: str | None = None, verb: str = "", **also: Scalar) -> Move:
        return Move(action, hours, self.unit(by), verb, also)

    def unit(self, key: str | None) -> UnitId:
        """The unit a part or a kind stands for; the accountable one by default."""
        if key is None:
            return self.case.accountable
        return self.case.placements.get(key) or unit_at(key, self.case.region)

    def first(self, action: str, share: float) -> bool:
        """Whether something that is done at most once is done at all; the dice are thrown either way."""
        return self.has(share) and not self.done.get(action)

    @property
    def owes(self) -> bool:
        """Whether work is owed that must end before the case can close."""
        return any(t.about_deadline is None and t.kind != "file_to_authority" for t in self.case.tasks.values())


Habit = Callable[[Desk], Move | None]
"""What the unit does next in a state; None when it stays silent."""

Writer = Callable[[Desk, str], Fields]
"""How the fields of an action are filled, at a moment in ISO 8601."""


@dataclass(frozen=True)
class Habits:
    """One workflow: its habit in each state, its writers by verb, and the actions that close a case.

    What closes waits until nothing is owed any more. An action without a writer gets a plain answer to every field.
    """

    states: Mapping[str, Habit]
    writers: Mapping[str, Writer]
    closing: frozenset[str]


# -- writers that several workflows share -------------------------------------------------------------------------


def number(desk: Desk, what: str) -> str:
    return f"{what}〔2026〕{desk.rng.randint(1, 99999):05d}号"


def numbered(field_name: str, what: str) -> Writer:
    return lambda desk, now: {field_name: number(desk, what)}  # noqa: ARG005


def plain(**fields: Scalar) -> Writer:
    return lambda desk, now: dict(fields)  # noqa: ARG005


def timed(field_name: str) -> Writer:
    return lambda desk, now: {field_name: now}  # noqa: ARG005


def new_station(desk: Desk) -> str:
    """Another police station of the same county."""
    others = [t for t in townships(desk.case.region[:6]) if f"police-station@{t}" != desk.case.accountable]
    return f"police-station@{desk.rng.choice(others)}"


# -- a police case, whatever it is about ---------------------------------------------------------------------------


def result(desk: Desk, *, least: float, most: float) -> Move:
    """A public-security case: extended now and then, stopped for an appraisal, ended between these hours."""
    if desk.first("extend_case", 0.15):
        return desk.move("extend_case", desk.hours(500, 650))
    if desk.first("pause_for_appraisal", 0.12):
        return desk.move("pause_for_appraisal", desk.hours(100, 300))
    if desk.done.get("pause_for_appraisal", 0) > desk.done.get("resume_after_appraisal", 0):
        return desk.move("resume_after_appraisal", desk.hours(420, 700))
    return desk.move("record_outcome", desk.hours(least, most, late=(0.1, 740, 900)))


def close(desk: Desk) -> Move:
    return desk.move("close", desk.hours(30, 300))


POLICE_WRITERS: Mapping[str, Writer] = {
    "extend_case": numbered("approval", "延期"),
    "pause_for_appraisal": numbered("appraisal", "鉴定"),
}
