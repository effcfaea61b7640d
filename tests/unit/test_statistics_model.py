"""Facts become steps, and sums become observations."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import yaml
from msgspec import structs
from pydantic import TypeAdapter

from contracts.cases import Fact, Opened, Recorded, Scalar, StateEntered
from contracts.statistics import Observation
from services.statistics.catalogue import Defined
from services.statistics.milestones import Derivations, MilestoneEntry, Named
from services.statistics.model import (
    AsOf,
    Cell,
    Correction,
    Counted,
    Place,
    Step,
    Sums,
    corrections,
    observe,
    observe_nothing,
    observe_region,
    place_of,
    steps,
    subjects,
)
from tests.case_logs import HARM, START, STATION, TOWN, CaseLog
from tests.statistics_parts import Told, define_parts, milestone, read_part

NOTHING = Derivations({})
AT = AsOf(date(2027, 1, 10), epoch=1, facts=9)
COUNTY, CITY = TOWN[:6], TOWN[:4] + "00"


def derivations(text: str) -> Derivations:
    return Derivations(TypeAdapter(dict[str, MilestoneEntry]).validate_python(yaml.safe_load(text), strict=False))


def the(told: list[Step], name: str) -> Step:
    (found,) = [step for step in told if step.name == name]
    return found


# -- facts to steps --------------------------------------------------------------------------------------------------


def test_every_workflow_tells_that_a_case_is_opened_and_by_which_report() -> None:
    log = CaseLog()
    log.report("mandatory_report", HARM, delay=timedelta(minutes=90), minor=True, kind="harm_to_minor")
    told = steps(log.facts, NOTHING)
    opened, submitted = the(told, "case.opened"), the(told, "report.submitted")
    assert (opened.at, opened.workflow, opened.region) == (START, "mandatory_report", TOWN)
    assert (opened.dimensions["reporter_category"], opened.dimensions["opened_as"]) == ("school", None)
    assert (submitted.unit, submitted.dimensions["delay_minutes"]) == ("school@00000000000000bb", 90)
    assert [(one.role, one.minor) for one in subjects(log.facts)] == [("victim", True), ("perpetrator", False)]


def test_how_long_a_report_took_is_unknown_where_nobody_says_since_when() -> None:
    log = CaseLog()
    log.report(delay=None)
    assert the(steps(log.facts, NOTHING), "report.submitted").dimensions["delay_minutes"] is None


def test_step_has_its_own_dimensions_and_beneath_them_what_the_fact_records() -> None:
    fact = Told(1).say(START, milestone("warning.assessed", START, relation="spouse"))
    fields: dict[str, Scalar] = {"relation": "parent", "disputed": True}
    told = steps([structs.replace(fact, effects=(Recorded(fields), *fact.effects))], NOTHING)
    assert the(told, "warning.assessed").dimensions == {"relation": "spouse", "disputed": True}
    assert the(told, "case.opened").dimensions["relation"] == "parent"


def test_steps_of_a_fact_stand_at_places_of_their_own_and_tell_when_they_happened() -> None:
    earlier = START - timedelta(days=3)
    told = steps([Told(1).say(START, milestone("a", earlier), milestone("b", START))], NOTHING)
    assert [(step.version, step.position, step.at) for step in told if step.name in {"a", "b"}] == [
        (1, the(told, "a").position, earlier),
        (1, the(told, "b").position, START),
    ]
    assert len({step.position for step in told}) == len(told)


def test_case_is_closed_when_it_enters_a_final_state_and_other_states_are_no_steps() -> None:
    fact = Told(1).say(START)
    states = (
        StateEntered("visiting", "", STATION, "in_progress"),
        StateEntered("ended", "", STATION, "closed", final=True, outcome="clean"),
    )
    told = steps([structs.replace(fact, effects=states)], NOTHING)
    assert [(step.name, step.dimensions) for step in told] == [("case.closed", {"state": "ended", "outcome": "clean"})]


def test_step_that_was_withdrawn_is_named_by_fact_and_name() -> None:
    case = Told(7)
    assessed = case.assessed()
    case.withdrawn(START, assessed, "warning.assessed")
    corrected = corrections(steps(case.facts, NOTHING))
    assert corrected == [Correction(UUID(int=7), 1, "warning.assessed", None, 2)]


# -- what follows from what ------------------------------------------------------------------------------------------

FOLLOWS = """
visited.well:
  title: t
  title_en: t
  derived:
    - {workflow: [dv_warning], from: [followup.visited, act], where: {result: [clean, better]}, sets: {how: well}}
given:
  title: t
  title_en: t
  derived:
    - {workflow: [dv_warning], from: served, where: {kind: {known: true}}}
    - {workflow: [dv_warning], from: served, takes: {kind: [kinds, unit]}, codes: {economic: money}}
