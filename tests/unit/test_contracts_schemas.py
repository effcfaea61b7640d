import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from pydantic import ValidationError

from contracts import registry
from contracts.asyncapi import document, topics_table
from contracts.base import Contract, Part
from contracts.cases import FACT_TYPE, Counted, Fact, fact_with
from contracts.intake import INTAKE_EVENTS
from contracts.topics import TOPICS

EXAMPLES = registry.SCHEMAS / "examples"
VALID = sorted(EXAMPLES.glob("*/valid/*.json"))
INVALID = sorted(EXAMPLES.glob("*/invalid/*.json"))
ASYNCAPI_SCHEMA = Path(__file__).parents[1] / "data" / "asyncapi-3.0.0.json"


def name(path: Path) -> str:
    return "/".join(path.parts[-3:])


def model(path: Path) -> registry.Model:
    return registry.get_model(path.parts[-3])


def strictly(path: Path) -> Contract | Part:
    """As a producer must write it; facts have one producer, and are read as any reader does."""
    found, data = model(path), path.read_bytes()
    return found.model_validate_json(data) if issubclass(found, Contract) else found.read(data)


OF_A_FACT = {
    "greater_than_equal": "`int` >= 1 - at `$.version`",
    "timezone_aware": "timezone component - at `$.decided_at`",
    "union_tag_invalid": "Invalid value",
}


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    registry.export(tmp_path)
    return tmp_path


def edit(path: Path, change: dict[str, Any]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


def test_committed_schemas_are_those_of_the_models_and_locked() -> None:
    assert registry.check() == []


def test_every_type_has_a_valid_and_an_invalid_example() -> None:
    assert {path.parts[-3] for path in VALID} == set(registry.MODELS)
    assert {path.parts[-3] for path in INVALID} == set(registry.MODELS)


@pytest.mark.parametrize("path", VALID, ids=name)
def test_valid_example_fits_model_and_schema(path: Path) -> None:
    written = json.loads(path.read_text())
    strictly(path)
    jsonschema_rs.validate(registry.schema(path.parts[-3]), written)


@pytest.mark.parametrize("path", VALID, ids=name)
def test_what_is_written_from_a_valid_example_fits_the_schema_and_reads_back(path: Path) -> None:
    event = strictly(path)
    jsonschema_rs.validate(registry.schema(path.parts[-3]), json.loads(event.to_json()))
    assert model(path).read(event.to_json()) == event


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_invalid_example_is_refused_for_the_reason_in_its_name(path: Path) -> None:
    reason = path.stem.partition(".")[0]
    with pytest.raises((ValidationError, msgspec.ValidationError)) as refusal:
        strictly(path)
    if isinstance(refusal.value, ValidationError):
        assert reason in {error["type"] for error in refusal.value.errors()}
    else:
        assert OF_A_FACT[reason] in str(refusal.value)


@pytest.mark.parametrize("path", VALID, ids=name)
def test_a_consumer_ignores_fields_it_does_not_know(path: Path) -> None:
    newer = json.loads(path.read_text()) | {"from_next_year": {"nested": True}}
    assert model(path).read(json.dumps(newer)) == model(path).read(path.read_bytes())


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"{}", b'{"cause":"\xff"}', b'{"next_year":' + b"[" * 200_000, b'{"effects":[{"effect":["a"]}]}'],
)
def test_bytes_that_are_no_fact_are_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        Fact.read(data)


EFFECTS: list[dict[str, Any]] = [
    {"effect": "counted", "counter": "visits", "value": 1},
    {"effect": "marked", "moment": "reported_at", "at": "2026-03-02T09:00:00+08:00"},
]


def test_reader_sees_the_effects_it_needs_and_of_others_only_that_they_are_there() -> None:
    data = fact_of(EFFECTS)
    counted, other = fact_with([Counted]).read(data).effects
    assert (counted, other.effect) == (Fact.read(data).effects[0], "marked")
    assert not hasattr(other, "moment")


@pytest.mark.parametrize("effect", [{"effect": "counted", "counter": 1}, {"effect": "forgiven"}, {}])
def test_effect_that_a_reader_needs_or_that_nobody_knows_is_checked(effect: dict[str, Any]) -> None:
    with pytest.raises(msgspec.DecodeError):
        fact_with([Counted]).read(fact_of([*EFFECTS, effect]))


def fact_of(effects: list[dict[str, Any]]) -> bytes:
    """The valid example with other effects."""
    example = json.loads((EXAMPLES / FACT_TYPE / "valid" / "report_opens_case.json").read_bytes())
    return json.dumps(example | {"effects": effects}).encode()


def test_changing_a_locked_schema_fails(schemas: Path) -> None:
    edit(schemas / "liandong.notice.proved.v1.json", {"required": []})
    assert any("liandong.notice.proved.v1.json is not what LOCK says" in line for line in registry.check(schemas))


