"""`liandong`: start the system, look at it, prove it. Exit codes: 0 well, 1 not well, 2 misused."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.supervisor import PORTS, System, running_system, show_messages

app = typer.Typer(
    help="联动：一门受理、协同办理、督办闭环。 / Liandong: joint handling of reports, referrals and warning letters.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

Home = Annotated[
    Path | None,
    typer.Option(help="数据目录，默认为 LIANDONG_HOME。 / Data folder, by default LIANDONG_HOME.", show_default=False),
]


@app.callback()
def main() -> None:
    """A callback, so that a command is named also where there is only one."""


@app.command()
def up(home: Home = None) -> None:
    """启动全部服务，Ctrl-C 停止。 / Start everything; Ctrl-C stops it."""
    show_messages()
    _run(_up(home or paths.home()))


async def _up(home: Path) -> None:
    out.print(f"正在启动，数据目录 {home} / starting, data in {home}")
    async with running_system(home, ports=PORTS) as system:
        out.print(_table(system))
        out.print("已就绪，按 Ctrl-C 停止。 / Ready; Ctrl-C stops it.")
        try:
            await asyncio.Event().wait()
        finally:
            out.print("正在停止…… / stopping…")


def _table(system: System) -> Table:
    """Logs by their path inside the data folder."""
    table = Table("服务 / what", "地址 / URL", "进程 / pid", "日志 / log")
    servers = system.infrastructure
    if servers.postgres:
        address = urlsplit(system.admin_dsn).netloc.rpartition("@")[2]
        table.add_row("PostgreSQL", address, str(servers.postgres.server.pid), "postgres/console.log")
    if servers.kafka:
        for server, address in zip(servers.kafka.servers, system.bootstrap.split(","), strict=True):
            log = (server.folder / "broker.log").relative_to(system.home)
            table.add_row(server.name, address, str(server.pid), str(log))
    for service in system.services.values():
        table.add_row(service.name, service.url, str(service.pid), str(service.log.relative_to(system.home)))
    return table


def _run(work: Coroutine[Any, Any, int | None]) -> None:
    """Run to the end, or until Ctrl-C or SIGTERM has stopped it cleanly. Exits with what `work` returns."""
    try:
        sys.exit(asyncio.run(_interruptible(work)) or 0)
    except LocalError as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)


async def _interruptible(work: Coroutine[Any, Any, int | None]) -> int | None:
    task = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _cancel_once, task)
    try:
        return await task
    except asyncio.CancelledError:
        return 0


def _cancel_once(task: "asyncio.Future[Any]") -> None:
    """A second Ctrl-C must not interrupt the stopping."""
    if isinstance(task, asyncio.Task) and not task.cancelling():
        task.cancel()
