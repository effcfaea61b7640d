"""Starts everything on a fresh home, plays, shows the figures, and leaves the data for `liandong verify --sent`."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.demo.figures import collect, last_line
from deploy.demo.play import Play, first_tick, play
from deploy.demo.play import Progress as OnTick
from deploy.demo.report import show
from deploy.demo.scenario import DAY
from deploy.demo.stories import WEEK
from deploy.demo.yearly import OnStep, publish_year
from deploy.local.launcher import lock
from deploy.supervisor import System, running_system
from deploy.verify import Evidence, read_sent, verify

HURRY: Final = {
    "LIANDONG_TIMER_SECONDS": "0.06",
    "LIANDONG_SWEEP_SECONDS": "0.5",
    "LIANDONG_PATIENCE_MS": "0",
    "LIANDONG_POLL_MS": "5",
    "LIANDONG_LOG_LEVEL": "warning",
}
"""Domain time runs a year in two minutes, so alarms are looked for more often than a city needs."""

FILE_WIDTH: Final = 140

SENT_FILE: Final = "sent.jsonl"

RELEASES_FOLDER: Final = "releases"

_AFTER_THE_WEEK: Final = WEEK + 7 * DAY


async def run(
    home: Path,
    *,
    seed: int = 7,
    events: int = 1050,
    batch_size: int | None = None,
    as_json: bool = False,
    keep_running: bool = False,
    files: Path | None = None,
) -> int:
    """The demonstration, in `home`/demo, which is made anew. The answer is the exit code: 0 well, 1 not.

    `files`: the folder for those of the yearly releases; without it `home`/demo/releases.

    Raises:
        LocalError: see `deploy.local.errors`; `HomeBusyError` when a demonstration runs there.
    """
    what, folder = Play(seed=seed, events=events), make_fresh(home / "demo")
    out = console(stderr=as_json)
    began = time.monotonic()
    with hurried():
        out.print("正在启动全部服务…… / starting everything…")
        async with running_system(folder, simulated_at=first_tick(what), batch_size=batch_size) as system:
            figures = await _play_and_count(system, what, folder, out)
            written = files or folder / RELEASES_FOLDER
            with _steps(out) as on_step:
                figures["releases"] = await publish_year(system, written, on_step)
            sent = read_sent((folder / SENT_FILE).read_text(encoding="utf-8").splitlines())
            evidence = Evidence(bootstrap=system.bootstrap, sent=sent, logs=sorted((folder / "logs").glob("*.log")))
            verdict = await verify(system.admin_dsn, evidence, patience_seconds=30)
            well = is_well(figures) and verdict.well
            _tell(figures, out, as_json=as_json)
            out.print(f"年度发布的文件 / files of the releases: {written}", highlight=False, soft_wrap=True)
            out.print(f"用时 / took {time.monotonic() - began:.0f} s", highlight=False)
            out.print(verdict.summary, highlight=False, soft_wrap=True)
            out.print(f"liandong verify --home {folder} --sent {folder / SENT_FILE}", highlight=False, soft_wrap=True)
            if keep_running:
                await _linger(system, folder, out, last_line(figures))
    if not as_json:
        out.print(last_line(figures), highlight=False, soft_wrap=True)
    return 0 if well else 1


def console(*, stderr: bool) -> Console:
    """Wide enough for the tables where nobody looks at a terminal."""
    terminal = Console(stderr=stderr)
    return terminal if terminal.is_terminal else Console(stderr=stderr, width=FILE_WIDTH)


def make_fresh(folder: Path) -> Path:
    """An empty folder, whatever an earlier demonstration left. Raises `HomeBusyError` while one runs there."""
    folder = folder.absolute()
    if folder.exists():
        lock(folder).close()
        shutil.rmtree(folder)
    return folder


@contextmanager
def hurried() -> Iterator[None]:
    """The services of the demonstration take these settings from the environment, unless they are set already."""
    added = {name: value for name, value in HURRY.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def is_well(figures: Mapping[str, Any]) -> bool:
    summary = figures["summary"]
    return not (summary["lost"] or summary["doubled"] or figures["quarantined"] or figures["unexpected"])


async def _play_and_count(system: System, what: Play, folder: Path, out: Console) -> dict[str, Any]:
    with _progress(out) as on_tick:
        ended = await play(system, what, folder / SENT_FILE, on_tick)
    return await collect(system, what, ended, folder / SENT_FILE)


@contextmanager
def _progress(out: Console) -> Iterator[OnTick]:
    with _steps(out) as on_step:

        def on_tick(now: datetime, done: int, of: int) -> None:
            phase = "一周报告 / the week" if now < _AFTER_THE_WEEK else "一年办理 / the year"
            on_step(f"{phase} {now:%Y-%m-%d %H:%M}", done, of)

        yield on_tick


@contextmanager
def _steps(out: Console) -> Iterator[OnStep]:
    """A bar that says what is being done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out) as bars:
        bar = bars.add_task("", total=None)
        yield lambda what, done, of: bars.update(bar, total=of, completed=done, description=what)


def _tell(figures: Mapping[str, Any], out: Console, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True))  # noqa: T201 - what --json is for
    else:
        show(figures, out)


async def _linger(system: System, folder: Path, out: Console, line: str) -> None:
    """Leave everything running until Ctrl-C, and say where to look."""
    for name, url in system.urls.items():
        out.print(f"{name}: {url}", highlight=False)
    out.print(f"令牌 / tokens: {folder / 'tokens.json'}", soft_wrap=True, highlight=False)
    out.print(f"{line}\n按 Ctrl-C 停止。 / Ctrl-C stops it.", highlight=False)
    await asyncio.Event().wait()
