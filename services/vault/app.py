"""Wiring of the vault."""

from services.platform.gateway import open_gateway
from services.platform.service import Service
from services.platform.settings import Settings
from services.vault.api import new_router
from services.vault.keys import load_keys
from services.vault.messages import Messenger
from services.vault.vault import Vault


def build(settings: Settings) -> Service:
    """Raises `KeyFileError`, `GatewaySettingError`. The service does not start on tables that other keys wrote."""
    service = Service("vault", settings)
    keys = load_keys(settings.vault_private_key_file)
    vault = Vault(service.db, keys)
    service.around(start=vault.check_keys)
    service.include(new_router(vault, Messenger(service.db, keys, open_gateway(settings.gateway))))
    return service
