import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.codes import SubjectRole
from contracts.identity import _CHECKS, _WEIGHTS, age_on, born_by_id, id_fits, names_a_person, sex_by_id
from contracts.intake import ReportSubmitted
from contracts.submission import AnySubmission, Sealed, complete, read_submission, split

REPORT_ID = UUID("01981f6a-3c00-7000-8000-000000000001")


def identity_number(born: date, sequence: int = 2, region: str = "330382") -> str:
    body = f"{region}{born:%Y%m%d}{sequence:03d}"
    return body + _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


GIRL = identity_number(date(2012, 3, 5))
WOMAN = identity_number(date(1990, 7, 1), 88)
MAN = identity_number(date(1988, 1, 9), 31)


def report(**changes: Any) -> dict[str, Any]:
    """A hospital's report on 2026-03-04 about a girl of 13, with changes; None takes a field away."""
    whole: dict[str, Any] = {
        "type": "report",
        "kind": "harm_to_minor",
        "situation": "mr2",
        "reporter": {"category": "medical"},
        "reporter_identity": {"name": "李医生", "phone": "13800138000", "office": "儿科"},
        "subjects": [{"role": "victim"}],
        "persons": {"victim": {"name": "王小红", "id_number": GIRL, "address": "城东街道某号"}},
        "narrative": "就诊时发现损伤。",
        "learned_at": "2026-03-04T09:00:00+08:00",
        "submitted_at": "2026-03-04T09:30:00+08:00",
        "region": "330382001",
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def incident(**changes: Any) -> dict[str, Any]:
    return report(
        type="dv_incident",
        kind=None,
        situation=None,
        subjects=[{"role": "victim"}, {"role": "perpetrator"}],
        persons={"victim": {"id_number": WOMAN}, "perpetrator": {"id_number": MAN}},
        happened_at="2026-03-04T08:00:00+08:00",
        relation="spouse",
        violence=["beating"],
        reported_via="call_110",
        **changes,
    )


def read(body: dict[str, Any]) -> AnySubmission:
    return read_submission(json.dumps(body))


def refusals(body: dict[str, Any]) -> dict[str, str]:
    """The codes and where they point."""
    with pytest.raises(ValidationError) as refusal:
        read(body)
    return {error["type"]: "/".join(map(str, error["loc"])) for error in refusal.value.errors()}


def victim_of(body: dict[str, Any]) -> dict[str, Any]:
    return dict(split(read(body))[0]["subjects"][0])


# Identity numbers


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999))
def test_a_number_built_by_the_standard_fits_and_gives_back_its_birth_date(born: date, sequence: int) -> None:
    number = identity_number(born, sequence)
    assert id_fits(number)
    assert born_by_id(number) == born
    assert sex_by_id(number) == ("male" if sequence % 2 else "female")


@given(st.dates(date(1950, 1, 1), date(2026, 1, 1)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_fits(born: date, sequence: int, place: int, shift: int) -> None:
    number = identity_number(born, sequence)
    slip = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not id_fits(slip)


def test_the_standards_own_example_fits() -> None:
    assert id_fits("11010519491231002X")


def test_a_lower_case_check_character_is_accepted_and_stored_upper_case() -> None:
    body = report(persons={"victim": {"id_number": "11010519491231002x"}}, kind="harm_to_woman", situation=None)
    assert split(read(body))[1].persons[SubjectRole.VICTIM].id_number == "11010519491231002X"


def test_a_number_of_an_abolished_region_is_accepted() -> None:
    read(report(persons={"victim": {"id_number": identity_number(date(2012, 3, 5), region="999999")}}))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (GIRL[:-1] + ("0" if GIRL[-1] != "0" else "1"), "id_check_digit_wrong"),
        ("330382201202300029", "id_birth_date_wrong"),
        ("33038220120305", "string_pattern_mismatch"),
        ("３３０３８２２０１２０３０５００２３", "string_pattern_mismatch"),
    ],
)
def test_a_wrong_number_is_refused_and_never_repeated(number: str, code: str) -> None:
    if code == "id_birth_date_wrong":
        number = next(number[:17] + check for check in _CHECKS if id_fits(number[:17] + check))
    with pytest.raises(ValidationError) as refusal:
        read(report(persons={"victim": {"name": "王小红", "id_number": number}}))
    error = refusal.value.errors()[0]
    assert (error["type"], error["loc"]) == (code, ("persons", "victim", "id_number"))
    assert error["input"] is None
    assert number not in str(refusal.value)
    assert number not in repr(refusal.value.errors())
    assert refusal.value.__context__ is None


