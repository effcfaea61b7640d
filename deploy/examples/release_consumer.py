"""A consumer of `statistics.releases` to copy: keeps the newest figures of every city and period.

    python -m deploy.examples.release_consumer localhost:9092 > latest.jsonl

One message is one indicator. An edition counts once all its messages are there, and the newest edition wins; until a
newer one is whole the older stands. What comes twice or late changes nothing. The topic keeps the latest message of
each indicator for good, so whoever begins anew reads from the beginning and needs no memory.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]
from pydantic import ValidationError

from contracts.releases import RELEASE_TYPE, IndicatorRelease, Release, join
from contracts.topics import RELEASES

Period = tuple[str, str]
"""City and period."""


@dataclass
class Latest:
    """The newest whole edition of every city and period; messages of newer ones that are not whole yet."""

    releases: dict[Period, Release] = field(default_factory=dict)
    _waiting: dict[tuple[str, str, int], dict[str, IndicatorRelease]] = field(default_factory=dict)

    def take(self, message: IndicatorRelease) -> Release | None:
        """The release that is whole with this message and newer than what there was; else None."""
        period = message.region, message.period
        known = self.releases.get(period)
        if known and message.edition <= known.edition:
            return None
        gathered = self._waiting.setdefault((*period, message.edition), {})
        gathered[message.indicator] = message
        release = join(gathered.values())
        if release:
            self.releases[period] = release
            self._waiting = {
                edition: kept
                for edition, kept in self._waiting.items()
                if edition[:2] != period or edition[2] > release.edition
            }
        return release


async def follow(bootstrap: str, topic: str = RELEASES.name) -> AsyncIterator[Release]:
    """Every release as soon as it is whole, from the beginning of the topic. Never ends."""
    latest = Latest()
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        async for record in consumer:
            if ("ce_type", RELEASE_TYPE.encode()) not in record.headers or record.value is None:
                continue  # another type, or a key that was deleted
            try:
                message = IndicatorRelease.read(record.value)
            except ValidationError as error:
                print(f"passed over offset {record.offset}: {error}", file=sys.stderr)  # noqa: T201
                continue
            if release := latest.take(message):
                yield release


async def main(bootstrap: str) -> None:
    async for release in follow(bootstrap):
        print(release.to_json().decode(), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
