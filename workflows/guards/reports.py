"""Guards of 强制报告 and 应报未报."""

from workflows.guards.registry import Fields, guard, ticked
from workflows.model import Case

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


# -- 应报未报 -------------------------------------------------------------------------------------------------------


@guard("请选择处理种类；不予追责的，办理“不予追责，说明理由”", "name a sanction, or why there is none")
def sanction_is_named(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    named = ticked(fields, "sanctions")
    return bool(named) and "none" not in named


# -- SM-A 强制报告, version 2 ---------------------------------------------------------------------------------------


@guard("没有待反馈的移送", "no transfer waits for feedback")
def feedback_is_awaited(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return any(task.kind == "await_feedback" for task in case.tasks.values())
