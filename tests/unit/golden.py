"""The narrated cases behind the golden histories: every row of every released table is taken in one of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.unit import golden_dv, golden_reports, golden_school, health_stories, hotline_stories, stories
from tests.unit.golden_children import CHILDREN
from tests.unit.stories import (
    BUREAU,
    COMMAND,
    MCH,
    MONDAY,
    NEIGHBOUR,
    PROCURATORATE,
    PROTECTION,
    SCHOOL,
    STATION,
    VILLAGE,
    Story,
    assessment,
    loaded,
    report,
    visit,
)

dv_story, served_story = partial(stories.dv_story, 1), partial(stories.served_story, 1)
harm_story, received_story = partial(stories.harm_story, version=1), partial(stories.received_story, version=1)
SUPERVISOR = "childrens-supervisor@330382001"
SECOND = {"reason": "no_issue", "second_person": "W2"}


# -- 家庭暴力告诫 -----------------------------------------------------------------------------------------------


def clean_letter() -> Story:
    """A letter, a first visit within the week, three quarterly visits that find no violence."""
    story = served_story(children_present=1).later(hours=3).prove().later(days=5)
    story.act("record_visit", **visit(story))
    for _ in range(3):
        story.later(days=85)
        story.act("record_visit", **visit(story))
    return story


def refused_letter_and_silence() -> Story:
    """He refuses to sign, the reading is filmed, and nobody visits."""
    story = dv_story().act("dispatch").act("assess", **assessment()).act("warn", letter_number="告诫字1号")
    served = {"served_at": story.now.isoformat(), "village_unit": VILLAGE}
    story.act("serve_refused", refusal_note="说明1号", video_reference="V-1", **served)
    return story.silence(days=20)


def change_of_station() -> Story:
    """They move; the first offer is withdrawn, the second comes back for papers, the third is taken."""
    story = served_story().prove().later(days=2)
    for end in ("withdraw_handover", "return_handover", "accept_handover"):
        story.act("change_station", new_station=NEIGHBOUR, handover_note="移1号").later(hours=8)
        reason = {"reason": "papers_missing"} if end == "return_handover" else {}
        story.act(end, unit=STATION if end == "withdraw_handover" else NEIGHBOUR, **reason)
    story.act("record_attempt", unit=NEIGHBOUR, attempted_at=story.now.isoformat(), reason="nobody_home")
    return story.later(days=1).act("record_visit", unit=NEIGHBOUR, **visit(story))


def violence_at_the_first_visit() -> Story:
    """The first visit finds new violence: a penalty case with an appraisal, extended, decided; reopened later."""
    story = served_story().prove().later(days=5)
    story.act("record_visit", **visit(story, "recurrence", perpetrator_seen=False))
    story.later(hours=1).prove().act("penalise").later(days=3).act("pause_for_appraisal", appraisal="鉴1号")
    story.later(days=10).act("resume_after_appraisal").later(days=20).act("extend_case", approval="延1号")
    story.later(days=9).act("record_outcome", result="detention", document="处1号")
    return story.later(days=30).act("reopen", reason="new_evidence")


def violence_between_the_visits() -> Story:
    """An early visit counts for nothing; the village finds new violence, and the police file a criminal case."""
    story = served_story().prove().later(days=5)
    story.act("record_visit", **visit(story)).later(days=20)
    story.act("record_visit", unit=VILLAGE, **visit(story)).later(days=60)
    story.act("record_visit", unit=VILLAGE, **visit(story, "recurrence")).prove().act("file_criminal")
    return story.later(days=40).act("record_outcome", result="prosecuted", document="诉1号")


def violence_that_was_reported() -> Story:
    """She calls while the letter's visits run; what happened becomes a case of its own."""
    story = served_story().prove().later(days=3)
    story.act("report_recurrence", learned_at=story.now.isoformat()).prove()
    return story.later(hours=2).act("open_new_case")


def criticism_only() -> Story:
    """The facts need checking, danger is raised and answered; it ends with criticism and help from the federation."""
    story = dv_story().act("dispatch").act("verify", reason="disputed").act("raise_urgent_danger")
    [urgent] = story.tasks("urgent_response")
    story.later(minutes=5).act("complete_task", unit=COMMAND, task=urgent.task_id, measure="safe")
    slight = assessment(criteria_met=False, warning_grounds=[], criticism_grounds=["slight_and_forgiven"])
    slight |= {"criticism_grounds": [next(iter(_codes("assess", "criticism_grounds")))]}
    story.later(hours=5).act("assess", **slight).act("criticise").later(days=1)
    return story.act("refer_support").prove().act("close")


