"""The stories told in every demonstration: invented ones, and published typical cases in their own order of events."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from pydantic import Field

from contracts.base import SHANGHAI, Contract
from contracts.cases import Scalar

WEEK: Final = datetime(2026, 1, 5, tzinfo=SHANGHAI)
"""Monday of the demonstrated week, at midnight in Shanghai."""


class Step(Contract):
    """What a unit does in a state. `after`: hours in it; `day`: not before this day of the story, 09:00."""

    do: str
    after: float | None = None
    day: int | None = None
    unless: str | None = None
    by: str | None = None
    set: dict[str, Scalar] = Field(default_factory=dict)


Script = Mapping[str, Step | tuple[Step, ...]]
"""By state, task or what else is done. Several steps in one state are taken one after the other."""


class ToldReport(Contract):
    """One report of a story. `at` is day and time of the story, such as 2T10:40.

    `roles`: who of the cast is in it, and as what; without it everybody is, as the cast calls them.
    """

    at: str
    by: str
    like: str
    category: str | None = None
    incident: str = "a"
    set: dict[str, Any] = Field(default_factory=dict)
    roles: dict[str, str] = Field(default_factory=dict)
    steps: dict[str, Step | tuple[Step, ...]] = Field(default_factory=dict)


class PublishedEvent(Contract):
    """An event of a typical case as it was published; `does` is the step of this system, if it has one."""

    t: str
    by: str
    what: str
    does: str | None = None


class Story(Contract):
    name: str
    title: str
    begins: int = 1
    cast: dict[str, str]
    reports: tuple[ToldReport, ...]
    authority: str | None = None
    published: str | None = None
    events: tuple[PublishedEvent, ...] = ()

    @property
    def first_day(self) -> datetime:
        """Midnight of day 1."""
        return WEEK + timedelta(days=self.begins - 1)

    def moment(self, text: str) -> datetime:
        """A day and time of the story."""
        day, _, clock = text.partition("T")
        hours, _, minutes = clock.partition(":")
        return self.first_day + timedelta(days=int(day) - 1, hours=int(hours), minutes=int(minutes))


@cache
def stories() -> tuple[Story, ...]:
    """All of them, the invented first."""
    return tuple(
        Story.model_validate(entry, strict=False)
        for name in ("stories.yaml", "typical_cases.yaml")
        for entry in yaml.safe_load(files("deploy.demo").joinpath(f"data/{name}").read_text(encoding="utf-8"))
    )
