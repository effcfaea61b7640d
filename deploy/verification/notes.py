"""What must be remembered while millions of records go by: a temporary table on disk, so that memory stays bounded."""

import sqlite3
from collections.abc import Iterable, Iterator
from uuid import UUID


class Notes:
    """`floor`: how long every log was at the beginning. `seen`: the last version met on the topic. `first`: ids met."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # a file of its own that goes with the connection
        for table in ("floor", "seen"):
            self._db.execute(f"CREATE TABLE {table} (case_id BLOB PRIMARY KEY, version INTEGER) WITHOUT ROWID")
        self._db.execute("CREATE TABLE met (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        self._db.close()

    def store_floor(self, rows: Iterable[tuple[UUID, int]]) -> None:
        self._db.executemany("INSERT INTO floor VALUES (?, ?)", ((case_id.bytes, version) for case_id, version in rows))

    def get_floor(self, case_id: UUID) -> int:
        """0 for a case that did not exist then."""
        return self._version("floor", case_id)

    def last_seen(self, case_id: UUID) -> int:
        return self._version("seen", case_id)

    def see(self, case_id: UUID, version: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (case_id.bytes, version))

    def is_new(self, name: str) -> bool:
        """Whether this is the first time."""
        return self._db.execute("INSERT OR IGNORE INTO met VALUES (?)", (name,)).rowcount == 1

    def list_unseen(self) -> Iterator[tuple[UUID, int]]:
        """Cases whose log was longer at the beginning than what was met of it on the topic, and how much was met."""
        rows = self._db.execute(
            "SELECT case_id, coalesce(seen.version, 0) FROM floor LEFT JOIN seen USING (case_id) "
            "WHERE coalesce(seen.version, 0) < floor.version"
        )
        return ((UUID(bytes=case_id), version) for case_id, version in rows)

    def _version(self, table: str, case_id: UUID) -> int:
        row = self._db.execute(f"SELECT version FROM {table} WHERE case_id = ?", (case_id.bytes,)).fetchone()  # noqa: S608 - one of ours
        return row[0] if row else 0
