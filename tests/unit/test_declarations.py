"""What the declarations of indicators name exists: steps, dimensions, codes, workflows, roles, settings."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.statistics.catalogue import Indicator, define, indicators, targets
from services.statistics.milestones import MilestoneEntry, milestones
from services.statistics.proofs import find_faults
from workflows.loader import load_workflows
from workflows.policy import load_policy

WORKFLOWS = load_workflows()
NEWEST = {one.definition.workflow: WORKFLOWS.get(one.definition.workflow).definition for one in WORKFLOWS}


def test_everything_that_declarations_and_the_catalogue_of_steps_name_exists() -> None:
    assert find_faults(indicators(), milestones(), NEWEST) == []


def test_every_indicator_has_a_headline_and_every_other_part_titles_of_its_own() -> None:
    for key, indicator in indicators().items():
        assert "main" in indicator.parts, key
        for name, part in indicator.parts.items():
            assert name == "main" or (part.title and part.title_en.isascii()), (key, name)
    titles = [part.title or one.title for one in indicators().values() for part in one.parts.values()]
    assert len(set(titles)) == len(titles)


def test_a_formula_names_every_part_and_every_coverage_says_over_what() -> None:
    for key, indicator in indicators().items():
        for name, part in indicator.parts.items():
            assert name == "main" or f"`{name}`" in indicator.formula, (key, name)
            if part.kind in {"coverage", "ratio"}:
                assert part.over or part.over_part, (key, name)
            if part.over:
                assert part.over in indicator.formula, (key, name)


def test_what_was_mended_is_said_in_both_languages() -> None:
    assert [key for key, one in indicators().items() if bool(one.mended) != bool(one.mended_zh)] == []


def test_the_chinese_formula_is_read_with_the_titles_of_the_parts() -> None:
    lines = indicators()["two-cancer-screening-coverage"].readings_zh
    assert lines[0].startswith("两癌筛查覆盖率：宫颈癌、乳腺癌筛查覆盖率中较低的一个")
    assert lines[2] == "乳腺癌筛查覆盖率：同「宫颈癌筛查覆盖率」，癌种为乳腺癌。"


def test_what_a_plan_formulates_for_itself_has_a_part() -> None:
    answered = {one for indicator in indicators().values() for part in indicator.parts.values() for one in part.targets}
    assert answered == {row.id for row in targets().values() if row.formula}


def test_the_packs_give_every_setting_a_value() -> None:
    assert {one.indicator for one in define(load_policy())} == set(indicators())


# -- planted faults ----------------------------------------------------------------------------------------------

Plain = dict[str, Any]

HANDLING = ("dv-case-handling", "parts", "main")
FAULTS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "a step nobody says": ((*HANDLING, "each", "step"), "case.open", "no step case.open in dv_warning"),
    "a step of another workflow": (("dv-legal-aid", "parts", "main", "in"), ["screening"], "no step service.asked"),
    "a workflow there is not": ((*HANDLING, "in"), ["dv"], "no workflow dv"),
    "a workflow the part does not look into": (
        ("women-victim-psych-support", "parts", "main", "each", 1, "in"),
        ["bullying"],
        "bullying is not among dv_warning, mandatory_report",
    ),
    "a dimension nobody states": (
        ("dv-warning-issued", "parts", "main", "each", "where"),
        {"criteria": True},
        "no dimension criteria",
    ),
    "a dimension that is not in the catalogue": (
        (*HANDLING, "each", "where"),
        {"weapon_used": True},
        "case.opened has no dimension weapon_used in the catalogue",
    ),
    "a code that is not in its list": (
        ("two-cancer-early-diagnosis", "parts", "main", "each", "where"),
        {"stage": ["precancerous"]},
        "stage is never precancerous",
    ),
    "a value that a row never sets": (
        ("guardianship-revocation", "parts", "main", "each", "where"),
        {"kind": "revoked"},
        "kind is never revoked",
    ),
    "an event that opens no such case": (
        ("women-infringement-report", "parts", "main", "each", "where"),
        {"event_type": "liandong.report.submitted.v2"},
        "event_type is never liandong.report.submitted.v2",
    ),
    "a nested step": ((*HANDLING, "counts", "then"), {"step": "case.ended"}, "no step case.ended"),
    "a kind of unit": (
        (*HANDLING, "counts", "then"),
        {"step": "referral.sent", "where": {"to_unit.kind": ["police"]}},
        "no kind of unit police",
    ),
    "a role": (("dv-legal-aid", "parts", "main", "who"), {"role": ["victims"]}, "no role victims"),
    "a setting there is not": ((*HANDLING, "counts", "within"), {"hours": "T"}, "setting T is not there, not hours"),
    "a setting in days taken for hours": (
        ("dv-legal-aid", "parts", "main", "counts", "within"),
        {"hours": "D"},
        "setting D is days, not hours",
    ),
    "a setting nobody uses": (("dv-shelter", "settings"), {"T": "hours"}, "setting T is used by no part"),
    "a wait for nothing": ((*HANDLING, "waits"), ["T3"], "nobody can wait for T3"),
    "a breakdown by what the step does not say": (
        ("dv-warning-issued", "parts", "declined", "by"),
        ["reason"],
        "warning.declined has no dimension reason",
    ),
    "a step that the anchor is never": (
        ("dv-grid-screening", "parts", "share", "counts"),
        {"is": {"step": "case.closed"}},
        "the step spoken of is never case.closed",
    ),
    "a part that is not there": (("dv-police-response", "parts", "letters", "over_part"), "mains", "no part mains"),
    "a Chinese formula of a step that is not counted": (
        ("dv-follow-up-visit", "formula_zh", "main"),
        "“出具告诫书（送达）”之后 D 日内“监护评估”的家庭暴力告诫案件。",
        "the Chinese formula of main has 监护评估",
    ),
    "a Chinese formula without a step that is counted": (
        ("dv-follow-up-visit", "formula_zh", "main"),
        "“出具告诫书（送达）”之后 D 日内回访的家庭暴力告诫案件。",
        "the Chinese formula does not say 回访、查访、随访",
    ),
    "a Chinese formula without its workflow": (
        ("dv-follow-up-visit", "formula_zh", "main"),
        "“出具告诫书（送达）”之后 D 日内“回访、查访、随访”的案件。",
        "the Chinese formula does not say 家庭暴力告诫",
    ),
    "a Chinese formula in another unit": (
        ("dv-follow-up-visit", "formula_zh", "main"),
        "“出具告诫书（送达）”之后 D 小时内“回访、查访、随访”的家庭暴力告诫案件。",
        "the Chinese formula does not say D 日",
    ),
    "a Chinese formula that divides by something else": (
        ("dv-police-response", "formula_zh", "main"),
        "当年“立卷”的家庭暴力告诫案件数除以人口。",
        "the Chinese formula does not say 家庭暴力警情",
    ),
    "a Chinese formula of a part there is not": (
        ("dv-police-response", "formula_zh", "letters"),
        "“出具告诫书（送达）”的次数，除以 `mains`。",
        "the Chinese formula has no part mains",
    ),
    "a part without a Chinese formula": (
        ("dv-police-response", "formula_zh"),
        {"main": "当年“立卷”的家庭暴力告诫案件数，除以家庭暴力警情数。"},
        "no Chinese formula for letters",
    ),
    "another indicator's target": (
        ("cancer-treatment-rate", "parts", "together", "targets"),
        ["yueqing-women-health-04"],
        "no target yueqing-women-health-04 of cancer-treatment-rate",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str) -> None:
    path, value, expected = FAULTS[fault]
    plain = {key: one.model_dump(by_alias=True, exclude_defaults=True) for key, one in indicators().items()}
    _plant(plain, path, value)
    changed = TypeAdapter(dict[str, Indicator]).validate_python(plain, strict=False)
    assert any(expected in one for one in find_faults(changed, milestones(), NEWEST))


ENTRY_FAULTS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "a workflow that does not say it": (
        ("case.filed", "workflows"),
        ["mandatory_report", "dv_warning"],
        "case.filed: dv_warning does not say it",
    ),
    "a workflow that says it too": (("referral.sent", "workflows"), ["shelter"], "referral.sent: dv_warning says it"),
    "a state that is not there": (
        ("report.verified", "derived", 1, "from"),
        ["state.triage"],
        "report.verified: child_referral has no state.triage",
    ),
    "a final state": (("case.prosecuted", "derived", 1, "from"), ["state.closed"], "dv_warning has no state.closed"),
    "a field nobody states": (
        ("report.omitted", "derived", 0, "takes"),
        {"reporter_category": ["holder"]},
        "report.omitted: mandatory_report states none of holder",
    ),
    "a code that is not in its list": (
        ("judicial_aid.eligible", "derived", 0, "where"),
        {"needs": "aid"},
        "needs is never aid",
    ),
}


@pytest.mark.parametrize("fault", ENTRY_FAULTS)
def test_a_fault_planted_in_the_catalogue_of_steps_is_found(fault: str) -> None:
    path, value, expected = ENTRY_FAULTS[fault]
    plain = {name: one.model_dump(by_alias=True, exclude_defaults=True) for name, one in milestones().items()}
    _plant(plain, path, value)
    changed = TypeAdapter(dict[str, MilestoneEntry]).validate_python(plain, strict=False)
    assert any(expected in one for one in find_faults(indicators(), changed, NEWEST))


def test_a_word_that_the_grammar_does_not_have_is_refused() -> None:
    plain = {key: one.model_dump(by_alias=True, exclude_defaults=True) for key, one in indicators().items()}
    _plant(plain, (*HANDLING, "counts", "withn"), {"hours": "T1"})
    with pytest.raises(ValidationError, match="withn"):
        TypeAdapter(dict[str, Indicator]).validate_python(plain, strict=False)


def _plant(plain: Plain, path: tuple[str | int, ...], value: Any) -> None:
    """An anchor that stands alone is a list of one."""
    here: Any = plain
    for step in path[:-1]:
        here = here[0][step] if isinstance(here, (list, tuple)) and isinstance(step, str) else here[step]
    if isinstance(here, (list, tuple)) and isinstance(path[-1], str):
        here = here[0]
    here[path[-1]] = value
