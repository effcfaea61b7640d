"""Guardianship, families and visits: formulas of children.yaml."""

from collections.abc import Iterable, Iterator, Sequence

from contracts.cases import Subject
from tests.oracle.children import REFERRED, THREE, VICTIM_CHILD, with_child
from tests.oracle.dv import POLICE, given, in_family
from tests.oracle.log import (
    Case,
    Log,
    Step,
    before_closing,
    by_31_march,
    first,
    march_31_after,
    named,
    within_days,
    within_hours,
)
from tests.oracle.tally import (
    Anchor,
    Rule,
    Settings,
    count,
    coverage,
    days_after,
    hours_after,
    part,
    share,
)

CHECKS = ("followup.visited", "guardianship.assessed")


def of_children(log: Log, *workflows: str) -> Iterator[tuple[Case, Subject]]:
    return ((case, person) for case in with_child(log, *workflows) for person in case.children)


# -- guardianship-risk-assessment -------------------------------------------------------------------------------------


@part("guardianship-risk-assessment", "main", share)
def risk_assessed(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case, person in of_children(log, *REFERRED):
        for step in first(case.all("case.taken_up")):
            days = settings.of(step)["D"]
            steps = log.seen(person.pseudonym, VICTIM_CHILD, *REFERRED)
            known = [one for one in named(steps, "guardianship.assessed") if one.knows("risk_level")]
            answers = within_days(step, days, known)
            yield Anchor(person.pseudonym, step, bool(answers), days_after(step, days), by=("workflow",))


@part("guardianship-risk-assessment", "high_risk", share)
def high_risk(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in with_child(log, "child_referral"):
        for step in case.all("guardianship.assessed"):
            if step.says("risk_level", "high"):
                days = settings.of(step)["D2"]
                steps = log.also(case, case.children, "guardianship", "family_education")
                answers = within_days(step, days, named(steps, "guardianship.intervened", "followup.visited"))
                yield Anchor(step, step, bool(answers), days_after(step, days))


# -- guardianship-check-yearly ----------------------------------------------------------------------------------------

WITHOUT_CARE = ("orphan", "de_facto_unattended")
AT_HOME = ("child_referral", "hardship")


def is_without_care(steps: Sequence[Step]) -> bool:
    recognised = any(step.says("recognised_as", *WITHOUT_CARE) for step in named(steps, "child.recognised"))
    opened = [step for step in named(steps, "case.opened") if step.case.workflow == "child_referral"]
    return recognised or any(step.says("hardships", *WITHOUT_CARE) for step in opened)


def without_care(log: Log) -> Iterator[tuple[Case, Subject, list[Step]]]:
    for case, person in of_children(log, *AT_HOME):
        steps = log.seen(person.pseudonym, VICTIM_CHILD, *AT_HOME)
        if is_without_care(steps):
            yield case, person, steps


@part("guardianship-check-yearly", "main", coverage("roster_orphans"))
def checked_twice(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case, person, steps in without_care(log):
        for step in case.all("guardianship.assessed"):
            checks = named(steps, "guardianship.assessed")
            days = {one.day for one in checks if one.day.year == step.day.year}
            yield Anchor(person.pseudonym, step, len(days) >= 2)


@part("guardianship-check-yearly", "checks", coverage("roster_orphans", times=1))
def checks(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in with_child(log, *AT_HOME):
        if is_without_care(log.also(case, case.children, *AT_HOME)):
            for step in case.all("guardianship.assessed"):
                yield Anchor(step, step)


# -- care by others ---------------------------------------------------------------------------------------------------


def is_unattended(step: Step) -> bool:
    return step.says("situation", "mr6") or step.says("situations", "mr6") or step.says("hardships", "no_guardian")


@part("temporary-guardianship", "main", share)
def taken_in(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case, person in of_children(log, *REFERRED):
        for step in filter(is_unattended, case.all("case.opened", "report.submitted")):
            limit = settings.of(step)["T"]
            steps = log.seen(person.pseudonym, VICTIM_CHILD, *REFERRED)
            answers = within_hours(step, limit, named(steps, "temporary_guardianship.started"))
            yield Anchor(person.pseudonym, step, bool(answers), hours_after(step, limit))


@part("state-guardianship", "main", share)
def state_guardianship(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case, person in of_children(log, "child_referral"):
        for step in case.all("guardianship.assessed"):
            if step["state_guardianship_required"] is True:
                days = settings.of(step)["D"]
                steps = named(
                    log.seen(person.pseudonym, VICTIM_CHILD, "child_referral", also=["guardianship"]), *INTERVENED
                )
                taken = [one for one in steps if one.says("kind", "state_guardianship")]
                yield Anchor(person.pseudonym, step, bool(within_days(step, days, taken)), days_after(step, days))


INTERVENED = ("guardianship.intervened",)


# -- guardian-infringement-handling -----------------------------------------------------------------------------------

MEASURES = ("guardianship.intervened", "warning.issued", "temporary_guardianship.started")


def by_guardian(step: Step) -> bool:
    if step.case.workflow == "mandatory_report":
        return step.says("suspect_relation", "parent", "step_parent", "other_guardian")
    return step.says("relation", "parent", "step_parent", "guardianship", "foster")


def is_measure(step: Step) -> bool:
    passed_on = step.name == "referral.sent" and step.says("to_unit.kind", *POLICE, "procuratorate", "court")
    return step.name in MEASURES or passed_on


@part("guardian-infringement-handling", "main", share)
def acted_on(log: Log, settings: Settings) -> Iterator[Anchor]:
    others = ("child_referral", "guardianship", "family_education")
    for case in log.of("mandatory_report", "dv_warning"):
        minors = case.persons("victim", minor=True)
        for step in filter(by_guardian, case.all("case.substantiated") if minors else ()):
            measures = filter(is_measure, log.also(case, minors, *others))
            prosecuted = case.all("state.prosecution", "state.criminal")
            counted = bool(before_closing(step, measures) or prosecuted)
            yield Anchor(case.id, step, counted, by=("workflow",))


# -- courts -----------------------------------------------------------------------------------------------------------


def intervened(workflow: str, kind: str) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for case in log.of(workflow):
            for step in case.all("guardianship.intervened"):
                if step.says("kind", kind):
                    yield Anchor(case.id, step)

    return rule


part("guardianship-revocation", "main", count)(intervened("guardianship", "revocation"))
part("guardianship-revocation", "applied", count)(intervened("guardianship", "revocation_applied"))
part("guardianship-supervision-order", "main", count)(intervened("family_education", "supervision_order"))


# -- family-education-guidance ----------------------------------------------------------------------------------------


@part("family-education-guidance", "main", share)
def guided(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case, person in of_children(log, *THREE):
        for step in first(case.all("case.taken_up")):
            steps = log.seen(person.pseudonym, VICTIM_CHILD, *THREE, also=["family_education"])
            guidance = given(steps, "family_education")
            counted = bool(before_closing(step, guidance) or by_31_march(step, guidance))
            yield Anchor(person.pseudonym, step, counted, march_31_after(step))


@part("family-education-guidance", "sessions", count)
def sessions(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in with_child(log, *THREE, "family_education"):
        for step in given(case.steps, "family_education"):
            yield Anchor(step, step)


# -- priority-child-monitoring ----------------------------------------------------------------------------------------

PRIORITY = ("child_referral", "mandatory_report", "dv_warning", "hardship")


def violated(cases: Iterable[tuple[Case, Subject]]) -> Iterator[tuple[Subject, Step]]:
    for case, person in cases:
        for step in case.all("case.substantiated"):
            if case.workflow == "dv_warning" or in_family(step):
                yield person, step


@part("priority-child-monitoring", "violence", share)
def violence(log: Log, settings: Settings) -> Iterator[Anchor]:
    for person, step in violated(of_children(log, "dv_warning", "mandatory_report")):
        steps = log.seen(person.pseudonym, VICTIM_CHILD, "dv_warning", "mandatory_report", also=["child_referral"])
        checked = any(one.day.year == step.day.year for one in named(steps, *CHECKS))
        yield Anchor(person.pseudonym, step, checked)


def is_priority(log: Log, person: Subject) -> bool:
    steps = log.seen(person.pseudonym, VICTIM_CHILD, *PRIORITY)
    known = any(step.knows("hardships") for step in named(steps, "case.opened"))
    return known or bool(named(steps, "child.recognised"))


def in_either_role(log: Log) -> Iterator[tuple[Case, Subject]]:
    for case in log.of("dv_warning", "mandatory_report"):
        for person in case.persons(*VICTIM_CHILD):
            yield case, person


@part("priority-child-monitoring", "main", coverage("priority_children", plus="violence"))
def monitored(log: Log, settings: Settings) -> Iterator[Anchor]:
    members = {(person.pseudonym, step.day.year) for person, step in violated(in_either_role(log))}
    for case, person in of_children(log, *PRIORITY):
        for step in case.all(*CHECKS):
            if is_priority(log, person) or (person.pseudonym, step.day.year) in members:
                yield Anchor(person.pseudonym, step)
