"""What is in the queues follows from the facts alone."""

from collections.abc import Iterable
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.cases import Fact
from services.worklist.model import (
    STATE,
    Item,
    Items,
    Status,
    View,
    compare,
    expected_items,
    fold,
)
from tests.case_logs import DV, STATION, VILLAGE, CaseLog
from workflows.model import Case


def test_open_case_is_one_item_of_its_accountable_unit() -> None:
    log = CaseLog()
    case_id = log.report()
    item = expected_items(log.facts)[case_id, STATE]
    assert (item.unit, item.kind, item.title, item.claimed_by) == (STATION, STATE, "已接警", None)
    assert item.due_at == min(deadline.due_at for deadline in item.deadlines)
    assert {deadline.rule for deadline in item.deadlines} == {"dv-dispatch", "dv-decision"}


def test_every_notice_is_an_item_of_the_unit_that_owes_it_and_shows_its_addressee() -> None:
    log = CaseLog()
    log.served()
    notices = [item for item in expected_items(log.facts).values() if item.template]
    assert len(notices) == 4
    assert {item.unit for item in notices} == {STATION}
    assert VILLAGE in {item.addressee for item in notices}
    assert all(item.due_at and item.deadlines[0].law_class == "PLAT" for item in notices)


def test_proved_notice_leaves_the_queue() -> None:
    log = CaseLog()
    case_id = log.served()
    task_id = next(task.task_id for task in log.cases[case_id].tasks.values() if task.addressee == VILLAGE)
    log.prove(case_id, task_id)
    assert (case_id, task_id) not in expected_items(log.facts)


def test_missed_deadline_marks_the_item_and_gives_the_supervisor_one_with_the_same_due_time() -> None:
    log = CaseLog()
    case_id = log.report()
    log.wait(minutes=40)
    log.expire()
    items = expected_items(log.facts)
    command = next(item for item in items.values() if item.unit == "police-command@330382")
    assert items[case_id, STATE].breached
    assert command.breached
    assert command.kind == "supervise"
    assert command.due_at == items[case_id, STATE].due_at


def test_claim_shows_until_the_state_is_left() -> None:
    log = CaseLog()
    case_id = log.report()
    log.act(case_id, "claim")
    assert expected_items(log.facts)[case_id, STATE].claimed_by == "worker-1"
    log.act(case_id, "dispatch")
    assert expected_items(log.facts)[case_id, STATE].claimed_by is None


def test_paused_clock_shows_and_is_not_due() -> None:
    log = CaseLog()
    case_id = log.assessed()
    log.act(case_id, "penalise", {"reason_no_letter": "penalty_instead"})
    before = expected_items(log.facts)[case_id, STATE].due_at
    log.act(case_id, "pause_for_appraisal", {"appraisal": "A-1"})
    paused = expected_items(log.facts)[case_id, STATE]
    log.wait(days=5)
    log.act(case_id, "resume_after_appraisal")
    resumed = expected_items(log.facts)[case_id, STATE]
    assert before is not None
    assert (paused.due_at, paused.deadlines[0].status) == (None, "paused")
    assert resumed.due_at is not None
    assert resumed.due_at > before


def test_danger_stays_on_the_case_and_all_its_tasks() -> None:
    log = CaseLog()
    case_id = log.report(danger=True)
    log.propose(case_id)
    log.act(case_id, "dispatch")
    items = expected_items(log.facts)
    assert {item.kind for item in items.values()} == {"state", "new_report", "urgent_response"}
    assert all(item.urgent for item in items.values())


def test_closed_case_leaves_only_open_tasks() -> None:
    log = CaseLog()
    case_id = log.served()
    for task in list(log.cases[case_id].tasks.values()):
        if task.template:
            log.prove(case_id, task.task_id)
    for _ in range(4):
        log.visit(case_id)
        log.wait(days=80)
    assert log.cases[case_id].final
    assert {item.kind for item in expected_items(log.facts).values()} == {
        "notify_village",
        "notify_federation",
        "educate_perpetrator",
    }
    log.propose(case_id, DV)
    assert "new_report" in {item.kind for item in expected_items(log.facts).values()}


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 40))
@settings(max_examples=60)
def test_items_are_those_of_the_case_that_the_engine_folds(seed: int, steps: int) -> None:
    log = CaseLog(seed)
    log.stroll(steps)
    items = expected_items(log.facts)
    assert {key: _essence(item) for key, item in items.items()} == _essences(log.cases.values())


@given(seed=st.integers(0, 2**32), cuts=st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_result_does_not_depend_on_batches(seed: int, cuts: Random) -> None:
    log = CaseLog(seed)
    log.stroll(30)
    assert _in_batches(log.facts, cuts) == expected_items(log.facts)


def _in_batches(facts: list[Fact], cuts: Random) -> Items:
    """The queue that batches of random size leave, each folded onto views that were stored as JSON."""
    views: dict[UUID, View] = {}
    queue: Items = {}
    while facts:
        size = cuts.randint(1, 12)
        batch, facts = facts[:size], facts[size:]
        before = {case_id: View.read(view.to_json()) for case_id, view in views.items()}
        after = fold(before, batch)
        gone, come = compare([before[case_id] for case_id in after if case_id in before], after.values())
        for key in gone:
            del queue[key]
        assert not queue.keys() & {item.key for item in come}
        queue |= {item.key: item for item in come}
        views |= after
    return queue


Essence = tuple[str, str, bool, str | None, frozenset[tuple[str, Status]]]


def _essence(item: Item) -> Essence:
    clocks = frozenset((deadline.deadline_id, deadline.status) for deadline in item.deadlines)
    return item.unit, item.kind, item.urgent, item.claimed_by, clocks


def _essences(cases: Iterable[Case]) -> dict[tuple[UUID, str], Essence]:
    found: dict[tuple[UUID, str], Essence] = {}
    for case in cases:
        for task in case.tasks.values():
            own = frozenset(
                (key, clock.status)
                for key, clock in case.clocks.items()
                if clock.deadline.task_id == task.task_id or key == task.about_deadline
            )
            key = (case.case_id, task.task_id)
            found[key] = (task.unit, task.kind, case.urgent, case.claims.get(task.task_id), own)
        if not (case.final or case.quiet):
            rest = frozenset((key, c.status) for key, c in case.clocks.items() if c.deadline.task_id is None)
            found[case.case_id, STATE] = (case.accountable, STATE, case.urgent, case.claims.get(STATE), rest)
    return found
