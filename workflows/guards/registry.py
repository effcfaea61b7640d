"""What a guard is, and what several of them need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.cases import Scalar
from workflows.fields import as_moment
from workflows.model import Case

Fields = Mapping[str, Scalar]
Predicate = Callable[[Case, Fields], bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """`holds` judges the case with the fields of the action at hand laid over its own."""

    holds: Predicate
    zh: str
    en: str


def not_before(fields: Fields, name: str, moment: datetime | None) -> bool:
    stated = as_moment(fields.get(name))
    return stated is None or moment is None or stated.date() >= moment.date()


GUARDS: dict[str, Guard] = {}


def guard(zh: str, en: str) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        GUARDS[predicate.__name__] = Guard(predicate, zh, en)
        return predicate

    return register


def ticked(fields: Fields, name: str) -> frozenset[str]:
    value = fields.get(name)
    return frozenset(value) if isinstance(value, list) else frozenset()


def not_earlier(fields: Fields, name: str, moment: datetime | None) -> bool:
    stated = as_moment(fields.get(name))
    return stated is None or moment is None or stated >= moment
