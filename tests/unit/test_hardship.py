"""SM-W 困境儿童认定: every row of the table, what is refused, silence, months, and who is told by when."""

from typing import Any

import pytest

from contracts.cases import DeadlineBreached, Milestone
from tests.unit.golden_school import (
    CHECKED,
    CIVIL_AFFAIRS,
    HOME,
    HOME_COUNTY,
    REFUSED,
    TOWNSHIP,
    answered,
    confirmation,
    deciding_story,
    elsewhere_story,
    hardship_story,
    local_home,
    on,
    paying_story,
    pushed_story,
    rechecked,
)
from tests.unit.rows import Row, check, missing, row
from tests.unit.stories import COMMAND, MONDAY, PROTECTION, Story, loaded, report

COMMITTEE = "womens-children-committee@330382"
ABROAD = {"home_unit": HOME, "home_civil_affairs": HOME_COUNTY, "document": "录1号"}
LOCAL = local_home() | {"document": "录1号"}
MISSING: dict[str, Any] = {"missing": ["father", "form"]}
SUPERVISOR = "childrens-supervisor@330382001"


def applied() -> Story:
    return hardship_story()


def papers_missing() -> Story:
    return hardship_story().act("ask_papers", TOWNSHIP, **MISSING).prove()


def entering() -> Story:
    return hardship_story(papers_complete_at=MONDAY.isoformat())


def entering_abroad() -> Story:
    return hardship_story(cross=True, papers_complete_at=MONDAY.isoformat())


def checking() -> Story:
    return pushed_story().later(days=3)


def deciding() -> Story:
    return deciding_story().later(days=2)


def confirmed() -> Story:
    story = deciding()
    return story.act("confirm", CIVIL_AFFAIRS, **confirmation(story)).prove()


def next_month() -> Story:
    story = confirmed()
    story.now = on("2026-02-03T09:00")
    return story


def paying() -> Story:
    return paying_story().later(days=100)


def stopping() -> Story:
    story = paying()
    return story.act("report_change", TOWNSHIP, changed_at=story.now.isoformat(), change="parent_able")


def refused() -> Story:
    return deciding().act("refuse", CIVIL_AFFAIRS, **REFUSED).prove()


def closed() -> Story:
    return refused().act("close", CIVIL_AFFAIRS)


def complete(story: Story) -> dict[str, Any]:
    return {"papers_complete_at": story.now.isoformat(), "cross_province": False}


def changed(story: Story) -> dict[str, Any]:
    return {"changed_at": story.now.isoformat(), "change": "adopted"}


def paid(story: Story) -> dict[str, Any]:
    return {"paid_at": story.now.isoformat(), "document": "发1号"}


def not_eligible(story: Story) -> dict[str, Any]:
    return rechecked(story, still_eligible=False)


STOP = {"end": "parent_able", "stopped_from": "2026-06-01", "document": "停1号"}

