"""Screening for two cancers: formulas of cancer.yaml."""

from collections.abc import Callable, Iterator

from contracts.cases import Subject
from tests.oracle.log import Log, Step, age_at, by_31_march, march_31_after, named, within_days
from tests.oracle.tally import Anchor, Rule, Settings, count, coverage, days_after, lower_of, part, share

CANCERS = ("cervical", "breast")
KEY_COVERAGE = "two-cancer-screening-coverage"
KEY_TREATMENT = "cancer-treatment-rate"
KEY_EARLY = "two-cancer-early-diagnosis"
KEY_LINKAGE = "screening-follow-up-linkage"
KEY_AID = "two-cancer-hardship-aid"


def examined(log: Log, name: str, *cancers: str, sex: str | None = None) -> Iterator[tuple[Subject, Step]]:
    """Examinees with such a step of one of these cancers in screening."""
    for case in log.of("screening"):
        for step in case.all(name):
            if step.says("cancer", *cancers):
                yield from ((person, step) for person in case.persons("examinee", sex=sex))


def seen(log: Log, person: Subject) -> list[Step]:
    return log.seen(person.pseudonym, ["examinee"], "screening")


def same_cancer(steps: list[Step], anchor: Step, name: str) -> list[Step]:
    return [step for step in named(steps, name) if anchor["cancer"] and step.says("cancer", anchor["cancer"])]


# -- two-cancer-screening-coverage ------------------------------------------------------------------------------------


def covered(cancer: str, *, rural: bool) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for person, step in examined(log, "screening.completed", cancer, sex="female"):
            its = settings.of(step)
            age, (youngest, oldest) = age_at(person, step), its["age_band"]
            if age is not None and youngest <= age <= oldest and (not rural or step["rural"] is True):
                yield Anchor(person.pseudonym, step, years=tuple(range(its["cycle"])))

    return rule


def tasked(cancer: str) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for person, step in examined(log, "screening.completed", cancer, sex="female"):
            yield Anchor(person.pseudonym, step)

    return rule


for one in CANCERS:
    part(KEY_COVERAGE, one, coverage("population_women"))(covered(one, rural=False))
    part(KEY_COVERAGE, f"rural_{one}", coverage("population_women_rural"))(covered(one, rural=True))
    part(KEY_COVERAGE, f"task_{one}", coverage(f"screening_task_{one}"))(tasked(one))


@part(KEY_COVERAGE, "main", lower_of(*CANCERS))
def lower(log: Log, settings: Settings) -> Iterator[Anchor]:
    """It has no members of its own."""
    yield from ()


# -- cancer-treatment-rate --------------------------------------------------------------------------------------------


def treated_in_time(*cancers: str) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for person, step in examined(log, "diagnosis.confirmed", *cancers):
            treatments = same_cancer(seen(log, person), step, "treatment.started")
            yield Anchor(person.pseudonym, step, bool(by_31_march(step, treatments)), march_31_after(step))

    return rule


part(KEY_TREATMENT, "main", share)(treated_in_time("cervical"))
part(KEY_TREATMENT, "breast", share)(treated_in_time("breast"))
part(KEY_TREATMENT, "together", share)(treated_in_time(*CANCERS))


# -- two-cancer-early-diagnosis ---------------------------------------------------------------------------------------

STAGES = ("precancer", "early", "advanced")


def early(*cancers: str) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for person, step in examined(log, "diagnosis.confirmed", *cancers):
            if step.says("stage", *STAGES):
                yield Anchor(person.pseudonym, step, step.says("stage", *settings.of(step)["early_stages"]))

    return rule


part(KEY_EARLY, "main", share)(early(*CANCERS))
for one in CANCERS:
    part(KEY_EARLY, one, share)(early(one))


@part(KEY_EARLY, "unknown", share)
def stage_unknown(log: Log, settings: Settings) -> Iterator[Anchor]:
    for person, step in examined(log, "diagnosis.confirmed", *CANCERS):
        yield Anchor(person.pseudonym, step, not step.says("stage", *STAGES))


@part(KEY_EARLY, "treated", share)
def early_and_treated(log: Log, settings: Settings) -> Iterator[Anchor]:
    for person, step in examined(log, "diagnosis.confirmed", *CANCERS):
        if step.says("stage", *STAGES):
            its = settings.of(step)
            treatments = same_cancer(seen(log, person), step, "treatment.started")
            counted = step.says("stage", *its["early_stages"]) and bool(within_days(step, its["D"], treatments))
            yield Anchor(person.pseudonym, step, counted, days_after(step, its["D"]))


# -- screening-follow-up-linkage --------------------------------------------------------------------------------------


def linked(anchor: str, answer: str, window: str, meant: Callable[[Step], bool]) -> Rule:
    def rule(log: Log, settings: Settings) -> Iterator[Anchor]:
        for person, step in examined(log, anchor, *CANCERS):
            if meant(step):
                days = settings.of(step)[window]
                answers = within_days(step, days, same_cancer(seen(log, person), step, answer))
                yield Anchor(person.pseudonym, step, bool(answers), days_after(step, days), by=("cancer",))

    return rule


part(KEY_LINKAGE, "main", share)(
    linked("screening.completed", "diagnosis.concluded", "D", lambda step: step.says("finding", "abnormal"))
)
part(KEY_LINKAGE, "treated", share)(linked("diagnosis.confirmed", "treatment.started", "D2", lambda step: True))


# -- two-cancer-hardship-aid ------------------------------------------------------------------------------------------


@part(KEY_AID, "main", share)
def aided(log: Log, settings: Settings) -> Iterator[Anchor]:
    for person, step in examined(log, "diagnosis.confirmed", *CANCERS):
        if step["hardship"] is True:
            steps = log.seen(person.pseudonym, ["examinee"], "screening", also=["relief"])
            grants = by_31_march(step, named(steps, "assistance.granted"))
            yield Anchor(person.pseudonym, step, bool(grants), march_31_after(step))


@part(KEY_AID, "grants", count)
def grants(log: Log, settings: Settings) -> Iterator[Anchor]:
    for case in log.of("relief"):
        for step in case.all("assistance.granted"):
            yield Anchor(step, step, by=("kind",))
