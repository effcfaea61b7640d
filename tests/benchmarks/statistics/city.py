"""A city's year, as large as wanted: stories of a few steps, told of ever other people by `INSERT ... SELECT`.

Steps have the names and dimensions that indicators ask for, and what follows from them is derived as the service does
it. Every fifth case shares its people with another; counties are of very different sizes, and cases fall on any hour.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple

from contracts.codes import Cancer, CancerStage, Channel, DvRelation, Need, ReporterCategory, Situation, SuspectRelation
from services.platform.database import Connection
from services.statistics.milestones import Derivations, Named, milestones
from services.statistics.releases.grid import counties_of
from tests.case_logs import DV, HARM, START

CITY: Final = "330300"
STORIES: Final = 400

TABLES: Final = """\
CREATE TEMP TABLE story_subject (story integer, role text, sex text, minor boolean);
CREATE TEMP TABLE story_step (
  story integer, position integer, name text, source text, after interval, workflow text, unit text,
  dimensions jsonb)"""

CASES: Final = """\
CREATE TEMP TABLE told AS
SELECT n, md5('case' || n)::uuid AS case_id, 1 + n % $1::integer AS story, n - (n % 10 = 0)::integer AS people,
  ($2::text[])[1 + floor(cardinality($2) * power(random(), 2))::integer] AS county,
  timestamptz '2026-01-01 00:00+08' + random() * interval '8759 hours' AS opened_at
FROM generate_series(1, $3::integer) AS n"""

STEPS: Final = """\
INSERT INTO step (case_id, version, position, name, source, at, workflow, region, unit, dimensions)
SELECT case_id, 1 + position, 0, name, source, opened_at + after, workflow, county || '001',
  unit || '@' || county || '001',
  CASE WHEN name = 'report.submitted'
    THEN dimensions || jsonb_build_object('report_id', md5('report' || n)::uuid) ELSE dimensions END
