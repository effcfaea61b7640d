"""What one decision costs: `python -m tests.benchmarks.decide`.

The shipped definitions and the triggers of the golden histories, which are whole cases: reports, actions, refusals as
they happen, proofs, alarms. Each trigger is decided again and again on the case as it was then. One core.
"""

import time
from collections import defaultdict
from datetime import datetime

from rich.console import Console
from rich.table import Table

from tests.unit import stories
from tests.unit.golden import STORIES
from workflows.engine import advance
from workflows.loader import Workflow, load_workflows
from workflows.model import Case, evolve
from workflows.triggers import Trigger

ROUNDS = 30

Given = tuple[Workflow, Case | None, Trigger, datetime]


def measure() -> Table:
    given = record()
    table = Table("trigger", "number", "effects", "µs per trigger", "µs to fold it again")
    of_kind: defaultdict[str, list[Given]] = defaultdict(list)
    for item in given:
        of_kind[type(item[2]).__name__].append(item)
    for kind, items in [*sorted(of_kind.items()), ("all", given)]:
        row = _measure(items)
        table.add_row(kind, str(len(items)), *(f"{value:.1f}" for value in row))
    return table


def record() -> list[Given]:
    """Every trigger of the golden histories, with the case as it was."""
    given: list[Given] = []
    send = stories.Story.send

    def keep(story: stories.Story, trigger: Trigger) -> object:
        given.append((story.workflow, story.case, trigger, story.now))
        return send(story, trigger)

    stories.Story.send = keep  # type: ignore[assignment, method-assign]
    try:
        for tell in STORIES:
            tell()
    finally:
        stories.Story.send = send  # type: ignore[method-assign]
    return given


def _measure(items: list[Given]) -> tuple[float, float, float]:
    """Effects, microseconds to decide, microseconds to fold; the best of the rounds, on average of a trigger."""
    made = [(item[1], result[0]) for item in items if isinstance(result := advance(*item), tuple)]
    effects = sum(len(fact.effects) for _, fact in made) / len(items)
    decided = folded = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for workflow, case, trigger, now in items:
            advance(workflow, case, trigger, now)
        decided = min(decided, time.process_time() - started)
        started = time.process_time()
        for before, fact in made:
            evolve(before, fact)
        folded = min(folded, time.process_time() - started)
    return effects, decided / len(items) * 1e6, folded / len(items) * 1e6


def measure_loading() -> float:
    """Seconds to load and prove every definition and pack."""
    started = time.process_time()
    load_workflows()
    return time.process_time() - started


if __name__ == "__main__":
    console = Console()
    console.print(measure())
    console.print(f"loading and proving everything: {measure_loading() * 1000:.0f} ms")
