"""`liandong workflow`: what the workflows are, whether they are proved, and how cases go on when one changes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts.base import SHANGHAI
from deploy import workflow_pages as pages
from deploy.installation import access, administrator
from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.terminal import fail, say
from services.casework.upkeep import Change, migrate, reproject
from services.platform.database import Database
from workflows.coverage import HISTORIES, read_histories, uncovered_rows
from workflows.draw import draw
from workflows.errors import WorkflowError
from workflows.loader import Workflows, load_workflows

workflow_app = typer.Typer(help="业务流程。 / Workflows.", no_args_is_help=True)

Home = Annotated[Path | None, typer.Option(help="数据目录。 / Data folder.", show_default=False)]
DryRun = Annotated[bool, typer.Option(help="只列出，不办理。 / Say what would happen, and change nothing.")]


@workflow_app.command("list")
def workflow_list() -> None:
    """列出业务流程。 / List the workflows."""
    definitions = [workflow.definition for workflow in _load()]
    say(f"{d.workflow} v{d.version}  {d.title}" for d in sorted(definitions, key=lambda d: (d.workflow, d.version)))


@workflow_app.command("check")
def workflow_check() -> None:
    """校验业务流程、政策包与迁移表，并列出各流程最长用时。 / Prove everything; the worst case of every workflow."""
    workflows = _load()
    say(pages.of_check(workflows))
    number = len(list(workflows))
    say([f"{number} 个业务流程、{len(workflows.migrations)} 张迁移表通过校验。 / {number} workflows proved."])


@workflow_app.command("draw")
def workflow_draw(
    name: Annotated[str, typer.Argument(help="流程名称。 / Its name.")],
    region: Annotated[str, typer.Option(help="按哪个地区的期限。 / Whose deadlines.")] = "330382",
) -> None:
    """以 Markdown 与 Mermaid 输出流程。 / Print a workflow as Markdown with a Mermaid diagram."""
    try:
        workflow = _load().get(name)
    except WorkflowError as error:
        fail(f"没有流程 {name} / {error}")
    sys.stdout.write(draw(workflow, region, datetime.now(SHANGHAI).date()))


@workflow_app.command("pages")
def workflow_pages(
    folder: Annotated[Path, typer.Option(help="写到哪里。 / Where to.")] = pages.FOLDER,
) -> None:
    """生成各流程的说明页和 README 中的总表。 / Write the page of every workflow, and the README's table of them."""
    folder.mkdir(parents=True, exist_ok=True)
    workflows = _load()
    written = {folder / name: text for name, text in pages.of_workflows(workflows).items()}
    if pages.README.exists():  # in a checkout
        written[pages.README] = pages.into_readme(workflows)
    for file, text in written.items():
        file.write_text(text, encoding="utf-8")
        say([str(file)])


@workflow_app.command("coverage")
def workflow_coverage(
    histories: Annotated[Path, typer.Option(help="黄金案例目录。 / The golden histories.")] = HISTORIES,
) -> None:
    """各流程转移表有多少行被黄金案例走过。 / How many rows of each table the golden histories take."""
    taken = read_histories(histories)
    for workflow in _load():
        definition = workflow.definition
        missed = uncovered_rows(definition, taken)
        total = len(definition.actions)
        say([f"{definition.workflow} v{definition.version}  {total - len(missed)}/{total}"])
        say(f"  {'、'.join(row.source)} {row.name} → {row.to or '（不变）'}" for row in missed)


@workflow_app.command("migrate")
def workflow_migrate(
    name: Annotated[str, typer.Argument(help="流程名称。 / Its name.")],
    to: Annotated[int, typer.Option(help="目标版本。 / The version to go to.")],
    dry_run: DryRun = False,
    home: Home = None,
) -> None:
    """把未结案件迁移到另一版本，逐案列出。 / Take open cases to another version, and list each."""
    workflows = _load()
    _run(home, lambda db: migrate(db, workflows, (name, to), dry_run=dry_run))


@workflow_app.command("reproject")
def workflow_reproject(
    reason: Annotated[str, typer.Option(help="原因代码，写入日志。 / A code, for the journal.")] = "calendar_imported",
    dry_run: DryRun = False,
    home: Home = None,
) -> None:
    """按现行日历重算未到期的期限。 / Count open deadlines anew by the calendar as it is now."""
    workflows = _load()
    _run(home, lambda db: reproject(db, workflows, reason, dry_run=dry_run))


def _run(home: Path | None, work: Callable[[Database], AsyncIterator[Change]]) -> None:
    try:
        asyncio.run(_list_changes(home or paths.home(), work))
    except (LocalError, WorkflowError) as error:
        fail(str(error))


async def _list_changes(home: Path, work: Callable[[Database], AsyncIterator[Change]]) -> None:
    number = 0
    async with access(home) as found, administrator(found.admin_dsn, "casework") as db:
        async for change in work(db):
            say(pages.of_change(change))
            number += 1
    say([f"{number} 个案件 / cases"])


def _load() -> Workflows:
    try:
        return load_workflows(today=datetime.now(SHANGHAI).date())
    except WorkflowError as error:
        fail(f"未通过 / failed: {error}")
