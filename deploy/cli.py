"""`liandong`: start the system, look at it, prove it. Exit codes: 0 well, 1 not well, 2 misused."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from contracts import registry
from deploy import pages
from deploy.backup.restore import Wanted
from deploy.backup_cli import KeysTo, get_repository, run_backup, run_republish, run_restore, zoned
from deploy.indicators_cli import indicators_app
from deploy.installation import access, find_address, make_home
from deploy.local import paths
from deploy.local.errors import LocalError
from deploy.local.infrastructure import infrastructure
from deploy.policy_cli import policy_app
from deploy.preparation import hand_out, prepare
from deploy.quarantine_cli import quarantine_app
from deploy.status import read_status
from deploy.supervisor import FIRST_PORT, running_system, show_messages
from deploy.terminal import fail, say
from deploy.verify import Evidence, read_fences, read_sent, verify
from deploy.workflow_cli import workflow_app
from services.platform.database import MigrationError
from services.platform.kafka import TopicsDifferError
from services.vault.keys import KeyFileError

app = typer.Typer(
    help="联动：一门受理、协同办理、督办闭环。 / Liandong: joint handling of reports, referrals and warning letters.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
contracts_app = typer.Typer(help="事件契约。 / Contracts.", no_args_is_help=True)
app.add_typer(workflow_app, name="workflow")
app.add_typer(policy_app, name="policy")
app.add_typer(indicators_app, name="indicators")
app.add_typer(contracts_app, name="contracts")
app.add_typer(quarantine_app, name="quarantine")

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

Home = Annotated[
    Path | None,
    typer.Option(help="数据目录，默认为 LIANDONG_HOME。 / Data folder, by default LIANDONG_HOME.", show_default=False),
]

PATIENCE_SECONDS = 30
RUN = Path("/run/liandong")


@app.command()
def up(
    home: Home = None,
    port: Annotated[int, typer.Option(help="第一个服务的端口，其余依次递增。 / Of the first service.")] = FIRST_PORT,
    standby: Annotated[bool, typer.Option(help="每个服务另备一个进程。 / A second process for each service.")] = True,
) -> None:
    """启动全部服务，Ctrl-C 停止。 / Start everything; Ctrl-C stops it."""
    show_messages()
    _run(_up(home or paths.home(), port, standby=standby))


async def _up(home: Path, port: int, *, standby: bool) -> None:
    out.print(f"正在启动，数据目录 {home} / starting, data in {home}")
    async with running_system(home, first_port=port, to_files=True, standby=standby) as system:
        out.print(pages.of_system(system))
        out.print("已就绪，按 Ctrl-C 停止。 / Ready; Ctrl-C stops it.")
        try:
            await asyncio.Event().wait()
        finally:
            out.print("正在停止…… / stopping…")


@app.command("provision")
def provision_command(
    secrets: Annotated[Path, typer.Option(help="每个服务的密钥写到这里。 / Where each service's secrets go.")],
    mounted_at: Annotated[Path, typer.Option(help="服务在何处读取。 / Where a service reads them.")] = RUN,
    replicas: Annotated[int, typer.Option(help="主题副本数。 / Replicas of each topic.")] = 1,
    home: Home = None,
) -> None:
    """为已有的 PostgreSQL 与 Kafka 建库、建主题、发放密钥。 / Prepare configured servers for the services."""
    servers = os.environ.get("LIANDONG_POSTGRES_DSN"), os.environ.get("LIANDONG_KAFKA_BOOTSTRAP")
    if not all(servers):
        fail("请设置 / set: LIANDONG_POSTGRES_DSN, LIANDONG_KAFKA_BOOTSTRAP")
    _run(_provision(home or paths.home(), secrets, mounted_at, replicas))


async def _provision(home: Path, secrets: Path, mounted_at: Path, replicas: int) -> None:
    async with infrastructure(home) as servers:
        found = await prepare(make_home(home), servers.postgres_dsn, servers.kafka_bootstrap, replicas=replicas)
    hand_out(found, secrets, mounted_at)
    out.print(f"已就绪 / prepared: {', '.join(found.environments)}")


@app.command()
def status(home: Home = None) -> None:
    """运行状况。 / What runs, how far behind, what waits."""
    _run(_status(home or paths.home()))


async def _status(home: Path) -> int:
    address = find_address(home)
    if address is None:
        out.print(f"{home} 没有运行中的系统。 / No system runs on {home}.")
        return 1
    found = await read_status(home, address)
    say(pages.of_status(found))
    return 0 if found.well else 1


@app.command()
def demo(  # noqa: PLR0917 - one parameter for each option
    seed: Annotated[int, typer.Option(help="场景种子。 / Seed of the scenario.")] = 7,
    events: Annotated[int, typer.Option(help="报告数量。 / How many reports.")] = 1050,
    batch_size: Annotated[int | None, typer.Option(help="每批最多记录数。 / Most records of a batch.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果。 / Print the figures as JSON.")] = False,
    keep_running: Annotated[bool, typer.Option(help="结束后保持运行。 / Leave everything running.")] = False,
    sent: Annotated[Path | None, typer.Option(help="另存发送记录。 / Where to copy what was sent.")] = None,
    files: Annotated[
        Path | None, typer.Option("--out", help="年度发布的文件写到哪里。 / Folder for the releases' files.")
    ] = None,
    home: Home = None,
) -> None:
    """演示：五个市的一年，从接报到年度监测表。 / Demonstration, from reports to the yearly tables."""
    from deploy.demo import demo as demonstration  # noqa: PLC0415 - no other command needs it

    show_messages()
    data = home or paths.home()

    async def play() -> int:
        status = await demonstration.run(
            data,
            seed=seed,
            events=events,
            batch_size=batch_size,
            as_json=as_json,
            keep_running=keep_running,
            files=files,
        )
        if sent:
            shutil.copy(data / "demo" / demonstration.SENT_FILE, sent)
        return status

    _run(play())


@app.command("verify")
def verify_command(
    sent: Annotated[Path | None, typer.Option(help="客户端的发送记录。 / What a client wrote down.")] = None,
    home: Home = None,
) -> None:
    """重新推演全部案件并逐项核对。 / Fold every case again and compare."""
    try:
        lines = sent.read_text(encoding="utf-8").splitlines() if sent else []
        read_sent(lines)
    except (OSError, ValueError) as error:
        fail(f"无法读取 / cannot read {sent}: {error}")
    _run(_verify(home or paths.home(), lines))


async def _verify(home: Path, lines: Sequence[str]) -> int:
    async with access(home) as found:
        evidence = Evidence(
            bootstrap=found.address.bootstrap if found.address else "",
            sent=read_sent(lines),
            fences=read_fences(lines),
            logs=sorted((home / "logs").glob("*.log")),
        )
        verdict = await verify(found.admin_dsn, evidence, patience_seconds=PATIENCE_SECONDS)
    for line in pages.of_verdict(verdict):
        out.print(line, markup=False, highlight=False)
    return 0 if verdict.well else 1


@app.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="备份目录。 / Folder of backups.")] = None,
    keys_to: KeysTo = None,
    keep: Annotated[int, typer.Option(min=1, help="保留几份。 / How many to keep.")] = 7,
    home: Home = None,
) -> None:
    """备份数据库，运行中也可以。 / Back PostgreSQL up, whether the system runs or not."""
    _run(run_backup(home or paths.home(), get_repository(to), keys_to, keep))


@app.command()
def restore(  # noqa: PLR0917 - one parameter for each option
    source: Annotated[Path | None, typer.Option("--from", help="备份目录。 / Folder of backups.")] = None,
    backup_id: Annotated[str | None, typer.Option("--backup", help="哪一份，默认最新。 / Which one.")] = None,
    until: Annotated[datetime | None, typer.Option(help="恢复到此刻，默认最后。 / Up to which moment.")] = None,
    keys: Annotated[Path | None, typer.Option(help="密钥目录。 / Folder of the keys.")] = None,
    casework_only: Annotated[bool, typer.Option(help="只恢复案件库。 / Only casework's tables.")] = False,
    kafka_lost: Annotated[bool, typer.Option(help="Kafka 的数据也丢失了。 / Kafka's data is lost too.")] = False,
    home: Home = None,
) -> None:
    """从备份恢复，须先停止系统。 / Restore from a backup; the system must be stopped."""
    repository = get_repository(source)
    wanted = Wanted(repository, backup_id, zoned(until), keys, casework_only, kafka_lost)
    _run(run_restore(home or paths.home(), wanted))


@app.command()
def republish(
    kafka_lost: Annotated[bool, typer.Option(help="Kafka 的数据已丢失。 / Kafka's data is lost.")] = False,
    home: Home = None,
) -> None:
    """重新发布案件日志，各服务随之重建。 / Publish the case log again; its readers build anew."""
    _run(run_republish(home or paths.home(), kafka_lost=kafka_lost))


@contracts_app.command("check")
def contracts_check() -> None:
    """校验事件契约与锁定文件。 / Compare models, schemas and the lock file."""
    problems = registry.check()
    for problem in problems:
        err.print(problem, markup=False, highlight=False)
    if problems:
        fail(f"{len(problems)} 处不符 / {len(problems)} problems")
    out.print("契约一致。 / The contracts are as locked.")


@contracts_app.command("export")
def contracts_export() -> None:
    """重新生成 JSON Schema、AsyncAPI 文档与锁定文件。 / Write schemas, AsyncAPI document and lock file."""
    try:
        registry.export()
    except registry.ContractError as error:
        fail(f"契约有破坏性变更 / a breaking change: {error}")
    out.print(f"已写入 {registry.SCHEMAS} / written")


def _run(work: Coroutine[Any, Any, int | None]) -> None:
    """Run to the end, or until Ctrl-C or SIGTERM has stopped it cleanly. Exits with what `work` returns."""
    try:
        sys.exit(asyncio.run(_interruptible(work)) or 0)
    except (LocalError, KeyFileError, MigrationError, TopicsDifferError) as error:
        fail(str(error))


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
