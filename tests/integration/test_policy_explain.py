"""The deadlines of a stored case are explained from its log."""

from uuid import uuid4

from deploy.policy_cli import list_facts
from tests.integration.casework_fixtures import Desk, desk, dv_call
from tests.integration.platform_fixtures import database, space
from workflows.explain import explain

__all__ = ["database", "desk", "space"]


async def test_stored_case_is_explained(desk: Desk) -> None:
    await desk.run(desk.incoming(dv_call("v1", "x1")))
    async with desk.db.connection() as conn:
        case_id = await conn.fetchval("SELECT case_id FROM case_fact LIMIT 1")
        facts, nothing = await list_facts(conn, case_id), await list_facts(conn, uuid4())
    found = explain(facts, desk.workflows.get("dv_warning"))
    assert [one.recorded.rule for one in found] == ["dv-dispatch", "dv-decision"]
    assert all(one.as_recorded and one.standing == "running" for one in found)
    assert nothing == []
