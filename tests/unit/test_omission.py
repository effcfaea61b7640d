"""应报未报: every row of the table, what is refused, silence, the month of a 检察建议, and what counts as found."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.cases import Milestone
from tests.unit.golden_reports import HEALTH, PENALTY, YOUTH, found_true, omission_in_a_case, omitted
from tests.unit.golden_school import EDUCATION, opened_by
from tests.unit.rows import Row, check, missing, row
from tests.unit.stories import (
    BUREAU,
    COMMAND,
    HOSPITAL,
    MONDAY,
    PROCURATORATE,
    SCHOOL,
    STATION,
    Story,
    loaded,
    received_story,
    report,
)

KNOWN = MONDAY - timedelta(days=3)
SECOND = {"reason": "recorded_in_error", "second_person": "W2"}
FINE: dict[str, Any] = PENALTY | {"sanctions": ["fine"]}
NONE = {"no_sanction_reason": "slight", "second_person": "W2", "document": "决1号"}
SUGGESTED = {"to_unit": HOSPITAL, "document": "检建1号"}


def found() -> Story:
    """Reported by the procuratorate; nobody has been told yet."""
    stated: dict[str, Any] = {
        "duty_holder": "hotel",
        "omission": "not_reported",
        "known_at": KNOWN.isoformat(),
        "superior_blocked": False,
    }
    made = report("omission.found", MONDAY, unit=PROCURATORATE, **stated)
    return Story(loaded().get("omission")).reported(made, minor=True)


def inquiry() -> Story:
    return omission_in_a_case()


def established() -> Story:
    return inquiry().later(days=2).prove().act("establish", HEALTH, **found_true(KNOWN))


def blocked() -> Story:
    return inquiry().later(days=2).prove().act("establish", HEALTH, **found_true(KNOWN, superior_blocked=True))


def decided() -> Story:
    return established().act("sanction", HEALTH, **FINE).prove()


def closed() -> Story:
    return decided().act("close", HEALTH)


ROWS = [
    row(found, "notify_authority", PROCURATORATE, "inquiry", BUREAU,
        fields={"to_authority": BUREAU, "document": "通1号"}, rules="omission-inquiry",
        gone="omission-notice", tasks="copy_opening"),
    row(found, "close_in_error", PROCURATORATE, "closed", PROCURATORATE, fields=SECOND, gone="omission-notice"),
    row(inquiry, "return_notice", HEALTH, "found", PROCURATORATE, fields={"reason": "wrong_jurisdiction"},
        rules="omission-notice", gone="omission-inquiry omission-copy"),
    row(inquiry, "establish", HEALTH, "established", HEALTH, fields=found_true(KNOWN), rules="omission-decision",
        gone="omission-inquiry"),
    row(inquiry, "establish", HEALTH, "established", HEALTH, fields=found_true(KNOWN, superior_blocked=True),
        tasks="copy_obstruction"),
    row(inquiry, "not_established", HEALTH, "closed", PROCURATORATE, tasks="copy_result",
        fields={"ground": "reported", "second_person": "W2", "document": "核1号"}, gone="omission-inquiry"),
    row(established, "sanction", HEALTH, "decided", HEALTH, fields=FINE, tasks="copy_result", gone="omission-decision"),
    row(blocked, "sanction", HEALTH, "decided", HEALTH, fields=FINE | {"heavier": True, "on_whom": ["superior"]}),
    row(established, "no_sanction", HEALTH, "decided", HEALTH, fields=NONE, tasks="copy_result"),
    row(decided, "rectify", HEALTH, "decided", HEALTH,
        fields={"rectified": ["training"], "trained": 30, "document": "整1号"}),
    row(established, "suggest", PROCURATORATE, "established", HEALTH, fields=SUGGESTED, tasks="answer_suggestion",
        rules="suggestion-answer omission-decision"),
    row(decided, "commend", YOUTH, "decided", HEALTH, fields={"commended": "medical", "honour": "award"}),
    row(decided, "close", HEALTH, "closed", PROCURATORATE),
    row(closed, "reopen", PROCURATORATE, "found", PROCURATORATE, fields={"reason": "new_evidence"},
        rules="omission-notice"),
]  # fmt: skip


@pytest.mark.parametrize("line", ROWS, ids=str)
def test_row(line: Row) -> None:
    check(line)


def test_every_row_has_a_line() -> None:
    assert not missing(loaded().get("omission").definition, ROWS)


@pytest.mark.parametrize(
    ("given", "action", "unit", "fields", "said"),
    [
        (inquiry, "establish", PROCURATORATE, found_true(KNOWN), "不由本单位办理"),  # the authority decides
        (established, "suggest", HEALTH, SUGGESTED, "不由本单位办理"),
        (established, "sanction", HEALTH, FINE | {"sanctions": []}, "处理种类"),
        (established, "sanction", HEALTH, FINE | {"sanctions": ["none"]}, "不予追责"),
        (blocked, "sanction", HEALTH, FINE, "从重应为是"),
        (decided, "commend", STATION, {"commended": "medical", "honour": "praise"}, "不由本单位办理"),
    ],
)
def test_refused(given: Any, action: str, unit: str, fields: dict[str, Any], said: str) -> None:
    assert said in given().refused(action, unit, **fields).zh


def test_notice_is_returned_once() -> None:
    story = found().act("notify_authority", PROCURATORATE, to_authority=EDUCATION, document="通1号")
    story.act("return_notice", EDUCATION, reason="wrong_jurisdiction")
    story.act("notify_authority", PROCURATORATE, to_authority=BUREAU, document="通2号")
    assert "上限" in story.refused("return_notice", BUREAU, reason="wrong_jurisdiction").zh


def test_suggestion_is_answered_by_whom_it_is_addressed_to_within_a_month() -> None:
    story = decided().act("suggest", PROCURATORATE, **SUGGESTED)
    [task] = story.tasks("answer_suggestion")
    deadline = story.clock("suggestion-answer").deadline
    assert (task.unit, deadline.law_class, deadline.article) == (HOSPITAL, "STAT", "未成年人保护法第一百一十四条")
    assert deadline.due_at.isoformat() == "2026-02-08T00:00:00+08:00"
    assert story.refused("close", HEALTH).code == "open_tasks"
    story.silence(days=40)
    assert [t.unit for t in story.tasks("supervise")] == [PROCURATORATE]
    story.act("complete_task", HOSPITAL, task.task_id, document="复1号", adopted="partly").act("close", HEALTH)


def test_silence_of_the_authority_climbs_to_the_procuratorate_and_the_authority_stays_accountable() -> None:
    story = inquiry().silence(days=31)
    assert PROCURATORATE in {task.unit for task in story.tasks("supervise")}
    assert story.is_.accountable == HEALTH


def test_only_the_answer_to_a_suggestion_has_a_limit_in_law() -> None:
    rules = [r for r in loaded().get("omission").policy if r.id.startswith("omission-") or r.id == "suggestion-answer"]
    assert {rule.id for rule in rules if rule.law_class != "PLAT"} == {"suggestion-answer"}
    assert all("平台提醒" in rule.article for rule in rules if rule.law_class == "PLAT")


def test_omission_counts_once_where_it_was_found() -> None:
    counted = [(m.name, m.dimensions) for m in found().log[0].of(Milestone)]
    assert counted == [("report.omission_found", {"duty_holder": "hotel"})]
    report_ = received_story().act("find_omission", PROCURATORATE, **omitted(KNOWN))
    assert [(m.name, m.dimensions) for m in report_.last.of(Milestone)] == [
        ("report.omission_found", {"duty_holder": "medical"})
    ]
    assert not opened_by(report_, "omission").log[0].of(Milestone)


def test_case_found_in_another_is_linked_to_it() -> None:
    parent = received_story().act("find_omission", PROCURATORATE, **omitted(KNOWN))
    story = opened_by(parent, "omission")
    assert (story.is_.parent_case_id, story.is_.relation) == (parent.is_.case_id, "omission")


def test_another_body_is_another_case() -> None:
    join = loaded().get("omission").definition.join
    assert (join.roles, join.fields) == (("victim",), ("duty_holder",))


def test_danger_is_answered_in_an_omission_too() -> None:
    story = inquiry().act("raise_urgent_danger", SCHOOL)
    assert [task.unit for task in story.tasks("urgent_response")] == [COMMAND]
