"""Kafka starts in about half the time from an archive of its classes, which a JVM can write as it ends.

Only a convenience: without one, or with one that the JVM does not accept, Kafka starts as it always did.
"""

import hashlib
import os
import shutil
from pathlib import Path

from deploy.local.java import find_banner
from deploy.local.paths import cache


def archive_for(java: Path, jars: Path) -> Path:
    """Where the archive of this Java and these jars is, or will be."""
    identity = f"{find_banner(java)}{jars}"
    return cache() / f"kafka-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.jsa"


def flag(archive: Path, draft: Path) -> str:
    """The JVM's argument that uses the archive, or writes a draft of it when it ends by itself."""
    if archive.exists():
        return f"-XX:SharedArchiveFile={archive}"
    draft.unlink(missing_ok=True)
    return f"-XX:ArchiveClassesAtExit={draft}"


def adopt(draft: Path, archive: Path) -> None:
    """Make the draft of a JVM that has ended the archive of all that start from now on."""
    if draft.exists() and not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        copy = archive.with_suffix(f".{os.getpid()}")
        shutil.copyfile(draft, copy)
        copy.replace(archive)
    draft.unlink(missing_ok=True)
