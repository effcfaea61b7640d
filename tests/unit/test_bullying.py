"""SM-Y 学生欺凌: every row of the table, what is refused, silence, danger, and what the law's dates are."""

from typing import Any

import pytest

from contracts.cases import ChildOpened, DeadlineBreached, DeadlineStarted, Milestone, ReportAttached
from tests.unit.golden_school import (
    EDUCATION,
    SECOND,
    STOPPED,
    bullying_concealed_by_the_school,
    bullying_story,
    bullying_upheld,
    decided_story,
    finding,
    help_at,
    helped,
    opened_by,
    referred_by_police,
    reviewed,
    stopped_story,
    under_review,
)
from tests.unit.rows import Row, check, missing, row
from tests.unit.stories import COMMAND, MONDAY, PROCURATORATE, SCHOOL, STATION, Story, loaded, report

COMMITTEE = "womens-children-committee@330382"
INVITED = "invite_victim_side invite_other_side"
TOLD = "tell_victim_side tell_other_side"
SERIOUS = STOPPED | {"serious": True}
OVER = {"cause": "concealed"}


def unassigned() -> Story:
    return referred_by_police()


def not_stopped() -> Story:
    return bullying_story().silence(days=1)


def investigated() -> Story:
    return stopped_story().later(hours=1).prove()


def by_bureau() -> Story:
    return not_stopped().act("take_over", EDUCATION, **OVER).later(hours=1).prove()


def known_serious() -> Story:
    return bullying_story(serious=True)


def closable() -> Story:
    return helped(decided_story())


def no_bullying() -> Story:
    return decided_story("not_bullying").later(days=1).prove()


def closed() -> Story:
    return no_bullying().act("close", SCHOOL).later(days=3)


def now(name: str, **more: Any) -> Any:
    return lambda story: {name: story.now.isoformat()} | more


OMITTED: dict[str, Any] = {"omission": "concealed", "duty_holder": "school", "known_at": MONDAY.isoformat()}
OMITTED |= {"superior_blocked": True, "authority": EDUCATION}

ROWS = [
    row(unassigned, "assign_school", EDUCATION, "reported", SCHOOL, fields={"to_school": SCHOOL},
        rules="bullying-stop"),
    row(unassigned, "send_back", EDUCATION, "sent_back", EDUCATION, fields=SECOND, gone="bullying-assign"),
    row(bullying_story, "stop", SCHOOL, "investigating", SCHOOL, fields=STOPPED, tasks=INVITED,
        rules="bullying-investigation bullying-guardian-notice", gone="bullying-stop bullying-silence"),
    row(bullying_story, "stop", SCHOOL, "investigating", SCHOOL, fields=SERIOUS, opens="mandatory_report",
        tasks=INVITED + " tell_education", rules="bullying-serious-report"),
    row(not_stopped, "stop", EDUCATION, "investigating", SCHOOL, fields=STOPPED, gone="bullying-stop"),
    row(not_stopped, "urge_school", EDUCATION, "reported", SCHOOL, fields={"document": "督1号"},
        rules="bullying-stop bullying-silence", gone="bullying-takeover"),
    row(not_stopped, "take_over", EDUCATION, "bureau_investigating", EDUCATION, fields=OVER, tasks=INVITED,
        rules="bullying-bureau-investigation", gone="bullying-stop bullying-takeover"),
    row(investigated, "take_over", EDUCATION, "bureau_investigating", EDUCATION, fields=OVER,
        rules="bullying-bureau-investigation", gone="bullying-investigation"),
    row(investigated, "extend_investigation", EDUCATION, "investigating", SCHOOL,
        fields={"approval": "同意1号", "cause": "police"}, rules="bullying-investigation-extended",
        gone="bullying-investigation"),
    row(investigated, "report_serious", SCHOOL, "investigating", SCHOOL, fields=now("known_at"),
        opens="mandatory_report", tasks="tell_education"),
    row(known_serious, "not_serious", EDUCATION, "reported", SCHOOL, fields=SECOND, gone="bullying-serious-report"),
    row(investigated, "decide", SCHOOL, "determined", SCHOOL, fields=finding("bullying"), tasks=TOLD,
        rules="bullying-follow-up bullying-finding-notice", gone="bullying-investigation"),
    row(investigated, "decide", SCHOOL, "determined", SCHOOL, fields=finding("serious"), opens="mandatory_report",
        tasks=TOLD + " tell_education"),
    row(by_bureau, "decide", EDUCATION, "determined", SCHOOL, fields=finding("not_bullying"), tasks=TOLD,
        rules="bullying-close", gone="bullying-follow-up bullying-bureau-investigation"),
    row(investigated, "relapse", SCHOOL, "investigating", SCHOOL, fields=now("learned_at"), tasks="stop_again",
        rules="bullying-stop bullying-investigation"),
    row(decided_story, "relapse", SCHOOL, "reported", SCHOOL, fields=now("learned_at"), rules="bullying-stop",
        gone="bullying-follow-up"),
    row(decided_story, "object", EDUCATION, "review", EDUCATION, fields=now("objected_at", objector="other_side"),
        rules="bullying-review", gone="bullying-follow-up"),
    row(under_review, "review_decide", EDUCATION, "determined", SCHOOL, fields=reviewed("upheld"),
        tasks="tell_victim_review tell_other_review", gone="bullying-review"),
    row(under_review, "review_decide", EDUCATION, "determined", SCHOOL, fields=reviewed("changed", "serious"),
        opens="mandatory_report"),
    row(under_review, "review_decide", EDUCATION, "determined", SCHOOL, fields=reviewed("changed", "not_bullying"),
        rules="bullying-close"),
    row(under_review, "review_decide", EDUCATION, "bureau_investigating", EDUCATION, fields=reviewed("revoked"),
        rules="bullying-bureau-investigation"),
    row(decided_story, "follow_up", SCHOOL, "determined", SCHOOL, fields=help_at, rules="bullying-follow-up"),
    row(investigated, "refer_protection", SCHOOL, "investigating", SCHOOL, opens="child_referral"),
    row(by_bureau, "find_omission", PROCURATORATE, "bureau_investigating", EDUCATION, fields=OMITTED, opens="omission"),
    row(closable, "close", SCHOOL, "closed", EDUCATION, tasks="tell_outcome", gone="bullying-follow-up"),
    row(no_bullying, "close", SCHOOL, "closed", EDUCATION, tasks="tell_outcome"),
    row(bullying_story, "close_in_error", EDUCATION, "closed", EDUCATION, fields=SECOND, gone="bullying-stop"),
    row(closed, "reopen", EDUCATION, "review", EDUCATION, fields=now("learned_at", reason="objection"),
        rules="bullying-review"),
    row(closed, "reopen", EDUCATION, "reported", SCHOOL, fields=now("learned_at", reason="relapse"),
        rules="bullying-stop"),
    row(closed, "reopen", EDUCATION, "bureau_investigating", EDUCATION,
        fields=now("learned_at", reason="closed_in_error"), rules="bullying-bureau-investigation"),
]  # fmt: skip


