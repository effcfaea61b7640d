"""What `liandong indicators` prints: Chinese first, then English."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, product

from rich.table import Table
from rich.text import Text

from contracts.regions import region_name
from services.statistics.catalogue import PLANS_ZH, Indicator, Target, cities, indicators, list_targets, year_of
from services.statistics.export import table as words

KINDS = {"table": "统计表 / table", "text": "正文 / text"}
SIGNS = {
    ">=": "≥",
    "<=": "≤",
    "=": "=",
    "increase": "提高 / rise",
    "decrease": "降低 / fall",
    "maintain": "保持 / maintain",
    "qualitative": "无数值 / no number",
}
KEEPERS = {
    "justice": "司法行政部门 / justice bureau",
    "civil_affairs": "民政部门 / civil affairs",
    "education": "教育部门 / education authority",
    "health": "卫生健康部门 / health authority",
    "police": "公安机关 / police",
    "court": "人民法院 / courts",
}
NOT_KNOWN = "外部数据，提供单位未载明 / external, keeper not known"
CASE_TYPES = {
    "mandatory_report": "强制报告",
    "child_referral": "儿童保护转介",
    "dv_warning": "家庭暴力",
    "cancer_screening": "两癌筛查",
}
COUNTED = {
    "person": "人 / persons",
    "pair": "当事人对（受害人与施暴者） / pairs of victim and perpetrator",
    "case": "案件 / cases",
    "report": "报告 / reports",
    "referral": "转介 / referrals",
    "place": "村（社区）、乡镇（街道）或县（市、区） / places",
}
SETTINGS = {
    "hours": "小时 / hours",
    "days": "日 / days",
    "years": "年 / years",
    "ages": "年龄段 / age band",
    "codes": "代码表 / code list",
}


def of_targets(rows: Sequence[Target]) -> Iterator[str | Table]:
    """A table for each city and plan."""
    for (city, region, plan), group in groupby(rows, key=lambda row: (row.city, row.region, row.plan)):
        yield _table(f"{city} {region}　{PLANS_ZH[plan]} / {plan}", list(group))
    doubtful = sum(row.uncertain for row in rows)
    note = f"，其中 {doubtful} 个数值存疑（?） / {doubtful} of them doubtful (?)" if doubtful else ""
    yield f"{len(rows)} 个目标 / targets{note}"
    if not rows:
        yield f"目录未收 / not in the catalogue: {'、'.join(_plans_not_there(cities(), PLANS_ZH))}"


def _table(title: str, rows: Sequence[Target]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("编号、指标\nid, indicator", overflow="fold", ratio=1)
    years = year_of(row.baseline_year for row in rows if row.baseline_text), year_of(row.target_year for row in rows)
    begins, ends = (f" {year}" if year else "" for year in years)
    for heading in (f"基期{begins}\nbaseline", f"目标{ends}\ntarget", "来源\nfrom"):
        table.add_column(heading, overflow="fold", max_width=12)
    for row in rows:
        target = row.target_text if row.kind == "table" else of_test(row).partition(" / ")[0]
        unit = f"（{row.unit}）" if row.unit and row.kind == "table" else ""
        source = of_source(row).replace(NOT_KNOWN, "未载明").partition(" / ")[0]
        cells = (f"{row.id}\n{row.name}{unit}", row.baseline_text, target + " ?" * row.uncertain, source)
        table.add_row(*map(Text, cells))
    return table


def of_test(row: Target) -> str:
    """The plan's test: its sign, number and unit."""
    if row.target is None:
        return SIGNS[row.comparator]
    return f"{SIGNS[row.comparator]} {row.target:.10g} {row.unit}".rstrip()


def of_source(row: Target) -> str:
    """Whose the number is: this system's, another agency's, or nobody named."""
    if row.computable:
        fed = row.derivable == "case-events+denominator"
        return "案件＋分母 / cases, and a denominator that is fed in" if fed else "案件 / cases"
    return "；".join(KEEPERS[keeper] for keeper in row.keepers) or NOT_KNOWN


