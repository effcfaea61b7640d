"""Topics, as `contracts/topics.py` lists them.

TopicsDifferError
"""

from collections.abc import Sequence
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]

from contracts.topics import TOPICS, Topic

_MS_PER_HOUR: Final = 3_600_000
_ALREADY_EXISTS: Final = 36


class TopicsDifferError(RuntimeError):
    """What the broker has is not what the list says."""


async def create_topics(
    bootstrap: str, namespace: str = "", *, replicas: int = 1, topics: Sequence[Topic] = TOPICS
) -> None:
    """Create what is missing, then read everything back. Raises `TopicsDifferError`, `aiokafka.errors.KafkaError`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics([_new_topic(topic, namespace, replicas) for topic in topics])
        _check_created(answer.topic_errors)
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
    if topic.retention_hours is None:
        return {"cleanup.policy": "compact"}
    return {"cleanup.policy": "delete", "retention.ms": str(topic.retention_hours * _MS_PER_HOUR)}


def _check_created(errors: Sequence[tuple[object, ...]]) -> None:
    failed = [f"{error[0]}: {error[-1]}" for error in errors if error[1] not in {0, _ALREADY_EXISTS}]
    if failed:
        raise TopicsDifferError("; ".join(failed))


async def _read_back(admin: AIOKafkaAdminClient, namespace: str, topics: Sequence[Topic]) -> None:
    described = await admin.describe_topics([namespace + topic.name for topic in topics])
    partitions = {entry["topic"]: len(entry["partitions"]) for entry in described}
    for topic in topics:
        found = partitions.get(namespace + topic.name)
        if found != topic.partitions:
            raise TopicsDifferError(f"{topic.name} has {found} partitions instead of {topic.partitions}")
    await _read_back_configs(admin, namespace, topics)


async def _read_back_configs(admin: AIOKafkaAdminClient, namespace: str, topics: Sequence[Topic]) -> None:
    wanted = {namespace + topic.name: _config(topic) for topic in topics}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
    for answer in await admin.describe_configs(resources):
        for resource in answer.resources:
            name, entries = resource[3], {entry[0]: entry[1] for entry in resource[4]}
            for key, value in wanted[name].items():
                if entries.get(key) != value:
                    raise TopicsDifferError(f"{name}: {key} is {entries.get(key)} instead of {value}")
