"""WAL, streamed into the backup folder while the system runs: what a restore loses is less than a second.

The receiver writes and syncs every transaction as it comes. Should it be away longer than `KEPT_WAL` lasts, it cannot
go on, says so in its log, and a new base backup is due after `begin_life`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy.backup.repository import Repository
from deploy.backup.tools import tool_command, tool_environment
from deploy.local.launcher import keep
from deploy.local.process import Server

NAME: Final = "WAL"
KEPT_WAL: Final[Mapping[str, str]] = {"wal_keep_size": "1GB"}
"""A setting of the server: so much waits for a receiver that is away."""


class WalReceiver(Server):
    """pg_receivewal of one home."""

    def __init__(self, home: Path, repository: Repository) -> None:
        self.target = repository.wal(life_of(home))
        self.target.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(NAME, home / "wal", mark=f"--directory={self.target}")
        self._dsn = ""

    async def start_from(self, dsn: str) -> None:
        """Stream from this server, and from the same on every later `start`."""
        self._dsn = dsn
        await self.start()

    async def start(self) -> None:
        self.environment = tool_environment(self._dsn)
        await self.spawn(tool_command("pg_receivewal", self._dsn, self.mark, "--synchronous", "--no-loop"))


def life_of(home: Path) -> str:
    """The name of this cluster's WAL: new for a new cluster, and after each restore."""
    folder = home / "wal"
    folder.mkdir(mode=0o700, exist_ok=True)
    return keep(folder / "life", lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")


def begin_life(home: Path) -> None:
    """What is written from now on does not continue the WAL that was received."""
    (home / "wal" / "life").unlink(missing_ok=True)
