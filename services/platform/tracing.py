"""W3C trace context: one header that follows a report from the first request to the last fact."""

import re
import secrets
from contextvars import ContextVar
from typing import Final

_PATTERN: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

current: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The `traceparent` of the work in hand, if it has one."""


def continue_trace(header: str | None) -> str:
    """A `traceparent` for a new step: of the caller's trace if the header is well formed, else of a new one."""
    trace = header[3:35] if header and _PATTERN.fullmatch(header) else secrets.token_hex(16)
    return f"00-{trace}-{secrets.token_hex(8)}-01"
