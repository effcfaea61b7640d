"""What a service tells Prometheus: numbers of records by topic and partition, never of persons or cases."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from services.platform.database import Row
from services.platform.fence import OUTCOMES, Partition

MEDIA_TYPE: Final = "text/plain; version=0.0.4"


def render(fences: Iterable[Row], lag: Mapping[Partition, int], outbox: Mapping[str, Any], *, paused: bool) -> str:
    """In Prometheus' text format."""
    return "\n".join(_lines(list(fences), lag, outbox, paused)) + "\n"


def _lines(fences: list[Row], lag: Mapping[Partition, int], outbox: Mapping[str, Any], paused: bool) -> Iterator[str]:
    yield "# TYPE liandong_records_total counter"
    for fence in fences:
        for outcome in OUTCOMES:
            yield f'liandong_records_total{{{_place(fence)},outcome="{outcome}"}} {fence[outcome]}'
    yield "# TYPE liandong_lag_records gauge"
    for partition, records in lag.items():
        yield f'liandong_lag_records{{topic="{partition.topic}",partition="{partition.number}"}} {records}'
    yield "# TYPE liandong_outbox_events gauge"
    yield f"liandong_outbox_events {outbox.get('waiting', 0)}"
    yield "# TYPE liandong_outbox_oldest_seconds gauge"
    yield f"liandong_outbox_oldest_seconds {outbox.get('oldest_seconds', 0.0):.3f}"
    yield "# TYPE liandong_paused gauge"
    yield f"liandong_paused {int(paused)}"


def _place(fence: Row) -> str:
    return f'reader="{fence["reader"]}",topic="{fence["topic"]}",partition="{fence["partition"]}"'
