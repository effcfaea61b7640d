"""How a contract refuses what does not hang together: a stable code, the field, and what would be right."""

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from contracts.base import Contract, unit_kind
from contracts.codes import UnitKind, label_zh
from contracts.identity import names_a_person


class Refusal(NamedTuple):
    """One contradiction, in words that may be shown as they are. It never repeats what was sent."""

    code: str
    where: tuple[str | int, ...]
    zh: str
    en: str


def refused(refusal: Refusal) -> PydanticCustomError:
    """For the validator of a single field. `zh` and `en` also stand apart in the error's context."""
    words: dict[str, str] = {"zh": refusal.zh, "en": refusal.en}
    return PydanticCustomError(refusal.code, "{zh} {en}", words)


def refuse_any(title: str, refusals: Iterable[Refusal]) -> None:
    """For the validator of a whole model: each contradiction at its own field. Raises `pydantic.ValidationError`."""
    errors = [InitErrorDetails(type=refused(refusal), loc=refusal.where, input=None) for refusal in refusals]
    if errors:
        raise ValidationError.from_exception_data(title, errors, hide_input=True)


def in_order(model: Contract, *fields: str) -> Iterator[Refusal]:
    """The given moments, as far as they are known, must not run backwards."""
    known = [(field, moment) for field in fields if (moment := getattr(model, field)) is not None]
    for (early, first), (late, second) in pairwise(known):
        if second < first:
            yield Refusal(
                f"{early}_after_{late}",
                (early,),
                f"“{_label(model, early)}”不能晚于“{_label(model, late)}”，请核对。",
                f"{early} must not be later than {late}.",
            )


def unit_of(model: Contract, field: str, kinds: Collection[UnitKind]) -> Iterator[Refusal]:
    """The unit in that field, if any, must be of one of these kinds."""
    unit = getattr(model, field)
    if unit is not None and unit_kind(unit) not in kinds:
        yield Refusal(
            "unit_kind_wrong",
            (field,),
            f"“{_label(model, field)}”应为：{'、'.join(label_zh(UnitKind, kind) for kind in sorted(kinds))}。",
            f"{field} must be a unit of kind {', '.join(sorted(kinds))}.",
        )


def impersonal(model: Contract, *fields: str) -> Iterator[Refusal]:
    """References among these fields, as far as the model has them, must be numbers, and not somebody's."""
    for field in fields:
        reference = vars(model).get(field)
        if not reference:
            continue
        if not any(character.isdigit() for character in reference):
            yield Refusal(
                "reference_without_number",
                (field,),
                f"“{_label(model, field)}”应为文书或系统编号，至少含一位数字，不能是姓名。",
                f"{field} must be the number of a document or a ticket, with at least one digit, not a name.",
            )
        if names_a_person(reference):
            yield Refusal(
                "reference_names_person",
                (field,),
                f"“{_label(model, field)}”不能是身份证号或手机号，请填文书或系统编号。",
                f"{field} must be the number of a document or a ticket, not of a person or a telephone.",
            )


def _label(model: Contract, field: str) -> str:
    return type(model).model_fields[field].title or field
