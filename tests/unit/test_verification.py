"""The checker says yes to what the engine does, and no to each thing that it must never do."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from contracts.cases import DeadlineBreached, DeadlineEscalated, Fact, StateEntered
from contracts.identity import id_fits
from deploy.verification.cases import check_step, check_versions, rings_once
from deploy.verification.checks import MOST_KEPT, Check, Verdict
from deploy.verification.notes import Notes
from deploy.verification.oplog import read_fences, read_sent
from deploy.verification.privacy import Searcher, check_logs
from deploy.verification.table import is_permitted
from tests.case_logs import CaseLog, workflows
from workflows.loader import Workflow
from workflows.model import Case, evolve

WALKED = 400
VALID = next(number for check in "0123456789X" if id_fits(number := f"33038219900101123{check}"))


def steps(log: CaseLog) -> Iterator[tuple[Case | None, Fact, Case]]:
    """Every fact with its case before and after."""
    cases: dict[UUID, Case] = {}
    for fact in log.facts:
        before = cases.get(fact.case_id)
        after = cases[fact.case_id] = evolve(before, fact)
        yield before, fact, after


@pytest.fixture(scope="module")
def walked() -> list[tuple[Case | None, Fact, Case]]:
    log = CaseLog(seed=11)
    log.stroll(WALKED)
    return list(steps(log))


def workflow_of(case: Case) -> Workflow:
    return workflows().get(case.workflow, case.definition_version)


def is_for_anybody(before: Case, fact: Fact) -> bool:
    rows = workflow_of(before).definition.rows_from(before.state)
    return fact.trigger == "raise_urgent_danger" or any("any" in row.by for row in rows if row.name == fact.trigger)


def test_nothing_that_the_engine_does_is_a_difference(walked: list[tuple[Case | None, Fact, Case]]) -> None:
    verdict = Verdict()
    for before, fact, after in walked:
        check_step(workflows(), before, fact, after, verdict)
    assert verdict.table.differences + verdict.accountable.differences + verdict.alarms.differences == []
    assert verdict.table.count >= WALKED
    assert verdict.alarms.count > 0


def test_an_action_of_a_unit_that_the_table_does_not_name_is_found(
    walked: list[tuple[Case | None, Fact, Case]],
) -> None:
    acted = [step for step in walked if step[0] and step[1].worker and not is_for_anybody(step[0], step[1])]
    assert acted
    for before, fact, after in acted:
        for unit in ("political-legal-committee@110000", None):
            assert not is_permitted(workflow_of(after), before, replace(fact, unit=unit))


def test_a_step_to_a_state_that_the_table_does_not_lead_to_is_found(
    walked: list[tuple[Case | None, Fact, Case]],
) -> None:
    moved = [step for step in walked if step[1].of(StateEntered)]
    assert moved
    for before, fact, after in moved:
        elsewhere = tuple(
            replace(effect, state="no_such_state") if isinstance(effect, StateEntered) else effect
            for effect in fact.effects
        )
        assert not is_permitted(workflow_of(after), before, replace(fact, effects=elsewhere))


def test_an_action_that_the_state_does_not_have_is_found(walked: list[tuple[Case | None, Fact, Case]]) -> None:
    for before, fact, after in walked:
        assert not is_permitted(workflow_of(after), before, replace(fact, trigger="no_such_action"))


def test_a_case_that_begins_in_the_middle_is_found(walked: list[tuple[Case | None, Fact, Case]]) -> None:
    for before, fact, after in walked:
        if before is not None:
            assert not is_permitted(workflow_of(after), None, fact)


def test_an_alarm_that_rings_a_second_time_is_found(walked: list[tuple[Case | None, Fact, Case]]) -> None:
    rung = [
        (after, fact, effect)
        for _, fact, after in walked
        for effect in fact.effects
        if isinstance(effect, DeadlineBreached | DeadlineEscalated) and effect.deadline_id in after.clocks
    ]
    assert rung
    assert not any(rings_once(after, fact, effect) for after, fact, effect in rung)


def test_an_alarm_that_rings_too_early_is_found(walked: list[tuple[Case | None, Fact, Case]]) -> None:
    rung = [
        (before, replace(fact, decided_at=alarm - timedelta(seconds=1)), effect)
        for before, fact, _ in walked
        for effect in fact.of(DeadlineBreached)
        if before and fact.cause.startswith("timer/") and (alarm := before.clocks[effect.deadline_id].next_alarm)
    ]
    assert rung
    assert not any(rings_once(before, fact, effect) for before, fact, effect in rung)


@pytest.mark.parametrize("versions", [[2], [1, 3], [1, 1], [1, 2, 2], [2, 1]])
def test_a_gap_and_a_repeat_of_versions_are_found(versions: list[int]) -> None:
    check = Check("I2", "", "")
    check_versions(UUID(int=1), [{"version": version} for version in versions], check)  # type: ignore[misc]
    assert check.failed == 1


def test_no_more_differences_are_kept_than_memory_has_room_for() -> None:
    check = Check("I0", "", "")
    for number in range(MOST_KEPT + 5):
        check.expect(False, number, "坏", "bad")
    assert (len(check.differences), check.failed) == (MOST_KEPT, MOST_KEPT + 5)


@pytest.mark.parametrize(
    "text",
    ['{"phone": "13712345678"}', "id " + VALID, "打 8613712345678 联系", "金丝雀的地址", r"\u91d1\u4e1d\u96c0"],
)
def test_a_number_or_a_name_of_a_person_is_found(text: str) -> None:
    assert Searcher({"金丝雀"}).finds(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "01a20409-8be9-7363-bf73-137123456789", "sha256:1371234567813712345678", "1763827261000", "offset 123456789012",
        '{"id": "330382199001011234"}', "王某",
    ],
)  # fmt: skip
def test_a_number_of_something_else_is_not(text: str) -> None:
    assert not Searcher({"金丝雀"}).finds(text.encode())


def test_a_name_in_a_log_is_found_by_file_and_line_and_not_quoted(tmp_path: Path) -> None:
    file, check = tmp_path / "casework.log", Check("I11", "", "")
    file.write_text('{"event": "batch"}\n{"event": "金丝雀"}\n', encoding="utf-8")
    check_logs([file], Searcher({"金丝雀"}), check)
    assert (check.count, check.failed) == (2, 1)
    assert check.differences[0].startswith("casework.log:2")
    assert "金丝雀" not in check.differences[0]


def test_notes_remember_what_was_there_and_what_was_met() -> None:
    notes, case, other = Notes(), UUID(int=1), UUID(int=2)
    notes.store_floor([(case, 3), (other, 1)])
    notes.see(case, 2)
    notes.see(other, 4)
    assert (notes.get_floor(case), notes.get_floor(UUID(int=3))) == (3, 0)
    assert list(notes.list_unseen()) == [(case, 2)]
    assert [notes.is_new("a"), notes.is_new("a"), notes.is_new("b")] == [True, False, True]
    notes.close()


def test_requests_and_fences_are_told_apart_in_a_clients_log() -> None:
    lines = [
        '{"kind": "fence", "reader": "casework", "topic": "intake.events", "partition": 0, "next_offset": 3}',
        '{"kind": "report", "outcome": "info", "accepted": false, "key": "k"}',
    ]
    assert [one.outcome for one in read_sent(lines)] == ["info"]
    assert [one.next_offset for one in read_fences(lines)] == [3]
