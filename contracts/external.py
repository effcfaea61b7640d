"""What keepers state on `statistics.external`: the year's value of a row of a plan's own table, 主要统计指标."""

from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Contract, Reference, UnitId, WorkerNumber
from contracts.refusals import Refusal, impersonal, refuse_any
from contracts.regions import is_served

EXTERNAL_TYPE: Final = "liandong.external_value.stated.v1"

TABLE_ROW_PATTERN: Final = r"^[a-z]{1,32}-(women|children)-table-[0-9]{2}$"
TableRow = Annotated[str, StringConstraints(pattern=TABLE_ROW_PATTERN)]
"""The id of a target that is a row of its plan's table."""


class ExternalValueStated(Contract):
    """The value in the unit of measure that the table prints. A correction has a higher revision.

    It is nobody's official figure until a second person has signed it off.
    """

    target: TableRow = Field(title="目标编号")
    year: int = Field(ge=2015, le=2100, title="年度")
    value: float = Field(ge=0, allow_inf_nan=False, title="当年值")
    unit: UnitId = Field(title="数据来源", description="The keeper of the number.")
    document: Reference = Field(title="文件编号", description="Of the bulletin, letter or table it was taken from.")
    worker: WorkerNumber = Field(title="填报人工号", description="Who entered it: a number, never a name.")
    revision: int = Field(default=1, ge=1, le=999, title="修订")

    @property
    def place(self) -> tuple[str, int]:
        """What it is the value of."""
        return self.target, self.year

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse_any(EXTERNAL_TYPE, _contradictions(self))
        return self


class SignOff(Contract):
    """Who finds a stated value right."""

    unit: UnitId = Field(title="签发单位")
    worker: WorkerNumber = Field(title="签发人工号", description="A number, never a name.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse_any("SignOff", impersonal(self, "worker"))
        return self


def _contradictions(said: ExternalValueStated) -> Iterator[Refusal]:
    if not is_served(said.unit):
        zh, en = "没有这个单位，应如 justice@330382。", "no such unit; write one such as justice@330382."
        yield Refusal("unit_unknown", ("unit",), zh, en)
    yield from impersonal(said, "document", "worker")
