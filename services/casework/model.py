"""From what arrives to what the engine understands. Pure: no I/O and no clock."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from contracts.cases import Report, Scalar, Subject
from contracts.intake import IntakeEvent
from contracts.intake.harm import HarmReportFields
from workflows.definition import Definition
from workflows.ids import derived_id, moment_of
from workflows.loader import Workflow, Workflows
from workflows.triggers import Reported, Trigger


@dataclass(frozen=True, slots=True)
class Person:
    """A role in a report and the token behind it."""

    report_id: UUID
    role: str
    token: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class Incoming:
    """A trigger on its way to its case.

    `case_id` is known for everything but a report, which finds its case by `join_key`.
    `fingerprint` tells a repeated request from another one under the same key.
    """

    trigger: Trigger
    workflow: str = ""
    case_id: UUID | None = None
    join_key: str | None = None
    persons: tuple[Person, ...] = ()
    fingerprint: bytes | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a trigger. `repeated`: it had been handled before; this is what it was then."""

    outcome: Literal["applied", "rejected", "stale"]
    case_id: UUID | None = None
    case_version: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    fingerprint: bytes | None = None
    repeated: bool = False


def pseudonym(key: bytes, token: str) -> str:
    """The name under which statistics know a person: 16 hex digits of a keyed hash."""
    return hmac.digest(key, token.encode(), "sha256").hex()[:16]


def case_of(report_id: UUID) -> UUID:
    """The id of the case that a report opens. After a restore it is the same again, so that what was proved, printed
    or asked under it since the backup still belongs to the case."""
    return derived_id(f"case/{report_id}", moment_of(report_id))


def join_key(definition: Definition, tokens: Mapping[str, str], fields: Mapping[str, Scalar]) -> str | None:
    """What makes two reports the same case; None when a part is missing, so that nothing can be said."""
    parts = [tokens.get(role) for role in definition.join.roles]
    parts += [str(fields[name]) if fields.get(name) else None for name in definition.join.fields]
    return "|".join(part for part in parts if part) if all(parts) else None


def incoming_report(event: IntakeEvent, workflows: Workflows, case_id: UUID, key: bytes) -> Incoming | None:
    """An intake event for the engine; `case_id` is what a new case would get. None when no workflow takes it."""
    fields = event.recorded() | _hops(event)
    workflow = workflows.find_for(event.TYPE, fields)
    if workflow is None:
        return None
    persons = tuple(
        Person(
            event.report_id,
            subject.role,
            subject.token,
            Subject(
                role=subject.role,
                pseudonym=pseudonym(key, subject.token),
                sex=subject.sex,
                minor=subject.minor,
                age_years=subject.age_years,
                under_14=subject.under_14,
            ),
        )
        for subject in event.subjects
    )
    tokens = {person.role: person.token for person in persons}
    return Incoming(
        Reported(
            cause=str(event.report_id),
            case_id=case_id,
            report=_report(event, fields, workflow),
            subjects=tuple(person.subject for person in persons),
            region=event.region,
            immediate_danger=event.immediate_danger,
        ),
        workflow=workflow.definition.workflow,
        join_key=join_key(workflow.definition, tokens, fields),
        persons=persons,
    )


def _hops(event: IntakeEvent) -> dict[str, Scalar]:
    """Who had the report before it came here, by kind, and when the first of them knew."""
    if not isinstance(event, HarmReportFields) or not event.hops:
        return {}
    hops = event.hops
    before = hops[0].at <= event.learned_at
    return {
        "hops": [str(hop.unit_kind) for hop in hops],
        "first_known_at": (hops[0].at if before else event.learned_at).isoformat(),
        "first_known_by": str(hops[0].unit_kind) if before else None,
    }


def _report(event: IntakeEvent, fields: dict[str, Scalar], workflow: Workflow) -> Report:
    name, category = workflow.definition.workflow, event.reporter.category
    return Report(
        report_id=event.report_id,
        event_type=event.TYPE,
        reporter_category=category,
        reporter_unit=event.reporter.unit,
        under_duty=workflow.policy.is_under_duty(event.region, name, category),
        wants_feedback=event.reporter.wants_feedback,
        learned_at=event.learned_at,
        submitted_at=event.submitted_at,
        fields=fields,
    )