@pytest.mark.parametrize("line", ROWS, ids=str)
def test_row(line: Row) -> None:
    check(line)


def test_every_row_has_a_line() -> None:
    assert not missing(loaded().get("bullying").definition, ROWS)


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "action", "unit", "fields", "code"),
    [
        (bullying_story, "stop", STATION, STOPPED, "wrong_unit"),
        (investigated, "take_over", SCHOOL, OVER, "wrong_unit"),
        (investigated, "extend_investigation", SCHOOL, {"approval": "1号", "cause": "police"}, "wrong_unit"),
        (bullying_story, "close_in_error", SCHOOL, SECOND, "wrong_unit"),  # a school cannot bury it
        (known_serious, "not_serious", SCHOOL, SECOND, "wrong_unit"),
        (stopped_story, "decide", SCHOOL, finding("bullying"), "guard"),  # nobody was invited yet
        (investigated, "decide", SCHOOL, finding("bullying", measures=[]), "guard"),
        (decided_story, "close", SCHOOL, {}, "guard"),
        (closed, "stop", SCHOOL, STOPPED, "case_closed"),
    ],
)
def test_refused(given: Any, action: str, unit: str, fields: dict[str, Any], code: str) -> None:
    assert given().refused(action, unit, **fields).code == code


def test_case_does_not_close_while_a_guardian_has_not_been_told() -> None:
    story = decided_story("not_bullying")
    assert story.refused("close", SCHOOL).code == "open_tasks"
    story.prove().act("close", SCHOOL)


def test_serious_case_does_not_close_before_the_school_has_reported() -> None:
    story = known_serious().act("stop", SCHOOL, **STOPPED).later(hours=1).prove()
    story.act("decide", SCHOOL, **finding("not_bullying")).prove()
    assert "严重欺凌" in story.refused("close", SCHOOL).zh
    story.act("report_serious", SCHOOL, known_at=story.now.isoformat()).prove().act("close", SCHOOL)


def test_review_is_possible_once() -> None:
    story = under_review().later(days=1).act("review_decide", EDUCATION, **reviewed("upheld")).prove()
    again = story.refused("object", SCHOOL, objected_at=story.now.isoformat(), objector="victim_side")
    assert "复查已达 1 次上限" in again.zh


def test_second_objection_after_closing_is_refused_and_never_becomes_an_inquiry() -> None:
    story = helped(upheld()).act("close", SCHOOL)
    story.refused("reopen", EDUCATION, reason="objection", learned_at=story.now.isoformat())


def upheld() -> Story:
    return under_review().later(days=1).act("review_decide", EDUCATION, **reviewed("upheld"))


def test_visit_that_finds_bullying_again_is_no_follow_up() -> None:
    story = decided_story().later(days=9)
    refused = story.refused("follow_up", SCHOOL, **help_at(story, bullied_again=True))
    assert "再次受到欺凌应为否" in refused.zh


# -- clocks -------------------------------------------------------------------------------------------------------


