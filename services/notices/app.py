"""Wiring."""

from contracts.topics import CASE_EVENTS
from services.notices.api import router
from services.notices.handlers import handle, send_again
from services.notices.settings import NoticesSettings
from services.platform.service import Service


def create(settings: NoticesSettings) -> Service:
    service = Service("notices", settings)
    service.app.state.clock = service.clock
    service.include(router)
    service.consume(CASE_EVENTS, handle=handle, hurry=False)
    service.every(settings.resend_seconds, lambda: send_again(service.db, settings.resend_seconds), "send again")
    return service
