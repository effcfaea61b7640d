"""What the platform says on `dead.letters`: that a record is held, and where. Its bytes stay in the service's database,
because nobody knows what is in them."""

from typing import Final
from uuid import UUID

from contracts.base import Contract

QUARANTINED_TYPE: Final = "liandong.record.quarantined.v1"


class RecordQuarantined(Contract):
    """`sha256` is of the value; `reason` is a code."""

    quarantine_id: UUID
    service: str
    topic: str
    partition: int
    offset: int
    reason: str
    size: int
    sha256: str
