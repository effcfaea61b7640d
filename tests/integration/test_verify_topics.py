"""What `liandong verify` finds on the topics: every fault is planted in a system that was well."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.cases import FACT_TYPE, Fact
from contracts.topics import CASE_EVENTS, INTAKE_EVENTS, TOPICS
from deploy.verification.log import open_log
from deploy.verify import Check, Verdict
from services.platform.events import OutgoingEvent, encode_headers
from services.platform.ids import new_id
from services.platform.outbox import Relay
from services.platform.settings import Settings
from tests.integration.casework_fixtures import MONDAY, desk, dv_call
from tests.integration.platform_fixtures import CreateTopics, database, producing, settings, space, topics
from tests.integration.test_verify import City, city

__all__ = ["city", "database", "desk", "settings", "space", "topics"]


@dataclass
class Published:
    """A city whose reports came over their topic and whose facts were published and read."""

    city: City
    settings: Settings

    async def verify(self) -> Verdict:
        return await self.city.verify(bootstrap=self.settings.kafka_bootstrap)

    async def relay(self) -> None:
        relay = Relay(self.city.desk.db, self.settings)
        await relay.send_some()
        await relay.stop()

    async def send(self, *events: OutgoingEvent) -> None:
        async with producing(self.settings.kafka_bootstrap) as producer:
            for event in events:
                await producer.send_and_wait(
                    self.settings.namespace + event.topic,
                    key=event.key.encode(),
                    value=event.data,
                    headers=encode_headers(event, "test", MONDAY),
                )

    async def read_all(self) -> None:
        """Everyone's fences stand at the ends."""
        async with open_log(self.settings.kafka_bootstrap, self.settings.namespace) as log:
            ends = await log.ends()
        for topic in TOPICS:
            for reader in set(topic.consumers) & {"casework", "worklist", "statistics", "notices", "intake"}:
                rows = [(reader, topic.name, number, ends[topic.name, number]) for number in range(topic.partitions)]
                for row in rows:
                    await self.city.plant(
                        "INSERT INTO fence (reader, topic, partition, next_offset) VALUES ($1, $2, $3, $4) "
                        "ON CONFLICT (reader, topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
                        *row, schema=reader,
                    )  # fmt: skip


def fact_event(fact: Fact, **changes: Any) -> OutgoingEvent:
    body = json.dumps(json.loads(fact.to_json()) | changes).encode()
    return OutgoingEvent(CASE_EVENTS.name, str(fact.case_id), fact.event_id, FACT_TYPE, body, epoch=1)


@pytest.fixture
async def published(city: City, settings: Settings, topics: CreateTopics) -> Published:
    await topics()
    await city.plant("UPDATE clock SET simulated_at = $1", MONDAY, schema="platform")
    await city.plant("DELETE FROM outbox", schema="statistics")  # observations are nobody's input
    found = Published(city, settings)
    await found.relay()
    await found.send(
        *(OutgoingEvent(INTAKE_EVENTS.name, "p", str(one.report_id), one.TYPE, one.to_json()) for one in city.events)
    )
    await found.read_all()
    return found


def failed(verdict: Verdict) -> dict[str, int]:
    return {name: one.failed for name, one in vars(verdict).items() if isinstance(one, Check) and one.failed}


async def test_nothing_differs_on_the_topics_where_nobody_meddled(published: Published) -> None:
    verdict = await published.verify()
    assert [line for check in verdict.checks for line in check.differences] == []
    assert all((verdict.published.count, verdict.consumed.count, verdict.fences.count, verdict.settled.count))
    assert sum(verdict.outcomes.values()) == verdict.consumed.count


async def test_facts_that_come_twice_are_counted_as_absorbed(published: Published) -> None:
    log = await published.city.desk.log(published.city.cases[0])
    await published.send(*map(fact_event_as_it_was, log))
    await published.read_all()
    verdict = await published.verify()
    assert failed(verdict) == {}
    assert verdict.outcomes["worklist", "duplicate"] == len(log)


def fact_event_as_it_was(fact: Fact) -> OutgoingEvent:
    return OutgoingEvent(CASE_EVENTS.name, str(fact.case_id), fact.event_id, FACT_TYPE, fact.to_json(), epoch=1)


async def test_fact_on_the_topic_that_nobody_decided_is_found(published: Published) -> None:
    fact = (await published.city.desk.log(published.city.cases[0]))[0]
    await published.send(fact_event(fact, cause="somebody else"))
    await published.read_all()
    assert failed(await published.verify()) == {"published": 1}


async def test_fact_that_was_decided_and_never_published_is_found(published: Published) -> None:
    await published.city.desk.report(dv_call("v9", "x9"))
    await published.city.plant("DELETE FROM outbox")
    verdict = await published.verify()
    assert verdict.published.failed == 1
    assert "was not published" in verdict.published.differences[0]


async def test_fact_before_its_predecessor_is_found(published: Published) -> None:
    case_id = await published.city.desk.report(dv_call("v9", "x9"))
    await published.city.desk.act(case_id, "dispatch")
    await published.city.plant("DELETE FROM outbox")
    first, second = await published.city.desk.log(case_id)
    await published.send(fact_event_as_it_was(second), fact_event_as_it_was(first))
    await published.read_all()
    verdict = await published.verify()
    assert verdict.published.failed == 1
    assert "out of order" in verdict.published.differences[0]


async def test_record_that_was_passed_over_is_found(published: Published) -> None:
    event = dv_call("v9", "x9")
    await published.send(OutgoingEvent(INTAKE_EVENTS.name, "p", str(new_id()), event.TYPE, event.to_json()))
    await published.read_all()
    verdict = await published.verify()
    assert failed(verdict) == {"consumed": 1}
    assert verdict.outcomes["casework", "unknown"] == 1


@pytest.mark.parametrize("reader", ["casework", "statistics"])
async def test_fence_that_was_moved_back_is_found(published: Published, reader: str) -> None:
    await published.city.plant("UPDATE fence SET next_offset = next_offset - 1 WHERE next_offset > 0", schema=reader)
    found = failed(await published.verify())
    assert found.pop("fences") >= 1
    assert found.keys() <= {"settled"}


async def test_fence_past_the_end_of_its_topic_is_found(published: Published) -> None:
    await published.city.plant(
        "UPDATE fence SET next_offset = next_offset + 9 WHERE topic = $1 AND partition = 0", CASE_EVENTS.name,
        schema="notices",
    )  # fmt: skip
    assert failed(await published.verify()) == {"fences": 1}


async def test_number_of_a_person_on_a_topic_is_found(published: Published) -> None:
    await published.send(OutgoingEvent("statistics.observations", "k", "1", "t", b'{"reason": "13712345678"}'))
    verdict = await published.verify()
    assert failed(verdict) == {"personal": 1}
    assert verdict.personal.differences[0].startswith("statistics.observations/0/0")


async def test_what_does_not_leave_the_outbox_has_not_arrived(published: Published) -> None:
    await published.city.desk.report(dv_call("v9", "x9"))
    found = failed(await published.verify())
    assert found == {"settled": 2, "readers": 3}


async def test_alarm_whose_moment_has_come_and_that_does_not_ring_has_not_arrived(published: Published) -> None:
    await published.city.plant("UPDATE clock SET simulated_at = $1", MONDAY.replace(year=2027), schema="platform")
    found = failed(await published.verify())
    assert found == {"settled": 1}
