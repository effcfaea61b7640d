"""What notices must be told beside the common settings."""

from pathlib import Path

from pydantic import Field

from services.platform.settings import Settings


class NoticesSettings(Settings):
    resend_seconds: float = Field(
        default=60, gt=0, description="Wall time after which a proof that has not closed its notice is sent again."
    )
    gateway_retry_seconds: float = Field(
        default=60, gt=0, description="Wall time after which a message is tried again; then after twice as long."
    )
    gateway_addresses_file: Path | None = Field(
        default=None, description="By what the gateway knows the units: a line `<unit> <address>` for each."
    )
