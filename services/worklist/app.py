"""Wiring."""

from contracts.topics import CASE_EVENTS
from services.platform.service import Service
from services.platform.settings import Settings
from services.worklist.api import Applied, router
from services.worklist.handlers import handle


def create(settings: Settings) -> Service:
    service = Service("worklist", settings)
    service.app.state.applied = Applied(service.db)
    service.include(router)
    service.consume(CASE_EVENTS, handle=handle)
    return service
