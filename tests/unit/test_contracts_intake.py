import json
from typing import Any

import pytest

from contracts import registry
from contracts.codes import DangerLevel
from contracts.intake import (
    INTAKE_EVENTS,
    DvIncidentReported,
    DvWarningRecorded,
    IntakeEvent,
    ReportSubmitted,
    ScreeningRecorded,
)

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


def test_moments_are_every_time_the_report_states() -> None:
    moments = warning().moments()
    assert moments["served_at"].isoformat() == "2026-03-05T15:30:00+08:00"
    assert set(moments) == {"learned_at", "submitted_at", "accepted_at", "assessed_at", "decided_at", "served_at"}


def test_a_warning_without_an_assessment_time_was_assessed_when_decided() -> None:
    unassessed = warning(assessed_at=None)
    assert unassessed.moments()["assessed_at"] == unassessed.decided_at


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


def test_a_reporter_of_an_unknown_category_is_not_taken_to_be_under_duty() -> None:
    report = example(ReportSubmitted, "woman_is_harmed")
    assert not ReportSubmitted.read(json.dumps(report | {"reporter": {"category": "temple"}})).reporter.under_duty
    assert ReportSubmitted.read(json.dumps(report | {"reporter": {"category": "school"}})).reporter.under_duty


def test_a_reader_ignores_unknown_fields_at_every_depth() -> None:
    newer = example(ReportSubmitted, "hospital_reports_injured_child")
    for part in (newer["reporter"], newer["subjects"][0], newer["hops"][0]):
        part["from_next_year"] = 1
    assert ReportSubmitted.read(json.dumps(newer)).reporter.keep_secret
