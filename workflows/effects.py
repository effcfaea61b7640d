"""The effects of a decision in the making: each is folded at once, so that the next one sees it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from contracts import cases as facts
from contracts.codes import NoSuchUnitError, unit_at
from workflows.definition import Conditional, MilestoneSpec
from workflows.fields import as_moment
from workflows.guards import GUARDS
from workflows.loader import Workflow
from workflows.model import Case, apply, seal, unshared
from workflows.triggers import FieldProblem


@dataclass
class Effects:
    """One fact being written. `fields` are those of the trigger; guards see them over the case's own.

    `at` is the case as the effects so far have made it; from the first effect on a copy of which nobody else knows.
    """

    workflow: Workflow
    case_id: UUID
    before: Case | None
    cause: str
    trigger: str
    now: datetime
    occurred_at: datetime
    unit: str | None = None
    worker: str | None = None
    fields: dict[str, facts.Scalar] = field(default_factory=dict)
    effects: list[facts.Effect] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)
    at: Case = field(init=False)
    _stated: dict[UUID, dict[str, facts.Scalar]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.before is not None:
            self.at = self.before

    def emit(self, effect: facts.Effect) -> None:
        self.at = apply(self._own(), effect, self.case_id, self.now)
        self.effects.append(effect)

    def finish(self) -> tuple[facts.Fact, Case]:
        """The fact, and the case after it; nothing can be emitted any more."""
        fact = facts.Fact(
            case_id=self.case_id,
            version=self.at.version + 1,
            cause=self.cause,
            trigger=self.trigger,
            unit=self.unit,
            worker=self.worker,
            occurred_at=self.occurred_at,
            decided_at=self.now,
            workflow=self.workflow.definition.workflow,
            region=self.at.region,
            effects=tuple(self.effects),
        )
        own = self._own()
        assert own is not None, "a case begins with `opened`"
        return fact, seal(own, fact)

    def _own(self) -> Case | None:
        if self.effects:
            return self.at
        return unshared(self.before) if self.before is not None else None

    def holds(self, spec: Conditional, report: facts.Report | None = None) -> bool:
        """Conditions see the case's fields and over them the trigger's; about one report only that report's."""
        if not (spec.when or spec.where or spec.limit or spec.least):
            return True
        fields = self.stated(report) if report else self.known
        if spec.failing_field(fields) or spec.failing_counter(self.at.counters):
            return False
        return spec.when is None or GUARDS[spec.when].holds(self.at, fields)

    def stated(self, report: facts.Report) -> dict[str, facts.Scalar]:
        """What a report is judged and counted by, worked out once."""
        if report.report_id not in self._stated:
            self._stated[report.report_id] = _report_fields(report)
        return self._stated[report.report_id]

    @property
    def known(self) -> dict[str, facts.Scalar]:
        """The case's fields, and over them the trigger's."""
        return self.at.fields | self.fields

    def unit_of(self, key: str, report: facts.Report | None = None) -> str | None:
        """The unit a key stands for; None for a reporter that is no unit, or an opaque body nobody has named.

        `lead` and `duty-desk` are whom the pack of the region names.
        """
        if key == "accountable":
            return self.at.accountable
        if key == "actor":
            return self.unit
        if key == "reporter":
            return report.reporter_unit if report else None
        if key in self.at.placements:
            return self.at.placements[key]
        return find_unit(self.workflow, key, self.at.region, self.at.seat)

    def add_task(
        self,
        kind: str,
        title: str,
        unit: str,
        report: facts.Report | None = None,
        *,
        addressee: str | None = None,
        addressee_role: str | None = None,
        template: str | None = None,
        about: str | None = None,
        about_kind: str | None = None,
        about_case: UUID | None = None,
        status: facts.Status = "open",
    ) -> facts.Task:
        task = facts.Task(
            task_id=f"t{self.at.serial + 1}",
            kind=kind,
            title=title,
            unit=unit,
            opened_at=self.now,
            report_id=report.report_id if report else None,
            addressee=addressee,
            addressee_role=addressee_role,
            template=template,
            about_deadline=about,
            about_kind=about_kind,
            about_case=about_case,
            status=status,
        )
        self.emit(facts.TaskOpened(task=task))
        return task

    # -- what is remembered ---------------------------------------------------------------------------------

    def record(self, fields: dict[str, facts.Scalar]) -> None:
        if fields:
            self.emit(facts.Recorded(fields=fields))

    def mark(self, moment: str, source: str) -> None:
        at = self.occurred_at if source == "occurred" else as_moment(self.fields.get(source))
        if at:
            self.emit(facts.Marked(moment=moment, at=at))

    def place(self, key: str, source: str) -> None:
        """`source` is a unit field of the action, or a part already placed."""
        stated = self.fields.get(source)
        self.emit(facts.Placed(kind=key, unit=str(stated) if stated else self.unit_of(source)))

    def count(self, counter: str) -> None:
        self.emit(facts.Counted(counter=counter, value=self.at.counters.get(counter, 0) + 1))

    def reach(self, specs: Iterable[MilestoneSpec], report: facts.Report | None = None) -> None:
        for spec in specs:
            if not self.holds(spec, report):
                continue
            known = self.known | (self.stated(report) if report else {})
            dimensions = {name: known.get(name) for name in spec.dimensions} | dict(spec.sets)
            self.emit(facts.Milestone(name=spec.name, occurred_at=self._moment(spec.at, report), dimensions=dimensions))

    def _moment(self, name: str | None, report: facts.Report | None) -> datetime:
        """A moment by its name, as the report at hand states it before the case's own; else when this happened."""
        if name is None:
            return self.occurred_at
        if report and name == "reported_at":
            return report.submitted_at
        stated = as_moment(self.stated(report).get(name) if report else self.fields.get(name))
        return stated or self.at.moments.get(name) or self.occurred_at


@lru_cache(maxsize=65536)
def find_unit(workflow: Workflow, key: str, region: str, seat: str) -> str | None:
    """The unit of a kind, or of the kind that a pack names, for a place; None for a body that goes by an opaque id."""
    try:
        return unit_at(workflow.policy.resolve(key, region, workflow.definition.workflow), seat)
    except NoSuchUnitError:
        return None


def _report_fields(report: facts.Report) -> dict[str, facts.Scalar]:
    """The delay runs from the first knowledge of anybody who had it in hand until police had it, in minutes begun.
    Police have it with its submission, or earlier where it says so.
    """
    known = as_moment(report.fields.get("first_known_at")) or report.learned_at
    reached = as_moment(report.fields.get("police_received_at")) or report.submitted_at
    delay = max(reached - known, timedelta()) if known else None
    return report.fields | {
        "learned_at": report.learned_at.isoformat() if report.learned_at else None,
        "reached_police_at": max(reached, report.learned_at or reached).isoformat(),
        "report_id": str(report.report_id),
        "reporter_category": report.reporter_category,
        "reporter_unit": report.reporter_unit,
        "under_duty": report.under_duty,
        "delay_minutes": -int(-delay.total_seconds() // 60) if delay is not None else None,
    }
