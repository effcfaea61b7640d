"""What statistics must be told beside the common settings. The plans name no windows; a policy pack may."""

from pydantic import Field

from services.platform.settings import Settings
from services.statistics.formulas import Windows


class StatisticsSettings(Settings):
    report_hours: int = Field(default=24, ge=1, description="A report within so many hours of knowledge is in time.")
    warning_hours: int = Field(default=72, ge=1, description="So is a letter within so many hours of assessment.")
    visit_days: int = Field(default=7, ge=1, description="So is a visit within so many days of the letter.")
    sweep_seconds: float = Field(default=2, gt=0, description="How often to look whether a new domain day began.")

    @property
    def windows(self) -> Windows:
        return Windows(self.report_hours, self.warning_hours, self.visit_days)
