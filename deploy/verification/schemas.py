"""One connection of the administrator, in the schema of one service at a time."""

from services.platform.database import PLATFORM_SCHEMA, Connection


async def enter(conn: Connection, namespace: str, service: str) -> None:
    """From now on, or to the end of the transaction, names are those of this service."""
    await conn.execute(f'SET search_path TO "{namespace}{service}", "{namespace}{PLATFORM_SCHEMA}"')
