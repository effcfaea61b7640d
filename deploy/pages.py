"""What `liandong` prints: Chinese first, then English."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from rich.table import Table

from contracts.codes import UnitKind, label_zh
from deploy.status import Status
from deploy.supervisor import System
from deploy.verify import Check, Verdict
from services.platform.events import Header, Record
from services.platform.quarantine import Held, Repair

_DAY_SECONDS = 24 * 60 * 60
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
    yield _outcomes(status)
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
    waiting = ("发件箱 / outbox", "隔离 / quarantined", "等待前序 / parked")
    table = Table("服务 / service", *(column for name in waiting for column in (name, "最久 / oldest")))
    for store in status.stores:
        outbox, held = (store.outbox, store.outbox_seconds), (store.held, store.held_seconds)
        columns = (outbox, held, (store.parked, store.parked_seconds))
        table.add_row(store.service, *(text for number, seconds in columns for text in (str(number), age(seconds))))
    return table


_OUTCOMES = {
    "consumed": "已读 / consumed",
    "applied": "已办 / applied",
    "duplicate": "重复 / duplicate",
    "stale": "过时 / stale",
    "rejected": "不予办理 / rejected",
    "parked": "曾等待 / parked",
    "quarantined": "隔离 / quarantined",
}


def _outcomes(status: Status) -> Table:
    table = Table("读者 / reader", *_OUTCOMES.values())
    for group, counts in status.outcomes.items():
        table.add_row(group, *(str(counts[name]) for name in _OUTCOMES))
    return table


def _queues(status: Status) -> Table:
    table = Table("单位类别 / unit kind", "待办 / open", "超期 / breached", "最早待办已有 / oldest for")
    for queue in status.queues:
        waited = age((status.now - queue.oldest).total_seconds())
        kind = f"{label_zh(UnitKind, queue.kind)} {queue.kind}"
        table.add_row(kind, str(queue.open), str(queue.breached), waited)
    return table


def age(seconds: float) -> str:
    """A duration as people read it; a dash for none."""
    if not seconds:
        return "—"
    days, rest = divmod(round(seconds), _DAY_SECONDS)
    return f"{days} 日 / d " * bool(days) + str(timedelta(seconds=rest))


def of_verdict(verdict: Verdict) -> Iterator[str]:
    for check in verdict.checks:
        yield _check(check)
    if verdict.waiting:
        yield f"  在途报告 / reports on their way: {verdict.waiting}"
    if verdict.outcomes:
        yield "  消费结果 / outcomes: " + ", ".join(f"{one} {n}" for one, n in sorted(_sums(verdict).items()))
    for check in verdict.checks:
        yield from (f"{check.name} {difference}" for difference in check.differences[:MOST_DIFFERENCES])
        if check.failed > MOST_DIFFERENCES:
            yield f"…… {check.zh} / {check.en}: {check.failed - MOST_DIFFERENCES} more"
    yield verdict.summary


def _check(check: Check) -> str:
    """A dash where there was nothing to check."""
    mark = f"✘ {check.failed}" if check.failed else "✔" if check.count else "–"
    return f"  {mark}  {check.name} {check.zh} / {check.en}: {check.count}"


def _sums(verdict: Verdict) -> Counter[str]:
    """Over all readers."""
    sums: Counter[str] = Counter()
    for (_, outcome), number in verdict.outcomes.items():
        sums[outcome] += number
    return sums


def of_quarantine(rows: Sequence[tuple[str, Held]]) -> Iterator[str]:
    """Lines and no table: an id that is cut or wrapped cannot be copied."""
    for service, held in rows:
        case = f"  案件 / case {held.case_id}" if held.case_id else ""
        yield f"{held.id}  {service}  {held.topic}/{held.partition}/{held.offset}  {held.reason}{case}"
        decided = f"{held.state}  {held.resolved_by or ''}  {held.resolution or ''}"
        yield f"    {held.quarantined_at:%Y-%m-%d %H:%M:%S}  {decided}".rstrip()


def of_record(record: Record) -> str:
    """With its bytes: whoever may run this holds the administrator's password."""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    return "\n".join([f"位置 / position: {place}", *_content(record.key, record.headers, record.value)])


def of_repairs(repairs: Sequence[Repair]) -> Iterator[str]:
    """The one that counts first."""
    for repair in repairs:
        yield f"修正 / repaired {repair.repaired_at:%Y-%m-%d %H:%M:%S}  {repair.repaired_by}  {repair.reason}"
        yield from _content(repair.key, repair.headers, repair.value)


def _content(key: bytes | None, headers: Sequence[Header], value: bytes | None) -> list[str]:
    shown = (f"{name}: {_text(content)}" for name, content in headers)
    return [f"键 / key: {_text(key)}", *shown, "", _text(value)]


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="backslashreplace")
