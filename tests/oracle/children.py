"""Referral and services of children: formulas of children.yaml (guardianship and families are in guardians.py)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from contracts.cases import Subject
from tests.oracle.dv import RECORDED, each_kind, is_sexual, needing, opened_so
from tests.oracle.log import (
    Case,
    Log,
    Step,
    after,
    by_31_march,
    first,
    kind_of,
    march_31_after,
    named,
    place_of,
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
    hours,
    hours_after,
    hours_to,
    part,
    share,
)

VICTIM_CHILD = ("victim", "child")
REFERRED = ("child_referral", "mandatory_report")
THREE = ("child_referral", "mandatory_report", "dv_warning")


def with_child(log: Log, *workflows: str) -> Iterator[Case]:
    return (case for case in log.of(*workflows) if case.children)


def has(steps: Iterable[Step], *names: str) -> bool:
    return bool(named(steps, *names))


# -- child-protection-chain -------------------------------------------------------------------------------------------

CHAIN = (
    "mandatory_report",
    "child_referral",
    "dv_warning",
    "shelter",
    "bullying",
    "hardship",
    "family_education",
    "guardianship",
)

STAGES: dict[str, Callable[[list[Step]], bool]] = {
    "channel": lambda steps: any(
        step.knows("reported_via", "reporter_category", "opened_as") for step in named(steps, "case.opened")
    ),
    "report": lambda steps: has(steps, "report.submitted"),
    "emergency": lambda steps: has(steps, "emergency.responded", "emergency.not_needed"),
    "services": lambda steps: (
        has(steps, "intervention.not_needed") or (has(steps, "needs.assessed") and has(steps, "service.given"))
    ),
    "guardianship": lambda steps: (
        has(steps, "intervention.not_needed")
        or (has(steps, "guardianship.assessed") and has(steps, "guardianship.intervened"))
    ),
}


def closed(counted: Callable[[list[Step]], bool]) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for case in with_child(log, *REFERRED):
            steps = log.also(case, case.children, *CHAIN)
            for step in case.all("case.closed"):
                yield Anchor(case.id, step, counted(steps))

    return rule


def missing(stage: str) -> Rule:
    return closed(lambda steps: not STAGES[stage](steps))


def hours_between(anchor: str, *answers: str) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for case in with_child(log, *REFERRED):
            for step in case.all(anchor):
                yield Anchor(step, step, hours=hours_to(step, case.all(*answers)))

    return rule


part("child-protection-chain", "main", share)(closed(lambda steps: all(there(steps) for there in STAGES.values())))
for stage in STAGES:
    part("child-protection-chain", f"missing_{stage}", share)(missing(stage))
for name, between in {
    "hours_to_emergency": ("case.opened", "emergency.responded", "emergency.not_needed"),
    "hours_to_needs": ("case.opened", "needs.assessed"),
    "hours_to_guardianship": ("case.opened", "guardianship.assessed"),
    "hours_to_service": ("needs.assessed", "service.given"),
}.items():
    part("child-protection-chain", name, hours)(hours_between(*between))


# -- child-case-timely ------------------------------------------------------------------------------------------------

PASSED_ON = (
    "case.filed",
    "investigation.started",
    "referral.sent",
    "temporary_guardianship.started",
    "intervention.not_needed",
    "warning.assessed",
    "state.verifying",
    "state.penalised",
    "state.criminal",
)


def come_with_child(log: Log) -> Iterator[Step]:
    for case in with_child(log, *THREE):
        yield from (step for step in case.all("case.opened") if not step.says("event_type", RECORDED))


@part("child-case-timely", "main", share)
def timely(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in come_with_child(log):
        its, case = settings.of(step), step.case
        begun = within_hours(step, its["T1"], case.all("case.taken_up"))
        counted = any(within_hours(one, its["T2"], case.all(*PASSED_ON)) for one in begun)
        yield Anchor(case.id, step, counted, hours_after(step, its["T1"] + its["T2"]), by=("workflow",))


@part("child-case-timely", "hours_accepted", hours)
def hours_accepted(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in come_with_child(log):
        yield Anchor(step, step, hours=hours_to(step, step.case.all("case.taken_up")))


@part("child-case-timely", "hours_passed_on", hours)
def hours_passed_on(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in with_child(log, *THREE):
        for step in first(case.all("case.taken_up")):
            yield Anchor(step, step, hours=hours_to(step, step.case.all(*PASSED_ON)))


# -- child-referral-feedback ------------------------------------------------------------------------------------------


@part("child-referral-feedback", "main", share)
def fed_back(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in with_child(log, *REFERRED):
        receiver = "to_unit.kind" if case.workflow == "child_referral" else "new_station.kind"
        sent = case.all("referral.sent")
        for step in sent:
            until = min((later.at for later in sent if later.at > step.at), default=None)
            steps = [one for one in case.steps if until is None or one.at < until]
            its = settings.of(step)
            taken = within_hours(step, its["T1"], named(steps, "referral.acknowledged"))
            answered = within_days(step, its["T2"], named(steps, "referral.feedback"))
            lines = {"unit.kind": step["unit.kind"], "to_unit.kind": step[receiver]}
            yield Anchor(step, step, bool(taken and answered), days_after(step, its["T2"]), lines=lines)


# -- places -----------------------------------------------------------------------------------------------------------


def is_township(place: str) -> bool:
    return len(place) == 9 and place.isdigit()


@part("child-worker-staffing", "main", coverage("villages"))
def villages(log: Log, settings: Settings) -> Iterator[Anchor]:
    for act in log.acts_in(*REFERRED):
        if kind_of(act.unit) == "village-committee":
            yield Anchor((act.unit, act.region[:6]), act, once=act.unit)


@part("child-worker-staffing", "supervisors", coverage("townships"))
def supervisors(log: Log, settings: Settings) -> Iterator[Anchor]:
    for act in log.acts_in(*REFERRED):
        place = place_of(act.unit or "")
        if kind_of(act.unit) == "childrens-supervisor" and is_township(place):
            yield Anchor(place, act, county=place[:6])


@part("child-social-worker-per-township", "main", coverage("townships"))
def social_workers(log: Log, settings: Settings) -> Iterator[Anchor]:
    for act in log.acts_in(*REFERRED):
        if kind_of(act.unit) == "social-work" and is_township(act.region[:9]):
            yield Anchor(act.region[:9], act)


@part("protection-station-coverage", "main", coverage("townships"))
def stations(log: Log, settings: Settings) -> Iterator[Anchor]:
    for act in log.acts_in(*REFERRED):
        place = place_of(act.unit or "")
        if kind_of(act.unit) in ("childrens-supervisor", "child-protection") and is_township(place):
            yield Anchor(place, act, county=place[:6])


# -- services to minor victims ----------------------------------------------------------------------------------------

SIX_NEEDS = ("psychological", "medical", "shelter", "economic_aid", "legal_aid", "school_transfer")
OPENED_AS = ("child_victim", "child_witness", "protection", "bullying")


def of_victims(step: Step) -> bool:
    return (
        step.case.workflow != "child_referral"
        or step.knows("situation", "situations")
        or step.says("opened_as", *OPENED_AS)
    )


@part("child-victim-services", "main", share)
def served(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in with_child(log, *THREE):
        for step in filter(of_victims, case.all("case.opened")):
            for person in case.children:
                steps = log.seen(person.pseudonym, VICTIM_CHILD, *THREE, also=["shelter", "bullying"])
                yield from needing(person, step, SIX_NEEDS, settings.of(step)["D"], steps)


@part("child-victim-services", "services", count)
def services(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in with_child(log, *THREE):
        yield from each_kind(case)


JUDICIAL_AID = (
    "judicial_aid",
    "economic_aid",
    "medical",
    "psychological",
    "shelter",
    "living_aid",
    "temporary_guardianship",
    "school_transfer",
)


@part("minor-judicial-aid", "main", share)
def judicial_aid(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("child_referral"):
        for step in case.all("needs.assessed"):
            for person in case.children if step.says("needs", "judicial_aid") else ():
                steps = log.seen(person.pseudonym, VICTIM_CHILD, "child_referral", also=["mandatory_report"])
                helped = [one for one in named(steps, "service.given") if one.says("kind", *JUDICIAL_AID)]
                yield Anchor(person.pseudonym, step, bool(by_31_march(step, helped)), march_31_after(step))


# -- one-stop-handling ------------------------------------------------------------------------------------------------


def is_grave(step: Step) -> bool:
    return step.says("situation", "mr1", "mr2", "mr3", "mr4", "mr5") or is_sexual(step)


def interviewed_once(victims: Callable[[Case], list[Subject]]) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for case in filter(victims, log.of("mandatory_report")):
            interviews = case.all("interview.completed")
            for step in first(case.all("case.filed")) if interviews and opened_so(case, is_grave) else ():
                yield Anchor(case.id, step, len(interviews) == 1 and interviews[0]["one_stop"] is True)

    return rule


part("one-stop-handling", "main", share)(interviewed_once(lambda case: case.persons("victim", minor=True)))
part("one-stop-handling", "women", share)(interviewed_once(lambda case: case.persons("victim", sex="female")))


# -- violence-against-children ----------------------------------------------------------------------------------------


def proved(log: Log) -> Iterator[tuple[Subject, Step]]:
    for case in log.of("mandatory_report", "dv_warning"):
        for step in case.all("harm.substantiated"):
            yield from ((person, step) for person in case.persons("victim", minor=True))


@part("violence-against-children", "main", count)
def harmed(log: Log, settings: Settings) -> Iterator[Anchor]:
    for person, step in proved(log):
        yield Anchor(person.pseudonym, step, by=("harm", "suspect"))


@part("violence-against-children", "recurrence", share)
def harmed_again(log: Log, settings: Settings) -> Iterator[Anchor]:
    for person, step in proved(log):
        steps = log.seen(person.pseudonym, ["victim"], "mandatory_report", "dv_warning")
        again = within_days(step, 365, named(steps, "harm.substantiated"))
        yield Anchor(person.pseudonym, step, any(is_recurrence(one, step) for one in again), years=(1,))


def is_recurrence(again: Step, step: Step) -> bool:
    if again.case is not step.case:
        return True
    return again.case.workflow == "dv_warning" and not again.knows("facts_found")


# -- bullying-handling, street-child-referral -------------------------------------------------------------------------


def settled(begun: Step, days: int) -> bool:
    """Within the days it is found not to be so, or to be so, and then help is given, whenever."""
    steps = begun.case.steps
    for step in within_days(begun, days, named(steps, "case.unsubstantiated", "case.substantiated")):
        helped = [one for one in named(steps, "service.given") if one.knows("kind")]
        if step.name == "case.unsubstantiated" or after(step, helped):
            return True
    return False


@part("bullying-handling", "main", share)
def bullying(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("bullying"):
        for step in case.all("case.opened"):
            its = settings.of(step)
            begun = within_hours(step, its["T1"], case.all("case.taken_up"))
            waits: date = hours_after(step, its["T1"]) + timedelta(days=its["T2"])
            yield Anchor(case.id, step, any(settled(one, its["T2"]) for one in begun), waits, by=("reported_via",))


@part("street-child-referral", "main", share)
def street(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("child_referral"):
        for step in case.all("case.opened"):
            if step.says("hardships", "street"):
                its = settings.of(step)
                sent = within_hours(step, its["T"], case.all("referral.sent"))
                answered = within_days(step, its["D"], case.all("referral.feedback"))
                taken_in = within_hours(step, its["T"], case.all("temporary_guardianship.started"))
                yield Anchor(case.id, step, bool((sent and answered) or taken_in), days_after(step, its["D"]))