def violence_not_established() -> Story:
    story = dv_story().act("dispatch")
    story.act("assess", **assessment(facts_found="not_proved", criteria_met=False, warning_grounds=[]))
    return story.act("not_established", document="记录1号").prove().act("close")


def penalty_instead() -> Story:
    story = dv_story().act("dispatch").act("assess", **assessment())
    return story.act("penalise", reason_no_letter="penalty_instead", document="处2号")


def crime_instead() -> Story:
    story = dv_story().act("dispatch").act("assess", **assessment())
    return story.act("file_criminal", reason_no_letter="criminal_instead", document="立2号")


def _codes(action: str, name: str) -> dict[str, str]:
    rows = loaded().get("dv_warning", 1).definition.actions
    return next(row.fields[name].codes for row in rows if row.name == action)


# -- 强制报告 ---------------------------------------------------------------------------------------------------


def harm_to_prosecution() -> Story:
    story = received_story(track="criminal").later(days=1).act("file_criminal", document="立1号").later(hours=5).prove()
    story.later(days=30).act("tell_before_transfer").prove().act("transfer_for_prosecution", document="诉1号")
    return story.later(days=60).act("judged", unit=PROCURATORATE, document="判1号")


def report_nobody_received() -> Story:
    """Nobody answers, the command centre calls; the case changes place twice before somebody reviews it."""
    story = harm_story().silence(hours=3).act("resend", unit=COMMAND, call_reference="电话1号").later(minutes=5)
    story.act("receive", receipt_no="回执1号", track="criminal")
    moved = {"transfer_note": "移1号"}
    story.act("transfer_jurisdiction", new_station=NEIGHBOUR, **moved)
    story.act("redirect_transfer", unit=BUREAU, new_station=STATION, **moved).later(hours=2)
    story.act("receive_transfer", receipt_no="回执2号", track="criminal").later(days=2)
    return story.act("extend_review", extension="leads", approval="批1号").silence(days=6)


def supervision_of_a_refusal() -> Story:
    """Police do not file; review upholds, the procuratorate accepts the reasons once and the second time does not."""
    story = received_story(track="criminal").later(days=1).act("not_file", document="不立1号", reason="too_slight")
    story.prove().act("apply_reconsideration", applied_at=story.now.isoformat()).later(days=20)
    story.act("uphold", unit=BUREAU, document="复1号").prove()
    for answer in ("accept_reasons", "notify_to_file"):
        story.act("ask_supervision", unit=PROCURATORATE).later(days=5)
        story.act("give_reasons", unit=PROCURATORATE, document="说明1号")
        papers = {"document": "通知1号"} if answer == "notify_to_file" else {}
        story.act(answer, unit=PROCURATORATE, **papers).prove()
    story.later(days=3).act("file_criminal", unit=BUREAU, document="立3号").later(days=40).prove()
    story.act("withdraw", document="撤1号").prove()
    return _filed(story).act("close").later(days=9).act("reopen", reason="new_evidence", track="criminal")


def review_that_overturns() -> Story:
    story = received_story(track="criminal").later(days=1).act("not_file", document="不立2号", reason="no_crime")
    story.prove().act("apply_reconsideration", applied_at=story.now.isoformat()).later(days=9)
    return story.act("overturn", unit=BUREAU, document="立4号")


def beating_with_an_appraisal() -> Story:
    """A case of public security: appraisal, extension, protection, danger, a duty nobody kept; then it is a crime."""
    story = received_story().act("accept_admin", document="受1号").later(days=2).prove()
    story.act("pause_for_appraisal", appraisal="鉴2号").later(days=12).act("resume_after_appraisal")
    story.act("extend_case", approval="延2号").act("request_protection", unit=SCHOOL)
    story.act("raise_urgent_danger", unit=SCHOOL).act("refer_protection")
    known = {"known_at": MONDAY.isoformat()}
    story.act("find_omission", unit=PROCURATORATE, duty_holder="hotel", **known)
    story.act("upgrade_criminal", document="立5号").later(days=1).prove()
    story.later(days=50).act("tell_before_transfer").prove().act("transfer_for_prosecution", document="诉2号")
    for task in story.tasks("urgent_response"):
        story.act("complete_task", unit=COMMAND, task=task.task_id, measure="removed")
    for task in story.tasks("protection_services"):
        story.act("complete_task", unit=PROTECTION, task=task.task_id, services=["medical"])
    return _filed(story).act("not_prosecuted", unit=PROCURATORATE, document="不诉1号")


def decided(action: str) -> Story:
    story = received_story(minor=False).act("accept_admin", document="受2号")
    return story.later(days=10).act(action, document="决1号")


