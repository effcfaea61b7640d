"""What a service must be told, read from environment variables `LIANDONG_*`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one service process. A service that needs more subclasses this in its own `settings.py`."""

    model_config = SettingsConfigDict(env_prefix="LIANDONG_", frozen=True, extra="ignore")

    postgres_dsn: str = Field(repr=False, description="With the service's own role.")
    kafka_bootstrap: str = "127.0.0.1:9092"
    namespace: str = Field(
        default="", pattern=r"^[a-z0-9_]*$", description="Goes before topics, groups, schemas and roles; for tests."
    )
    instance: str = Field(default="0", description="Tells the copies of one service apart, the same after a restart.")

    standby: bool = Field(
        default=False, description="Load everything, then wait for a line on standard input before doing anything."
    )

    http_host: str = "127.0.0.1"
    http_port: int = 8000

    batch_size: int = Field(
        default=500, ge=1, description="Most records of one poll; 8 times that for queues and figures."
    )
    poll_ms: int = Field(default=20, ge=1, description="How often a reader that found nothing looks again.")
    patience_ms: int = Field(default=200, ge=0, description="How long a reader in no hurry waits for more records.")
    pool_size: int = Field(default=8, ge=3, description="Most connections to PostgreSQL.")
    stall_seconds: int = Field(default=60, description="A reader that has work and moves nothing for so long exits.")
    slow_seconds: float = Field(default=2.0, gt=0, description="PostgreSQL slower than that: requests are refused.")
    backed_up_seconds: float = Field(default=30.0, gt=0, description="An outbox older than that: readers pause.")
    http_at_once: int = Field(default=200, ge=1, description="Most requests in hand; one more is refused.")
    log_level: str = "info"

    vault_url: str = "http://127.0.0.1:8105"
    service_token: str = Field(default="", repr=False, description="Shown to other services (role `service`).")

    gateway: str = Field(
        default="",
        repr=False,
        description="What carries messages out: empty for nothing, `file:<path>`, or a city's own.",
    )

    vault_public_key_file: Path | None = None
    vault_private_key_file: Path | None = None
