"""Roles, schemas and tables: one role and one schema for each service, none of which can read another's."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from services.platform.database import PLATFORM_SCHEMA, RawConnection, migrate

SERVICES: Final = ("intake", "casework", "worklist", "statistics", "vault", "notices")
CASE_LOG_READERS: Final = frozenset({"worklist", "statistics", "notices"})
"""Who builds something from the facts, and so has the tables of `case_log`."""

_HERE: Final = Path(__file__).parent
_LOCK: Final = 0x11A7_D076


async def provision(
    admin_dsn: str, namespace: str, passwords: Mapping[str, str], services: tuple[str, ...] = SERVICES
) -> dict[str, str]:
    """Make the database as the services need it, whatever of it exists; the answer is each service's DSN.

    Two at a time wait for each other. Raises `KeyError` for a missing password, `MigrationError`.
    """
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _provision_shared(admin, admin_dsn, namespace)
        for service in services:
            await _create_service(admin, namespace, service, passwords[service])
        dsns = {service: dsn_for(admin_dsn, namespace + service, passwords[service]) for service in services}
        for service, dsn in dsns.items():
            await migrate(dsn, namespace + service, *_migrations(service))
        return dsns
    finally:
        await admin.close()


async def _provision_shared(admin: RawConnection, admin_dsn: str, namespace: str) -> None:
    schema = namespace + PLATFORM_SCHEMA
    await admin.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    await admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    await migrate(admin_dsn, schema, _HERE / "shared" / "migrations")


async def _create_service(admin: RawConnection, namespace: str, service: str, password: str) -> None:
    role, shared = namespace + service, namespace + PLATFORM_SCHEMA
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await admin.execute(f'CREATE ROLE "{role}"')
    secret = await admin.fetchval("SELECT quote_literal($1::text)", password)
    await admin.execute(f'ALTER ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {secret}')
    await admin.execute(f'CREATE SCHEMA IF NOT EXISTS "{role}" AUTHORIZATION "{role}"')
    await admin.execute(f'GRANT USAGE ON SCHEMA "{shared}" TO "{role}"')
    await admin.execute(f'GRANT SELECT ON "{shared}".clock, "{shared}".unit_token TO "{role}"')


def _migrations(service: str) -> Iterator[Path]:
    yield _HERE / "migrations"
    if service in CASE_LOG_READERS:
        yield _HERE / "case_log" / "migrations"
    own = _HERE.parent / service / "migrations"
    if own.is_dir():
        yield own


def dsn_for(admin_dsn: str, role: str, password: str) -> str:
    """The same server and database, another role."""
    url = urlsplit(admin_dsn)
    host = url.netloc.rpartition("@")[2]
    return urlunsplit(url._replace(netloc=f"{role}:{quote(password, safe='')}@{host}"))
