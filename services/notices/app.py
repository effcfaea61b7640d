"""Wiring."""

from contracts.topics import CASE_EVENTS
from services.notices.api import router
from services.notices.delivery import Delivery, read_addresses
from services.notices.handlers import handle, send_again
from services.notices.settings import NoticesSettings
from services.platform.gateway import open_gateway
from services.platform.seal import load_sealer
from services.platform.service import Service
from services.platform.vault_client import VaultClient


def create(settings: NoticesSettings) -> Service:
    """Raises `PublicKeyError`, `GatewaySettingError`, `AddressesError`."""
    service = Service("notices", settings)
    service.app.state.clock = service.clock
    service.app.state.sealer = load_sealer(settings.vault_public_key_file)
    service.include(router)
    reader = service.consume(CASE_EVENTS, handle=handle, hurry=False)
    service.every(settings.resend_seconds, lambda: send_again(service.db, settings.resend_seconds), "send again")
    gateway = open_gateway(settings.gateway)
    if gateway is None:
        return service
    vault = VaultClient(settings.vault_url, settings.service_token)
    delivery = Delivery(
        service.db,
        service.clock,
        vault,
        gateway,
        read_addresses(settings.gateway_addresses_file),
        retry_seconds=settings.gateway_retry_seconds,
        caught_up=lambda: reader.ready and bool(reader.lag) and sum(reader.lag.values()) < settings.batch_size,
    )
    service.every(1.0, delivery.send_some, "delivery")
    service.around(stop=vault.close)
    return service
