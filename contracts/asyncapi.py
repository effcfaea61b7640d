"""The topics and event types as an AsyncAPI 3.0 document, and as the README's table. Both are made, never edited."""

from collections.abc import Mapping
from typing import Any

from contracts.topics import TOPICS, Topic

HOUR_MS = 3_600_000


def document(models: Mapping[str, type]) -> dict[str, Any]:
    """The document for these event types. Payloads refer to the JSON Schemas that lie beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Liandong 联动",
            "version": "1.0.0",
            "description": "Events between the services of joint case referral and mandatory reporting. "
            "CloudEvents 1.0 in Kafka's binary mode. Producers keep to the schemas; consumers ignore unknown fields "
            "and keep unknown codes. No message holds a name, a number, an address or a narrative.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_key(topic.name): _channel(topic) for topic in TOPICS},
        "operations": {key: operation for topic in TOPICS for key, operation in _operations(topic).items()},
        "components": {
            "messages": {event_type: _message(event_type, models.get(event_type)) for event_type in _types()},
            "schemas": {"cloudEvent": _HEADERS},
        },
    }


def topics_table() -> str:
    """The topics as a Markdown table."""
    head = ("Topic", "Key", "Partitions", "Kept", "Event types", "Written by", "Read by")
    rows = [head, tuple("---" for _ in head), *(_row(topic) for topic in TOPICS)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _row(topic: Topic) -> tuple[str, ...]:
    return (
        f"`{topic.name}`",
        topic.key,
        str(topic.partitions),
        "latest per key" if topic.retention_hours is None else f"{topic.retention_hours} h",
        "<br>".join(f"`{event_type}`" for event_type in topic.types),
        topic.producer,
        ", ".join(topic.consumers) or "–",
    )


def _types() -> list[str]:
    return sorted({event_type for topic in TOPICS for event_type in topic.types})


def _key(name: str) -> str:
    return name.replace(".", "-").replace(" ", "-")


def _channel(topic: Topic) -> dict[str, Any]:
    settings: dict[str, Any] = {"cleanup.policy": [topic.cleanup]}
    if topic.retention_hours is not None:
        settings["retention.ms"] = topic.retention_hours * HOUR_MS
    return {
        "address": topic.name,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.types},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": settings,
                "bindingVersion": "0.5.0",
            }
        },
        "x-key": topic.key,
        "x-allow-gaps": topic.allow_gaps,
        "x-speaks-for": list(topic.speaks_for),
    }


def _operations(topic: Topic) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{_key(topic.name)}"}
    sends = {f"{_key(topic.producer)}-sends-{_key(topic.name)}": _operation("send", channel, topic.producer)}
    receives = {
        f"{_key(consumer)}-receives-{_key(topic.name)}": _operation("receive", channel, consumer)
        for consumer in topic.consumers
    }
    return sends | receives


def _operation(action: str, channel: dict[str, str], service: str) -> dict[str, Any]:
    return {"action": action, "channel": channel, "tags": [{"name": service}]}


def _message(event_type: str, model: type | None) -> dict[str, Any]:
    words = {"description": model.__doc__} if model and model.__doc__ else {}
    return {
        "name": event_type,
        "title": model.__name__ if model else event_type,
        **words,
        "headers": {"$ref": "#/components/schemas/cloudEvent"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./{event_type}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }


_HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "Names the event for good; a repeated one is the same event."},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "traceparent": {"type": "string"},
        "logepoch": {"type": "string", "description": "On facts: rises when the case log is restored."},
    },
}
