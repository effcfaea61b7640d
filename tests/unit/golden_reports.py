"""Golden histories of 强制报告 version 2 and 应报未报, among them the published cases 01, 03, 04, 05 and 06."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from tests.unit.golden_school import EDUCATION, SECOND, on, opened_by
from tests.unit.stories import (
    BUREAU,
    COMMAND,
    HOSPITAL,
    MONDAY,
    NEIGHBOUR,
    PROCURATORATE,
    PROTECTION,
    SCHOOL,
    VILLAGE,
    Story,
    harm_story,
    loaded,
    received_story,
    report,
)

HEALTH = "health@330382"
WOMEN = "womens-federation@330382"
YOUTH = "youth-league@330382"
HOTEL = "hotel@" + "d" * 16
OFFICE: dict[str, Any] = {"reporter_category": "government_office"}
RECEIPT = {"receipt_no": "回执1号", "track": "criminal"}
PENALTY: dict[str, Any] = {"on_whom": ["body", "person"], "heavier": False, "document": "罚1号"}


def told_story(at: str, unit: str | None, category: str, learned: str, **fields: Any) -> Story:
    """A report of harm to a minor, made at a published time."""
    made = report("report.submitted", on(at), unit=unit, kind="harm_to_minor", **fields)
    made = structs.replace(made, reporter_category=category, learned_at=on(learned))
    return Story(loaded().get("mandatory_report"), now=on(at)).reported(made, minor=True)


def omitted(known_at: datetime, **changes: Any) -> dict[str, Any]:
    known = {"omission": "not_reported", "duty_holder": "medical", "known_at": known_at.isoformat()}
    return known | {"superior_blocked": False, "authority": HEALTH} | changes


def found_true(known_at: datetime, **changes: Any) -> dict[str, Any]:
    facts = {"omission": "not_reported", "known_at": known_at.isoformat(), "superior_blocked": False}
    return facts | {"serious_consequence": True, "document": "核1号"} | changes


def prosecuted(story: Story, days: int) -> Story:
    """The reporting unit is told first."""
    story.later(days=days).act("tell_before_transfer").prove()
    return story.act("transfer_for_prosecution", document="诉1号")


# -- 公开案例 ---------------------------------------------------------------------------------------------------


def case_01_nurse_reports() -> Story:
    """CASE-01 王某故意伤害案 (2021): two doctors are silent, a nurse tells the federation, the federation reports."""
    hops = {"hops": ["hospital", "womens-federation"], "first_known_by": "hospital"}
    first = on("2021-06-02T20:00")
    story = told_story(
        "2021-06-08T11:00", WOMEN, "women_federation", "2021-06-08T10:00",
        situation="mr4", first_known_at=first.isoformat(), **hops,
    )  # fmt: skip
    story.said = [
        (0, "CASE-01 王某故意伤害案。六月二日男童受伤入院，两名医生未报告；六月八日护士告知妇联，妇联当日报警。")
    ]
    story.tell("自首次知悉到公安机关六日；妇联自身一小时内报告，其立即报告义务已履行，超期不计在公安机关。")
    story.later(minutes=20).act("receive", **RECEIPT).later(hours=4).act("file_criminal", document="立1号")
    story.later(days=1).prove()
    for task in story.tasks("file_to_authority"):
        filed = {"filed_at": story.now.isoformat(), "authority": "other"}
        story.act("complete_task", unit=WOMEN, task=task.task_id, **filed)
    prosecuted(story, 60)
    story.now = on("2021-12-20T10:00")
    story.tell("判处有期徒刑四年六个月。")
    story.act("judged", unit=PROCURATORATE, document="判1号").later(days=1).prove()
    story.tell("结案后妇联查询结果：已结案件的报告单位仍可查询。")
    story.act("ask_outcome", unit=WOMEN).later(hours=3).prove()
    story.tell("检察院就两名医生应报未报，另立关联案件；主管部门为卫生健康部门。")
    return story.act("find_omission", unit=PROCURATORATE, **omitted(first, duty_unit=HOSPITAL))


def case_01_omission() -> Story:
    story = opened_by(case_01_nurse_reports(), "omission").tell("卫生健康部门核查属实：通报批评、书面检查、取消评优。")
    story.later(days=5).act("establish", unit=HEALTH, **found_true(on("2021-06-02T20:00")))
    story.later(days=6).act("sanction", unit=HEALTH, sanctions=["criticism"], **PENALTY)
    story.tell("检察建议专项整改：一个月内书面回复（未成年人保护法第一百一十四条）；约一千三百名医务人员受训。")
    story.act("suggest", unit=PROCURATORATE, to_unit=HEALTH, document="检建1号").later(days=20)
    story.act("rectify", unit=HEALTH, rectified=["training"], trained=1300, document="整1号")
    [answer] = story.tasks("answer_suggestion")
    story.act("complete_task", unit=HEALTH, task=answer.task_id, document="复1号", adopted="adopted")
    story.tell("共青团授予报告的护士荣誉。")
    story.act("commend", unit=YOUTH, commended="medical", honour="award").prove()
    return story.act("close", unit=HEALTH)


def case_03_clinic() -> Story:
    """CASE-03 孙某汝强奸案 (2021-2022): the clinic knew in October 2021; the mother reported."""
    story = told_story("2021-11-10T09:00", None, "guardian", "2021-11-09T20:00", situation="mr2")
    story.said = [
        (
            0,
            "CASE-03 孙某汝强奸案。二〇二一年十月诊所为女童手术而未报告；母亲后来报案（日期未公布，此处为示意）。",
        )
    ]
    story.later(minutes=30).act("receive", **RECEIPT).later(days=1).act("file_criminal", document="立2号").prove()
    story.tell("报告人是母亲，不是报告单位：无三日反馈，无移送前告知的对象。")
    story.act("record_interview", interviewed_at=story.now.isoformat(), one_stop=True, appropriate_adult=True)
    story.now = on("2022-01-20T10:00")
    story.act("tell_before_transfer").prove().act("transfer_for_prosecution", document="诉2号")
    story.tell("检察院办案中发现诊所应报未报，向市卫生健康部门通报。")
    return story.act("find_omission", unit=PROCURATORATE, **omitted(on("2021-10-15T10:00")))


def case_03_omission() -> Story:
    story = opened_by(case_03_clinic(), "omission").later(days=10)
    story.act("establish", unit=HEALTH, **found_true(on("2021-10-15T10:00"))).later(days=20)
    story.tell("诊所警告、没收违法所得、罚款二万元、取消科室；医生暂停执业六个月。")
    story.act("sanction", unit=HEALTH, sanctions=["warning", "fine", "suspension"], **PENALTY).prove()
    return story.act("close", unit=HEALTH)


def case_04_hotel_omission() -> Story:
    """CASE-04 许某某等人强奸案 (2021): the victim reported after three days; the hotel had not asked anything."""
    stated = omitted(on("2021-06-07T22:00"), duty_holder="hotel", found_by=PROCURATORATE)
    stated.pop("authority")
    made = report("omission.found", on("2021-06-20T10:00"), unit=PROCURATORATE, **stated)
    story = Story(loaded().get("omission"), now=on("2021-06-20T10:00")).reported(made, minor=True)
    story.said = [
        (
            0,
            "CASE-04 许某某等人强奸案。六月七日旅馆未询问、未报告；六月十日被害人自行报案。检察院直接上报应报未报。",
        )
    ]
    story.tell("旅馆业由公安机关主管：先误送教育部门，退回一次，再通报公安局。")
    story.act("notify_authority", unit=PROCURATORATE, to_authority=EDUCATION, document="通1号").later(days=1)
    story.act("return_notice", unit=EDUCATION, reason="wrong_jurisdiction")
    story.act("notify_authority", unit=PROCURATORATE, to_authority=BUREAU, document="通2号").later(days=9)
    blocked = found_true(on("2021-06-07T22:00"), superior_blocked=True)
    story.tell("为说明规则，此处假定负责人阻止报告：须从重，并通报检察院。原案未公布处罚种类。")
    story.act("establish", unit=BUREAU, **blocked).later(days=9)
    heavier = PENALTY | {"heavier": True, "on_whom": ["body", "superior"]}
    story.act("sanction", unit=BUREAU, sanctions=["warning"], **heavier).prove()
    return story.act("close", unit=BUREAU).later(days=30).act("reopen", unit=PROCURATORATE, reason="new_evidence")


def case_05_authority_first() -> Story:
    """CASE-05 威海 (2020-08-28): hospital to health authority, authority to police and procuratorate, all in a day."""
    seen = on("2020-08-28T09:00")
    story = told_story(
        "2020-08-28T11:30", HEALTH, "government_office", "2020-08-28T10:00", situation="mr2",
        first_known_at=seen.isoformat(), first_known_by="hospital", hops=["hospital", "health"],
        filed_to_authority_at=on("2020-08-28T10:00").isoformat(),
    )  # fmt: skip
    story.said = [(0, "CASE-05 威海。医院先报卫生健康部门，卫生健康部门随即报警并抄送检察院，同日完成（时刻为示意）。")]
    story.tell("主管部门已知悉，不再另行报备；首次知悉到公安机关一百五十分钟，转报单位自身九十分钟。")
    story.act("copy_procuratorate", unit=HEALTH).prove().later(minutes=15).act("receive", **RECEIPT)
    attended: dict[str, Any] = {
        "attended_at": story.now.isoformat(),
        "advice": ["evidence", "privacy"],
        "document": "介1号",
    }
    story.tell("检察院同日提前介入，指导固定证据、保护隐私。")
    story.act("intervene_early", unit=PROCURATORATE, **attended).later(hours=5)
    story.act("file_criminal", document="立3号").later(days=1).prove()
    prosecuted(story, 120)
    story.now = on("2021-06-10T10:00")
    return story.act("judged", unit=PROCURATORATE, document="判3号").prove()


def case_06_residents_committee() -> Story:
    """CASE-06 房山 (June of one year, here 2025): reported on the day, filed on the next, prosecuted after a month."""
    story = told_story("2025-06-06T11:00", VILLAGE, "village_committee", "2025-06-06T10:00", situation="mr4")
    story.said = [(0, "CASE-06 房山。六月六日居委会例行走访发现五岁女童受伤，护送就医并立即报警。")]
    story.later(minutes=15).act("receive", **RECEIPT).tell("六月七日立案；三日内向居委会反馈，至六月十日止。")
    story.later(days=1).act("file_criminal", document="立4号").later(days=2).prove()
    for task in story.tasks("file_to_authority"):
        filed = {"filed_at": story.now.isoformat(), "authority": "civil_affairs"}
        story.act("complete_task", unit=VILLAGE, task=task.task_id, **filed)
    story.tell("七月八日移送审查起诉前先告知居委会；保护服务同步。")
    story.act("request_protection", unit=VILLAGE).act("refer_protection")
    story.now = on("2025-07-08T09:00")
    story.act("tell_before_transfer").prove().act("transfer_for_prosecution", document="诉4号")
    [help_] = story.tasks("protection_services")
    story.act("complete_task", unit=PROTECTION, task=help_.task_id, services=["judicial_aid", "evaluation"])
    story.now = on("2025-08-20T10:00")
    return story.act("judged", unit=PROCURATORATE, document="判4号").prove()


# -- 强制报告 ---------------------------------------------------------------------------------------------------


def transferred_story() -> Story:
    story = received_story(track="criminal").later(hours=3)
    return story.act("transfer_jurisdiction", new_station=NEIGHBOUR, transfer_note="移1号")


def report_transferred_and_fed_back() -> Story:
    """Handed back once, sent again through the bureau; the sender keeps an open item until the outcome is fed back."""
    story = transferred_story().later(hours=2).act("return_transfer", unit=NEIGHBOUR, reason="wrong_jurisdiction")
    story.act("transfer_jurisdiction", new_station=NEIGHBOUR, transfer_note="移2号")
    story.act("redirect_transfer", unit=BUREAU, new_station=NEIGHBOUR, transfer_note="移3号").later(hours=1)
    story.act("receive_transfer", unit=NEIGHBOUR, **RECEIPT).later(days=1).prove()
    story.tell("接收不等于办结：移出单位的“移送待反馈”直到接收单位反馈结果才办结。")
    story.act("file_criminal", unit=NEIGHBOUR, document="立5号").later(days=1).prove()
    return story.act("feed_back", unit=NEIGHBOUR, outcome_there="filed", feedback_note="反1号")


def referral_story() -> Story:
    """The health authority refers what it found while enforcing; police accept it as such."""
    made = report("report.submitted", MONDAY, unit=HEALTH, kind="harm_to_minor", situation="mr4")
    story = Story(loaded().get("mandatory_report")).reported(structs.replace(made, **OFFICE), minor=True)
    return story.later(minutes=20).act("receive_referral", **RECEIPT)


def report_referred_by_an_authority() -> Story:
    """Papers missing, not filed, the authority asks for review and is right; then a crime withdrawn and reopened."""
    story = referral_story().later(hours=20).tell("材料不全的，二十四小时内通知补正，移送机关三日内补正，不得拒收。")
    story.act("tell_incomplete", document="补1号").later(hours=2).prove()
    for task in story.tasks("supplement"):
        story.act("complete_task", unit=HEALTH, task=task.task_id, document="补材1号")
    story.later(days=1).act("not_file", document="不立1号", reason="too_slight").prove()
    for result in ("uphold", "overturn"):
        story.act("apply_referral_review", unit=HEALTH, applied_at=story.now.isoformat()).later(days=2)
        story.act(result, unit=BUREAU, document="复2号").prove()
    story.later(days=20).act("withdraw", document="撤1号").prove()
    for task in story.tasks("file_to_authority"):
        filed = {"filed_at": story.now.isoformat(), "authority": "health"}
        story.act("complete_task", unit=HEALTH, task=task.task_id, **filed)
    story.act("close").later(days=9)
    return story.act("reopen", reason="new_evidence", track="criminal")


def report_nobody_answers() -> Story:
    story = harm_story().silence(hours=3).act("resend", unit=COMMAND, call_reference="电话1号").later(minutes=5)
    story.act("receive", **RECEIPT).later(days=2).act("extend_review", extension="leads", approval="批1号")
    return story.silence(days=6)


def report_supervised() -> Story:
    """Not filed; upheld on review; the procuratorate accepts reasons once, the second time tells police to file."""
    story = received_story(track="criminal").later(days=1).act("not_file", document="不立2号", reason="too_slight")
    story.prove().act("apply_reconsideration", applied_at=story.now.isoformat()).later(days=20)
    story.act("uphold", unit=BUREAU, document="复3号").prove()
    for answer in ("accept_reasons", "notify_to_file"):
        story.act("ask_supervision", unit=PROCURATORATE).later(days=5)
        story.act("give_reasons", unit=PROCURATORATE, document="说明1号")
        papers = {"document": "通知1号"} if answer == "notify_to_file" else {}
        story.act(answer, unit=PROCURATORATE, **papers).prove()
    return story.later(days=3).act("file_criminal", unit=BUREAU, document="立6号").prove()


def report_of_a_beating() -> Story:
    """A case of public security with an appraisal that becomes a crime and is not prosecuted."""
    story = received_story().act("accept_admin", document="受1号").later(days=2).prove()
    story.act("pause_for_appraisal", appraisal="鉴1号").later(days=12).act("resume_after_appraisal")
    story.act("extend_case", approval="延1号").act("refer_bullying").act("upgrade_criminal", document="立7号")
    story.later(days=1).prove()
    for task in story.tasks("file_to_authority"):
        filed = {"filed_at": story.now.isoformat(), "authority": "education"}
        story.act("complete_task", unit=SCHOOL, task=task.task_id, **filed)
    return prosecuted(story, 30).act("not_prosecuted", unit=PROCURATORATE, document="不诉1号")


def decided_as(action: str, **fields: Any) -> Story:
    story = received_story(minor=False).act("accept_admin", document="受2号").later(days=9)
    return story.act(action, document="决1号", **fields)


def report_penalised() -> Story:
    return decided_as("decide_penalty").prove().act("close")


def report_not_penalised() -> Story:
    return decided_as("decide_no_penalty")


def report_warned() -> Story:
    return decided_as("decide_warning", dv_relation="cohabitant")


def report_no_police_matter() -> Story:
    told: dict[str, Any] = SECOND | {"told_reporter_at": MONDAY.isoformat()}
    return received_story(minor=False).prove().act("close_not_police_matter", **told)


def report_made_twice() -> Story:
    told: dict[str, Any] = SECOND | {"told_reporter_at": MONDAY.isoformat()}
    return received_story(minor=False).prove().act("close_duplicate", **told)


# -- 应报未报 ---------------------------------------------------------------------------------------------------


def omission_in_a_case(**changes: Any) -> Story:
    """Found in an open case; the health authority inquires from Monday."""
    story = received_story().act("find_omission", unit=PROCURATORATE, **omitted(MONDAY - timedelta(days=3), **changes))
    return opened_by(story, "omission")


def omission_not_established() -> Story:
    story = omission_in_a_case().later(days=5)
    return story.act("not_established", unit=HEALTH, ground="reported", second_person="W2", document="核2号").prove()


def omission_without_sanction() -> Story:
    """Nobody moves for a month; then the case is proved, and no sanction is explained."""
    story = omission_in_a_case().silence(days=31)
    story.act("establish", unit=HEALTH, **found_true(MONDAY - timedelta(days=3), serious_consequence=False))
    reason = {"no_sanction_reason": "belated_report", "second_person": "W2", "document": "决2号"}
    return story.act("no_sanction", unit=HEALTH, **reason).later(days=1).prove()


def omission_recorded_in_error() -> Story:
    stated: dict[str, Any] = {
        "duty_holder": "school",
        "omission": "late",
        "known_at": MONDAY.isoformat(),
        "superior_blocked": False,
    }
    made = report("omission.found", MONDAY, unit=PROCURATORATE, **stated)
    story = Story(loaded().get("omission")).reported(made, minor=True)
    return story.act("close_in_error", unit=PROCURATORATE, reason="recorded_in_error", second_person="W2")


STORIES: tuple[Callable[[], Story], ...] = (
    case_01_nurse_reports,
    case_01_omission,
    case_03_clinic,
    case_03_omission,
    case_04_hotel_omission,
    case_05_authority_first,
    case_06_residents_committee,
    report_transferred_and_fed_back,
    report_referred_by_an_authority,
    report_nobody_answers,
    report_supervised,
    report_of_a_beating,
    report_penalised,
    report_not_penalised,
    report_warned,
    report_no_police_matter,
    report_made_twice,
    omission_not_established,
    omission_without_sanction,
    omission_recorded_in_error,
)
