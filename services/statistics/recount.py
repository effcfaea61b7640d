"""Everything worked out anew from whole logs, by the same SQL, and compared with what is stored. For `verify`."""

from collections.abc import Iterable

from contracts.cases import Fact
from services.statistics import store
from services.statistics.handlers import Statistics
from services.statistics.model import corrections, steps, subjects


class Recount:
    """In temporary tables of the caller's transaction, which may be a snapshot that writes nothing else.

    The caller has the schema of statistics in its search path whenever it calls.
    """

    def __init__(self, conn: store.AnyConnection, statistics: Statistics) -> None:
        self._conn = conn
        self._statistics = statistics

    async def begin(self) -> None:
        """Before the transaction is made read-only."""
        await store.make_work_tables(self._conn)

    async def add(self, log: Iterable[Fact]) -> None:
        """The whole log of some cases, in any order and perhaps more than once."""
        distinct = list({(fact.case_id, fact.version): fact for fact in log}.values())
        told = steps(distinct, self._statistics.derivations)
        mended = corrections(told)
        await store.store_log(self._conn, told, subjects(distinct), mended)

    async def find_differences(self, most: int = 100) -> list[str]:
        """What is stored and not as it should be; members of cases that wait to be worked out are not told.

        At the most so many steps, subjects, members and sums each.
        """
        await store.touch_all(self._conn)
        await self._statistics.work_out(self._conn, await store.find_as_of(self._conn))
        await store.touch_dirty_only(self._conn)
        return await store.list_differing(self._conn, most)
