"""Rebuilding the read models from the log: facts a second, each reader alone."""

from collections.abc import Sequence

from contracts.topics import CASE_EVENTS
from tests.benchmarks.speed.events import Message
from tests.benchmarks.speed.recording import Recording
from tests.benchmarks.speed.rig import Lane, Run, until
from tests.benchmarks.speed.system import are_read


def make_log(recorded: Recording, count: int) -> list[Message]:
    """About so many facts: the recorded ones, again and again as those of other cases."""
    facts = [fact for part in recorded.facts.values() for fact in part]
    return [_of_other(fact, number) for number in range(1 + count // len(facts)) for fact in facts][:count]


def _of_other(fact: Message, number: int) -> Message:
    case = fact.key
    other = b"%08x" % (int(case[:8], 16) - number) + case[8:]
    headers = [(name, value.replace(case, other)) for name, value in fact.headers]
    return Message(fact.id, other, fact.value.replace(case, other), headers)


async def run_rebuild(lane: Lane, reader: str, log: Sequence[Message], warm_up: int) -> Run:
    async with lane.services(reader) as workers:
        await lane.send(CASE_EVENTS.name, log[:warm_up])
        await until(lambda: are_read(lane, reader), workers)
        return await lane.race(workers, CASE_EVENTS.name, log[warm_up:], lambda: are_read(lane, reader))
