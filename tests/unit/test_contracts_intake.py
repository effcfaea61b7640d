import json
from typing import Any

import pytest
from pydantic import ValidationError

from contracts import registry
from contracts.codes import DangerLevel, TicketTopic
from contracts.intake import (
    INTAKE_EVENTS,
    DvIncidentReported,
    DvWarningRecorded,
    FamilyEducationOrdered,
    HardshipApplied,
    IntakeEvent,
    OmissionFound,
    ProtectionOrderRequested,
    ReportSubmitted,
    ScreeningRecorded,
    TicketOpened,
)
from workflows.fields import as_moment

WARNING = "served_by_signature"
INCIDENT = "wife_calls_110"


def example(event: type[IntakeEvent], name: str) -> dict[str, Any]:
    path = registry.SCHEMAS / "examples" / event.TYPE / "valid" / f"{name}.json"
    return dict(json.loads(path.read_text()))


def warning(**changes: Any) -> DvWarningRecorded:
    return DvWarningRecorded.model_validate_json(json.dumps(example(DvWarningRecorded, WARNING) | changes))


def incident(**changes: Any) -> DvIncidentReported:
    return DvIncidentReported.model_validate_json(json.dumps(example(DvIncidentReported, INCIDENT) | changes))


def test_the_event_id_is_the_report_id() -> None:
    assert warning().event_id == str(warning().report_id)


def test_types_are_named_noun_past_participle_version() -> None:
    for event in INTAKE_EVENTS:
        assert event.TYPE.startswith("liandong.")
        assert event.TYPE.endswith(".v1")


def test_every_time_the_report_states_is_recorded_in_shanghai_time() -> None:
    recorded = warning().recorded()
    assert recorded["served_at"] == "2026-03-05T15:30:00+08:00"
    times = {"learned_at", "submitted_at", "accepted_at", "assessed_at", "decided_at", "served_at"}
    assert {name for name, value in recorded.items() if as_moment(value)} == times


def test_a_warning_without_an_assessment_time_was_assessed_when_decided() -> None:
    unassessed = warning(assessed_at=None)
    assert unassessed.recorded()["assessed_at"] == unassessed.decided_at.isoformat()


def test_recorded_fields_leave_people_and_frame_out() -> None:
    recorded = warning().recorded()
    assert recorded["grounds"] == ["victim_asks", "vulnerable_victim"]
    assert not {"subjects", "reporter", "report_id", "region"} & recorded.keys()
    assert all(isinstance(value, str | int | bool | list) for value in recorded.values())


@pytest.mark.parametrize(
    ("marks", "level"),
    [
        ({"danger_score": None, "suffocation": False}, None),
        ({"danger_score": 3, "suffocation": False}, DangerLevel.LOW),
        ({"danger_score": 4, "suffocation": False}, DangerLevel.MEDIUM),
        ({"danger_score": 6, "suffocation": False}, DangerLevel.HIGH),
        ({"danger_score": 0, "suffocation": True}, DangerLevel.HIGH),
        ({"danger_score": None, "suffocation": False, "lethal_act": True}, DangerLevel.HIGH),
    ],
)
def test_a_lethal_act_makes_the_danger_high_whatever_the_score(
    marks: dict[str, Any], level: DangerLevel | None
) -> None:
    assert incident(**marks).danger_level == level


def test_ground_for_a_penalty_is_recorded_and_left_to_the_officer() -> None:
    assert warning(penalty_grounds=["repeats_after_warning"]).penalty_grounds == ("repeats_after_warning",)


def test_a_reader_keeps_codes_it_does_not_know() -> None:
    newer = example(DvIncidentReported, INCIDENT) | {"relation": "godparent", "violence": ["beating", "deepfake"]}
    assert DvIncidentReported.read(json.dumps(newer)).violence == ("beating", "deepfake")


def test_a_reader_does_not_hold_an_unknown_result_against_its_method() -> None:
    newer = example(ScreeningRecorded, "hpv_16_18") | {"result": "hpv.genotype_52"}
    assert ScreeningRecorded.read(json.dumps(newer)).result == "hpv.genotype_52"


def test_a_reader_ignores_unknown_fields_at_every_depth() -> None:
    newer = example(ReportSubmitted, "hospital_reports_injured_child")
    for part in (newer["reporter"], newer["subjects"][0], newer["hops"][0]):
        part["from_next_year"] = 1
    assert ReportSubmitted.read(json.dumps(newer)).reporter.keep_secret


