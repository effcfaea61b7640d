"""The units of the demonstration on the pure engine: every story goes its way, and nothing depends on an order."""

import random
from functools import cache
from itertools import pairwise

import pytest

from contracts.cases import (
    DeadlineEscalated,
    DeadlineStarted,
    Fact,
    ReportAttached,
    StateEntered,
    TaskClosed,
    TaskOpened,
)
from deploy.demo.agents import plan
from deploy.demo.habits import HABITS
from deploy.demo.ledger import as_json, count
from deploy.demo.scenario import END, build, ticks
from deploy.demo.stories import stories
from deploy.units import COUNTIES, demo_units
from tests.unit.demo_world import World
from workflows.loader import load_workflows
from workflows.model import Case

EVENTS = 130


@cache
def world() -> World:
    return World(build(7, EVENTS)).run()


def cases_of(story: str) -> list[Case]:
    """In the order in which they opened; children of its cases too."""
    played = world()
    roots = [case for case in played.cases.values() if story in {_story(report) for report in case.reports}]
    ids = {case.case_id for case in roots}
    children = [case for case in played.cases.values() if case.parent_case_id in ids and case.case_id not in ids]
    return sorted([*roots, *children], key=lambda case: case.opened_at)


def _story(report_id: str) -> str:
    return next(one.story for key, one in world().sent_as.items() if str(key) == report_id)


def log_of(case: Case) -> list[Fact]:
    return [fact for fact in world().facts if fact.case_id == case.case_id]


def triggers_of(case: Case) -> list[str]:
    return [fact.trigger for fact in log_of(case)]


def test_no_unit_is_refused_what_it_tries() -> None:
    assert world().refused == []


def test_the_same_seed_gives_the_same_figures_in_whatever_order_the_cases_are_worked_on() -> None:
    shuffled = World(build(7, EVENTS))
    dice = random.Random(1)
    original = World._work

    def work_elsewhere(self: World, case_id: object, now: object) -> None:
        """Each tick begins with another case."""
        if dice.random() < 0.3:
            self.cases = dict(sorted(self.cases.items(), key=lambda _: dice.random()))
        original(self, case_id, now)  # type: ignore[arg-type]

    World._work = work_elsewhere  # type: ignore[method-assign]
    try:
        shuffled.run()
    finally:
        World._work = original  # type: ignore[method-assign]
    assert as_json(count(shuffled.facts)) == as_json(count(world().facts))


def test_a_hospital_and_a_school_that_report_one_child_both_get_their_feedback() -> None:
    (case,) = cases_of("two_reporters")[:1]
    reporters = {
        report.reporter_unit for fact in log_of(case) for report in (e.report for e in fact.of(ReportAttached))
    }
    assert {str(unit).partition("@")[0] for unit in reporters} == {"hospital", "school"}
    feedback = {
        effect.task.task_id: effect.task.addressee
        for fact in log_of(case)
        for effect in fact.of(TaskOpened)
        if effect.task.kind in {"feedback", "feedback_joined"}
    }
    proved = {effect.task_id for fact in log_of(case) for effect in fact.of(TaskClosed) if effect.proof}
    assert set(feedback.values()) == reporters
    assert feedback.keys() <= proved


def test_a_second_harm_opens_a_linked_case_while_the_first_is_with_the_prosecutor() -> None:
    first, second = cases_of("second_harm")[:2]
    reviewed = next(fact for fact in log_of(first) if fact.trigger == "review_report")
    assert str(reviewed.unit).startswith("procuratorate@")
    assert second.parent_case_id == first.case_id
    assert second.relation == "new_incident"


def test_a_refused_letter_is_served_and_visited_until_three_clean_visits() -> None:
    case = cases_of("refused_letter")[0]
    assert "serve_refused" in triggers_of(case)
    assert triggers_of(case).count("record_visit") == 4
    assert case.outcome == "three_clean_visits"


def test_a_change_of_station_moves_accountability() -> None:
    (case,) = cases_of("change_of_station")[:1]
    units = [
        fact.unit for fact in log_of(case) if fact.trigger in {"change_station", "accept_handover", "record_visit"}
    ]
    assert units[0] != units[1]
    assert set(units[1:]) == {case.accountable}


def test_a_returned_handover_leaves_the_case_where_it_was() -> None:
    (case,) = cases_of("returned_handover")[:1]
    visits = {fact.unit for fact in log_of(case) if fact.trigger == "record_visit"}
    assert visits == {next(fact.unit for fact in log_of(case) if fact.trigger == "change_station")}


@pytest.mark.parametrize("story", ["silent_report", "silent_dispatch"])
def test_silence_climbs_to_the_command_centre_and_the_procuratorate(story: str) -> None:
    (case,) = cases_of(story)[:1]
    climbed = {effect.unit.partition("@")[0] for fact in log_of(case) for effect in fact.of(DeadlineEscalated)}
    assert {"police-command", "procuratorate"} <= climbed


def test_an_adults_case_has_no_deadline_for_minors() -> None:
    case = cases_of("adult_victim")[0]
    articles = [effect.deadline.article for fact in log_of(case) for effect in fact.of(DeadlineStarted)]
    assert articles
    assert not [article for article in articles if "强制报告" in article or "未成年人" in article]


def test_a_recurrence_is_penalised_or_opens_a_new_case_that_no_letter_can_settle() -> None:
    assert "penalise" in triggers_of(cases_of("recurrence")[0])
    new = next(case for case in cases_of("recurrence_new_case") if case.relation == "recurrence")
    assert new.fields["prior_warning"] is True
    assert new.outcome == "handled"


def test_a_provisional_deadline_shows_at_the_end_of_the_year() -> None:
    case = cases_of("year_end_report")[0]
    assert [e.deadline.rule for fact in log_of(case) for e in fact.of(DeadlineStarted) if e.deadline.latest_due_at]


