"""Where Liandong keeps what it owns on one machine.

| what                                          | variable        | default as root     | default otherwise         |
|-----------------------------------------------|-----------------|---------------------|---------------------------|
| data: PostgreSQL, Kafka, settings             | LIANDONG_HOME   | /var/lib/liandong   | ~/.local/share/liandong   |
| downloads: can be deleted, comes back         | LIANDONG_CACHE  | ~/.cache/liandong   | ~/.cache/liandong         |

Both defaults follow XDG_DATA_HOME and XDG_CACHE_HOME where those are set (the data of root stays in /var/lib).
"""

import os
from pathlib import Path


def home() -> Path:
    """The folder of all data; it may not exist yet."""
    if given := os.environ.get("LIANDONG_HOME"):
        return Path(given).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/liandong")
    return _xdg("XDG_DATA_HOME", ".local/share") / "liandong"


def cache() -> Path:
    """The folder of downloads; it may not exist yet."""
    if given := os.environ.get("LIANDONG_CACHE"):
        return Path(given).absolute()
    return _xdg("XDG_CACHE_HOME", ".cache") / "liandong"


def _xdg(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default)
