"""`liandong quarantine`: records that no service could apply, each in the schema of the service that holds it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, cast
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from contracts.base import Reference
from contracts.quarantine import DiscardReason
from deploy import pages
from deploy.installation import Access, access, administrator
from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.terminal import fail, say
from services.casework.parking import send_in_front
from services.casework.upkeep import note_discarded
from services.platform import quarantine
from services.platform.database import Connection
from services.platform.provision import SERVICES
from services.platform.quarantine import State
from workflows.loader import load_workflows

quarantine_app = typer.Typer(help="隔离的记录。 / Quarantined records.", no_args_is_help=True)

Home = Annotated[Path | None, typer.Option(help="数据目录。 / Data folder.", show_default=False)]
HeldId = Annotated[UUID, typer.Argument(help="隔离编号。 / Its id.")]
By = Annotated[str, typer.Option(help="经办人编号。 / Who decides, by their number.")]

Work = Callable[[Access, str, Connection], Awaitable[list[str]]]
"""Does something in the schema of a service, and says what to print. `NotQuarantinedError` means: not there."""


@quarantine_app.command("list")
def quarantine_list(
    state: Annotated[str, typer.Option(help="held | retried | discarded")] = "held", home: Home = None
) -> None:
    """列出被隔离的记录。 / List quarantined records."""
    try:
        asyncio.run(_list(home or paths.home(), cast("State", state)))
    except LocalError as error:
        fail(str(error))


async def _list(home: Path, state: State) -> None:
    rows = []
    async with access(home) as found:
        for service in SERVICES:
            async with administrator(found.admin_dsn, service) as db, db.connection() as conn:
                rows += [(service, held) for held in await quarantine.list_quarantined(conn, state)]
    say(pages.of_quarantine(rows) if rows else ["没有记录。 / Nothing."])


@quarantine_app.command("show")
def quarantine_show(held_id: HeldId, home: Home = None) -> None:
    """显示一条被隔离的记录及其修正。 / Show one record, and how it was repaired."""

    async def show(_found: Access, _service: str, conn: Connection) -> list[str]:
        record = await quarantine.get_quarantined(conn, held_id)
        return [pages.of_record(record), *pages.of_repairs(await quarantine.list_repairs(conn, held_id))]

    _do(home, held_id, show)


@quarantine_app.command("repair")
def quarantine_repair(  # noqa: PLR0917 - one parameter for each option
    held_id: HeldId,
    by: By,
    reason: Annotated[str, typer.Option(help="修正理由。 / Why.")],
    value: Annotated[Path | None, typer.Option(help="修正后的内容。 / A file with the repaired value.")] = None,
    key: Annotated[str | None, typer.Option(help="修正后的键。 / The repaired key.")] = None,
    header: Annotated[list[str] | None, typer.Option(help="修正后的头 NAME=VALUE。 / A repaired header.")] = None,
    home: Home = None,
) -> None:
    """修正内容，存于原文之旁；重试时使用。 / Store edited bytes beside the original; a retry takes them."""
    headers = _read_headers(header or [])

    async def repair(_found: Access, _service: str, conn: Connection) -> list[str]:
        await quarantine.repair(
            conn,
            held_id,
            by=by,
            reason=reason,
            key=None if key is None else key.encode(),
            value=value.read_bytes() if value else None,
            headers=headers,
        )
        return ["已保存，原文不变。 / Stored; the original stays."]

    _do(home, held_id, repair)


def _read_headers(given: list[str]) -> Mapping[str, bytes]:
    pairs = [one.partition("=") for one in given]
    if not all(separator for _, separator, _ in pairs):
        fail("应为 NAME=VALUE。 / A header is NAME=VALUE.")
    return {name: value.encode() for name, _, value in pairs}


@quarantine_app.command("retry")
def quarantine_retry(held_id: HeldId, by: By, home: Home = None) -> None:
    """重新投递，事件编号不变。 / Send it again, as it was last repaired, with the same event id."""

    async def retry(_found: Access, service: str, conn: Connection) -> list[str]:
        send = send_in_front if service == "casework" else quarantine.send_again
        await quarantine.retry(conn, held_id, by=by, send=send)
        return ["已交回，服务运行时处理。 / Handed back; the services take it while they run."]

    _do(home, held_id, retry)


@quarantine_app.command("discard")
def quarantine_discard(
    held_id: HeldId,
    by: By,
    reason: Annotated[DiscardReason, typer.Option(help="不予处理的理由，记入案件。 / Why; the case's log keeps it.")],
    home: Home = None,
) -> None:
    """不再处理，保留原文；理由记入案件。 / Never apply it; its bytes stay, the reason goes into the case's log."""
    try:
        TypeAdapter(Reference).validate_python(by)
    except ValidationError:
        fail("--by 应为经办人编号，不含空格。 / --by is a number, without spaces.")

    async def discard(found: Access, _service: str, conn: Connection) -> list[str]:
        held = await quarantine.get_held(conn, held_id)
        async with administrator(found.admin_dsn, "casework") as db:
            noted = await note_discarded(db, load_workflows(), held, reason=reason, by=by)
        await quarantine.discard(conn, held_id, by=by, reason=reason)
        where = "已记入案件 / in the case's log" if noted else "不属于已知案件 / of no known case"
        return [f"已标记为不处理：{reason.label_zh}。 / Discarded. {where}"]

    _do(home, held_id, discard)


def _do(home: Path | None, held_id: UUID, work: Work) -> None:
    try:
        asyncio.run(_with_holder(home or paths.home(), held_id, work))
    except LocalError as error:
        fail(str(error))
    except quarantine.NotQuarantinedError:
        fail(f"没有隔离记录 {held_id}。 / No such record.")
    except quarantine.AlreadyResolvedError:
        fail(f"{held_id} 已处理过。 / It was resolved before.")
    except quarantine.EventIdError:
        fail("事件编号（ce_id）不可修改。 / The event's id must stay as it is.")


async def _with_holder(home: Path, held_id: UUID, work: Work) -> None:
    """In the schema of whoever holds the record. Raises `QuarantineError`."""
    async with access(home) as found:
        for service in SERVICES:
            async with administrator(found.admin_dsn, service) as db:
                try:
                    async with db.transaction() as conn:
                        said = await work(found, service, conn)
                except quarantine.NotQuarantinedError:
                    continue
                return say(said)
    raise quarantine.NotQuarantinedError(str(held_id))
