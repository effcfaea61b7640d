"""Golden histories of 学生欺凌 and 困境儿童认定, among them the published case CASE-18."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from contracts.base import SHANGHAI
from contracts.cases import ChildOpened
from tests.unit.stories import MONDAY, SCHOOL, TOWN, Story, loaded, received_story, report
from workflows.triggers import Begun

EDUCATION = "education@330382"
TOWNSHIP = f"township-government@{TOWN}"
HOME = "township-government@371502001"
HOME_COUNTY = "civil-affairs@371502"
CIVIL_AFFAIRS = "civil-affairs@330382"

SECOND = {"reason": "no_issue", "second_person": "W2"}
STOPPED: dict[str, Any] = {"stop_measures": ["separated"], "serious": False}
CHECKED: dict[str, Any] = {"data_compared": True, "visited": True, "posted_publicly": False, "document": "查1号"}
REFUSED = {"refusal": "grounds_not_met", "second_person": "W2", "document": "说明1号"}


def on(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)


def opened_by(parent: Story, workflow: str) -> Story:
    """The case that the last fact of `parent` opened in that workflow, as casework begins it."""
    child = next(effect for effect in parent.last.of(ChildOpened) if effect.workflow == workflow)
    subjects = tuple(structs.replace(s, role=child.roles.get(s.role, s.role)) for s in parent.is_.subjects)
    begun = Begun(
        cause=f"{workflow}-of-{parent.is_.case_id}",
        child=child,
        parent_case_id=parent.is_.case_id,
        subjects=subjects[:1],
        region=TOWN,
        unit=parent.last.unit or parent.is_.accountable,
        occurred_at=parent.last.occurred_at,
        placements=parent.is_.placements,
    )
    return Story(loaded().get(workflow), now=parent.now).begun(begun)


# -- 学生欺凌 ---------------------------------------------------------------------------------------------------


def bullying_story(at: datetime = MONDAY, unit: str | None = SCHOOL, **fields: Any) -> Story:
    stated: dict[str, Any] = {"school": SCHOOL, "kinds": ["body"], "serious": False, "may_be_offence": False}
    stated |= {"learned_at": (at - timedelta(minutes=5)).isoformat()} | fields
    made = report("bullying.reported", at, unit=unit, **stated)
    return Story(loaded().get("bullying"), now=at).reported(made, minor=True)


def stopped_story(**fields: Any) -> Story:
    return bullying_story().later(minutes=10).act("stop", unit=SCHOOL, **(STOPPED | fields))


def finding(conclusion: str = "bullying", **changes: Any) -> dict[str, Any]:
    return {
        "finding": conclusion,
        "found_kinds": [] if conclusion == "not_bullying" else ["body"],
        "decided_by": ["principal", "legal_vice_principal", "teachers", "parents"],
        "heard": ["victim", "other"],
        "measures": [] if conclusion == "not_bullying" else ["apology", "discipline"],
        "document": "认1号",
    } | changes


def decided_story(conclusion: str = "bullying") -> Story:
    story = stopped_story().later(hours=5).prove().later(days=6)
    return story.act("decide", unit=SCHOOL, **finding(conclusion))


def reviewed(result: str, conclusion: str = "bullying") -> dict[str, Any]:
    measures = [] if conclusion == "not_bullying" else ["criticism"]
    return {"review_result": result, "finding": conclusion, "measures": measures, "document": "复1号"}


def under_review() -> Story:
    story = decided_story().later(days=1).prove().later(days=3)
    return story.act("object", unit=SCHOOL, objected_at=story.now.isoformat(), objector="victim_side")


def help_at(story: Story, **changes: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {"visited_at": story.now.isoformat(), "child_seen": True, "services": ["psychological"]}
    return seen | {"bullied_again": False} | changes


def helped(story: Story) -> Story:
    """Everybody told, three monthly visits."""
    story.prove()
    for _ in range(3):
        story.later(days=28).act("follow_up", unit=SCHOOL, **help_at(story))
    return story


def bullying_case_18_guiyang() -> Story:
    """CASE-18 云岩区小学生欺凌 (2024). Marked F: only the family says so."""
    story = Story(loaded().get("bullying"), now=on("2024-03-26T20:00"))
    story.tell(
        "CASE-18 贵阳云岩。三月二十五日起多名学生在校殴打同学，录像显示有教师在场；二十六日晚家长告知班主任（F）。"
    )
    stated: dict[str, Any] = {"school": SCHOOL, "kinds": ["body", "dignity"], "staff_witnessed": True, "serious": False}
    stated |= {"may_be_offence": False, "first_known_at": on("2024-03-25T15:00").isoformat(), "suspects": 5}
    made = structs.replace(report("bullying.reported", story.now, **stated), reporter_category="guardian")
    story.reported(made, minor=True)
    story.tell("二十七、二十八日课间继续（F）：学校超过一日未制止，案件转教育部门，超期计在学校。")
    story.silence(days=2)
    story.tell("教育部门责令学校处置；三十一日教育、公安和学校认定五名学生参与（F）。")
    story.act("urge_school", unit=EDUCATION, document="督1号").later(days=2)
    story.act("stop", unit=SCHOOL, **STOPPED).later(hours=3)
    story.tell("通知双方监护人参与认定，以电话为凭。")
    story.prove()
    story.tell("四月十日满十日仍无认定，升级教育部门督办（方案原则上十日）。")
    story.silence(days=12)
    story.now = on("2024-04-16T16:00")
    story.tell("四月十六日学校学生欺凌治理委员会认定（F）；结果连同申请复查的权利告知双方，凭送达凭证办结。")
    story.act("decide", unit=SCHOOL, **finding("bullying", heard=["victim", "other", "victim_guardian"]))
    story.later(hours=20).prove()
    story.tell("四月二十二日被欺凌学生转学；其后每月回访三次，结案。")
    story.later(days=5).act("follow_up", unit=SCHOOL, **help_at(story, services=["school_transfer", "psychological"]))
    for _ in range(2):
        story.later(days=28).act("follow_up", unit=SCHOOL, **help_at(story))
    story.act("close", unit=SCHOOL).prove()
    story.now = on("2025-01-26T10:00")
    story.tell(
        "二〇二五年一月二十六日家属申请复查（F，认定后二百八十五日）：未见申请时限，系统不拒；十五日为平台解读。"
    )
    story.act("reopen", unit=EDUCATION, reason="objection", learned_at=story.now.isoformat())
    return story.silence(days=16)


def bullying_serious_reported_at_once() -> Story:
    """The school ticks it: police and bureau are told in the same step."""
    story = bullying_story(serious=True).tell("学校自查发现严重欺凌：制止、勾选严重，同时以学校名义报告公安机关。")
    story.act("stop", unit=SCHOOL, **(STOPPED | {"serious": True})).later(hours=2).prove()
    story.later(days=1).act("refer_protection", unit=SCHOOL)
    story.act("relapse", unit=SCHOOL, learned_at=story.now.isoformat())
    [again] = story.tasks("stop_again")
    story.act("complete_task", unit=SCHOOL, task=again.task_id, stop_measures=["guarded"])
    cause = {"approval": "同意1号", "cause": "police"}
    story.later(days=7).act("extend_investigation", unit=EDUCATION, **cause).later(days=4)
    story.act("decide", unit=SCHOOL, **finding("serious"))
    story.tell("再次欺凌：回到制止，重新计时。")
    story.later(days=1).prove().later(days=20).act("relapse", unit=SCHOOL, learned_at=story.now.isoformat())
    story.act("stop", unit=SCHOOL, **(STOPPED | {"serious": True})).later(days=1).prove()
    return helped(story.act("decide", unit=SCHOOL, **finding("bullying"))).act("close", unit=SCHOOL)


def bullying_found_serious_by_the_committee() -> Story:
    story = stopped_story().later(hours=2).prove().later(days=4)
    story.tell("调查中才认定严重：认定的同时报告公安机关和教育部门。")
    return story.act("decide", unit=SCHOOL, **finding("serious")).later(hours=1).prove()


def bullying_concealed_by_the_school() -> Story:
    """Silence, the bureau takes over, an omission is found; the bureau finds no bullying, review finds it serious."""
    story = bullying_story(unit=None, serious=True).silence(days=1)
    story.tell("学校不处置、不报告严重欺凌：教育部门直接调查，并就隐瞒另立应报未报案件。")
    story.act("take_over", unit=EDUCATION, cause="concealed").later(hours=3).prove()
    omitted: dict[str, Any] = {"omission": "concealed", "duty_holder": "school", "known_at": MONDAY.isoformat()}
    story.act("find_omission", unit=EDUCATION, superior_blocked=True, authority=EDUCATION, **omitted)
    story.act("not_serious", unit=EDUCATION, **SECOND).later(days=6)
    story.act("decide", unit=EDUCATION, **finding("not_bullying")).later(days=1).prove().later(days=2)
    story.act("object", unit=EDUCATION, objected_at=story.now.isoformat(), objector="victim_side").later(days=9)
    story.tell("复查变更为严重欺凌，以教育部门名义报告公安机关。")
    return story.act("review_decide", unit=EDUCATION, **reviewed("changed", "serious")).later(days=1).prove()


def bullying_reviewed_three_ways() -> Story:
    """Revoked and inquired anew; what is new later goes to the bureau too."""
    story = under_review().later(days=5).act("review_decide", unit=EDUCATION, **reviewed("revoked")).prove()
    story.act("decide", unit=EDUCATION, **finding("not_bullying")).later(days=1).prove()
    story.act("close", unit=SCHOOL).later(days=40)
    story.tell("结案后发现新证据，由教育部门恢复调查。")
    return story.act("reopen", unit=EDUCATION, reason="new_evidence", learned_at=story.now.isoformat())


def bullying_upheld() -> Story:
    story = under_review().later(days=5).act("review_decide", unit=EDUCATION, **reviewed("upheld")).later(days=1)
    story = helped(story).act("close", unit=SCHOOL).later(days=30)
    return story.act("reopen", unit=EDUCATION, reason="relapse", learned_at=story.now.isoformat())


def bullying_changed_by_review() -> Story:
    return under_review().later(days=5).act("review_decide", unit=EDUCATION, **reviewed("changed", "not_bullying"))


def bullying_taken_over_from_the_school() -> Story:
    story = stopped_story().later(days=1).prove().act("take_over", unit=EDUCATION, cause="conflict")
    story.later(days=3).act("relapse", unit=EDUCATION, learned_at=story.now.isoformat())
    return story.act("report_serious", unit=SCHOOL, known_at=story.now.isoformat())


def bullying_recorded_in_error() -> Story:
    return bullying_story().act("close_in_error", unit=EDUCATION, **SECOND)


def referred_by_police() -> Story:
    story = received_story().act("accept_admin", document="受1号").act("refer_bullying")
    return opened_by(story, "bullying")


def bullying_sent_by_police() -> Story:
    """Police pass on what is no offence; the bureau finds the school."""
    story = referred_by_police().later(hours=3)
    return story.act("assign_school", unit=EDUCATION, to_school=SCHOOL)


def bullying_sent_back() -> Story:
    return referred_by_police().later(hours=3).act("send_back", unit=EDUCATION, **SECOND)


# -- 困境儿童认定 ------------------------------------------------------------------------------------------------


def hardship_story(*, cross: bool = False, at: datetime = MONDAY, **fields: Any) -> Story:
    stated: dict[str, Any] = {
        "applied_for": "de_facto_unattended",
        "applied_by": "guardian",
        "cross_province": cross,
    } | fields
    made = report("hardship.applied", at, unit=TOWNSHIP, **stated)
    made = structs.replace(made, reporter_category="government_office")
    return Story(loaded().get("hardship"), now=at).reported(made, minor=True)


def pushed_story(*, cross: bool = False) -> Story:
    """Papers complete on Monday at nine, pushed the next day."""
    story = hardship_story(cross=cross, papers_complete_at=MONDAY.isoformat()).later(days=1)
    home = {"home_unit": HOME, "home_civil_affairs": HOME_COUNTY} if cross else local_home()
    return story.act("enter_and_push", unit=TOWNSHIP, document="录1号", **home)


def local_home() -> dict[str, str]:
    return {"home_unit": TOWNSHIP, "home_civil_affairs": CIVIL_AFFAIRS}


def deciding_story(*, cross: bool = False) -> Story:
    return pushed_story(cross=cross).later(days=7).act("check", unit=HOME if cross else TOWNSHIP, **CHECKED)


def confirmation(story: Story) -> dict[str, Any]:
    first = (story.now.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    at = {"decided_at": story.now.isoformat(), "entitled_from": first.isoformat()}
    return {"recognised_as": "de_facto_unattended", "document": "确1号"} | at


def paying_story(*, cross: bool = False) -> Story:
    story = deciding_story(cross=cross).later(days=7)
    county = HOME_COUNTY if cross else CIVIL_AFFAIRS
    story.act("confirm", unit=county, **confirmation(story)).later(days=1).prove()
    story.now = on("2026-02-05T10:00")
    return story.act("pay", unit=county, paid_at=story.now.isoformat(), document="发1号")


def rechecked(story: Story, **changes: Any) -> dict[str, Any]:
    return {"checked_at": story.now.isoformat(), "child_seen": True, "still_eligible": True, "care": "good"} | changes


def hardship_across_provinces() -> Story:
    """Applied in 乐清, at home in 聊城: each unit its own clock, the applicant told where she applied."""
    story = hardship_story(cross=True).tell(
        "跨省通办：在居住地乡镇申请，材料一次性告知补正，齐全之日起三个工作日内录入推送。"
    )
    story.later(hours=3).act("ask_papers", unit=TOWNSHIP, missing=["father"]).prove().later(days=4)
    complete: dict[str, Any] = {"papers_complete_at": story.now.isoformat(), "cross_province": True}
    story.act("papers_complete", unit=TOWNSHIP, **complete).later(days=1)
    home = {"home_unit": HOME, "home_civil_affairs": HOME_COUNTY}
    story.act("enter_and_push", unit=TOWNSHIP, document="录1号", **home).later(days=9)
    story.tell("户籍地乡镇十五个工作日内查验，不公示；县级民政部门退回补充一次，再行确认。")
    story.act("check", unit=HOME, **CHECKED).later(days=2)
    story.act("send_back", unit=HOME_COUNTY, reason="incomplete").later(days=3).act("check", unit=HOME, **CHECKED)
    story.later(days=5)
    story.tell("自确认的次月一日起纳入保障；受理地乡镇三个工作日内告知申请人。")
    story.act("confirm", unit=HOME_COUNTY, **confirmation(story)).later(days=1).prove()
    story.now = on("2026-02-05T10:00")
    story.act("pay", unit=HOME_COUNTY, paid_at=story.now.isoformat(), document="发1号")
    story.later(days=180).act("recheck", unit=HOME_COUNTY, **rechecked(story)).later(days=180)
    story.tell("父亲刑满释放：自条件变化的次月起停发，书面说明理由。")
    story.act("recheck", unit=HOME_COUNTY, **rechecked(story, still_eligible=False)).later(days=4)
    ended = {"end": "parent_able", "stopped_from": "2027-03-01", "document": "停1号"}
    return story.act("stop", unit=HOME_COUNTY, **ended).later(days=2).prove()


def hardship_refused_and_applied_again() -> Story:
    story = deciding_story().later(days=5).tell("不予确认须书面说明理由，并考虑临时救助；可以重新申请。")
    story.act("refuse", unit=CIVIL_AFFAIRS, **REFUSED).later(days=1).prove()
    [relief] = story.tasks("consider_relief")
    story.act("complete_task", unit=CIVIL_AFFAIRS, task=relief.task_id, relief="granted")
    story.act("refer_protection", unit=CIVIL_AFFAIRS)
    story.act("close", unit=CIVIL_AFFAIRS).later(days=60)
    story.act("reopen", unit=CIVIL_AFFAIRS, applied_for="in_hardship").later(days=1)
    return story.act("withdraw", unit=TOWNSHIP, document="撤1号")


def hardship_check_failed() -> Story:
    story = pushed_story().later(days=3).act("check_failed", unit=TOWNSHIP, **REFUSED).later(days=1).prove()
    return story.act("reapply", unit=CIVIL_AFFAIRS, applied_for="orphan")


def hardship_change_reported_but_not_proved() -> Story:
    story = paying_story().later(days=90)
    changed = {"changed_at": story.now.isoformat(), "change": "parent_able"}
    story.act("report_change", unit=TOWNSHIP, **changed).later(days=3)
    return story.act("keep", unit=CIVIL_AFFAIRS, second_person="W2")


def elsewhere_story() -> Story:
    story = hardship_story(cross=True, papers_complete_at=MONDAY.isoformat()).later(days=2)
    return story.act("push_elsewhere", unit=TOWNSHIP, document="录2号").later(days=30)


def answered(story: Story, decision: str) -> dict[str, Any]:
    return {"decision": decision, "decided_at": story.now.isoformat(), "document": "外1号"}


def hardship_confirmed_elsewhere() -> Story:
    story = elsewhere_story()
    return story.act("record_elsewhere", unit=TOWNSHIP, **answered(story, "confirmed"))


def hardship_refused_elsewhere() -> Story:
    story = elsewhere_story()
    return story.act("record_elsewhere", unit=TOWNSHIP, **answered(story, "refused"))


STORIES: tuple[Callable[[], Story], ...] = (
    bullying_case_18_guiyang,
    bullying_serious_reported_at_once,
    bullying_found_serious_by_the_committee,
    bullying_concealed_by_the_school,
    bullying_reviewed_three_ways,
    bullying_upheld,
    bullying_changed_by_review,
    bullying_taken_over_from_the_school,
    bullying_recorded_in_error,
    bullying_sent_by_police,
    bullying_sent_back,
    hardship_across_provinces,
    hardship_refused_and_applied_again,
    hardship_check_failed,
    hardship_change_reported_but_not_proved,
    hardship_confirmed_elsewhere,
    hardship_refused_elsewhere,
)