def test_school_is_late_from_when_its_staff_first_knew() -> None:
    known = MONDAY.replace(hour=7)
    story = bullying_story(first_known_at=known.isoformat())
    clock = story.clock("bullying-stop")
    assert (clock.deadline.started_at, clock.deadline.unit) == (known, SCHOOL)
    assert clock.deadline.law_class == "PLAT", "the law says at once; the alarm is the platform's own"


def test_inquiry_ends_within_ten_days_of_its_start() -> None:
    deadline = stopped_story().clock("bullying-investigation").deadline
    assert (deadline.law_class, deadline.due_at.isoformat()) == ("NORM", "2026-01-16T00:00:00+08:00")


def test_silence_brings_the_bureau_and_then_climbs_while_the_schools_breach_stays_one() -> None:
    story = bullying_story().silence(days=1)
    assert (story.is_.state, story.is_.accountable) == ("not_stopped", EDUCATION)
    story.silence(days=5)
    assert {task.unit for task in story.tasks("supervise")} == {EDUCATION, PROCURATORATE, COMMITTEE}
    story.act("urge_school", EDUCATION, document="督1号").act("stop", SCHOOL, **STOPPED)
    breached = [b.deadline_id for fact in story.log for b in fact.of(DeadlineBreached)]
    assert len(breached) == len(set(breached))
    stops = [d for d in story.log[0].of(DeadlineStarted) if d.deadline.rule == "bullying-stop"]
    assert [d.deadline.deadline_id for d in stops] == breached[:1]


def test_ten_days_without_a_finding_climb_to_the_bureau() -> None:
    story = stopped_story().silence(days=12)
    assert EDUCATION in {task.unit for task in story.tasks("supervise")}


def test_review_of_fifteen_days_is_the_platforms_reading() -> None:
    deadline = under_review().clock("bullying-review").deadline
    assert deadline.law_class == "PLAT"
    assert "平台" in deadline.article


def test_no_number_of_the_platform_is_printed_as_law() -> None:
    rules = [rule for rule in loaded().get("bullying").policy if rule.id.startswith("bullying-")]
    assert all("平台提醒" in rule.article for rule in rules if rule.law_class == "PLAT")
    assert {rule.id for rule in rules if rule.law_class != "PLAT"} == {
        "bullying-stop", "bullying-serious-report", "bullying-investigation",
    }  # fmt: skip


# -- police, protection, omission ---------------------------------------------------------------------------------


def test_serious_bullying_opens_a_report_of_the_school_with_the_school_as_reporter() -> None:
    story = bullying_story().later(minutes=10).act("stop", SCHOOL, **SERIOUS)
    police = opened_by(story, "mandatory_report")
    [attached] = police.log[0].of(ReportAttached)
    assert (attached.report.reporter_category, attached.report.reporter_unit) == ("school", SCHOOL)
    assert (police.is_.state, police.is_.accountable) == ("reported", STATION)
    names = [milestone.name for milestone in police.log[0].of(Milestone)]
    assert names == ["report.submitted", "case.opened"]
    assert [task.unit for task in police.tasks("file_to_authority")] == [SCHOOL]


def test_what_may_be_an_offence_reaches_police_at_once_as_nobodys_report() -> None:
    story = bullying_story(may_be_offence=True)
    police = opened_by(story, "mandatory_report")
    assert not police.is_.reports
    assert [milestone.name for milestone in police.log[0].of(Milestone)] == ["case.opened"]
    story.act("stop", SCHOOL, **SERIOUS)
    assert story.last.of(ChildOpened), "the school's own duty is still its own: it joins as a lead"


def test_omission_is_counted_in_the_case_where_it_was_found_and_not_again() -> None:
    story = by_bureau().act("find_omission", EDUCATION, **OMITTED)
    assert [m.name for m in story.last.of(Milestone)] == ["report.omission_found"]
    omission = opened_by(story, "omission")
    assert not omission.log[0].of(Milestone)
    assert omission.is_.accountable == EDUCATION


def test_findings_reach_the_milestones_that_the_indicator_counts() -> None:
    names = [m.name for fact in bullying_upheld().log for m in fact.of(Milestone)]
    for name in ("case.opened", "case.accepted", "case.substantiated", "service.delivered", "followup.visited"):
        assert name in names
    assert "case.unsubstantiated" in [m.name for f in bullying_concealed_by_the_school().log for m in f.of(Milestone)]


def test_danger_is_the_polices_at_once_whatever_the_state() -> None:
    story = investigated().act("raise_urgent_danger", SCHOOL)
    assert [task.unit for task in story.tasks("urgent_response")] == [COMMAND]
    assert story.is_.accountable == SCHOOL


def test_second_report_of_the_same_child_is_looked_at_by_the_school() -> None:
    story = investigated().later(days=1)
    story.reported(report("bullying.reported", story.now, 2, school=SCHOOL, kinds=["online"]), minor=True)
    [task] = story.tasks("new_report")
    story.act("review_report", SCHOOL, task.task_id, finding="same_incident")
    assert len(story.is_.reports) == 2
