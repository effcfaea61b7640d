"""Small named predicates. A definition names them; a refusal shows the reason, in both languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.cases import Scalar
from workflows.fields import as_day, as_moment
from workflows.model import Case

Fields = Mapping[str, Scalar]
Predicate = Callable[[Case, Fields], bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """`holds` judges the case with the fields of the action at hand laid over its own."""

    holds: Predicate
    zh: str
    en: str


def _not_before(fields: Fields, name: str, moment: datetime | None) -> bool:
    stated = as_moment(fields.get(name))
    return stated is None or moment is None or stated.date() >= moment.date()


GUARDS: dict[str, Guard] = {}


def guard(zh: str, en: str) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        GUARDS[predicate.__name__] = Guard(predicate, zh, en)
        return predicate

    return register


def _ticked(fields: Fields, name: str) -> frozenset[str]:
    value = fields.get(name)
    return frozenset(value) if isinstance(value, list) else frozenset()


# -- SM-B 家庭暴力告诫 (公通字〔2024〕34号) --------------------------------------------------------------------------


@guard("家庭暴力成立且无第二十条情形的，方可认为符合出具条件", "criteria are met only without a ground of 20")
def assessment_is_consistent(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraphs 6 and 20: a letter is due only where violence is established and no penalty must take its place."""
    due = fields["facts_found"] == "established" and not _ticked(fields, "penalty_grounds")
    return due or not fields["criteria_met"]


