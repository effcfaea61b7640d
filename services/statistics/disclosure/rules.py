"""Which numbers may leave at all. The figures come from the policy pack."""

from typing import Literal

from services.statistics.disclosure.model import Key, Need
from workflows.packs import Disclosure

Delicate = Literal["minors", "sexual_violence"]


def need_of(key: Key, rule: Disclosure, delicate: frozenset[Delicate] = frozenset()) -> Need:
    """The strictest of what applies. A township is as small as a village.

    A share of a count held by one contributor (dominance) has no meaning here: every person counts one.
    """
    thresholds = [rule.k]
    thresholds += [rule.minors] if "minors" in delicate else []
    thresholds += [rule.sexual_violence] if "sexual_violence" in delicate else []
    thresholds += [rule.villages] if len(key.region) > 6 else []
    return Need(max(thresholds), rule.width, rule.zero_suffices, rule.zeros)