ROWS = [
    row(applied, "ask_papers", TOWNSHIP, "papers_missing", TOWNSHIP, fields=MISSING, tasks="tell_missing_papers",
        rules="hardship-papers hardship-papers-notice", gone="hardship-intake"),
    row(applied, "papers_complete", TOWNSHIP, "entering", TOWNSHIP, fields=complete, rules="hardship-entry-local",
        gone="hardship-intake hardship-entry"),
    row(papers_missing, "papers_complete", TOWNSHIP, "entering", TOWNSHIP, fields=complete, gone="hardship-papers"),
    row(papers_missing, "withdraw", TOWNSHIP, "closed", CIVIL_AFFAIRS, fields={"document": "撤1号"},
        gone="hardship-papers"),
    row(entering, "enter_and_push", TOWNSHIP, "checking", TOWNSHIP, fields=LOCAL, rules="hardship-check",
        gone="hardship-entry-local"),
    row(entering_abroad, "enter_and_push", TOWNSHIP, "checking", HOME, fields=ABROAD, rules="hardship-check",
        gone="hardship-entry"),
    row(entering_abroad, "push_elsewhere", TOWNSHIP, "elsewhere", TOWNSHIP, fields={"document": "录2号"},
        rules="hardship-elsewhere", gone="hardship-entry"),
    row(elsewhere_story, "record_elsewhere", TOWNSHIP, "closed", CIVIL_AFFAIRS,
        fields=lambda story: answered(story, "confirmed"), tasks="tell_decision", rules="hardship-tell"),
    row(elsewhere_story, "record_elsewhere", TOWNSHIP, "refused", CIVIL_AFFAIRS,
        fields=lambda story: answered(story, "refused"), tasks="tell_decision consider_relief"),
    row(checking, "check", TOWNSHIP, "deciding", CIVIL_AFFAIRS, fields=CHECKED, rules="hardship-decision",
        gone="hardship-check"),
    row(checking, "check_failed", TOWNSHIP, "refused", CIVIL_AFFAIRS, fields=REFUSED,
        tasks="tell_decision_local consider_relief", rules="hardship-tell-local hardship-relief"),
    row(deciding, "confirm", CIVIL_AFFAIRS, "confirmed", CIVIL_AFFAIRS, fields=confirmation,
        tasks="tell_decision_local", rules="hardship-first-payment", gone="hardship-decision"),
    row(deciding, "refuse", CIVIL_AFFAIRS, "refused", CIVIL_AFFAIRS, fields=REFUSED, tasks="tell_decision_local"),
    row(deciding, "send_back", CIVIL_AFFAIRS, "checking", TOWNSHIP, fields={"reason": "incomplete"},
        rules="hardship-check", gone="hardship-decision"),
    row(next_month, "pay", CIVIL_AFFAIRS, "paying", CIVIL_AFFAIRS, fields=paid, rules="hardship-recheck",
        gone="hardship-first-payment"),
    row(paying, "recheck", CIVIL_AFFAIRS, "paying", CIVIL_AFFAIRS, fields=rechecked, rules="hardship-recheck"),
    row(paying, "recheck", CIVIL_AFFAIRS, "stopping", CIVIL_AFFAIRS, fields=not_eligible, rules="hardship-stop",
        gone="hardship-recheck"),
    row(paying, "report_change", SUPERVISOR, "stopping", CIVIL_AFFAIRS, fields=changed, rules="hardship-stop"),
    row(confirmed, "report_change", TOWNSHIP, "stopping", CIVIL_AFFAIRS, fields=changed,
        gone="hardship-first-payment"),
    row(stopping, "keep", CIVIL_AFFAIRS, "paying", CIVIL_AFFAIRS, fields={"second_person": "W2"},
        rules="hardship-recheck", gone="hardship-stop"),
    row(stopping, "stop", CIVIL_AFFAIRS, "closed", CIVIL_AFFAIRS, fields=STOP, tasks="tell_stop",
        gone="hardship-stop"),
    row(refused, "reapply", CIVIL_AFFAIRS, "applied", TOWNSHIP, fields={"applied_for": "orphan"},
        rules="hardship-intake"),
    row(refused, "close", CIVIL_AFFAIRS, "closed", CIVIL_AFFAIRS, tasks="consider_relief"),
    row(checking, "refer_protection", TOWNSHIP, "checking", TOWNSHIP, opens="child_referral"),
    row(closed, "reopen", CIVIL_AFFAIRS, "applied", TOWNSHIP, fields={"applied_for": "orphan"},
        rules="hardship-intake"),
]  # fmt: skip


@pytest.mark.parametrize("line", ROWS, ids=str)
def test_row(line: Row) -> None:
    check(line)


def test_every_row_has_a_line() -> None:
    assert not missing(loaded().get("hardship").definition, ROWS)


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "action", "unit", "fields", "said"),
    [
        (checking, "check", TOWNSHIP, CHECKED | {"posted_publicly": True}, "对外公示应为否"),
        (checking, "check", TOWNSHIP, CHECKED | {"data_compared": False}, "已作数据比对应为是"),
        (checking, "check", CIVIL_AFFAIRS, CHECKED, "不由本单位办理"),
        (applied, "push_elsewhere", TOWNSHIP, {"document": "录1号"}, "不能办理"),
        (entering, "push_elsewhere", TOWNSHIP, {"document": "录1号"}, "跨省通办"),
        (next_month, "pay", CIVIL_AFFAIRS, {"paid_at": "2026-01-31T09:00:00+08:00", "document": "发1号"}, "纳入保障"),
        (stopping, "stop", CIVIL_AFFAIRS, STOP | {"stopped_from": "2026-05-20"}, "次月"),
        (stopping, "stop", CIVIL_AFFAIRS, STOP | {"stopped_from": "2026-05-01"}, "次月"),
    ],
)
def test_refused(given: Any, action: str, unit: str, fields: dict[str, Any], said: str) -> None:
    assert said in given().refused(action, unit, **fields).zh


