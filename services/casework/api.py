"""Workers act here. The answer is the new state, or a 409 that names the state and what is possible in it."""

import hashlib
from datetime import datetime
from functools import partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Header, Path, Response
from msgspec import structs
from pydantic import ConfigDict, Field

from contracts.base import Code, Contract, Moment, Part, Reference, UnitId, unit_kind
from contracts.cases import Scalar
from contracts.regions import region_names
from services.casework import store
from services.casework.handlers import Casework
from services.casework.model import Incoming, Outcome
from services.platform.auth import Caller, requires
from services.platform.database import Connection, Database
from services.platform.problems import Problem, forbidden
from workflows.actions import GENERIC
from workflows.engine import allowed_actions, may_act
from workflows.loader import Workflow, Workflows
from workflows.model import Case
from workflows.triggers import Acted

ActingCaller = Annotated[Caller, Depends(requires("act"))]

OVERSEERS = frozenset({"police-bureau", "procuratorate", "womens-children-committee"})
"""Kinds that see the cases of their county without holding work in them."""


class ActionBody(Contract):
    """What a worker did. Without `occurred_at` it happened now. Not strict: FastAPI hands over a parsed body."""

    model_config = ConfigDict(strict=False)

    worker: Reference = Field(title="经办人编号")
    occurred_at: Moment | None = Field(default=None, title="办理时间")
    task_id: Code | None = Field(default=None, title="任务编号")
    fields: dict[str, Scalar] = Field(default_factory=dict, title="办理内容")


class Asked(NamedTuple):
    """A request; a repeated one has the same fingerprint."""

    case_id: UUID
    action: str
    version: int
    body: ActionBody

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha256(repr((self.case_id, self.action, self.version, self.body)).encode()).digest()


class AllowedAction(Part, frozen=True):
    name: str
    title: str
    fields: dict[str, Any]


class CaseView(Part, frozen=True):
    """A case as a unit that works on it sees it, in the words of its region, and what that unit may do now."""

    case: Case
    workflow_title: str
    state_title: str
    region_title: str
    unit_titles: dict[UnitId, str]
    allowed: tuple[AllowedAction, ...]


def router(db: Database, casework: Casework) -> APIRouter:
    routes = APIRouter()

    @routes.get("/cases/{case_id}")
    async def get_case(case_id: UUID, caller: ActingCaller) -> Response:
        async with db.connection() as conn:
            case = await _get_visible(conn, casework, case_id, caller.unit)
        return _answer(view_of(casework.workflows, case, caller.unit))

    @routes.get("/cases/{case_id}/facts")
    async def list_facts(case_id: UUID, caller: ActingCaller) -> Response:
        async with db.connection() as conn:
            case = await _get_visible(conn, casework, case_id, caller.unit)
            if not sees_reporter(case, caller.unit):
                raise forbidden("责任单位 / the accountable unit")
            facts = await store.list_facts(conn, case_id)
        return Response(msgspec.json.encode(facts), media_type="application/json")

    @routes.post("/cases/{case_id}/actions/{action}")
    async def act(  # noqa: PLR0917 - one parameter for each part of the request
        case_id: UUID,
        action: Annotated[Code, Path()],
        body: ActionBody,
        caller: ActingCaller,
        idempotency_key: Annotated[str, Header(min_length=8, max_length=100, pattern=r"^[\x21-\x7e]+$")],
        if_match: Annotated[str, Header(pattern=r'^"\d{1,9}"$')],
    ) -> Response:
        asked = Asked(case_id, action, int(if_match.strip('"')), body)
        async with db.transaction() as conn:
            cause = f"act/{caller.unit}/{idempotency_key}"
            try:
                await _get_visible(conn, casework, case_id, caller.unit)
            except Problem:  # whoever acted may ask again, also when the case has moved on, perhaps just now
                if not await store.find_causes(conn, [cause]):
                    raise
            batch = await casework.batch(conn)
            outcome = (await batch.run([_incoming(cause, asked, caller.unit, batch.now)]))[cause]
            case = await store.find_case(conn, case_id)
        assert case is not None
        if outcome.fingerprint != asked.fingerprint:
            raise _other_request()
        if outcome.outcome != "applied":
            raise _refused(outcome, case)
        return _answer(view_of(casework.workflows, case, caller.unit))

    return routes


def _incoming(cause: str, asked: Asked, unit: str, now: datetime) -> Incoming:
    trigger = Acted(
        cause=cause,
        action=asked.action,
        unit=unit,
        worker=asked.body.worker,
        occurred_at=asked.body.occurred_at or now,
        expected_version=asked.version,
        task_id=asked.body.task_id,
        fields=asked.body.fields,
    )
    return Incoming(trigger, case_id=asked.case_id, fingerprint=asked.fingerprint)