def read(event: type[IntakeEvent], name: str, **changes: Any) -> IntakeEvent:
    return event.model_validate_json(json.dumps(example(event, name) | changes))


def refusals(event: type[IntakeEvent], name: str, **changes: Any) -> set[str]:
    with pytest.raises(ValidationError) as refusal:
        read(event, name, **changes)
    return {error["type"] for error in refusal.value.errors()}


@pytest.mark.parametrize("event", INTAKE_EVENTS, ids=lambda event: event.TYPE)
def test_what_a_case_keeps_of_any_report_is_flat(event: type[IntakeEvent]) -> None:
    for path in (registry.SCHEMAS / "examples" / event.TYPE / "valid").glob("*.json"):
        for value in event.read(path.read_bytes()).recorded().values():
            items = value if isinstance(value, list) else [value]
            assert all(isinstance(item, str | int | bool) for item in items)


def test_the_day_a_period_ends_is_a_moment_that_clocks_can_count_from() -> None:
    recorded = read(FamilyEducationOrdered, "court_order_of_six_months").recorded()
    assert recorded["period_ends_at"] == "2026-09-02T00:00:00+08:00"
    assert "period_ends_at" not in read(FamilyEducationOrdered, "supervision_order").recorded()


@pytest.mark.parametrize(
    ("order", "issuer", "right"),
    [
        ("court_order", "court", True),
        ("court_order", "police-bureau", False),
        ("directive", "court", True),
        ("directive", "police-bureau", True),
        ("directive", "procuratorate", True),
        ("directive", "womens-federation", False),
        ("supervision_order", "procuratorate", True),
        ("supervision_order", "court", False),
    ],
)
def test_an_order_to_guardians_comes_from_who_may_give_it(order: str, issuer: str, right: bool) -> None:
    given = {"order": order, "issued_by": f"{issuer}@330382"}
    if right:
        read(FamilyEducationOrdered, "supervision_order", **given)
    else:
        assert refusals(FamilyEducationOrdered, "supervision_order", **given) == {"unit_kind_wrong"}


def test_others_apply_for_an_adult_victim_for_a_reason_and_for_a_child_without() -> None:
    for_her = {"applied_by": "near_relative", "applicant_ground": None}
    assert refusals(ProtectionOrderRequested, "victim_applies", **for_her) == {"applicant_ground_missing"}
    child = {"role": "victim", "age_years": 12, "under_14": True, "minor": True, "token": "p.1"}
    subjects = [child, *example(ProtectionOrderRequested, "victim_applies")["subjects"][1:]]
    read(ProtectionOrderRequested, "victim_applies", subjects=subjects, **for_her)


@pytest.mark.parametrize("topic", list(TicketTopic))
def test_a_sensitive_ticket_says_nothing_freely(topic: TicketTopic) -> None:
    written = {"topic": topic.value, "has_narrative": True}
    if topic in {"dv", "sexual_violence", "child"}:
        assert refusals(TicketOpened, "anonymous_complaint", **written) == {"narrative_on_sensitive_ticket"}
    else:
        read(TicketOpened, "anonymous_complaint", **written)


def test_an_application_across_provinces_names_a_home_in_another_province() -> None:
    read(HardshipApplied, "from_another_province", home_region="110101")
    assert refusals(HardshipApplied, "from_another_province", home_region="330302") == {"home_region_contradicts"}
    assert refusals(HardshipApplied, "from_another_province", cross_province=False) == {"home_region_contradicts"}
    read(HardshipApplied, "from_another_province", cross_province=False, home_region="330302001")


def test_whether_the_parents_states_suffice_is_left_to_the_officer() -> None:
    read(HardshipApplied, "one_parent_dead_one_in_prison", father="able", mother="able")


def test_a_reader_takes_new_codes_of_every_new_event() -> None:
    for event, name, field in (
        (FamilyEducationOrdered, "supervision_order", "order"),
        (HardshipApplied, "child_seriously_ill", "applied_for"),
        (OmissionFound, "hospital_did_not_report", "duty_holder"),
        (TicketOpened, "anonymous_complaint", "topic"),
    ):
        newer = example(event, name) | {field: "of_next_year", "father": "able", "mother": "able"}
        assert event.read(json.dumps(newer)).recorded()[field] == "of_next_year"
