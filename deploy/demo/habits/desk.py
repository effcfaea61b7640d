"""What every habit has: a unit before a case, its dice, and the fields that many actions share. Pure."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from contracts.base import UnitId
from contracts.cases import Scalar
from contracts.codes import UnitKind, unit_at
from deploy.units import body_at, townships
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
        return self.case.placements.get(key) or self.near(key)

    def near(self, kind: str) -> UnitId:
        """A unit of that kind which serves the place of the case."""
        known, place = UnitKind.known(kind), self.case.seat
        assert known is not None, kind
        if known.level != "opaque":
            return unit_at(known, place)
        if known in {UnitKind.VILLAGE_COMMITTEE, UnitKind.HEALTH_CENTRE}:
            return body_at(known, place if len(place) == 9 else townships(place)[0])
        return body_at(known, place[:6])

    def counted(self, counter: str) -> int:
        return self.case.counters.get(counter, 0)

    def since(self, moment: str) -> float:
        """Hours from entering the state to that moment of the case."""
        return max(0, (self.case.moments.get(moment, self.case.entered_at) - self.case.entered_at) / timedelta(hours=1))

    def awaits(self, kind: str) -> bool:
        """Whether a task of that kind is open."""
        return any(task.kind == kind for task in self.case.tasks.values())

    def first(self, action: str, share: float) -> bool:
        """Whether something that is done at most once is done at all; the dice are thrown either way."""
        return self.has(share) and not self.done.get(action)


Habit = Callable[[Desk], Move | None]
"""What the unit does next in a state; None when it stays silent."""

Writer = Callable[[Desk, str], Fields]
"""How the fields of an action are filled, at a moment in ISO 8601."""


@dataclass(frozen=True)
class Way:
    """One thing a unit may do in a state, with this share of chance, between so many hours after the case came there.

    `late`: a share of cases, and between which hours they are done instead. `once`: not a second time in this case.
    `since`: a moment of the case from which the hours count instead, for what is done again and again in one state.
    """

    action: str
    hours: tuple[float, float]
    share: float = 1
    late: tuple[float, float, float] = (0.05, 0, 0)
    once: bool = False
    by: str | None = None
    verb: str = ""
    since: str = ""
    when: Callable[[Desk], bool] | None = None
    also: Fields = field(default_factory=dict)


def ways(*possible: Way) -> Habit:
    """The first way that its dice and its condition allow. Every die is thrown, so that no way depends on another."""

    def habit(desk: Desk) -> Move | None:
        thrown = [(way, desk.has(way.share)) for way in possible]
        for way, taken in thrown:
            if taken and not (way.once and desk.done.get(way.action)) and (way.when is None or way.when(desk)):
                hours = desk.hours(*way.hours, late=way.late) + desk.since(way.since)
                return desk.move(way.action, hours, by=way.by, verb=way.verb, **way.also)
        return None

    return habit


@dataclass(frozen=True)
class Habits:
    """One workflow: its habit in each state, its writers by verb, and what its units do with tasks.

    `hours`: how long a task usually takes. `left`: tasks that a step of the case ends. An action or a task without a
    writer gets a plain answer to every field.
    """

    states: Mapping[str, Habit]
    writers: Mapping[str, Writer]
    hours: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    left: frozenset[str] = frozenset()


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
    others = [t for t in townships(desk.case.seat[:6]) if f"police-station@{t}" != desk.case.accountable]
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
