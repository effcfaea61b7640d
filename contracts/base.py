"""What every contract shares: strictness, and the small value types that cross service boundaries."""

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Final, Self

import msgspec
from msgspec import Meta, Struct
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticKnownError

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one zone and, since 1991, no summer time: legal days begin and end here."""


def _in_shanghai(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise PydanticKnownError("timezone_aware")
    return moment.astimezone(SHANGHAI)


Moment = Annotated[datetime, AfterValidator(_in_shanghai), Meta(tz=True)]
"""A point in time, always zoned. What comes in is turned into Shanghai time, so that a reader sees the legal date.

Facts are written in it; a struct that is read keeps the zone that was written.
"""


def _matching(pattern: str) -> tuple[StringConstraints, Meta]:
    """Checked where a value comes in, and in the schema of facts, too."""
    return StringConstraints(pattern=pattern), Meta(extra_json_schema={"pattern": pattern})


REGION_PATTERN: Final = r"^[0-9]{6}([0-9]{3})?$"
Region = Annotated[str, *_matching(REGION_PATTERN)]
"""A GB/T 2260 county code (six digits) or a township code (nine)."""

UNIT_PATTERN: Final = r"^[a-z][a-z-]*@([0-9]{6}([0-9]{3})?|[0-9a-f]{16})$"
UnitId = Annotated[str, *_matching(UNIT_PATTERN)]
"""`<kind>@<region>`, or `<kind>@<16 hex digits>` for a body that stays opaque (school, hospital, hotel, village)."""

Code = Annotated[str, *_matching(r"^[a-z0-9_.-]{1,64}$")]
"""An entry of a code list. Free text never travels on a topic."""

WORKER_PATTERN: Final = r"^[A-Za-z0-9_.-]{1,64}$"
WorkerNumber = Annotated[str, *_matching(WORKER_PATTERN)]
"""The number by which a unit knows one of its workers; it has a digit, and is never a name."""

REFERENCE_PATTERN: Final = r"^[\w〔〕（）()\[\]号第/.-]{1,64}$"
Reference = Annotated[str, *_matching(REFERENCE_PATTERN)]
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

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return cls.model_json_schema()


class Readable:
    """A struct that is read and written as JSON."""

    __slots__ = ()

    @classmethod
    def read(cls, data: bytes | str) -> Self:
        """Read as a consumer does: unknown fields are ignored. Raises `msgspec.DecodeError`."""
        decoder = _DECODERS.get(cls) or _DECODERS.setdefault(cls, msgspec.json.Decoder(cls))
        try:
            found: Self = decoder.decode(data)
        except (RecursionError, UnicodeDecodeError) as error:
            raise msgspec.DecodeError(str(error)) from error
        return found

    def to_json(self) -> bytes:
        return _ENCODER.encode(self)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return msgspec.json.schema(cls)


class Part(Readable, Struct, frozen=True, omit_defaults=True, gc=False):
    """What a fact is made of. Only casework writes facts, of values that were checked when they came in.

    Reading checks types; patterns stand in the schema and are not matched again. They are made and read by the million,
    and as trees that can hold no cycle they are none of the garbage collector's business.
    """


_ENCODER: Final = msgspec.json.Encoder()
_DECODERS: Final[dict[type, msgspec.json.Decoder[Any]]] = {}


def unit_kind(unit: str) -> str:
    return unit.partition("@")[0]


def is_unit(text: str) -> bool:
    return re.fullmatch(UNIT_PATTERN, text) is not None
