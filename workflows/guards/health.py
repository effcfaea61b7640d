"""Guards of 筛查追踪."""

from workflows.guards.registry import Fields, guard, not_before
from workflows.model import Case

# -- SM-D 筛查追踪 ----------------------------------------------------------------------------------------------------


@guard("告知时间不能早于筛查时间", "she cannot be told before she was screened")
def told_after_screening(case: Case, fields: Fields) -> bool:
    return not_before(fields, "notified_at", case.moments.get("screened_at"))


@guard("须以短信、电话、上门中至少两种方式联系过", "at least two means of contact must have been tried")
def two_means_tried(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Since she was last reached: a loss is proved, not assumed (platform reading; no national text)."""
    since, moments = case.moments.get("reached_at", case.opened_at), case.moments
    tried = [moments.get(f"tried_by_{means}") for means in ("sms", "phone", "visit")]
    return sum(moment is not None and moment >= since for moment in tried) >= 2
