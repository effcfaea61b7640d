"""The ledger: one JSON line for each run of `make bench`, never changed afterwards. The README shows the last figures.

`python -m tests.benchmarks.speed.ledger` writes the table into the README anew.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

FILE: Final = Path(__file__).parents[1] / "ledger.jsonl"
README: Final = Path(__file__).parents[3] / "README.md"

_MADE: Final = re.compile(r"(<!-- made by `make bench` -->\n).*?(<!-- end -->)", re.DOTALL)


class Entry(BaseModel):
    """One run. `rates` are reports a second, one value a round, by contestant; `cpu_ms` is for each report."""

    model_config = ConfigDict(extra="forbid")

    at: datetime
    commit: str
    machine: dict[str, Any]
    sizes: dict[str, int]
    rates: dict[str, list[float]] = {}
    cpu_ms: dict[str, dict[str, float]] = {}
    latency_ms: dict[str, tuple[float, float]] = {}
    queue_ms: dict[str, dict[str, float]] = {}
    rebuild: dict[str, list[float]] = {}
    steady: dict[str, list[float]] = {}
    start_seconds: dict[str, float] = {}
    memory_mb: dict[str, float] = {}
    remarks: str = ""

    @property
    def parts(self) -> set[str]:
        """What was measured: the contestants, and what else has figures."""
        others = ("latency_ms", "queue_ms", "rebuild", "steady")
        return {*self.rates, *(name for name in others if getattr(self, name))}

    def rate(self, contestant: str) -> float:
        """The median. Raises `KeyError` for who did not run."""
        return median(self.rates[contestant])

    def processor(self, contestant: str) -> float:
        """Processor milliseconds for each report, of all processes together."""
        return sum(self.cpu_ms.get(contestant, {}).values())

    def find_best(self, kind: str) -> str | None:
        """The contestant of a kind in its fastest shape."""
        shapes = [name for name in self.rates if name.partition(", ")[0] == kind]
        return max(shapes, key=self.rate, default=None)


def read(file: Path = FILE) -> list[Entry]:
    return [Entry.model_validate_json(line) for line in file.read_text(encoding="utf-8").splitlines()]


def append(entry: Entry, file: Path = FILE) -> None:
    with file.open("a", encoding="utf-8") as ledger:
        ledger.write(entry.model_dump_json(exclude_defaults=True) + "\n")


def newest(entries: Sequence[Entry]) -> list[Entry]:
    """The last lines that together have every part: a line comes in when no later one has all that it has."""
    chosen: list[Entry] = []
    for entry in reversed(entries):
        if not entry.parts <= set().union(*(later.parts for later in chosen)):
            chosen.append(entry)
    return chosen


def into_readme(entries: Sequence[Entry], readme: Path = README) -> str:
    """The README with its tables of figures as they should be."""
    text = "\n".join(into_text(entry) for entry in newest(entries))
    return _MADE.sub(lambda found: found[1] + text + found[2], readme.read_text(encoding="utf-8"))


def write_readme() -> None:
    README.write_text(into_readme(read()), encoding="utf-8")


def into_text(entry: Entry) -> str:
    return "\n".join([*_lines(entry), ""])


# -- the table ------------------------------------------------------------------------------------------------------

SYSTEM: Final = "system"
LOADED: Final = "system, loaded"

QUEUE_GOAL: Final = "≤ 10 ms, ≤ 1.3 ×"

_BESIDE: Final = (
    ("copy", "blind COPY of the same rows", 0.1),
    ("raw", "raw pipeline: same bytes, rows and facts, no validation, no logic", 0.5),
    ("obvious", "the obvious way: a FastStream handler and a transaction for each message", 5.0),
    ("dbos", "DBOS, the same rows in three steps", 20.0),
    ("camunda", "Camunda 7 embedded, the same process", 10.0),
)


_STEADY: Final = {
    "memory_mb": ("memory of the three services", " MB", "≤ 1.1 × the first"),
    "waiting": ("events in the outbox", "", "≤ a second's"),
    "dead": ("dead rows to a living one", "", "≤ 0.2"),
}


def _lines(entry: Entry) -> Iterator[str]:
    machine, sizes = entry.machine, entry.sizes
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, load {machine['load']} before; "
        f"PostgreSQL {machine['postgres']}, fsync {machine['fsync']}, Kafka {machine['kafka']}; {entry.at:%Y-%m-%d}, "
        f"commit {entry.commit}; {sizes['reports']} reports, medians of {sizes['repeats']}."
    )
    if entry.remarks:
        yield entry.remarks
    yield ""
    yield "| what | measured | processor, ms a report | this system beside it | goal |"
    yield "| --- | --- | --- | --- | --- |"
    yield from (f"| {' | '.join(cells)} |" for cells in _rows(entry))


def _rows(entry: Entry) -> Iterator[tuple[str, str, str, str, str]]:
    if SYSTEM in entry.rates:
        yield from _beside(entry, entry.rate(SYSTEM))
    yield from _others(entry)


def _beside(entry: Entry, own: float) -> Iterator[tuple[str, str, str, str, str]]:
    used = f"{entry.processor(SYSTEM):.2f}"
    yield "**this system, `intake.events` to queue row, empty tables**", f"**{own:.0f} reports/s**", used, "", ""
    if LOADED in entry.rates:
        loaded = entry.rate(LOADED)
        cases = entry.sizes["loaded_cases"]
        yield (
            f"the same with {cases:,} cases",
            f"{loaded:.0f} reports/s",
            f"{entry.processor(LOADED):.2f}",
            f"{loaded / own:.2f} ×",
            "≥ 0.8 ×",
        )
    for kind, title, goal in _BESIDE:
        if best := entry.find_best(kind):
            rate, shape = entry.rate(best), best.partition(", ")[2]
            what = f"{title}; best with {shape}" if shape else title
            yield what, f"{rate:.0f} reports/s", f"{entry.processor(best):.2f}", f"{own / rate:.2f} ×", f"≥ {goal:g} ×"


def _others(entry: Entry) -> Iterator[tuple[str, str, str, str, str]]:
    for name, (half, most) in entry.latency_ms.items():
        goal = "25 / –" if name.startswith("200") else "120 / 500 ms"
        yield f"report to queue row at {name}, p50 / p99", f"{half:.0f} / {most:.0f} ms", "", "", goal
    few, many = next(iter(entry.queue_ms.values()), {}), list(entry.queue_ms.items())[-1:]
    for kind, title in (("page", "queue page of 50"), ("next", "`next`")):
        for count, ms in many:
            times = f"{ms[kind] / few[kind]:.2f} × of a thousand"
            yield f"{title} with {count} open", f"{ms[kind]:.1f} ms", "", times, QUEUE_GOAL
    for reader, rates in entry.rebuild.items():
        yield (
            f"rebuilding {reader} from the log",
            f"{median(rates):.0f} facts/s",
            f"{entry.processor(f'rebuild {reader}'):.3f}",
            "",
            "≥ 20,000",
        )
    for name, (title, unit, goal) in _STEADY.items():
        for first, _, last in [entry.steady[name]] if entry.steady else []:
            held = f"{entry.sizes['steady_minutes']} minutes at {entry.sizes['steady_rate']} reports/s"
            yield f"{held}: {title}, most in the first / last third", f"{first:g} / {last:g}{unit}", "", "", goal
    if entry.start_seconds:
        slowest = max(entry.start_seconds.values())
        yield "start of the three services together", f"{slowest:.1f} s", "", "", ""
    if entry.memory_mb:
        yield "memory of a service under load (PSS), most", f"{max(entry.memory_mb.values()):.0f} MB", "", "", "150 MB"


if __name__ == "__main__":
    write_readme()
