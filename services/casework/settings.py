from pathlib import Path

from pydantic import Field

from services.platform.settings import Settings


class CaseworkSettings(Settings):
    pseudonym_key_file: Path = Field(description="The key under which statistics know a person, and nothing else does.")
    token_key_file: Path = Field(description="With it a made-up person token is told from one of the vault's.")
    timer_seconds: float = Field(default=0.2, gt=0, description="How often due alarms are looked for (wall clock).")
    timers_per_sweep: int = Field(default=500, ge=1)
    park_seconds: float = Field(
        default=60, gt=0, description="How long a command or proof waits for a case that is not here (wall clock)."
    )
