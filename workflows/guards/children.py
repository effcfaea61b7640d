"""Guards of 儿童保护, 撤销监护, 学生欺凌 and 困境儿童."""

from datetime import date, timedelta

from workflows.fields import as_day, as_moment
from workflows.guards.registry import Fields, guard, not_before, ticked
from workflows.model import Case

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


# -- SM-C 儿童保护转介，第二版 ---------------------------------------------------------------------------------------

_POLICE = frozenset({"police-station", "police-bureau"})
_LOCAL = frozenset({"village-committee", "school", "kindergarten"})


def _has_required_agencies(kinds: frozenset[str]) -> bool:
    """法发〔2014〕24号 art 19: police, civil affairs, and the village or the school take part in a 会商."""
    return bool(kinds & _POLICE) and bool(kinds & _LOCAL) and "civil-affairs" in kinds


@guard(
    "会商须邀请公安机关、民政部门以及居（村）委会或学校（法发〔2014〕24号第十九条）",
    "invite the police, civil affairs, and the village committee or the school",
)
def required_agencies_are_invited(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return _has_required_agencies(frozenset(unit.partition("@")[0] for unit in ticked(fields, "invited")))


@guard("公安机关、民政部门以及居（村）委会或学校须已提出意见", "the agencies that must take part have not all spoken")
def required_agencies_have_spoken(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    spoken = (name.removeprefix("opinion.") for name, times in case.counters.items() if times)
    return _has_required_agencies(frozenset(spoken))


@guard("有不同意见的，须记录对不同意见的处理", "say what became of the dissent")
def dissent_is_answered(case: Case, fields: Fields) -> bool:
    return (case.counters.get("opinion.dissent", 0) == 0) == (fields.get("dissent_answer") == "none")


@guard("随访时间不能早于接收、领回或上一次计入的随访", "a follow-up comes after the last one that counted")
def visited_after_last_follow_up(case: Case, fields: Fields) -> bool:
    return not_before(fields, "visited_at", case.moments.get("followed_at"))


@guard("距上一次计入的随访已满二十日", "twenty days have passed since the last follow-up that counted")
def follow_up_is_early(case: Case, fields: Fields) -> bool:
    """Follow-ups are a month apart; one much sooner is kept and not counted (platform reading: 20 days)."""
    visited, last = as_moment(fields.get("visited_at")), case.moments.get("followed_at")
    return visited is not None and last is not None and visited - last < timedelta(days=20)


@guard("尚未记录学校", "no school is known")
def school_is_known(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "school" in case.placements


@guard("尚未记录居（村）民委员会", "no village committee is known")
def village_is_known(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return "village-committee" in case.placements


# -- SM-G 撤销监护人资格 ---------------------------------------------------------------------------------------------


@guard("有不得恢复情形的，不得全部列为可以申请恢复（第四十条）", "who assaulted or sold the child is never restored")
def restoration_fits_the_grounds(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not ticked(fields, "barred_by") or fields.get("restoration") != "may_apply"


# -- SM-Y 学生欺凌 --------------------------------------------------------------------------------------------------


@guard("须先通知双方监护人参与认定和处理（未成年人保护法第三十九条）", "tell the guardians of both sides first")
def both_sides_invited(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not any(task.kind in {"invite_victim_side", "invite_other_side"} for task in case.tasks.values())


@guard("构成欺凌的应当选择处理措施（未成年人保护法第三十九条）", "bullying calls for at least one measure")
def bullying_has_measures(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("finding") == "not_bullying" or bool(ticked(fields, "measures"))


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
