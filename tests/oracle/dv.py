"""Domestic violence: formulas of dv.yaml."""

from collections.abc import Callable, Iterator

from contracts.cases import Subject
from tests.oracle.log import Case, Log, Step, after, first, kind_of, named, within_days, within_hours
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
    last_after,
    part,
    ratio,
    share,
)

INCIDENT = "liandong.dv_incident.reported.v1"
REPORT = "liandong.report.submitted.v1"
RECORDED = "liandong.dv_warning.recorded.v1"
SEVEN_BODIES = (
    "school",
    "kindergarten",
    "medical",
    "village_committee",
    "social_work",
    "relief_institution",
    "child_welfare_institution",
)
RELATIVES = ("parent", "step_parent", "parents_partner", "other_guardian", "relative", "spouse")
FIVE_NEEDS = ("legal_aid", "medical", "psychological", "shelter", "living_aid")
POLICE = ("police-station", "police-bureau")


def in_family(step: Step) -> bool:
    return step.says("suspect_relation", *RELATIVES) and not step.says("situation", "mr2", "mr3", "mr6", "mr7", "mr8")


def is_sexual(step: Step) -> bool:
    return step.says("situation", "mr1", "mr2", "mr3") or step.says("injuries", "private_parts", "pregnancy")


def opened_so(case: Case, meant: Callable[[Step], bool]) -> bool:
    return any(meant(step) for step in case.all("case.opened"))


def each(
    log: Log, workflow: str, name: str, *by: str, of: Callable[[Case], bool] = lambda case: True
) -> Iterator[Anchor]:
    """A count of steps."""
    for case in filter(of, log.of(workflow)):
        for step in case.all(name):
            yield Anchor(step, step, by=by)


# -- dv-warning-issued, dv-warning-minor ------------------------------------------------------------------------------


def has_minor(case: Case) -> bool:
    return bool(case.children)


def given_up(found: Step) -> bool:
    decisions = found.case.all("warning.issued", "warning.declined")
    until = min((step.at for step in decisions if step.at > found.at), default=None)
    contrary = [step for step in found.case.all("warning.assessed") if step["criteria_met"] is False]
    return any(until is None or step.at < until for step in after(found, contrary))


def letters_due(of: Callable[[Case], bool]) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for case in filter(of, log.of("dv_warning")):
            met = [step for step in case.all("warning.assessed") if step["criteria_met"] is True]
            for step in first([step for step in met if not given_up(step)]):
                limit = settings.of(step)["T"]
                letters = within_hours(step, limit, case.all("warning.issued"))
                yield Anchor(case.id, step, bool(letters), hours_after(step, limit), by=("relation",))

    return rule


part("dv-warning-issued", "main", share)(letters_due(lambda case: True))
part("dv-warning-minor", "main", share)(letters_due(has_minor))