def test_errors_repeat_nothing_of_the_body() -> None:
    with pytest.raises(ValidationError) as refusal:
        read(report(region="乐清城东王小红家", narrative="\x00受害人说", situation="mr3"))
    assert "王小红" not in repr(refusal.value.errors()) + str(refusal.value)


def test_a_submission_does_not_show_identities_when_printed() -> None:
    submission = read(report())
    shown = repr(submission) + repr(split(submission)[1]) + repr(submission.persons)
    assert not [secret for secret in ("王小红", GIRL, "李医生", "13800138000", "某号", "损伤") if secret in shown]


# Ages


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 3, 5), date(2026, 3, 4), 13),
        (date(2012, 3, 5), date(2026, 3, 5), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
    ],
)
def test_age_counts_full_years(born: date, day: date, age: int) -> None:
    assert age_on(day, born) == age


def test_bands_are_those_of_the_day_of_the_event_in_shanghai() -> None:
    eve = report(learned_at="2026-03-04T15:59:00Z", submitted_at="2026-03-04T16:30:00Z")
    assert victim_of(eve)["under_14"] is True
    birthday = report(learned_at="2026-03-04T16:00:00Z", submitted_at="2026-03-04T16:30:00Z", situation="mr3")
    assert victim_of(birthday) == {
        "role": "victim",
        "sex": "female",
        "age_years": 14,
        "under_14": False,
        "minor": True,
    }


def test_age_is_that_when_the_harm_was_done_not_when_it_was_learned() -> None:
    late = report(
        happened_at="2025-12-31T20:00:00+08:00",
        learned_at="2026-06-01T09:00:00+08:00",
        submitted_at="2026-06-01T09:10:00+08:00",
    )
    assert victim_of(late)["age_years"] == 13


def test_a_child_whose_age_nobody_knows_is_still_a_minor() -> None:
    assert victim_of(report(persons=None, situation="mr7")) == {"role": "victim", "sex": "unknown", "minor": True}


def test_an_estimated_age_serves_where_no_birth_date_is_known() -> None:
    estimated = report(persons=None, subjects=[{"role": "victim", "sex": "female", "age_years": 12}])
    assert victim_of(estimated)["under_14"] is True


def test_a_birth_date_outweighs_an_estimate() -> None:
    assert victim_of(report(subjects=[{"role": "victim", "age_years": 16}]))["age_years"] == 13


def test_a_submission_without_any_identity_is_normal() -> None:
    _, sealed = split(read(report(persons=None, reporter_identity=None)))
    assert list(sealed.persons) == ["victim"]
    assert sealed.persons[SubjectRole.VICTIM].to_json() == b"{}"


def heel_blood(**changes: Any) -> dict[str, Any]:
    site = "hospital@77aa11bb22cc33dd"
    result = {"cancer": "newborn_metabolic", "method": "heel_blood", "result": "heel_blood.suspect"}
    screened = {"finding": "abnormal", "screened_at": "2026-03-01T09:00:00+08:00", "site": site}
    return report(
        type="screening",
        kind=None,
        situation=None,
        narrative=None,
        subjects=[{"role": "examinee"}, {"role": "guardian"}],
        persons={"guardian": {"id_number": WOMAN}},
        consent_signed=True,
        **result | screened | changes,
    )


def test_a_newborn_needs_no_age_to_be_a_minor_and_a_woman_none_to_be_none() -> None:
    assert victim_of(heel_blood())["minor"] is True
    smear = {"cancer": "cervical", "method": "hpv", "result": "hpv.16_18"}
    assert victim_of(heel_blood(**smear))["minor"] is False


def test_the_child_whom_nobody_reported_is_a_minor_though_nobody_states_an_age() -> None:
    omission = report(
        type="omission",
        kind=None,
        persons=None,
        found_by="procuratorate@330382",
        omission="late",
        duty_holder="medical",
        known_at="2026-02-01T09:00:00+08:00",
    )
    assert victim_of(omission) == {"role": "victim", "sex": "unknown", "minor": True}


