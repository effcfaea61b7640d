"""Guards of 家庭暴力告诫, 人身安全保护令 and 庇护."""

from datetime import date, timedelta

from contracts.base import SHANGHAI
from workflows.fields import as_moment
from workflows.guards.registry import Fields, guard, not_before, not_earlier, ticked
from workflows.model import Case

# -- SM-B 家庭暴力告诫 (公通字〔2024〕34号) --------------------------------------------------------------------------


@guard("家庭暴力成立且无第二十条情形的，方可认为符合出具条件", "criteria are met only without a ground of 20")
def assessment_is_consistent(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraphs 6 and 20: a letter is due only where violence is established and no penalty must take its place."""
    due = fields["facts_found"] == "established" and not ticked(fields, "penalty_grounds")
    return due or not fields["criteria_met"]


@guard("应当告知受害人可以申请人身安全保护令（第十五条）", "the victim must be told of the protection order")
def victim_knows_of_protection(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "protection_order" in ticked(fields, "victim_advised")


@guard(
    "无争议：双方陈述或加证人证言；有争议：陈述之外还须一项佐证（第三、四条）",
    "the evidence paragraph 3 asks for is missing",
)
def evidence_supports_facts(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraph 3. Undisputed: the perpetrator's statement and one more. Disputed: a statement and corroboration."""
    if fields["facts_found"] != "established":
        return True
    evidence = ticked(fields, "evidence")
    told = evidence & {"victim_statement", "witness"}
    if fields["disputed"]:
        return bool(told) and len(evidence - {"perpetrator_statement"}) >= 2
    return "perpetrator_statement" in evidence and bool(told)


@guard("民警评估为符合出具条件后方可决定告诫", "the assessment says the criteria are not met")
def criteria_are_met(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("criteria_met") is True


@guard("存在第二十条情形，不得以告诫或批评教育代替处罚", "paragraph 20 forbids a warning in place of a penalty")
def warning_replaces_no_penalty(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not ticked(fields, "penalty_grounds") and not fields.get("prior_warning")


@guard("批评教育须有第七条情形", "criticism needs a ground of paragraph 7")
def criticism_is_grounded(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return bool(ticked(fields, "criticism_grounds"))


@guard("符合条件或有第六条情形而未出具的，应当填写理由", "give the reason why no letter is issued")
def reason_given_when_letter_due(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    due = fields.get("criteria_met") or ticked(fields, "warning_grounds")
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
    return not_before(fields, "served_at", case.moments.get("decided_at"))


@guard("查访时间不能早于送达或上一次查访", "a visit comes after service and after the last visit")
def visited_after_service(case: Case, fields: Fields) -> bool:
    last = case.moments.get("visited_at") or case.moments.get("served_at")
    return not_before(fields, "visited_at", last)


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


# -- SM-P 人身安全保护令 --------------------------------------------------------------------------------------------


@guard("受理时间不能早于递交时间", "acceptance cannot come before filing")
def accepted_after_filing(case: Case, fields: Fields) -> bool:
    return not_earlier(fields, "accepted_at", case.moments.get("filed_at"))


@guard("作出时间不能早于受理时间", "the order cannot come before acceptance")
def granted_after_acceptance(case: Case, fields: Fields) -> bool:
    return not_earlier(fields, "granted_at", case.moments.get("accepted_at"))


@guard("送达时间不能早于作出时间", "service cannot come before the order")
def served_after_order(case: Case, fields: Fields) -> bool:
    return not_earlier(fields, "served_at", case.moments.get("effective_at"))


@guard("回访时间不能早于保护令作出时间", "a visit comes after the order")
def visited_under_order(case: Case, fields: Fields) -> bool:
    return not_earlier(fields, "visited_at", case.moments.get("effective_at"))


@guard("须先凭证确认双方当事人均已送达", "both parties must have been served, with proof")
def parties_are_served(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not any(task.kind in {"serve_applicant", "serve_respondent"} for task in case.tasks.values())


@guard("保护令已送达", "the order has been served")
def not_yet_served(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "served_at" not in case.moments


@guard("违反应发生在保护令作出之后", "the order was not yet made when this happened")
def violation_under_order(case: Case, fields: Fields) -> bool:
    return not_earlier(fields, "violated_at", case.moments.get("effective_at"))


@guard("获知时间不能早于发生时间", "what happened cannot be known before it happened")
def learned_after_violation(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not_earlier(fields, "learned_at", as_moment(fields.get("violated_at")))


@guard("罚款为一千元以下，拘留为十五日以下，其他处理的金额填 0（反家庭暴力法第三十四条）", "beyond article 34")
def response_within_law(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """反家庭暴力法 art 34: a fine of up to 1,000 yuan, or detention of up to 15 days."""
    most, amount = {"fined": 1000, "detained": 15}.get(str(fields.get("response")), 0), fields.get("amount")
    return isinstance(amount, int) and min(most, 1) <= amount <= most


@guard("已超过五日的复议期，或复议期尚未开始（反家庭暴力法第三十一条）", "the five days to ask are not running")
def reconsideration_is_open(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return case.clock_of("po-reconsideration") is not None


@guard("没有需要告知的学校", "no school is concerned")
def school_is_placed(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "school" in case.placements


@guard("尚未作出保护令", "no order was made")
def order_was_made(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "effective_at" in case.moments


# -- SM-B 家庭暴力告诫, version 2 -----------------------------------------------------------------------------------


@guard("受害人不是未成年人", "the victim is no minor")
def child_is_victim(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return case.minor


def _minor_witness(case: Case) -> bool:
    return any(subject.role == "child" and subject.minor for subject in case.subjects)


@guard("没有目睹的未成年人", "no child saw it")
def child_is_witness(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """反家庭暴力法 art 5, 告诫意见 19: a child who saw it is helped too. Here beside an adult victim."""
    return _minor_witness(case) and not case.minor


@guard("没有受害儿童以外目睹的未成年人", "no child saw it beside the one who was hurt")
def child_is_witness_too(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return _minor_witness(case) and case.minor


@guard("报告中没有列出未成年的受害人或在场儿童", "no child is named in the reports")
def child_is_named(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return case.minor or _minor_witness(case)


@guard("受害人是未成年人，请办理“转儿童保护”，由未成年人救助保护机构安置", "a minor is placed by child protection")
def subject_is_adult(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """民发〔2015〕189号: minors are placed under 法发〔2014〕24号, not in a stay of their own."""
    return not case.minor


@guard("没有应当出具的情形", "no letter was due")
def letter_was_due(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """应出尽出: violence is established; the criteria are met, or paragraph 6 has a ground, or the victim asks."""
    asked = fields.get("criteria_met") or ticked(fields, "warning_grounds") or fields.get("victim_asks_warning")
    return fields.get("facts_found") == "established" and bool(asked)


@guard("符合条件、有第六条情形或受害人要求而未出具的，应当填写理由", "give the reason why no letter is issued")
def reason_given_for_declining(case: Case, fields: Fields) -> bool:
    return not letter_was_due(case, fields) or fields.get("reason_no_letter") not in {None, "not_due"}


@guard("违反告诫书自 2026 年 1 月 1 日起可单独处罚", "a breach of the letter is punishable from 2026-01-01 on")
def letter_breach_is_punishable(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """治安管理处罚法 (revised 2025) art 73(2), in force 2026-01-01; it does not reach back."""
    breached = case.moments.get("recurred_at")
    return breached is not None and breached.astimezone(SHANGHAI).date() >= date(2026, 1, 1)


# -- 庇护 -----------------------------------------------------------------------------------------------------------


@guard("没有随同的未成年人", "no child comes along")
def children_come_along(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    along = fields.get("children_along")
    return isinstance(along, int) and along > 0


@guard("离开时间不能早于入住时间", "she cannot leave before she came")
def left_after_admission(case: Case, fields: Fields) -> bool:
    return not_earlier(fields, "left_at", case.moments.get("admitted_at"))
