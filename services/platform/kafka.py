"""Topics, as `contracts/topics.py` lists them.

TopicsDifferError
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from contracts.topics import TOPICS, Topic

_MS_PER_HOUR: Final = 3_600_000
_ALREADY_EXISTS: Final = 36

_NOT_NOW: Final = {5, 7, 38, 41}
"""No leader, out of time, too few brokers, no controller: so answers a cluster that has lost sight of its brokers."""


class TopicsDifferError(RuntimeError):
    """What the broker has is not what the list says."""


async def create_topics(
    bootstrap: str, namespace: str = "", *, replicas: int = 1, topics: Sequence[Topic] = TOPICS
) -> None:
    """Create what is missing, then read everything back. Raises `TopicsDifferError`, `aiokafka.errors.KafkaError`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await _until_created(admin, [_new_topic(topic, namespace, replicas) for topic in topics])
        await _read_back(admin, namespace, topics)
    finally:
        await admin.close()


def _new_topic(topic: Topic, namespace: str, replicas: int) -> NewTopic:
    return NewTopic(
        name=namespace + topic.name,
        num_partitions=topic.partitions,
        replication_factor=replicas,
        topic_configs={**_config(topic), "min.insync.replicas": str(max(1, replicas - 1))},
    )


def _config(topic: Topic) -> dict[str, str]:
    config: dict[str, str] = {"cleanup.policy": topic.cleanup}
    if topic.retention_hours is not None:
        config["retention.ms"] = str(topic.retention_hours * _MS_PER_HOUR)
    if topic.allow_gaps:
        # Makes the broker write outside systems' records anew: in a codec that aiokafka can read, and with header
        # names in UTF-8, without which aiokafka cannot read on.
        config["compression.type"] = "gzip"
    return config


async def _until_created(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> None:
    """For at most 30 s of asking: a broker that gets too little of the processor is taken for dead for a moment."""
    for left in reversed(range(300)):
        try:
            errors = (await admin.create_topics(topics)).topic_errors
        except (KafkaError, AttributeError):  # the latter is how aiokafka says that it knows no controller
            if not left:
                raise
        else:
            failed = [error for error in errors if error[1] not in {0, _ALREADY_EXISTS}]
            if not failed:
                return
            if not left or any(error[1] not in _NOT_NOW for error in failed):
                raise TopicsDifferError("; ".join(f"{error[0]}: {error[-1]}" for error in failed))
        await asyncio.sleep(0.1)


async def _read_back(admin: AIOKafkaAdminClient, namespace: str, topics: Sequence[Topic]) -> None:
    partitions = await _until_described(admin, [namespace + topic.name for topic in topics])
    for topic in topics:
        found = partitions[namespace + topic.name]
        if found != topic.partitions:
            raise TopicsDifferError(f"{topic.name} has {found} partitions instead of {topic.partitions}")
    await _read_back_configs(admin, namespace, topics)


async def _until_described(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """Partitions by topic, for at most 10 s of asking: brokers learn of a new topic a moment after it was created."""
    for _ in range(100):
        described = await admin.describe_topics(names)
        partitions = {entry["topic"]: len(entry["partitions"]) for entry in described if not entry["error_code"]}
        if len(partitions) == len(names):
            return partitions
        await asyncio.sleep(0.1)
    raise TopicsDifferError(f"not there after 10 s: {', '.join(set(names) - set(partitions))}")


async def _read_back_configs(admin: AIOKafkaAdminClient, namespace: str, topics: Sequence[Topic]) -> None:
    wanted = {namespace + topic.name: _config(topic) for topic in topics}
    for name, entries in (await _until_configs(admin, list(wanted))).items():
        for key, value in wanted[name].items():
            if entries.get(key) != value:
                raise TopicsDifferError(f"{name}: {key} is {entries.get(key)} instead of {value}")


async def _until_configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """Settings by topic; whoever answers here may not have heard of a topic that another broker has described."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    for _ in range(100):
        found = [one for answer in await admin.describe_configs(resources) for one in answer.resources]
        if not any(error for error, *_ in found):
            return {name: {entry[0]: entry[1] for entry in entries} for _, _, _, name, entries in found}
        await asyncio.sleep(0.1)
    raise TopicsDifferError(f"no settings after 10 s: {', '.join(one[3] for one in found if one[0])}")
