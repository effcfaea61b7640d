"""Messages in. A record that cannot be understood is quarantined with its bytes; its neighbours go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from contracts.base import unit_kind
from contracts.cases import ActionAnswered, ActionRequested, NoticeProved
from contracts.intake import INTAKE_EVENTS, IntakeEvent
from contracts.tokens import is_genuine
from contracts.topics import CASE_REPLIES, COMMANDS_HEALTH, COMMANDS_POLICE, NOTICE_EVENTS, get_topic
from contracts.topics import INTAKE_EVENTS as INTAKE_TOPIC
from services.casework.batch import Batch
from services.casework.model import Incoming, Outcome, case_of, incoming_report
from services.casework.store import get_epoch
from services.platform.clock import Clock
from services.platform.database import Connection
from services.platform.events import Event, OutgoingEvent, Record, UndecodableRecord, decode
from services.platform.failpoints import reach
from services.platform.outbox import publish
from services.platform.quarantine import quarantine
from workflows.loader import Workflows
from workflows.triggers import Acted, Proved

TOPICS = (INTAKE_TOPIC, COMMANDS_POLICE, COMMANDS_HEALTH, NOTICE_EVENTS)

ACTION_ANSWERED = "liandong.action.answered.v1"

_REPORTS: dict[str, type[IntakeEvent]] = {model.TYPE: model for model in INTAKE_EVENTS}
_COMMAND_TOPICS = frozenset({COMMANDS_POLICE.name, COMMANDS_HEALTH.name})


@dataclass(frozen=True)
class Casework:
    """What every way in needs: the definitions, domain time, and the keys for pseudonyms and tokens."""

    workflows: Workflows
    clock: Clock
    pseudonym_key: bytes
    token_key: bytes

    async def batch(self, conn: Connection) -> Batch:
        return Batch(conn, self.workflows, await self.clock.now(conn), await get_epoch(conn))

    async def on_records(self, conn: Connection, records: Sequence[Record]) -> None:
        """Apply records, those of a partition in order."""
        arrivals: list[Incoming] = []
        asked: dict[str, ActionRequested] = {}
        for record in records:
            try:
                item, request = self._read(record)
            except UndecodableRecord as error:
                await quarantine(conn, record, error.reason)
                continue
            arrivals.append(item)
            if request:
                asked[item.trigger.cause] = request
        reach("after_decode")
        if arrivals:
            outcomes = await (await self.batch(conn)).run(arrivals)
            await publish(conn, [_answer(cause, request, outcomes[cause]) for cause, request in asked.items()])

    def _read(self, record: Record) -> tuple[Incoming, ActionRequested | None]:
        """Raises UndecodableRecord."""
        event = decode(record)
        if event.type not in get_topic(record.topic).types:
            raise UndecodableRecord("unknown-type")
        try:
            if record.topic == NOTICE_EVENTS.name:
                return _proof(event), None
            if record.topic in _COMMAND_TOPICS:
                request = ActionRequested.read(event.data)
                return _command(record.topic, event, request), request
            return self._report(event), None
        except ValidationError as error:
            raise UndecodableRecord(_reason(error)) from None

    def _report(self, event: Event) -> Incoming:
        report = _REPORTS[event.type].read(event.data)
        if str(report.report_id) != event.id:
            raise UndecodableRecord("id-is-not-the-report")
        if not all(is_genuine(self.token_key, subject.token) for subject in report.subjects):
            raise UndecodableRecord("no-such-person-token")
        item = incoming_report(report, self.workflows, case_of(report.report_id), self.pseudonym_key)
        if item is None:
            raise UndecodableRecord("no-workflow-takes-it")
        return item


def _command(topic: str, event: Event, request: ActionRequested) -> Incoming:
    """Raises UndecodableRecord when the system names a unit it may not speak for."""
    if unit_kind(request.unit) not in get_topic(topic).speaks_for:
        raise UndecodableRecord("may-not-speak-for-unit")
    return Incoming(
        Acted(
            cause=f"{topic}/{event.id}",
            action=request.action,
            unit=request.unit,
            worker=request.worker,
            occurred_at=request.occurred_at,
            expected_version=request.expected_version,
            task_id=request.task_id,
            fields=request.fields,
        ),
        case_id=request.case_id,
    )


def _proof(event: Event) -> Incoming:
    proof = NoticeProved.read(event.data)
    trigger = Proved(f"{NOTICE_EVENTS.name}/{event.id}", proof.task_id, proof.by_unit, proof.proof, proof.proved_at)
    return Incoming(trigger, case_id=proof.case_id)


def _answer(cause: str, request: ActionRequested, outcome: Outcome) -> OutgoingEvent:
    answer = ActionAnswered(
        request_id=cause.partition("/")[2],
        case_id=request.case_id,
        accepted=outcome.outcome == "applied",
        version=outcome.case_version,
        problem=outcome.answer.get("zh"),
        allowed=tuple(outcome.answer.get("allowed", ())),
    )
    return OutgoingEvent(CASE_REPLIES.name, str(request.case_id), _answer_id(cause), ACTION_ANSWERED, answer.to_json())


def _answer_id(cause: str) -> str:
    """The same for the same request, so that answering again repeats it."""
    return f"answer-to-{cause.rpartition('/')[2]}"[:200]


def _reason(error: ValidationError) -> str:
    """Where it is wrong and how, without the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return f"schema: {where}: {first['type']}"[:200]
