"""What `liandong workflow` prints and writes."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from services.casework.upkeep import Change
from workflows.draw import draw
from workflows.loader import HERE, Workflows
from workflows.paths import worst_case

FOLDER: Final = HERE.parent / "docs" / "workflows"
REGION: Final = "000000"
DAY: Final = date(2026, 7, 1)
"""The pages show the national rules as they are in force on this day, so that they change with the files alone."""


def of_workflows(workflows: Workflows) -> dict[str, str]:
    """The page of every workflow in its newest version, by file name."""
    newest = {w.definition.workflow: workflows.get(w.definition.workflow) for w in workflows}
    return {f"{name}.md": draw(workflow, REGION, DAY) for name, workflow in sorted(newest.items())}


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
