"""What the five plans of 2021–2025 want: their 636 targets as printed, and the 48 indicators that cases can speak to.

`targets.jsonl` is read from the plans; words and signs are theirs, `note` says where reading them needed a decision.
`indicators/` says how each computable indicator is counted. No table row of a plan is among what can be computed.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from pydantic import Field, TypeAdapter

from contracts.base import Code, Contract
from contracts.codes import UnitKind
from contracts.regions import region_name
from services.statistics.compile import Value, Values, get_value
from services.statistics.declaration import Part
from services.statistics.errors import StatisticsError
from workflows.lines import read_lines
from workflows.policy import Policy
from workflows.rules import NATIONAL

TARGETS: Final = Path(__file__).with_name("targets.jsonl")
INDICATORS: Final = Path(__file__).with_name("indicators")
_FEW: Final = 8

Plan = Literal["women", "children"]
Kind = Literal["table", "text"]
Derivable = Literal["case-events", "case-events+denominator", "external"]
Comparator = Literal[">=", "<=", "=", "increase", "decrease", "maintain", "qualitative"]
Keeper = Literal["justice", "civil_affairs", "education", "health", "police", "court"]
CaseType = Literal["mandatory_report", "child_referral", "dv_warning", "cancer_screening"]
"""The families of cases that the formulas speak of; more than one workflow may be of a family."""

CountUnit = Literal["person", "pair", "case", "report", "referral", "place"]
SettingUnit = Literal["hours", "days", "years", "ages", "codes"]


SETTING_UNITS_ZH: Final[Mapping[SettingUnit, str]] = {
    "hours": "小时",
    "days": "日",
    "years": "年",
    "ages": "岁",
    "codes": "",
}
PLANS_ZH: Final[Mapping[str, str]] = {"women": "妇女发展规划", "children": "儿童发展规划"}
KEEPERS: Final[Mapping[Keeper, UnitKind]] = {
    "justice": UnitKind.JUSTICE,
    "civil_affairs": UnitKind.CIVIL_AFFAIRS,
    "education": UnitKind.EDUCATION,
    "health": UnitKind.HEALTH,
    "police": UnitKind.POLICE_BUREAU,
    "court": UnitKind.COURT,
}


class CatalogueError(StatisticsError):
    """A target, key, city or plan was asked for that the catalogue does not have; names the nearest there are."""


class Target(Contract):
    """One target of one plan. `key` is the same wherever plans want the same thing.

    `comparator` and `target` are the test of the plan: for `increase` and `decrease` the number is the size of the
    change, `maintain` compares with the baseline, `qualitative` has no number. The list of signs has no strict ones:
    `target_text` keeps them.
    """

    id: str
    region: str = Field(pattern=r"^\d{6}$")
    plan: Plan
    kind: Kind
    section: str = Field(description="The part of the plan.")
    domain: str = Field(description="领域; a table row's is that of its plan's chapter on the matter.")
    name: str
    unit: str = ""
    baseline_year: int | None = None
    baseline: float | None = None
    baseline_text: str = Field(default="", description="As printed; 无数据 has no number.")
    comparator: Comparator
    target: float | None = None
    target_text: str = Field(description="As printed; of a text target the whole sentence or its part.")
    target_year: int
    key: Code
    derivable: Derivable
    formula: str = Field(default="", description="Only where it differs from that of its key.")
    keepers: tuple[Keeper, ...] = Field(default=(), description="Whose the official number is; none: not known.")
    uncertain: bool = False
    note_zh: str = ""
    note: str = ""
    source_file: str
    source_line: int
    source_offset: int | None = Field(default=None, description="Characters from 0 in that line.")

    @property
    def computable(self) -> bool:
        return self.derivable != "external"

    @property
    def city(self) -> str:
        return region_name(self.region)


class Indicator(Contract):
    """How a computable key is counted. `formula` speaks of settings by their names; the plans give them no value.

    `formula_zh` says the same of each part for who reads no English: in “” steps by their titles, in `` other parts.
    """

    title: str
    title_en: str
    meaning: str
    unit: CountUnit
    case_types: tuple[CaseType, ...]
    settings: dict[str, SettingUnit] = Field(default_factory=dict)
    formula: str
    formula_zh: dict[str, str]
    mended: str = Field(default="", description="Where the formula is not as the plans were first read, and why.")
    mended_zh: str = ""
    parts: dict[str, Part] = Field(default_factory=dict)

    def title_of(self, part: str) -> str:
        return self.parts[part].title or self.title

    @property
    def readings_zh(self) -> tuple[str, ...]:
        """The formula in Chinese, a line for each part; a part goes by its title."""
        named = {name: re.sub(" ?`(.+?)` ?", self._quoted, words) for name, words in self.formula_zh.items()}
        return tuple(f"{self.title_of(name)}：{words}" for name, words in named.items())

    def _quoted(self, found: re.Match[str]) -> str:
        return f"「{self.title_of(found[1])}」"

    @property
    def needs_denominator(self) -> bool:
        """Whether a keeper must state what it is divided by."""
        return any(part.over for part in self.parts.values())


class Defined(NamedTuple):
    """One number of an indicator, ready to be counted. `values` of its settings by name and region."""

    indicator: str
    name: str
    part: Part
    titles: tuple[str, str]
    values: Values

    @property
    def key(self) -> tuple[str, str]:
        return self.indicator, self.name

    def band(self, region: str) -> str:
        """The ages of whom the denominator counts: `35-64`; empty when it is everybody."""
        if self.part.band is None:
            return ""
        ages = get_value(self.values[self.part.band], region)
        return "-".join(map(str, ages)) if not isinstance(ages, int) else str(ages)

    def settings(self, region: str) -> dict[str, int | str]:
        """What they are in a region, lists with commas."""
        found = {name: get_value(values, region) for name, values in sorted(self.values.items())}
        return {name: one if isinstance(one, int) else ",".join(map(str, one)) for name, one in found.items()}


@cache
def targets() -> Mapping[str, Target]:
    """All targets by id, in the order of the plans."""
    rows = [Target.model_validate_json(line) for line in TARGETS.read_text(encoding="utf-8").splitlines()]
    return {row.id: row for row in rows}


@cache
def indicators() -> Mapping[str, Indicator]:
    """The computable indicators by key, one file for each family."""
    families = [read_lines(path).data for path in sorted(INDICATORS.glob("*.yaml"))]
    found = {key: indicator for family in families for key, indicator in family.items()}
    return TypeAdapter(dict[str, Indicator]).validate_python(found, strict=False)


def define(policy: Policy) -> tuple[Defined, ...]:
    """Every part of every indicator with what its settings are. Raises `CatalogueError` for one without value."""
    found = []
    for key, indicator in indicators().items():
        values = _values(policy, key)
        if missing := sorted(indicator.settings.keys() - values.keys()):
            raise CatalogueError(
                f"政策包未给出 {key} 的 {'、'.join(missing)}", f"the packs give no {', '.join(missing)} for {key}"
            )
        for name, part in indicator.parts.items():
            titles = (indicator.title_of(name), part.title_en or indicator.title_en)
            found.append(Defined(key, name, part, titles, {one: values[one] for one in indicator.settings}))
    return tuple(found)


def _values(policy: Policy, key: str) -> Values:
    """What the packs say of the settings of an indicator, by name and beginning of the division code."""
    found: dict[str, dict[str, Value]] = {}
    for pack in policy.packs:
        region = "" if pack.jurisdiction == NATIONAL else pack.jurisdiction
        for name, value in policy.statistics(pack.jurisdiction).settings.get(key, {}).items():
            found.setdefault(name, {})[re.sub("(00)+$", "", region)] = value
    return {name: {at: one for at, one in by.items() if not at or one != by[""]} for name, by in found.items()}


@cache
def cities() -> Mapping[str, tuple[str, ...]]:
    """Division code to the names a city goes by: 乐清市, 乐清, yueqing."""
    found = {
        row.region: (row.city, row.city.removesuffix("市"), row.id.partition("-")[0]) for row in targets().values()
    }
    return dict(sorted(found.items()))


@cache
def all_keys() -> frozenset[str]:
    """Every key, computable or not."""
    return frozenset(row.key for row in targets().values())


def list_targets(
    *,
    city: str | None = None,
    plan: str | None = None,
    key: str | None = None,
    kind: Kind | None = None,
    computable: bool | None = None,
    uncertain: bool | None = None,
) -> list[Target]:
    """The targets for which all that is given holds. Raises `CatalogueError` for a city, plan or key there is not."""
    region = None if city is None else get_city(city)
    if plan is not None and plan not in get_args(Plan):
        raise _unknown("规划", "plan", plan, get_args(Plan))
    if key is not None and key not in all_keys():
        raise _unknown("指标", "indicator", key, all_keys())
    wanted: dict[str, object] = {"region": region, "plan": plan, "key": key, "kind": kind}
    wanted |= {"computable": computable, "uncertain": uncertain}
    asked = {name: value for name, value in wanted.items() if value is not None}
    return [row for row in targets().values() if all(getattr(row, name) == value for name, value in asked.items())]


def year_of(years: Iterable[int | None]) -> int | None:
    """The one that all of them are, if they are one."""
    found = set(years)
    return found.pop() if len(found) == 1 else None


def get_target(target_id: str) -> Target:
    """Raises `CatalogueError`."""
    if target_id not in targets():
        raise _unknown("目标", "target", target_id, targets())
    return targets()[target_id]


def unknown_name(name: str) -> CatalogueError:
    """For a name that is neither the id of a target nor a key."""
    return _unknown("目标或指标", "target or indicator", name, [*targets(), *all_keys()])


def get_indicator(key: str) -> Indicator:
    """Of a computable key. Raises `CatalogueError`."""
    if key not in indicators():
        raise _unknown("可计算的指标", "computable indicator", key, indicators())
    return indicators()[key]


def get_city(name: str) -> str:
    """The division code of a city with a plan, by its code or a name it goes by. Raises `CatalogueError`."""
    for region, names in cities().items():
        if name.lower() in {region, *names}:
            return region
    raise _unknown("城市", "city", name, (names[0] for names in cities().values()))


def _unknown(zh: str, en: str, name: str, known: Iterable[str]) -> CatalogueError:
    """Names all there are where they are few, else those that look like `name`, else where to find them."""
    names = list(dict.fromkeys(known))
    zh, en = f"目录中没有{zh}“{name}”", f"no {en} {name} in the catalogue"
    if len(names) <= _FEW:
        return CatalogueError(f"{zh}，可用：{'、'.join(names)}", f"{en}; known: {', '.join(names)}")
    if near := difflib.get_close_matches(name, names, n=_FEW):
        return CatalogueError(f"{zh}，相近的有：{'、'.join(near)}", f"{en}; near: {', '.join(near)}")
    return CatalogueError(f"{zh}；列表：liandong indicators list", f"{en}; see `liandong indicators list`")