acted: {title: t, title_en: t, derived: [{workflow: [dv_warning], from: act, by_unit: [police-station]}]}
entered: {title: t, title_en: t, derived: [{workflow: [dv_warning], from: state.visiting}]}
"""


def derive(name: str, workflow: str = "dv_warning", unit: str | None = STATION, **dimensions: Scalar) -> list[Named]:
    return list(derivations(FOLLOWS).of(workflow, Named(name, START, unit, dimensions)))


def test_step_follows_from_another_of_its_workflow_that_is_so() -> None:
    assert derive("followup.visited", result="clean") == [
        Named("visited.well", START, STATION, {"result": "clean", "how": "well"})
    ]
    assert derive("followup.visited", result="worse") == []
    assert derive("followup.visited", "shelter", result="clean") == []
    assert [one.name for one in derive("act")] == ["acted"]
    assert derive("act", unit="school@00000000000000bb") == derive("act", unit=None) == []


def test_of_several_ways_the_first_that_holds_is_gone() -> None:
    assert [one.dimensions for one in derive("served", kind="legal", kinds=["economic"])] == [
        {"kind": "legal", "kinds": ["economic"]}
    ]
    assert [one.dimensions["kind"] for one in derive("served", kinds=["economic", "legal"])] == [["money", "legal"]]
    assert [one.dimensions["kind"] for one in derive("served", kinds=[])] == [STATION]


def test_states_and_acts_are_kept_only_as_what_follows_from_them() -> None:
    fact = Told(1).say(START)
    visiting = StateEntered("visiting", "", STATION, "in_progress")
    told = steps([structs.replace(fact, effects=(visiting,))], derivations(FOLLOWS))
    assert [step.name for step in told] == ["acted", "entered"]


# -- sums to observations --------------------------------------------------------------------------------------------

ISSUED, MAIN = ("dv-warning-issued", "issued"), ("dv-warning-issued", "main")
SPOUSE = '{"relation": "spouse"}'


def counted(
    cells: dict[tuple[tuple[str, str], int, str], tuple[int, int]], *, waiting: int = 0, year: int = 2026
) -> Counted:
    """Sums by part, year and county."""
    sums = {Cell(*key, of, region, SPOUSE): Sums(*both) for (key, of, region), both in cells.items()}
    return Counted(sums, {Place(*MAIN, year, COUNTY): waiting} if waiting else {}, {}, {})


def see(found: list[Observation], key: tuple[str, str], region: str, year: int = 2026) -> Observation:
    (one,) = [one for one in found if place_of(one) == Place(*key, year, region)]
    return one


def test_prefecture_has_the_sums_of_its_counties_and_so_has_a_province() -> None:
    cells = counted({(MAIN, 2026, COUNTY): (1, 2), (MAIN, 2026, "330302"): (1, 1), (MAIN, 2026, "371502"): (0, 5)})
    found = observe(define_parts(), cells, AT)
    assert [(see(found, MAIN, region).numerator, see(found, MAIN, region).value) for region in (COUNTY, CITY)] == [
        (1, 50.0),
        (2, 66.67),
    ]
    (line,) = see(found, MAIN, CITY).breakdown
    assert (line.dimensions, line.denominator) == ({"relation": "spouse"}, 3)
    assert see(observe_region(define_parts(), 2026, "330000", cells, AT), MAIN, "330000").denominator == 3


@pytest.mark.parametrize(
    ("year", "waiting", "status"), [(2026, 0, "final"), (2026, 1, "provisional"), (2027, 0, "provisional")]
)
def test_figure_is_final_when_its_year_is_over_and_nobody_waits(year: int, waiting: int, status: str) -> None:
    found = observe(define_parts(), counted({(MAIN, year, COUNTY): (1, 2)}, waiting=waiting, year=year), AT)
    one = see(found, MAIN, COUNTY, year)
    assert (one.status, one.pending, one.settings) == (status, waiting, {"T": 72})


def test_no_member_is_no_value() -> None:
    parts = define_parts()
    for one in observe_region(parts, 2026, COUNTY, counted({}), AT):
        assert (one.value, one.status, one.denominator) == (None, "no_data", 0)
    assert b'"value"' not in observe_nothing(parts[0], Place(*parts[0].key, 2026, COUNTY), AT).to_json()
    assert observe(parts, counted({}), AT) == []


def test_year_that_has_not_begun_is_not_observed() -> None:
    """Who is counted a year later is known earlier."""
    assert observe(define_parts(), counted({(MAIN, 2028, COUNTY): (1, 1)}), AT) == []


def test_coverage_is_over_what_is_stated_and_its_members_alone_are_none() -> None:
    own = {"kind": "coverage", "over": "incidents", "plus": "all"}
    part = read_part({**own, "of": "case", "in": ["dv_warning"], "each": {"step": "x"}})
    every = read_part({"kind": "count", "of": "case", "in": ["dv_warning"], "each": {"step": "y"}})
    parts = [Defined("k", "main", part, ("", ""), {}), Defined("k", "all", every, ("", ""), {})]
    cells = counted({(("k", "main"), 2026, COUNTY): (3, 3), (("k", "all"), 2026, COUNTY): (0, 2)})
    assert see(observe(parts, cells, AT), ("k", "main"), COUNTY).value is None
    stated = cells._replace(stated={("incidents", "", 2026, COUNTY): 10.0})
    one = see(observe(parts, stated, AT), ("k", "main"), COUNTY)
    assert (one.stated, one.value) == (12.0, 25.0)


def test_fact_of_nothing_that_counts_has_no_step() -> None:
    fact: Fact = structs.replace(Told(1).say(START), effects=(), unit=None)
    assert steps([fact], derivations(FOLLOWS)) == []
    assert not fact.of(Opened)
