"""Which numbers may leave at all. The figures come from the policy pack."""

from dataclasses import dataclass
from typing import Final, Literal

from services.statistics.disclosure.model import Key, Need, Release

Delicate = Literal["minors", "sexual_violence"]

FEWEST_OF_A_MEDIAN: Final = 10


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


def find_share(release: Release, numerator: Key) -> float | None:
    """In percent, of two published counts; None when one of them is kept back, or there is nobody to count among."""
    among = numerator._replace(measure="denominator")
    published = release.published
    if numerator not in published or not published.get(among):
        return None
    return round(100 * published[numerator] / published[among], 2)


def may_show_median(persons: int) -> bool:
    """Whether the median of that many persons may leave."""
    return persons >= FEWEST_OF_A_MEDIAN
