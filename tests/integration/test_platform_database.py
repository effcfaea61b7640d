"""Schemas, roles, migrations, domain time and tokens, on a real PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from services.platform import auth
from services.platform.auth import Callers, find_caller, issue_token, revoke_tokens
from services.platform.clock import DatabaseClock, find_simulated, set_simulated
from services.platform.database import Database, MigrationError, is_infrastructure, migrate, queries
from services.platform.provision import SERVICES
from tests.integration.platform_fixtures import OpenDatabase, Space, admin_database, database, space

__all__ = ["admin_database", "database", "space"]


async def test_provisioning_twice_changes_nothing_and_keeps_the_data(space: Space, database: OpenDatabase) -> None:
    alpha = await database("alpha")
    async with alpha.transaction() as conn:
        await conn.execute("INSERT INTO fence VALUES ('g', 't', 0, 5)")
    await space.provision("alpha", "beta")
    async with alpha.connection() as conn:
        assert await conn.fetchval("SELECT next_offset FROM fence") == 5


async def test_every_service_can_be_provisioned(space: Space) -> None:
    dsns = await space.provision(*SERVICES)
    assert set(dsns) == set(SERVICES)


async def test_readers_of_the_case_log_have_its_tables_and_no_other_service_has(space: Space) -> None:
    await space.provision(*SERVICES)
    connection = await asyncpg.connect(space.admin_dsn)
    try:
        rows = await connection.fetch("SELECT schemaname FROM pg_tables WHERE tablename = 'parked_fact'")
    finally:
        await connection.close()
    found = {row["schemaname"].removeprefix(space.namespace) for row in rows}
    assert {name for name in found if name in SERVICES} == {"worklist", "statistics", "notices"}


async def test_a_service_cannot_read_or_write_another_services_schema(space: Space, database: OpenDatabase) -> None:
    await database("beta")
    alpha = await database("alpha")
    async with alpha.connection() as conn:
        for statement in ("SELECT * FROM {}beta.outbox", "DELETE FROM {}beta.fence", "CREATE TABLE {}beta.x ()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement.format(space.namespace))


async def test_a_service_reads_the_shared_tables_and_cannot_change_them(database: OpenDatabase) -> None:
    alpha = await database("alpha")
    async with alpha.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM unit_token") == 0
        for statement in (
            "UPDATE clock SET simulated_at = now()",
            "DELETE FROM unit_token",
            "CREATE TABLE public.x ()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_a_migration_that_fails_is_told_and_leaves_nothing(
    space: Space, database: OpenDatabase, tmp_path: Path
) -> None:
    await database("alpha")
    directory = tmp_path / "alpha" / "migrations"
    directory.mkdir(parents=True)
    (directory / "0001_broken.sql").write_text(
        "-- migrate:up\nCREATE TABLE half (a int);\nSELECT nonsense;\n-- migrate:down\n"
    )
    dsns = await space.provision("alpha")
    with pytest.raises(MigrationError, match="nonsense"):
        await migrate(dsns["alpha"], f"{space.namespace}alpha", directory)
    connection = await asyncpg.connect(dsns["alpha"])
    assert await connection.fetchval("SELECT to_regclass($1)", f"{space.namespace}alpha.half") is None
    await connection.close()


async def test_time_stands_still_in_a_simulation_and_runs_otherwise(
    database: OpenDatabase, admin_database: Database
) -> None:
    alpha, clock = await database("alpha"), DatabaseClock()
    moment = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    async with admin_database.transaction() as conn:
        await set_simulated(conn, moment)
    async with alpha.transaction() as conn:
        now = await clock.now(conn)
        assert now == moment
        assert now.date().isoformat() == "2026-03-01"
        assert await find_simulated(conn) == moment
    async with admin_database.transaction() as conn:
        await set_simulated(conn, None)
    before = datetime.now(UTC)
    async with alpha.transaction() as conn:
        assert before <= await clock.now(conn) <= datetime.now(UTC)


async def test_a_token_names_its_unit_until_it_is_revoked(database: OpenDatabase, admin_database: Database) -> None:
    alpha = await database("alpha")
    async with admin_database.transaction() as conn:
        token = await issue_token(conn, "police-station@330382001", ["act"])
    async with alpha.connection() as conn:
        caller = await find_caller(conn, token)
        assert caller is not None
        assert (caller.unit, caller.kind, caller.roles) == (
            "police-station@330382001",
            "police-station",
            frozenset({"act"}),
        )
        assert await find_caller(conn, token + "x") is None
        assert token.encode() not in await conn.fetchval("SELECT token_hash FROM unit_token")
    async with admin_database.transaction() as conn:
        await revoke_tokens(conn, "police-station@330382001")
    async with alpha.connection() as conn:
        assert await find_caller(conn, token) is None


async def test_a_revoked_token_is_good_for_five_seconds_at_most(
    database: OpenDatabase, admin_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    alpha, callers = await database("alpha"), Callers()
    async with admin_database.transaction() as conn:
        token = await issue_token(conn, "police-station@330382001", ["act"])
    moment = 100.0
    monkeypatch.setattr(auth, "time", SimpleNamespace(monotonic=lambda: moment))
    assert await callers.find(alpha, token) is not None
    async with admin_database.transaction() as conn:
        await revoke_tokens(conn, "police-station@330382001")
    assert await callers.find(alpha, token) is not None
    moment += auth.REMEMBERED_SECONDS
    assert await callers.find(alpha, token) is None


async def test_jsonb_travels_both_ways_also_through_copy(database: OpenDatabase) -> None:
    alpha = await database("alpha")
    value = {"乐清": [1, None, {"a": "b"}]}
    async with alpha.transaction() as conn:
        await conn.execute("CREATE TABLE j (v jsonb)")
        await conn.copy_records_to_table("j", columns=["v"], records=[(value,)])
        await conn.execute("INSERT INTO j VALUES ($1)", value)
        assert [row["v"] for row in await conn.fetch("SELECT v FROM j")] == [value, value]


async def test_hooks_run_after_the_commit_and_not_after_a_rollback(database: OpenDatabase) -> None:
    alpha, runs = await database("alpha"), list[str]()
    alpha.after_commit.append(lambda: runs.append("committed"))
    async with alpha.transaction():
        assert runs == []
    assert runs == ["committed"]
    with pytest.raises(ZeroDivisionError):
        async with alpha.transaction():
            raise ZeroDivisionError
    assert runs == ["committed"]


async def test_errors_of_the_server_and_of_the_caller_are_told_apart(database: OpenDatabase) -> None:
    alpha = await database("alpha")
    async with alpha.connection() as conn:
        for statement, infrastructure in (
            ("SELECT 1 / 0", False),
            ("SELECT nonsense", False),
            ("DO $$ BEGIN RAISE deadlock_detected; END $$", True),
            ("DO $$ BEGIN RAISE serialization_failure; END $$", True),
            ("DO $$ BEGIN RAISE lock_not_available; END $$", True),
            ("DO $$ BEGIN RAISE admin_shutdown; END $$", True),
            ("DO $$ BEGIN RAISE disk_full; END $$", True),
        ):
            with pytest.raises(asyncpg.PostgresError) as raised:
                await conn.execute(statement)
            assert is_infrastructure(raised.value) is infrastructure, statement


def test_a_driver_that_lost_its_place_on_a_connection_is_no_fault_of_the_record() -> None:
    assert is_infrastructure(asyncpg.InternalClientError("cannot switch to state 11"))


async def test_a_value_that_does_not_fit_is_the_callers_error(database: OpenDatabase) -> None:
    alpha = await database("alpha")
    async with alpha.connection() as conn:
        with pytest.raises(asyncpg.DataError) as raised:
            await conn.execute("SELECT $1::int", 2**40)
    assert is_infrastructure(raised.value) is False


async def test_every_query_of_the_platform_is_valid(database: OpenDatabase) -> None:
    alpha = await database("alpha")
    async with alpha.connection() as conn:
        for _, text in queries("services.platform"):
            await conn.prepare(text)
