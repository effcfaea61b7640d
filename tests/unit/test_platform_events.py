"""The envelope: what we write we read, and everything else is refused by name."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform import tracing
from services.platform.events import MAX_VALUE_BYTES, OutgoingEvent, Record, UndecodableRecord, decode, encode_headers
from services.platform.fence import take
from services.platform.outbox import split_headers

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
EVENT = OutgoingEvent("case.events", "case", "case/1", "liandong.case.advanced.v1", b"{}", epoch=3)
GOOD = dict(encode_headers(EVENT, "casework", NOW))


def record(value: bytes | None = b"{}", key: bytes | None = b"case", **headers: bytes | None) -> Record:
    changed = {**GOOD, **{name.replace("_", "-") if name == "content_type" else name: v for name, v in headers.items()}}
    return Record("case.events", 0, 0, key, value, tuple(changed.items()), 1_772_353_800_000)


def test_what_is_written_is_read() -> None:
    event = decode(record())
    assert (event.id, event.type, event.key, event.data) == (EVENT.id, EVENT.type, EVENT.key, EVENT.data)
    assert (event.time, event.epoch, event.source) == (NOW, 3, "/liandong/casework")
    assert event.traceparent is not None


def test_a_missing_time_is_when_the_record_was_stored() -> None:
    assert decode(record(ce_time=None)).time == datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record(value=None), "no-value"),
        (record(value=bytes(MAX_VALUE_BYTES + 1)), "value-too-large"),
        (record(key=None), "no-key"),
        (record(key=b""), "no-key"),
        (record(key=b"\xff"), "key-not-utf-8"),
        (record(anything=b"\xff"), "header-not-utf-8"),
        (record(ce_specversion=b"0.3"), "not-cloudevents-1.0"),
        (record(ce_specversion=None), "not-cloudevents-1.0"),
        (record(ce_id=None), "ce-id-missing-or-too-long"),
        (record(ce_type=b""), "ce-type-missing-or-too-long"),
        (record(ce_source=b"x" * 201), "ce-source-missing-or-too-long"),
        (record(ce_time=b"yesterday"), "ce-time-malformed"),
        (record(ce_time=b"2026-03-01T08:30:00"), "ce-time-without-zone"),
        (record(logepoch=b"-1"), "logepoch-malformed"),
        (record(logepoch="１".encode()), "logepoch-malformed"),
    ],
)
def test_a_wrong_envelope_is_refused_by_name(bad: Record, reason: str) -> None:
    with pytest.raises(UndecodableRecord) as raised:
        decode(bad)
    assert raised.value.reason == reason


@given(
    key=st.none() | st.binary(max_size=20),
    value=st.none() | st.binary(max_size=50),
    headers=st.lists(
        st.tuples(
            st.sampled_from([*GOOD, "other"]), st.none() | st.binary(max_size=30) | st.sampled_from([*GOOD.values()])
        )
    ),
)
def test_no_bytes_whatever_do_anything_but_decode_or_be_refused(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    try:
        event = decode(Record("t", 0, 0, key, value, tuple(headers), 0))
    except UndecodableRecord:
        return
    assert event.key
    assert event.id


@given(st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5))))
def test_headers_are_stored_in_order_with_repetitions(headers: list[tuple[str, bytes | None]]) -> None:
    encodable = [(name, value) for name, value in headers if name.isprintable()]
    names, values = split_headers(encodable)
    assert list(zip([name.decode() for name in names], values, strict=True)) == encodable


@given(st.lists(st.integers(0, 30), unique=True).map(sorted), st.integers(0, 30))
def test_only_an_unbroken_run_from_the_fence_is_taken(offsets: list[int], fence: int) -> None:
    records = [Record("t", 0, offset, b"k", b"v", (), 0) for offset in offsets]
    strict = [item.offset for item in take(records, fence, allow_gaps=False)]
    assert strict == list(range(fence, fence + len(strict)))
    assert fence + len(strict) not in offsets
    loose = [item.offset for item in take(records, fence, allow_gaps=True)]
    assert loose == [offset for offset in offsets if offset >= fence]


def test_a_trace_goes_on_and_a_malformed_one_begins_anew() -> None:
    first = tracing.continue_trace(None)
    assert tracing.continue_trace(first)[:35] == first[:35]
    assert tracing.continue_trace(first) != first
    assert tracing.continue_trace("00-not-a-trace-01")[:35] != "00-not-a-trace-01"


def test_an_event_carries_the_trace_of_the_work_in_hand() -> None:
    trace = tracing.continue_trace(None)
    token = tracing.current.set(trace)
    try:
        assert dict(encode_headers(EVENT, "casework", NOW))["traceparent"] == trace.encode()
    finally:
        tracing.current.reset(token)
