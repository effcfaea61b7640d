"""What `liandong workflow` prints and writes."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from contracts.regions import region_names
from services.casework.upkeep import Change
from workflows.draw import draw
from workflows.loader import HERE, Workflows
from workflows.paths import worst_case
from workflows.policy import Policy

FOLDER: Final = HERE.parent / "docs" / "workflows"
REGION: Final = "000000"
DAY: Final = date(2026, 7, 1)
"""The pages show the national rules as they are in force on this day, so that they change with the files alone."""

README: Final = HERE.parent / "README.md"
CITIES: Final = ("330382", "330300", "330800", "371500", "520300")
"""Those of the five plans; 乐清 is a part of 温州."""

_MADE: Final = re.compile(r"(<!-- made by `liandong workflow pages` -->\n).*?(<!-- end -->)", re.DOTALL)


def of_workflows(workflows: Workflows) -> dict[str, str]:
    """The page of every workflow in its newest version, by file name."""
    newest = {w.definition.workflow: workflows.get(w.definition.workflow) for w in workflows}
    return {f"{name}.md": draw(workflow, REGION, DAY) for name, workflow in sorted(newest.items())}


def into_readme(workflows: Workflows, readme: Path = README) -> str:
    """The README with its table of workflows and cities as it should be."""
    table = "\n".join([*_workflow_table(workflows), "", *_city_table(workflows), ""])
    return _MADE.sub(lambda found: found[1] + table + found[2], readme.read_text(encoding="utf-8"))


def _workflow_table(workflows: Workflows) -> Iterator[str]:
    """Every workflow in its newest version, and who leads it where a plan says so."""
    yield from _head("流程 / workflow", "版本", "状态 / 转移", "最长 / worst case", *map(_name, CITIES))
    for name in sorted({one.definition.workflow for one in workflows}):
        workflow = workflows.get(name)
        definition, worst = workflow.definition, worst_case(workflow.definition, workflow.policy)
        led = (_leads(workflow.policy, city, name) for city in CITIES)
        page = f"[{definition.title}](docs/workflows/{name}.md) `{name}`"
        size = f"{len(definition.states)} / {len(definition.actions)}"
        yield _row(page, f"v{definition.version}", size, f"{worst.days:.0f} 日", *led)


def _leads(policy: Policy, city: str, workflow: str) -> str:
    row = policy.table("leads", city).get(workflow)
    return "、".join(policy.term(city, unit) for unit in row.units) if row else "–"


def _city_table(workflows: Workflows) -> Iterator[str]:
    """What the pack of every city says beside the national one."""
    policy = next(iter(workflows)).policy
    yield from _head("政策包 / pack", *map(_name, CITIES))
    for state, title in (("on", "已启用 / on"), ("pilot", "探索、试点 / pilot")):
        tables = (policy.table("features", city).values() for city in CITIES)
        yield _row(title, *("、".join(row.title for row in rows if row.state == state) or "–" for rows in tables))
    words = ([word for key, word in policy.table("terms", city).items() if word] for city in CITIES)
    yield _row("本地用语 / local words", *("、".join(found) or "–" for found in words))
    lines = (policy.table("hotlines", city) for city in CITIES)
    yield _row("热线 / hotlines", *("、".join(sorted(found)) for found in lines))


def _name(city: str) -> str:
    return region_names()[city]


def _head(*columns: str) -> Iterator[str]:
    yield _row(*columns)
    yield _row(*("---" for _ in columns))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def of_check(workflows: Workflows) -> Iterator[str]:
    for workflow in workflows:
        definition = workflow.definition
        worst = worst_case(definition, workflow.policy)
        guards = {guard for row in definition.actions for guard in row.guards}
        yield f"{definition.workflow} v{definition.version}  {definition.title}"
        yield (
            f"  状态 {len(definition.states)}，转移 {len(definition.actions)}，守卫 {len(guards)} / "
            "states, rows, guards"
        )
        yield f"  最长 {worst.days:.0f} 日 / worst case in days: {' → '.join(worst.path)}"
        if worst.open_ended:
            yield f"  其中无期限 / no limit in: {'、'.join(worst.open_ended)}"


def of_change(change: Change) -> Iterator[str]:
    before, after = change.before, change.after
    version = f"v{before.definition_version} → v{after.definition_version}"
    yield f"{before.case_id}  {before.workflow} {version}  {before.state} → {after.state}  {after.accountable}"
    for word, rules in (
        ("保留 / kept", change.kept),
        ("新起 / started", change.started),
        ("取消 / cancelled", change.cancelled),
    ):
        if rules and before.definition_version != after.definition_version:
            yield f"  期限{word}: {', '.join(rules)}"
    for rule, effect in change.moved:
        yield f"  {rule}: {effect.was_due_at:%Y-%m-%d %H:%M} → {effect.due_at:%Y-%m-%d %H:%M}"
