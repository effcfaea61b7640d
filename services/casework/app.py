"""Wiring of casework, the engine's host."""

from datetime import timedelta
from functools import partial

from services.casework import api, handlers, republish
from services.casework.handlers import Casework
from services.casework.release import release
from services.casework.settings import CaseworkSettings
from services.casework.timers import sweep
from services.platform.service import Service
from workflows.loader import load_workflows


def build(settings: CaseworkSettings) -> Service:
    service = Service("casework", settings)
    keys = settings.pseudonym_key_file.read_bytes(), settings.token_key_file.read_bytes()
    casework = Casework(load_workflows(), service.clock, *keys)
    service.include(api.router(service.db, casework))
    service.consume(*handlers.TOPICS, handle=casework.on_records)
    service.every(
        settings.timer_seconds, partial(sweep, service.db, casework, settings.timers_per_sweep), name="timers"
    )
    service.every(1.0, partial(republish.publish_some, service.db), name="republish")
    patience = timedelta(seconds=settings.park_seconds)
    service.every(1.0, partial(release, service.db, casework, patience), name="parked records")
    return service


def main() -> None:
    build(CaseworkSettings()).serve()
