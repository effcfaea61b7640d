"""Messages in. A record that cannot be understood is quarantined with its bytes; its neighbours go on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from contracts.base import unit_kind
from contracts.cases import ActionAnswered, ActionRequested, NoticeProved
from contracts.intake import INTAKE_EVENTS, IntakeEvent
from contracts.tokens import is_genuine
from contracts.topics import CASE_REPLIES, COMMANDS_HEALTH, COMMANDS_POLICE, NOTICE_EVENTS, get_topic
from contracts.topics import INTAKE_EVENTS as INTAKE_TOPIC
from services.casework import parking
from services.casework.batch import Batch
from services.casework.model import Incoming, case_of, incoming_report
from services.casework.model import Outcome as Decided
from services.casework.parking import Lane
from services.casework.store import get_epoch
from services.platform.clock import Clock
from services.platform.database import Connection
from services.platform.events import Event, OutgoingEvent, Record, UndecodableRecord, decode
from services.platform.failpoints import reach
from services.platform.fence import Outcome
from services.platform.outbox import publish
from services.platform.quarantine import find_case, quarantine
from workflows.loader import Workflows
from workflows.triggers import Acted, Proved

TOPICS = (INTAKE_TOPIC, COMMANDS_POLICE, COMMANDS_HEALTH, NOTICE_EVENTS)

ACTION_ANSWERED = "liandong.action.answered.v1"

_REPORTS: dict[str, type[IntakeEvent]] = {model.TYPE: model for model in INTAKE_EVENTS}
_COMMAND_TOPICS = frozenset({COMMANDS_POLICE.name, COMMANDS_HEALTH.name})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record that could be read; `request` when an answer is wanted."""

    topic: str
    item: Incoming
    request: ActionRequested | None = None

    @property
    def lane(self) -> Lane | None:
        """Whose order it must keep; a report finds its case only when it is decided, and waits for nobody."""
        return (self.topic, self.item.case_id) if self.item.case_id else None


@dataclass(frozen=True)
class Casework:
    """What every way in needs: the definitions, domain time, and the keys for pseudonyms and tokens."""

    workflows: Workflows
    clock: Clock
    pseudonym_key: bytes
    token_key: bytes

    async def batch(self, conn: Connection) -> Batch:
        return Batch(conn, self.workflows, await self.clock.now(conn), await get_epoch(conn))

    async def on_records(self, conn: Connection, records: Sequence[Record]) -> list[Outcome]:
        """Apply records, those of a partition in order. What cannot be read is held, what must wait is parked."""
        read = [self._try_to_read(record) for record in records]
        reach("after_decode")
        blocked = await parking.find_blocked(conn, {one.lane for one in read if isinstance(one, Arrival) and one.lane})
        aside = [await self._put_aside(conn, record, one, blocked) for record, one in zip(records, read, strict=True)]
        ready = [one for one, fate in zip(read, aside, strict=True) if isinstance(one, Arrival) and fate is None]
        outcomes = iter(await self._apply(conn, ready))
        return [next(outcomes) if fate is None else fate for fate in aside]

    async def _put_aside(
        self, conn: Connection, record: Record, read: Arrival | UndecodableRecord, blocked: set[Lane]
    ) -> Outcome | None:
        """None for what can be applied now. What is held blocks the records behind it."""
        if isinstance(read, UndecodableRecord):
            await quarantine(conn, record, read.reason)
            if case_id := find_case(record):
                blocked.add((record.topic, case_id))
            return "quarantined"
        if read.lane is None or read.lane not in blocked:
            return None
        await parking.park(conn, read.lane[1], record)
        return "parked"

    async def on_released(self, conn: Connection, record: Record) -> None:
        """Apply a record that was parked: nothing of its case waits before it any more."""
        one = self._try_to_read(record)
        if isinstance(one, Arrival):
            await self._apply(conn, [one])
        else:
            await quarantine(conn, record, one.reason)

    async def give_up(self, conn: Connection, record: Record) -> None:
        """A record whose case did not come: it goes into quarantine, and whoever asked is told."""
        await quarantine(conn, record, "no-such-case")
        one = self._try_to_read(record)
        if isinstance(one, Arrival) and one.request:
            none = Decided("rejected", answer={"zh": "没有这个案件"})
            answer = _answer(one.item.trigger.cause, one.request, none)
            # Another id than the answer that follows should an operator send the request again.
            await publish(conn, [replace(answer, id=f"{answer.id}/no-such-case")])

    async def _apply(self, conn: Connection, arrivals: Sequence[Arrival]) -> list[Outcome]:
        if not arrivals:
            return []
        decided = await (await self.batch(conn)).run([one.item for one in arrivals])
        asked = {one.item.trigger.cause: one.request for one in arrivals if one.request}
        await publish(conn, [_answer(cause, request, decided[cause]) for cause, request in asked.items()])
        return _judge([one.item.trigger.cause for one in arrivals], decided)

    def _try_to_read(self, record: Record) -> Arrival | UndecodableRecord:
        try:
            return Arrival(record.topic, *self._read(record))
        except UndecodableRecord as error:
            return error

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


def _judge(causes: Iterable[str], decided: Mapping[str, Decided]) -> list[Outcome]:
    """What became of each record; only the first with a cause can have an effect."""
    seen: set[str] = set()
    outcomes: list[Outcome] = []
    for cause in causes:
        repeated = cause in seen or decided[cause].repeated
        outcomes.append("duplicate" if repeated else decided[cause].outcome)
        seen.add(cause)
    return outcomes


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


def _answer(cause: str, request: ActionRequested, outcome: Decided) -> OutgoingEvent:
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
