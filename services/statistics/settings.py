"""What statistics must be told beside the common settings. How indicators are counted is in the policy packs."""

from pydantic import Field

from services.platform.settings import Settings


class StatisticsSettings(Settings):
    flush_seconds: float = Field(default=0.3, gt=0, description="How often what has come is worked into the figures.")
    sweep_seconds: float = Field(default=2, gt=0, description="How often to look whether a new domain day began.")
