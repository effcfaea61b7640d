"""What `make demo` promises, on the real system: sixty reports, two weeks and a jump through the year."""

import csv
import json
from collections import Counter
from typing import Any

import openpyxl
import pytest
from lxml import etree

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
from deploy.units import CITIES
from tests.end_to_end.conftest import KILLED_AFTER, SMALL, Played
from tests.unit.demo_world import World
from tests.unit.derived_schema import derive

SDMX = ("sdmx-structure", "sdmx")
PLACE = ("地区代码", "指标代码", "分项代码")
UNKNOWN = 10**9
"""More than all that is counted: what is not told makes a sum unknown."""


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


def test_every_city_has_its_yearly_table_and_its_files_open(played: Played) -> None:
    assert tuple(played.figures["releases"]) == CITIES
    for city in CITIES:
        stem = f"{city}-2026-e1"
        book = openpyxl.load_workbook(played.files / city / f"{stem}.xlsx")
        assert any(name.startswith("第一部分") for name in book.sheetnames)
        own = book["第二部分 本系统案件监测表"]
        numbers = played.figures["releases"][city]["numbers"]
        assert [row[1].strip() for row in own.iter_rows(min_row=4, values_only=True)] == [
            one["title_zh"] for one in numbers
        ]
        structure, data = [(played.files / city / f"{stem}.{name}.xml").read_bytes() for name in SDMX]
        derive(structure).assertValid(etree.fromstring(data))
        charts = list((played.files / city / f"{stem}-charts").glob("*.svg"))
        assert charts
        assert all(etree.parse(file).getroot().tag.endswith("svg") for file in charts)


def test_what_keepers_stated_is_in_the_tables_and_what_they_did_not_says_so(played: Played) -> None:
    book = openpyxl.load_workbook(played.files / "330382" / "330382-2026-e1.xlsx")
    rows = [row for sheet in book.worksheets[:2] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert {row[6] for row in rows} == {"已签发", "待签发", "未报送"}
    assert all(isinstance(row[5], int | float) == (row[6] == "已签发") for row in rows)
    for city in CITIES:
        covered = {one["part"]: one for one in played.figures["releases"][city]["numbers"] if _is_coverage(one)}
        assert {"cervical", "breast"} <= covered.keys()
        assert {one["status"] for one in covered.values()} <= {"provisional", "suppressed"}


def _is_coverage(one: dict[str, Any]) -> bool:
    return bool(one["indicator"] == "two-cancer-screening-coverage")


def test_a_citys_cases_are_in_its_prefectures_table_once(played: Played) -> None:
    """As 乐清 alone and within 温州: the same number wherever both tell it, and 温州's is the sum of its counties'."""
    alone, within = (_cells(played, city) for city in ("330382", "330300"))
    both = [place for place, told in alone.items() if told["当年值"] and within[place]["当年值"]]
    assert len(both) > 20
    assert [alone[place]["当年值"] for place in both] == [within[place]["当年值"] for place in both]
    counts = {place: cell["当年值"] for place, cell in within.items() if cell["单位"] in {"次", "件", "人"}}
    sums = Counter[tuple[str, ...]]()
    for (region, *rest), value in counts.items():
        sums[tuple(rest)] += int(value or UNKNOWN) if region != "330300" else 0
    city = {place[1:]: int(value) for place, value in counts.items() if place[0] == "330300" and value}
    whole = {rest: number for rest, number in city.items() if sums[rest] < UNKNOWN}
    assert any(whole.values())
    assert whole == {rest: sums[rest] for rest in whole}


def _cells(played: Played, city: str) -> dict[tuple[str, ...], dict[str, str]]:
    """By region, indicator, part and dimensions, as the CSV has them."""
    with (played.files / city / f"{city}-2026-e1.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    heads = list(rows[0])
    lines = heads[heads.index("主要统计指标") + 1 : heads.index("单位")]
    assert lines
    return {tuple(row[name] for name in (*PLACE, *sorted(lines))): row for row in rows}


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
