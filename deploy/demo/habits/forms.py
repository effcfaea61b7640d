"""Plain answers to the fields of a form, as its definition asks for them. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from contracts.cases import Scalar
from contracts.codes import UnitKind
from deploy.demo.habits.desk import Desk, Fields, number
from workflows.definition import FieldSpec

AHEAD = timedelta(days=90)
"""How far ahead a day lies that nobody says more about."""


def answers(specs: Mapping[str, FieldSpec], desk: Desk, now: datetime, given: Fields) -> Fields:
    """`given`, and a plain answer to every other field that must be filled."""
    asked = {name: spec for name, spec in specs.items() if spec.required and name not in given}
    return given | {name: _answer(spec, desk, now) for name, spec in asked.items()}


def _answer(spec: FieldSpec, desk: Desk, now: datetime) -> Scalar:
    if spec.type in {"code", "codes"}:
        chosen = desk.rng.choice(sorted(spec.codes))
        return chosen if spec.type == "code" else [chosen]
    if spec.type == "unit":
        return desk.near(desk.rng.choice(spec.kinds or (UnitKind.CIVIL_AFFAIRS,)))
    if spec.type == "units":
        return [desk.near(kind) for kind in spec.kinds]
    plain: dict[str, Scalar] = {
        "bool": True,
        "number": 1,
        "time": now.isoformat(),
        "day": (now + AHEAD).date().isoformat(),
        "reference": number(desk, "文"),
    }
    return plain[spec.type]
