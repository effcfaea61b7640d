"""I11: nothing personal outside the vault: identity and telephone numbers by their form, and names that are known."""

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from contracts.identity import id_fits
from deploy.verification.checks import Check
from services.platform.database import Connection

_NUMBER: Final = re.compile(rb"(?<![0-9A-Za-z-])(?:(?:86)?1[3-9][0-9]{9}|[0-9]{17}[0-9Xx])(?![0-9A-Za-z-])")
"""Neither inside a UUID nor inside a hash, whose digits may look like anything."""

TABLES: Final = (
    ("statistics", ("step", "subject", "member", "cell", "observation")),
    ("worklist", ("queue_item", "case_view")),
    ("casework", ("case_state", "cause", "timer")),
)
"""Where nothing personal may be. The case log itself is read on its topic; `case_person` holds tokens alone."""


class Searcher:
    """Finds identity and telephone numbers, and the given names and other words."""

    def __init__(self, canaries: Collection[str] = ()) -> None:
        forms = sorted({form for word in canaries for form in (word, word.encode("unicode_escape").decode())})
        self._beyond_ascii = not any(word.isascii() for word in canaries)
        self._words = re.compile(b"|".join(re.escape(form.encode()) for form in forms)) if forms else None

    def finds(self, data: bytes) -> bool:
        plain = data.isascii() and b"\\u" not in data  # most lines, and looking for a thousand names is slow
        if self._words and not (plain and self._beyond_ascii) and self._words.search(data):
            return True
        return any(len(found) != 18 or id_fits(found.decode().upper()) for found in _NUMBER.findall(data))


def check_logs(files: Iterable[Path], searcher: Searcher, check: Check) -> None:
    """Line by line. What was found is never quoted."""
    for file in files:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                _expect(check, f"{file.name}:{number}", line, searcher)


async def check_tables(conn: Connection, namespace: str, searcher: Searcher, check: Check) -> None:
    """Every row as text, a cursor's portion at a time."""
    for schema, tables in TABLES:
        for table in tables:
            name = f'"{namespace}{schema}"."{table}"'
            async for row in conn.cursor(f"SELECT t::text FROM {name} AS t", prefetch=1000):  # noqa: S608 - names of ours
                _expect(check, f"{schema}.{table}", row[0].encode(), searcher)


def check_record(place: str, parts: Iterator[bytes | None], searcher: Searcher, check: Check) -> None:
    """Key, value and headers of a record."""
    _expect(check, place, b"\n".join(part for part in parts if part), searcher)


def _expect(check: Check, where: str, data: bytes, searcher: Searcher) -> None:
    check.expect(not searcher.finds(data), where, "含个人信息", "holds something personal")
