"""Cases taken to another version, and deadlines counted anew, through the same batch path."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from services.casework import upkeep
from services.casework.upkeep import Change
from tests.integration.casework_fixtures import MONDAY, Desk, desk, dv_call, harm
from tests.integration.platform_fixtures import database, space
from workflows.loader import HERE, Workflows, load_workflows
from workflows.model import fold

SPRING = MONDAY + timedelta(days=21)
"""Before the Spring Festival, whose days off a notice says."""

__all__ = ["database", "desk", "space"]


async def gather(changes: AsyncIterator[Change]) -> list[Change]:
    return [change async for change in changes]


async def test_calendar_that_comes_out_moves_open_deadlines_and_says_why(desk: Desk) -> None:
    desk.workflows, desk.now = load_workflows(through=2025), SPRING
    case_id = await desk.report(harm(at=SPRING))
    before = await desk.case(case_id)
    provisional = {c.deadline.rule for c in before.clocks.values() if c.deadline.latest_due_at}
    assert provisional == {"authority-filing"}
    foreseen = await gather(upkeep.reproject(desk.db, load_workflows(), "calendar_imported", dry_run=True))
    assert await desk.case(case_id) == before
    done = await gather(upkeep.reproject(desk.db, load_workflows(), "calendar_imported", dry_run=False))
    assert [c.moved[0][1].due_at for c in foreseen] == [c.moved[0][1].due_at for c in done]
    after = await desk.case(case_id)
    assert not [c for c in after.clocks.values() if c.deadline.latest_due_at]
    assert fold(await desk.log(case_id)) == after
    assert await gather(upkeep.reproject(desk.db, load_workflows(), "calendar_imported", dry_run=False)) == []


async def test_open_cases_go_to_the_next_version_and_closed_ones_stay(desk: Desk, tmp_path: Path) -> None:
    folder = with_a_third_version(tmp_path)
    case_id = await desk.report(dv_call())
    newer = load_workflows(folder)
    assert [c.before.case_id for c in await change(desk, newer, dry_run=True)] == [case_id]
    assert (await desk.case(case_id)).definition_version == 2
    [changed] = await change(desk, newer, dry_run=False)
    assert set(changed.kept) == {"dv-dispatch", "dv-decision"}
    assert (changed.started, changed.cancelled) == ([], [])
    assert (await desk.case(case_id)).definition_version == 3
    assert fold(await desk.log(case_id)) == await desk.case(case_id)
    assert await change(desk, newer, dry_run=False) == []


async def change(desk: Desk, newer: Workflows, *, dry_run: bool) -> list[Change]:
    return await gather(upkeep.migrate(desk.db, newer, ("dv_warning", 3), dry_run=dry_run))


def with_a_third_version(folder: Path) -> Path:
    """The shipped definitions, warning letters also as a version 3 that differs from the second in nothing else."""
    for file in [*HERE.glob("*.yaml"), *HERE.glob("superseded/*.yaml"), *HERE.glob("migrations/*.yaml"), HERE / "LOCK"]:
        copy = folder / file.relative_to(HERE)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    text = (HERE / "dv_warning.yaml").read_text(encoding="utf-8")
    (folder / "superseded" / "dv_warning_v2.yaml").write_text(text, encoding="utf-8")
    (folder / "dv_warning.yaml").write_text(text.replace("version: 2", "version: 3", 1), encoding="utf-8")
    states = load_workflows().get("dv_warning").definition.states
    mapped = ", ".join(f"{name}: {name}" for name, state in states.items() if not state.final)
    table = f"workflow: dv_warning\nfrom: 2\nto: 3\nstates: {{{mapped}}}\n"
    (folder / "migrations" / "dv_warning-2-3.yaml").write_text(table, encoding="utf-8")
    return folder
