"""Which numbers may leave at all. The figures come from the policy pack."""

from dataclasses import dataclass
from typing import Literal

from services.statistics.disclosure.model import Key, Need

Delicate = Literal["minors", "sexual_violence"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`k`: the smallest count of persons that may be shown; larger where it may hurt more.

    A share of a count held by one contributor (dominance) has no meaning here: every person counts one.
    """

    k: int = 3
    minors: int = 5
    sexual_violence: int = 5
    villages: int = 5
    width: int | None = None
    zero_suffices: bool = True
    zeros: bool = True

    def need(self, key: Key, delicate: frozenset[Delicate] = frozenset()) -> Need:
        """The strictest of what applies. A township is as small as a village."""
        thresholds = [self.k]
        thresholds += [self.minors] if "minors" in delicate else []
        thresholds += [self.sexual_violence] if "sexual_violence" in delicate else []
        thresholds += [self.villages] if len(key.region) > 6 else []
        return Need(max(thresholds), self.width, self.zero_suffices, self.zeros)
