"""The indicators as data: each formula says who belongs to its cohort in which year, and who of them counts.

The formulas are those of the plans' monitoring indicators. The plans give no time limit; the windows are settings.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from contracts.base import SHANGHAI


class Windows(NamedTuple):
    """How long a step may take to count as in time."""

    report_hours: int = 24
    warning_hours: int = 72
    visit_days: int = 7


class Milestone(NamedTuple):
    """A step of a case, at a place of its log; `unit` is who took it."""

    case_id: UUID
    version: int
    position: int
    name: str
    occurred_at: datetime
    unit: str | None
    dimensions: dict[str, Any]

    @property
    def year(self) -> int:
        """The calendar year of China in which it happened, whenever it was recorded."""
        return self.occurred_at.astimezone(SHANGHAI).year

    @property
    def day(self) -> date:
        return self.occurred_at.astimezone(SHANGHAI).date()


class Profile(NamedTuple):
    """`minor`: the person harmed or in need is under 18. `region` is a county or a township."""

    case_id: UUID
    workflow: str
    region: str
    minor: bool


class Candidate(NamedTuple):
    """A member of a cohort. Its place in the count is sure from `matures_on` on; None means at once."""

    year: int
    member: str
    counts: bool
    dimensions: Mapping[str, Any]
    matures_on: date | None = None


Steps = Mapping[str, list[Milestone]]
"""A case's milestones by name, each list in the order of the log."""

Cohort = Callable[[Steps, Windows], Iterable[Candidate]]


@dataclass(frozen=True, slots=True)
class Formula:
    """One number of an indicator. `waits`: a member is in the denominator only when its window has run out."""

    indicator: str
    part: str
    kind: Literal["share", "count"]
    title_zh: str
    title_en: str
    workflow: str
    cohort: Cohort
    windows: tuple[str, ...] = ()
    breakdown: tuple[str, ...] = ()
    of_minors: bool = False
    waits: bool = False
    version: int = 1

    @property
    def key(self) -> tuple[str, str]:
        return self.indicator, self.part

    def applies(self, profile: Profile) -> bool:
        return profile.workflow == self.workflow and (profile.minor or not self.of_minors)

    def describe(self, candidate: Candidate) -> str:
        """The line of the breakdown that a member is in, as JSON with sorted keys."""
        return json.dumps({name: _word(candidate.dimensions.get(name)) for name in sorted(self.breakdown)})

    def settings(self, windows: Windows) -> dict[str, int]:
        return {name: getattr(windows, name) for name in self.windows}


def by_name(milestones: Iterable[Milestone]) -> Steps:
    ordered = sorted(milestones, key=lambda step: (step.name, step.version, step.position))
    return {name: list(steps) for name, steps in groupby(ordered, key=lambda step: step.name)}


