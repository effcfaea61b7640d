"""Whose unsuppressed figures a unit may see: those of the division that it stands in, and of what is in that."""

from contracts.regions import is_within
from services.platform.auth import Caller
from services.platform.problems import Problem


def refuse_elsewhere(caller: Caller, region: str) -> None:
    """Raises the problem 403."""
    if not is_within(region, caller.unit.partition("@")[2]):
        raise Problem(
            *(403, "other-city", "该单位不管辖这个地区", "The unit is not in charge of this division"),
            *(f"{caller.unit} 不管辖 {region}。", f"{caller.unit} is not in charge of {region}."),
        )