FROM told JOIN story_step USING (story)"""

SUBJECTS: Final = """\
INSERT INTO subject
SELECT case_id, role, role || people, sex, minor, CASE WHEN minor THEN n % 18 ELSE 18 + n % 60 END
FROM told JOIN story_subject USING (story)"""


async def fill(conn: Connection, cases: int) -> None:
    """Put so many cases of 2026 into the tables `step` and `subject`."""
    random = Random(5)
    stories = list(enumerate((random.choice(KINDS)(random) for _ in range(STORIES)), 1))
    await conn.execute(TABLES)
    subjects = [(number, *subject) for number, story in stories for subject in story.subjects]
    await conn.copy_records_to_table("story_subject", records=subjects)
    steps = [(number, *step) for number, story in stories for step in _steps(story)]
    await conn.copy_records_to_table("story_step", records=steps)
    await conn.execute("SELECT setseed(0.5)")
    await conn.execute(CASES, STORIES, counties_of(CITY), cases, timeout=600)
    await conn.execute("ANALYZE told, story_step, story_subject")
    await conn.execute(STEPS, timeout=600)
    await conn.execute(SUBJECTS, timeout=600)
    await conn.execute("ANALYZE step, subject")


class Said(NamedTuple):
    """So many hours after the opening, by a unit of that kind."""

    hours: float
    name: str
    unit: str | None
    dimensions: dict[str, Any]


class Story(NamedTuple):
    """`subjects`: role, sex, whether a minor."""

    workflow: str
    subjects: list[tuple[str, str, bool]]
    said: list[Said]


def _steps(story: Story) -> Iterator[tuple[int, str, str, timedelta, str, str | None, dict[str, Any]]]:
    """As they stand in `story_step`, with what follows from them."""
    derived, position = Derivations(milestones()), 0
    for one in story.said:
        unit = f"{one.unit}@330302001" if one.unit else None
        named = Named(one.name, START, unit, one.dimensions)
        for step in (named, *derived.of(story.workflow, named)):
            dimensions = {name: value for name, value in step.dimensions.items() if name != "station"}
            yield position, step.name, one.name, timedelta(hours=one.hours), story.workflow, one.unit, dimensions
            position += 1


def _violence(random: Random) -> Story:
    """A call to the police, a finding, and a letter or the reason why there is none."""
    who, relation = random.choice(list(ReporterCategory)), random.choice(list(DvRelation))
    about = {"event_type": DV, "reporter_category": who, "relation": relation}
    said = [
        Said(0, "case.opened", None, about | {"police_receipt_no": "R-1"}),
        Said(0, "report.submitted", None, about | {"under_duty": True, "delay_minutes": random.choice([5, 600, 3000])}),
    ]
    if random.random() < 0.7:
        said += [
            Said(20, "warning.assessed", "police-station", {"criteria_met": True, "relation": relation}),
            Said(random.choice([30, 90, 120]), "warning.issued", "police-station", {"relation": relation}),
            Said(random.choice([200, 900]), "followup.visited", "police-station", {}),
        ]
    else:
        reason = random.choice(["slight_and_forgiven", "penalty_instead", "not_established"])
        said += [Said(40, "warning.declined", "police-station", {"reason_no_letter": reason, "relation": relation})]
    minor = random.random() < 0.2
    return Story("dv_warning", [("victim", "female", minor), ("perpetrator", "male", False)], said)


def _harm(random: Random) -> Story:
    """A report that was owed, verified and filed."""
    who, situation = random.choice(list(ReporterCategory)), random.choice(list(Situation))
    suspect = random.choice(list(SuspectRelation))
    about = {"event_type": HARM, "reporter_category": who, "situation": situation, "suspect_relation": suspect}
    said = [
        Said(0, "case.opened", None, about | {"reported_via": random.choice(list(Channel))}),
        Said(0, "report.submitted", None, about | {"under_duty": True, "delay_minutes": random.choice([5, 600, 3000])}),
        Said(random.choice([10, 50]), "verification.completed", "county-police", {}),
        Said(60, "case.substantiated", "county-police", {"situation": situation, "suspect_relation": suspect}),
        Said(90, "interview.completed", "county-police", {"one_stop": random.random() < 0.8}),
    ]
    return Story("mandatory_report", [("victim", random.choice(["female", "male"]), random.random() < 0.8)], said)


def _child(random: Random) -> Story:
    """A child near whom something is wrong: looked at, helped, seen again."""
    need, who = random.choice(list(Need)), random.choice(list(ReporterCategory))
    said = [
        Said(0, "case.opened", None, {"reporter_category": who, "reported_via": random.choice(list(Channel))}),
        Said(random.choice([10, 100]), "case.accepted", "township-government", {}),
        Said(80, "guardianship.assessed", "township-government", {"risk_level": random.choice(["high", "low"])}),
        Said(90, "needs.assessed", "township-government", {"needs": [need]}),
        Said(random.choice([150, 800]), "service.delivered", "social-work", {"kind": need}),
    ]
    return Story("child_referral", [("child", random.choice(["female", "male"]), True)], said)


def _screening(random: Random) -> Story:
    """A finding, and what came of it."""
    cancer = {"cancer": random.choice([Cancer.CERVICAL, Cancer.BREAST])}
    stage = random.choice(list(CancerStage))
    said = [
        Said(0, "case.opened", None, {}),
        Said(0, "screening.completed", "hospital", cancer | {"finding": "abnormal", "rural": random.random() < 0.5}),
        Said(random.choice([400, 2000]), "diagnosis.concluded", "hospital", cancer),
        Said(700, "diagnosis.confirmed", "hospital", cancer | {"stage": stage, "hardship": random.random() < 0.3}),
        Said(random.choice([900, 4000]), "treatment.started", "hospital", cancer),
    ]
    return Story("screening", [("examinee", "female", False)], said)


KINDS: Final[tuple[Callable[[Random], Story], ...]] = (_violence, _violence, _harm, _child, _screening)
"""Violence is two of five."""
