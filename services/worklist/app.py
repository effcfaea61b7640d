"""Wiring."""

from contracts.topics import CASE_EVENTS, DEAD_LETTERS
from services.platform.service import Service
from services.platform.settings import Settings
from services.worklist.api import Applied, router
from services.worklist.handlers import handle
from workflows.local import load_local


def create(settings: Settings) -> Service:
    service = Service("worklist", settings)
    service.app.state.applied = Applied(service.db)
    service.app.state.clock = service.clock
    service.app.state.local = load_local()
    service.include(router)
    service.consume(CASE_EVENTS, DEAD_LETTERS, handle=handle, larger=8)
    return service
