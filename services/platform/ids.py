"""Ids that we mint: UUIDv7, so that new rows land at the end of an index."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    return compat.uuid7()
