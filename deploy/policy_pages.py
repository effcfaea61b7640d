"""What `liandong policy` prints: Chinese first, then English."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from contracts.base import SHANGHAI
from contracts.codes import ReporterCategory, label_zh
from contracts.regions import region_names
from services.statistics.catalogue import SETTING_UNITS_ZH
from workflows.clocks import Day
from workflows.explain import Explanation
from workflows.packs import Hotline, Leads, Setting
from workflows.policy import Policy
from workflows.rules import Rule, governs, period_zh

CLASSES = {"STAT": "法律法规", "NORM": "规范性文件", "LOCAL": "地方规定", "PLAT": "平台默认，非法定"}
STANDINGS = {
    "running": "计时中 / running",
    "paused": "暂停中 / paused",
    "met": "按期办结 / met",
    "missed": "已超期，未办结 / missed",
    "met_late": "超期后办结 / met too late",
    "cancelled": "已取消 / cancelled",
}
REASONS = {
    "term_ended": "期限届满 / the term ended",
    "replaced": "由新期限取代 / replaced",
    "re_armed": "重新起算 / began anew",
    "case_closed": "案件已结 / the case was closed",
    "escalated": "已升级处理 / escalated",
    "not_needed": "不再需要 / not needed",
}
BANDS = {"any": "", "minor": "，仅未成年人", "adult": "，仅成年人"}
ROLLS = {
    "none": "末日遇节假日不顺延 / never rolls",
    "breach_only": "末日遇节假日，提醒不顺延，只顺延超期记录 / only the record of a breach rolls",
    "due": "末日遇节假日顺延 / rolls off a holiday",
}
FLAGS = {"off": "未启用 / off", "pilot": "试点 / pilot", "on": "启用 / on"}


def of_explanation(one: Explanation, policy: Policy) -> Iterator[str]:
    """One deadline: its law, its count, its end."""
    kept = one.recorded
    yield f"{kept.deadline_id} {kept.title}（{kept.rule}）：{STANDINGS[one.standing]}"
    kind = f"{kept.law_class} {CLASSES[kept.law_class]}"
    yield f"  依据 / law: {kept.article}；{kind}；{_jurisdiction(kept.jurisdiction, policy)}"
    yield f"  期限 / period: {period_zh(kept.value, kept.time_unit)}；责任单位 / unit: {kept.unit}"
    excluded = "" if kept.time_unit in {"immediate", "clock_hours"} else "，当日不计 / first day excluded"
    yield f"  起算 / start: {_moment(kept.started_at)}{excluded}"
    for begin, end in one.pauses:
        yield f"  暂停 / paused: {_moment(begin)} 至 {_moment(end)}"
    if one.paused_since:
        yield f"  暂停 / paused: {_moment(one.paused_since)} 起，尚未恢复 / not resumed"
    yield from _count(one)
    yield from _end(one)


def _count(one: Explanation) -> Iterator[str]:
    kept, days = one.recorded, one.count.days
    counted, skipped = [day for day in days if day.counted], [day for day in days if not day.counted]
    if kept.time_unit in {"immediate", "clock_hours"}:
        yield "  计算 / count: 连续计算，昼夜节假日不停 / without a stop"
    elif kept.time_unit in {"months", "years"} and days and not kept.until:
        moved = f"，另加暂停 {len(skipped)} 日 / and {len(skipped)} paused days" if skipped else ""
        last = "，无对应日，至月末 / the last of the month" if _has_no_corresponding_day(one) else ""
        yield f"  计算 / count: 至对应日 {_date(days[-1].day)}{last}{moved}"
    elif days:
        yield f"  计入 / counted: {len(counted)} 日：{_runs(counted)}"
    if skipped:
        yield f"  不计 / skipped: {len(skipped)} 日：{_runs(skipped)}"
    if kept.until:
        yield f"  所定期日 / set: 至 {_date(kept.until)}，不超过上述期限 / no longer than the period"
    if one.count.rolled:
        yield f"  末日顺延 / rolls over: {_runs(one.count.rolled)}"
    if one.rule and one.rule.roll:
        yield f"  顺延规则 / roll: {ROLLS[one.rule.roll]}"


def _has_no_corresponding_day(one: Explanation) -> bool:
    paused = sum(not day.counted for day in one.count.days)
    return (one.count.days[-1].day - timedelta(days=paused)).day != one.recorded.started_at.day


def _end(one: Explanation) -> Iterator[str]:
    kept = one.recorded
    if one.standing == "paused":
        yield f"  到期 / due: 暂停中，恢复后重算（暂停前为 {_last(kept.due_at)}） / computed when resumed"
    else:
        yield f"  到期 / due: {_last(kept.due_at)}；超期记录 / breach: {_last(kept.breach_at)}"
    if kept.latest_due_at:
        notice = "放假安排尚未公布 / the holiday notice is not out"
        yield f"  暂定 / provisional: {_last(kept.due_at)} 至 {_last(kept.latest_due_at)}（{notice}）"
    elif one.breach_unsettled:
        yield "  暂定 / provisional: 超期记录按最晚推算，放假安排尚未公布 / the breach is as late as can be"
    if one.ended_at:
        reason = f"（{REASONS.get(one.reason, one.reason)}）" if one.reason else ""
        if one.standing == "met" and one.ended_at >= kept.due_at:
            reason = "（晚于到期，遇节假日不记超期 / after the due day, no breach because of a holiday）"
        yield f"  终止 / ended: {_moment(one.ended_at)}{reason}"
    if one.rule is None:
        yield "  现行政策包已无此规则，未重算 / no pack has this rule today; not computed again"
    elif one.due and not one.as_recorded and one.standing != "paused":
        yield f"  注意 / note: 按现行政策包重算为 / the packs of today give {_last(one.due.due_at)}"


def _runs(days: Sequence[Day]) -> str:
    """Days in runs of one kind: 1月6日—1月9日."""
    kinds = groupby(enumerate(days), key=lambda n: (n[1].why, n[1].name, n[1].day.toordinal() - n[0]))
    return "、".join(_run([day for _, day in run]) for _, run in kinds)


def _run(days: Sequence[Day]) -> str:
    first, last = days[0], days[-1]
    span = _date(first.day) if first is last else f"{_date(first.day)}—{_date(last.day)}"
    why = {
        "weekend": "周末 / weekend",
        "holiday": f"{first.name} / holiday",
        "paused": "暂停 / paused",
        "makeup": f"{first.name}调休上班 / worked for a holiday",
    }.get(first.why)
    return f"{span}（{why}）" if why else span


def _date(day: date) -> str:
    return f"{day.year}-{day.month:02}-{day.day:02}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _last(at: datetime) -> str:
    """The end of a period: midnight is the 24:00 of the day that ends."""
    local = at.astimezone(SHANGHAI)
    return f"{_date(local.date() - timedelta(days=1))} 24:00" if local.time() == time() else _moment(at)


def _jurisdiction(code: str, policy: Policy) -> str:
    own = [pack.title for pack in policy.packs_of(code) if pack.jurisdiction == code]
    return f"{own[0] if own else region_names().get(code, '')} {code}".strip()


# -- packs --------------------------------------------------------------------------------------------------------


def of_region(policy: Policy, region: str, now: datetime) -> Iterator[str]:
    """Everything that holds in a region on the day of `now`."""
    yield of_chain(policy, region)
    for title, lines in (
        ("牵头单位 / who leads", _leads(policy, region, "leads")),
        ("值班台 / duty desks", _leads(policy, region, "duty_desks")),
        ("强制报告人 / who must report", _reporters(policy, region)),
        ("热线 / hotlines", _hotlines(policy, region, now)),
        ("机制 / mechanisms", _features(policy, region)),
        ("年龄段 / ages", _ages(policy, region)),
        ("用语 / words", (f"{key}: {word}" for key, word in policy.table("terms", region).items())),
        ("期限 / periods", _rules(policy, region, now.date())),
        ("指标设定 / settings of indicators", _settings(policy, region)),
        ("公布规则 / disclosure", _disclosure(policy, region)),
    ):
        yield title
        yield from (f"  {line}" for line in lines)


def of_chain(policy: Policy, region: str) -> str:
    """Which packs a region runs on; one without a pack of its own says so."""
    packs = policy.packs_of(region)
    named = f"{region} {region_names().get(region, '')}".strip()
    chain = " → ".join(pack.title for pack in packs)
    if any(pack.jurisdiction == region[:6] for pack in packs):
        return f"{named}：{chain}"
    return f"{named}：无本级政策包，按上级执行 / no pack of its own, runs on: {chain}"


def of_cities(policy: Policy) -> Iterator[str]:
    """Every city, and every county that has a pack of its own."""
    own = {pack.jurisdiction for pack in policy.packs}
    for code in region_names():
        if len(code) == 6 and (code in own or (code.endswith("00") and not code.endswith("0000"))):
            yield of_chain(policy, code)


def _leads(policy: Policy, region: str, table: str) -> Iterator[str]:
    rows: Iterable[tuple[str, Leads]] = policy.table(table, region).items()
    for key, row in rows:
        units = "、".join(policy.term(region, unit) for unit in row.units)
        yield f"{key}: {units}（{row.law_class}，{row.article}）"


def _reporters(policy: Policy, region: str) -> Iterator[str]:
    for workflow in sorted({key for pack in policy.packs_of(region) for key in pack.reporters}):
        named = "、".join(label_zh(ReporterCategory, category) for category in policy.reporters(region, workflow))
        yield f"{workflow}: {named}"


def _hotlines(policy: Policy, region: str, now: datetime) -> Iterator[str]:
    rows: Iterable[tuple[str, Hotline]] = policy.table("hotlines", region).items()
    for number, row in rows:
        answers = policy.answering_line(region, number, now)
        hours = (
            "、".join(f"{_DAYS[h.days]} {h.opens:%H:%M}—{h.closes:%H:%M}" for h in row.hours) or "昼夜 / day and night"
        )
        other = f"；现由 {answers} 接听 / answered by" if answers != number else ""
        who, law = policy.term(region, row.operator), f"{row.law_class}，{row.article}"
        yield f"{number} {row.title}（{who}）{hours}{other}（{law}）"


_DAYS = {"everyday": "每日", "workdays": "工作日"}


def _features(policy: Policy, region: str) -> Iterator[str]:
    for name, row in policy.table("features", region).items():
        yield f"{row.title}（{name}）：{FLAGS[policy.flag(region, name)]}（{row.article}）"


def _ages(policy: Policy, region: str) -> Iterator[str]:
    for row in policy.table("age_bands", region).values():
        yield f"{row.title}: {row.since}—{'' if row.to is None else row.to} 岁（{row.law_class}，{row.article}）"


def _settings(policy: Policy, region: str) -> Iterator[str]:
    for key, row in policy.statistics(region).rows.items():
        yield f"{key}: {'，'.join(f'{name} {of_setting(one)}' for name, one in row.items())}"


def of_setting(one: Setting) -> str:
    """`72 小时`, `35—64 岁`; codes alone."""
    unit = SETTING_UNITS_ZH[one.unit]
    if isinstance(one.value, int):
        return f"{one.value} {unit}"
    return f"{one.value[0]}—{one.value[1]} {unit}" if unit else "、".join(map(str, one.value))


def _disclosure(policy: Policy, region: str) -> Iterator[str]:
    rule = policy.statistics(region).disclosure
    least = f"未成年人 {rule.minors}，性侵害 {rule.sexual_violence}，村（居）、乡镇（街道） {rule.villages}"
    yield f"少于 {rule.k} 的数不公布（{least}） / counts below are kept back"
    yield f"区间宽度 / width: {rule.width or '同上述下限 / as the threshold'}"
    yield f"可低至 0 即可 / reaching down to 0 suffices: {_YES_NO[rule.zero_suffices]}"
    yield f"0 可公布 / 0 is published: {_YES_NO[rule.zeros]}"


_YES_NO = {True: "是 / yes", False: "否 / no"}


def _rules(policy: Policy, region: str, day: date) -> Iterator[str]:
    ids = dict.fromkeys(rule.id for rule in policy if governs(rule.jurisdiction, region))
    for rule_id in ids:
        found = (policy.find_rule(rule_id, region, day, minor=minor) for minor in (True, False))
        for rule in dict.fromkeys(rule for rule in found if rule):
            yield f"{rule_id} {_rule(rule, policy)}"


def _rule(rule: Rule, policy: Policy) -> str:
    law = f"{rule.law_class}，{rule.article}，{_jurisdiction(rule.jurisdiction, policy)}{BANDS[rule.applies_to]}"
    beside = f"，与 {rule.beside} 并行 / beside it" if rule.beside else ""
    return f"{rule.title} {period_zh(rule.value, rule.unit)}（{law}{beside}）"