def test_a_lock_edited_along_with_its_schema_does_not_help(schemas: Path) -> None:
    edit(schemas / "liandong.notice.proved.v1.json", {"required": []})
    path, lock = schemas / "liandong.notice.proved.v1.json", schemas / "LOCK"
    lines = [line for line in lock.read_text().splitlines() if not line.endswith(path.name)]
    lock.write_text("\n".join([*lines, f"{registry._sha256(path)}  {path.name}"]))
    assert registry.check(schemas) == ["liandong.notice.proved.v1.json needs a new version: #/required"]


def test_a_missing_schema_is_found(schemas: Path) -> None:
    (schemas / "liandong.notice.proved.v1.json").unlink()
    assert registry.check(schemas) == ["liandong.notice.proved.v1.json is not what LOCK says"]


def test_a_breaking_change_is_not_exported_unless_asked_for(schemas: Path) -> None:
    edit(schemas / "liandong.notice.proved.v1.json", {"required": []})
    with pytest.raises(registry.BreakingChangeError, match="#/required"):
        registry.export(schemas)
    registry.export(schemas, breaking=True)
    assert registry.check(schemas) == []


def planted(**changes: Any) -> dict[str, Any]:
    """A small schema, with changes."""
    small: dict[str, Any] = {
        "$defs": {"Situation": {"enum": ["mr1", "mr2"], "type": "string"}},
        "properties": {"id": {"type": "string"}, "sex": {"enum": ["female", "male"]}},
        "required": ["id"],
    }
    return small | changes


@pytest.mark.parametrize(
    "newer",
    [
        planted(required=["id", "sex"]),
        planted(required=[]),
        planted(properties={"id": {"type": "integer"}, "sex": {"enum": ["female", "male"]}}),
        planted(properties={"id": {"type": "string"}}),
        planted(properties={"id": {"type": "string", "pattern": "a"}, "sex": {"enum": ["female", "male"]}}),
        planted(properties={"id": {"type": "string"}, "sex": {"enum": ["female", "male", "x"]}}),
        planted(**{"$defs": {"Situation": {"enum": ["mr1"], "type": "string"}}}),
        planted(**{"$defs": {}}),
    ],
    ids=["new-duty", "lost-duty", "type", "lost-field", "pattern", "closed-list-grew", "code-lost", "part-lost"],
)
def test_a_change_that_an_old_side_would_not_survive_is_named(newer: dict[str, Any]) -> None:
    assert list(registry.breaks(planted(), newer))


@pytest.mark.parametrize(
    "newer",
    [
        planted(title="other words", description="more of them"),
        planted(properties=planted()["properties"] | {"note": {"type": "string"}}),
        planted(**{"$defs": {"Situation": {"enum": ["mr1", "mr2", "mr3"], "type": "string"}}}),
    ],
    ids=["words", "new-optional-field", "new-code"],
)
def test_words_optional_fields_and_new_codes_may_be_added(newer: dict[str, Any]) -> None:
    assert list(registry.breaks(planted(), newer)) == []


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(registry.UnknownTypeError):
        registry.get_model("liandong.weather.changed.v1")


def test_the_version_of_a_type_is_the_number_at_its_end() -> None:
    assert {registry.version(event_type) for event_type in registry.MODELS} == {1}


def test_asyncapi_document_is_valid_by_the_official_schema() -> None:
    official = jsonschema_rs.validator_for(json.loads(ASYNCAPI_SCHEMA.read_text()))
    written = document(registry.MODELS)
    assert [error.message for error in official.iter_errors(written)] == []
    assert not official.is_valid(written | {"asyncapi": "3"})
    assert not official.is_valid(written | {"channels": {"x": {"address": 1}}})


def test_asyncapi_refers_only_to_what_exists() -> None:
    written = document(registry.MODELS)
    for message in written["components"]["messages"].values():
        assert (registry.SCHEMAS / message["payload"]["schema"]["$ref"]).exists()
    for operation in written["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in written["channels"]


def test_topics_table_has_a_row_for_every_topic() -> None:
    rows = topics_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [topic.name for topic in TOPICS]


FORBIDDEN = {
    "name",
    "id_number",
    "phone",
    "address",
    "birth_date",
    "narrative",
    "guardian",
    "reporter_identity",
    "worker",
}


@pytest.mark.parametrize("event", INTAKE_EVENTS, ids=lambda event: event.TYPE)
def test_no_intake_event_has_a_field_for_an_identity(event: type[Contract]) -> None:
    schema = event.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    assert not FORBIDDEN & {field for part in parts for field in part.get("properties", {})}


def test_a_type_on_a_topic_without_a_model_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(registry.MODELS, "liandong.notice.proved.v1")
    assert "liandong.notice.proved.v1 is on a topic and has no model" in registry.check()


def test_a_model_whose_type_is_on_no_topic_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.MODELS, "liandong.weather.changed.v1", Contract)
    assert "liandong.weather.changed.v1 has a model and is on no topic" in registry.check()
