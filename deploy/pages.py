"""What `liandong` prints: Chinese first, then English."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from rich.table import Table

from deploy.status import Status
from deploy.supervisor import System
from deploy.verify import Check, Verdict
from services.platform.events import Record
from services.platform.quarantine import Held

MOST_DIFFERENCES = 20
"""Of one check; a broken log of a thousand cases needs no thousand lines."""


def of_system(system: System) -> Table:
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


def of_status(status: Status) -> Iterator[Table | str]:
    clock = "模拟 / simulated" if status.simulated else "实时 / wall clock"
    yield f"业务时间 / domain time: {status.now:%Y-%m-%d %H:%M:%S}（{clock}）"
    yield _processes(status)
    yield _waiting(status)
    yield _queues(status)
    lag = "，".join(f"{group} {number}" for group, number in status.lag.items()) or "—"
    yield f"未读记录 / lag by group: {lag}"
    late = age(status.overdue_seconds)
    yield f"到时未触发的定时器 / timers overdue: {status.overdue_timers}（最久 / oldest {late}）"
    cases = "，".join(f"{workflow} {number}" for workflow, number in status.cases.items()) or "0"
    yield f"案件 / cases: {cases}"


def _processes(status: Status) -> Table:
    table = Table("进程 / process", "pid", "内存 / RSS MiB", "就绪 / ready")
    for process in status.processes:
        ready = {True: "是 / yes", False: "否 / no", None: "—"}[process.ready]
        table.add_row(process.name, str(process.pid or "—"), str(process.rss_mib or "—"), ready)
    return table


def _waiting(status: Status) -> Table:
    table = Table("服务 / service", "发件箱 / outbox", "最久 / oldest", "隔离 / quarantined", "最久 / oldest")
    for store in status.stores:
        ages = age(store.outbox_seconds), age(store.held_seconds)
        table.add_row(store.service, str(store.outbox), ages[0], str(store.held), ages[1])
    return table


def _queues(status: Status) -> Table:
    table = Table("单位类别 / unit kind", "待办 / open", "超期 / breached", "最早待办已有 / oldest for")
    for queue in status.queues:
        waited = age((status.now - queue.oldest).total_seconds())
        table.add_row(queue.kind, str(queue.open), str(queue.breached), waited)
    return table


def age(seconds: float) -> str:
    """A duration as people read it; a dash for none."""
    return str(timedelta(seconds=round(seconds))) if seconds else "—"


def of_verdict(verdict: Verdict) -> Iterator[str]:
    for check in verdict.checks:
        yield _check(check)
    if verdict.waiting:
        yield f"  在途报告 / reports on their way: {verdict.waiting}"
    if verdict.outcomes:
        yield "  消费结果 / outcomes: " + ", ".join(f"{one} {n}" for one, n in sorted(_outcomes(verdict).items()))
    for check in verdict.checks:
        yield from (f"{check.name} {difference}" for difference in check.differences[:MOST_DIFFERENCES])
        if check.failed > MOST_DIFFERENCES:
            yield f"…… {check.zh} / {check.en}: {check.failed - MOST_DIFFERENCES} more"
    yield verdict.summary


def _check(check: Check) -> str:
    """A dash where there was nothing to check."""
    mark = f"✘ {check.failed}" if check.failed else "✔" if check.count else "–"
    return f"  {mark}  {check.name} {check.zh} / {check.en}: {check.count}"


def _outcomes(verdict: Verdict) -> Counter[str]:
    """Over all readers."""
    sums: Counter[str] = Counter()
    for (_, outcome), number in verdict.outcomes.items():
        sums[outcome] += number
    return sums


def of_quarantine(rows: Sequence[tuple[str, Held]]) -> Iterator[str]:
    """Lines and no table: an id that is cut or wrapped cannot be copied."""
    for service, held in rows:
        yield f"{held.id}  {service}  {held.topic}/{held.partition}/{held.offset}  {held.reason}"
        yield f"    {held.quarantined_at:%Y-%m-%d %H:%M:%S}  {held.state}  {held.resolved_by or ''}".rstrip()


def of_record(record: Record) -> str:
    """With its bytes: whoever may run this holds the administrator's password."""
    headers = (f"{name}: {(value or b'').decode(errors='backslashreplace')}" for name, value in record.headers)
    key, value = ((part or b"").decode(errors="backslashreplace") for part in (record.key, record.value))
    place = f"{record.topic}/{record.partition}/{record.offset}"
    return "\n".join([f"位置 / position: {place}", f"键 / key: {key}", *headers, "", value])
