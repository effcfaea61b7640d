"""A definition as a page that a lawyer reads: its states with owner, clocks and law, its transitions, its diagram."""

from collections.abc import Iterator
from datetime import date

from contracts.codes import UnitKind, label_zh
from workflows.conditions import describe
from workflows.definition import ActionSpec, Definition, TaskSpec
from workflows.guards import GUARDS
from workflows.loader import Workflow
from workflows.rules import UNITS_ZH, Rule

_PARTS = {
    "accountable": "责任单位",
    "reporter": "报告单位",
    "actor": "办理单位",
    "any": "任何单位",
    "receiver": "接收单位",
    "returner": "转出单位",
    "timer": "系统计时",
}
_ROLLS = {"breach_only": "末日遇法定休假日的，顺延后方记逾期", "due": "末日遇法定休假日顺延"}
_ACCEPTANCE = {"handshake": "须接收或退回", "duty": "应当接收"}


def draw(workflow: Workflow, region: str, day: date) -> str:
    """Markdown with a Mermaid diagram; deadlines as they are in force on `day` in `region`."""
    definition = workflow.definition
    rules = _Rules(workflow, region, day)
    lines = [f"# {definition.title}（{definition.workflow} v{definition.version}）", "", f"依据：{definition.law}", ""]
    lines += [f"- {note}" for note in definition.notes]
    lines += ["", "## 状态", "", "| 状态 | 名称 | 责任单位 | 期限 | 任务 |", "| --- | --- | --- | --- | --- |"]
    for name, state in definition.states.items():
        clocks = "；".join(rules.short(start.rule) for start in state.deadlines) or state.no_clock or "—"
        tasks = "、".join(_task(definition, task).title for task in state.tasks) or "—"
        lines.append(f"| {state.code} {name} | {state.title} | {_part(state.owner)} | {clocks} | {tasks} |")
    lines += ["", "## 转移", "", "| 从 | 办理 | 由谁 | 到 | 条件 |", "| --- | --- | --- | --- | --- |"]
    lines += [_row(definition, action) for action in definition.actions]
    lines += ["", "## 任务", "", "| 任务 | 单位 | 期限 | 办法 |", "| --- | --- | --- | --- |"]
    lines += [_task_row(rules, name, task) for name, task in definition.tasks.items()]
    lines += ["", "## 期限", "", "| 期限 | 时长 | 类别 | 依据 | 逾期报 |", "| --- | --- | --- | --- | --- |"]
    lines += [_rule_row(rule) for rule in rules.used()]
    return "\n".join([*lines, "", "## 流程图", "", "```mermaid", *_diagram(definition), "```", ""])


class _Rules:
    """The rules of a workflow as they are on one day in one region."""

    def __init__(self, workflow: Workflow, region: str, day: date) -> None:
        self._workflow, self._region, self._day = workflow, region, day

    def find(self, rule_id: str) -> list[Rule]:
        """The rule for minors and the one for adults, once if they are the same."""
        find = self._workflow.policy.find_rule
        found = (find(rule_id, self._region, self._day, minor=minor) for minor in (True, False))
        return list(dict.fromkeys(rule for rule in found if rule))

    def short(self, rule_id: str) -> str:
        return "；".join(f"{rule.title} {_length(rule)}{_band(rule)}" for rule in self.find(rule_id))

    def used(self) -> Iterator[Rule]:
        definition = self._workflow.definition
        ids = [start.rule for spec in definition.opens for start in spec.starts]
        ids += [start.rule for state in definition.states.values() for start in state.deadlines]
        ids += [start.rule for action in definition.actions for start in action.starts]
        ids += [rule for task in definition.tasks.values() for rule in (task.answer, task.deadline) if rule]
        for rule_id in dict.fromkeys(ids):
            yield from self.find(rule_id)


def _length(rule: Rule) -> str:
    return f"立即（平台 {rule.value} 分钟提醒）" if rule.unit == "immediate" else f"{rule.value} {UNITS_ZH[rule.unit]}"


def _band(rule: Rule) -> str:
    return {"minor": "（未成年人）", "adult": "（成年人）", "any": ""}[rule.applies_to]


def _rule_row(rule: Rule) -> str:
    ladder = "、".join(f"{_part(step.unit)}（{step.after_hours} 小时后）" for step in rule.ladder) or "—"
    extras = [_ROLLS.get(rule.roll or "", ""), "期间届满，不计逾期" if rule.term else ""]
    extras += [f"届满前 {'、'.join(map(str, rule.remind_days))} 日提醒" if rule.remind_days else ""]
    length = "，".join([_length(rule), *filter(None, extras)])
    return f"| {rule.title}{_band(rule)} | {length} | {rule.law_class} | {rule.article} | {ladder} |"


def _part(key: str) -> str:
    return _PARTS.get(key) or label_zh(UnitKind, key)


def _task(definition: Definition, kind: str) -> TaskSpec:
    found = definition.find_task(kind)
    assert found is not None, "the proofs know every task"
    return found


def _row(definition: Definition, action: ActionSpec) -> str:
    sources = "任一未结状态" if action.source == ("any",) else "、".join(action.source)
    by = "系统计时" if action.timer else "、".join(map(_part, action.by))
    target = {None: "（不变）", "origin": "（回到原状态）"}.get(action.to, action.to)
    conditions = [*describe(definition, action), *(GUARDS[name].zh for name in action.guards)]
    return f"| {sources} | {action.title}（{action.name}） | {by} | {target} | {'；'.join(conditions) or '—'} |"


def _task_row(rules: _Rules, name: str, task: TaskSpec) -> str:
    clocks = "；".join(rules.short(rule) for rule in (task.answer, task.deadline) if rule) or "—"
    how = [_ACCEPTANCE[task.acceptance]] if task.acceptance else []
    how += ["告知，凭送达凭证办结"] if task.template else []
    how += [f"无人答复转{_part(task.reroute)}"] if task.reroute else []
    how += ["每份报告一件"] if task.per_report else []
    return f"| {task.title}（{name}） | {_part(task.unit)} | {clocks} | {'，'.join(how) or '—'} |"


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
    for waiting in definition.join.renews:
        for opened in dict.fromkeys(spec.state for spec in definition.opens):
            yield f"    {waiting} --> {opened}: 收到下一份报告"
    for name, state in definition.states.items():
        if state.final:
            yield f"    {name} --> [*]"
