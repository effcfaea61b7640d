"""Case facts as they come back: the loop that began with a report is closed.

The reader stands beside the service and not in it: reports are accepted whatever happens to Kafka or to a fact.
"""

from collections.abc import Sequence

from msgspec import DecodeError

from contracts.cases import FACT_TYPE, Fact
from contracts.topics import CASE_EVENTS
from services.intake import store
from services.intake.model import read_news
from services.platform.consumer import BatchConsumer
from services.platform.database import Connection, Database
from services.platform.events import Record, UndecodableRecord, decode
from services.platform.fence import Outcomes
from services.platform.pressure import Pressure
from services.platform.quarantine import quarantine
from services.platform.settings import Settings


async def on_facts(conn: Connection, records: Sequence[Record]) -> Outcomes:
    found = [await _find_fact(conn, record) for record in records]
    if facts := [fact for fact in found if fact]:
        epoch = await store.settle_epoch(conn, max(of for of, _ in facts))
        await store.store_news(conn, epoch, read_news(fact for fact in facts if fact[0] == epoch))
    return ["applied" if fact else "quarantined" for fact in found]


async def _find_fact(conn: Connection, record: Record) -> tuple[int, Fact] | None:
    """The fact with its log epoch; None when the record had to be quarantined."""
    try:
        event = decode(record)
        if event.type != FACT_TYPE:
            raise UndecodableRecord("unknown-type")
        return event.epoch or 0, Fact.read(event.data)
    except UndecodableRecord as error:
        await quarantine(conn, record, error.reason)
    except DecodeError:
        await quarantine(conn, record, "not-as-agreed")
    return None


class FactReader:
    """A reader of `case.events` that is made anew when it had to stop, and never stops the service."""

    def __init__(self, db: Database, settings: Settings, pressure: Pressure) -> None:
        self._db = db
        self._settings = settings
        self._pressure = pressure
        self._stopped_by: BaseException | None = None
        self._consumer = self._new_consumer()

    async def start(self) -> None:
        self._consumer.start()

    async def stop(self) -> None:
        await self._consumer.stop()

    async def revive(self) -> None:
        """Begin again at the fence, if it had to stop."""
        if self._stopped_by is not None:
            await self.stop()
            self._stopped_by = None
            self._consumer = self._new_consumer()
            await self.start()

    def _new_consumer(self) -> BatchConsumer:
        return BatchConsumer(
            *(self._db, self._settings, "intake", (CASE_EVENTS,), on_facts),
            on_fatal=self._note,
            hurry=False,
            must_pause=lambda: self._pressure.high,
        )

    def _note(self, error: BaseException) -> None:
        self._stopped_by = error
