"""JSON log lines, one per batch and not per record. Only the keys listed here leave the process: no case content."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, cast

import structlog

ALLOWED: Final = frozenset(
    {"event", "level", "timestamp", "service", "instance", "component", "logger", "error", "where", "reason"}
    | {"group", "topic", "partition", "offset", "records", "attempt", "delay_seconds", "ms"}
    | {"method", "route", "status", "port", "count", "task", "partitions", "unplaced"}
    | {"slow", "backed_up", "outbox_seconds", "unknown_to_the_vault"}
)


def get_logger(component: str) -> structlog.stdlib.BoundLogger:
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(component=component))


def setup_logging(service: str, level: str, instance: str = "0") -> None:
    """Send every line of this process to standard output as JSON."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, instance=instance)
    logging.basicConfig(handlers=[_LibraryHandler()], level=max(number, logging.WARNING), force=True)


def keep_allowed(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in entry.items() if key in ALLOWED}


def describe(error: BaseException) -> dict[str, str]:
    """What may be logged of an error: its type and place. Its text may quote a person's data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "where": place}


class _LibraryHandler(logging.Handler):
    """Libraries' own lines: the template alone, without what was filled in."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(record.levelno, "library", logger=record.name, reason=str(record.msg)[:200])
