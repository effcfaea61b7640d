"""Where the figures of a city come from in a running installation: the declarations and the packs."""

from functools import partial

from services.platform.database import Database
from services.statistics.handlers import Statistics
from services.statistics.releases.figures import figures_of
from services.statistics.releases.publish import Sources
from workflows.policy import Policy


def sources_of(statistics: Statistics, db: Database, policy: Policy) -> Sources:
    return Sources(
        now=lambda: statistics.up_to_date(db),
        figures=partial(figures_of, statistics.parts),
        rule=lambda city: policy.statistics(city).disclosure,
    )