def of_target(row: Target) -> Iterator[str]:
    """Everything the catalogue has on a target."""
    yield f"{row.id}  {row.name}"
    plan = f"{row.city} {row.region} {PLANS_ZH[row.plan]}"
    yield f"  规划 / plan: {plan}，{row.domain}，{row.section}（{KINDS[row.kind]}）"
    yield f"  指标 / indicator: {row.key}"
    if row.unit:
        yield f"  单位 / unit: {row.unit}"
    if row.baseline_text:
        year = f"（{row.baseline_year}）" if row.baseline_year else ""
        yield f"  基期 / baseline: {row.baseline_text}{year}"
    yield f"  规划原文 / in the plan's words: {row.target_text}"
    yield f"  目标 / target {row.target_year}: {of_test(row)}"
    yield f"  数据来源 / from: {of_source(row)}"
    if row.formula:
        parts = indicators()[row.key].parts.values()
        own = "、".join(part.title for part in parts if row.id in part.targets)
        yield f"  本目标另有算法，见分项“{own}” / a formula of its own: {row.formula}"
    if row.uncertain:
        yield "  数值存疑，用前请核对原件 / doubtful: compare with the original before use"
    if row.note:
        yield f"  说明 / note: {row.note_zh} / {row.note}"
    place = f" @{row.source_offset}" if row.source_offset is not None else ""
    yield f"  出处 / source: {row.source_file}:{row.source_line}{place}"


def of_key(key: str, indicator: Indicator | None, rows: Sequence[Target]) -> Iterator[str]:
    """How an indicator is counted, where it is computable, and what each city's plans say of it."""
    if indicator:
        yield f"{key}  {indicator.title} / {indicator.title_en}"
        yield from _counting(indicator)
    else:
        yield f"{key}  {rows[0].name}"
        yield f"  数据来源 / from: {of_source(rows[0])}"
    yield "各城市规划原文 / what the plans say"
    for region, names in cities().items():
        said = [row for row in rows if row.region == region]
        yield f"  {names[0]} {region}{'' if said else f'：{_nothing(region, rows)}'}"
        yield from (f"    {_sentence(row)}" for row in said)


def _counting(indicator: Indicator) -> Iterator[str]:
    yield f"  含义 / meaning: {indicator.meaning}"
    yield f"  计数单位 / counts: {COUNTED[indicator.unit]}"
    yield f"  案件类型 / case types: {'、'.join(f'{CASE_TYPES[one]} {one}' for one in indicator.case_types)}"
    if indicator.needs_denominator:
        yield "  分母由外部提供 / the denominator is fed in"
    if indicator.settings:
        settings = "；".join(f"{name}：{SETTINGS[unit]}" for name, unit in indicator.settings.items())
        yield f"  规划未定，由政策包设定 / left open by the plans: {settings}"
        yield "  各地取值 / values of a place: liandong policy show 330300"
    yield from of_formula(indicator)


def of_formula(indicator: Indicator) -> Iterator[str]:
    """How it is counted, and where that is not as the plans were first read."""
    yield "  算法"
    yield from (f"    {reading}" for reading in indicator.readings_zh)
    yield f"    （{words.READING_ZH}）"
    yield f"  formula: {indicator.formula}"
    if indicator.mended:
        yield f"  算法的修正及理由：{indicator.mended_zh}"
        yield f"  mended: {indicator.mended}"


def _sentence(row: Target) -> str:
    test = "" if row.comparator == "qualitative" else f"  [{of_test(row)}]{' ?' * row.uncertain}"
    own = "，另有算法 / own formula" if row.formula else ""
    return f"{row.target_text}{test}（{row.id}{own}）"


def _nothing(region: str, elsewhere: Sequence[Target]) -> str:
    """A city whose plan on the matter is not in the catalogue has not said no."""
    missing = _plans_not_there([region], sorted({row.plan for row in elsewhere}))
    note = f"（目录未收{'、'.join(missing)} / that plan is not in the catalogue）" if missing else ""
    return f"无此目标 / no such target{note}"


def _plans_not_there(regions: Iterable[str], plans: Iterable[str]) -> list[str]:
    wanted = product(regions, plans)
    return [
        f"{region_name(region)}{PLANS_ZH[plan]}" for region, plan in wanted if not list_targets(city=region, plan=plan)
    ]