@part("dv-warning-issued", "issued", count)
def letters(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("warning.issued"):
            station = step["station"] if step.knows("station") else step.unit
            yield Anchor(step, step, lines={"relation": step["relation"], "station": station})


@part("dv-warning-issued", "declined", count)
def declined(log: Log, settings: Settings) -> Iterator[Anchor]:
    return each(log, "dv_warning", "warning.declined", "reason_no_letter")


@part("dv-warning-minor", "issued", count)
def letters_for_minors(log: Log, settings: Settings) -> Iterator[Anchor]:
    return each(log, "dv_warning", "warning.issued", "relation", of=has_minor)


# -- dv-protection-order, protection-order-minor ----------------------------------------------------------------------


def for_women(case: Case) -> bool:
    return bool(case.persons("victim", sex="female"))


def for_minors(case: Case) -> bool:
    return bool(case.persons("victim", minor=True))


def orders(of: Callable[[Case], bool]) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for case in filter(of, log.of("protection_order")):
            for step in case.all("protection_order.issued"):
                yield Anchor(case.id, step, by=("relation",))

    return rule


def orders_of_requests(of: Callable[[Case], bool]) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for case in filter(of, log.of("protection_order")):
            for step in case.all("protection_order.requested"):
                issued = after(step, case.all("protection_order.issued"))
                yield Anchor(case.id, step, bool(issued), hours_after(step, settings.of(step)["T"]))

    return rule


for key, meant in (("dv-protection-order", for_women), ("protection-order-minor", for_minors)):
    part(key, "main", count)(orders(meant))
    part(key, "rate", share)(orders_of_requests(meant))


@part("dv-protection-order", "hours", hours)
def hours_to_order(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in filter(for_women, log.of("protection_order")):
        for step in case.all("protection_order.requested"):
            yield Anchor(step, step, hours=hours_to(step, case.all("protection_order.issued")))


# -- dv-mandatory-report ----------------------------------------------------------------------------------------------


def reports_of_bodies(log: Log) -> Iterator[Step]:
    for case in log.of("dv_warning", "mandatory_report"):
        for step in case.all("report.submitted"):
            about = step.says("event_type", INCIDENT) if case.workflow == "dv_warning" else in_family(step)
            if about and step.says("reporter_category", *SEVEN_BODIES):
                yield step


@part("dv-mandatory-report", "main", count)
def mandatory(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_bodies(log):
        yield Anchor(step["report_id"], step, by=("reporter_category",))


@part("dv-mandatory-report", "timeliness", share)
def mandatory_in_time(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_bodies(log):
        if step.knows("delay_minutes"):
            counted = step["delay_minutes"] <= 60 * settings.of(step)["T"]
            yield Anchor(step["report_id"], step, counted)


@part("dv-mandatory-report", "completeness", share)
def mandatory_complete(log: Log, settings: Settings) -> Iterator[Anchor]:
    for step in reports_of_bodies(log):
        yield Anchor(step["report_id"], step, by=("reporter_category",))
    for case in log.of("mandatory_report"):
        if opened_so(case, in_family):
            for step in case.all("report.omitted"):
                if step.says("reporter_category", *SEVEN_BODIES):
                    yield Anchor(report_of(step), step, False, by=("reporter_category",))


def report_of(step: Step) -> object:
    """A step without a report is its own."""
    return step["report_id"] if step.knows("report_id") else step


# -- dv-multi-agency --------------------------------------------------------------------------------------------------


def acknowledgements(sent: Step) -> list[Step]:
    return [step for step in sent.case.all("referral.acknowledged") if sent["to_unit"] and step.unit == sent["to_unit"]]


@part("dv-multi-agency", "main", share)
def acknowledged(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("case.opened"):
            sent = after(step, case.all("referral.sent"))
            if not sent:
                continue
            limit = settings.of(step)["T"]
            counted = all(within_hours(one, limit, acknowledgements(one)) for one in sent)
            yield Anchor(case.id, step, counted, hours_after(last_after(step, sent), limit))


@part("dv-multi-agency", "hours", hours)
def hours_to_acknowledgement(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("referral.sent"):
            yield Anchor(step, step, by=("to_unit.kind",), hours=hours_to(step, acknowledgements(step)))


@part("dv-multi-agency", "cases", count)
def cases_with_acts(log: Log, settings: Settings) -> Iterator[Anchor]:
    for act in log.acts_in("dv_warning"):
        yield Anchor(act.case.id, act)


@part("dv-multi-agency", "agencies", ratio("cases"))
def agencies(log: Log, settings: Settings) -> Iterator[Anchor]:
    for act in log.acts_in("dv_warning"):
        yield Anchor((act.case.id, kind_of(act.unit)), act)


# -- dv-police-response -----------------------------------------------------------------------------------------------


def by_police(step: Step) -> bool:
    return step.says("reporter_category", "police") and step.knows("police_receipt_no", "external_ref")


@part("dv-police-response", "main", coverage("dv_police_incidents"))
def police_cases(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in filter(by_police, case.all("case.opened")):
            yield Anchor(case.id, step)


@part("dv-police-response", "letters", ratio("main"))
def police_letters(log: Log, settings: Settings) -> Iterator[Anchor]:
    return each(log, "dv_warning", "warning.issued", of=lambda case: opened_so(case, by_police))


# -- dv-case-handling -------------------------------------------------------------------------------------------------

HANDLED = (
    "warning.issued",
    "warning.declined",
    "state.criticised",
    "state.penalised",
    "state.criminal",
    "state.not_established",
    "case.closed",
)


def handles(step: Step) -> bool:
    return step.name in HANDLED or (step.name == "referral.sent" and step.says("to_unit.kind", *POLICE, "court"))


@part("dv-case-handling", "main", share)
def handled(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        answers = list(filter(handles, case.steps))
        for step in case.all("case.opened"):
            if not step.says("event_type", RECORDED):
                its = settings.of(step)
                begun = within_hours(step, its["T1"], case.all("case.taken_up"))
                counted = any(within_hours(one, its["T2"], answers) for one in begun)
                yield Anchor(case.id, step, counted, hours_after(step, its["T1"] + its["T2"]), by=("relation",))


# -- dv-grid-screening ------------------------------------------------------------------------------------------------


def found_by_round(step: Step) -> bool:
    return step.says("reported_via", "visit") or step.says("reporter_category", "village_committee")


@part("dv-grid-screening", "main", count)
def found(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in filter(found_by_round, case.all("case.opened")):
            yield Anchor(case.id, step, by=("reporter_category",))


@part("dv-grid-screening", "share", share)
def share_found(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("case.opened"):
            yield Anchor(case.id, step, found_by_round(step))


@part("dv-grid-screening", "accepted", share)
def found_and_taken_up(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in filter(found_by_round, case.all("case.opened")):
            yield Anchor(case.id, step, bool(after(step, case.all("case.taken_up"))))


# -- services to victims ----------------------------------------------------------------------------------------------


def given(steps: list[Step], kind: str) -> list[Step]:
    return [step for step in named(steps, "service.given") if step.says("kind", kind)]


def all_given(need: Step, kinds: tuple[str, ...], days: int, steps: list[Step]) -> bool:
    """Whether every one of these kinds that the assessment names is given in time."""
    return all(within_days(need, days, given(steps, kind)) for kind in kinds if need.says("needs", kind))


def needing(person: Subject, step: Step, kinds: tuple[str, ...], days: int, steps: list[Step]) -> Iterator[Anchor]:
    """A member with an assessment after the step that names one of these kinds."""
    assessed = after(step, named(steps, "needs.assessed"))
    needs = [need for need in assessed if need.says("needs", *kinds)]
    if needs:
        counted = all(all_given(need, kinds, days, steps) for need in needs)
        yield Anchor(person.pseudonym, step, counted, days_after(last_after(step, assessed), days))


def each_kind(case: Case) -> Iterator[Anchor]:
    for step in case.all("service.given"):
        for kind in step["kind"]:
            yield Anchor((step, kind), step, lines={"kind": kind})


@part("dv-victim-services", "main", share)
def served(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("case.opened"):
            for person in case.persons("victim"):
                steps = log.seen(person.pseudonym, ["victim"], "dv_warning", also=["shelter"])
                yield from needing(person, step, FIVE_NEEDS, settings.of(step)["D"], steps)


@part("dv-victim-services", "services", count)
def services(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning", "shelter"):
        yield from each_kind(case)


@part("dv-shelter", "main", count)
def sheltered(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("shelter"):
        for step in given(case.steps, "shelter"):
            yield Anchor(case.id, step)


def asked_for_shelter(log: Log) -> Iterator[tuple[Case, Step]]:
    for case in log.of("shelter"):
        if case.persons("victim", minor=False):
            for step in case.all("service.requested"):
                if step.says("kind", "shelter"):
                    yield case, step


@part("dv-shelter", "rate", share)
def shelter_rate(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case, step in asked_for_shelter(log):
        yield Anchor(case.id, step, bool(after(step, given(case.steps, "shelter"))))


@part("dv-shelter", "hours", hours)
def hours_to_shelter(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case, step in asked_for_shelter(log):
        yield Anchor(step, step, hours=hours_to(step, given(case.steps, "shelter")))


@part("dv-legal-aid", "main", share)
def legal_aid(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning", "shelter"):
        for step in case.all("service.asked"):
            for person in case.persons("victim", minor=False, sex="female") if step.says("kind", "legal_aid") else ():
                days = settings.of(step)["D"]
                steps = log.seen(person.pseudonym, ["victim"], "dv_warning", "shelter")
                answers = within_days(step, days, given(steps, "legal_aid"))
                yield Anchor(person.pseudonym, step, bool(answers), days_after(step, days))


def of_violence(step: Step) -> bool:
    return step.case.workflow == "dv_warning" or in_family(step) or is_sexual(step)


@part("women-victim-psych-support", "main", share)
def psychological(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning", "mandatory_report"):
        for step in filter(of_violence, case.all("case.opened")):
            for person in case.persons("victim", minor=False, sex="female"):
                steps = log.seen(person.pseudonym, ["victim"], "dv_warning", "mandatory_report", also=["shelter"])
                if any(need.says("needs", "psychological") for need in after(step, named(steps, "needs.assessed"))):
                    days, begun = settings.of(step)["D"], after(step, named(steps, "case.taken_up"))
                    counted = any(within_days(one, days, given(steps, "psychological")) for one in begun)
                    yield Anchor(person.pseudonym, step, counted, days_after(last_after(step, begun), days))


# -- perpetrators, visits, recurrence ---------------------------------------------------------------------------------


@part("dv-perpetrator-education", "main", share)
def educated(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("warning.issued"):
            for person in case.persons("perpetrator"):
                days = settings.of(step)["D"]
                steps = log.seen(person.pseudonym, ["perpetrator"], "dv_warning")
                completed = within_days(step, days, named(steps, "perpetrator_education.completed"))
                yield Anchor(person.pseudonym, step, bool(completed), days_after(step, days))


@part("dv-follow-up-visit", "main", share)
def visited(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("warning.issued"):
            days = settings.of(step)["D"]
            visits = within_days(step, days, case.all("followup.visited"))
            yield Anchor(case.id, step, bool(visits), days_after(step, days), by=("relation",))


@part("dv-recurrence", "main", share)
def recurred(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("warning.issued"):
            for victim in case.persons("victim"):
                for perpetrator in case.persons("perpetrator"):
                    again = within_days(step, 365, named(between(log, victim, perpetrator), "case.substantiated"))
                    yield Anchor((victim.pseudonym, perpetrator.pseudonym), step, bool(again), years=(1,))


def between(log: Log, victim: Subject, perpetrator: Subject) -> list[Step]:
    """All steps of the cases that the two are in."""
    his = log.cases_of([perpetrator.pseudonym], ["perpetrator"], "dv_warning")
    hers = log.cases_of([victim.pseudonym], ["victim"], "dv_warning")
    return [step for case in hers if case in his for step in case.steps]


@part("dv-recurrence", "victims", count)
def victims(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("dv_warning"):
        for step in case.all("case.substantiated"):
            for person in case.persons("victim", minor=False, sex="female"):
                yield Anchor(person.pseudonym, step)


# -- women-infringement-report ----------------------------------------------------------------------------------------


def of_women(log: Log) -> Iterator[Case]:
    cases = log.of("mandatory_report", "dv_warning")
    return (case for case in cases if case.persons("victim", minor=False, sex="female"))


@part("women-infringement-report", "main", share)
def infringement(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in of_women(log):
        for step in case.all("case.opened"):
            if step.says("event_type", REPORT, INCIDENT):
                limit = settings.of(step)["T"]
                answers = within_hours(step, limit, case.all("case.taken_up", "referral.sent"))
                yield Anchor(case.id, step, bool(answers), hours_after(step, limit), by=("workflow",))


@part("women-infringement-report", "reports", count)
def infringement_reports(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in of_women(log):
        for step in case.all("report.submitted"):
            if step.says("event_type", REPORT, INCIDENT):
                yield Anchor(step["report_id"], step, by=("reporter_category", "workflow"))
