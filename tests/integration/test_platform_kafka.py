"""Topics on a real broker are as the list says, and creating them again changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]
from aiokafka.errors import KafkaConnectionError  # type: ignore[import-untyped]
from aiokafka.producer import message_accumulator  # type: ignore[import-untyped]
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy  # type: ignore[import-untyped]

from contracts.topics import CASE_EVENTS, COMMANDS_HEALTH, TOPICS
from services.platform.kafka import TopicsDifferError, create_topics
from tests.integration.platform_fixtures import Space, producing, space

__all__ = ["space"]


async def test_every_topic_is_created_and_creating_again_changes_nothing(space: Space, kafka_bootstrap: str) -> None:
    await create_topics(kafka_bootstrap, space.namespace)
    await create_topics(kafka_bootstrap, space.namespace)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap)
    await consumer.start()
    found = {name for name in await consumer.topics() if name.startswith(space.namespace)}
    await consumer.stop()
    assert found == {space.namespace + topic.name for topic in TOPICS}


@pytest.mark.parametrize("change", [{"partitions": 3}, {"retention_hours": 1}, {"retention_hours": None}])
async def test_a_topic_that_differs_from_the_list_is_told(
    space: Space, kafka_bootstrap: str, change: dict[str, int | None]
) -> None:
    await create_topics(kafka_bootstrap, space.namespace, topics=[CASE_EVENTS])
    with pytest.raises(TopicsDifferError, match=r"case\.events"):
        await create_topics(kafka_bootstrap, space.namespace, topics=[replace(CASE_EVENTS, **change)])  # type: ignore[arg-type]


async def test_a_broker_that_has_not_heard_of_a_new_topic_yet_is_asked_again(
    space: Space, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ask = [], AIOKafkaAdminClient.describe_configs

    async def answer_late(admin: AIOKafkaAdminClient, resources: Sequence[ConfigResource]) -> Any:
        asked.append(resources)
        unheard_of = [ConfigResource(ConfigResourceType.TOPIC, f"{one.name}-unheard-of") for one in resources]
        return await ask(admin, unheard_of if len(asked) == 1 else resources)

    monkeypatch.setattr(AIOKafkaAdminClient, "describe_configs", answer_late)
    await create_topics(kafka_bootstrap, space.namespace, topics=[CASE_EVENTS])
    assert len(asked) == 2


async def test_a_cluster_without_controller_or_brokers_for_a_moment_is_asked_again(
    space: Space, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, create = space.namespace + CASE_EVENTS.name, AIOKafkaAdminClient.create_topics
    answers = [AttributeError(), KafkaConnectionError(), [(topic, 38, "All brokers are currently fenced.")]]

    async def answer_late(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> Any:
        answer = answers.pop(0) if answers else None
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(topic_errors=answer) if answer else await create(admin, topics)

    monkeypatch.setattr(AIOKafkaAdminClient, "create_topics", answer_late)
    await create_topics(kafka_bootstrap, space.namespace, topics=[CASE_EVENTS])
    assert answers == []


async def test_a_topic_that_the_cluster_refuses_is_told_at_once(space: Space, kafka_bootstrap: str) -> None:
    with pytest.raises(TopicsDifferError, match=r"(?i)partitions"):
        await create_topics(kafka_bootstrap, space.namespace, topics=[replace(CASE_EVENTS, partitions=0)])


class _BadHeaderNames(_DefaultRecordBatchBuilderPy):  # type: ignore[misc]
    """A producer that writes header names as no honest client does."""

    def _maybe_compress(self) -> bool:
        buffer: bytearray = self._buffer
        buffer[:] = buffer.replace(b"NAME", b"\xff\xfe\xff\xfe")
        return bool(super()._maybe_compress())


async def test_a_header_name_that_is_not_utf_8_does_not_stop_the_readers_of_an_outside_topic(
    space: Space, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a topic without the setting the client library raises here, for this record and all that follow it."""
    await create_topics(kafka_bootstrap, space.namespace, topics=[COMMANDS_HEALTH])
    topic = space.namespace + COMMANDS_HEALTH.name
    monkeypatch.setattr(message_accumulator, "DefaultRecordBatchBuilder", _BadHeaderNames)
    async with producing(kafka_bootstrap) as producer:
        for headers in ([("NAME", b"\xff")], []):
            await producer.send_and_wait(topic, key=b"k", value=b"{}", headers=headers, partition=0)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    first, second = await consumer.getone(), await consumer.getone()
    await consumer.stop()
    assert [value for _, value in first.headers] == [b"\xff"]
    assert second.headers == ()
