"""Guards of 热线工单."""

from workflows.guards.registry import Fields, guard
from workflows.model import Case

# -- SM-E 热线工单 ----------------------------------------------------------------------------------------------------


@guard("工单涉及未成年人，应转为案件", "the ticket names a minor; open a case instead")
def ticket_names_no_minor(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not any(subject.minor for subject in case.subjects)