def test_pupils_are_minors_on_both_sides() -> None:
    school = "school@a1b2c3d4e5f60718"
    pupils = [{"role": "victim"}, {"role": "suspect"}]
    body = report(type="bullying", kind=None, situation=None, persons=None, school=school, kinds=["body"])
    assert [subject["minor"] for subject in split(read(body | {"subjects": pupils}))[0]["subjects"]] == [True, True]


# Cross-field refusals


def ticket(**changes: Any) -> dict[str, Any]:
    return report(
        type="hotline_ticket",
        kind=None,
        situation=None,
        narrative=None,
        persons=None,
        reporter={"category": "hotline"},
        subjects=[{"role": "caller"}],
        line="hotline_12345",
        category="consult",
        **{"topic": "rights"} | changes,
    )


def test_a_caller_may_stay_unknown() -> None:
    fields, sealed = split(read(ticket()))
    assert fields["urgency"] == "normal"
    assert sealed.persons[SubjectRole.CALLER].to_json() == b"{}"


def test_a_sensitive_ticket_has_no_narrative() -> None:
    body = ticket(topic="dv") | {"narrative": "来电人说……"}
    assert refusals(body) == {"narrative_on_sensitive_ticket": "narrative"}


def test_situation_two_is_for_girls_under_fourteen() -> None:
    older = {"victim": {"birth_date": "2011-03-05"}}
    assert refusals(report(persons=older)) == {"situation_of_other_age": "situation"}
    read(report(persons=older, situation="mr3"))


def test_situation_nine_needs_a_narrative_that_is_not_blank() -> None:
    assert refusals(report(situation="mr9", narrative="  ")) == {"narrative_missing": "narrative"}


def test_harm_to_a_minor_needs_a_minor() -> None:
    adult = report(persons={"victim": {"id_number": WOMAN}}, situation="mr4")
    assert refusals(adult) == {"subject_not_minor": "subjects/0"}


def test_harm_to_a_woman_needs_an_adult_woman() -> None:
    assert refusals(report(kind="harm_to_woman", situation=None)) == {"victim_not_adult_woman": "subjects/0"}


def test_domestic_violence_needs_to_know_whether_the_victim_is_a_minor() -> None:
    unknown = incident() | {"persons": {}}
    assert refusals(unknown) == {"subject_age_missing": "subjects/0/minor"}
    stated = unknown | {"subjects": [{"role": "victim", "minor": False}, {"role": "perpetrator"}]}
    assert victim_of(stated) == {"role": "victim", "sex": "unknown", "under_14": False, "minor": False}


def test_a_person_needs_a_subject() -> None:
    stranger = report(persons={"victim": {"id_number": GIRL}, "suspect": {"name": "张某"}})
    assert refusals(stranger) == {"person_without_subject": "persons/suspect"}


def test_two_roles_cannot_share_an_identity_number() -> None:
    same = incident() | {"persons": {"victim": {"id_number": WOMAN}, "perpetrator": {"id_number": WOMAN}}}
    assert refusals(same) == {"id_number_shared": "persons/perpetrator/id_number"}


def test_a_birth_date_must_be_the_one_in_the_number() -> None:
    other = {"victim": {"id_number": GIRL, "birth_date": "2012-03-06"}}
    assert refusals(report(persons=other)) == {"birth_date_of_other_id": "persons/victim/birth_date"}


def test_a_stated_sex_must_be_the_one_in_the_number() -> None:
    boy = report(subjects=[{"role": "victim", "sex": "male"}], situation="mr4")
    assert refusals(boy) == {"sex_of_other_id": "subjects/0/sex"}


@pytest.mark.parametrize("born", ["2026-03-05", "1890-01-01"])
def test_a_birth_date_lies_before_the_event_and_within_a_life(born: str) -> None:
    assert refusals(report(persons={"victim": {"birth_date": born}})) == {
        "birth_date_implausible": "persons/victim/birth_date"
    }


def test_an_identity_number_does_not_pass_as_a_reference() -> None:
    assert refusals(report(external_ref=f"HIS-{GIRL}")) == {"reference_names_person": "external_ref"}


@pytest.mark.parametrize(
    "reference",
    [
        *("13800138000", "电话13812345678", "138-1234-5678", "138 1234 5678", "8613812345678", "2026-13812345678"),
        f"{GIRL[:6]}-{GIRL[6:14]}-{GIRL[14:]}",
    ],
)
def test_a_number_of_a_person_is_found_wherever_it_stands_and_however_it_is_written(reference: str) -> None:
    assert names_a_person(reference)


