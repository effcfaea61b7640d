"""The world around the services: agencies that report, some twice, some rubbish; a police system that acts; time."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import cache
from random import Random
from typing import Any, Final
from uuid import UUID

from aiokafka import TopicPartition  # type: ignore[import-untyped]

from contracts.cases import Fact, Opened
from contracts.intake import IntakeEvent
from contracts.topics import CASE_EVENTS, COMMANDS_POLICE
from contracts.topics import INTAKE_EVENTS as INTAKE
from services.platform.events import Header, OutgoingEvent, encode_headers
from tests.integration.casework_fixtures import MONDAY, STATION, dv_call, harm, screening
from tests.simulation.kafka import PARTITIONS, Kafka
from tests.simulation.processes import CityClock

RECEIPT: Final = {"receipt_no": "回执1", "track": "administrative"}
POLICE: Final[dict[str, tuple[tuple[str, dict[str, Any]], ...]]] = {
    "dv_warning": (("dispatch", {}), ("claim", {}), ("close", {})),
    "mandatory_report": (("receive", RECEIPT), ("accept_admin", {"document": "受1"}), ("dispatch", {})),
}
"""What the police system asks for, case by case; some of it is refused."""
PROTECT: Final[tuple[str, dict[str, Any]]] = ("refer_protection", {})


@cache
def reports() -> tuple[IntakeEvent, ...]:
    """Reports about few people, so that most of them meet."""
    calls = [dv_call(f"v{n % 3}", report_id=UUID(int=n + 1)) for n in range(6)]
    harms = [harm(f"c{n % 2}", report_id=UUID(int=n + 101)) for n in range(4)]
    screenings = [
        screening("w1").model_copy(update={"report_id": UUID(int=201)}),
        screening("w1", finding="abnormal").model_copy(update={"report_id": UUID(int=202)}),
    ]
    return (*calls, *harms, *screenings)


@dataclass
class Outside:
    """`sent`, `asked` and `rubbish` are what the services have been given and must account for."""

    random: Random
    kafka: Kafka
    clock: CityClock
    sent: set[UUID] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    rubbish: set[tuple[str, int, int]] = field(default_factory=set)
    _told: dict[UUID, str] = field(default_factory=dict)
    _asked_of: Counter[UUID] = field(default_factory=Counter)
    _heard: Counter[TopicPartition] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.referring = self.random.random() < 0.25
        chosen = self.random.sample(reports(), self.random.randint(4, 8))
        again = self.random.sample(chosen, 2)
        self._mail: list[IntakeEvent | None] = [*chosen, *again, *([None] * self.random.randint(1, 2))]
        self.random.shuffle(self._mail)
        self._hours = [1, *self.random.choice([(), (1,), (30,), (30, 24 * 9)])]
        for _ in range(self.random.randint(0, len(self._mail))):
            self._post(self._mail.pop())

    def go_on(self) -> bool:
        """One more thing happens; false when there is nothing left."""
        things = [self._ask, self._ask, self._mail_some, self._wait]
        self.random.shuffle(things)
        return any(thing() for thing in things)

    def _mail_some(self) -> bool:
        some = self._mail[:3]
        for event in some:
            self._post(event)
        del self._mail[:3]
        return bool(some)

    def _wait(self) -> bool:
        """An hour, a day or a week passes, but not before there is a case that it can pass for."""
        self._hear()
        if not self._told or not self._hours:
            return False
        self.clock.moment += timedelta(hours=self._hours.pop(0))
        return True

    def _post(self, event: IntakeEvent | None) -> None:
        """To any partition: two copies of one report may be read at the same time."""
        number = self.random.randrange(PARTITIONS)
        if event is None:
            self.rubbish.add((INTAKE.name, number, self.kafka.append(INTAKE.name, number, b"k", b"\xff", ())))
            return
        self.sent.add(event.report_id)
        headers = _headers(INTAKE.name, str(event.report_id), event.TYPE)
        self.kafka.append(INTAKE.name, number, b"k", event.to_json(), headers)

    def _ask(self) -> bool:
        """The police system reads the newest facts and asks for the next step of some case."""
        self._hear()
        waiting = [case_id for case_id in sorted(self._told) if self._asked_of[case_id] < len(self._steps(case_id))]
        if not waiting:
            return False
        case_id = self.random.choice(waiting)
        action, fields = self._steps(case_id)[self._asked_of[case_id]]
        self._asked_of[case_id] += 1
        self._request(case_id, action, fields)
        return True

    def _hear(self) -> None:
        """What has been said on `case.events` since we last listened."""
        for place, log in self.kafka.of(CASE_EVENTS.name):
            for record in log[self._heard[place] :]:
                self._note(Fact.read(record.value or b""))
            self._heard[place] = len(log)

    def _note(self, fact: Fact) -> None:
        for opened in fact.of(Opened):
            self._told.setdefault(fact.case_id, opened.workflow)

    def _steps(self, case_id: UUID) -> Sequence[tuple[str, dict[str, Any]]]:
        steps = POLICE.get(self._told[case_id], ())
        return (*steps[:2], PROTECT) if self.referring and len(steps) > 2 else steps

    def _request(self, case_id: UUID, action: str, fields: dict[str, Any]) -> None:
        request_id = f"{case_id}-{self._asked_of[case_id]}"
        own = {"case_id": str(case_id), "action": action, "unit": STATION, "worker": "w1", "fields": fields}
        body = json.dumps(own | {"occurred_at": self.clock.moment.isoformat()}).encode()
        headers = _headers(COMMANDS_POLICE.name, request_id, COMMANDS_POLICE.types[0])
        number = case_id.int % PARTITIONS
        for _ in range(self.random.choice([1, 1, 2])):
            self.kafka.append(COMMANDS_POLICE.name, number, str(case_id).encode(), body, headers)
        self.asked.add(request_id)


def _headers(topic: str, event_id: str, kind: str) -> list[Header]:
    event = OutgoingEvent(topic, "k", event_id, kind, b"", traceparent="00-" + "1" * 32 + "-" + "1" * 16 + "-01")
    return [*encode_headers(event, "outside", MONDAY.astimezone(UTC))]
