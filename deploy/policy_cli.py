"""`liandong policy`: which law holds where, and why a deadline of a case is what it is."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from msgspec import DecodeError

from contracts.base import SHANGHAI
from contracts.cases import Fact
from deploy import policy_pages as pages
from deploy.installation import access, administrator
from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.terminal import fail, say
from services.platform.database import Connection, queries
from workflows.errors import WorkflowError
from workflows.explain import explain
from workflows.loader import Workflow, load_workflows
from workflows.model import fold
from workflows.policy import Policy

policy_app = typer.Typer(help="政策包：法律依据与期限。 / Policy packs: law and deadlines.", no_args_is_help=True)
q = queries("deploy")


@policy_app.command("check")
def policy_check() -> None:
    """校验政策包，并说明每个城市适用哪些。 / Prove the packs, and say which ones each city runs on."""
    policy = _load()
    say(pages.of_cities(policy))
    say([f"{len(list(policy))} 条规则通过校验。 / {len(list(policy))} rules proved."])


@policy_app.command("show")
def policy_show(
    region: Annotated[str, typer.Argument(help="行政区划代码，六位或九位。 / Division code, six or nine digits.")],
) -> None:
    """某地现行的全部规定。 / Everything that holds in a region today."""
    if len(region) not in {6, 9} or not region.isascii() or not region.isdigit():
        fail(f"“{region}”不是行政区划代码，应为六位或九位数字，如 330382 / must be six or nine digits, such as 330382")
    say(pages.of_region(_load(), region, datetime.now(SHANGHAI)))


def read_case_id(text: str) -> UUID:
    """Raises `typer.BadParameter`, which says where the id of a case is found."""
    try:
        return UUID(text)
    except ValueError as error:
        zh = "案件编号应为 UUID，见待办队列（GET /queue）或 liandong indicators explain --trace"
        raise typer.BadParameter(f"{zh} / a case has a UUID, as in its unit's queue or in what that prints") from error


@policy_app.command("explain")
def policy_explain(
    case_id: Annotated[
        UUID | None, typer.Argument(help="案件编号。 / The case.", parser=read_case_id, metavar="CASE_ID")
    ] = None,
    log: Annotated[Path | None, typer.Option(help="案件日志文件，每行一条。 / A case log, one fact a line.")] = None,
    home: Annotated[Path | None, typer.Option(help="数据目录。 / Data folder.", show_default=False)] = None,
) -> None:
    """逐项说明案件每个期限的依据与计算。 / For every deadline of a case: its law and its arithmetic."""
    if (case_id is None) == (log is None):
        fail("请给出案件编号或 --log 文件，二者之一 / give either a case id or --log FILE")
    facts = _read_log(log) if log else _read_case(case_id, home or paths.home())
    workflow = _workflow_of(facts)
    lines = (line for one in explain(facts, workflow) for line in pages.of_explanation(one, workflow.policy))
    case = fold(facts)
    definition = workflow.definition
    say([f"案件 / case {case.case_id}：{definition.title} v{definition.version}"])
    say([pages.of_chain(workflow.policy, case.region)])
    say(lines)


def _read_log(file: Path) -> list[Fact]:
    facts: list[Fact] = []
    try:
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            try:
                facts.append(Fact.read(line))
            except DecodeError as error:
                fail(f"{file}:{number}：不是案件事实 / no fact: {error}")
    except OSError as error:
        fail(f"无法读取 / cannot read {file}: {error}")
    return facts


def _read_case(case_id: UUID | None, home: Path) -> list[Fact]:
    try:
        return asyncio.run(_find_log(case_id, home))
    except LocalError as error:
        fail(str(error))


async def _find_log(case_id: UUID | None, home: Path) -> list[Fact]:
    async with access(home) as found, administrator(found.admin_dsn, "casework") as db, db.connection() as conn:
        return await list_facts(conn, case_id)


async def list_facts(conn: Connection, case_id: UUID | None) -> list[Fact]:
    """The log of a case, in order; empty when there is no such case."""
    return [Fact.read(row["body"]) for row in await conn.fetch(q.list_facts, [case_id])]


def _workflow_of(facts: list[Fact]) -> Workflow:
    """The workflow and version under which the case runs."""
    if not facts:
        fail("没有这个案件，或日志为空 / no such case, or an empty log")
    try:
        case = fold(facts)
        return load_workflows().get(case.workflow, case.definition_version)
    except (ValueError, WorkflowError) as error:
        fail(f"日志无法推演 / the log cannot be folded: {error}")


def _load() -> Policy:
    """The packs, proved together with the workflows that use them."""
    try:
        return next(iter(load_workflows(today=datetime.now(SHANGHAI).date()))).policy
    except WorkflowError as error:
        fail(f"未通过 / failed: {error}")
