"""Which model an event type has, and the JSON Schemas made from the models.

The schemas in `contracts/schemas/` are generated and locked: `LOCK` holds the SHA-256 of each. A change that an old
producer or an old consumer could not survive is refused; it needs a new type with the next version.

ContractError
├── UnknownTypeError
└── BreakingChangeError
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from contracts import asyncapi
from contracts.base import Contract, Part
from contracts.cases import FACT_TYPE, ActionAnswered, ActionRequested, Fact, NoticeProved
from contracts.denominators import DENOMINATOR_TYPE, DenominatorStated
from contracts.external import EXTERNAL_TYPE, ExternalValueStated
from contracts.intake import INTAKE_EVENTS
from contracts.quarantine import QUARANTINED_TYPE, RESOLVED_TYPE, RecordQuarantined, RecordResolved
from contracts.releases import RELEASE_TYPE, IndicatorRelease
from contracts.statistics import OBSERVATION_TYPE, Observation
from contracts.topics import TOPICS

SCHEMAS: Final = Path(__file__).parent / "schemas"

Model = type[Contract] | type[Part]

MODELS: Final[dict[str, Model]] = {
    **{event.TYPE: event for event in INTAKE_EVENTS},
    FACT_TYPE: Fact,
    "liandong.action.requested.v1": ActionRequested,
    "liandong.action.answered.v1": ActionAnswered,
    "liandong.notice.proved.v1": NoticeProved,
    OBSERVATION_TYPE: Observation,
    RELEASE_TYPE: IndicatorRelease,
    DENOMINATOR_TYPE: DenominatorStated,
    EXTERNAL_TYPE: ExternalValueStated,
    QUARANTINED_TYPE: RecordQuarantined,
    RESOLVED_TYPE: RecordResolved,
}


class ContractError(Exception):
    pass


class UnknownTypeError(ContractError):
    """No model has that event type."""


class BreakingChangeError(ContractError):
    """Somebody who keeps to the locked schema would not survive the change."""


def get_model(event_type: str) -> Model:
    """Raises `UnknownTypeError`."""
    try:
        return MODELS[event_type]
    except KeyError:
        raise UnknownTypeError(event_type) from None


def version(event_type: str) -> int:
    """The number at the end of `liandong.<noun>.<past-participle>.v<N>`."""
    return int(event_type.rpartition(".v")[2])


def schema(event_type: str) -> dict[str, Any]:
    """What a producer of that type keeps to. Raises `UnknownTypeError`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:liandong:schema:{event_type}",
        **_portable(get_model(event_type).json_schema()),
    }


def check(folder: Path = SCHEMAS) -> list[str]:
    """Everything that is not as the models and `LOCK` say, in words; empty when all is well."""
    return [*_unmodelled(), *_unlocked(folder), *_stale(folder)]


def export(folder: Path = SCHEMAS, *, breaking: bool = False) -> None:
    """Write the schemas, the AsyncAPI document and `LOCK`.

    Raises `BreakingChangeError` unless `breaking`, which is for types that nobody outside uses yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for event_type in MODELS:
        path, new = folder / f"{event_type}.json", schema(event_type)
        harm = list(breaks(json.loads(path.read_text()), new)) if path.exists() else []
        if harm and not breaking:
            raise BreakingChangeError(f"{event_type}: {'; '.join(harm)}")
        path.write_text(_text(new))
    (folder / "asyncapi.json").write_text(_text(asyncapi.document(MODELS)))
    lines = [f"{_sha256(folder / name)}  {name}\n" for name in _schema_names()]
    (folder / "LOCK").write_text("".join(lines))


def breaks(old: Any, new: Any, at: str = "#") -> Iterator[str]:
    """Where a schema changed in more than words, new optional fields or new entries of an open code list."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted((old.keys() | new.keys()) - _WORDS):
            yield from _breaks_key(key, old, new, f"{at}/{key}")
    elif old != new:
        yield at


def _breaks_key(key: str, old: dict[str, Any], new: dict[str, Any], at: str) -> Iterator[str]:
    if key in {"properties", "$defs"}:
        before, after = old.get(key, {}), new.get(key, {})
        for name in sorted(before):
            yield from breaks(before[name], after.get(name), f"{at}/{name}")
    elif key == "enum" and at.startswith("#/$defs"):
        yield from [at] if set(old.get(key, ())) - set(new.get(key, ())) else []
    elif key == "required":
        yield from [at] if set(old.get(key, ())) != set(new.get(key, ())) else []
    else:
        yield from breaks(old.get(key), new.get(key), at)


_WORDS: Final = {"title", "description", "default", "examples"}


def _unmodelled() -> Iterator[str]:
    carried = {event_type for topic in TOPICS for event_type in topic.types}
    yield from (f"{event_type} is on a topic and has no model" for event_type in sorted(carried - MODELS.keys()))
    yield from (f"{event_type} has a model and is on no topic" for event_type in sorted(MODELS.keys() - carried))


def _unlocked(folder: Path) -> Iterator[str]:
    lock = folder / "LOCK"
    locked = dict(line.split("  ")[::-1] for line in lock.read_text().splitlines()) if lock.exists() else {}
    for name in sorted({*_schema_names(), *locked}):
        path = folder / name
        if not path.exists() or locked.get(name) != _sha256(path):
            yield f"{name} is not what LOCK says"


def _stale(folder: Path) -> Iterator[str]:
    for event_type in MODELS:
        path = folder / f"{event_type}.json"
        if path.exists() and path.read_text() != _text(schema(event_type)):
            harm = list(breaks(json.loads(path.read_text()), schema(event_type)))
            yield f"{path.name} needs a new version: {', '.join(harm)}" if harm else f"{path.name} needs an export"
    path = folder / "asyncapi.json"
    if not path.exists() or path.read_text() != _text(asyncapi.document(MODELS)):
        yield "asyncapi.json needs an export"


def _schema_names() -> list[str]:
    return sorted(f"{event_type}.json" for event_type in MODELS)


def _portable(value: Any) -> Any:
    """JSON Schema's regular expressions are ECMA's: there `\\w` means ASCII letters alone, in the models any letter."""
    if isinstance(value, dict):
        return {
            key: re.sub(r"\\w", r"\\p{L}\\p{N}_", item) if key == "pattern" else _portable(item)
            for key, item in value.items()
        }
    return [_portable(item) for item in value] if isinstance(value, list) else value


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
