"""What an edition said, what is known now, and who makes the difference. Pure.

A member comes, goes or changes: its window ran out, it counts now, it stands in another county or under another code.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from services.statistics.disclosure.model import Key, Release
from services.statistics.releases import grid
from services.statistics.releases.figures import Figure
from services.statistics.releases.grid import Scope

What = Literal["came", "went", "changed"]

_SAID: Final = ("half", "region", "dimensions", "in_denominator", "in_numerator", "value")
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "half": ("半年", "half"),
    "region": ("地区", "region"),
    "dimensions": ("维度", "dimensions"),
    "in_denominator": ("计入分母", "in the denominator"),
    "in_numerator": ("计入分子", "in the numerator"),
    "value": ("数值", "value"),
}
_WHAT: Final[Mapping[What, tuple[str, str]]] = {
    "came": ("新增", "came"),
    "went": ("消失", "went"),
    "changed": ("变化", "changed"),
}


class Change(NamedTuple):
    """Of one member of one part. `differences` by field: what it was and what it is."""

    indicator: str
    part: str
    member: str
    item: str
    case_id: UUID
    what: What
    differences: dict[str, tuple[Any, Any]]

    def describe(self, *, traceable: bool) -> str:
        """In Chinese and English; with the case only for those who may trace a number to it."""
        zh, en = _WHAT[self.what]
        told = "；".join(f"{' / '.join(_WORDS[name])} {was} → {now}" for name, (was, now) in self.differences.items())
        case = f" 案件 / case {self.case_id}" if traceable else ""
        return f"{zh} / {en}{case}" + (f"：{told}" if told else "")


class Difference(NamedTuple):
    """A region's own figure of one part: numerator and denominator as counted then and now."""

    indicator: str
    part: str
    region: str
    was: tuple[int, int]
    now: tuple[int, int]


def change_of(row: Mapping[str, Any]) -> Change:
    """From a row of the members then beside those now."""
    was, now = ({name: row[f"{when}_{name}"] for name in _SAID} for when in ("was", "now"))
    identity = (row["indicator"], row["part"], row["member"], row["item"], row["case_id"])
    if was["region"] is None:
        return Change(*identity, "came", {name: (None, now[name]) for name in ("in_denominator", "in_numerator")})
    if now["region"] is None:
        return Change(*identity, "went", {name: (was[name], None) for name in ("in_denominator", "in_numerator")})
    return Change(*identity, "changed", {name: (was[name], now[name]) for name in _SAID if was[name] != now[name]})


def find_differences(scope: Scope, figures: Iterable[Figure], was: Release, now: Release) -> list[Difference]:
    """Where the true counts of an edition are not those of now."""
    found = []
    for figure in figures:
        for region in grid.regions_of(scope.city):
            then, today = (counts_of(figure, scope.period, region, release) for release in (was, now))
            if then != today:
                found.append(Difference(*figure.key, region, then, today))
    return found


def counts_of(figure: Figure, period: str, region: str, release: Release) -> tuple[int, int]:
    """Numerator and denominator of a region; a plain count is a denominator."""
    whole = grid.key_of(figure, "denominator", period, region)
    return _value(release, whole._replace(measure="numerator")), _value(release, whole)


def _value(release: Release, key: Key) -> int:
    return release.cells[key].value if key in release.cells else 0


def reworded(was: Iterable[Figure], now: Iterable[Figure]) -> list[tuple[str, str]]:
    """Indicators and parts that are defined or set otherwise than then, or are gone, or new."""
    then, today = ({one.key: (one.version, one.wording, one.settings) for one in figures} for figures in (was, now))
    return sorted(key for key in then.keys() | today.keys() if then.get(key) != today.get(key))