@guard("应当告知受害人可以申请人身安全保护令（第十五条）", "the victim must be told of the protection order")
def victim_knows_of_protection(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "protection_order" in _ticked(fields, "victim_advised")


@guard(
    "无争议：双方陈述或加证人证言；有争议：陈述之外还须一项佐证（第三、四条）",
    "the evidence paragraph 3 asks for is missing",
)
def evidence_supports_facts(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraph 3. Undisputed: the perpetrator's statement and one more. Disputed: a statement and corroboration."""
    if fields["facts_found"] != "established":
        return True
    evidence = _ticked(fields, "evidence")
    told = evidence & {"victim_statement", "witness"}
    if fields["disputed"]:
        return bool(told) and len(evidence - {"perpetrator_statement"}) >= 2
    return "perpetrator_statement" in evidence and bool(told)


@guard("民警评估为符合出具条件后方可决定告诫", "the assessment says the criteria are not met")
def criteria_are_met(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("criteria_met") is True


@guard("存在第二十条情形，不得以告诫或批评教育代替处罚", "paragraph 20 forbids a warning in place of a penalty")
def warning_replaces_no_penalty(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not _ticked(fields, "penalty_grounds") and not fields.get("prior_warning")


@guard("批评教育须有第七条情形", "criticism needs a ground of paragraph 7")
def criticism_is_grounded(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return bool(_ticked(fields, "criticism_grounds"))


@guard("符合条件或有第六条情形而未出具的，应当填写理由", "give the reason why no letter is issued")
def reason_given_when_letter_due(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    due = fields.get("criteria_met") or _ticked(fields, "warning_grounds")
    return not due or bool(fields.get("reason_no_letter"))


@guard("评估结论应为家庭暴力成立", "the assessment must have established violence")
def facts_are_established(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("facts_found") == "established"


@guard("评估结论已认定家庭暴力成立", "the assessment has established violence")
def facts_are_not_established(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("facts_found") != "established"


@guard("不涉及未成年人", "no child is concerned")
def child_is_concerned(case: Case, fields: Fields) -> bool:
    """A child who was present, or who is the victim."""
    return bool(fields.get("children_present")) or case.minor


@guard("送达时间不能早于决定时间", "service cannot come before the decision")
def served_after_decision(case: Case, fields: Fields) -> bool:
    return _not_before(fields, "served_at", case.moments.get("decided_at"))


@guard("查访时间不能早于送达或上一次查访", "a visit comes after service and after the last visit")
def visited_after_service(case: Case, fields: Fields) -> bool:
    last = case.moments.get("visited_at") or case.moments.get("served_at")
    return _not_before(fields, "visited_at", last)


@guard("距上一次计入的查访已满两个月", "two months have passed since the last counted visit")
def visit_is_early(case: Case, fields: Fields) -> bool:
    """Visits are three months apart (para 12); one much sooner is kept and not counted (platform reading: 60 days)."""
    visited, last = as_moment(fields.get("visited_at")), case.moments.get("visited_at")
    return visited is not None and last is not None and visited - last < timedelta(days=60)


@guard("查访结果应为再次施暴", "the visit did not find a recurrence")
def visit_found_recurrence(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("result") == "recurrence"


@guard(
    "查访须见到受害人和加害人双方（第十二条、反家庭暴力法第十七条）；未见到的请记录“查访未遇”",
    "a visit sees both parties",
)
def visit_met_both(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("result") == "clean" and fields.get("perpetrator_seen") is True and fields["victim_seen"] is True


@guard("尚未满连续三次", "not yet the third clean visit in a row")
def third_clean_visit(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraph 12. The seven-day visit is not counted (the text is silent; the stricter reading)."""
    return case.counters.get("clean_visits", 0) >= 2


# -- SM-A 强制报告 --------------------------------------------------------------------------------------------------


@guard("本案当事人须为未成年人", "the law for minors must govern this case")
def subject_is_minor(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return case.minor


@guard("按治安案件初查", "the first review is administrative")
def review_is_administrative(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """An undetermined track runs the shorter, administrative clock (行案规定 art 65 lets it convert later)."""
    return fields.get("track") != "criminal"


@guard("按刑事案件初查", "the first review is criminal")
def review_is_criminal(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("track") == "criminal"


@guard("鉴定期间不能延长办案期限，请先恢复计算", "resume the clock before extending it")
def no_clock_stands_still(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return all(clock.status != "paused" for clock in case.clocks.values())


@guard("没有控告人（受害人或其监护人未提出控告）", "nobody has accused: neither the victim nor a guardian reported")
def has_complainant(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return any(report.reporter_category in {"victim", "guardian"} for report in case.reports.values())


@guard("本案已转儿童保护", "the case has been referred to child protection already")
def not_yet_referred(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return case.counters.get("protection_referrals", 0) == 0


@guard("延长事由应为疑难", "the extension is not for a difficult administrative review")
def extension_is_difficult(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("extension") == "difficult"


@guard("延长事由应为线索核查", "the extension is not for leads to check")
def extension_is_leads(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("extension") == "leads"


@guard("延长事由应为重大复杂", "the extension is not for a major case")
def extension_is_major(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("extension") == "major"


@guard("移送审查起诉前须先告知报告单位（强报第十条）", "tell the reporting unit before the transfer")
def reporters_told_before_transfer(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """强制报告意见 art 10 speaks of minors; on an adult's case nobody must be told first."""
    told = case.counters.get("told_before_transfer", 0) > 0
    owed = any(task.kind == "feedback_before_transfer" for task in case.tasks.values())
    return not case.minor or (told and not owed)


@guard("报告单位没有报备义务，或已向主管部门报备", "no filing is owed for this report")
def filing_is_owed(case: Case, fields: Fields) -> bool:
    """报备 (强报 art 5) is owed for each report of a unit under the duty that has not done it yet."""
    owed = fields.get("under_duty") and fields.get("reporter_unit")
    return bool(case.minor and owed and not fields.get("filed_to_authority_at"))


@guard("案件已受案或立案", "the case has not been accepted or filed yet")
def is_accepted_or_filed(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "accepted_at" in case.moments


# -- SM-C 儿童保护转介 ----------------------------------------------------------------------------------------------


@guard("等级应为红色", "the grade is not red")
def grade_is_red(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("grade") == "red"


@guard("等级应为黄色", "the grade is not yellow")
def grade_is_yellow(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("grade") == "yellow"


@guard("等级应为蓝色或绿色", "the grade is neither blue nor green")
def grade_is_blue_or_green(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("grade") in {"blue", "green"}


@guard("只可退回一次；再次不能接收的请收回转介或报妇儿工委办协调", "a referral can be returned once only")
def first_return(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return case.counters.get("returns", 0) == 0


@guard("随访须见到儿童本人", "a follow-up sees the child")
def child_was_seen(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("child_seen") is True


@guard("须完成六次每月随访", "six monthly follow-ups come first")
def six_follow_ups(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return case.counters.get("follow_ups", 0) >= 6


# -- SM-Y 学生欺凌 --------------------------------------------------------------------------------------------------


@guard("须先通知双方监护人参与认定和处理（未成年人保护法第三十九条）", "tell the guardians of both sides first")
def both_sides_invited(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not any(task.kind in {"invite_victim_side", "invite_other_side"} for task in case.tasks.values())


@guard("构成欺凌的应当选择处理措施（未成年人保护法第三十九条）", "bullying calls for at least one measure")
def bullying_has_measures(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("finding") == "not_bullying" or bool(_ticked(fields, "measures"))


# -- 应报未报 -------------------------------------------------------------------------------------------------------


@guard("请选择处理种类；不予追责的，办理“不予追责，说明理由”", "name a sanction, or why there is none")
def sanction_is_named(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    named = _ticked(fields, "sanctions")
    return bool(named) and "none" not in named


# -- SM-A 强制报告, version 2 ---------------------------------------------------------------------------------------


@guard("没有待反馈的移送", "no transfer waits for feedback")
def feedback_is_awaited(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return any(task.kind == "await_feedback" for task in case.tasks.values())


# -- SM-W 困境儿童认定 ----------------------------------------------------------------------------------------------


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@guard("自确认的次月起发放：应为次月一日", "the support begins with the first day of the month after the decision")
def entitled_from_next_month(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    decided = as_moment(fields.get("decided_at"))
    return decided is not None and as_day(fields.get("entitled_from")) == _next_month(decided.date())


@guard("发放时间不能早于纳入保障日期", "nothing is paid before the support begins")
def paid_after_entitlement(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    paid, begins = as_moment(fields.get("paid_at")), as_day(fields.get("entitled_from"))
    return paid is not None and begins is not None and paid.date() >= begins


@guard("自条件变化的次月起停发：应为一日，且不早于变化的次月", "the support ends with a month, not before the change")
def stopped_from_next_month(case: Case, fields: Fields) -> bool:
    ends, changed = as_day(fields.get("stopped_from")), case.moments.get("changed_at")
    return ends is not None and changed is not None and ends.day == 1 and ends >= _next_month(changed.date())
