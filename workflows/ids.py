"""Ids that follow from something: deciding again, or again after a restore, yields the same."""

import hashlib
from uuid import UUID

_NOISE_BITS = 80


def derived_id(source: str, milliseconds: int) -> UUID:
    """A UUIDv7 of this moment (Unix time) whose other bits follow from `source`."""
    noise = int.from_bytes(hashlib.sha256(source.encode()).digest()[: _NOISE_BITS // 8], "big")
    moment = milliseconds & (1 << 48) - 1
    return UUID(int=(moment << _NOISE_BITS | noise) & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def moment_of(identity: UUID) -> int:
    """The moment in a UUIDv7, in milliseconds of Unix time."""
    return identity.int >> _NOISE_BITS
