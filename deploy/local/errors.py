"""What can go wrong when a machine gets its own PostgreSQL and Kafka.

    LocalError
    ├── MissingError          nothing of what was tried can be had; names the variable to set instead
    │   ├── JavaMissingError
    │   ├── KafkaMissingError
    │   └── PostgresMissingError
    ├── JarChecksumError      a jar is broken, foreign or lacking; nothing was started
    ├── HomeError             the data folder cannot be used as asked
    │   ├── HomeBusyError     another launcher runs on it
    │   └── HomeClosedError   the server's unprivileged user cannot reach it
    └── ServerError           a server or one of its tools failed, or was not ready in time

Messages are for the person at the keyboard: Chinese first, then English.
"""


class LocalError(Exception):
    """The root of this module's errors."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


class MissingError(LocalError):
    """Something that is needed could not be had."""


class JavaMissingError(MissingError):
    """No Java 17 or newer."""


class KafkaMissingError(MissingError):
    """No Kafka jars."""


class PostgresMissingError(MissingError):
    """No PostgreSQL binaries."""


class JarChecksumError(LocalError):
    """The jars are not the ones of the committed list."""


class HomeError(LocalError):
    """The data folder cannot be used as asked."""


class HomeBusyError(HomeError):
    """Another launcher runs on this folder."""


class HomeClosedError(HomeError):
    """The unprivileged user of the server cannot reach the folder."""


class ServerError(LocalError):
    """A server or one of its tools failed."""
