"""What every contract shares: strictness, and the small value types that cross service boundaries."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Annotated, Any, Final, ParamSpec, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one zone and, since 1991, no summer time: legal days begin and end here."""


def _in_shanghai(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


Moment = Annotated[AwareDatetime, AfterValidator(_in_shanghai)]
"""A point in time, always zoned; kept in Shanghai time so that a reader sees the legal date."""

Region = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{3})?$")]
"""A GB/T 2260 county code (six digits) or a township code (nine)."""

UNIT_PATTERN: Final = r"^[a-z][a-z-]*@([0-9]{6}([0-9]{3})?|[0-9a-f]{16})$"
UnitId = Annotated[str, StringConstraints(pattern=UNIT_PATTERN)]
"""`<kind>@<region>`, or `<kind>@<16 hex digits>` for a body that stays opaque (school, hospital, hotel, village)."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,64}$")]
"""An entry of a code list. Free text never travels on a topic."""

Reference = Annotated[str, StringConstraints(pattern=r"^[\w〔〕（）()\[\]号第/.-]{1,64}$")]
"""The number of a document, a receipt or a recording; never a description."""


class Contract(BaseModel):
    """A message or a part of one. Producers forbid unknown fields; consumers read with `read`, which ignores them."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @classmethod
    def read(cls, data: bytes | str) -> Self:
        """Read as a consumer does. Raises `pydantic.ValidationError`."""
        return cls.model_validate_json(data, extra="ignore")

    def to_json(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()


P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Contract)

_fill_fields: Final = object.__setattr__
_fill_names: Final = vars(BaseModel)["__pydantic_fields_set__"].__set__
_fill_extra: Final = vars(BaseModel)["__pydantic_extra__"].__set__
_fill_private: Final = vars(BaseModel)["__pydantic_private__"].__set__


def trusted(kind: Callable[P, T], /, *_: P.args, **values: P.kwargs) -> T:
    """A message made of values that were checked when they came in; checking them again costs three times as much.

    Moments are in Shanghai time already. Nothing is converted and nothing is refused.
    """
    shape, names = _shape(kind)
    made: T = _made(kind, shape | values, names)
    return made


def changed(message: M, **changes: Any) -> M:
    """Another message of the same content but for the changes, which are not checked; the rest is shared."""
    made: M = _made(type(message), vars(message) | changes, _shape(type(message))[1])
    return made


def _made(kind: Any, values: dict[str, Any], names: set[str]) -> Any:
    made = object.__new__(kind)
    _fill_fields(made, "__dict__", values)
    _fill_names(made, names)
    _fill_extra(made, None)
    _fill_private(made, None)
    return made


@cache
def _shape(kind: Any) -> tuple[dict[str, Any], set[str]]:
    """The fields in their order, with their defaults, and their names."""
    shape = {
        name: None if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in kind.model_fields.items()
    }
    return shape, set(shape)


def unit_kind(unit: str) -> str:
    return unit.partition("@")[0]


def is_unit(text: str) -> bool:
    return re.fullmatch(UNIT_PATTERN, text) is not None
