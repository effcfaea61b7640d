"""Wiring of the vault."""

from services.platform.service import Service
from services.platform.settings import Settings
from services.vault.api import new_router
from services.vault.keys import load_keys
from services.vault.vault import Vault


def build(settings: Settings) -> Service:
    """Raises `KeyFileError`. The service does not start on tables that other keys wrote."""
    service = Service("vault", settings)
    vault = Vault(service.db, load_keys(settings.vault_private_key_file))
    service.around(vault.check_keys, _nothing)
    service.include(new_router(vault))
    return service


async def _nothing() -> None:
    """Nothing to stop."""
