"""What must hold of one case: I2, I3, I5 and I6, from its facts and its stored rows. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import DecodeError

from contracts.base import is_unit
from contracts.cases import DeadlineBreached, DeadlineEscalated, DeadlineStarted, Fact
from deploy.verification.checks import Check, Verdict
from deploy.verification.table import TIMER, is_permitted
from services.platform.database import Row
from services.worklist.model import Item, expected_items
from workflows.loader import Workflows
from workflows.model import Case, evolve


@dataclass
class Rows:
    """What is stored of one case."""

    facts: list[Row] = field(default_factory=list)
    state: Row | None = None
    timers: dict[str, datetime] = field(default_factory=dict)


def check_case(case_id: UUID, rows: Rows, workflows: Workflows, verdict: Verdict) -> list[Fact]:
    """Fold one case and compare what casework stores of it. The answer is its log, as far as it can be read."""
    check_versions(case_id, rows.facts, verdict.logs)
    folded = list(_fold(case_id, rows.facts, verdict))
    before: Case | None = None
    for fact, case in folded:
        check_step(workflows, before, fact, case, verdict)
        before = case
    verdict.cases += bool(rows.facts or rows.state)
    verdict.facts += len(rows.facts)
    if len(folded) == len(rows.facts):
        check_rows(case_id, rows, before, verdict)
    return [fact for fact, _ in folded]


def check_versions(case_id: UUID, facts: Iterable[Row], check: Check) -> None:
    """I2: versions are 1 to n."""
    found = [row["version"] for row in facts]
    holds = found == list(range(1, len(found) + 1))
    check.expect(holds, case_id, f"版本不连续 {found[:9]}", "versions are not 1 to n")


def _fold(case_id: UUID, rows: Iterable[Row], verdict: Verdict) -> Iterator[tuple[Fact, Case]]:
    """Each fact with the case after it, until one does not fit; a missing version was noted before."""
    case = None
    for number, row in enumerate(rows, 1):
        if row["version"] != number:
            return
        try:
            fact = Fact.read(row["body"])
            case = evolve(case, fact)
            identity = (fact.case_id, fact.version, fact.cause)
            fits = identity == (case_id, row["version"], row["cause"])
        except (ValueError, KeyError, DecodeError):
            fits = False
        where = f"{case_id} v{row['version']}"
        verdict.logs.expect(fits, where, "日志中断或不可读", "the log breaks off or cannot be read")
        if not fits or case is None:
            return
        yield fact, case


def check_step(workflows: Workflows, before: Case | None, fact: Fact, case: Case, verdict: Verdict) -> None:
    """I5: the step is in the table; afterwards one unit is accountable. I6: its alarms rang for the first time."""
    where = f"{fact.case_id} v{fact.version}"
    verdict.accountable.expect(is_unit(case.accountable), where, "没有唯一责任单位", "no accountable unit")
    workflow = workflows.get(case.workflow, case.definition_version)
    step = f"{before.state if before else '—'} {fact.trigger} {fact.unit}"
    permitted = is_permitted(workflow, before, fact)
    verdict.table.expect(permitted, where, f"流程表没有这一步 {step}", "the table has no such step for this unit")
    for effect in fact.effects:
        if isinstance(effect, DeadlineBreached | DeadlineEscalated):
            verdict.alarms.expect(
                rings_once(before, fact, effect), where, f"重复或提前触发 {effect.deadline_id}", "rang twice or early"
            )


def rings_once(before: Case | None, fact: Fact, effect: DeadlineBreached | DeadlineEscalated) -> bool:
    """The clock had not rung for this before; and when it was the clock itself that rang, its moment had come.

    A duty that is done too late is recorded as missed by whoever did it.
    """
    clock = before.clocks.get(effect.deadline_id) if before else None
    if clock is None:
        return effect.deadline_id in {one.deadline.deadline_id for one in fact.of(DeadlineStarted)}
    again = clock.status == "breached" if isinstance(effect, DeadlineBreached) else effect.rung < clock.rung
    due = clock.next_alarm is not None and clock.next_alarm <= fact.decided_at
    return not again and (due or not fact.cause.startswith(TIMER))


def check_rows(case_id: UUID, rows: Rows, case: Case | None, verdict: Verdict) -> None:
    """I3: the row is the folded log. I6: every alarm to come has its timer, and there is no other."""
    holds = _stored(rows.state) == _expected(case)
    verdict.states.expect(holds, case_id, "案件行与日志不符", "the row differs from the folded log")
    alarms = {key: clock.next_alarm for key, clock in case.clocks.items() if clock.next_alarm} if case else {}
    verdict.timers.expect(rows.timers == alarms, case_id, "定时器与期限不符", "timers differ from the next alarms")


def _stored(row: Row | None) -> tuple[Any, ...] | None:
    return (row["workflow"], row["state"], row["version"], row["body"]) if row else None


def _expected(case: Case | None) -> tuple[Any, ...] | None:
    return (case.workflow, case.state, case.version, case.to_json().decode()) if case else None


def check_queues(case_id: UUID, log: Iterable[Fact], queued: Iterable[Item], check: Check) -> None:
    """I7: the queue items of one case are what follows from its log."""
    stored, expected = {item.key: item for item in queued}, expected_items(log)
    for key in sorted(stored.keys() | expected.keys()):
        holds = stored.get(key) == expected.get(key)
        check.expect(holds, f"{case_id} {key[1]}", "待办与日志不符", "the queue item differs from the log")
