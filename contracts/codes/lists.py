"""What a code list is, and how it is read."""

from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from contracts.base import Code


class CodeList(StrEnum):
    """A list of codes. The value travels; `label_zh` is what a user sees."""

    label_zh: str

    def __new__(cls, code: str, label_zh: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_zh = label_zh
        return member

    @classmethod
    def known(cls, code: str) -> Self | None:
        return cls._value2member_map_.get(code)  # type: ignore[return-value]


READING: Final = {"codes": "open"}
"""Validation context of a consumer: a newer producer may know codes that this reader does not."""

_ANY_CODE: Final[TypeAdapter[str]] = TypeAdapter(Code)


def _open_to_readers(value: Any, known: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    try:
        return known(value)
    except ValidationError:
        if info.context != READING:
            raise
        return _ANY_CODE.validate_python(value)


C = TypeVar("C", bound=CodeList)
Listed = Annotated[C, WrapValidator(_open_to_readers), PlainSerializer(str, return_type=str)]
"""A code of list `C`: closed for writers, open for readers."""


def label_zh(codes: type[CodeList], code: str) -> str:
    """The Chinese label, or the code itself where this version does not know it."""
    known = codes.known(code)
    return known.label_zh if known else code
