"""Wiring of intake."""

from datetime import timedelta
from typing import Final

from services.intake.api import new_router
from services.intake.handlers import FactReader
from services.intake.intake import Intake
from services.intake.relay import ReportRelay
from services.intake.settings import IntakeSettings
from services.platform.seal import load_sealer
from services.platform.service import Service
from services.platform.vault_client import VaultClient
from workflows.policy import load_policy

TOGETHER_SECONDS: Final = 0.05
"""Reports accepted so close to each other travel together: to the vault, and through every batch behind it."""


def build(settings: IntakeSettings) -> Service:
    """Raises `PublicKeyError`: without the vault's key no report can be sealed, so none may be accepted."""
    service = Service("intake", settings)
    vault = VaultClient(settings.vault_url, settings.service_token)
    patience = timedelta(seconds=settings.publish_again_seconds)
    relay = ReportRelay(service.db, vault, patience)
    handing_over = service.every(1.0, relay.hand_over, "hand over", apart=TOGETHER_SECONDS)
    service.every(min(5.0, settings.publish_again_seconds), relay.publish_again, "publish again")
    service.every(min(5.0, settings.publish_again_seconds), relay.recall, "recall")
    facts = FactReader(service.db, settings, service.pressure)
    service.every(30.0, facts.revive, "revive the fact reader")
    service.around(facts.start, facts.stop)
    service.around(stop=vault.close)
    intake = Intake(
        service.db,
        service.clock,
        load_sealer(settings.vault_public_key_file),
        load_policy(),
        skew=timedelta(seconds=settings.intake_clock_skew_seconds),
        on_accepted=handing_over.wake,
    )
    service.include(new_router(intake))
    return service
