"""The reports that every contestant is given: the same bytes under the same keys."""

from datetime import datetime
from typing import NamedTuple

from contracts.codes import central_role
from contracts.intake import IntakeEvent
from contracts.topics import INTAKE_EVENTS
from services.platform.events import OutgoingEvent, encode_headers
from tests.integration.casework_fixtures import dv_call, harm, screening


class Message(NamedTuple):
    """A record for a topic; `id` is the event's."""

    id: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def make_reports(count: int, at: datetime, *, first: int = 0) -> list[Message]:
    """Reports number `first` and following; each number is about other people.

    Of ten reports five are calls to the police, one calls again about the couple before, three are of harm to a
    child and one is a screening with a finding: nine cases.
    """
    return [_message(_report(number, at), at) for number in range(first, first + count)]


def _report(number: int, at: datetime) -> IntakeEvent:
    kind = number % 10
    if kind <= 5:
        couple = number - 1 if kind == 5 else number
        return dv_call(f"v{couple}", f"x{couple}", at)
    return harm(f"c{number}", at) if kind <= 8 else screening(f"w{number}", at, finding="abnormal")


def _message(event: IntakeEvent, at: datetime) -> Message:
    tokens: dict[str, str] = {subject.role: subject.token for subject in event.subjects}
    key = tokens[central_role(list(tokens)) or next(iter(tokens))]
    sent = OutgoingEvent(INTAKE_EVENTS.name, key, event.event_id, event.TYPE, event.to_json())
    return Message(sent.id, key.encode(), sent.data, encode_headers(sent, "intake", at))
