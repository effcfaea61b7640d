"""Reports, hotline and monitoring: formulas of reports.yaml."""

from collections.abc import Iterator

from tests.oracle.dv import report_of
from tests.oracle.log import Case, Log, Step, kind_of, named, within_days, within_hours
from tests.oracle.tally import (
    Anchor,
    Settings,
    count,
    coverage,
    days_after,
    different,
    hours_after,
    part,
    share,
)

# -- mandatory-report-system ------------------------------------------------------------------------------------------


def of_minors(log: Log, *workflows: str) -> Iterator[Case]:
    return (case for case in log.of(*workflows) if case.persons("victim", minor=True))


def reports_of_harm(log: Log) -> Iterator[Step]:
    return (step for case in of_minors(log, "mandatory_report") for step in case.all("report.submitted"))


@part("mandatory-report-system", "main", count)
def reports(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_harm(log):
        yield Anchor(step["report_id"], step, by=("reporter_category",))


@part("mandatory-report-system", "timeliness", share)
def in_time(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_harm(log):
        if step.knows("delay_minutes"):
            counted = step["delay_minutes"] <= 60 * settings.of(step)["T"]
            yield Anchor(step["report_id"], step, counted, by=("reporter_category",))


@part("mandatory-report-system", "completeness", share)
def complete(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_harm(log):
        if step["under_duty"] is True:
            yield Anchor(step["report_id"], step, by=("reporter_category",))
    for case in of_minors(log, "mandatory_report", "bullying", "omission"):
        for step in case.all("report.omitted"):
            yield Anchor(report_of(step), step, False, by=("reporter_category",))


# -- village-level-reporting ------------------------------------------------------------------------------------------


def with_child(log: Log) -> Iterator[Case]:
    return (case for case in log.of("mandatory_report", "child_referral") if case.children)


def reports_of_villages(log: Log) -> Iterator[Step]:
    for case in with_child(log):
        for step in case.all("report.submitted"):
            if step.says("reporter_category", "village_committee") or kind_of(step.unit) == "village-committee":
                yield step


@part("village-level-reporting", "main", count)
def village_reports(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_villages(log):
        yield Anchor(step["report_id"], step, by=("reporter_category", "workflow"))


@part("village-level-reporting", "verification", share)
def verified(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_villages(log):
        limit = settings.of(step)["T"]
        answers = within_hours(step, limit, step.case.all("report.verified"))
        yield Anchor(step["report_id"], step, bool(answers), hours_after(step, limit))


@part("village-level-reporting", "timeliness", share)
def villages_in_time(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_villages(log):
        if step.knows("delay_minutes"):
            yield Anchor(step["report_id"], step, step["delay_minutes"] <= 60 * settings.of(step)["T1"])


# -- child-hotline ----------------------------------------------------------------------------------------------------


def from_line(log: Log) -> Iterator[Step]:
    for case in with_child(log):
        yield from (step for step in case.all("case.opened") if step.says("reported_via", "child_line"))


@part("child-hotline", "main", coverage("counties"))
def counties(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in from_line(log):
        yield Anchor(step.region[:6], step)


@part("child-hotline", "cases", count)
def hotline_cases(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in from_line(log):
        yield Anchor(step.case.id, step, by=("workflow",))


@part("child-hotline", "accepted", share)
def hotline_accepted(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in from_line(log):
        limit = settings.of(step)["T"]
        answers = within_hours(step, limit, step.case.all("case.taken_up"))
        yield Anchor(step.case.id, step, bool(answers), hours_after(step, limit))


# -- high-risk-family-screening ---------------------------------------------------------------------------------------


def found_by_visit(log: Log) -> Iterator[Step]:
    for case in with_child(log):
        yield from (step for step in case.all("case.opened") if step.says("reported_via", "visit"))


@part("high-risk-family-screening", "main", count)
def found(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in found_by_visit(log):
        yield Anchor(step.case.id, step, by=("reporter_category", "workflow"))


@part("high-risk-family-screening", "assessed", share)
def assessed(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in found_by_visit(log):
        days, case = settings.of(step)["D"], step.case
        steps = log.also(case, case.children, "child_referral")
        answers = within_days(step, days, named(steps, "guardianship.assessed"))
        yield Anchor(case.id, step, bool(answers), days_after(step, days))


# -- child-harm-monitoring --------------------------------------------------------------------------------------------


def harmed(log: Log) -> Iterator[Step]:
    for case in of_minors(log, "mandatory_report"):
        yield from case.all("case.opened")


def has_all_it_needs(step: Step) -> bool:
    person = any(
        one.sex in ("female", "male") and one.age_years is not None for one in step.case.persons("victim", minor=True)
    )
    return person and step.knows("situation") and step.knows("happened_at") and len(step.region) == 9


@part("child-harm-monitoring", "main", count)
def harm(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in harmed(log):
        yield Anchor(step.case.id, step, by=("reported_via", "situation"))


@part("child-harm-monitoring", "breadth", different("reported_via"))
def channels(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in harmed(log):
        yield Anchor(step.case.id, step)


@part("child-harm-monitoring", "completeness", share)
def harm_complete(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in harmed(log):
        yield Anchor(step.case.id, step, has_all_it_needs(step))
