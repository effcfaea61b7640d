"""A row of a workflow's table as a test: begin, act, and see the state, who is accountable and which clocks run."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.unit.stories import Story

Fields = Callable[[Story], dict[str, Any]]


class Row(NamedTuple):
    begin: Callable[[], Story]
    action: str
    unit: str
    fields: dict[str, Any] | Fields
    state: str
    accountable: str
    rules: set[str]


class Refusal(NamedTuple):
    begin: Callable[[], Story]
    action: str
    unit: str
    fields: dict[str, Any] | Fields
    code: str


def given(story: Story, fields: dict[str, Any] | Fields) -> dict[str, Any]:
    return fields(story) if callable(fields) else fields


def take(row: Row) -> Story:
    """The clocks are those of the case; the tasks have their own."""
    story = row.begin()
    story.act(row.action, row.unit, **given(story, row.fields))
    clocks = {c.deadline.rule for c in story.is_.clocks.values() if c.deadline.task_id is None}
    assert (story.is_.state, story.is_.accountable, clocks) == (row.state, row.accountable, row.rules)
    return story


def refuse(row: Refusal) -> str:
    """What the refusal says, in Chinese."""
    story = row.begin()
    refusal = story.refused(row.action, row.unit, **given(story, row.fields))
    assert refusal.code == row.code
    return refusal.zh