def test_typical_cases_take_their_steps_in_the_published_order() -> None:
    for story in stories():
        wanted = [event.does for event in story.events if event.does]
        facts = sorted(
            (fact for case in cases_of(story.name) for fact in log_of(case)), key=lambda fact: fact.decided_at
        )
        taken = iter(_renamed(fact) for fact in facts)
        assert all(step in taken for step in wanted), (story.name, wanted)


def _renamed(fact: Fact) -> str:
    return "serve" if fact.trigger == "serve_refused" else fact.trigger


def _case(story: str, workflow: str) -> Case:
    return next(case for case in cases_of(story) if case.workflow == workflow)


def test_a_conference_hears_a_dissent_and_answers_it_before_the_child_goes_home() -> None:
    case = _case("conference_with_dissent", "child_referral")
    assert case.counters["opinion.dissent"] >= 1
    assert case.fields["dissent_answer"] in {"adopted", "not_adopted"}
    triggers = triggers_of(case)
    assert triggers.index("call_conference") < triggers.index("conclude_return") < triggers.index("collected")
    assert {child.workflow for child in cases_of("conference_with_dissent")} >= {"child_referral", "family_education"}


def test_a_woman_is_lost_only_after_a_message_a_call_and_a_visit() -> None:
    case = _case("lost_to_follow_up", "screening")
    contacts = [fact for fact in log_of(case) if fact.trigger == "record_contact"]
    assert len(contacts) == 3
    assert triggers_of(case).index("lose") > triggers_of(case).index("record_contact")
    assert case.outcome == "lost"


def test_a_ticket_that_did_not_satisfy_is_done_again() -> None:
    case = _case("redone_ticket", "hotline_ticket")
    assert triggers_of(case).count("reply") == 2
    assert case.outcome == "satisfied"


def test_a_protection_order_is_violated_answered_and_runs_out() -> None:
    triggers = triggers_of(_case("CASE-08", "protection_order"))
    assert triggers.index("report_violation") < triggers.index("respond") < triggers.index("expire")
    assert "expire" in triggers_of(_case("CASE-09", "protection_order"))


def test_negative_screening_is_one_fact() -> None:
    first = [fact for fact in world().facts if fact.version == 1]
    normal = [fact.case_id for fact in first if {"normal", "excluded"} & {e.state for e in fact.of(StateEntered)}]
    assert normal
    assert all(world().cases[case_id].version == 1 and world().cases[case_id].quiet for case_id in normal)


def test_domain_time_never_goes_back_in_a_log() -> None:
    for case in world().cases.values():
        assert all(a.decided_at <= b.decided_at for a, b in pairwise(log_of(case)))


@cache
def whole() -> World:
    """The demonstration as it is shipped."""
    return World(build(7)).run()


def test_in_the_whole_demonstration_no_unit_is_refused_what_it_tries() -> None:
    assert whole().refused == []


def test_units_that_hold_nothing_of_a_case_take_the_steps_that_its_table_gives_them() -> None:
    taken = {(fact.workflow, fact.trigger, str(fact.unit).partition("@")[0]) for fact in whole().facts}
    assert taken >= {
        ("family_education", "issue", "court"),
        ("family_education", "issue", "police-station"),
        ("bullying", "extend_investigation", "education"),
        ("bullying", "take_over", "education"),
        ("omission", "commend", "youth-league"),
        ("protection_order", "apply_change", "womens-federation"),
    }


def test_whoever_acts_or_reads_holds_a_token() -> None:
    known = {unit.unit for unit in demo_units()}
    assert {fact.unit for fact in whole().facts if fact.unit} <= known
    addressees = {effect.task.addressee for fact in whole().facts for effect in fact.of(TaskOpened)} - {None}
    assert addressees <= known


def test_figures_do_not_depend_on_the_ids_that_cases_and_reports_happen_to_get() -> None:
    """A case that opens as a unit's own report names that report by an id of its own."""
    other = World(build(7), ids=1_000_000).run()
    assert as_json(count(other.facts)) == as_json(count(whole().facts))


def test_every_workflow_has_cases_in_every_city() -> None:
    cities = {county[:4] for county in COUNTIES}
    found = {(case.workflow, case.region[:4]) for case in whole().cases.values()}
    assert {(workflow, city) for workflow in HABITS for city in cities} <= found
    assert {workflow.definition.workflow for workflow in load_workflows()} == HABITS.keys()


def test_every_state_with_a_habit_is_reached_by_somebody() -> None:
    reached = {(fact.workflow, effect.state) for fact in whole().facts for effect in fact.of(StateEntered)}
    wanted = {(workflow, state) for workflow, habits in HABITS.items() for state in habits.states}
    assert wanted <= reached


def test_no_habit_is_of_a_state_that_its_definition_has_not() -> None:
    loaded = load_workflows()
    for workflow, habits in HABITS.items():
        assert habits.states.keys() <= loaded.get(workflow).definition.states.keys()


def test_nothing_is_stuck_at_the_end() -> None:
    """Every open case waits for somebody who means to act, for a clock, or for the silence of its story."""
    world = whole()
    waiting = [case for case in world.cases.values() if not case.final and not case.quiet]
    for case in (one for one in waiting if not any(clock.next_alarm for clock in one.clocks.values())):
        known = world.known[case.case_id]
        assert known.script or plan(case, known, world.done[case.case_id], END), (case.workflow, case.state, known.key)


def test_with_coarser_ticks_the_world_still_ends() -> None:
    small = World(build(5, 60)).run(ticks(build(5, 60), daily=14, stride=30))
    assert small.refused == []
    assert len(small.cases) >= 50