async def _get_visible(conn: Connection, casework: Casework, case_id: UUID, unit: str) -> Case:
    """Raises the problem 404 also for a case of others: whether it exists is not theirs to know."""
    case = await store.find_case(conn, case_id)
    if case is None or not is_visible(casework.workflows.get(case.workflow, case.definition_version), case, unit):
        raise Problem(
            404,
            "no_such_case",
            "没有这个案件",
            "No such case",
            "案件不存在，或不由本单位办理。",
            "It does not exist, or it is not yours.",
        )
    return case


def is_visible(workflow: Workflow, case: Case, unit: str) -> bool:
    """The accountable unit, whoever holds a task or a part or has a step to take, and the overseers of its county."""
    kind, _, place = unit.partition("@")
    involved = {case.accountable, *case.placements.values(), *(task.unit for task in case.tasks.values())}
    overseer = kind in OVERSEERS and place == case.seat[:6]
    return unit in involved or overseer or may_act(workflow, case, unit)


def sees_reporter(case: Case, unit: str) -> bool:
    """强制报告意见 art 13: who reported is known to whoever is accountable and oversees, and to nobody else."""
    return unit == case.accountable or unit_kind(unit) in OVERSEERS


def _without_reporter(case: Case, unit: str) -> Case:
    """As `unit` sees it; its own tasks stay."""
    hidden = {"reporter_unit": None, "reporter_category": "other"}
    reports = {key: structs.replace(report, **hidden) for key, report in case.reports.items()}
    proposed = {key: structs.replace(report, **hidden) for key, report in case.proposed.items()}
    leads = {
        key: structs.replace(lead, report=lead.report and structs.replace(lead.report, **hidden))
        for key, lead in case.leads.items()
    }
    made = (*case.reports.values(), *case.proposed.values(), *(lead.report for lead in case.leads.values()))
    reporters = {report.reporter_unit for report in made if report} - {None}
    tasks = {
        key: structs.replace(task, addressee=None) if task.addressee in reporters else task
        for key, task in case.tasks.items()
        if task.unit == unit or task.unit not in reporters
    }
    return structs.replace(case, reports=reports, proposed=proposed, leads=leads, tasks=tasks)


def view_of(workflows: Workflows, case: Case, unit: str) -> CaseView:
    """A case as `unit` may see it."""
    workflow = workflows.get(case.workflow, case.definition_version)
    table, words = workflow.definition.table, partial(workflow.policy.in_local_words, case.region)
    allowed = []
    for name in allowed_actions(workflow, case, unit):
        offered = GENERIC.get(name) or table[case.state, name][0]
        fields = {key: spec.model_dump() for key, spec in offered.fields.items()}
        allowed.append(AllowedAction(name=name, title=words(offered.title), fields=fields))
    shown = case if sees_reporter(case, unit) else _without_reporter(case, unit)
    return CaseView(
        case=shown,
        workflow_title=words(workflow.definition.title),
        state_title=words(workflow.definition.states[case.state].title),
        region_title=region_names().get(case.region, case.region),
        unit_titles={named: workflow.policy.unit_title(named) for named in sorted(_units(shown))},
        allowed=tuple(allowed),
    )


def _units(case: Case) -> set[UnitId]:
    """Every unit that the case as it is shown names."""
    tasks = case.tasks.values()
    reports = (*case.reports.values(), *case.proposed.values())
    named = {case.accountable, *case.placements.values(), *(task.unit for task in tasks)}
    named |= {task.addressee for task in tasks if task.addressee}
    return named | {report.reporter_unit for report in reports if report.reporter_unit}


def _answer(view: CaseView) -> Response:
    headers = {"ETag": f'"{view.case.version}"'}
    return Response(view.to_json(), media_type="application/json", headers=headers)


def _refused(outcome: Outcome, case: Case) -> Problem:
    answer = outcome.answer
    status = 422 if answer.get("code") == "bad_fields" else 412 if answer.get("code") == "stale_version" else 409
    return Problem(
        status,
        answer.get("code", "stale"),
        "不能这样办理",
        "This cannot be done now",
        answer.get("zh", ""),
        answer.get("en", ""),
        errors=answer.get("problems", []),
        state=case.state,
        version=case.version,
        allowed=answer.get("allowed", []),
    )


def _other_request() -> Problem:
    return Problem(
        422,
        "idempotency_key_reused",
        "幂等键已用于另一请求",
        "The idempotency key belongs to another request",
        "请为新的请求使用新的 Idempotency-Key。",
        "Use a new Idempotency-Key for a new request.",
    )