def _word(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


# -- 侵害未成年人案件强制报告 ----------------------------------------------------------------------------------------


def _reports(steps: Steps, _: Windows) -> Iterator[Candidate]:
    for step in _submitted(steps):
        yield Candidate(step.year, _report_id(step), counts=True, dimensions=step.dimensions)


def _timely_reports(steps: Steps, windows: Windows) -> Iterator[Candidate]:
    """Only reports of which it is known when the reporter learned of the harm."""
    for step in _submitted(steps):
        delay = step.dimensions.get("delay_minutes")
        if isinstance(delay, int):
            yield Candidate(step.year, _report_id(step), delay <= windows.report_hours * 60, step.dimensions)


def _reports_and_omissions(steps: Steps, _: Windows) -> Iterator[Candidate]:
    for step in _submitted(steps):
        if step.dimensions.get("under_duty") is True:
            yield Candidate(step.year, _report_id(step), counts=True, dimensions=step.dimensions)
    for step in steps.get("report.omission_found", ()):
        dimensions = {"reporter_category": step.dimensions.get("duty_holder")}
        yield Candidate(step.year, _place(step), counts=False, dimensions=dimensions)


def _submitted(steps: Steps) -> Iterator[Milestone]:
    """Each report once, however often its case speaks of it."""
    yield from {_report_id(step): step for step in reversed(steps.get("report.submitted", []))}.values()


def _report_id(step: Milestone) -> str:
    return str(step.dimensions.get("report_id") or _place(step))


# -- 家庭暴力告诫 --------------------------------------------------------------------------------------------------


def _warned_in_time(steps: Steps, windows: Windows) -> Iterator[Candidate]:
    """Cases found to meet the criteria, and of them those with a letter within the window of the first such finding.

    A case is none of them when that finding had been given up by the time of the decision.
    """
    assessed = _before_decision(steps)
    found = [step for step in assessed if step.dimensions.get("criteria_met")]
    if not found or found[-1] != assessed[-1]:
        return
    first = min(found, key=lambda step: step.occurred_at)
    end = first.occurred_at + timedelta(hours=windows.warning_hours)
    in_time = any(first.occurred_at <= step.occurred_at <= end for step in steps.get("warning.issued", ()))
    matures_on = end.astimezone(SHANGHAI).date() + timedelta(days=1)
    yield Candidate(first.year, "case", in_time, first.dimensions, matures_on)


def _before_decision(steps: Steps) -> list[Milestone]:
    """The assessments that led to the first letter or refusal of a letter; all of them while there is neither."""
    decided = [step[1:3] for name in ("warning.issued", "warning.declined") for step in steps.get(name, ())]
    return [step for step in steps.get("warning.assessed", ()) if not decided or step[1:3] < min(decided)]


def _letters(steps: Steps, _: Windows) -> Iterator[Candidate]:
    for step in steps.get("warning.issued", ()):
        station = step.dimensions.get("station") or step.unit
        yield Candidate(step.year, _place(step), counts=True, dimensions=step.dimensions | {"station": station})


def _refusals(steps: Steps, _: Windows) -> Iterator[Candidate]:
    for step in steps.get("warning.declined", ()):
        yield Candidate(step.year, _place(step), counts=True, dimensions=step.dimensions)


def _visited_in_time(steps: Steps, windows: Windows) -> Iterator[Candidate]:
    """Cases with a letter, and of them those visited within the days; the day of the letter is day zero."""
    limit = timedelta(days=windows.visit_days)
    visited = steps.get("followup.visited", ())
    for year, issued in _by_year(steps.get("warning.issued", ())):
        in_time = any(
            letter.occurred_at <= visit.occurred_at and visit.day <= letter.day + limit
            for letter in issued
            for visit in visited
        )
        first = min(letter.day for letter in issued)
        yield Candidate(year, "case", in_time, issued[0].dimensions, first + limit + timedelta(days=1))


def _by_year(steps: Iterable[Milestone]) -> Iterator[tuple[int, list[Milestone]]]:
    years: dict[int, list[Milestone]] = {}
    for step in steps:
        years.setdefault(step.year, []).append(step)
    yield from sorted(years.items())


def _place(step: Milestone) -> str:
    return f"{step.version}.{step.position}"


_REPORT: Final[dict[str, Any]] = {
    "indicator": "mandatory-report-system",
    "workflow": "mandatory_report",
    "of_minors": True,
    "breakdown": ("reporter_category",),
}
_WARNING: Final[dict[str, Any]] = {"indicator": "dv-warning-issued", "workflow": "dv_warning"}

FORMULAS: Final[tuple[Formula, ...]] = (
    Formula(
        **_REPORT,
        part="count",
        kind="count",
        title_zh="侵害未成年人案件强制报告数",
        title_en="Mandatory reports of harm to minors",
        cohort=_reports,
    ),
    Formula(
        **_REPORT,
        part="timeliness",
        kind="share",
        title_zh="强制报告及时率",
        title_en="Share of reports made in time",
        cohort=_timely_reports,
        windows=("report_hours",),
    ),
    Formula(
        **_REPORT,
        part="completeness",
        kind="share",
        title_zh="强制报告履行率",
        title_en="Reports by bodies under duty, of these and the omissions found",
        cohort=_reports_and_omissions,
    ),
    Formula(
        **_WARNING,
        part="main",
        kind="share",
        title_zh="告诫书应出尽出率",
        title_en="Warning letters issued in time where the criteria are met",
        cohort=_warned_in_time,
        windows=("warning_hours",),
        breakdown=("relation",),
    ),
    Formula(
        **_WARNING,
        part="issued",
        kind="count",
        title_zh="告诫书出具数",
        title_en="Warning letters issued",
        cohort=_letters,
        breakdown=("station", "relation"),
    ),
    Formula(
        **_WARNING,
        part="declined",
        kind="count",
        title_zh="符合条件未出具告诫书数",
        title_en="Warning letters not issued, by reason",
        cohort=_refusals,
        breakdown=("reason_no_letter",),
    ),
    Formula(
        "dv-follow-up-visit",
        part="main",
        kind="share",
        title_zh="家庭暴力案件按期回访率",
        title_en="Visits in time after a warning letter",
        workflow="dv_warning",
        cohort=_visited_in_time,
        windows=("visit_days",),
        breakdown=("relation",),
        waits=True,
    ),
)

BY_KEY: Final = {formula.key: formula for formula in FORMULAS}
