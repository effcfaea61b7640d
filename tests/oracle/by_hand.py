"""Logs worked out by hand: tests/data/indicators/<key>.yaml, see the README beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import yaml

from contracts.base import SHANGHAI
from contracts.cases import Change, Fact, Milestone, Opened, Recorded, Report, ReportAttached, StateEntered, Subject
from tests.oracle.tally import Stated

FOLDER: Final = Path(__file__).parents[1] / "data" / "indicators"
UNIT: Final = "police-station@330382001"
REGION: Final = "330382001"

Numbers = Mapping[str, tuple[int, int, float | None]]
"""Of every part the numerator, the denominator (members) and the value."""


@dataclass(frozen=True)
class Worked:
    """One log, and the numbers of Yueqing in `year`."""

    key: str
    year: int
    as_of: date
    facts: list[Fact]
    stated: Stated
    expected: Numbers


def keys() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(key: str) -> Worked:
    said = yaml.safe_load((FOLDER / f"{key}.yaml").read_text(encoding="utf-8"))
    year = said.get("year", 2026)
    return Worked(
        key=key,
        year=year,
        as_of=said.get("as_of", date(2027, 12, 31)),
        facts=[_fact(said["cases"], *row) for row in said["facts"]],
        stated={(name, year, "330382"): float(number) for name, number in said.get("fed", {}).items()},
        expected={part: (one[0], one[1], one[2]) for part, one in said["expected"].items()},
    )


def _fact(cases: Mapping[str, list[Any]], name: str, version: int, at: str, what: Mapping[str, Any]) -> Fact:
    workflow, people = cases[name]
    told = dict(what)
    unit, region = told.pop("unit", UNIT), str(told.pop("region", REGION))
    moment = _moment(at)
    effects = [
        effect for step, said in told.items() for effect in _effects(step, said, workflow, people, region, moment)
    ]
    return Fact(
        case_id=uuid5(NAMESPACE_OID, name),
        version=version,
        cause=f"{name}/{version}",
        trigger="acted",
        occurred_at=moment,
        decided_at=moment,
        workflow=workflow,
        region=region,
        effects=tuple(effects),  # type: ignore[arg-type]
        unit=unit,
    )


def _effects(  # noqa: PLR0917
    step: str, said: Any, workflow: str, people: Mapping[str, str], region: str, at: datetime
) -> Iterator[Change]:
    """A list under a name says the step several times."""
    match step, said:
        case "opened", fields:
            relation = fields.pop("as", None)
            yield Opened(workflow, 1, region, tuple(_subjects(people)), relation=relation)
            yield Recorded(fields)
        case "report", fields:
            yield ReportAttached(_report(fields, at))
        case "state", state:
            yield StateEntered(state, "…", UNIT, "in_progress")
        case "closed", outcome:
            yield StateEntered("closed", "…", UNIT, "closed", final=True, outcome=outcome)
        case "withdrawn", [version, name, *anew]:
            right = {"at": _moment(anew[0]).isoformat()} if anew else {}
            yield Milestone("milestone.withdrawn", at, {"version": version, "name": name} | right)
        case name, list(several):
            for one in several:
                yield from _effects(name, one, workflow, people, region, at)
        case name, fields:
            moment = _moment(fields.pop("at")) if "at" in fields else at
            yield Milestone(name, moment, fields)


def _report(fields: dict[str, Any], at: datetime) -> Report:
    learned = fields.pop("learned", None)
    return Report(
        report_id=uuid5(NAMESPACE_OID, fields.pop("id")),
        event_type=f"liandong.{fields.pop('event', 'report.submitted')}.v1",
        reporter_category=fields.pop("by"),
        under_duty=fields.pop("duty", True),
        submitted_at=at,
        reporter_unit=fields.pop("from", None),
        learned_at=_moment(learned) if learned else None,
        fields=fields,
    )


def _subjects(people: Mapping[str, str]) -> Iterator[Subject]:
    """`role: name female minor 12`, several with commas; what is not said is adult, of unknown age and sex."""
    for role, several in people.items():
        for one in several.split(","):
            name, *said = one.split()
            sex: Any = next((word for word in said if word in {"female", "male"}), "unknown")
            age = next((int(word) for word in said if word.isdigit()), None)
            yield Subject(role, name, sex, "minor" in said, age)


def _moment(text: str) -> datetime:
    """`2026-03-02 09:00` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
