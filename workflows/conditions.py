"""Conditions in the words of the definition: titles of fields and counters, labels of codes."""

from collections.abc import Iterator, Mapping

from contracts.cases import Scalar
from workflows.definition import ActionSpec, Definition


def describe(definition: Definition, row: ActionSpec) -> Iterator[str]:
    """Every condition that a row states as data."""
    yield from (_wanted(definition, row, name) for name in row.where)
    yield from (f"{_title(definition, name)}未满 {most} 次" for name, most in row.limit.items())
    yield from (f"{_title(definition, name)}已满 {least} 次" for name, least in row.least.items())


def describe_failure(
    definition: Definition, row: ActionSpec, fields: Mapping[str, Scalar], counters: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """What the first failing field and counter of a row would have to be, in Chinese and English."""
    if name := row.failing_field(fields):
        values = ", ".join(str(value).lower() for value in row.where[name])
        yield _wanted(definition, row, name), f"{name} must be {values}"
    if counter := row.failing_counter(counters):
        title, now = _title(definition, counter), counters.get(counter, 0)
        if now >= row.limit.get(counter, now + 1):
            yield f"{title}已达 {row.limit[counter]} 次上限", f"{counter} has reached its limit of {row.limit[counter]}"
        else:
            least = row.least[counter]
            yield f"{title}须达 {least} 次，现为 {now} 次", f"{counter} must be at least {least}; it is {now}"


def _wanted(definition: Definition, row: ActionSpec, name: str) -> str:
    spec = row.fields.get(name) or definition.find_field(name)
    codes = spec.codes if spec else {}
    labels = (
        ("是" if value else "否") if isinstance(value, bool) else codes.get(str(value), str(value))
        for value in row.where[name]
    )
    return f"{spec.title if spec else name}应为{'、'.join(labels)}"


def _title(definition: Definition, counter: str) -> str:
    return definition.counters.get(counter, counter)