@pytest.mark.parametrize(("decided", "first"), [("2026-01-31", "2026-02-01"), ("2026-12-31", "2027-01-01")])
def test_support_begins_with_the_month_after_the_decision(decided: str, first: str) -> None:
    story = deciding_story()
    story.now = on(f"{decided}T10:00")
    fields = confirmation(story)
    assert fields["entitled_from"] == first
    for wrong in (decided, "2027-06-01"):
        assert "次月" in story.refused("confirm", CIVIL_AFFAIRS, **(fields | {"entitled_from": wrong})).zh
    story.act("confirm", CIVIL_AFFAIRS, **fields)


def test_county_sends_back_once() -> None:
    story = papers_missing().act(
        "papers_complete", TOWNSHIP, papers_complete_at=MONDAY.isoformat(), cross_province=False
    )
    story.act("enter_and_push", TOWNSHIP, **LOCAL).act("check", TOWNSHIP, **CHECKED)
    story.act("send_back", CIVIL_AFFAIRS, reason="incomplete").act("check", TOWNSHIP, **CHECKED)
    assert "退回补充查验已达 1 次上限" in story.refused("send_back", CIVIL_AFFAIRS, reason="incomplete").zh


def test_refusal_is_closed_only_when_the_applicant_has_it_in_writing() -> None:
    story = deciding().act("refuse", CIVIL_AFFAIRS, **REFUSED)
    assert story.refused("close", CIVIL_AFFAIRS).code == "open_tasks"
    [told] = story.tasks("tell_decision_local")
    assert (told.unit, told.addressee_role) == (TOWNSHIP, "guardian")


# -- clocks and units ---------------------------------------------------------------------------------------------


def test_each_unit_across_provinces_has_its_own_clock() -> None:
    story = entering_abroad()
    entry = story.clock("hardship-entry").deadline
    assert (entry.unit, entry.law_class, entry.due_at.isoformat()) == (TOWNSHIP, "NORM", "2026-01-09T00:00:00+08:00")
    story.later(days=1).act("enter_and_push", TOWNSHIP, **ABROAD)
    checked = story.clock("hardship-check").deadline
    assert (checked.unit, checked.due_at.isoformat()) == (HOME, "2026-01-28T00:00:00+08:00")
    story.act("check", HOME, **CHECKED)
    assert story.clock("hardship-decision").deadline.unit == HOME_COUNTY
    story.act("confirm", HOME_COUNTY, **confirmation(story))
    told = story.clock("hardship-tell").deadline
    assert (told.unit, told.law_class) == (TOWNSHIP, "NORM")


def test_application_at_home_shows_no_limit_of_the_other_procedure() -> None:
    story = entering()
    assert "hardship-entry" not in story.rules()
    assert story.clock("hardship-entry-local").deadline.law_class == "PLAT"


def test_entry_counts_from_the_complete_papers_and_silence_climbs_to_civil_affairs() -> None:
    story = hardship_story(cross=True, at=MONDAY, papers_complete_at="2025-12-31T09:00:00+08:00").silence(days=3)
    assert [task.unit for task in story.tasks("supervise")] == [CIVIL_AFFAIRS]
    assert story.is_.accountable == TOWNSHIP


def test_county_that_does_not_decide_is_seen() -> None:
    story = deciding_story(cross=True).silence(days=40)
    assert {t.unit for t in story.tasks("supervise")} == {COMMITTEE}
    assert [b for fact in story.log for b in fact.of(DeadlineBreached)]


def test_yearly_check_is_reminded_a_month_before() -> None:
    story = paying_story().silence(days=340)
    assert [task.unit for task in story.tasks("remind")] == [CIVIL_AFFAIRS]
    assert story.clock("hardship-recheck").status == "running"


def test_child_in_need_of_more_is_referred_and_in_danger_is_answered() -> None:
    story = paying().act("refer_protection", CIVIL_AFFAIRS).act("raise_urgent_danger", TOWNSHIP)
    assert [task.unit for task in story.tasks("urgent_response")] == [COMMAND]
    assert "已达 1 次上限" in story.refused("refer_protection", CIVIL_AFFAIRS).zh


def test_second_application_for_the_same_child_is_looked_at() -> None:
    story = checking()
    made = report("hardship.applied", story.now, 2, PROTECTION, applied_for="orphan", cross_province=False)
    story.reported(made, minor=True)
    assert [task.unit for task in story.tasks("new_report")] == [TOWNSHIP]


def test_visits_and_money_reach_their_milestones() -> None:
    story = paying().act("recheck", CIVIL_AFFAIRS, **rechecked(paying()))
    names = {m.name for fact in story.log for m in fact.of(Milestone)}
    assert {"case.opened", "case.accepted", "verification.completed", "service.delivered", "followup.visited"} <= names
