"""Golden histories: whole cases told fact by fact, kept as text so that a change of law or engine is seen in review.

To accept a change, run with LIANDONG_ACCEPT_HISTORIES=1 and read the difference.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from contracts.cases import Effect, Fact
from tests.unit.golden import STORIES
from tests.unit.stories import Story, loaded
from workflows.coverage import HISTORIES, read_histories, uncovered_rows
from workflows.loader import Workflow
from workflows.model import fold

LEAST_COVERED = 1.0
"""The share of the rows of every table, superseded versions too, that some golden history takes."""


def render(log: list[Fact], said: Sequence[tuple[int, str]] = ()) -> str:
    lines = []
    for place, fact in enumerate(log):
        lines += [f"# {text}" for at, text in said if at == place]
        lines.append(f"{fact.version:>3} {fact.decided_at:%Y-%m-%d %H:%M} {fact.trigger} ({fact.unit or 'clock'})")
        lines += [f"      {effect_line(effect)}" for effect in fact.effects]
    return "\n".join(lines) + "\n"


def effect_line(effect: Effect) -> str:
    values = json.loads(effect.to_json())
    if "deadline" in values:
        kept = ("deadline_id", "rule", "law_class", "article", "unit", "due_at", "latest_due_at")
        values["deadline"] = {key: values["deadline"][key] for key in kept if key in values["deadline"]}
    return f"{effect.effect}: " + ", ".join(f"{key}={value}" for key, value in values.items() if key != "effect")


@pytest.mark.parametrize("tell", STORIES)
def test_history_is_as_it_was(tell: Callable[[], Story]) -> None:
    file = HISTORIES / f"{tell.__name__}.txt"
    story = tell()
    told = render(story.log, story.said)
    if os.environ.get("LIANDONG_ACCEPT_HISTORIES"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("tell", STORIES)
def test_folding_the_published_log_gives_the_case(tell: Callable[[], Story]) -> None:
    story = tell()
    assert fold(Fact.read(fact.to_json()) for fact in story.log) == story.is_


def test_every_history_is_told() -> None:
    assert {file.stem for file in HISTORIES.glob("*.txt")} == {tell.__name__ for tell in STORIES}


@pytest.mark.parametrize("workflow", list(loaded()), ids=lambda w: f"{w.definition.workflow}-{w.definition.version}")
def test_every_row_of_the_table_is_taken_in_some_history(workflow: Workflow) -> None:
    missed = uncovered_rows(workflow.definition, read_histories(HISTORIES))
    share = 1 - len(missed) / len(workflow.definition.actions)
    assert share >= LEAST_COVERED, [f"{'、'.join(row.source)} {row.name} → {row.to}" for row in missed]


def test_row_nobody_took_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text((HISTORIES / "clean_letter.txt").read_text(encoding="utf-8"), encoding="utf-8")
    missed = uncovered_rows(loaded().get("dv_warning", 1).definition, read_histories(tmp_path))
    assert "file_criminal" in {row.name for row in missed}
    assert "serve" not in {row.name for row in missed}
