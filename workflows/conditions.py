"""Why conditions do not hold, in the words of the definition: titles of fields and counters, labels of codes."""

from collections.abc import Iterator, Mapping

from contracts.cases import Scalar
from workflows.definition import ActionSpec, Definition, FieldSpec


def describe_failure(
    definition: Definition, row: ActionSpec, fields: Mapping[str, Scalar], counters: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """What the first failing field and counter of a row would have to be, in Chinese and English."""
    if name := row.failing_field(fields):
        spec = row.fields.get(name) or definition.find_field(name)
        values = row.where[name]
        labels = "、".join(_label(spec, value) for value in values)
        wanted = ", ".join(str(value).lower() for value in values)
        yield f"{spec.title if spec else name}应为{labels}", f"{name} must be {wanted}"
    if counter := row.failing_counter(counters):
        title, now = definition.counters.get(counter, counter), counters.get(counter, 0)
        if counter in row.limit and now >= row.limit[counter]:
            yield f"{title}已达 {row.limit[counter]} 次上限", f"{counter} has reached its limit of {row.limit[counter]}"
        else:
            least = row.least[counter]
            yield f"{title}须达 {least} 次，现为 {now} 次", f"{counter} must be at least {least}; it is {now}"


def _label(spec: FieldSpec | None, value: bool | int | str) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return spec.codes.get(str(value), str(value)) if spec else str(value)
