"""Wiring."""

from typing import Final

from contracts.topics import CASE_EVENTS, DENOMINATORS, EXTERNAL
from services.platform.service import Service
from services.statistics.api import router
from services.statistics.catalogue import define
from services.statistics.feeds.api import feeds_router
from services.statistics.feeds.handlers import Feeds, by_topic
from services.statistics.handlers import AT_ONCE, Statistics
from services.statistics.releases.api import Desk
from services.statistics.releases.api import router as releases
from services.statistics.releases.sources import sources_of
from services.statistics.settings import StatisticsSettings
from workflows.policy import load_policy

FAR_BEHIND: Final = 50_000
"""Records: what is read in about two seconds."""


def create(settings: StatisticsSettings) -> Service:
    service = Service("statistics", settings)
    policy = load_policy()
    statistics = service.app.state.statistics = Statistics(define(policy))
    service.app.state.releases = Desk(service.db, service.clock, sources_of(statistics, service.db, policy))

    async def reevaluate() -> None:
        await statistics.reevaluate(service.db)

    service.around(start=reevaluate)
    service.include(router)
    service.include(releases)
    service.include(feeds_router(service.db, service.clock))
    feeds = Feeds(service.clock)
    handle = by_topic({CASE_EVENTS: statistics.handle, DENOMINATORS: feeds.handle, EXTERNAL: feeds.handle})
    reader = service.consume(CASE_EVENTS, DENOMINATORS, EXTERNAL, handle=handle, hurry=False, larger=8)

    async def flush() -> bool:
        """Now and then, and not while far behind: a case is worked out once for all of its facts that have come."""
        return sum(reader.lag.values()) < FAR_BEHIND and await statistics.flush(service.db) >= AT_ONCE

    service.every(settings.flush_seconds, flush, "flush", longest=3600)
    service.every(settings.sweep_seconds, lambda: statistics.sweep(service.db, service.clock), "sweep", longest=3600)
    return service
