"""What intake must be told beside the common settings."""

from pydantic import Field

from services.platform.settings import Settings


class IntakeSettings(Settings):
    publish_again_seconds: float = Field(
        default=60, gt=0, description="A report that no case fact answers is published again; then after twice as long."
    )
    intake_clock_skew_seconds: int = Field(default=120, ge=0, description="How far a reporter's clock may be ahead.")
