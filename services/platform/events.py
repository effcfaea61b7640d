"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, JSON in the value, the key mandatory.

UndecodableRecord
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from services.platform import tracing

MAX_VALUE_BYTES: Final = 1_000_000
"""Below the broker's own limit of 1 MiB for a batch, so that headers and framing fit too."""

Header = tuple[str, bytes | None]


class Record(NamedTuple):
    """A Kafka record as it came; nothing is decoded. `topic` is without the namespace. `timestamp_ms` is UTC."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    timestamp_ms: int


class UndecodableRecord(ValueError):  # noqa: N818
    """`reason` is a code without content, fit for a log line and for `quarantine`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Event(NamedTuple):
    """A decoded envelope. `time` is the producer's wall clock."""

    id: str
    type: str
    source: str
    key: str
    time: datetime
    data: bytes
    epoch: int | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """What a service wants to say. `epoch` is a fact's log epoch; without `traceparent` the current trace goes on."""

    topic: str
    key: str
    id: str
    type: str
    data: bytes
    epoch: int | None = None
    traceparent: str | None = None


def decode(record: Record) -> Event:
    """Read the envelope; the data stay bytes. Raises `UndecodableRecord`."""
    if record.value is None:
        raise UndecodableRecord("no-value")
    if len(record.value) > MAX_VALUE_BYTES:
        raise UndecodableRecord("value-too-large")
    headers = _text_headers(record)
    if headers.get("ce_specversion") != "1.0":
        raise UndecodableRecord("not-cloudevents-1.0")
    return Event(
        id=_attribute(headers, "ce_id"),
        type=_attribute(headers, "ce_type"),
        source=_attribute(headers, "ce_source"),
        key=_key(record),
        time=_time(headers, record),
        data=record.value,
        epoch=_epoch(headers),
        traceparent=headers.get("traceparent"),
    )


def encode_headers(event: OutgoingEvent, source: str, time: datetime) -> list[tuple[str, bytes]]:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event.id,
        "ce_type": event.type,
        "ce_source": f"/liandong/{source}",
        "ce_time": time.astimezone(UTC).isoformat(timespec="milliseconds"),
        "content-type": "application/json",
        "traceparent": event.traceparent or tracing.current.get() or tracing.continue_trace(None),
    }
    if event.epoch is not None:
        headers["logepoch"] = str(event.epoch)
    return [(name, value.encode()) for name, value in headers.items()]


def _text_headers(record: Record) -> dict[str, str]:
    try:
        return {name: value.decode() for name, value in record.headers if value is not None}
    except UnicodeDecodeError:
        raise UndecodableRecord("header-not-utf-8") from None


def _attribute(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not 1 <= len(value) <= 200:
        raise UndecodableRecord(f"{name.replace('_', '-')}-missing-or-too-long")
    return value


def _key(record: Record) -> str:
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        raise UndecodableRecord("key-not-utf-8") from None
    if not key:
        raise UndecodableRecord("no-key")
    return key


def _time(headers: Mapping[str, str], record: Record) -> datetime:
    """CloudEvents lets `time` be absent; then it is when the record was stored."""
    text = headers.get("ce_time")
    if text is None:
        return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UndecodableRecord("ce-time-malformed") from None
    if time.tzinfo is None:
        raise UndecodableRecord("ce-time-without-zone")
    return time


def _epoch(headers: Mapping[str, str]) -> int | None:
    text = headers.get("logepoch")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise UndecodableRecord("logepoch-malformed")
    return int(text)
