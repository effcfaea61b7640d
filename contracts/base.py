"""What every contract shares: strictness, and the small value types that cross service boundaries."""

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated, Final, Self

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


def unit_kind(unit: str) -> str:
    return unit.partition("@")[0]


def is_unit(text: str) -> bool:
    return re.fullmatch(UNIT_PATTERN, text) is not None
