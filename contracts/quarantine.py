"""What the platform says on `dead.letters`: that a record is held, and where. Its bytes stay in the service's database,
because nobody knows what is in them."""

from typing import Final, Literal
from uuid import UUID

from contracts.base import Code, Contract
from contracts.codes.lists import CodeList

QUARANTINED_TYPE: Final = "liandong.record.quarantined.v1"
RESOLVED_TYPE: Final = "liandong.record.resolved.v1"


class DiscardReason(CodeList):
    """Why a held record is never applied. It is in the case's history, so it is a code and no free text."""

    UNREADABLE = "unreadable", "无法辨认，由来源单位另行报送"
    WRONG_CASE = "wrong_case", "不属于本案"
    SUPERSEDED = "superseded", "已有更新的记录"
    NOT_GENUINE = "not_genuine", "来源不实"
    TEST_RECORD = "test_record", "测试数据"


class RecordQuarantined(Contract):
    """`sha256` is of the value; `reason` is a code. `case_id` is set when the record's key names its case."""

    quarantine_id: UUID
    service: str
    topic: str
    partition: int
    offset: int
    reason: str
    size: int
    sha256: str
    case_id: UUID | None = None


class RecordResolved(Contract):
    """Somebody has decided about a held record: it was sent again, or is never applied for a `reason`."""

    quarantine_id: UUID
    service: str
    state: Literal["retried", "discarded"]
    reason: Code | None = None
    case_id: UUID | None = None
