"""Rebuilding the read models from the log: facts a second, each reader alone."""

import re
from collections.abc import Sequence
from typing import Final

from contracts.topics import CASE_EVENTS
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.recording import Recording
from tests.benchmarks.speed.rig import Lane, Run, until
from tests.benchmarks.speed.system import are_read

IDS: Final = re.compile(rb'("(?:pseudonym|report_id)":")([0-9a-f]{8})')
"""The first digits of whom a case is about, and of what it was told by."""


def make_log(recorded: Recording, count: int) -> list[Message]:
    """About so many facts: the recorded ones, again and again as those of other cases, persons and reports."""
    facts = [fact for part in recorded.facts.values() for fact in part]
    return [_of_other(fact, number) for number in range(1 + count // len(facts)) for fact in facts][:count]


def _of_other(fact: Message, number: int) -> Message:
    case = fact.key
    other = _earlier(case[:8], number) + case[8:]
    headers = [(name, value.replace(case, other)) for name, value in fact.headers]
    value = IDS.sub(lambda found: found[1] + _earlier(found[2], number), fact.value.replace(case, other))
    return Message(fact.id, other, value, headers)


def _earlier(digits: bytes, number: int) -> bytes:
    return b"%08x" % ((int(digits, 16) - number) % 2**32)


async def run_rebuild(lane: Lane, reader: str, log: Sequence[Message], warm_up: int) -> Run:
    async with lane.services(reader) as workers:
        await lane.send(CASE_EVENTS.name, log[:warm_up])
        await until(lambda: are_read(lane, reader), workers)
        return await lane.race(workers, CASE_EVENTS.name, log[warm_up:], lambda: are_read(lane, reader))