def penalty_decided() -> Story:
    return decided("decide_penalty").prove()


def no_penalty_decided() -> Story:
    return decided("decide_no_penalty").silence(days=4)


def warning_decided() -> Story:
    return _filed(decided("decide_warning").prove()).act("close")


def no_police_matter() -> Story:
    told: dict[str, Any] = SECOND | {"told_reporter_at": MONDAY.isoformat()}
    return received_story(minor=False).prove().act("close_not_police_matter", **told)


def reported_twice() -> Story:
    told: dict[str, Any] = SECOND | {"told_reporter_at": MONDAY.isoformat()}
    return received_story(minor=False).prove().act("close_duplicate", **told)


def _filed(story: Story) -> Story:
    for task in story.tasks("file_to_authority"):
        filed = {"filed_at": story.now.isoformat(), "authority": "education"}
        story.act("complete_task", unit=task.unit, task=task.task_id, **filed)
    return story


# -- 儿童保护转介, 两癌筛查 ---------------------------------------------------------------------------------------


def referral(grade: str = "yellow") -> Story:
    made = report("child_referral.requested", MONDAY, proposed_grade=grade)
    story = Story(loaded().get("child_referral", 1)).reported(made, minor=True).later(minutes=20)
    return story.act("triage", unit=PROTECTION, grade=grade, child_seen=True)


def returned_once_then_served() -> Story:
    """Withdrawn, returned, taken; six visits, a relapse on the way, and it closes."""
    story = referral("red")
    asked: dict[str, Any] = {"to_unit": SUPERVISOR, "needs": ["psychological"]}
    story.act("refer", unit=PROTECTION, **asked).act("withdraw_referral", unit=PROTECTION)
    story.act("refer", unit=PROTECTION, **asked).later(hours=4)
    story.act("return_referral", unit=SUPERVISOR, reason="incomplete").act("refer", unit=PROTECTION, **asked)
    story.act("accept", unit=SUPERVISOR).later(days=20).act(
        "relapse", unit=SUPERVISOR, learned_at=story.now.isoformat()
    )
    story.act("triage", unit=PROTECTION, grade="blue", child_seen=True).act("refer", unit=PROTECTION, **asked)
    story.act("accept", unit=SUPERVISOR)
    for _ in range(6):
        story.later(days=28)
        seen: dict[str, Any] = {"visited_at": story.now.isoformat(), "child_seen": True, "services": ["psychological"]}
        story.act("follow_up", unit=SUPERVISOR, **seen)
    return story.act("close", unit=SUPERVISOR)


def nothing_found_and_reopened() -> Story:
    story = referral("green").act("raise_urgent_danger", unit=PROTECTION)
    [urgent] = story.tasks("urgent_response")
    story.act("complete_task", unit=COMMAND, task=urgent.task_id, measure="false_alarm")
    story.act("no_issue", unit=PROTECTION, **SECOND)
    return story.later(days=3).act("reopen", unit=PROTECTION, reason="new_evidence")


def abnormal_result() -> Story:
    """Not reached at first, told by telephone, diagnosed, and reopened by a new result."""
    made = report("screening.recorded", MONDAY, cancer="cervical", finding="abnormal")
    story = Story(loaded().get("screening", 1)).reported(made).later(days=1)
    story.act("record_attempt", unit=MCH, attempted_at=story.now.isoformat(), channel="phone").later(days=1)
    told = {"notified_at": story.now.isoformat(), "channel": "phone", "referral_slip": "转1号"}
    story.act("notify", unit=MCH, **told).later(days=20)
    story.act("record_diagnosis", unit=MCH, diagnosed_at=story.now.isoformat(), diagnosis="benign")
    return story.later(days=90).act("reopen", unit=MCH, reason="new_result")


STORIES: tuple[Callable[[], Story], ...] = (
    clean_letter,
    refused_letter_and_silence,
    change_of_station,
    violence_at_the_first_visit,
    violence_between_the_visits,
    violence_that_was_reported,
    criticism_only,
    violence_not_established,
    penalty_instead,
    crime_instead,
    harm_to_prosecution,
    report_nobody_received,
    supervision_of_a_refusal,
    review_that_overturns,
    beating_with_an_appraisal,
    penalty_decided,
    no_penalty_decided,
    warning_decided,
    no_police_matter,
    reported_twice,
    returned_once_then_served,
    nothing_found_and_reopened,
    abnormal_result,
    *golden_dv.STORIES,
    *CHILDREN,
    *golden_reports.STORIES,
    *golden_school.STORIES,
    *health_stories.TOLD,
    *hotline_stories.TOLD,
)
