"""What notices must be told beside the common settings."""

from pydantic import Field

from services.platform.settings import Settings


class NoticesSettings(Settings):
    resend_seconds: float = Field(
        default=60, gt=0, description="Wall time after which a proof that has not closed its notice is sent again."
    )
