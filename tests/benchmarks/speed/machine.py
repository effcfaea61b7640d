"""What the figures depend on, and what every process used: read from /proc."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


def describe_machine() -> dict[str, Any]:
    """Processor, cores, memory in GB, and how busy it is before we begin."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), "unknown")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(memory), "load": round(os.getloadavg()[0], 2)}


def processor_seconds(pid: int) -> float:
    """Of a process, its children and those of them that have ended."""
    return _own(pid, 11, 15) + sum(_own(child, 11, 13) for child in _children(pid))


def memory_mb(pid: int) -> float:
    """What it holds alone, and its share of what it holds with others (PSS)."""
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _own(pid: int, begin: int, end: int) -> float:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[begin:end])) / _TICKS


def _children(pid: int) -> Iterable[int]:
    for task in Path(f"/proc/{pid}/task").glob("*"):
        yield from map(int, _read(task / "children").split())


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it has ended
        return ""
