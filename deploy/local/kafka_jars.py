"""Where the broker's jars come from: `LIANDONG_KAFKA_HOME`, else the cache, else Maven with the pom.xml here.

What the cache holds or Maven brings is checked against the committed list on every start. A distribution named by
`LIANDONG_KAFKA_HOME` is its owner's choice and is used as it is.
"""

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.errors import JarChecksumError, KafkaMissingError
from deploy.local.paths import cache

_HERE = Path(__file__).parent
POM = _HERE / "pom.xml"
CHECKSUMS = _HERE / "kafka-jars.sha256"


async def get_jars() -> Path:
    """The folder with the broker's jars, downloaded when need be.

    Raises:
        KafkaMissingError: no source has them.
        JarChecksumError: a jar is not the one of the committed list.
    """
    if given := os.environ.get("LIANDONG_KAFKA_HOME"):
        return _distribution(Path(given))
    folder = cached_folder()
    if folder.exists():
        check(folder, read_checksums())
    else:
        await _download(folder)
    return folder


def cached_folder() -> Path:
    """Where downloaded jars are kept: one folder per checksum list."""
    return cache() / f"kafka-{_sha256(CHECKSUMS)[:12]}"


def read_checksums() -> dict[str, str]:
    """The committed list: file name to SHA-256 in hex."""
    pairs = (line.split() for line in CHECKSUMS.read_text().splitlines())
    return {name: checksum for checksum, name in pairs}


def check(folder: Path, expected: Mapping[str, str]) -> None:
    """Compare the jars of a folder with a list of names and checksums.

    Raises:
        JarChecksumError: a jar is missing, not on the list, or not what the list says; all such jars are named.
    """
    found = {jar.name: _sha256(jar) for jar in folder.glob("*.jar")}
    wrong = sorted(dict(found.items() ^ expected.items()))
    if wrong:
        names = ", ".join(wrong)
        raise JarChecksumError(
            f"{folder} 中的文件与校验清单不符:{names}。请删除该目录后重试;若再次出现,请检查 Maven 仓库来源。",
            f"Files in {folder} do not match the checksum list: {names}. "
            "Delete the folder and try again; if it happens again, look at where Maven downloads from.",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _distribution(root: Path) -> Path:
    libs = root / "libs"
    if not any(libs.glob("kafka_2.13-*.jar")):
        raise KafkaMissingError(
            f"LIANDONG_KAFKA_HOME={root} 不是 Kafka 发行包:缺少 libs/kafka_2.13-*.jar。",
            f"LIANDONG_KAFKA_HOME={root} is not a Kafka distribution: it has no libs/kafka_2.13-*.jar.",
        )
    return libs


async def _download(folder: Path) -> None:
    """Fill a draft, check it and only then give it its name: a folder of that name is always whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    expected = read_checksums()
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="kafka-draft-") as draft:
        jars = Path(draft) / "jars"
        await _run_maven(jars, set(expected))
        check(jars, expected)
        with suppress(OSError):  # another process was faster; its folder passed the same check
            jars.rename(folder)
    check(folder, expected)


async def _run_maven(target: Path, names: set[str]) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise _missing("PATH 中没有 mvn", "there is no mvn on PATH")
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
    process = await asyncio.create_subprocess_exec(
        maven, "-B", "-f", str(POM), *goal, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output = await _follow(process, names)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        reasons = (line.partition("[ERROR] ")[2] for line in output)
        reason = next(filter(None, reasons), f"status {process.returncode}")
        raise _missing(f"mvn 失败:{reason}", f"mvn failed: {reason}")


async def _follow(process: asyncio.subprocess.Process, names: set[str]) -> list[str]:
    """Read Maven's output to its end and draw the bar; jars that Maven already has are counted at the end."""
    assert process.stdout is not None
    output = []
    with _progress() as progress:
        bar = progress.add_task("下载 Kafka / downloading Kafka", total=len(names))
        async for raw in process.stdout:
            output.append(line := raw.decode(errors="replace").strip())
            if (match := re.search(r"Downloaded .*/([^/]+\.jar)", line)) and match[1] in names:
                progress.advance(bar)
        await process.wait()
        progress.update(bar, completed=len(names) if process.returncode == 0 else None)
    return output


def _progress() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, console=Console(stderr=True))


def _missing(chinese: str, english: str) -> KafkaMissingError:
    tried = f"LIANDONG_KAFKA_HOME, {cache()}, Maven"
    return KafkaMissingError(
        f"无法取得 Kafka。已尝试:{tried};{chinese}。请安装 Maven 并联网,或将 LIANDONG_KAFKA_HOME 设为 Kafka 发行包目录,"
        "或将 LIANDONG_KAFKA_BOOTSTRAP 设为已有集群的地址。",
        f"Kafka cannot be had. Tried: {tried}; {english}. Install Maven and connect, or set LIANDONG_KAFKA_HOME to the "
        "folder of a Kafka distribution, or LIANDONG_KAFKA_BOOTSTRAP to the address of a running cluster.",
    )
