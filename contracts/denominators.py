"""What keepers state on `statistics.denominators`: how many there are of those whom the system sees only some of."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Contract, Reference, Region, UnitId
from contracts.codes import DenominatorName, Listed
from contracts.refusals import Refusal, impersonal, refuse_any, unit_of
from contracts.regions import is_region, is_served, is_within, region_level

DENOMINATOR_TYPE: Final = "liandong.denominator.stated.v1"

BAND_PATTERN: Final = r"^[0-9]{1,3}-[0-9]{1,3}$"
Band = Annotated[str, StringConstraints(pattern=BAND_PATTERN)]
"""Full years of age, both included: `35-64`."""


class DenominatorStated(Contract):
    """One number for one division and one calendar year. Whoever corrects it states it again with a higher revision.

    A zero is a number that was stated: nothing can be divided by it, and the observation has no data.
    """

    name: Listed[DenominatorName] = Field(title="名称")
    region: Region = Field(title="地区")
    year: int = Field(ge=2015, le=2100, title="年度", description="Calendar year in Shanghai time.")
    band: Band | None = Field(default=None, title="年龄段", description="Only of what is stated by age.")
    value: int = Field(ge=0, le=2_000_000_000, title="数值")
    as_of: date = Field(title="截至日期", description="The day whose state it is, or on which counting ended.")
    unit: UnitId = Field(title="来源单位", description="The keeper who states it.")
    document: Reference = Field(title="文件编号", description="Of the bulletin, letter or table it was taken from.")
    revision: int = Field(default=1, ge=1, le=999, title="修订")

    @property
    def place(self) -> tuple[str, str, int, str]:
        """What it is the number of; no two revisions of a place have the same number."""
        return str(self.name), self.region, self.year, self.band or ""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse_any(DENOMINATOR_TYPE, _contradictions(self))
        return self


def _contradictions(said: DenominatorStated) -> Iterator[Refusal]:
    name = said.name
    if not is_region(said.region):
        yield Refusal("region_unknown", ("region",), "没有这个行政区划。", "no such division.")
    elif region_level(said.region) not in name.levels:
        yield Refusal(
            "level_wrong",
            ("region",),
            f"“{name.label_zh}”不按这一级地区报送，应为：{_levels_zh(name)}。",
            f"{name} is stated for {', '.join(sorted(name.levels))}, not for a {region_level(said.region)}.",
        )
    elif not (is_served(said.unit) and is_within(said.region, said.unit.partition("@")[2])):
        yield Refusal(
            "unit_elsewhere", ("unit",), "该单位不管辖这个地区。", "no unit of this region or of one it is in."
        )
    yield from _of_band(said, name)
    if said.as_of.year > said.year:
        yield Refusal(
            "as_of_after_year",
            ("as_of",),
            f"截至日期晚于 {said.year} 年，请填该年度的数据，或改正年度。",
            f"is later than {said.year}; state what was true in that year, or correct the year.",
        )
    yield from unit_of(said, "unit", name.keepers)
    yield from impersonal(said, "document")


def _of_band(said: DenominatorStated, name: DenominatorName) -> Iterator[Refusal]:
    if name.banded and said.band is None:
        zh, en = f"“{name.label_zh}”须按年龄段报送，如 35-64。", f"{name} is stated by age, such as 35-64."
        yield Refusal("band_missing", ("band",), zh, en)
    elif said.band is not None and not name.banded:
        zh, en = f"“{name.label_zh}”不分年龄段。", f"{name} is not stated by age."
        yield Refusal("band_not_wanted", ("band",), zh, en)
    elif said.band is not None:
        since, to = map(int, re.findall("[0-9]+", said.band))
        if since > to:
            yield Refusal("band_empty", ("band",), "起始年龄大于截止年龄。", "begins after it ends.")


def _levels_zh(name: DenominatorName) -> str:
    return "、".join(zh for level, zh in _LEVELS_ZH.items() if level in name.levels)


_LEVELS_ZH: Final = {"prefecture": "设区的市", "county": "县（市、区）", "township": "乡镇（街道）"}