@pytest.mark.parametrize("reference", ["乐公受字〔2026〕31号", "202603040000000117", "HIS-20260304-0117", "R-1"])
def test_the_number_of_a_document_names_nobody(reference: str) -> None:
    assert not names_a_person(reference)


def test_a_bare_name_does_not_pass_as_a_reference() -> None:
    assert refusals(report(external_ref="王小红")) == {"reference_without_number": "external_ref"}


def test_a_region_where_no_report_is_handled_is_refused() -> None:
    assert refusals(report(region="330399")) == {"region_unknown": "region"}
    assert refusals(report(region="330300")) == {"region_unknown": "region"}


def test_a_unit_that_does_not_exist_is_refused_wherever_it_is_named() -> None:
    assert refusals(report(received_by_police_unit="police-station@330382999")) == {
        "unit_unknown": "received_by_police_unit"
    }
    referral = {"kind": None, "situation": None, "proposed_grade": "red", "subjects": [{"role": "child"}]}
    asked = report(type="child_referral", persons={}, requested_by="school@330382", **referral)
    assert refusals(asked) == {"unit_unknown": "requested_by"}
    assert refusals(ticket(handling_unit="education@330399")) == {"unit_unknown": "handling_unit"}


def test_several_contradictions_are_told_at_once() -> None:
    body = report(situation="mr3", learned_at="2026-03-04T10:00:00+08:00", external_ref="13800138000")
    assert set(refusals(body)) == {
        "learned_at_after_submitted_at",
        "reference_names_person",
        "situation_of_other_age",
    }


def test_a_refusal_says_what_would_be_right_in_chinese_then_in_english() -> None:
    with pytest.raises(ValidationError) as refusal:
        read(report(situation="mr3"))
    error = refusal.value.errors()[0]
    assert error["msg"] == f"{error['ctx']['zh']} {error['ctx']['en']}"
    assert "第二种" in error["ctx"]["zh"]
    assert "mr2" in error["ctx"]["en"]


def test_a_writer_may_not_send_unknown_fields_or_codes_or_types() -> None:
    assert refusals(report(colour="red")) == {"extra_forbidden": "colour"}
    assert refusals(report(situation="mr10")) == {"enum": "situation"}
    assert refusals(report(type="gossip")) == {"union_tag_invalid": ""}
    with pytest.raises(ValidationError, match="json_invalid"):
        read_submission(b"{")


def test_a_reporter_cannot_name_a_unit() -> None:
    spoofed = report(reporter={"category": "police", "unit": "police-station@330382001"})
    assert refusals(spoofed) == {"extra_forbidden": "reporter/unit"}


# Parting and completing


def test_split_leaves_no_identity_in_the_fields() -> None:
    fields, sealed = split(read(report()))
    written = json.dumps(fields, ensure_ascii=False)
    assert not [secret for secret in ("王小红", GIRL, "李医生", "13800138000", "城东街道", "就诊") if secret in written]
    assert Sealed.read(sealed.to_json()) == sealed
    assert sealed.narrative == "就诊时发现损伤。"


@pytest.mark.parametrize("body", [report(), incident(), report(persons=None, situation="mr7", narrative=None)])
def test_fields_and_tokens_make_the_event(body: dict[str, Any]) -> None:
    fields, sealed = split(read(body))
    tokens = {role.value: f"p.{role.value}" for role in sealed.persons}
    event = complete(json.loads(json.dumps(fields)), REPORT_ID, "hospital@0123456789abcdef", tokens)
    assert type(event).read(event.to_json()) == event
    assert event.event_id == str(REPORT_ID)
    assert event.reporter.unit == "hospital@0123456789abcdef"
    assert {subject.token for subject in event.subjects} == set(tokens.values())


def test_completed_report_keeps_whether_something_was_told() -> None:
    fields, _ = split(read(report()))
    event = complete(fields, REPORT_ID, None, {"victim": "p.1"})
    assert isinstance(event, ReportSubmitted)
    assert event.has_narrative


def test_a_role_without_a_token_makes_no_event() -> None:
    fields, _ = split(read(report()))
    with pytest.raises(KeyError):
        complete(fields, REPORT_ID, None, {})
