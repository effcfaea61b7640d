"""A definition as a page that a lawyer reads: its states with owner, clocks and law, its transitions, its diagram."""

from collections.abc import Iterator
from datetime import date

from contracts.codes import UnitKind, label_zh
from workflows.definition import ActionSpec, Definition, StartSpec
from workflows.loader import Workflow
from workflows.rules import Rule, period_zh

_PARTS = {
    "accountable": "责任单位",
    "reporter": "报告单位",
    "any": "任何单位",
    "receiver": "接收单位",
    "timer": "系统计时",
}


def draw(workflow: Workflow, region: str, day: date) -> str:
    """Markdown with a Mermaid diagram; deadlines as they are in force on `day` in `region`."""
    definition = workflow.definition
    lines = [f"# {definition.title}（{definition.workflow} v{definition.version}）", "", f"依据：{definition.law}", ""]
    lines += [f"- {note}" for note in definition.notes]
    lines += ["", "| 状态 | 名称 | 责任单位 | 期限 | 任务 |", "| --- | --- | --- | --- | --- |"]
    for name, state in definition.states.items():
        clocks = "；".join(_clocks(workflow, state.deadlines, region, day)) or state.no_clock or "—"
        tasks = "、".join(definition.tasks[task].title for task in state.tasks) or "—"
        lines.append(f"| {state.code} {name} | {state.title} | {_part(state.owner)} | {clocks} | {tasks} |")
    lines += ["", "| 从 | 办理 | 由谁 | 到 | 条件 |", "| --- | --- | --- | --- | --- |"]
    lines += [_row(action) for action in definition.actions]
    return "\n".join([*lines, "", "```mermaid", *_diagram(definition), "```", ""])


def _part(key: str) -> str:
    return _PARTS.get(key) or label_zh(UnitKind, key)


def _clocks(workflow: Workflow, specs: tuple[StartSpec, ...], region: str, day: date) -> Iterator[str]:
    for spec in specs:
        found = (workflow.policy.find_rule(spec.rule, region, day, minor=minor) for minor in (True, False))
        for rule in dict.fromkeys(rule for rule in found if rule):
            yield _clock(rule)


def _clock(rule: Rule) -> str:
    band = {"minor": "，未成年人", "adult": "，成年人", "any": ""}[rule.applies_to]
    return f"{rule.title} {period_zh(rule.value, rule.unit)}（{rule.law_class}{band}，{rule.article}）"


def _row(action: ActionSpec) -> str:
    sources = "任一未结状态" if action.source == ("any",) else "、".join(action.source)
    by = "系统计时" if action.timer else "、".join(map(_part, action.by))
    target = {None: "（不变）", "origin": "（回到原状态）"}.get(action.to, action.to)
    guards = "、".join(action.guards) or "—"
    return f"| {sources} | {action.title}（{action.name}） | {by} | {target} | {guards} |"


def _diagram(definition: Definition) -> Iterator[str]:
    yield "stateDiagram-v2"
    for name, state in definition.states.items():
        yield f"    {name}: {state.code} {state.title}"
    for opened in dict.fromkeys(spec.state for spec in definition.opens):
        yield f"    [*] --> {opened}"
    for action in definition.actions:
        for source in definition.sources(action):
            if action.to and action.to != "origin":
                yield f"    {source} --> {action.to}: {action.title}"
    for name, state in definition.states.items():
        if state.final:
            yield f"    {name} --> [*]"
