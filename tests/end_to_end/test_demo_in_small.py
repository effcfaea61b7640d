"""What `make demo` promises, on the real system: sixty reports, two weeks and a jump through the year."""

import json
from typing import Any

import pytest

from contracts.cases import (
    DeadlineBreached,
    DeadlineEscalated,
    DeadlineStarted,
    Fact,
    ReportAttached,
    StateEntered,
    TaskClosed,
    TaskOpened,
)
from deploy.demo.ledger import as_json, count
from deploy.demo.scenario import build, ticks
from tests.end_to_end.conftest import KILLED_AFTER, SMALL, Played
from tests.unit.demo_world import World


def effects(log: list[Fact], kind: type[Any]) -> list[Any]:
    return [effect for fact in log for effect in fact.of(kind)]


def reported(played: Played, story: str) -> list[Fact]:
    """The facts of the story's first case that was reported, and not opened by another."""
    return next(log for log in played.logs(story) if log[0].trigger == "reported")


def test_both_reporters_of_one_child_got_their_feedback(played: Played) -> None:
    log = reported(played, "two_reporters")
    reporters = {effect.report.reporter_unit for effect in effects(log, ReportAttached)}
    assert {unit.partition("@")[0] for unit in reporters} == {"hospital", "school"}
    tasks = [effect.task for effect in effects(log, TaskOpened)]
    feedback = {task.task_id: task.addressee for task in tasks if task.kind in {"feedback", "feedback_joined"}}
    proved = {effect.task_id for effect in effects(log, TaskClosed) if effect.proof}
    assert set(feedback.values()) == reporters
    assert feedback.keys() <= proved


def test_a_second_harm_opened_a_linked_case_while_the_first_is_with_the_prosecutor(played: Played) -> None:
    first, second = played.logs("second_harm")[:2]
    entered = {effect.state: fact.decided_at for fact in first for effect in fact.of(StateEntered)}
    assert entered["prosecution"] < second[0].decided_at < entered["closed"]
    assert played.story("second_harm")[1]["relation"] == "new_incident"


def test_a_refused_letter_is_deemed_served_and_visited(played: Played) -> None:
    triggers = [fact.trigger for fact in reported(played, "refused_letter")]
    assert triggers.index("serve_refused") < triggers.index("record_visit")


def test_a_change_of_station_moves_accountability(played: Played) -> None:
    log = reported(played, "change_of_station")
    before, after = (
        next(fact.unit for fact in log if fact.trigger == trigger) for trigger in ("change_station", "accept_handover")
    )
    assert before != after
    assert {fact.unit for fact in log if fact.trigger == "record_visit"} == {after}


@pytest.mark.parametrize("story", ["silent_report", "silent_dispatch"])
def test_silence_climbed_to_the_command_centre_and_the_procuratorate(played: Played, story: str) -> None:
    climbed = {effect.unit.partition("@")[0] for effect in effects(reported(played, story), DeadlineEscalated)}
    assert {"police-command", "procuratorate"} <= climbed


def test_an_adults_case_has_no_deadline_for_minors(played: Played) -> None:
    log = reported(played, "adult_victim")
    articles = [effect.deadline.article for effect in effects(log, DeadlineStarted)]
    assert articles
    assert not [article for article in articles if "强制报告" in article or "未成年人" in article]


def test_a_provisional_deadline_shows(played: Played) -> None:
    log = reported(played, "year_end_report")
    assert [effect.deadline.rule for effect in effects(log, DeadlineStarted) if effect.deadline.latest_due_at]


def test_a_case_nobody_decided_shows_its_breach_until_the_end(played: Played) -> None:
    log = reported(played, "CASE-09")
    rules = {effect.deadline.deadline_id: effect.deadline.rule for effect in effects(log, DeadlineStarted)}
    assert "dv-decision" in {rules[effect.deadline_id] for effect in effects(log, DeadlineBreached)}
    assert log[0].case_id in played.queued


def test_negative_screening_is_one_fact_and_no_queue_entry(played: Played) -> None:
    quiet = {"normal", "excluded"}
    first = [fact for fact in played.facts if fact.version == 1]
    normal = [fact for fact in first if any(one.state in quiet for one in fact.of(StateEntered))]
    ids = {fact.case_id for fact in normal}
    assert normal
    assert sum(fact.case_id in ids for fact in played.facts) == len(ids)
    assert not ids & played.queued


def test_what_must_be_refused_was_refused(played: Played) -> None:
    refused = played.figures["sent"]["refused"]
    assert {"malformed_json", "impossible_id_number", "time_in_the_future", "not_yours_to_record"} <= refused.keys()
    assert played.figures["unexpected"] == []


def test_nothing_is_lost_or_doubled(played: Played) -> None:
    summary = played.figures["summary"]
    assert (summary["accepted"], summary["lost"], summary["doubled"]) == (SMALL.events, 0, 0)
    assert played.figures["quarantined"] == 0
    assert played.verdict.well, played.verdict.summary


def test_police_acted_through_their_own_system_too(played: Played) -> None:
    assert played.figures["sent"]["commands"] > 0


def test_killing_casework_in_the_middle_loses_nothing(disturbed: Played) -> None:
    summary = disturbed.figures["summary"]
    assert disturbed.kills == len(KILLED_AFTER)
    assert (summary["accepted"], summary["lost"], summary["doubled"]) == (SMALL.events, 0, 0)
    assert disturbed.figures["quarantined"] == 0
    assert disturbed.verdict.well, disturbed.verdict.summary


def test_another_batch_size_and_killed_processes_give_the_same_json(played: Played, disturbed: Played) -> None:
    assert json.dumps(disturbed.figures, sort_keys=True) == json.dumps(played.figures, sort_keys=True)


def test_the_real_system_comes_to_the_same_figures_as_the_pure_engine(played: Played) -> None:
    scenario = build(SMALL.seed, SMALL.events)
    world = World(scenario).run(ticks(scenario, daily=SMALL.daily, stride=SMALL.stride))
    pure = as_json(count(world.facts))
    assert {name: played.figures[name] for name in pure} == pure
