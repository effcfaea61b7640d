"""The figures as a person wants to see them: tables and bars, Chinese first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.base import unit_kind
from contracts.codes import CellStatus, NoticeTemplate, UnitKind, label_zh
from deploy.demo.yearly import PERIOD
from deploy.units import region_names
from workflows.loader import load_workflows

BAR_CELLS: Final = 16
MOST_QUEUES: Final = 15
MOST_NUMBERS: Final = 12

Figures = Mapping[str, Any]


def show(figures: Figures, out: Console) -> None:
    for table in (
        _sent(figures),
        _cases(figures),
        _cities(figures),
        _deadlines(figures),
        _notices(figures),
        _escalations(figures),
        _queues(figures),
        _indicators(figures),
        _stories(figures),
    ):
        out.print(table)
        out.print()
    for city, release in figures["releases"].items():
        out.print(_release(city, release))
        out.print()
    for line in figures["unexpected"]:
        out.print(f"意外 / unexpected: {line}", style="red", markup=False, highlight=False)


def _table(title: str, *columns: str, right: Sequence[int] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number in right else "left", overflow="fold")
    return table


def _sent(figures: Figures) -> Table:
    table = _table("发出 / What was sent", "项目 / what", "数 / number", right=(1,))
    sent = figures["sent"]
    table.add_row("报告已受理 / reports accepted", str(sent["accepted"]))
    table.add_row("重复发送，回执相同 / sent again, same receipt", str(sent["repeated"]))
    for why, number in sent["refused"].items():
        table.add_row(f"应当拒绝且已拒绝 / refused as it must be: {why}", str(number))
    table.add_row("办理（HTTP）/ actions by HTTP", str(sent["actions"]))
    table.add_row("办理（公安系统，Kafka）/ actions by Kafka", str(sent["commands"]))
    table.add_row("送达凭证 / proofs of notices", str(sent["proofs"]))
    return table


def _cases(figures: Figures) -> Table:
    table = _table("案件 / Cases", "类别 / workflow", "状态 / state", "数 / number", "", right=(2,))
    loaded = load_workflows()
    definitions = {name: loaded.get(name).definition for name in figures["cases"]}
    most = max((number for states in figures["cases"].values() for number in states.values()), default=1)
    for workflow, states in figures["cases"].items():
        for state, number in states.items():
            first = state == next(iter(states))
            group = f"{definitions[workflow].title} / {workflow}" if first else ""
            name = f"{definitions[workflow].states[state].title} / {state}"
            table.add_row(group, name, str(number), _bar((number, "cyan"), whole=most))
    return table


def _cities(figures: Figures) -> Table:
    """Every workflow in every city."""
    cities: dict[str, dict[str, int]] = figures["cities"]
    names = [region_names()[city] for city in cities]
    table = _table("各市案件 / Cases by city", "类别 / workflow", *names, right=range(1, len(names) + 1))
    loaded = load_workflows()
    for workflow in figures["cases"]:
        numbers = [str(found.get(workflow, 0)) for found in cities.values()]
        table.add_row(f"{loaded.get(workflow).definition.title} / {workflow}", *numbers)
    return table


def _deadlines(figures: Figures) -> Table:
    columns = ("期限 / deadline", "依据 / article", "类 / class", "按期 / met", "超期 / breached", "运行 / running", "")
    table = _table("期限 / Deadlines", *columns, right=(3, 4, 5))
    for one in figures["deadlines"]:
        ended = one["in_time"] + one["breached"]
        bar = _bar((one["in_time"], "green"), (one["breached"], "red"), whole=ended or 1)
        numbers = (str(one["in_time"]), str(one["breached"]), str(one["running"]))
        table.add_row(f"{one['title']} / {one['rule']}", one["article"], one["law_class"], *numbers, bar)
    provisional = sum(one["provisional"] for one in figures["deadlines"])
    table.caption = f"跨入放假通知未公布年份的暂定期限 / provisional deadlines: {provisional}"
    return table


def _notices(figures: Figures) -> Table:
    columns = ("告知 / notice", "应告知 / owed", "已送达有凭证 / proved", "未送达 / open")
    table = _table("告知 / Notices proved", *columns, right=(1, 2, 3))
    for template, found in figures["notices"].items():
        owed, proved = found.get("owed", 0), found.get("proved", 0)
        name = f"{label_zh(NoticeTemplate, template)} / {template}"
        table.add_row(name, str(owed), str(proved), str(owed - proved - found.get("ended", 0)))
    table.caption = "，".join(f"{channel} {number}" for channel, number in figures["proofs"].items())
    return table


def _escalations(figures: Figures) -> Table:
    table = _table("升级到 / Silence climbed to", "单位 / unit", "次 / times", "", right=(1,))
    by_kind: dict[str, int] = {}
    for unit, number in figures["escalations"].items():
        by_kind[unit_kind(unit)] = by_kind.get(unit_kind(unit), 0) + number
    most = max(by_kind.values(), default=1)
    for kind, number in sorted(by_kind.items(), key=lambda one: -one[1]):
        table.add_row(f"{label_zh(UnitKind, kind)} / {kind}", str(number), _bar((number, "yellow"), whole=most))
    return table


def _queues(figures: Figures) -> Table:
    table = _table("待办 / Queues", "单位 / unit", "未办 / open", "内容 / of what", right=(1,))
    queues: dict[str, dict[str, int]] = figures["queues"]
    ordered = sorted(queues.items(), key=lambda one: (-sum(one[1].values()), one[0]))
    for unit, kinds in ordered[:MOST_QUEUES]:
        what = ", ".join(f"{kind} {number}" for kind, number in kinds.items())
        table.add_row(_unit_name(unit), str(sum(kinds.values())), what)
    if len(ordered) > MOST_QUEUES:
        table.caption = f"另有 {len(ordered) - MOST_QUEUES} 个单位 / and {len(ordered) - MOST_QUEUES} more units"
    return table


def _unit_name(unit: str) -> str:
    kind, _, place = unit.partition("@")
    return f"{region_names().get(place, place)} {label_zh(UnitKind, kind)}"


def _indicators(figures: Figures) -> Table:
    columns = ("指标 / indicator", "年 / year", "地区 / region", "分子/分母", "值 / value", "状态 / status")
    table = _table("指标 / Indicators", *columns, right=(3, 4))
    for one in figures["indicators"]:
        if not one["denominator"]:
            continue
        value = "–" if one["value"] is None else f"{one['value']:g}{'%' if one['kind'] == 'share' else ''}"
        place = f"{region_names().get(one['region'], one['region'])} {one['region']}"
        share = f"{one['numerator']}/{one['denominator']}"
        table.add_row(f"{one['title_zh']} / {one['title_en']}", str(one["year"]), place, share, value, one["status"])
    return table


def _release(city: str, release: Figures) -> Table:
    """A city's year in short: the first numbers that have a value, and how many cells have none and why."""
    title = f"{region_names()[city]} {PERIOD}年监测表（第{release['edition']}版）/ the year's table"
    table = _table(title, "指标 / number", "单位 / unit", "当年值 / value", "分子/分母", "状态 / status", right=(2, 3))
    shown = [one for one in release["numbers"] if one["value"] is not None]
    for one in [one for one in shown if one["part"] == "main" and one["value"]][:MOST_NUMBERS]:
        parts = "/".join(str(one[part]) for part in ("numerator", "denominator") if one[part] is not None)
        table.add_row(one["title_zh"], one["unit_zh"], f"{one['value']:g}", parts, label_zh(CellStatus, one["status"]))
    statuses = "，".join(f"{label_zh(CellStatus, name)} {n}" for name, n in release["statuses"].items() if n)
    table.caption = (
        f"全市指标 {len(release['numbers'])} 项，有数 {len(shown)} 项 / numbers of the city, with a value；"
        f"全部单元格 / all cells: {statuses}"
    )
    return table


def _stories(figures: Figures) -> Table:
    table = _table("故事 / Stories", "故事 / story", "案件经过 / the way of its cases")
    for story in figures["stories"]:
        source = f"（{story['published']}）" if story["published"] else ""
        table.add_row(f"{story['title']}{source}", "\n".join(_ways(story["cases"])))
    return table


def _ways(cases: Iterable[Mapping[str, Any]]) -> list[str]:
    return [
        f"{one['workflow']}{'（' + one['relation'] + '）' if one['relation'] else ''}: " + " → ".join(one["path"])
        for one in cases
    ]


def _bar(*parts: tuple[int, str], whole: int) -> Text:
    """A bar of so many cells; every part that is not zero has at least one."""
    bar = Text()
    for number, colour in parts:
        cells = max(1, round(number / whole * BAR_CELLS)) if number else 0
        bar.append("█" * cells, style=colour)
    return bar
